"""What the user said earlier: name, favourites, numbers, and corrections."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.server.tutor.lessons.draw import Draw
from ollama_magics.server.tutor.lessons.lexicon import KINDS


@dataclass(frozen=True)
class Remembered:
    """Something the user tells and asks for later."""

    said: str
    noted: str
    asked: str
    told: str
    value: str


def remembered(draw: Draw) -> Remembered:
    """Return something to remember."""
    return draw.one((_name, _name, _favourite, _number, _word, _pet, _home, _age, _job))(draw)


def corrected(draw: Draw) -> tuple[Remembered, Remembered]:
    """Return a name, and the name that the user corrects it to."""
    first, second = _name(draw), _name(draw)
    said = draw.say(
        "[No, my name is <x>.|Sorry, I meant <x>.|Actually, my name is <x>.|No, it is <x>.|I mean <x>.|That is wrong, I am <x>.]",
        x=second.value,
    )
    return first, Remembered(said, f"Nice to meet you, {second.value}!", second.asked, second.told, second.value)


def _name(draw: Draw) -> Remembered:
    name = draw.name()
    return Remembered(
        draw.say(
            "[My name is <x>.|I am <x>.|Hi, I'm <x>!|Call me <x>.|Hello, my name is <x>.|my name is <x>|I'm <x>.|People call me <x>.]",
            x=name,
        ),
        f"Nice to meet you, {name}!",
        draw.one(
            ("What is my name?", "What is my name?", "Who am I?", "Do you remember my name?", "What's my name?", "Do you know my name?")
        ),
        f"Your name is {name}.",
        name,
    )


def _favourite(draw: Draw) -> Remembered:
    what = draw.one(("colour", "animal", "food", "book", "song", "game", draw.word()))
    value = draw.one(KINDS["colours"]) if what == "colour" and not draw.held else draw.word()
    return Remembered(
        draw.say(
            "[My favourite <x> is <y>.|I like <y> best of all: it is my favourite <x>.|My favourite <x>? It is <y>.]", x=what, y=value
        ),
        f"I will remember that your favourite {what} is {value}.",
        draw.say("[What is my favourite <x>?|Do you remember my favourite <x>?|Which <x> is my favourite?]", x=what),
        f"Your favourite {what} is {value}.",
        value,
    )


def _number(draw: Draw) -> Remembered:
    number = str(draw.number(10, 9999))
    return Remembered(
        draw.say("[Remember the number <x>.|My number is <x>.|Please remember <x>.|Keep the number <x> in mind.]", x=number),
        f"I will remember the number {number}.",
        draw.one(("Which number did I tell you?", "What was the number?", "What is my number?", "What number should you remember?")),
        f"The number is {number}.",
        number,
    )


def _word(draw: Draw) -> Remembered:
    word = draw.token()
    return Remembered(
        draw.say("[Remember the word <x>.|The word is <x>.|Please remember the word <x>.|Keep the word <x> in mind.]", x=word),
        f"I will remember the word {word}.",
        draw.one(("Which word did I tell you?", "What was the word?", "What is the word?", "What word should you remember?")),
        f"The word is {word}.",
        word,
    )


def _pet(draw: Draw) -> Remembered:
    what, name = draw.one(("dog", "cat", "horse", "sister", "friend", "boat", draw.word())), draw.name()
    return Remembered(
        draw.say("[My <x> is called <y>.|The name of my <x> is <y>.|I have a <x>. It is called <y>.]", x=what, y=name),
        f"{name} is a lovely name.",
        draw.say("[What is my <x> called?|What is the name of my <x>?]", x=what),
        f"Your {what} is called {name}.",
        name,
    )


def _home(draw: Draw) -> Remembered:
    place = draw.name() if draw.chance(0.3) else draw.place()
    return Remembered(
        draw.say("[I live in <x>.|I am from <x>.|I come from <x>.|My home is in <x>.]", x=place),
        f"{place[:1].upper()}{place[1:]} sounds like a nice place.",
        draw.one(("Where do I live?", "Where am I from?", "Where do I come from?")),
        f"You live in {place}.",
        place,
    )


def _age(draw: Draw) -> Remembered:
    age = str(draw.number(3, 99))
    return Remembered(
        f"I am {age} years old.",
        f"I will remember that you are {age}.",
        draw.one(("How old am I?", "What is my age?")),
        f"You are {age} years old.",
        age,
    )


def _job(draw: Draw) -> Remembered:
    job = draw.role()
    return Remembered(
        draw.say("[I work as a <x>.|My job is <x>.|I am a <x> by profession.]", x=job),
        f"Being a {job} must be interesting.",
        draw.one(("What is my job?", "What do I work as?", "What do I do for a living?")),
        f"You are a {job}.",
        job,
    )
