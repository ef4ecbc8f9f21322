"""What we make of a Modelfile, in a form that compares with what Ollama's own code makes of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from ollama_magics.errors import OllamaMagicsError
from ollama_magics.modelfile import Modelfile
from ollama_magics.modelfile.request import create_request
from ollama_magics.wire import gojson


class Judged(NamedTuple):
    """Error and commands of the parser, and the create request as Go's JSON text or the error in its place; ``$DIR`` is the folder."""

    error: str | None
    commands: tuple[tuple[str, str], ...]
    request: str
    request_error: str | None


def judged(file: Modelfile, folder: Path) -> Judged:
    """Return our own judgement of a Modelfile whose paths are relative to an empty folder."""
    error, commands = file.verdict
    if error is not None:
        return Judged(error, (), "", None)
    try:
        request = gojson.dumps(create_request(file, folder))
    except OllamaMagicsError as exc:
        words = getattr(exc, "upstream", None) or exc.message
        return Judged(None, commands, "", words.replace(str(folder), "$DIR"))
    return Judged(None, commands, request.replace(str(folder), "$DIR"), None)


def digest(judgement: Judged) -> bytes:
    """Return two bytes for the parser's part and two for the request's: one wrong judgement in 65,536 looks right."""
    halves = (repr(judgement[:2]), repr(judgement[2:]))
    return b"".join(hashlib.blake2b(half.encode("utf-8", "surrogatepass"), digest_size=2).digest() for half in halves)
