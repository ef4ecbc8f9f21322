"""The parser: Ollama's verdict on every input, a tree without gaps, no exception."""

from __future__ import annotations

import doctest
import importlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelfile_corpus import BYTES, GOLDEN, PIECES, TEXTS, pairs, records, sources

from ollama_magics.modelfile import parse
from ollama_magics.modelfile.decode import whole
from ollama_magics.modelfile.nodes import Comment, Fault, Instruction, Space
from ollama_magics.modelfile.printable import is_printable


@pytest.mark.parametrize("name", ["cases", "random"])
def test_the_verdict_is_ollamas(name: str) -> None:
    """Error text, commands and values are those of Ollama's parser, from text and from bytes."""
    wrong = []
    for record in records(name):
        for source in sources(record):
            verdict = parse(source).verdict
            if verdict != (record["error"], pairs(record["commands"])):
                wrong.append((record["name"], source, verdict, record["error"]))
    assert wrong == []


def test_the_table_of_printable_characters_is_gos() -> None:
    golden = json.loads((GOLDEN / "printable.json").read_text("ascii"))
    kept = {code for first, last in golden["ranges"] for code in range(first, last + 1)}
    assert {code for code in range(0x110000) if is_printable(chr(code))} == kept


@given(TEXTS | BYTES)
def test_the_parts_are_the_whole_text(source: str | bytes) -> None:
    file = parse(source)
    assert file.text is source
    assert "".join(node.text for node in file.nodes) == file.source_text
    assert [node.start for node in file.nodes] == [0, *(node.end for node in file.nodes)][: len(file.nodes)]


@given(TEXTS)
def test_text_and_its_bytes_are_the_same_modelfile(text: str) -> None:
    whole = text.encode("utf-8", "replace").decode()
    from_text, from_bytes = parse(whole), parse(whole.encode())
    assert from_text.source_text == from_bytes.source_text
    assert from_text.verdict == from_bytes.verdict
    assert from_text.nodes == from_bytes.nodes


@given(TEXTS)
def test_spans_point_at_what_they_name(text: str) -> None:
    file = parse(text)
    seen = whole(text)
    for node in file.instructions:
        assert node.start <= node.keyword.start <= node.keyword.end <= node.end
        assert seen[node.keyword.start : node.keyword.end] == node.keyword.text
        if node.argument is not None:
            assert seen[node.argument.start : node.argument.end] == node.argument.text
        if (value := node.value) is not None:
            assert node.start <= value.start <= value.inner_start <= value.inner_end <= value.end <= node.end
            assert file.source_text[value.start :].startswith(value.mark[:1])
            assert (node.command is None) == bool(node.faults)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_follows_a_good_line_does_not_depend_on_what_stands_before_it(text: str) -> None:
    """Parsing starts anew at each line that no instruction spans."""
    before, after = parse("FROM a\n"), parse("\n" + text)
    both = parse("FROM a\n\n" + text)
    assert [(node.keyword.text, node.command, [fault.kind for fault in node.faults]) for node in both.instructions] == [
        (node.keyword.text, node.command, [fault.kind for fault in node.faults]) for node in (*before.instructions, *after.instructions)
    ]


def test_it_goes_on_after_an_error() -> None:
    file = parse('SYTEM hi\nPARAMETER temperature=1\nMESSAGE User "a\nb"\nFROM a\nSYSTEM """x""" y\nPARAMETER seed 1\nLICENSE "x\n')
    assert [node.keyword.text for node in file.instructions] == ["SYTEM", "PARAMETER", "MESSAGE", "FROM", "SYSTEM", "PARAMETER", "LICENSE"]
    assert [node.faults[0].kind if node.faults else None for node in file.instructions] == [
        *(Fault.UNKNOWN_KEYWORD, Fault.NAME_CHARACTER, Fault.UNKNOWN_ROLE, None, Fault.AFTER_QUOTE, None, Fault.UNCLOSED)
    ]
    assert [node.value.text for node in file.instructions if node.value] == ["hi", "1", "a\nb", "a", "x", "1", "x"]


def test_comments_and_space_are_parts_too() -> None:
    file = parse("\ufeff# c\n  FROM a \t\r\n")
    assert [(type(node), node.text) for node in file.nodes] == [
        *((Space, "\ufeff"), (Comment, "# c"), (Space, "\n  "), (Instruction, "FROM a \t"), (Space, "\r\n"))
    ]


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    file = parse("FROM a\nSYSTEM x\ud83dy")
    assert file.system == "x\ufffdy"
    assert "".join(node.text for node in file.nodes) == file.text


def test_views_show_what_counts() -> None:
    file = parse(
        "FROM a\nFROM b\nSYSTEM one\nSYSTEM two\nTEMPLATE t\nLICENSE l\nLICENSE m\nMESSAGE user a: b\nMESSAGE assistant c\n"
        "PARAMETER stop x\nPARAMETER stop y\nPARAMETER top_k 1\nPARAMETER top_k 2\nPARAMETER seed x\nPARAMETER mirostat 1\n"
    )
    assert (file.base, file.system, file.template, file.licenses) == ("b", "two", "t", ["l", "m"])
    assert file.messages == [{"role": "user", "content": "a: b"}, {"role": "assistant", "content": "c"}]
    assert file.parameters == {"stop": ["x", "y"], "top_k": 2}


def test_views_of_an_empty_text_are_empty() -> None:
    file = parse("")
    assert (file.base, file.system, file.messages, file.parameters, file.nodes) == (None, None, [], {}, ())


def test_views_work_on_a_text_that_ollama_refuses() -> None:
    assert parse("FROM a\nSYTEM x\nPARAMETER seed 1").parameters == {"seed": 1}


def test_modelfiles_of_the_same_text_are_equal() -> None:
    assert parse("FROM a") == parse("FROM a") != parse(b"FROM a")
    with pytest.raises(TypeError, match="unhashable"):  # it can be edited
        hash(parse("FROM a"))
    assert "1 instructions, accepted" in repr(parse("FROM a"))


@pytest.mark.parametrize("name", ["modelfile", "printable", "decode", "semver", "quoting", "naming"])
def test_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"ollama_magics.modelfile.{name}"))
    assert result.attempted
    assert not result.failed
