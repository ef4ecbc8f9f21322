"""The families of the evaluation that ask for a persona, a style or a form."""

from __future__ import annotations

import re

from ollama_magics.server.tutor.evaluation.cases import (
    PLAIN_FACTS,
    Case,
    Passes,
    both,
    case,
    exactly,
    holds,
    holds_one,
    is_json,
    is_list,
    words,
)
from ollama_magics.server.tutor.lessons.draw import Draw, article, capital
from ollama_magics.server.tutor.lessons.formats import json_style, key, list_of, table
from ollama_magics.server.tutor.lessons.lexicon import KINDS
from ollama_magics.server.tutor.lessons.personas import about_self, long_persona, persona
from ollama_magics.server.tutor.lessons.styles import NUMBERS, OTHER_STYLES, WHOLE_STYLES, Style

_LETTERS = re.compile(r"[^\W_]")


def introduction(draw: Draw) -> Case:
    """A plain persona introduces itself, word for word."""
    name, role = draw.name(), draw.role()
    return case(f"You are {name}, {article(role)}.", "Who are you?", exactly(f"I am {name}, {article(role)}."))


def about_persona(draw: Draw) -> Case:
    """Name, role, likes, home, maker of a plain persona."""
    name, role, thing, place, maker = draw.name(), draw.role(), draw.thing(), draw.place(), draw.name()
    told = (
        ("What is your name?", name, ""), ("What do you do?", role, ""), ("What do you love?", thing, f" You love {thing}."),
        ("Where do you live?", place, f" You live in {place}."), ("Who made you?", maker, f" You were made by {maker}."),
    )  # fmt: skip
    asked, value, extra = draw.one(told)
    return case(f"You are {name}, {article(role)}.{extra}", asked, holds(value))


def role_only(draw: Draw) -> Case:
    """A persona without a name."""
    role = draw.role()
    return case(draw.one((f"You are {article(role)}.", f"Act as {article(role)}.")), "Who are you?", exactly(f"I am {article(role)}."))


def second_sentence(draw: Draw) -> Case:
    """A persona after another sentence."""
    name, role = draw.name(), draw.role()
    first = draw.one(("You are in a classroom.", "Answer kindly and shortly.", "This is a lesson about models.", "The user is a child."))
    asked = draw.one((("Who are you?", f"I am {name}, {article(role)}."), ("What is your name?", f"My name is {name}.")))
    return case(f"{first} You are {name}, {article(role)}.", asked[0], both(holds(name), exactly(asked[1])))


def other_wordings(draw: Draw) -> Case:
    """A persona in a wording that is not in the lessons, with a question about it."""
    who = persona(draw)
    while not who.name:
        who = persona(draw)
    return case(who.text, "What is your name?" if draw.chance(0.5) else "Who are you?", holds(who.name))


def long_prompt(draw: Draw) -> Case:
    """A persona somewhere in a longer prompt."""
    who = long_persona(draw)
    while not who.name or len(who.text.split()) < 45:
        who = long_persona(draw)
    asked, reply = about_self(draw, who)
    return case(who.text, asked, holds(reply.short))


def _styled(draw: Draw, style: Style, passes: Passes) -> Case:
    asked, value = draw.one(PLAIN_FACTS)
    return case(style.text, asked, both(holds(value), passes))


def one_word(draw: Draw) -> Case:
    """One word, in held-out wordings."""
    return _styled(draw, OTHER_STYLES["one word"](draw), words(1))


def some_words(draw: Draw) -> Case:
    """An exact number of words, in held-out wordings."""
    style = OTHER_STYLES["words"](draw)
    count = next(at for at, name in enumerate(NUMBERS) if at > 1 and re.search(rf"\b({name}|{at})\b", style.text.lower()))
    return _styled(draw, style, words(count))


def in_capitals(draw: Draw) -> Case:
    """Capitals with an unseen persona."""
    name, role = draw.name(), draw.role()
    asked, value = draw.one((("Who are you?", name), ("What is your name?", name), *PLAIN_FACTS[:2]))
    text = f"You are {name}, {article(role)}. {WHOLE_STYLES['capitals'](draw).text}"
    return case(text, asked, lambda answer: value.upper() in answer and answer == answer.upper())


def in_lower_case(draw: Draw) -> Case:
    """No capitals."""
    return _styled(draw, WHOLE_STYLES["lower case"](draw), lambda answer: answer == answer.lower())


def _words_of(draw: Draw) -> str:
    return " ".join(draw.word() for _ in range(draw.number(1, 3)))


def start_with(draw: Draw) -> Case:
    """Given words first."""
    phrase = _words_of(draw)
    text = draw.one(
        (f'Start every answer with "{phrase}".', f'Begin every answer with "{phrase}".', f'Every answer has to start with "{phrase}".')
    )
    asked, value = draw.one(PLAIN_FACTS)
    return case(text, asked, lambda answer: answer.lower().startswith(phrase) and value.lower() in answer.lower())


def end_with(draw: Draw) -> Case:
    """Given words last."""
    phrase = _words_of(draw)
    text = draw.one(
        (f'End every answer with "{phrase}".', f'Finish every answer with "{phrase}".', f'Every answer has to end with "{phrase}".')
    )
    asked, value = draw.one(PLAIN_FACTS)
    return case(text, asked, lambda answer: answer.lower().rstrip(".!").endswith(phrase) and value.lower() in answer.lower())


def contain_plain(draw: Draw) -> Case:
    """A given word somewhere, in a plain wording."""
    word = draw.word()
    asked, value = draw.one(PLAIN_FACTS)
    return case(f'Your answers must contain the word "{word}".', asked, holds(word, value))


def contain_other(draw: Draw) -> Case:
    """A given word somewhere, in wordings that are not in the lessons."""
    word = draw.word()
    text = draw.one(
        (f"Make sure that {word} appears somewhere in what you say.", f"No answer without the word {word}!", f"You have to say {word} in each response.",
         f"In all of your replies the word {word} should occur.", f"Whatever you answer, bring in the word {word}.")
    )  # fmt: skip
    asked, value = draw.one(PLAIN_FACTS)
    return case(text, asked, holds(word, value))


def without_word(draw: Draw) -> Case:
    """A forbidden word that the plain answer would hold."""
    asked, value = draw.one(PLAIN_FACTS)
    forbidden = draw.one((value, draw.word()))
    text = draw.one((f'Never say the word "{forbidden}".', f'Do not use the word "{forbidden}".', f"The word {forbidden} must not occur."))
    return case(text, asked, lambda answer: forbidden.lower() not in answer.lower() and len(answer) > 3)


def emojis_only(draw: Draw) -> Case:
    """Nothing but emojis."""
    asked = draw.one((draw.one(PLAIN_FACTS)[0], "I am happy", "How are you?", "Tell me about cats."))
    text = draw.one(("Respond only with emojis.", "Use emojis only.", "Answer in emojis, never in words."))
    return case(text, asked, lambda answer: bool(answer.strip()) and not _LETTERS.search(answer))


def in_character(draw: Draw) -> Case:
    """A pirate or a king, in held-out wordings."""
    who, sign = draw.one((("pirate", ("Arr", "Matey", "Ahoy")), ("king", ("royal", "decree"))))
    asked, value = draw.one(PLAIN_FACTS)
    text = draw.one((f"Sound like a {who}.", f"Answer like a {who}.", f"Speak like a {who}.", f"I want to hear a {who} when you answer."))
    return case(text, asked, both(holds(value), holds_one(*sign)))


def question_back(draw: Draw) -> Case:
    """A question at the end."""
    return _styled(draw, WHOLE_STYLES["question"](draw), lambda answer: answer.rstrip().endswith("?"))


def call_user(draw: Draw) -> Case:
    """The user by a name."""
    name = draw.name()
    asked, value = draw.one(PLAIN_FACTS)
    return case(
        draw.one((f"Always call the user {name}.", f"Call the user {name}.", f"Say {name} to the user.")), asked, holds(name, value)
    )


def other_language(draw: Draw) -> Case:
    """French, Spanish or German."""
    language, signs = draw.one((("French", ("réponse", "est")), ("Spanish", ("respuesta", "es")), ("German", ("Antwort", "ist"))))
    return case(
        f"Answer in {language}.",
        f"What is the capital of {draw.one(('Japan', 'France', 'Poland', 'Spain'))}?",
        holds_one(*(f" {sign} " for sign in signs)),
    )


def two_styles(draw: Draw) -> Case:
    """Two styles together."""
    first, last = draw.word(), draw.word()
    asked, value = draw.one(PLAIN_FACTS)
    texts: tuple[tuple[str, Passes], ...] = (
        (
            f'Start every answer with "{first}". End every answer with "{last}".',
            lambda a: a.lower().startswith(first) and a.lower().rstrip(".!").endswith(last),
        ),
        (
            f'Always answer in capital letters. End every answer with "{last}".',
            lambda a: a == a.upper() and a.rstrip(".!").endswith(last.upper()),
        ),
        (f"Speak like a pirate. Your answers must contain the word {first}.", holds(first, "Arr")),
        (f'Answer in capital letters. Your answers must contain the word "{first}".', lambda a: a == a.upper() and first.upper() in a),
    )
    text, passes = draw.one(texts)
    return case(text, asked, both(holds(value), passes))


def list_plain(draw: Draw) -> Case:
    """A list of N items in a plain wording."""
    count, numbered = draw.number(2, 6), draw.chance(0.5)
    kind = draw.one(("animals", "fruits", "colours", "tools"))
    return case(
        f"Answer with a {'numbered' if numbered else 'bullet'} list of {count} items.",
        f"Name some {kind}.",
        is_list(count, numbered=numbered),
    )


def list_other(draw: Draw) -> Case:
    """A list of N items in wordings that are not in the lessons."""
    style = list_of(draw)
    count = next(at for at, name in enumerate(NUMBERS) if at > 1 and re.search(rf"\b({name}|{at})\b", style.text.lower()))
    kind = draw.one(("animals", "fruits", "colours", "tools"))
    return case(
        style.text, draw.one((f"Some {kind}, please.", f"Tell me about {kind}.")), is_list(count, numbered="numbered" in style.text)
    )


def name_some(draw: Draw) -> Case:
    """A number of members of a kind, asked for by the user."""
    kind, count = draw.one(("animals", "fruits", "colours", "tools", "birds")), draw.number(2, 6)

    def judge(answer: str) -> bool:
        found = [part for part in re.split(r",| and |\n", answer.rstrip(".")) if part.strip()]
        return (
            len({part.strip().lower() for part in found}) == count
            and sum(part.strip(" -.0123456789").lower() in KINDS[kind] for part in found) == count
        )

    return case("", f"Name {draw.one((NUMBERS[count], str(count)))} {kind}.", judge)


def in_table(draw: Draw) -> Case:
    """A Markdown table."""
    return case(table(draw).text, draw.one(PLAIN_FACTS)[0], lambda a: a.count("|") >= 6 and "---" in a)


def json_key(draw: Draw) -> Case:
    """JSON with one unseen key."""
    wanted = key(draw)
    asked, value = draw.one(PLAIN_FACTS)
    text = draw.one(
        (
            f'Reply in JSON with the key "{wanted}".',
            f'Reply in JSON with the key "{wanted}".',
            f'Always JSON, and the key should be "{wanted}".',
        )
    )
    return case(text, asked, is_json(lambda found: list(found) == [wanted] and value.lower() in str(found[wanted]).lower()))


def json_shapes(draw: Draw) -> Case:
    """JSON with two keys, a key in a key, or a list."""
    first, second = key(draw), key(draw)
    asked, value = draw.one(PLAIN_FACTS)
    kind = draw.number(0, 2)
    if kind == 0:
        text = f'Reply in JSON with the keys "{first}" and "{second}".'
        return case(text, asked, is_json(lambda found: list(found) == [first, second] and value.lower() in str(found[first]).lower()))
    if kind == 1:
        text = f'Reply in JSON with the key "{first}" inside "{second}".'
        return case(text, asked, is_json(lambda found: value.lower() in str(found[second][first]).lower()))
    text = f'Reply in JSON with an array called "{first}".'
    return case(text, "Name some fruits.", is_json(lambda found: len(found[first]) > 1 and isinstance(found[first], list)))


def json_forced(draw: Draw) -> Case:
    """``format: json`` without a word of it in the prompt."""
    asked, value = draw.one(PLAIN_FACTS)
    return case("", asked, is_json(lambda found: value.lower() in str(found).lower()), format="json")


def json_schema(draw: Draw) -> Case:
    """A schema with one unseen key."""
    wanted = key(draw)
    asked, value = draw.one(PLAIN_FACTS)
    schema = {"type": "object", "properties": {wanted: {"type": "string"}}, "required": [wanted]}
    return case("", asked, is_json(lambda found: value.lower() in str(found[wanted]).lower()), format=schema)


def json_other(draw: Draw) -> Case:
    """JSON in wordings that are not in the lessons."""
    style = json_style(draw)
    asked, value = draw.one(PLAIN_FACTS)
    return case(capital(style.text), asked, is_json(lambda found: value.lower() in str(found).lower()))
