"""Invariants of an answer that hold whatever text a model generates.

A check is a list: its name and its arguments. Paths such as ``logprobs.0.token`` are read in the last object of the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .matching import last_object
from .normalise import plain_text


@dataclass
class Answer:
    """What checks look at."""

    kind: str
    body: Any
    texts: dict[str, str]

    @property
    def text(self) -> str:
        return plain_text(self.kind, self.body)

    def at(self, path: str) -> Any:
        return dig(last_object(self.kind, self.body), path)


def dig(value: Any, path: str) -> Any:
    """Return what is at a dotted path, None where there is nothing."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if part.lstrip("-").isdigit() and -len(value) <= int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def run_checks(checks: list, result: dict, texts: dict[str, str]) -> list[str]:
    """Return what failed of the checks of one step."""
    answer = Answer(result["kind"], result["body"], texts)
    return [problem for name, *arguments in checks if (problem := CHECKS[name](answer, *arguments))]


def _need(good: bool, problem: str) -> str:
    return "" if good else problem


def _text_json(answer: Answer, keys: list[str] | None = None) -> str:
    try:
        value = json.loads(answer.text)
    except ValueError:
        return f"not JSON: {answer.text!r}"
    missing = [key for key in keys or [] if not (isinstance(value, dict) and key in value)]
    return _need(not missing, f"no key {missing} in {answer.text!r}")


def _length(answer: Answer, path: str, count: int) -> str:
    value = answer.at(path)
    return _need(isinstance(value, list) and len(value) == count, f"{path} has not {count} entries: {str(value)[:80]}")


def _unit_norm(answer: Answer, path: str) -> str:
    return _need(abs(sum(x * x for x in answer.at(path) or []) - 1) < 1e-3, f"{path} is not normalised")


def _matches(answer: Answer, pattern: str) -> str:
    return _need(re.search(pattern, answer.text, re.S) is not None, f"{pattern!r} does not match {answer.text!r}")


def _prefix(answer: Answer, step: str) -> str:
    return _need(answer.texts.get(step, "").startswith(answer.text.rstrip()), f"{answer.text!r} is no prefix of {answer.texts.get(step)!r}")


CHECKS: dict[str, Callable[..., str]] = {
    "same_text_as": lambda a, step: _need(a.text == a.texts.get(step), f"text is not {step}'s: {a.text!r} / {a.texts.get(step)!r}"),
    "other_text_than": lambda a, step: _need(a.text != a.texts.get(step), f"text equals that of {step}: {a.text!r}"),
    "prefix_of": _prefix,
    "text_nonempty": lambda a: _need(bool(a.text.strip()), "no text"),
    "text_contains": lambda a, part: _need(part in a.text, f"{part!r} not in {a.text!r}"),
    "text_lacks": lambda a, part: _need(part not in a.text, f"{part!r} in {a.text!r}"),
    "text_matches": _matches,
    "text_json": _text_json,
    "field": lambda a, path, value: _need(a.at(path) == value, f"{path} is {a.at(path)!r}, expected {value!r}"),
    "present": lambda a, path: _need(a.at(path) is not None, f"{path} is missing"),
    "absent": lambda a, path: _need(a.at(path) is None, f"{path} is there: {a.at(path)!r}"),
    "max": lambda a, path, limit: _need((a.at(path) or 0) <= limit, f"{path} is {a.at(path)!r} > {limit}"),
    "min": lambda a, path, limit: _need((a.at(path) or 0) >= limit, f"{path} is {a.at(path)!r} < {limit}"),
    "length": _length,
    "unit_norm": _unit_norm,
    "lines_min": lambda a, count: _need(a.kind in ("ndjson", "sse") and len(a.body) >= count, f"fewer than {count} lines"),
    "error_contains": lambda a, part: _need(part in str(a.at("error")), f"{part!r} not in error {str(a.at('error'))!r}"),
}
