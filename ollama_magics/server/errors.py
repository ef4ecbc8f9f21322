"""How the embedded server says no: errors that carry the status and the words of the answer."""

from __future__ import annotations

QUEUE_FULL = "server busy, please try again.  maximum pending requests exceeded"
"""Too much waits already. Source: Ollama server/sched.go ErrMaxQueue (v0.33.0-rc2)."""


class ApiError(Exception):
    """A request is answered with an error.

    Attributes:
        status: the HTTP status, used as long as nothing was sent.
        text: the value of ``error`` in the answer, in Ollama's words; empty for an answer without a body.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def disk_words(problem: OSError) -> str:
    """Return what the file system said, in Go's manner: ``path: no space left on device``."""
    reason = (problem.strerror or type(problem).__name__).lower()
    return f"{problem.filename}: {reason}" if problem.filename else reason


class BadJSON(ValueError):
    """A text is not JSON, or not the JSON that a request needs; the message is Go's."""


class StoreError(Exception):
    """The models folder cannot do what was asked; the message is Ollama's."""


class InvalidDigest(StoreError):
    """A digest is not ``sha256:`` and 64 hexadecimal digits."""

    def __init__(self) -> None:
        super().__init__("invalid digest format")


class MissingBlob(StoreError):
    """A digest names a blob that is not in the folder."""


class BadGGUF(StoreError):
    """A file is not a whole GGUF file; the message is Ollama's."""


class NotGGUF(BadGGUF):
    """A file does not begin as a GGUF file does."""

    def __init__(self) -> None:
        super().__init__("supplied file was not in GGUF format")
