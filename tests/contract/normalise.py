"""What two runs of the same request agree on. The rules are listed in README.md."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

from .matching import shape
from .requests_sent import CLOUD_HOST, Fixtures

TIME_KEYS = {"created_at", "modified_at", "expires_at"}
SIZE_KEYS = {"size", "size_vram"}
ZERO_DIGEST = "0" * 19
_TIME = r"\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"


class Normaliser:
    """Turns answers into something that two runs agree on."""

    def __init__(self, fixtures: Fixtures):
        self.names = {digest: name for name, digest in fixtures.digests.items()}
        self.seen: dict[str, int] = {}

    def learn(self, body: Any) -> None:
        """Give the digests of texts which a request stores as they are readable names."""
        if not isinstance(body, dict):
            return
        for key in ("system", "template", "license"):
            for text in body[key] if isinstance(body.get(key), list) else [body.get(key)]:
                if isinstance(text, str) and text:
                    label = re.sub(r"[^ -~]|[<>]", "?", text)[:32]
                    self.names.setdefault(hashlib.sha256(text.encode()).hexdigest(), f"{key} {label}")

    def step(self, body: Any, kind: str) -> Any:
        """Return the body of one step's answer in its normal form."""
        self.seen = {}
        if kind in ("ndjson", "sse"):
            body = _progress(body)
        return self._value(body, "")

    def text(self, value: str) -> str:
        """Return a text without what differs from machine to machine."""
        value = re.sub(r"(?:[A-Za-z]:)?(?:[\\/][^\s\"':\\/]+)*[\\/]blobs[\\/](?=sha256-)", "<blobs>/", value)
        value = re.sub(r"(?:/[^\s\"':/]+)+/(llama-[a-z]+|ollama)\b", r"<bin>/\1", value)
        value = re.sub(r"(?<![\w/<])/(?:tmp|home|root|var|Users)/[^\s\"']*?(?=:\s|[\s\"']|$)", "<path>", value)
        value = re.sub(r"sha256([:-])([0-9a-f]{64})", lambda m: f"sha256{m[1]}{self._name(m[2])}", value)
        value = re.sub(r"\b[0-9a-f]{64}\b", lambda m: self._name(m[0]), value)
        value = re.sub(r"(?<![\w.])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?=/library/|/v2/)", "<registry>", value)
        value = value.replace(CLOUD_HOST, "<cloud-host>")
        value = re.sub(r"(127\.0\.0\.1|localhost):\d{4,5}", r"\1:<port>", value)
        value = re.sub(r"\bts=\d+", "ts=<unix>", value)
        for name, seconds in (("<today>", 0), ("<yesterday>", 86400)):
            value = value.replace(time.strftime("%Y-%m-%d", time.localtime(time.time() - seconds)), name)
        return value

    def _value(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: self._value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return self._list(value, key)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, (int, float)):
            return _number(value, key)
        if key in TIME_KEYS:
            return "<time>" if re.fullmatch(_TIME, value) else value
        if key == "version":
            return "<version>"
        if key in ("id", "request_id") and re.match(r"(chatcmpl|cmpl|call|msg|resp|req|rs|fc|toolu)[-_]", value):
            return "<id>"
        if key == "parameters":
            value = "\n".join(sorted(value.split("\n")))
        return self.text(_sorted_parameters(value) if key == "modelfile" else value)

    def _list(self, value: list, key: str) -> Any:
        if key == "context" and value and all(isinstance(item, int) for item in value):
            return "<token ids>"
        if len(value) > 64 and not any(isinstance(item, (dict, list)) for item in value):
            return f"<{len(value)} {shape(value[0])}s>"
        if key == "models" and all(isinstance(model, dict) and "modified_at" in model for model in value):
            value = sorted(value, key=lambda model: str(model.get("name")))
        return [self._value(item, key) for item in value]

    def _name(self, hexadecimal: str) -> str:
        if hexadecimal in self.names:
            return f"<digest:{self.names[hexadecimal]}>"
        return f"<digest:{self.seen.setdefault(hexadecimal, len(self.seen) + 1)}>"


def _number(value: float, key: str) -> Any:
    if key.endswith("_duration"):
        return "<ns>"
    if key in SIZE_KEYS:
        return "<size>"
    if key in ("created", "created_at", "completed_at"):
        return "<unix>"
    return "<float>" if key == "logprob" else value


def _progress(lines: list) -> list:
    """Drop the lines of validating and quantising (0..n of them), fold those of one transferred blob into one."""
    kept = []
    for line in lines:
        if isinstance(line, dict) and line.get("digest") == ZERO_DIGEST:
            continue
        if isinstance(line, dict) and re.match(r"(pulling|pushing) [0-9a-f]{12}$", str(line.get("status"))):
            line = {key: line.get(key) for key in ("status", "digest", "total")} | {"completed": "<int>"}
            line["status"] = line["status"][:8] + "<12 hex>"
            if line in kept:
                continue
        kept.append(line)
    return kept


def _sorted_parameters(text: str) -> str:
    """Sort each run of PARAMETER lines, which Ollama prints in random order."""
    lines: list[str] = []
    run: list[str] = []
    for line in text.split("\n"):
        if line.startswith("PARAMETER "):
            run.append(line)
            continue
        lines += [*sorted(run), line]
        run = []
    return "\n".join([*lines, *sorted(run)])


def plain_text(kind: str, body: Any) -> str:
    """Return the generated text of an answer, streamed or not, of any endpoint."""
    parts = []
    for line in body if kind in ("ndjson", "sse") else [body]:
        if not isinstance(line, dict):
            continue
        if isinstance(line.get("response"), str):
            parts.append(line["response"])
        if isinstance(line.get("message"), dict):
            parts.append(line["message"].get("content") or "")
        for choice in line.get("choices") or []:
            part = choice.get("delta") or choice.get("message") or choice
            parts.append(part.get("content") or part.get("text") or "")
    return "".join(parts)
