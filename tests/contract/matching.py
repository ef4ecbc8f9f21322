"""Compares a normalised answer with the recorded one."""

from __future__ import annotations

import json
import re
from typing import Any

Difference = tuple[str, str]
"""Kind (status, header, body, check) and text."""


def shape(value: Any) -> Any:
    """Return types only: {key: shape}, [shape of the first element], or a type's name."""
    match value:
        case dict():
            return {key: shape(item) for key, item in sorted(value.items())}
        case list():
            return [shape(value[0])] if value else []
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case None:
            return "null"
    return "string"


def stream_shape(lines: list) -> dict:
    """Return the distinct shapes of the lines before the last one, and the shape of the last one."""
    before: list[Any] = []
    for line in lines[:-1]:
        if shape(line) not in before:
            before.append(shape(line))
    return {"before": before, "last": shape(lines[-1]) if lines else None}


def last_object(kind: str, body: Any) -> dict:
    """Return the last object of an answer, {} without one."""
    if kind == "ndjson":
        return body[-1] if body and isinstance(body[-1], dict) else {}
    return body if isinstance(body, dict) else {}


def short(value: Any, limit: int = 160) -> str:
    """Return ``value`` as JSON, cut at ``limit`` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "…"


class Matcher:
    """Gathers what differs between two values; ``<digest:1>`` (unknown content) is any digest, the same one throughout."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self.found: list[str] = []

    def same(self, want: Any, got: Any, where: str = "body") -> None:
        """Compare, remembering every difference with its place."""
        if isinstance(want, dict) and isinstance(got, dict):
            self._objects(want, got, where)
        elif isinstance(want, list) and isinstance(got, list):
            if len(want) != len(got):
                self.found.append(f"{where}: {len(got)} entries, expected {len(want)}: {short(got)} / {short(want)}")
            for index, (one, other) in enumerate(zip(want, got, strict=False)):
                self.same(one, other, f"{where}[{index}]")
        elif not self._scalars(want, got):
            self.found.append(f"{where}: {short(got)}, expected {short(want)}")

    def _objects(self, want: dict, got: dict, where: str) -> None:
        for key in want:
            if key not in got:
                self.found.append(f"{where}.{key}: missing (expected {short(want[key])})")
            else:
                self.same(want[key], got[key], f"{where}.{key}")
        self.found += [f"{where}.{key}: unexpected ({short(got[key])})" for key in got if key not in want]

    def _scalars(self, want: Any, got: Any) -> bool:
        if isinstance(want, str) and isinstance(got, str):
            return want == got or self._strings(want, got)
        if isinstance(want, float) or isinstance(got, float):
            numbers = isinstance(want, (int, float)) and isinstance(got, (int, float))
            return numbers and abs(want - got) <= 1e-6 * max(1, abs(want))
        return type(want) is type(got) and want == got

    def _strings(self, want: str, got: str) -> bool:
        names = re.findall(r"<digest:\d+>", want)
        if not names:
            return False
        pattern = re.sub(r"<digest:\d+>", lambda m: "(<digest:[^>]*>)", re.escape(want).replace("\\<", "<").replace("\\>", ">"))
        found = re.fullmatch(pattern, got, re.S)
        if not found:
            return False
        return all(self.digests.setdefault(name, digest) == digest for name, digest in zip(names, found.groups(), strict=True))


def differences(step: dict, got: dict) -> list[Difference]:
    """Return what differs between a recorded step and an observed answer."""
    want, seen = step["response"], got["response"]
    found: list[Difference] = [("check", problem) for problem in got["failed"]]
    if want["kind"] in ("disconnected", "wait"):
        return found
    if want["kind"] == "parallel":
        same = want["statuses"] == seen.get("statuses") and want["done"] == seen.get("done")
        return found if same else [*found, ("status", f"{seen} / {want}")]
    mode = step.get("mode", "exact")
    if mode == "setup":
        good = (want["status"] < 400) == (seen["status"] < 400)
        return found if good else [*found, ("status", f"setup answered {seen['status']}: {short(seen['body'])}")]
    if want["status"] != seen["status"]:
        found.append(("status", f"status {seen['status']}, expected {want['status']}; body {short(seen['body'])}"))
    found += [("header", text) for text in _headers(want["headers"], seen["headers"])]
    compare = {"exact": _exact, "shape": _shape, "environment": _environment}[mode]
    return [*found, *(("body", text) for text in compare(want, seen))]


def _headers(want: dict, seen: dict) -> list[str]:
    return [
        f"{name}: {seen.get(name)!r}, expected {want.get(name)!r}"
        for name in sorted({*want, *seen})
        if want.get(name) != seen.get(name) and (name in want or name.startswith("access-control"))
    ]


def _same(want: Any, got: Any, where: str = "body") -> list[str]:
    matcher = Matcher()
    matcher.same(want, got, where)
    return matcher.found


def _exact(want: dict, seen: dict) -> list[str]:
    return _same(want["body"], seen["body"])


def _shape(want: dict, seen: dict) -> list[str]:
    """Text is generated: keys and types count, for each kind of line in a stream."""
    if want["kind"] != seen["kind"]:
        return [f"answer is {seen['kind']}, expected {want['kind']}"]
    if want["kind"] not in ("ndjson", "sse"):
        return _same(shape(want["body"]), shape(seen["body"]))
    one, other = stream_shape(want["body"]), stream_shape(seen["body"])
    unknown = [line for line in other["before"] if line not in one["before"]]
    return [
        *_same(one["last"], other["last"], "last line"),
        *(f"unexpected line shape {short(line)}, expected one of {short(one['before'], 400)}" for line in unknown),
    ]


def _environment(want: dict, seen: dict) -> list[str]:
    """The words depend on engine or network: that there is an error counts, and every line before it."""
    one, other = last_object(want["kind"], want["body"]), last_object(seen["kind"], seen["body"])
    found = [] if ("error" in one) == ("error" in other) else [f"error key: {short(other)}, expected {short(one)}"]
    if want["kind"] == "ndjson" == seen["kind"]:
        lines = [[line for line in body if "error" not in line] for body in (want["body"], seen["body"])]
        found += _same(*lines)
    return found
