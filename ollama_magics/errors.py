"""Every error this package raises, as one tree.

::

    OllamaMagicsError
    ├── UsageProblem            a call, an option or a name that cannot be meant (also ValueError)
    ├── ModelfileProblem        a Modelfile that Ollama would refuse, with all its problems (also ValueError)
    ├── FileProblem             a local file or folder that a Modelfile names cannot be used (also OSError)
    ├── ConnectionProblem       no server could be reached (also ConnectionError)
    │   ├── NoServer            nothing listens there, or nothing was found to talk to
    │   ├── NotOllama           something answered, and it does not speak Ollama's protocol
    │   └── TimedOut            the server did not answer in the time given (also TimeoutError)
    ├── ResponseError           the server says in its own words what is wrong
    │   └── ServerFault         it answered with an error status
    │       ├── ModelNotFound   the server has no model of that name (404)
    │       └── ServerBusy      the server's queue is full (503)
    ├── StreamFault             an answer broke after its first byte; what came is in ``partial``
    │   ├── StreamError         the server ended the stream with an error of its own (also ResponseError)
    │   ├── StreamCut           the connection broke, or the stream ended before it was done
    │   └── StreamGarbled       a line of the stream was not what the protocol allows
    ├── ModelStuck              the server says the model is loaded and it gives no first line
    ├── Cancelled               somebody asked for it to stop
    └── EngineProblem           the built-in server cannot be started or its engine failed

The message states what happened, ``hint`` is the one remedy. ``tests/test_errors.py`` holds the drawing against the classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class OllamaMagicsError(Exception):
    """Base of all errors of this package.

    Args:
        message: what happened; one sentence in lower case without a final stop, names and values in it.
        hint: the one remedy, an imperative sentence or a command; empty when there is none.
        details: safe to show, never a secret.
    """

    code = "error"
    """Stable slug of the class, for programs."""

    def __init__(self, message: str, *, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback, as one piece: its mode ``Plain`` puts nothing between pieces.

        Source: IPython, ``InteractiveShell.showtraceback`` calls this when an exception defines it; ``FormattedTB.stb2text``.
        """
        return [str(self)]


class UsageProblem(OllamaMagicsError, ValueError):
    """A call, an option or a name cannot be meant as it stands."""

    code = "usage"


class ModelfileProblem(OllamaMagicsError, ValueError):
    """A Modelfile cannot be sent.

    Attributes:
        problems: everything that is wrong with it, in the order of the text (``ollama_magics.modelfile.Problem``).
        upstream: the text of the one error that Ollama itself would report, or None.
    """

    code = "modelfile"

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[Any] = (),
        upstream: str | None = None,
        hint: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.problems = tuple(problems)
        self.upstream = upstream


class FileProblem(OllamaMagicsError, OSError):
    """A local file or folder that a Modelfile names cannot be used.

    Attributes:
        upstream: the text of the error that Ollama itself would report, or None.
    """

    code = "file"

    def __init__(self, message: str, *, upstream: str | None = None, hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint, details=details)
        self.upstream = upstream


class ConnectionProblem(OllamaMagicsError, ConnectionError):
    """No server could be reached."""

    code = "connection"


class NoServer(ConnectionProblem):
    """Nothing listens at the address, or no address was found to talk to."""

    code = "no-server"


class NotOllama(ConnectionProblem):
    """Something answered, but it does not speak Ollama's protocol (a proxy's page, for instance)."""

    code = "not-ollama"


class TimedOut(ConnectionProblem, TimeoutError):
    """The server did not answer in the time that the caller gave."""

    code = "timeout"


class ResponseError(OllamaMagicsError):
    """The server says in its own words what is wrong; the name and the attributes are those of the official Python client.

    Attributes:
        error: the server's own words, untrusted text.
    """

    code = "response"
    error: str = ""

    @property
    def status_code(self) -> int:
        """The HTTP status code, -1 where the error came within a stream."""
        return -1


class ServerFault(ResponseError):
    """The server answered with an error status.

    Attributes:
        status: the HTTP status code.
        error: the server's own words, untrusted text.
    """

    code = "server"

    def __init__(self, message: str, *, status: int, error: str = "", hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint, details=details)
        self.status = status
        self.error = error

    @property
    def status_code(self) -> int:
        """The HTTP status code."""
        return self.status


class ModelNotFound(ServerFault):
    """The server has no model of that name."""

    code = "model-not-found"


class ServerBusy(ServerFault):
    """The server's queue is full."""

    code = "server-busy"


class StreamFault(OllamaMagicsError):
    """An answer broke after its first byte.

    Attributes:
        partial: what had arrived, in the order it came (decoded objects).
    """

    code = "stream"

    def __init__(self, message: str, *, partial: Sequence[Any] = (), hint: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint, details=details)
        self.partial = list(partial)


class StreamError(StreamFault, ResponseError):
    """The server ended the stream with an error of its own; its words are in ``error``."""

    code = "stream-error"

    def __init__(self, message: str, *, error: str = "", partial: Sequence[Any] = (), hint: str = "") -> None:
        super().__init__(message, partial=partial, hint=hint)
        self.error = error


class StreamCut(StreamFault):
    """The connection broke in mid-stream, or the stream ended before it was done."""

    code = "stream-cut"


class StreamGarbled(StreamFault):
    """A line of the stream was not one JSON object."""

    code = "stream-garbled"


class ModelStuck(OllamaMagicsError):
    """The server lists the model as loaded, nothing is loading, and the model gives no first line."""

    code = "model-stuck"


class Cancelled(OllamaMagicsError):
    """Somebody asked for it to stop. What is true now is in the message."""

    code = "cancelled"


class EngineProblem(OllamaMagicsError):
    """The built-in server cannot be started, or its engine failed; the engine's own reason is in the message."""

    code = "engine"
