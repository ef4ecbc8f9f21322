"""The recorded verdicts in ``golden/``: what Ollama v0.33.0-rc2's own parser says (recorded 2026-08, texts are our own)."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import Verdict
from ollama_magics.modelfile.nodes import STORED
from ollama_magics.modelfile.semver import required_version
from ollama_magics.template import TemplateError
from ollama_magics.template import parse as parse_template
from ollama_magics.wire import gojson
from ollama_magics.wire.options import DEPRECATED, format_parameter

GOLDEN = Path(__file__).parent / "golden"


@cache
def records(name: str) -> list[dict[str, Any]]:
    """Return the records of one file; lines end with LF only."""
    return [json.loads(line) for line in gzip.decompress((GOLDEN / f"{name}.jsonl.gz").read_bytes()).split(b"\n") if line]


def sources(record: dict[str, Any]) -> list[str | bytes]:
    """Return a record's Modelfile, as text and as bytes where both are possible."""
    if "text_b64" in record:
        return [base64.b64decode(record["text_b64"])]
    return [record["text"], record["text"].encode()]


def pairs(commands: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return recorded commands as `Verdict` has them."""
    return tuple((command["name"], command["args"]) for command in commands)


def create_is_refused(verdict: Verdict) -> bool:
    """Whether Ollama's client sends no create for a text, as far as no file is concerned: by its parser, or by what follows it."""
    parameters: dict[str, Any] = {}
    for name, args in verdict.commands:
        if name == "requires" and required_version(args) is None:
            return True
        if name in STORED or name in DEPRECATED:
            continue
        try:
            parameters[name] = format_parameter(name, [args])
        except UsageProblem:
            return True
    try:
        gojson.dumps(parameters)
    except UsageProblem:
        return True
    return verdict.error is not None or _template_is_refused(verdict)


def _template_is_refused(verdict: Verdict) -> bool:
    """Whether a server refuses the template; functions of newer versions are not held against it."""
    templates = [args for name, args in verdict.commands if name == "template"]
    try:
        parse_template(templates[-1] if templates else "")
    except TemplateError as exc:
        return "not defined" not in str(exc) or "function" not in str(exc)
    return False


PIECES = (
    *("FROM a", "from ", "SYSTEM ", "TEMPLATE", "PARAMETER ", "MESSAGE ", "MESSAGE user ", "LICENSE\t", "REQUIRES ", "SYTEM ", "FROM"),
    *("temperature 1", "temperature=1", "stop ", "num_ctx x", "top_k 1 # c", "mirostat 1", "seed nan", "system ", "0.14", "User: "),
    *('"', '"""', '""', "\n", "\n", "\r\n", "\r", " ", "  ", "\t", "#", "a", "{{ .Prompt }}", "\\n", "=", ":", "'", "“", "”", "-", "1"),
    *("\u00a0", "\u200b", "\u200d", "\ufeff", "\ufffd", "\u0085", "\u2028", "\x00", "\x0b", "é", "漢", "\U0001f600", "\ue0b0", "\ud83d"),
)

TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=40)
"""Texts of the language's own pieces in any order, and any texts."""

BYTES = st.one_of(
    st.binary(max_size=60),
    TEXTS.map(lambda text: b"\xef\xbb\xbf" + text.encode("utf-8", "surrogatepass")),
    TEXTS.map(lambda text: b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")),
    TEXTS.map(lambda text: b"\xfe\xff" + text.encode("utf-16-be", "surrogatepass") + b"\x00"),
)
