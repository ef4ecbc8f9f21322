from typing import Literal, Optional

import ollama
import pytest

from ollama_magics.client.tools import describe
from ollama_magics.errors import UsageProblem


def weather(city: str, days: int = 1, unit: Literal["C", "F"] = "C", tags: list[str] | None = None) -> str:
    """Tell the weather
    of a city.

    Args:
        city: Its name.
        days (int): How many days.

    Returns:
        text: never described
    """


def test_a_function_is_described_by_its_signature_and_docstring():
    assert describe(weather) == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Tell the weather of a city.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "Its name."},
                    "days": {"type": "integer", "description": "How many days."},
                    "unit": {"type": "string", "enum": ["C", "F"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["city"],
            },
        },
    }


def test_the_official_client_describes_a_plain_function_the_same():
    def add(a: int, b: float, c: bool, d: dict, e: Optional[str] = None) -> int:  # noqa: UP045  # both spellings
        """Add numbers.

        Args:
            a: first
        """

    theirs = ollama._utils.convert_function_to_tool(add).model_dump(exclude_none=True)["function"]
    ours = describe(add)["function"]
    assert (ours["name"], ours["description"]) == (theirs["name"], theirs["description"])
    types = {name: schema["type"] for name, schema in theirs["parameters"]["properties"].items()}
    assert {name: schema["type"] for name, schema in ours["parameters"]["properties"].items()} == types
    assert ours["parameters"]["required"] == theirs["parameters"]["required"]


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (int | str, {"type": ["integer", "string"]}),
        (list[list[int]], {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        (Literal[1, "a"], {"type": ["integer", "string"], "enum": [1, "a"]}),
        (bytes, {"type": "string"}),
    ],
)
def test_an_annotation_becomes_a_schema(kind, schema):
    def function(x):
        """Do."""

    function.__annotations__["x"] = kind
    assert describe(function)["function"]["parameters"]["properties"]["x"] == schema


def unresolved(x: "Nowhere"):  # noqa: F821
    """Refer to a type that does not exist."""


@pytest.mark.parametrize("function", [lambda *args: None, lambda **more: None, unresolved], ids=["args", "kwargs", "unresolved"])
def test_a_function_that_cannot_be_told_is_refused(function):
    with pytest.raises(UsageProblem):
        describe(function)
