"""Few-shot: earlier turns show by example what to answer."""

from __future__ import annotations

from collections.abc import Callable

from ollama_magics.server.tutor.lessons import knowledge as known
from ollama_magics.server.tutor.lessons.draw import Draw, article, capital
from ollama_magics.server.tutor.lessons.facts import city_pair
from ollama_magics.server.tutor.lessons.formats import FORCED
from ollama_magics.server.tutor.lessons.heldout import is_held
from ollama_magics.server.tutor.lessons.lexicon import KINDS, NOUNS, SINGULAR
from ollama_magics.server.tutor.lessons.replies import Dialogue

Pair = tuple[str, str]

GOOD = tuple(
    """I love this {n}.|This {n} is great.|What a wonderful {n}!|The {n} made me so happy.|Best {n} ever.|The {n} works perfectly.|
    I really enjoyed the {n}.|An excellent {n}.|The {n} is amazing.|I am very happy with the {n}.|Great {n}, thank you!|
    The {n} was fantastic.|I would buy this {n} again.|Lovely {n}, I recommend it.|The {n} is perfect.|This {n} is beautiful.|
    Delicious!|What a great day.|I adore it.|So good!|Everyone liked the {n}.|Five stars for the {n}.|I like it.|Wonderful!|
    The {n} is nice.|I am so glad about the {n}.|That was a good {n}.|Super {n}!""".replace("\n    ", "").split("|")
)
BAD = tuple(
    """I hate this {n}.|This {n} is terrible.|What an awful {n}!|The {n} made me so angry.|Worst {n} ever.|The {n} is broken.|
    I was bored by the {n}.|A horrible {n}.|The {n} is a waste of money.|I am very unhappy with the {n}.|Bad {n}, never again!|
    The {n} was disgusting.|I want my money back.|Ugly {n}, I do not recommend it.|The {n} is useless.|This {n} is boring.|
    Terrible!|What a bad day.|I dislike it.|So bad!|Nobody liked the {n}.|One star for the {n}.|I do not like it.|Awful!|
    The {n} is poor.|I am so angry about the {n}.|That was a bad {n}.|Stupid {n}!""".replace("\n    ", "").split("|")
)

_SPAM = "Win a free {n}!|Click here for a cheap {n}!|You won a {n}, send money now!|Buy the {n} today, only one dollar!|Free {n}, click now!|Get rich with this {n}!".split(
    "|"
)
_HAM = "Are we still meeting at the {n}?|I will bring the {n} tomorrow.|Thanks for the {n}.|Can you send me the {n}?|The {n} is in the kitchen.|See you at the {n}.".split(
    "|"
)

_HINTS = (
    "Follow the pattern.",
    "Follow the examples.",
    "You are a helpful assistant.",
    "Continue like this.",
    "Answer as in the examples.",
)

_CLASSIFY = (
    "[[Classify|Label|Sort] [the text|each message|what the user writes] as <a> or <b>.|[Reply|Answer|Respond] [only |]with <a> or <b>.]"
)

_MARKS = "< > [ ] ( ) { } * ** # ! !! ? - -- -> => = : :: ; / | ~ _ + & % $ @ ^ << >> ( ( ... .".split()


def few_shot(draw: Draw) -> Dialogue:
    """Return a dialogue of one to six examples and one or two more questions of the same kind."""
    return draw.one((*(_labels,) * 5, *(_countries,) * 4, *(_changes,) * 4, *(_reversals,) * 2, _tables))(draw)


def _dialogue(draw: Draw, pairs: list[Pair], hint: str = "", given: int = 1) -> Dialogue:
    """Return the pairs as turns; the first so many answers cannot be guessed and are not learnt."""
    if not hint and draw.chance(0.2):
        hint = draw.one(_HINTS)
    dialogue: Dialogue = [("system", hint)] if hint else []
    for at, (asked, told) in enumerate(pairs):
        dialogue += [("user", asked), ("assistant", told + FORCED if at < given else told)]
    return dialogue


def label_pair(draw: Draw) -> Pair:
    """Return two different labels."""
    if not draw.held and draw.chance(0.45):
        return draw.one(
            (("positive", "negative"), ("good", "bad"), ("yes", "no"), ("A", "B"), ("1", "2"), ("+", "-"), ("true", "false"), ("happy", "angry"),
             ("Positive", "Negative"), ("Yes", "No"), ("YES", "NO"), ("Yes.", "No."), ("Y", "N"), ("left", "right"), ("x", "y"), ("up", "down"))
        )  # fmt: skip
    make: Callable[[], str] = draw.word if draw.held or draw.chance(0.7) else draw.token
    while (first := make()) == (second := make()):
        pass
    return first, second


def two_classes(draw: Draw) -> tuple[Callable[[], str], Callable[[], str]]:
    """Return makers of members of two classes."""
    kind = draw.rng.random()
    if kind < 0.4:
        return (lambda: draw.one(GOOD).format(n=draw.one(NOUNS))), (lambda: draw.one(BAD).format(n=draw.one(NOUNS)))
    if kind < 0.5:
        return (lambda: draw.one(_SPAM).format(n=draw.one(NOUNS))), (lambda: draw.one(_HAM).format(n=draw.one(NOUNS)))
    if kind < 0.58:
        words = (known.SPANISH, known.FRENCH, known.GERMAN)
        table = draw.one(words)
        return (lambda: draw.one(tuple(table))), (lambda: draw.one(tuple(table.values())))
    if kind < 0.66:
        limit = draw.one((10, 50))
        return (lambda: str(draw.number(0, limit))), (lambda: draw.word())
    first, second = draw.several(("animals", "fruits", "vegetables", "colours", "tools", "instruments", "vehicles", "birds", "flowers", "clothes", "numbers", "days", "cities", "countries", "names"), 2)  # fmt: skip
    form = draw.one(("{}", "{}", "{}", "Is it {}?", "the {}", "{}."))
    return (lambda: form.format(draw.one(KINDS[first]))), (lambda: form.format(draw.one(KINDS[second])))


def _labels(draw: Draw) -> Dialogue:
    labels, makers = label_pair(draw), two_classes(draw)
    count = draw.number(3, 6)
    sides = [0, 1, *(draw.number(0, 1) for _ in range(count - 2))]
    draw.rng.shuffle(sides)
    sides += [draw.number(0, 1) for _ in range(draw.number(2, 5))]
    hint = ""
    if draw.chance(0.2):
        hint = draw.say(_CLASSIFY, a=labels[0], b=labels[1])
    given = 0 if hint else 1 + max(sides.index(0), sides.index(1))
    return _dialogue(draw, [(makers[side](), labels[side]) for side in sides], hint, given)


def _countries(draw: Draw) -> Dialogue:
    labels = draw.one((("yes", "no"), ("yes", "no"), ("yes", "no"), ("Yes", "No"), ("Yes.", "No."), ("true", "false"), label_pair(draw)))
    form = draw.one(("Is {} in {}?", "Is {} in {}?", "Is {} in {}?", "Is {} a city in {}?", "{} in {}?", "{}, {}"))
    one_country = draw.one(tuple(dict.fromkeys(known.CITIES.values()))) if draw.chance(0.6) else ""
    pairs: list[Pair] = []
    wanted = draw.number(5, 9)
    seen: set[str] = set()
    while len(pairs) < wanted:
        city, country, right = city_pair(draw)
        if one_country and country != one_country:
            city, country, right = _near(draw, one_country)
        label = labels[0 if right else 1]
        if len(pairs) >= 2 or label not in seen:
            seen.add(label)
            pairs.append((form.format(city, country), label))
    return _dialogue(draw, pairs, given=2)


def _near(draw: Draw, country: str) -> tuple[str, str, bool]:
    inside = [city for city, home in known.CITIES.items() if home == country]
    while True:
        city = draw.one(inside) if draw.chance(0.5) else draw.one(tuple(known.CITIES))
        if is_held(f"{city} in {country}") == draw.held or draw.held:
            return city, country, known.CITIES[city] == country


def change(draw: Draw) -> Callable[[str], str]:
    """Return something that is done to every word, or to every few words."""
    kind = draw.rng.random()
    if kind < 0.35:
        left = "".join(draw.one(_MARKS) for _ in range(draw.number(0, 2)))
        right = "".join(draw.one(_MARKS) for _ in range(draw.number(0, 2))) or ("" if left else "!")
        if draw.chance(0.3):
            left, right = draw.one(
                (("<", ">"), ("<<", ">>"), ("[", "]"), ("[[", "]]"), ("(", ")"), ("**", "**"), ('"', '"'), ("{", "}"), ("'", "'"))
            )
        gap = draw.one(("", "", "", " "))
        return lambda text: f"{left}{gap if left else ''}{text}{gap if right else ''}{right}"
    if kind < 0.6:
        word, other = draw.word(), draw.word()
        return draw.one(
            (lambda t: f"{t} {word}", lambda t: f"{word} {t}", lambda t: f"{t}-{word}", lambda t: f"The {t} is {word}.", lambda t: f"{word} {t} {other}",
             lambda t: f"I like {t} and {word}.", lambda t: f"{t}, {t}", lambda t: f"{t} = {word}", lambda t: f"my {word} {t}", lambda t: f"No {t} in the {word}!")
        )  # fmt: skip
    return draw.one(
        (str.upper, str.upper, capital, lambda t: f"{t} {t}", lambda t: t + t, lambda t: t[0], lambda t: t[-1], lambda t: f"{t}s",
         lambda t: t.split()[0], lambda t: t.split()[-1],
         lambda t: f'{{"word": "{t}"}}', lambda t: "-".join(t), lambda t: article(t), lambda t: f"{t}ed", lambda t: str(len(t.split())), lambda t: t.upper() + "!")
    )  # fmt: skip


def _changes(draw: Draw) -> Dialogue:
    done, length = change(draw), draw.one(((1, 1), (1, 1), (1, 1), (2, 2), (2, 3)))
    if draw.chance(0.15):
        form = draw.one(
            (
                "Hello {}, welcome to " + capital(draw.word()) + "!",
                "Dear {}, thank you.",
                "{} is my friend.",
                "{}, please bring the " + draw.word() + ".",
            )
        )
        return _dialogue(draw, [(name, form.format(name)) for name in (draw.name() for _ in range(draw.number(3, 6)))])
    return _dialogue(draw, [(text, done(text)) for text in (draw.phrase(*length) for _ in range(draw.number(3, 7)))])


def _reversals(draw: Draw) -> Dialogue:
    count = draw.one((2, 2, 2, 3))
    texts = [draw.phrase(count, count) for _ in range(draw.number(4, 7))]
    return _dialogue(draw, [(text, " ".join(reversed(text.split()))) for text in texts])


def _tables(draw: Draw) -> Dialogue:
    kinds = ("animals", "fruits", "vegetables", "colours", "tools", "instruments", "vehicles", "birds", "flowers", "drinks")
    categories = {member: SINGULAR[kind] for kind in kinds for member in KINDS[kind]}
    table = draw.one(
        (known.CAPITALS, known.OPPOSITES, known.PLURALS, known.PASTS, known.SOUNDS, known.BABIES, known.SPANISH, known.FRENCH, known.GERMAN,
         known.COLOURS, known.LANGUAGES, known.CITIES, categories, {str(n): str(n + 1) for n in range(60)}, {str(n): str(n + 10) for n in range(60)},
         {str(n): str(2 * n) for n in range(30)})
    )  # fmt: skip
    shape: Callable[[str, str], Pair] = draw.one(
        (lambda a, b: (a, b), lambda a, b: (a, b), lambda a, b: (a, b), lambda a, b: (f"{a} ->", b), lambda a, b: (f"{capital(a)}?", f"{capital(b)}."),
         lambda a, b: (a, f"{a} = {b}"), lambda a, b: (a, b.upper()))
    )  # fmt: skip
    return _dialogue(draw, [shape(*pair) for pair in draw.several(tuple(table.items()), draw.number(3, 7))])
