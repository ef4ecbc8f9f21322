"""Tasks in the system prompt: a translator, a calculator, the opposite of every word, always the same answer."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons import knowledge as known
from ollama_magics.server.tutor.lessons.draw import Draw, capital
from ollama_magics.server.tutor.lessons.facts import fact
from ollama_magics.server.tutor.lessons.lexicon import KINDS, SINGULAR
from ollama_magics.server.tutor.lessons.outside import outside
from ollama_magics.server.tutor.lessons.replies import Dialogue
from ollama_magics.server.tutor.lessons.smalltalk import talk_with_nobody
from ollama_magics.server.tutor.lessons.sums import sum_of_two

_TRANSLATE = "[Translate English to <x>.|You are a translator. Translate every word to <x>.|Translate the words of the user into <x>.|Say the words of the user in <x>.]"
_OPPOSITE = "[Reply with the opposite of each word.|The user writes a word. Answer with its opposite.|Always say the opposite of the word.]"
_PLURAL = "[Reply with the plural of each word.|Give the plural.|The user writes a word. Answer with its plural.]"
_PAST = "[Reply with the past tense.|Give the past tense of each verb.|The user writes a verb. Answer with its past tense.]"
_KIND = "[Say what kind of thing each word is.|Name the category of each word.|The user writes a word. Say what kind of thing it is.]"
_CALCULATE = "[You are a calculator. Reply with the number only.|You are a calculator. Only output the result.|Calculate. Answer with the number only.]"
_ALWAYS = (
    "[No matter what the user says, reply with <x>.|Always reply <x> and nothing else.|Answer every message with <x>.|"
    "Whatever the user asks, say <x>.|The only thing you say is <x>.|Say <x> and nothing more.|Your only answer is <x>.]"
)


def task(draw: Draw) -> Dialogue:
    """Return a dialogue in which a system prompt sets one task."""
    kind = draw.one(("translate", "opposite", "plural", "past", "kind", "calculate", "always"))
    if kind == "always":
        return _always(draw)
    if kind == "calculate":
        system, pairs = draw.say(_CALCULATE), [(q, r.short) for q, r in (sum_of_two(draw) for _ in range(draw.number(2, 5)))]
    elif kind == "translate":
        language, table = draw.one((("Spanish", known.SPANISH), ("French", known.FRENCH), ("German", known.GERMAN)))
        system, pairs = draw.say(_TRANSLATE, x=language), draw.several(tuple(table.items()), draw.number(2, 5))
    elif kind == "kind":
        kinds = draw.several(("animals", "fruits", "tools", "instruments", "birds", "flowers"), 4)
        system, pairs = draw.say(_KIND), [(draw.one(KINDS[kind]), SINGULAR[kind]) for kind in kinds]
    else:
        ways, source = {"opposite": (_OPPOSITE, known.OPPOSITES), "plural": (_PLURAL, known.PLURALS), "past": (_PAST, known.PASTS)}[kind]
        system, pairs = draw.say(ways), draw.several(tuple(source.items()), draw.number(2, 5))
    dialogue: Dialogue = [("system", system)]
    for asked, told in pairs:
        dialogue += [("user", capital(asked) if draw.chance(0.1) else asked), ("assistant", told)]
    return dialogue


def _always(draw: Draw) -> Dialogue:
    text = draw.phrase(1, 4)
    text = draw.one((text, capital(text), capital(text) + "."))
    quote = draw.one(('"', '"', ""))
    dialogue: Dialogue = [("system", draw.say(_ALWAYS, x=f"{quote}{text}{quote}").replace("..", "."))]
    for _ in range(draw.number(1, 4)):
        asked = draw.one((fact, outside, talk_with_nobody))(draw)[0]
        dialogue += [("user", asked), ("assistant", text)]
    return dialogue
