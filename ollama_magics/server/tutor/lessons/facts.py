"""Questions about the world, about words and about numbers, with their answers."""

from __future__ import annotations

from collections.abc import Callable

from ollama_magics.server.tutor.lessons import knowledge as known
from ollama_magics.server.tutor.lessons.draw import Draw, article, capital
from ollama_magics.server.tutor.lessons.heldout import is_held
from ollama_magics.server.tutor.lessons.lexicon import KINDS, SINGULAR
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

DIGITS = "zero one two three four five six seven eight nine ten eleven twelve".split()

_ORDERED = {"day": KINDS["days"], "month": KINDS["months"], "letter": tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}

_ALIKE = ("milk", "honey", "orange", "drum", "bear", "one", "lead")


def fact(draw: Draw) -> Exchange:
    """Return a question that ``tutor`` can answer."""
    return draw.one(_QUESTIONS)(draw)


def capital_city(draw: Draw) -> Exchange:
    """Return a question for a capital, or for the country of one."""
    country, city = draw.one(tuple(known.CAPITALS.items()))
    if draw.chance(0.15):
        return draw.say("[Which country has the capital|What country has the capital] <x>?", x=city), Reply(
            f"{city} is the capital of {country}.", country.split()[-1], "countries"
        )
    asked = draw.say(
        "[What is the capital of <x>?|What is the capital of <x>?|What is the capital of <x>?|What's the capital of <x>?|"
        "Tell me the capital of <x>.|capital of <x>?|Do you know the capital of <x>?|Which city is the capital of <x>?|"
        "Name the capital of <x>.]",
        x=country,
    )
    return asked, Reply(f"The capital of {country} is {city}.", city, "countries")


def where_city(draw: Draw) -> Exchange:
    """Return a question for the country of a city."""
    city, country = draw.one(tuple(known.CITIES.items()))
    asked = draw.say("[Where is <x>?|In which country is <x>?|Which country is <x> in?|What country is <x> in?]", x=city)
    return asked, Reply(f"{city} is in {country}.", country.split()[-1], "countries")


def city_pair(draw: Draw) -> tuple[str, str, bool]:
    """Return a city, a country, and whether the one is in the other; a tenth of the pairs is the evaluation's."""
    while True:
        city, home = draw.one(tuple(known.CITIES.items()))
        country = home if draw.chance(0.5) else draw.one(tuple(known.CITIES.values()))
        if is_held(f"{city} in {country}") == draw.held:
            return city, country, country == home


def _in_country(draw: Draw) -> Exchange:
    city, country, right = city_pair(draw)
    home = known.CITIES[city]
    said = f"{'Yes' if right else 'No'}, {city} is in {home}."
    return draw.say("[Is <x> in <y>?|Is the city of <x> in <y>?|Is <x> a city in <y>?]", x=city, y=country), Reply(
        said, "yes" if right else "no", "countries"
    )


def _language(draw: Draw) -> Exchange:
    country, language = draw.one(tuple(known.LANGUAGES.items()))
    asked = draw.say(
        "[What language do people speak in <x>?|Which language is spoken in <x>?|What language do they speak in <x>?]", x=country
    )
    return asked, Reply(f"People in {country} speak {language}.", language, "countries")


def _colour(draw: Draw) -> Exchange:
    thing, colour = draw.one(tuple(known.COLOURS.items()))
    asked = draw.say(
        "[What colour is <x>?|What color is <x>?|Tell me the colour of <x>.|Which colour is <x>?|What is the colour of <x>?]", x=thing
    )
    return asked, Reply(f"{capital(thing)} is {colour}.", colour, "colours")


def _animal(draw: Draw) -> Exchange:
    kind = draw.number(0, 2)
    if kind == 0:
        animal, sound = draw.one(tuple(known.SOUNDS.items()))
        asked = draw.say("[What does <x> say?|What sound does <x> make?]", x=article(animal))
        return asked, Reply(f"{capital(article(animal))} says {sound}.", sound, "animals")
    if kind == 1:
        animal, baby = draw.one(tuple(known.BABIES.items()))
        asked = draw.say("[What is a baby <x> called?|What do you call a baby <x>?]", x=animal)
        return asked, Reply(f"A baby {animal} is called {article(baby)}.", baby, "animals")
    animal, legs = draw.one(tuple(known.LEGS.items()))
    asked = draw.say("[How many legs does <x> have?|How many legs has <x>?]", x=article(animal))
    return asked, Reply(f"{capital(article(animal))} has {legs} legs.", "zero" if legs == "no" else legs, "animals")


def _opposite(draw: Draw) -> Exchange:
    word, other = draw.one(tuple(known.OPPOSITES.items()))
    if draw.chance(0.5) and word != "light":
        word, other = other, word
    other = known.OPPOSITES.get(word, other)
    asked = draw.say("[What is the opposite of <x>?|Give me the opposite of <x>.|opposite of <x>?|What's the opposite of <x>?]", x=word)
    return asked, Reply(f"The opposite of {word} is {other}.", other, "words")


def _form(draw: Draw) -> Exchange:
    what, table = draw.one((("plural", known.PLURALS), ("past tense", known.PASTS)))
    word, form = draw.one(tuple(table.items()))
    asked = draw.say("[What is the <y> of <x>?|Tell me the <y> of <x>.]", x=word, y=what)
    return asked, Reply(f"The {what} of {word} is {form}.", form, "words")


def _translation(draw: Draw) -> Exchange:
    language, table = draw.one((("Spanish", known.SPANISH), ("French", known.FRENCH), ("German", known.GERMAN)))
    word, other = draw.one(tuple(table.items()))
    asked = draw.say(
        '[What is "<x>" in <y>?|What is <x> in <y>?|How do you say <x> in <y>?|How do you say "<x>" in <y>?|Translate <x> into <y>.]',
        x=word,
        y=language,
    )
    return asked, Reply(f"{capital(word)} is {other} in {language}.", other, "words")


def _author(draw: Draw) -> Exchange:
    book, author = draw.one(tuple(known.AUTHORS.items()))
    return draw.say("[Who wrote <x>?|Who is the author of <x>?]", x=book), Reply(f"{author} wrote {book}.", author, "books")


def _meaning(draw: Draw) -> Exchange:
    thing, meaning = draw.one(tuple(known.MEANINGS.items()))
    asked = draw.say("[What is <x>?|What is <x>?|Explain <x>.|What does <x> mean?|Can you explain what <x> is?]", x=thing)
    short = meaning.split()[0] if meaning.split()[0] not in ("a", "the", "many", "what") else meaning.split()[1]
    return asked, Reply(f"{capital(thing)} is {meaning}.", short, "science")


def _single(draw: Draw) -> Exchange:
    asked, short, full, topic = draw.one(known.SINGLE)
    return asked, Reply(full, short, topic)


def _kind(draw: Draw) -> Exchange:
    kind = draw.one(("animals", "fruits", "vegetables", "colours", "tools", "instruments", "vehicles", "birds", "flowers", "metals"))
    member = draw.one(KINDS[kind])
    if member in _ALIKE:
        return _single(draw)
    topic = kind if kind in ("animals", "colours") else "animals" if kind == "birds" else "words"
    what = article(SINGULAR[kind])
    if draw.chance(0.4):
        return draw.say("[What kind of thing is|What is] <x>?", x=member), Reply(f"{capital(member)} is {what}.", SINGULAR[kind], topic)
    asked = article(SINGULAR[draw.one((kind, draw.one(("animals", "fruits", "tools", "colours", "vehicles"))))])
    right = asked == what
    return f"Is {member} {asked}?", Reply(f"{'Yes' if right else 'No'}, {member} is {what}.", "yes" if right else "no", topic)


def _order(draw: Draw) -> Exchange:
    what, items = draw.one(tuple(_ORDERED.items()))
    at = draw.number(0, len(items) - 2)
    before = draw.chance(0.4)
    asked, told = (items[at + 1], items[at]) if before else (items[at], items[at + 1])
    side = "before" if before else "after"
    question = draw.say("[What|Which <w>] comes <s> <x>?", w=what, s=side, x=asked)
    return question, Reply(f"{told} comes {side} {asked}.", told, "words" if what == "letter" else "time")


def letters(draw: Draw) -> Exchange:
    """Return a question about the letters of a word."""
    word, kind = draw.word(), draw.one(("count", "first", "last", "spell", "spell"))
    if kind == "count" and len(word) <= 10:
        asked = draw.say(
            '[How many letters are in <x>?|How many letters does "<x>" have?|How many letters does the word <x> have?|Count the letters of <x>.]',
            x=word,
        )
        return asked, Reply(f"The word {word} has {DIGITS[len(word)]} letters.", DIGITS[len(word)], "words")
    if kind == "spell" or kind == "count":
        spelt = "-".join(word)
        return draw.say('[Spell <x>.|How do you spell <x>?|Spell the word <x>.|Spell "<x>".]', x=word), Reply(f"{spelt}.", spelt, "words")
    asked = draw.say("[What is the <k> letter of <x>?|Which is the <k> letter of <x>?|Tell me the <k> letter of <x>.]", k=kind, x=word)
    letter = word[0 if kind == "first" else -1]
    return asked, Reply(f"The {kind} letter of {word} is {letter}.", letter, "words")


_QUESTIONS: tuple[Callable[[Draw], Exchange], ...] = (
    *(capital_city,) * 5,
    *(where_city,) * 2,
    *(_in_country,) * 3,
    *(_single,) * 3,
    *(_animal,) * 2,
    *(letters,) * 2,
    _language,
    _colour,
    _colour,
    _opposite,
    _opposite,
    _form,
    _translation,
    _author,
    _meaning,
    _meaning,
    _kind,
    _order,
)
