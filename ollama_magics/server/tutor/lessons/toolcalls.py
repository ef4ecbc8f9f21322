"""Tools: a description in the prompt, a call with the right name and arguments, and an answer from its result."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ollama_magics.server.tutor.lessons import heldout
from ollama_magics.server.tutor.lessons.draw import Draw, capital
from ollama_magics.server.tutor.lessons.facts import fact
from ollama_magics.server.tutor.lessons.personas import NOBODY
from ollama_magics.server.tutor.lessons.replies import Dialogue
from ollama_magics.server.tutor.lessons.smalltalk import small_talk

_VERBS = "get find send make set show read play start search order count add list check open".split()


@dataclass(frozen=True)
class Tool:
    """A function that the model may call: its name, its one or two arguments, and what it does with a noun."""

    name: str
    arguments: tuple[str, ...]
    verb: str
    noun: str

    @property
    def line(self) -> str:
        """How the template shows it."""
        return f"{' '.join((self.name, *self.arguments))}: {capital(self.verb)} the {self.noun}."


def tool(draw: Draw) -> Tool:
    """Return a tool."""
    known = ("city", "name", "text", "day", "number", "place", "user", "item", "word", draw.word())
    # A template sees the arguments in the order of the alphabet.
    arguments = tuple(sorted(draw.several(known, draw.one((1, 1, 2)))))
    if draw.held:
        name = draw.one(heldout.TOOLS)
        verb, noun = name.split("_")
        return Tool(name, arguments, verb, noun)
    verb = draw.one(_VERBS)
    noun = (
        draw.word()
        if draw.chance(0.6)
        else draw.one(("weather", "time", "price", "message", "song", "news", "temperature", "ticket", "file"))
    )
    name = draw.one((f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{capital(noun)}", noun))
    return Tool(name, arguments, verb, noun)


def header(tools: list[Tool]) -> str:
    """Return what the template writes before the conversation."""
    return "\n".join(["Tools:", *(tool.line for tool in tools)])


def tool_talk(draw: Draw) -> Dialogue:
    """Return a dialogue with tools, calls, results, and questions that need no tool."""
    tools = {tool.name: tool for tool in (tool(draw) for _ in range(draw.number(1, 3)))}
    chosen = list(tools.values())
    dialogue: Dialogue = [("system", header(chosen))]
    for _ in range(draw.number(1, 3)):
        if draw.chance(0.25):
            asked, reply = fact(draw) if draw.chance(0.5) else small_talk(draw, NOBODY)
            dialogue += [("user", asked), ("assistant", reply.full)]
            continue
        used = draw.one(chosen)
        asked, values = request(draw, used)
        result = draw.one((draw.phrase(1, 3), str(draw.number(1, 99)), f"{draw.number(1, 40)} degrees"))
        told = capital(f"the {used.noun} is {result}.")
        dialogue += [("user", asked), ("assistant", call(used, values)), ("tool", result), ("assistant", told)]
    return dialogue


def request(draw: Draw, used: Tool) -> tuple[str, dict[str, str]]:
    """Return what a user asks so that the tool is called, and the arguments of the call."""
    values = {name: _value(draw, name) for name in used.arguments}
    if len(values) == 1:
        value = next(iter(values.values()))
        form = "[What is the <n> [in|for|of] <v>?|<V> the <n> [for|in|of] <v>.|Please <w> the <n> for <v>.|Can you <w> the <n> for <v>?|I need the <n> for <v>.]"
        return draw.say(form, n=used.noun, v=value, w=used.verb, V=capital(used.verb)), values
    told = " and ".join(f"{name} {value}" for name, value in values.items())
    form = "[<V> the <n> with <t>.|Please <w> the <n> with <t>.|Can you <w> the <n> with <t>?|I need the <n> with <t>.]"
    return draw.say(form, n=used.noun, t=told, w=used.verb, V=capital(used.verb)), values


def _value(draw: Draw, name: str) -> str:
    if name == "number":
        return str(draw.number(1, 999))
    if name in ("city", "name", "user", "place"):
        return draw.name() if draw.held or draw.chance(0.6) else draw.one(("Paris", "Rome", "London", "Berlin", "Tokyo", "Oslo"))
    return draw.one(("Monday", "Friday", "Sunday")) if name == "day" else draw.word()


def call(used: Tool, values: dict[str, str]) -> str:
    """Return a call as the template writes it."""
    return f'{{"name": "{used.name}", "arguments": {json.dumps(values, separators=(",", ":"), ensure_ascii=False)}}}'
