"""Copying: repeat, spell backwards, say it in capitals; with everyday words in all their forms."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons.draw import Draw, capital
from ollama_magics.server.tutor.lessons.replies import Dialogue, Exchange, Reply

_ASKED = (
    "[Repeat after me|Repeat|Say this|Please repeat|Say|Copy this|Echo|Write|Write this|Say the words|Repeat these words|"
    "Repeat the following|Please say|Can you repeat this]: <x>"
)

_ECHO = (
    "[Repeat everything the user says.|You are an echo. Repeat the message of the user.|Copy the message of the user.|"
    "Repeat every message word by word.|Say back exactly what the user says.|Act as an echo.|Answer with the words of the user.]"
)

_LOUD = "[Turn the text of the user into capital letters.|Rewrite the message in uppercase.|Write the message of the user in capitals.]"


def repeat(draw: Draw) -> Exchange:
    """Return a request to repeat some words, with the words."""
    text = _words(draw)
    if draw.chance(0.12):
        word, times = draw.word(), draw.number(2, 5)
        count = draw.one((str(times), "two three four five".split()[times - 2]))
        return f"Say {word} {count} times.", Reply(capital(" ".join([word] * times)) + ".", word)
    if draw.chance(0.2):
        return draw.say("[Say|Write|Repeat] <x> in [capital letters|capitals|uppercase].", x=text), Reply(
            text.upper() + ".", "said", fixed=True
        )
    quote = draw.one(("", "", "", '"'))
    return draw.say(_ASKED, x=f"{quote}{text}{quote}"), Reply(capital(text) + ("" if text[-1] in ".!?" else "."), text.split()[0])


def echo(draw: Draw) -> Dialogue:
    """Return a dialogue in which every message comes back."""
    loud = draw.chance(0.25)
    dialogue: Dialogue = [("system", draw.say(_LOUD if loud else _ECHO))]
    for _ in range(draw.number(2, 5)):
        text = _words(draw)
        text = draw.one((text, capital(text), capital(text))) + draw.one(("", "", ".", "!", "?"))
        dialogue += [("user", text), ("assistant", text.upper() if loud else text)]
    return dialogue


def _words(draw: Draw) -> str:
    text = draw.phrase(1, 8) if draw.chance(0.8) else " ".join(draw.token() for _ in range(draw.number(1, 5)))
    kind = draw.rng.random()
    if kind < 0.08:
        return text.upper()
    return " ".join(capital(word) for word in text.split()) if kind < 0.16 else text
