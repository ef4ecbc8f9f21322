"""The forms that ``lint`` reports problems in: text with or without the lines meant, JSON, annotations of GitHub, and SARIF.

Source: GitHub Docs, "Workflow commands" (annotations, escaping as in actions/toolkit); OASIS SARIF 2.1.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import ollama_magics
from ollama_magics.cli.sources import Source
from ollama_magics.display.cards.problems import frame
from ollama_magics.display.segments import Document
from ollama_magics.display.text import render
from ollama_magics.display.visible import one_line
from ollama_magics.modelfile import Problem
from ollama_magics.modelfile.rules import RULES


class Checked(NamedTuple):
    """A Modelfile with what is reported about it."""

    source: Source
    problems: Sequence[Problem]

    def line(self, line: int) -> int:
        """Return a line as the reader counts it: in the file, or in the cell with the magic's own line."""
        return line + self.source.first_line - 1


def text(checked: Sequence[Checked]) -> str:
    """Return problems as `concise` does, each with the line it is about, and where to read more."""
    lines = [line for one in checked for line in _text_lines(one, framed=True)]
    code = next((problem.code for one in checked for problem in one.problems), "")
    if code:
        lines.append(f"More about a rule: ollama-magics help {code}")
    return "".join(f"{line}\n" for line in lines)


def concise(checked: Sequence[Checked]) -> str:
    """Return ``FILE:LINE:COLUMN: severity: message [code name]`` lines with notes, help and fixes below, and a verdict a Modelfile."""
    return "".join(f"{line}\n" for one in checked for line in _text_lines(one, framed=False))


def _text_lines(one: Checked, *, framed: bool) -> Iterator[str]:
    label, error = one_line(one.source.label), one.source.modelfile.verdict.error
    for problem in one.problems:
        rule = f"{problem.code} {problem.name}"
        where = f"{label}:{one.line(problem.line)}:{problem.column}"
        yield f"{where}: {problem.severity}: {one_line(problem.message)} [{rule}]"
        if framed:
            yield from _frame_lines(one, problem)
        fix = f"fix: {problem.fix.title}" if problem.fix else ""
        yield from (f"  {one_line(words)}" for words in ("" if framed else problem.note, problem.help, "" if framed else fix) if words)
        if framed:
            yield ""
    if any(problem.severity == "error" for problem in one.problems):
        if error is not None:
            yield f"{label}: Ollama says: {one_line(error)}"
            if one.source.modelfile.error_note:
                yield f"  {one.source.modelfile.error_note}"
    elif not one.source.substituted:
        yield f"{label}: Ollama accepts it"


def _frame_lines(one: Checked, problem: Problem) -> list[str]:
    shown = frame(problem, one.source.modelfile.source_text, one.source.first_line)
    return render(Document((shown,))).rstrip("\n").split("\n") if shown else []


def as_json(checked: Sequence[Checked]) -> str:
    """Return a JSON list with an object a problem; offsets of fixes are lines and columns, from 1, in code points."""
    return json.dumps([_record(one, problem) for one in checked for problem in one.problems], indent=2) + "\n"


def _record(one: Checked, problem: Problem) -> dict[str, Any]:
    record = {
        "file": one.source.file,
        "cell": one.source.cell,
        **_region(one, problem.start, problem.end),
        **{name: getattr(problem, name) for name in ("code", "name", "severity", "message", "note", "help")},
        "docs": problem.docs_url,
        "fix": None,
    }
    if problem.fix is not None:
        fix = problem.fix
        record["fix"] = {"title": fix.title, **_region(one, fix.start, fix.end), "text": fix.text}
    return record


def _region(one: Checked, start: int, end: int) -> dict[str, int]:
    first, last = one.source.modelfile.lines.position(start), one.source.modelfile.lines.position(end)
    return {"line": one.line(first.line), "column": first.column, "end_line": one.line(last.line), "end_column": last.column}


def github(checked: Sequence[Checked]) -> str:
    """Return workflow commands that GitHub shows as annotations; in a notebook at the file, with cell and line in the words."""
    return "".join(_annotation(one, problem) for one in checked for problem in one.problems)


def _annotation(one: Checked, problem: Problem) -> str:
    kind = {"error": "error", "warning": "warning"}.get(problem.severity, "notice")
    properties = {"file": one.source.file, "title": f"{problem.code} {problem.name}"}
    if one.source.cell is None:
        properties |= {"line": str(problem.line), "col": str(problem.column), "endLine": str(problem.end_line)}
        properties |= {"endColumn": str(problem.end_column)} if problem.end_line == problem.line else {}
    said = _escaped(_words(one, problem))
    shown = ",".join(f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for name, value in properties.items())
    return f"::{kind} {shown}::{said}\n"


def _words(one: Checked, problem: Problem) -> str:
    cell = f"cell {one.source.cell}, line {one.line(problem.line)}: " if one.source.cell is not None else ""
    note = f" ({problem.note})" if problem.note else ""
    return one_line(" ".join(filter(None, (f"{cell}{problem.message}{note}.", problem.help))))


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def sarif(checked: Sequence[Checked]) -> str:
    """Return a SARIF log with all rules and a result a problem, fixes included."""
    order = list(RULES)
    driver = {
        "name": "ollama-magics",
        "version": ollama_magics.__version__,
        "rules": [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": f"Instead of\n\n{rule.bad}\nwrite\n\n{rule.good}"},
                "defaultConfiguration": {"level": _level(rule.severity)},
            }
            for rule in RULES.values()
        ],
    }
    results = [_result(one, problem, order) for one in checked for problem in one.problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _level(severity: str) -> str:
    return {"error": "error", "warning": "warning"}.get(severity, "note")


def _result(one: Checked, problem: Problem, order: list[str]) -> dict[str, Any]:
    artifact = {"uri": _uri(one.source.file)}
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact}}
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": order.index(problem.code),
        "level": _level(problem.severity),
        "message": {"text": _words(one, problem)},
        "locations": [place],
    }
    if one.source.cell is not None:  # a line of a cell is no line of the notebook's file
        place["logicalLocations"] = [{"fullyQualifiedName": f"cell {one.source.cell}", "kind": "member"}]
        return result
    place["physicalLocation"]["region"] = _sarif_region(one, problem.start, problem.end)
    if problem.fix is not None:
        fix = problem.fix
        replacement = {"deletedRegion": _sarif_region(one, fix.start, fix.end), "insertedContent": {"text": fix.text}}
        changes = [{"artifactLocation": artifact, "replacements": [replacement]}]
        result["fixes"] = [{"description": {"text": fix.title}, "artifactChanges": changes}]
    return result


def _sarif_region(one: Checked, start: int, end: int) -> dict[str, int]:
    names = {"line": "startLine", "column": "startColumn", "end_line": "endLine", "end_column": "endColumn"}
    return {names[name]: value for name, value in _region(one, start, end).items()}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(file.replace(os.sep, "/"))


FORMATS: Mapping[str, Callable[[Sequence[Checked]], str]] = {
    "text": text,
    "concise": concise,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}
"""The form by the name that ``--format`` takes."""
