"""The rules: errors are what stops a create, every problem has a place, a fix mends what it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from modelfile_corpus import BYTES, TEXTS, create_is_refused, records, sources

from ollama_magics.modelfile import Fix, Modelfile, Problem, parse
from ollama_magics.modelfile.problems import apply_fixes
from ollama_magics.modelfile.rules import RULES
from ollama_magics.modelfile.rules.rule import Rule


def has_error(file: Modelfile) -> bool:
    return any(problem.severity == "error" for problem in file.problems)


def the(text: str, code: str) -> Problem:
    found = [problem for problem in parse(text).problems if problem.code == code]
    assert len(found) == 1, parse(text).problems
    return found[0]


@pytest.mark.parametrize("name", ["cases", "random"])
def test_errors_are_what_stops_a_create(name: str) -> None:
    wrong = []
    for record in records(name):
        file = parse(sources(record)[0])
        if has_error(file) != create_is_refused(file.verdict) or has_error(file) == file.ok:
            wrong.append((record["name"], file.text, file.problems))
    assert wrong == []


def test_what_ollamas_client_refuses_without_a_file_is_an_error() -> None:
    """Of the recorded creates: those that fail by their text have an error, those that are sent have none."""
    wrong = []
    for record in records("requests"):
        error = record["error"] or ""
        about_files = (
            record["stage"] == "request" and not error.startswith(("invalid ", "unknown parameter", "requires must"))
        ) or "content type" in error
        # A template is not the client's: the server refuses it.
        refused = any(problem.severity == "error" and problem.code != "MF901" for problem in parse(record["text"]).problems)
        if not about_files and refused == record["ok"]:
            wrong.append((record["name"], record["text"], error))
    assert wrong == []


@given(TEXTS | BYTES)
def test_errors_are_what_stops_a_create_on_any_text(source: str | bytes) -> None:
    file = parse(source)
    assert has_error(file) == create_is_refused(file.verdict)


@given(TEXTS | BYTES)
def test_problems_and_fixes_lie_in_the_text(source: str | bytes) -> None:
    file = parse(source)
    for problem in file.problems:
        assert 0 <= problem.start <= problem.end <= len(file.source_text)
        assert file.lines.position(problem.start) == (problem.line, problem.column)
        assert file.lines.position(problem.end) == (problem.end_line, problem.end_column)
        assert problem.message.strip() == problem.message != ""
        if problem.fix is not None:
            assert 0 <= problem.fix.start <= problem.fix.end <= len(file.source_text)
            assert problem.fix.apply(file.source_text) != file.source_text
    assert list(file.problems) == sorted(file.problems, key=lambda problem: (problem.start, problem.end, problem.code))


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[Rule], Path | None]:
    """Return the folder that a rule's examples stand in; None where it needs none."""

    def folder(rule: Rule) -> Path | None:
        for name in rule.files:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("", "utf-8")
        return tmp_path if rule.needs_folder else None

    return folder


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if not rule.given], ids=lambda rule: rule.name)
class TestEachRule:
    def test_the_bad_example_breaks_it(self, rule: Rule, folder_of: Callable[[Rule], Path | None]) -> None:
        problems = parse(rule.bad, folder=folder_of(rule)).problems
        assert [problem.code for problem in problems] == [rule.code]
        assert problems[0].severity == rule.severity

    def test_the_good_example_breaks_none(self, rule: Rule, folder_of: Callable[[Rule], Path | None]) -> None:
        assert parse(rule.good, folder=folder_of(rule)).problems == ()

    def test_the_fix_of_the_bad_example_leaves_no_problem(self, rule: Rule, folder_of: Callable[[Rule], Path | None]) -> None:
        folder = folder_of(rule)
        fix = parse(rule.bad, folder=folder).problems[0].fix
        if fix is not None:
            assert parse(fix.apply(rule.bad), folder=folder).problems == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_each_rule_is_described(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert rule.code[:2] == "MF"
    assert rule.code[2:].isdigit()


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("FROM a\nSYTEM hi", "FROM a\nSYSTEM hi"),
        ("FROM a\nSYSTEM hi\nyou", 'FROM a\nSYSTEM """hi\nyou"""'),
        ('FROM a\nSYSTEM hi\n- "you\n1. me\n\nall\nPARAMETER seed 1', 'FROM a\nSYSTEM """hi\n- "you\n1. me\n\nall"""\nPARAMETER seed 1'),
        ("FROM a\nSYSTEM\nhello", "FROM a\nSYSTEM hello"),
        ("FROM a\nSYSTEM\n  hello\n\nyou\nTEMPLATE x", 'FROM a\nSYSTEM """hello\n\nyou"""\nTEMPLATE x'),
        ("FROM\nllama3.2\nSYSTEM x", "FROM llama3.2\nSYSTEM x"),
        ("FROM a\nPARAMETER\ntop_k 1", "FROM a\nPARAMETER top_k 1"),
        ("FROM a\nPARAMETER num_ctx 4k", "FROM a\nPARAMETER num_ctx 4096"),
        ("FROM a\nPARAMETER num_ctx 32,768", "FROM a\nPARAMETER num_ctx 32768"),
        ('FROM a\nPARAMETER stop ["User:", "a # b"]', 'FROM a\nPARAMETER stop User:\nPARAMETER stop """a # b"""'),
        ("FROM a\nPARAMETER top_k 1\nPARAMETER top_k 2", "FROM a\nPARAMETER top_k 2"),
        ("FROM=a", "FROM a"),
        ("FROM\u00a0a", "FROM a"),
        ('FROM a\nSYSTEM "Hi" there', 'FROM a\nSYSTEM """"Hi" there"""'),
        ("FROM a\nPARAMETER temperature = 1", "FROM a\nPARAMETER temperature 1"),
        ("FROM a\nPARAMETER temperature=1", "FROM a\nPARAMETER temperature 1"),
        ("FROM a\nPARAMETER num-ctx=5", "FROM a\nPARAMETER num_ctx 5"),
        ("FROM a\nPARAMETER max_tokens 5", "FROM a\nPARAMETER num_predict 5"),
        ("FROM a\nPARAMETER num_ctx 4096.0", "FROM a\nPARAMETER num_ctx 4096"),
        ("FROM a\nPARAMETER temperature 0,7", "FROM a\nPARAMETER temperature 0.7"),
        ("FROM a\nPARAMETER temperature 0.7 # warm", "FROM a\nPARAMETER temperature 0.7\n# warm"),
        ("FROM a\nPARAMETER use_mmap yes", "FROM a\nPARAMETER use_mmap true"),
        ("FROM a\r\nPARAMETER tfs_z 1\r\nSYSTEM b", "FROM a\r\nSYSTEM b"),
        ("PARAMETER model b", "FROM b"),
        ('FROM a\nPARAMETER stop "\\n\\nUser:"', 'FROM a\nPARAMETER stop """\n\nUser:"""'),
        ("FROM a\nMESSAGE human hi", "FROM a\nMESSAGE user hi"),
        ("FROM a\nMESSAGE user:hi", "FROM a\nMESSAGE user hi"),
        ("FROM a\nSYSTEM a\u200bb", "FROM a\nSYSTEM ab"),
        ("FROM a\nREQUIRES >= 0.14", "FROM a\nREQUIRES 0.14"),
    ],
)
def test_fixes_mend(text: str, fixed: str) -> None:
    problems = [problem for problem in parse(text).problems if problem.fix]
    assert len(problems) == 1, problems
    assert problems[0].fix.apply(text) == fixed
    assert not has_error(parse(fixed))


@pytest.mark.parametrize(
    ("text", "code", "marked", "line", "column"),
    [
        ("FROM a\nSYSTEM line one\nline two", "MF102", "line", 3, 1),
        ('FROM a\r\n  SYSTEM """x\r\n', "MF202", '"""', 2, 10),
        ('FROM a\nSYSTEM """x""" tail  \n', "MF201", "tail", 2, 16),
        ("FROM a\nPARAMETER temprature 1", "MF301", "temprature", 2, 11),
        ("FROM a\nPARAMETER seed 1.5", "MF302", "1.5", 2, 16),
        ("FROM a\nMESSAGE  user hi", "MF404", " ", 2, 9),
        ("FROM a\nSYSTEM x\u00a0\u00a0y", "MF501", "\u00a0\u00a0", 2, 9),
        ("FROM a\n# x\u00a0y\nSYSTEM\n", "MF103", "SYSTEM", 3, 1),
        ("FROM a\nPARAMETER stop a\\nb", "MF308", "\\n", 2, 17),
    ],
)
def test_places(text: str, code: str, marked: str, line: int, column: int) -> None:
    problem = the(text, code)
    assert text[problem.start : problem.end] == marked
    assert (problem.line, problem.column) == (line, column)


def test_words_count_lines_as_the_reader_does() -> None:
    """Below a cell magic the body starts on line 2; positions count in the body."""
    problem = parse("FROM a\nSYSTEM hi\nyou", first_line=2).problems[0]
    assert problem.message == "The SYSTEM text ends at the end of line 3"
    assert problem.fix is not None
    assert problem.fix.title == 'Put """ around lines 3 to 4'
    assert problem.line == 3


def test_every_mistake_is_reported_at_once() -> None:
    text = "FORM a\nPARAMETER temprature 1\nPARAMETER seed=1\nMESSAGE User hi\nREQUIRES x\nSYSTEM “hi”\n"
    file = parse(text)
    assert [problem.code for problem in file.problems] == ["MF101", "MF301", "MF304", "MF402", "MF601", "MF203"]
    assert file.verdict.error is not None
    assert file.verdict.error.startswith("(line 1): command must be one of")


@pytest.mark.parametrize("text", ["[1]", "[]", "[x]", "[" * 50_000 + "]", '["a\\u0000"]'])
def test_brackets_that_are_no_list_of_texts_are_left_alone(text: str) -> None:
    assert all(problem.fix is None for problem in parse(f"FROM a\nPARAMETER stop {text}").problems)


@pytest.mark.parametrize(
    "text", ["top_k 4,5", "top_k 1.5", "temperature 0,7,1", "temperature warm", "use_mmap maybe", "seed k", "seed 99999999999k"]
)
def test_no_fix_without_one_meaning(text: str) -> None:
    problem = the(f"FROM a\nPARAMETER {text}", "MF302")
    assert problem.fix is None


@pytest.mark.parametrize("text", ["SYSTEM x\n# note\nmore text", "SYSTEM\n# note\nmore\ntext", 'SYSTEM x\nmore """\ntext'])
def test_no_fix_where_a_comment_or_a_quote_is_in_the_way(text: str) -> None:
    problem = parse(f"FROM a\n{text}").problems[0]
    assert (problem.severity, problem.fix) == ("error", None)


@given(TEXTS)
def test_what_is_mended_has_no_mistake(text: str) -> None:
    file = parse(text)
    assert file.mended is None or (not file.ok and parse(file.mended).ok)
    if not any(problem.fix for problem in file.problems):
        assert file.mended is None


def test_all_mistakes_are_mended_at_once() -> None:
    text = "FORM a\nPARAMETER temprature=1\nMESSAGE User: hi\nSYSTEM Be\nbrief.\nLICENSE “x”\n"
    assert parse(text).mended == 'FROM a\nPARAMETER temperature 1\nMESSAGE user hi\nSYSTEM """Be\nbrief."""\nLICENSE “x”\n'
    assert parse("FROM a\nPARAMETER seed warm\nSYTEM x").mended is None
    assert parse("FROM a").mended is None


def test_of_two_edits_at_one_place_the_first_counts() -> None:
    edits = [Fix("", 4, 6, "y"), Fix("", 1, 2, "x"), Fix("", 3, 5, "!"), Fix("", 6, 6, "+")]
    assert apply_fixes("0123456", edits) == "0x2!5+6"


def test_not_a_number_counts_only_where_it_is_sent() -> None:
    assert has_error(parse("FROM a\nPARAMETER temperature nan"))
    assert not has_error(parse("FROM a\nPARAMETER temperature nan\nPARAMETER temperature 1"))


def test_lost_characters_are_named() -> None:
    assert the("FROM a\nSYSTEM a\u00a0b", "MF501").message == "1 character is lost: no-break space (U+00A0)"
    assert the("FROM a\nSYSTEM \U0001f468\u200d\U0001f469", "MF501").fix is None
    assert "control character (U+0001)" in the("FROM a\nSYSTEM \x01\x02\x03\x04", "MF501").message


def test_a_hundred_places_are_pointed_at_and_the_rest_is_counted() -> None:
    problems = parse("FROM a\nSYSTEM " + "x\u00a0" * 250).problems
    assert len(problems) == 100
    assert "150 more places" in problems[-1].help


def test_bytes_that_are_no_text_are_pointed_at() -> None:
    problems = parse(b"FROM a\nSYSTEM caf\xe9 \xef\xbf\xbd").problems
    assert [(problem.code, problem.column) for problem in problems] == [("MF502", 11), ("MF502", 13)]
    assert parse("FROM a\nSYSTEM \ufffd".encode()).problems == ()


def test_a_line_that_begins_with_a_quote_is_explained_by_the_text_before_it() -> None:
    problem = the('FROM a\nSYSTEM """a"""\n"""\n', "MF101")
    assert "ended on line 2" in problem.help
