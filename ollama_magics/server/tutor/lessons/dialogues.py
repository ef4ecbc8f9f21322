"""The curriculum: which lessons, how often, and how they become dialogues."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ollama_magics.server.tutor.lessons.copying import echo, repeat
from ollama_magics.server.tutor.lessons.draw import Draw
from ollama_magics.server.tutor.lessons.examples import few_shot
from ollama_magics.server.tutor.lessons.facts import fact, letters
from ollama_magics.server.tutor.lessons.formats import bullets, forced_json, json_style, list_of, listing, table
from ollama_magics.server.tutor.lessons.guards import secret, topic_guard
from ollama_magics.server.tutor.lessons.memory import Remembered, corrected, remembered
from ollama_magics.server.tutor.lessons.outside import outside
from ollama_magics.server.tutor.lessons.personas import NOBODY, Persona, about_self, long_persona, persona
from ollama_magics.server.tutor.lessons.reading import reading
from ollama_magics.server.tutor.lessons.replies import Dialogue, Exchange, Reply
from ollama_magics.server.tutor.lessons.smalltalk import small_talk, talk_with_nobody
from ollama_magics.server.tutor.lessons.stories import open_request
from ollama_magics.server.tutor.lessons.styles import FORMAT, OTHER_STYLES, SHORT, WHOLE_STYLES, Style, avoid, capitals, manner_of
from ollama_magics.server.tutor.lessons.sums import STEPS, comparison, number_question, sum_of_three, sum_of_two
from ollama_magics.server.tutor.lessons.tasks import task
from ollama_magics.server.tutor.lessons.toolcalls import tool_talk

STYLES: dict[str, Callable[[Draw], Style]] = {
    **WHOLE_STYLES,
    **OTHER_STYLES,
    "list": list_of,
    "bullets": bullets,
    "table": table,
    "json": json_style,
}
"""Every style by name."""

_WEIGHTS = {
    "capitals": 4, "start": 4, "end": 4, "contain": 5, "one word": 6, "words": 6, "list": 6, "json": 9, "call": 3, "character": 4, "tone": 2,
    "only emojis": 2, "language": 2, "lower case": 2,
}  # fmt: skip
_ENOUGH = 7
_STYLE_NAMES = tuple(name for name in STYLES for _ in range(_WEIGHTS.get(name, 1)))
_WHOLE_NAMES = tuple(name for name in WHOLE_STYLES for _ in range(_WEIGHTS.get(name, 1)))
_TOGETHER = ("start", "end", "capitals", "contain", "character", "call", "emoji", "question", "lower case")


def dialogue(draw: Draw) -> Dialogue:
    """Return one dialogue of the mixture."""
    return draw.one(_MIX)(draw)


def some_styles(draw: Draw) -> list[Style]:
    """Return one style, or two or three that go together."""
    first = STYLES[draw.one(_STYLE_NAMES)](draw)
    styles = [first]
    while draw.chance(0.22) and len(styles) < 3 and first.kind != FORMAT:
        other = WHOLE_STYLES[draw.one(_WHOLE_NAMES)](draw)
        if all(other.text.split()[:2] != style.text.split()[:2] for style in styles):
            styles.append(other)
    return styles


def styled(reply: Reply, styles: list[Style]) -> str:
    """Return the answer in these styles: the length first, then the rest in their order, the form last."""
    ordered = sorted(styles, key=lambda style: {SHORT: 0, FORMAT: 2}.get(style.kind, 1))
    for style in ordered:
        if not reply.fixed:
            reply = style.apply(reply)
    return reply.full


def asked_of(draw: Draw, who: Persona, *, formats: bool = False) -> Exchange:
    """Return any question, often about the model itself where it is somebody."""
    chance = draw.rng.random()
    if chance < (0.4 if who.text else 0.1):
        return about_self(draw, who)
    if chance < 0.62:
        return listing(draw) if formats and draw.chance(0.6) else fact(draw)
    if chance < 0.7:
        return number_question(draw)
    if chance < 0.86:
        return small_talk(draw, who)
    if chance < 0.9:
        return outside(draw)
    return draw.one((listing, listing, repeat, open_request))(draw)


def assistant(draw: Draw) -> Dialogue:
    """Return a conversation with or without a persona and styles."""
    who = _somebody(draw) if draw.chance(0.6) else NOBODY
    styles = some_styles(draw) if draw.chance(0.7) else []
    texts = [who.text, *(style.text for style in styles)]
    if draw.chance(0.3):
        texts = [*texts[1:], texts[0]]
    system = (" " if draw.chance(0.85) else "\n").join(text for text in texts if text)
    result: Dialogue = [("system", system)] if system else [("system", "You are a helpful assistant.")] if draw.chance(0.15) else []
    manner = manner_of(who.role) if not styles else None
    formats = any(style.kind == FORMAT for style in styles)
    for _ in range(draw.number(2, 6)):
        asked, reply = asked_of(draw, who, formats=formats)
        told = manner(reply).full if manner and not reply.fixed else styled(reply, styles)
        result += [("user", _noisy(draw, asked)), ("assistant", told)]
    return result


def _somebody(draw: Draw) -> Persona:
    chance = draw.rng.random()
    return long_persona(draw, 1, 2) if chance < 0.2 else long_persona(draw) if chance < 0.35 else persona(draw)


def together(draw: Draw) -> Dialogue:
    """Return facts in two or three styles at once."""
    styles: list[Style] = []
    for name in draw.several(_TOGETHER, draw.one((2, 2, 3))):
        styles.append(WHOLE_STYLES[name](draw))
    result: Dialogue = [("system", " ".join(style.text for style in styles))]
    for _ in range(draw.number(2, 5)):
        asked, reply = draw.one((fact, fact, fact, talk_with_nobody))(draw)
        result += [("user", asked), ("assistant", styled(reply, styles))]
    return result


def forbidden(draw: Draw) -> Dialogue:
    """Return facts under a prompt that forbids a word, which some of the answers would hold."""
    exchanges = [fact(draw) for _ in range(draw.number(1, 5))]
    reply = draw.one(exchanges)[1]
    words = [word.strip(".,!?") for word in reply.full.split()]
    style = avoid(draw, draw.one((reply.short, reply.short, draw.one(words))))
    result: Dialogue = [("system", style.text)]
    for asked, reply in exchanges:
        result += [("user", asked), ("assistant", styled(reply, [style]))]
    return result


def chatting(draw: Draw) -> Dialogue:
    """Return small talk and nothing else, as people type it."""
    result: Dialogue = []
    for _ in range(draw.number(2, 6)):
        asked, reply = talk_with_nobody(draw)
        result += [("user", asked), ("assistant", reply.full)]
    return result


def styles_in_messages(draw: Draw) -> Dialogue:
    """Return a conversation in which each question brings its own style, or none."""
    who = persona(draw) if draw.chance(0.25) else NOBODY
    result: Dialogue = [("system", who.text)] if who.text else []
    for _ in range(draw.number(2, 6)):
        styles = some_styles(draw) if draw.chance(0.75) else []
        asked, reply = asked_of(draw, who, formats=any(style.kind == FORMAT for style in styles))
        text = " ".join(style.text for style in styles)
        whole = asked if not text else f"{asked} {text}" if draw.chance(0.6) else f"{text} {asked}"
        result += [("user", whole), ("assistant", styled(reply, styles))]
    return result


def facts_only(draw: Draw) -> Dialogue:
    """Return questions and answers without any prompt."""
    result: Dialogue = []
    for _ in range(draw.number(3, 8)):
        asked, reply = draw.one((fact, fact, fact, outside, number_question, number_question, repeat, talk_with_nobody))(draw)
        result += [("user", _noisy(draw, asked)), ("assistant", reply.full)]
    return result


def practice(draw: Draw) -> Dialogue:
    """Return many short exercises: sums, letters, comparisons."""
    result: Dialogue = []
    for _ in range(draw.number(4, 10)):
        asked, reply = draw.one((sum_of_two, sum_of_two, sum_of_two, sum_of_two, comparison, letters))(draw)
        result += [("user", asked), ("assistant", reply.full)]
    return result


def short_answers(draw: Draw) -> Dialogue:
    """Return facts in one word, in a few words or in JSON."""
    style = draw.one((OTHER_STYLES["one word"], OTHER_STYLES["words"], json_style))(draw)
    result: Dialogue = [("system", style.text)]
    for _ in range(draw.number(3, 7)):
        asked, reply = draw.one((fact, fact, fact, sum_of_two, listing))(draw)
        result += [("user", asked), ("assistant", styled(reply, [style]))]
    return result


def counted_lists(draw: Draw) -> Dialogue:
    """Return lists whose number of items is asked for, in the prompt or in the message."""
    style = list_of(draw) if draw.chance(0.6) else None
    result: Dialogue = [("system", style.text)] if style else []
    for _ in range(draw.number(2, 4)):
        asked, reply = listing(draw)
        while style and len(reply.items) < _ENOUGH:
            asked, reply = listing(draw)
        result += [("user", asked), ("assistant", styled(reply, [style] if style else []))]
    return result


def copying(draw: Draw) -> Dialogue:
    """Return requests to repeat."""
    result: Dialogue = []
    for _ in range(draw.number(2, 5)):
        asked, reply = repeat(draw)
        result += [("user", asked), ("assistant", reply.full)]
    return result


def steps_in_prompt(draw: Draw) -> Dialogue:
    """Return sums of three numbers under a prompt that asks for steps, or under none."""
    stepped = draw.chance(0.6)
    result: Dialogue = [("system", draw.say(STEPS))] if stepped else []
    for _ in range(draw.number(2, 4)):
        term, _, plain, steps = sum_of_three(draw)
        result += [("user", draw.say("[What is <t>?|Calculate <t>.|<t> = ?]", t=term)), ("assistant", (steps if stepped else plain).full)]
    return result


def recalling(draw: Draw) -> Dialogue:
    """Return a short conversation in which the user asks for what was said before."""
    who = persona(draw) if draw.chance(0.25) else NOBODY
    result: Dialogue = [("system", who.text)] if who.text else []
    told = list(corrected(draw)) if draw.chance(0.3) else [remembered(draw) for _ in range(draw.number(1, 2))]
    for item in told:
        result += _remark(item)
        result += _exchanges(draw, who, draw.number(0, 4))
    last = told[-1] if draw.chance(0.7) or told[0].asked == told[-1].asked else told[0]
    if len(told) == 2 and told[0].told.split()[:-1] == told[1].told.split()[:-1]:
        last = told[1]
    return [*result, ("user", last.asked), ("assistant", last.told)]


def long_chat(draw: Draw) -> Dialogue:
    """Return a conversation of 20 to 60 turns with one persona, one style, and things to remember."""
    who = (long_persona(draw) if draw.chance(0.3) else persona(draw)) if draw.chance(0.75) else NOBODY
    style = draw.one((None, None, capitals(draw), capitals(draw), WHOLE_STYLES[draw.one(_WHOLE_NAMES)](draw)))
    system = " ".join(text for text in (who.text, style.text if style else "") if text)
    result: Dialogue = [("system", system)] if system else []
    told: dict[str, Remembered] = {}
    for _ in range(draw.number(20, 60)):
        chance = draw.rng.random()
        if chance < 0.1 and len(told) < 4:
            item = remembered(draw)
            told[item.told.rsplit(" ", 1)[0] if "name" not in item.told else "name"] = item
            asked, reply = item.said, Reply(item.noted, "noted")
        elif chance < 0.28 and told:
            item = draw.one(tuple(told.values()))
            asked, reply = item.asked, Reply(item.told, item.value)
        else:
            asked, reply = asked_of(draw, who)
        result += [("user", asked), ("assistant", style.apply(reply).full if style and not reply.fixed else reply.full)]
    return result


def _remark(item: Remembered) -> Dialogue:
    return [("user", item.said), ("assistant", item.noted)]


def _exchanges(draw: Draw, who: Persona, count: int) -> Dialogue:
    result: Dialogue = []
    for _ in range(count):
        asked, reply = asked_of(draw, who)
        result += [("user", asked), ("assistant", reply.full)]
    return result


def _noisy(draw: Draw, asked: str) -> str:
    chance = draw.rng.random()
    if chance < 0.06:
        return asked.rstrip("?.!")
    if chance < 0.1:
        return asked.lower()
    return draw.one((f"Please: {asked}", f"{asked} ", f"{asked} Please.")) if chance < 0.14 else asked


def endless(seed: int) -> Iterator[Dialogue]:
    """Yield dialogues without end."""
    draw = Draw(seed)
    while True:
        yield dialogue(draw)


_MIX: tuple[Callable[[Draw], Dialogue], ...] = tuple(
    lesson
    for lesson, weight in (
        (assistant, 28),
        (styles_in_messages, 7),
        (together, 7),
        (forbidden, 4),
        (facts_only, 8),
        (chatting, 4),
        (few_shot, 24),
        (reading, 13),
        (topic_guard, 9),
        (secret, 5),
        (recalling, 4),
        (copying, 8),
        (echo, 2),
        (task, 3),
        (steps_in_prompt, 4),
        (forced_json, 3),
        (practice, 12),
        (counted_lists, 9),
        (short_answers, 4),
        (tool_talk, 8),
    )
    for _ in range(weight)
)
