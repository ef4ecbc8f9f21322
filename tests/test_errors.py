"""The tree of errors is the one drawn at its head."""

import inspect
import re

from ollama_magics import errors


def test_drawing_matches_the_classes():
    """Every class stands in the drawing under its base, and nothing else does."""
    drawn = {}
    stack = []
    for line in errors.__doc__.splitlines():
        if not (match := re.match(r"^    ((?:[│ ]   |[├└]── )*)(\w+)", line)):
            continue
        depth = len(match[1]) // 4
        stack[depth:] = [match[2]]
        drawn[match[2]] = stack[depth - 1] if depth else "Exception"
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
    actual = {cls.__name__: cls.__mro__[1].__name__ for cls in classes}
    assert drawn == actual


def test_every_class_has_its_own_code():
    """Programs can tell the classes apart by a slug."""
    codes = [cls.code for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))


def test_ipython_shows_message_and_hint_only():
    """The base renders itself for IPython, without a traceback."""
    assert errors.UsageProblem("no model name", hint="%%modelfile NAME")._render_traceback_() == ["no model name\n%%modelfile NAME"]
