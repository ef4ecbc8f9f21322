"""Sums: two numbers to 99, three numbers with and without steps, comparisons."""

from __future__ import annotations

from ollama_magics.server.tutor.lessons.draw import Draw, wordings
from ollama_magics.server.tutor.lessons.heldout import is_held
from ollama_magics.server.tutor.lessons.replies import Exchange, Reply

_WORD = {"+": "plus", "-": "minus", "*": "times"}

STEPS = wordings(
    "[Think|Go|Work] step by step.",
    "Let us think step by step.",
    "Show your steps.",
    "[Show|Write] [all|every one of] your steps.",
    "Explain [each|every] step.",
    "[Calculate|Solve it|Answer] step by step.",
    held=("Reason step by step before you answer.", "Show me each step of your work."),
)


def sum_of_two(draw: Draw) -> Exchange:
    """Return a sum, a difference or a product with its answer."""
    sign = draw.one("++++----*")
    if sign == "*":
        left, right = draw.number(0, 10), draw.number(0, 10)
    else:
        high = 20 if draw.chance(0.2) else 99
        left, right = _pair(draw, high)
        if sign == "-" and left < right and draw.chance(0.95):
            left, right = right, left
    value = _value(left, sign, right)
    term = draw.one((f"{left} {sign} {right}", f"{left} {sign} {right}", f"{left}{sign}{right}", f"{left} {_WORD[sign]} {right}"))
    asked = draw.say(
        "[What is <t>?|What is <t>?|What's <t>?|Calculate <t>.|<t> = ?|How much is <t>?|<t>|<t>=|Compute <t>.|what is <t>]", t=term
    )
    if sign == "+" and draw.chance(0.1):
        asked = draw.say("[What is the sum of <a> and <b>?|Add <a> and <b>.]", a=left, b=right)
    return asked, Reply(f"{left} {_WORD[sign]} {right} is {value}.", str(value), "maths")


def comparison(draw: Draw) -> Exchange:
    """Return a question which of two numbers is larger or smaller."""
    left, right = draw.several(range(1, 100), 2)
    larger = draw.chance(0.5)
    told, other = (max(left, right), min(left, right)) if larger else (min(left, right), max(left, right))
    how = draw.one(("larger", "bigger")) if larger else "smaller"
    asked = draw.say("[Which is <h>, <a> or <b>?|Which number is <h>: <a> or <b>?|What is <h>, <a> or <b>?]", h=how, a=left, b=right)
    return asked, Reply(f"{told} is {how} than {other}.", str(told), "maths")


def sum_of_three(draw: Draw) -> tuple[str, int, Reply, Reply]:
    """Return three numbers to add or subtract, the result, and the answer without and with steps."""
    first, second = _pair(draw, 60)
    third = draw.number(1, 40)
    signs = (draw.one("++-"), draw.one("++-"))
    if signs[0] == "-" and first < second:
        first, second = second, first
    middle = _value(first, signs[0], second)
    if signs[1] == "-" and middle < third:
        signs = (signs[0], "+")
    value = _value(middle, signs[1], third)
    term = f"{first} {signs[0]} {second} {signs[1]} {third}"
    steps = f"{first} {_WORD[signs[0]]} {second} is {middle}. {middle} {_WORD[signs[1]]} {third} is {value}. The answer is {value}."
    return term, value, Reply(f"The answer is {value}.", str(value), "maths"), Reply(steps, str(value), "maths", fixed=True)


def steps_asked(draw: Draw) -> Exchange:
    """Return a sum of three numbers, asked with or without steps in the user's message."""
    term, _, plain, stepped = sum_of_three(draw)
    asked = draw.say("[What is <t>?|Calculate <t>.|How much is <t>?|<t> = ?]", t=term)
    if draw.chance(0.35):
        return asked, plain
    return (f"{asked} {draw.say(STEPS)}" if draw.chance(0.7) else f"{draw.say(STEPS)} {asked}"), stepped


def number_question(draw: Draw) -> Exchange:
    """Return any question about numbers."""
    kind = draw.rng.random()
    return comparison(draw) if kind < 0.08 else steps_asked(draw) if kind < 0.2 else sum_of_two(draw)


def _pair(draw: Draw, high: int) -> tuple[int, int]:
    """Return two numbers; a tenth of the pairs is the evaluation's."""
    while True:
        left, right = draw.number(0 if high < 50 else 1, high), draw.number(0 if high < 50 else 1, high)
        if is_held(f"{min(left, right)} and {max(left, right)}") == draw.held:
            return left, right


def _value(left: int, sign: str, right: int) -> int:
    return left + right if sign == "+" else left - right if sign == "-" else left * right
