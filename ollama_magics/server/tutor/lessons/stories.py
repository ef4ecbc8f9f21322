"""Open requests, whose answers differ at every temperature above 0: stories, poems, names, ideas."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons.draw import Draw, article, capital
from ollama_magics.server.tutor.lessons.lexicon import ADJECTIVES, KINDS, NAMES, PLACES, ROLES, THINGS
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

_HEROES = (*KINDS["animals"], "dragon", "robot", "wizard", "king", "knight", "ghost", "princess", "pirate")

_RHYMES = (
    ("sea", "me"), ("tree", "bee"), ("night", "light"), ("day", "play"), ("rain", "train"), ("star", "far"), ("moon", "tune"),
    ("sky", "fly"), ("hill", "still"), ("snow", "glow"),
)  # fmt: skip


def open_request(draw: Draw) -> Exchange:
    """Return a request for something new, and one of the many answers."""
    return draw.one((story, story, _poem, _idea, _name))(draw)


def story(draw: Draw) -> Exchange:
    """Return a request for a story, and a story of six sentences."""
    hero = draw.one(_HEROES) if draw.chance(0.7) else draw.word()
    asked = draw.say("[Tell me|Write|Write me|Make up|I want to hear|Can you tell me] [a|a short] story about <h>[.|]", h=article(hero))
    if draw.chance(0.3):
        asked, hero = draw.say("[Tell me a story.|Tell me a short story.|a story please|Write a story.]"), draw.one(_HEROES)
    return asked, Reply(_told(draw, hero), "story")


def _told(draw: Draw, hero: str) -> str:
    name, he = draw.one(NAMES), draw.one(("he", "she"))
    found = draw.one(
        "a golden key|an old map|a tiny door|a talking stone|a lost kitten|a magic lamp|a silver coin|a big red button".split("|")
    )
    return " ".join(
        (
            f"{draw.one(('Once upon a time', 'Long ago', 'One day'))} there was {article(draw.one(ADJECTIVES))} {hero} named {name}.",
            f"{capital(he)} lived in {draw.one(PLACES)} and loved {draw.one(THINGS)}.",
            f"One {draw.one(('morning', 'evening', 'night'))} {name} found {found}.",
            draw.one((f"It belonged to {article(draw.one(ROLES))}.", "Nobody knew where it came from.", "It began to shine.")),
            f"{name} " + draw.one(("took it home.", "gave it to a friend.", "followed it into the dark.", "laughed and danced all night.")),
            draw.one(("Everyone was happy.", "And that was the start of a great adventure.", f"From that day on {name} was never lonely.")),
        )
    )


def _poem(draw: Draw) -> Exchange:
    first, second = draw.one(_RHYMES)
    lines = (
        f"I look at the {draw.one(ADJECTIVES)} {first},",
        f"it sings a {draw.one(ADJECTIVES)} song of {second}.",
        f"The {draw.one(('wind', 'world', 'river', 'road'))} is {draw.one(('soft', 'calm', 'bright', 'long'))}, and so am I,",
        f"I dream of {draw.one(THINGS)} and fly.",
    )
    return draw.say("[Write|Write me|Tell me|Make] a [short |]poem."), Reply("\n".join(lines), "poem", "poem")


def _idea(draw: Draw) -> Exchange:
    doing = draw.one(("Draw", "Paint", "Build", "Write about", "Look for", "Sing about", "Cook", "Dream of", "Learn about", "Talk about"))
    what = draw.one((article(draw.one(_HEROES)), draw.one(THINGS), f"{article(draw.one(ADJECTIVES))} {draw.one(_HEROES)}"))
    asked = draw.say("[Give me an idea|I need an idea|Give me a good idea|Do you have an idea][.|!|?| for today.| for the weekend.]")
    return asked, Reply(f"{doing} {what}.", "idea")


def _name(draw: Draw) -> Exchange:
    what = draw.one((draw.one(_HEROES), "my " + draw.one(_HEROES), "hero", "my new friend"))
    what = what if what.startswith("my") else article(what)
    given = f"{draw.one(NAMES)} the {capital(draw.one(ADJECTIVES))}" if draw.chance(0.5) else draw.one(NAMES)
    asked = draw.say("[Give me|Find|Invent|Suggest|I need] [a name|a good name] for <w>.", w=what)
    return asked, Reply(f"{given}.", given.split()[0])
