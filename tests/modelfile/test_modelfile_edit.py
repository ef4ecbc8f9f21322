"""Editing: only the edited span changes, the change has its effect, and what cannot be done is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelfile_corpus import BYTES, TEXTS, records, sources

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.modelfile.quoting import spell

WHOLE = """\
# Mario, in two lines
from   tutor

  PARAMETER temperature 0.70   \t
PARAMETER stop "User:"
# behind the stops
PARAMETER stop \"""</s>\"""
system \"""
You are Mario.
\"""
MESSAGE user "hello"
MESSAGE assistant hi"""


def system(text: str | None) -> Callable[[Modelfile], None]:
    return lambda file: setattr(file, "system", text)


def parameter(name: str, value: Any) -> Callable[[Modelfile], None]:
    return lambda file: file.parameters.__setitem__(name, value)


EDITS = [
    (parameter("temperature", 0.2), "temperature 0.70", "temperature 0.2"),
    (parameter("temperature", 0.7), "", ""),
    (parameter("seed", 7), '</s>"""\n', '</s>"""\nPARAMETER seed 7\n'),
    (parameter("stop", ["User:", "x"]), '"""</s>"""', '"""x"""'),
    (parameter("stop", "</s>"), 'PARAMETER stop "User:"\n', ""),
    (lambda file: file.parameters["stop"].append("x y"), '</s>"""\n', '</s>"""\nPARAMETER stop x y\n'),
    (lambda file: file.parameters.__delitem__("temperature"), "  PARAMETER temperature 0.70   \t\n", ""),
    (system("Be brief."), "\nYou are Mario.\n", "Be brief."),
    (system(None), 'system """\nYou are Mario.\n"""\n', ""),
    (lambda file: setattr(file, "base", "llama3.2"), "tutor", "llama3.2"),
    (lambda file: setattr(file, "template", "{{ .Prompt }}"), '</s>"""\n', '</s>"""\nTEMPLATE {{ .Prompt }}\n'),
    (lambda file: file.messages.append({"role": "user", "content": "bye"}), " hi", " hi\nMESSAGE user bye"),
    (lambda file: file.messages.__setitem__(0, {"role": "system", "content": "hello"}), "user ", "system "),
    (lambda file: file.messages.insert(1, {"role": "assistant", "content": "a\nb"}), '"hello"', '"hello"\nMESSAGE assistant """a\nb"""'),
    (lambda file: file.messages.pop(0), 'MESSAGE user "hello"\n', ""),
    (lambda file: file.licenses.append("MIT"), " hi", " hi\nLICENSE MIT"),
]


@pytest.mark.parametrize(("edit", "old", "new"), EDITS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-8-sig", "utf-16"])
def test_only_the_edited_span_changes(edit: Callable[[Modelfile], Any], old: str, new: str, line_end: str, encoding: str) -> None:
    old, new = old.replace("\n", line_end), new.replace("\n", line_end)
    text = WHOLE.replace("\n", line_end)
    if "a\nb" in new.replace(line_end, "\n") and line_end != "\n":
        new = new.replace(f"a{line_end}b", "a\nb")  # a line end of a value is the value's own
    before = text.encode(encoding) if encoding else text
    file = parse(before)
    edit(file)
    wanted = text.replace(old, new, 1) if old else text
    assert file.text == (wanted.encode(encoding) if encoding else wanted)
    assert file.commands == parse(file.text).commands == file.verdict.commands


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (system("no\u00a0break"), "this SYSTEM value: .*no-break space \\(U\\+00A0\\)"),
        (system('a"""\nb'), "would close it"),
        (system("\ud83d"), "surrogate"),
        (parameter("stop", ["\u200d"]), "this stop value: .*zero width joiner \\(U\\+200D\\)"),
        (parameter("stop", [1]), "stop takes text, not 1"),
        (parameter("stop", 1), "stop takes text"),
        (parameter("temprature", 1), "did you mean temperature"),
        (parameter("mirostat", 1), "deprecated"),
        (parameter("system", "x"), "no parameter system"),
        (parameter("temperature", "warm"), "temperature takes a number, not 'warm'"),
        (parameter("temperature", True), "takes a number, not True"),
        (parameter("temperature", float("nan")), "JSON has no such number"),
        (parameter("num_ctx", 1.5), "num_ctx takes a whole number, not 1.5"),
        (parameter("use_mmap", 1), "use_mmap takes true or false, not 1"),
        (lambda file: setattr(file, "base", None), "needs a base"),
        (lambda file: file.messages.append({"role": "usr", "content": ""}), "did you mean user"),
        (lambda file: file.messages.append({"role": "user", "content": "", "images": []}), "both text"),
        (lambda file: file.messages.extend([{"role": "user", "content": "a"}, {"role": "user", "content": "\x00"}]), "U\\+0000"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(edit: Callable[[Modelfile], Any], words: str) -> None:
    file = parse(WHOLE)
    with pytest.raises(UsageProblem, match=words):
        edit(file)
    assert file.text == WHOLE


def test_a_mistake_in_the_way_is_named() -> None:
    file = parse('SYSTEM "never closed\nFROM a\n')
    with pytest.raises(UsageProblem, match="mistake in line 1 is in the way"):
        file.messages.append({"role": "user", "content": 'its quote would close it: "hi"'})
    file = parse(b"FROM a\nSYSTEM caf\xe9\n")
    with pytest.raises(UsageProblem, match="bytes that are no character"):
        file.system = "x"


def test_numbers_of_other_libraries_are_numbers() -> None:
    numpy = pytest.importorskip("numpy")
    file = parse("FROM a")
    file.parameters["temperature"] = numpy.float64(0.5)
    file.parameters["seed"] = numpy.int64(3)
    file.parameters["use_mmap"] = True
    assert file.text == "FROM a\nPARAMETER temperature 0.5\nPARAMETER seed 3\nPARAMETER use_mmap true"


def test_repeated_lines() -> None:
    file = parse("FROM a\nPARAMETER seed 1\nSYSTEM x\nPARAMETER seed 2\nSYSTEM y\n")
    file.parameters["seed"], file.system = 3, "z"
    assert file.text == "FROM a\nPARAMETER seed 1\nSYSTEM x\nPARAMETER seed 3\nSYSTEM z\n"
    del file.parameters["seed"], file.system
    assert (file.text, file.system, file.parameters) == ("FROM a\n", None, {})
    with pytest.raises(KeyError):
        del file.parameters["seed"]


def test_an_empty_text_becomes_a_modelfile() -> None:
    file = parse("# mine")
    file.system = "hi"
    file.base = "tutor"
    assert (file.text, file.verdict.error) == ("# mine\nFROM tutor\nSYSTEM hi\n", None)


def test_a_view_that_is_kept_stays_true() -> None:
    file = parse("FROM a\nPARAMETER stop x\n")
    parameters, stops, messages = file.parameters, file.parameters["stop"], file.messages
    parameters["seed"] = 1
    stops[:] = ["y", "z"]
    messages.extend([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}])
    messages.reverse()
    assert parameters == {"stop": ["y", "z"], "seed": 1} == dict(file.parameters)
    assert [message["content"] for message in file.messages] == ["b", "a"]
    assert repr(stops) == "['y', 'z']"


VALUES = TEXTS.filter(lambda text: spell(text) is not None)
SOURCES = TEXTS | BYTES | st.sampled_from([source for record in records("cases") for source in sources(record)])


@given(SOURCES, VALUES, st.floats(-2, 2, width=32), st.lists(VALUES, max_size=3))
def test_an_edit_has_its_effect_and_no_other(source: str | bytes, text: str, number: float, stops: list[str]) -> None:
    """On any text at all: it is refused and nothing changes, or the text parses to the same commands but for the edited ones."""
    file = parse(source)
    for name, edit in (
        ("system", lambda: setattr(file, "system", text)),
        ("temperature", lambda: file.parameters.__setitem__("temperature", number)),
        ("stop", lambda: file.parameters.__setitem__("stop", stops)),
        ("message", lambda: file.messages.append({"role": "user", "content": text})),
    ):
        before = file.source_text
        others = [command for command in file.commands if command[0] != name]
        try:
            edit()
        except UsageProblem:
            assert file.source_text == before
            continue
        assert [command for command in parse(file.text).commands if command[0] != name] == others
        assert type(file.text) is type(source)
        _has(file, name, text, number, stops)


def _has(file: Modelfile, name: str, text: str, number: float, stops: list[str]) -> None:
    if name == "system":
        assert file.system == text
    elif name == "temperature":
        assert file.parameters["temperature"] == pytest.approx(number, abs=1e-7)
    elif name == "stop":
        assert file.parameters.get("stop", []) == stops
    else:
        assert file.messages[-1] == {"role": "user", "content": text}


@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=5))
def test_lists_change_as_python_lists_do(first: list[str], second: list[str]) -> None:
    file = parse("# a\nFROM a\n# b\nLICENSE x\n# c\nLICENSE y\n# d")
    file.licenses[:] = first
    file.licenses[1:1] = second
    assert file.licenses == [*first[:1], *second, *first[1:]]
    assert [line for line in file.source_text.split("\n") if line in {"# a", "# b", "# c", "# d"}][:2] == ["# a", "# b"]


@given(VALUES, VALUES)
def test_what_stands_around_a_value_is_not_touched(old: str, new: str) -> None:
    written = spell(old)
    head, tail = "# x\r\nFROM a\r\n\r\n\tsystem  ", "\r\n# y\r\nPARAMETER seed 1"
    file = parse(f"{head}{written}{tail}")
    file.system = new
    assert file.source_text.startswith(head)
    assert file.source_text.endswith(tail)
    if old == new:
        assert file.source_text == f"{head}{written}{tail}"


def test_the_same_edit_in_another_order_is_the_same_model() -> None:
    one, two = parse("FROM a\n"), parse("FROM a\n")
    one.system, one.parameters["seed"] = "s", 1
    two.parameters["seed"], two.system = 1, "s"
    assert one.text == two.text
