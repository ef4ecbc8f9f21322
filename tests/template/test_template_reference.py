"""The reference of the template language names everything there is, and its examples say what the engine says."""

import pytest

from ollama_magics.template import messages_value, parse, tools_value
from ollama_magics.template.functions import FUNCTION_NAMES
from ollama_magics.template.lex import KEYWORDS
from ollama_magics.template.reference import FUNCTIONS, SAMPLE, VARIABLES, WORDS

ENTRIES = [*VARIABLES.values(), *FUNCTIONS.values(), *WORDS.values()]


def test_every_function_and_word_has_an_entry():
    """Nothing that the engine knows is missing, and nothing is made up."""
    assert set(FUNCTIONS) == set(FUNCTION_NAMES)
    assert set(WORDS) == set(KEYWORDS)
    assert {".System", ".Messages.Role", ".Tools.Function.Name", ".Messages.ToolCalls.Function.Arguments"} <= set(VARIABLES)


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.example], ids=lambda entry: entry.name)
def test_examples_give_what_they_say(entry):
    """Each example has its name in it and gives its result."""
    values = {**SAMPLE, "Messages": messages_value(SAMPLE["Messages"]), "Tools": tools_value(SAMPLE["Tools"]), "Response": ""}
    assert entry.word in entry.example
    assert parse(entry.example).execute(values) == entry.result
