"""Facts that stand in the prompt: asked for, and asked for what does not stand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ollama_magics.server.tutor.lessons.draw import Draw, article, capital, wordings
from ollama_magics.server.tutor.lessons.outside import outside
from ollama_magics.server.tutor.lessons.replies import Dialogue, Reply
from ollama_magics.server.tutor.lessons.styles import WHOLE_STYLES, quoted

_PLACES = "shop museum library bakery pool hotel school castle zoo restaurant station club gym garden office cafe cinema theatre park market".split()

IF_MISSING = wordings(
    "If you do not know, say <q>.",
    "If the answer is not in the text, say <q>.",
    "[If|When] [you do not know|you don't know|the text does not contain|you cannot find|the text does not say] [the answer|it][,|] [say|reply|answer|write|respond with|reply with|answer with] <q>.",
    "[If|When] [the answer|the information|it] is [missing|not there|not in the text|not given|not in these facts|not in the notes][,|] [say|reply|answer|write] <q>.",
    "[For everything else|To all other questions|Otherwise|In any other case][,|] [say|reply|answer|write] <q>.",
    "[Say|Reply|Answer|Write] <q> [if|when] [you do not know|the answer is not in the text|the text does not say it|the information is missing].",
    held=("Say <q> whenever the text is silent.", "Is it not in the text? Then say <q>.", "Not written here? Your answer is <q>."),
)

_INTRO = (
    "You help visitors of the {p}.", "You work at the {p}.", "Answer questions about this text.", "Use only these facts.", "Facts:", "",
    "Answer from this text only.", "Here is what you know.", "Information about the {p}:", "You answer questions about the {p}.",
)  # fmt: skip

_DEFAULT = "Sorry, I do not know that. It is not in my notes."


@dataclass(frozen=True)
class Entry:
    """A fact: how it is written, how it is asked for, and the answer, which is the sentence again."""

    subject: str
    text: str
    asked: str
    told: str
    value: str


def _hours(draw: Draw, place: str) -> Entry:
    verb = draw.one(("open", "close"))
    time = draw.one((str(draw.number(6, 22)), f"{draw.number(6, 22)}:{draw.one(('00', '15', '30', '45'))}"))
    what = place if draw.chance(0.7) else draw.word()
    asked = draw.say("[When does the <x> <v>?|What time does the <x> <v>?|At what time does the <x> <v>?]", x=what, v=verb)
    return Entry(f"{what} {verb}", f"The {what} {verb}s at {time}.", asked, f"The {what} {verb}s at {time}.", time)


def _price(draw: Draw, place: str) -> Entry:
    what = draw.one(("ticket", "coffee", "room", "guide", "map", draw.word(), draw.word(), draw.word())) if not draw.held else draw.word()
    coin, price = draw.one(("euros", "euros", "dollars", "coins")), draw.number(2, 99)
    said = f"{capital(article(what))} costs {price} {coin}."
    return Entry(
        f"{what} price",
        said,
        draw.say("[How much does <x> cost?|How much is <x>?|What is the price of <x>?|What does <x> cost?]", x=article(what)),
        said,
        str(price),
    )


def _person(draw: Draw, place: str) -> Entry:
    who = (
        draw.one(("director", "owner", "manager", "boss", "guide", "cook", draw.word()))
        if not draw.held
        else draw.one(("director", draw.word()))
    )
    name = draw.name()
    text = draw.one((f"The {who} is {name}.", f"The {who} of the {place} is {name}.", f"The {who} is called {name}."))
    return Entry(
        who, text, draw.say("[Who is the <x>?|What is the name of the <x>?|What is the <x> called?]", x=who), f"The {who} is {name}.", name
    )


def _where(draw: Draw, place: str) -> Entry:
    what = draw.one(("cafe", "toilet", "shop", "office", draw.word(), f"{draw.word()} room")) if not draw.held else draw.word()
    where = draw.one(
        ("on the first floor", "on the second floor", "in the garden", "next to the entrance", "in the basement", f"in room {draw.number(1, 99)}",
         f"behind the {draw.word()}", f"near the {draw.word()}", f"on the {draw.word()}")
    )  # fmt: skip
    said = f"The {what} is {where}."
    return Entry(what, said, draw.say("[Where is the <x>?|Where can I find the <x>?|Where do I find the <x>?]", x=what), said, where)


def _secret(draw: Draw, place: str) -> Entry:
    what, value = draw.one(("wifi password", "door code", "password", "code", "wifi name")), draw.token()
    said = f"The {what} is {value}."
    return Entry(what, said, draw.say("[What is the <x>?|Tell me the <x>.|<x>?|What's the <x>?]", x=what), said, value)


def _year(draw: Draw, place: str) -> Entry:
    year, verb = draw.number(1200, 2020), draw.one(("founded", "built", "opened"))
    said = f"The {place} was {verb} in {year}."
    return Entry(
        f"{place} {verb}", said, draw.say("[When was the <x> <v>?|In which year was the <x> <v>?]", x=place, v=verb), said, str(year)
    )


def _phone(draw: Draw, place: str) -> Entry:
    number = "".join(str(draw.number(0, 9)) for _ in range(draw.number(4, 7)))
    said = f"The phone number is {number}."
    return Entry("phone number", said, draw.one(("What is the phone number?", "phone number?", "Which number can I call?")), said, number)


def _rule(draw: Draw, place: str) -> Entry:
    what = draw.one(("dogs", "photos", "children", "bicycles", "food", f"{draw.word()}s")) if not draw.held else f"{draw.word()}s"
    state = draw.one(("allowed", "not allowed", "free", "forbidden", "welcome"))
    said = f"{capital(what)} are {state}."
    return Entry(what, said, draw.say("[Are <x> allowed?|What about <x>?|Can I bring <x>?|May I bring <x>?]", x=what), said, state)


def _pet(draw: Draw, place: str) -> Entry:
    what, name = draw.one(("dog", "cat", "parrot", "horse", "ship", draw.word())) if not draw.held else draw.word(), draw.name()
    text = f"The {place} has {article(what)} called {name}."
    return Entry(
        f"{what} called",
        text,
        draw.say("[What is the <x> called?|What is the name of the <x>?]", x=what),
        f"The {what} is called {name}.",
        name,
    )


def _thing(draw: Draw, place: str) -> Entry:
    what, of, value = draw.word(), draw.word(), draw.token() if draw.chance(0.6) else draw.phrase(1, 2)
    if draw.chance(0.5):
        said = f"The {what} of the {of} is {value}."
        return Entry(f"{what} of {of}", said, f"What is the {what} of the {of}?", said, value)
    said = f"The {what} is {value}."
    return Entry(what, said, draw.say("[What is the <x>?|Tell me the <x>.|What's the <x>?]", x=what), said, value)


_MAKERS: tuple[Callable[[Draw, str], Entry], ...] = (
    _hours, _price, _price, _person, _where, _where, _secret, _year, _phone, _rule, _pet, _thing, _thing,
)  # fmt: skip

_NEAR = 0.7


def entries(draw: Draw, place: str, count: int) -> tuple[list[Entry], list[Entry]]:
    """Return facts about a place that stand in a text, and others, mostly of the same kinds, that do not."""
    makers = [draw.one(_MAKERS) for _ in range(count)]
    there = _distinct([make(draw, place) for make in makers])
    missing = [(draw.one(makers) if draw.chance(_NEAR) else draw.one(_MAKERS))(draw, place) for _ in range(3)]
    return there, _really_absent(_distinct(missing), there)


def missing_answer(draw: Draw) -> tuple[str, str]:
    """Return what to say when it is not in the text, and the instruction for it, both empty-handed without an instruction."""
    if draw.chance(0.25):
        return _DEFAULT, ""
    words = draw.one(("I have no idea.", "Please ask at the desk.", "Ask a person.", "That is not in my notes.", "No information.", "I am not sure.",
                      "unknown", "Please call us.", "I cannot say.", "I do not know.")) if draw.chance(0.15) and not draw.held else ""  # fmt: skip
    words = words or draw.one(
        (
            f"Please ask the {draw.word()}.",
            f"Please {draw.word()} our {draw.word()}.",
            f"I have no {draw.word()}.",
            f"That is {draw.phrase(1, 2)}.",
            f"I {draw.phrase(1, 2)} no {draw.word()}.",
            f"{capital(draw.phrase(2, 5))}.",
            f"{capital(draw.phrase(1, 3))}!",
            f"Ask {draw.name()}.",
            f"Only {draw.name()} knows that.",
        )
    )
    asked = quoted(draw, words)
    if asked == words:
        words = words.rstrip(".!")
        asked = words
    return words, draw.say(IF_MISSING, q=asked)


def shown(draw: Draw, entries: list[Entry]) -> str:
    """Return the facts as running text, as lines or as points."""
    separator = draw.one((" ", " ", "\n", "\n- "))
    return (
        separator.join(["", *(item.text for item in entries)]) if separator == "\n- " else separator.join(item.text for item in entries)
    ).strip()


def reading(draw: Draw) -> Dialogue:
    """Return a dialogue about a short text, in which some questions have their answer and others nearly."""
    place = draw.one(_PLACES)
    there, absent = entries(draw, place, draw.number(3, 7))
    none, rule = missing_answer(draw)
    style = draw.one(("capitals", "end", "start", "call", "contain", "character")) if draw.chance(0.1) else ""
    applied = WHOLE_STYLES[style](draw) if style else None
    intro = draw.one(_INTRO).format(p=place) or ("" if rule else "Use only these facts.")
    parts = [part for part in (intro, shown(draw, there), rule, applied.text if applied else "") if part]
    dialogue: Dialogue = [("system", draw.one((" ", "\n")).join(parts))]
    if draw.chance(0.15):
        dialogue = [("user", " ".join(parts)), ("assistant", "I will remember that.")]
    for _ in range(draw.number(2, 6)):
        kind = draw.rng.random()
        missed = draw.one(absent) if absent and kind >= 0.5 else None
        chosen = missed or draw.one(there)
        asked, told = (outside(draw)[0], none) if kind >= 0.9 else (chosen.asked, none if missed else chosen.told)
        if applied and told != none:
            told = applied.apply(Reply(told, chosen.value, "fact")).full
        dialogue += [("user", asked), ("assistant", told)]
    return dialogue


def _distinct(entries: list[Entry]) -> list[Entry]:
    kept: dict[str, Entry] = {}
    for item in entries:
        kept.setdefault(item.subject, item)
    return list(kept.values())


def _really_absent(absent: list[Entry], there: list[Entry]) -> list[Entry]:
    subjects = {item.subject for item in there}
    return [item for item in absent if item.subject not in subjects and not any(item.asked == other.asked for other in there)]
