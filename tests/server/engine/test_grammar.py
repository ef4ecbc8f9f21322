"""Formats before they reach the engine."""

from __future__ import annotations

import pytest

from ollama_magics.server.engine.grammar import JSON_OBJECT, constraint
from ollama_magics.server.errors import ApiError


def sent(schema):
    found = dict(constraint(schema)["json_schema"])
    assert found.pop("x-guidance")["whitespace_flexible"] is False
    return found


def test_words_and_nothing():
    assert constraint(None) == constraint("") == {}
    assert constraint("json") == {"grammar": JSON_OBJECT}


@pytest.mark.parametrize(("value", "shown"), [("xml", r"\"xml\""), (5, "5"), ([], "[]"), (True, "true")])
def test_what_is_no_format_is_a_500_that_shows_it(value, shown):
    with pytest.raises(ApiError) as caught:
        constraint(value)
    assert (caught.value.status, caught.value.text) == (500, f'invalid format: "{shown}"; expected "json" or a valid JSON Schema object')


def test_objects_with_properties_are_closed_at_every_depth():
    inner = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = {"type": "object", "properties": {"list": {"type": "array", "items": inner}, "free": {"type": "object"}}}
    found = sent(schema)
    assert found["additionalProperties"] is False
    assert found["properties"]["list"]["items"] == {**inner, "additionalProperties": False}
    assert found["properties"]["free"] == {"type": "object"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {}}, "patternProperties": {"^b": {}}},
        {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
    ],
)
def test_a_schema_that_says_more_about_its_properties_stays_open(schema):
    assert sent(schema) == schema


@pytest.mark.parametrize("place", ["items", "properties", "anyOf", "$defs"])
def test_an_unknown_type_is_found_wherever_it_stands(place):
    wrong = {"type": "zzz"}
    schema = {"items": wrong, "properties": {"a": wrong}, "anyOf": [wrong], "$defs": {"a": wrong}}[place]
    with pytest.raises(ApiError) as caught:
        constraint({place: schema})
    assert caught.value.status == 400
    assert r"Unrecognized schema: {\"type\":\"zzz\"}" in caught.value.text


def test_a_very_deep_schema_is_no_crash():
    deep: dict = {"type": "string"}
    for _ in range(400):
        deep = {"type": "array", "items": deep}
    assert sent(deep)["items"]["items"]["type"] == "array"
