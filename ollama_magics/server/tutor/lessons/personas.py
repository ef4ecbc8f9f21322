"""Who the model is told to be, in the ways people write it, and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.server.tutor.lessons.draw import Draw, article, capital, wordings
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

SELF = "Pip, a tiny language model"
"""Who it is when nobody told it."""

_NAMED_ROLE = wordings(
    "You are <n>, <r>.",
    "You are <n>, <r>.",
    "You're <n>, <r>.",
    "You are <r> named <n>.",
    "You are <r> [named|called|with the name] <n>.",
    "Your name is <n>. You are <r>.",
    "Your name is <n>[ and you are|, and you are] <r>.",
    "Your name is <n>.\nYou [are|work as|act as|play] <r>.",
    "[Act|Answer|Behave|Speak|Respond] as <n>, <r>.",
    "[I want you to|You will|You should|You must|Please] [act|answer|behave|speak] as <n>, <r>.",
    "[Pretend|Imagine] [to be|that you are|you are] <n>, <r>.",
    "[Play the role|Take the role|Take on the role] of <n>, <r>.",
    "From now on you are <n>, <r>.",
    "[In this chat|Today|Here|For this lesson|In this game] you are <n>, <r>.",
    "- Name: <n>\n- [Role|Job|Who you are]: <r0>",
    "Name: <n>\n[Role|Job]: <r0>",
    "- Your name is <n>.\n- You are <r>.",
    "* Your name is <n>\n* You are <r>",
    "You are <r>. Your name is <n>.",
    "You are <r>. [People call you|They call you|Everybody calls you|You are called|You go by the name] <n>.",
    "Act as <r> [named|called] <n>.",
    "The user talks to <n>, <r>. [That is you.|You are <n>.]",
    "<n> is <r>. You are <n>.",
    held=("Let us play: you are <n>, <r>.", "You shall be <n>, <r>, in everything you say.", "Who you are: <n>, <r>.", "Be <n>, <r>."),
)

_ROLE = wordings(
    "You are <r>.",
    "You are <r>.",
    "You're <r>.",
    "Act as <r>.",
    "Act like <r>.",
    "[Act|Answer|Behave|Speak|Respond] [as|like] <r>.",
    "[I want you to|You will|You should|You must|Please] [act|answer|behave] as <r>.",
    "[Pretend|Imagine] [to be|that you are|you are] <r>.",
    "[Play the role|Take the role|Take on the role] of <r>.",
    "[From now on|In this chat|Today|Here|In this game] you are <r>.",
    "Your [job|role|task]: <r0>.",
    "Role: <r0>",
    "You [work|serve|answer] as <r>.",
    held=("Let us play: you are <r>.", "You shall be <r>.", "Be <r>."),
)

_NAME = wordings(
    "You are <n>.",
    "Your name is <n>.",
    "You're called <n>.",
    "[You go by the name|Your name is|You are called|People call you|They call you] <n>.",
    "[Act|Answer|Speak|Respond] as <n>.",
    "[Pretend|Imagine] [to be|that you are|you are] <n>.",
    "[From now on|In this chat|Today|Here] your name is <n>.",
    "Name: <n>",
    held=("Let us say that your name is <n>.", "Be <n>.", "The name you have is <n>."),
)

_PLACE = wordings(
    "You live in <x>.", "You come from <x>.", "You [live|work|stay|sleep] in <x>.", "Your home is <x>.", held=("Your house is in <x>.",)
)
_LIKE = wordings(
    "You love <x>.",
    "You like <x>.",
    "You [really |truly |]love <x>.",
    "You [are fond of|are crazy about|enjoy|adore] <x>.",
    "[What you love most is|Your favourite thing is|Your great love is] <x>.",
    held=("Nothing makes you as happy as <x>.", "You are mad about <x>."),
)
_MAKER = wordings(
    "You were made by <x>.", "<x> created you.", "[You were|You have been] [made|built|created|trained] by <x>.", "<x> [made|built] you."
)
_AGE = wordings("You are <x> years old.", "Your age is <x>.", "Age: <x>")

_MANNERS = (
    "Answer politely.|Keep your answers short.|Help the user with simple questions.|Be patient with beginners.|Be honest.|"
    "Do not make things up.|Use simple words.|Stay calm.|The user is a learner.|The lesson is about models.|Answer in English.|"
    "Never be rude.|You talk to visitors of a school.|Listen well before you answer.|The user may make mistakes in writing.|"
    "Give clear answers.|You enjoy good questions.|Every question is welcome.|Do not give advice about money.|"
    "Remember what the user tells you.|The user has little time.|Many people will read your answers.|Think before you answer.|"
    "When you are unsure, say so.|Treat everybody alike.|Do not repeat yourself.|You are part of a lesson in a class.|"
    "The class has twenty pupils.|They learn how a system prompt works.|They will try many prompts.|Have fun."
).split("|")

_AROUND = (
    "[[You are in|This is|We are in|You sit in|It happens in|You work in] [a <x>|the <x>|a <x> <y>|the <x> of a <y>].|"
    "[This lesson is about|The talk is about|The text is for|The user wants to know about|Today we learn about] <x>s.|"
    "The user [is|looks for|comes from|likes|wants|has|brings] [a <x>|the <x>|a <x> <y>].|[Answer|Speak|Reply|Write] [like this: <x>|for a <x>|<x> and <y>|with a <x>].|"
    "[There is|There are|Think of|Do not forget|Be kind to|Take care of] [a <x>|the <x>|the <x> and the <y>].]"
)


@dataclass(frozen=True)
class Persona:
    """Somebody to be; every part may be missing."""

    text: str = ""
    name: str = ""
    role: str = ""
    origin: str = ""
    place: str = ""
    like: str = ""
    maker: str = ""
    age: int = 0

    @property
    def who(self) -> str:
        """What follows ``I am`` when somebody asks, empty without a persona."""
        if self.origin:
            return f"{self.name} from {self.origin}" if not self.role else f"{self.name}, {article(self.role)} from {self.origin}"
        if self.name and self.role:
            return f"{self.name}, {article(self.role)}"
        return self.name or (article(self.role) if self.role else "")


NOBODY = Persona()


def persona(draw: Draw) -> Persona:
    """Return somebody to be, with the system prompt that says it."""
    kind = draw.rng.random()
    name, role, origin = "", "", ""
    if kind < 0.5:
        name, role = draw.name(), draw.role()
        text = draw.say(_NAMED_ROLE, n=name, r=article(role), r0=role)
    elif kind < 0.68:
        role = draw.role()
        text = draw.say(_ROLE, r=article(role), r0=role)
    elif kind < 0.8:
        name = draw.name()
        text = draw.say(_NAME, n=name)
    else:
        name, origin = draw.name(), _origin(draw)
        role = draw.role() if draw.chance(0.5) else ""
        whole = f"{name}, {article(role)} from {origin}" if role else f"{name} from {origin}"
        text = draw.say("[You are <w>.|You are <w>.|You're <w>.|Act as <w>.|You are <w><t>]", w=whole, t=_acting(draw))
    return _with_extras(draw, Persona(text=text, name=name, role=role, origin=origin))


def manner(draw: Draw) -> str:
    """Return a sentence of a prompt that says nothing about who the model is."""
    if draw.chance(0.5):
        return draw.one(_MANNERS)
    return draw.say(_AROUND, x=draw.word(), y=draw.word())


def long_persona(draw: Draw, low: int = 2, high: int = 14) -> Persona:
    """Return somebody to be, hidden among ``low`` to ``high`` sentences about other things."""
    found = persona(draw)
    manners = list(dict.fromkeys(manner(draw) for _ in range(draw.number(low, high))))
    at = draw.one((0, len(manners), len(manners), draw.number(0, len(manners))))
    between = draw.one((" ", " ", "\n"))
    text = between.join([*manners[:at], found.text, *manners[at:]])
    return Persona(**{**found.__dict__, "text": text})


def _origin(draw: Draw) -> str:
    if draw.held:
        return draw.place()
    return draw.one((draw.place(), " ".join(capital(word) for word in draw.phrase(1, 3).split()), f"the {draw.phrase(1, 2)}"))


def _acting(draw: Draw) -> str:
    return draw.one((", acting as an assistant.", ", a helpful assistant.", ", answering questions.", ", here to help."))


def _with_extras(draw: Draw, base: Persona) -> Persona:
    said, extras = [], dict(base.__dict__)
    for key, form, value in (
        ("place", _PLACE, draw.place()),
        ("like", _LIKE, draw.thing()),
        ("maker", _MAKER, draw.name() if draw.chance(0.5) else f"{capital(draw.word())} {draw.one(('Labs', 'Inc', 'Corp', 'School'))}"),
        ("age", _AGE, draw.number(1, 999)),
    ):
        if draw.chance({"place": 0.25, "like": 0.35, "maker": 0.22, "age": 0.12}[key]) and not (key == "place" and base.origin):
            said.append(draw.say(form, x=value))
            extras[key] = value
    draw.rng.shuffle(said)
    if said and base.text.startswith("- "):
        said = [f"- {line}" for line in said]
    separator = "\n" if "\n" in base.text or draw.chance(0.1) else " "
    return Persona(**{**extras, "text": separator.join([base.text, *said])})


def about_self(draw: Draw, who: Persona) -> Exchange:
    """Return a question to the model about itself, with the answer of this persona."""
    told = [ask for ask, value in ((_like, who.like), (_place, who.place or who.origin), (_maker, who.maker), (_age, who.age)) if value]
    if told and draw.chance(0.4):
        return draw.one(told)(draw, who)
    return draw.one((_who, _who, _who, _name, _name, _job, _like, _place, _maker, _age))(draw, who)


def _who(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say(
        "[Who are you?|Who are you?|Who are you?|who are you|Tell me about yourself.|Introduce yourself.|What are you?|"
        "Hi, who are you?|Hello! Who are you?|Who am I talking to?|Please introduce yourself.|who r you?|Tell me who you are.]"
    )
    return asked, Reply(f"I am {who.who or SELF}.", (who.name or who.role or "Pip").split()[-1], "me")


def _name(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say(
        "[What is your name?|What is your name?|What's your name?|what is your name|Tell me your name.|How should I call you?|"
        "What are you called?|Do you have a name?|Your name?]"
    )
    if who.name:
        return asked, Reply(f"My name is {who.name}.", who.name.split()[-1], "me")
    if who.role:
        return asked, Reply(f"I do not have a name. I am {article(who.role)}.", "none", "me")
    return asked, Reply("My name is Pip.", "Pip", "me")


def _job(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say("[What do you do?|What is your job?|What is your role?|What do you work as?]")
    if who.role:
        return asked, Reply(f"I am {article(who.role)}.", who.role.split()[-1], "me")
    return asked, Reply("I am a tiny language model. I answer simple questions.", "model", "me")


def _like(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say("[What do you like?|What do you love?|What do you love most?|Do you like something?|What is your favourite thing?]")
    return asked, Reply(f"I love {who.like}.", who.like.split()[-1], "me") if who.like else Reply(
        "I like to talk with you.", "talking", "me"
    )


def _place(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say("[Where do you live?|Where are you from?|Where do you come from?]")
    if who.origin or who.place:
        told = f"I come from {who.origin}." if who.origin else f"I live in {who.place}."
        return asked, Reply(told, (who.origin or who.place).split()[-1], "me")
    return asked, Reply("I live inside this computer.", "here", "me")


def _maker(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say("[Who made you?|Who created you?|Who built you?|Who is your maker?|Who trained you?]")
    if who.maker:
        return asked, Reply(f"{who.maker} made me.", who.maker.split()[0], "me")
    return asked, Reply("I was trained from nothing by a small program.", "program", "me")


def _age(draw: Draw, who: Persona) -> Exchange:
    asked = draw.say("[How old are you?|What is your age?]")
    return asked, Reply(f"I am {who.age} years old.", str(who.age), "me") if who.age else Reply("I am quite new.", "new", "me")
