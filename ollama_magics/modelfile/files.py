"""The local files that FROM, ADAPTER and DRAFT mean.

Source: Ollama parser/parser.go (expandPath, fileDigestMap, filesForModel), v0.33.0-rc2.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ollama_magics.errors import FileProblem
from ollama_magics.modelfile.globbing import BadPattern, glob
from ollama_magics.modelfile.sniff import SNIFFED_BYTES, content_type

HomeOf = Callable[[str], str]

_NOTHING_FOUND = "no Modelfile or safetensors files found"
_TEXT, _BINARY, _ZIP = "text/plain", "application/octet-stream", "application/zip"
_WEIGHTS: tuple[tuple[str, str], ...] = (
    ("model*.safetensors", ""),
    ("consolidated*.safetensors", ""),
    ("pytorch_model*.bin", _ZIP),
    ("consolidated*.pth", _ZIP),
    ("*.gguf", _BINARY),
    ("*.bin", _BINARY),
)
"""What a folder's weights may be: pattern and required content type; the first pattern that matches wins."""


class NotThere(FileProblem):
    """A path does not exist."""


class _Mismatch(Exception):
    """A file of a folder cannot be taken; the message is Ollama's."""

    def __init__(self, text: str, *, missing: bool = False) -> None:
        super().__init__(text)
        self.missing = missing


def account_home(user: str) -> str:
    """Return the home folder of an account of this machine; the empty name means the current one.

    Raises:
        KeyError: there is no such account.
    """
    try:
        import pwd
    except ImportError:
        if user:
            raise KeyError(user) from None
        return str(Path.home())
    return pwd.getpwnam(user).pw_dir if user else pwd.getpwuid(os.getuid()).pw_dir


def expand_path(argument: str, directory: str, home_of: HomeOf = account_home) -> str:
    """Return the absolute path that an argument means, cleaned lexically; relative ones start at ``directory``.

    Raises:
        FileProblem: ``~name`` of an account that does not exist.
    """
    if os.path.isabs(argument) or argument.startswith(("/", "\\")):
        return _clean(os.path.abspath(argument))
    if not argument.startswith("~"):
        return _clean(os.path.join(directory, argument))
    user, _, rest = argument[1:].partition("/")
    try:
        home = home_of(user)
    except KeyError:
        text = f"failed to find user '{user}': user: unknown user {user}"
        raise FileProblem(f"there is no account `{user}` on this machine", upstream=text, hint="write the path in full") from None
    return _clean(os.path.join(home, rest))


def _clean(path: str) -> str:
    # Two slashes at the start mean something of their own to Python, and nothing to Go.
    return os.path.normpath(path if os.name == "nt" else "/" + path.lstrip("/") if path.startswith("//") else path)


def files_of(path: str) -> dict[str, Path]:
    """Return the files to send for a path: itself, or what is taken of a folder, by the absolute names that Ollama gives them.

    Raises:
        NotThere: the path, or something a folder's link names, does not exist.
        FileProblem: it cannot be used; Ollama's own words are in ``upstream``.
    """
    try:
        is_folder = os.path.isdir(path) if os.stat(path) else False
    except OSError as exc:
        text = f"stat {path}: {reason(exc)}"
        kind = NotThere if isinstance(exc, FileNotFoundError) else FileProblem
        raise kind(f"`{path}` cannot be used: {reason(exc)}", upstream=text) from exc
    if not is_folder:
        return {path: Path(path)}
    try:
        return {found: Path(found) for found in map(lambda match: _inside(path, match), _matches(path))}
    except _Mismatch as exc:
        kind = NotThere if exc.missing else FileProblem
        raise kind(f"the folder `{path}` cannot be used: {exc}", upstream=str(exc), hint=_hint(str(exc))) from exc


def reason(exc: OSError) -> str:
    """Return the system's words for an error as Go has them."""
    return os.strerror(exc.errno).lower() if exc.errno else str(exc)


def _hint(text: str) -> str:
    if text == _NOTHING_FOUND:
        return "name a .gguf file, or a folder with model*.safetensors or *.gguf in it; a folder named like the model hides the model"
    return "name the files one by one, or copy them into a folder of their own"


def _inside(folder: str, match: str) -> str:
    """Return a match with its links followed, when it is still inside the folder."""
    real = os.path.realpath(match)
    relative = os.path.relpath(real, folder)
    if relative == os.pardir or relative.startswith(os.pardir + os.sep) or os.path.isabs(relative):
        advice = "\n\nUse --local-dir <dir> when downloading model to disable caching" if ".cache" in relative else ""
        raise _Mismatch(f"insecure path: {relative}{advice}")
    return real


def _matches(folder: str) -> list[str]:
    """Return the files of a folder that belong to its model, before links are followed."""
    found = _weights(folder)
    found += _checked(folder, "*.json", _TEXT) + _checked(folder, "*/*.json", _TEXT)
    found += _checked(folder, "chat_template.jinja", _TEXT)
    return found + (_tolerant(folder, "tokenizer.model", _BINARY) or _tolerant(folder, "*/tokenizer.model", _TEXT))


def _weights(folder: str) -> list[str]:
    for pattern, kind in _WEIGHTS:
        found = _tolerant(folder, pattern, kind)
        if found:
            nested = _checked(folder, "*/model*.safetensors", "") if pattern == _WEIGHTS[0][0] else []
            return found + nested
    raise _Mismatch(_NOTHING_FOUND)


def _tolerant(folder: str, pattern: str, kind: str) -> list[str]:
    """Return the files of a folder that match; none when one of them is not of the kind."""
    try:
        return _checked(folder, pattern, kind)
    except _Mismatch:
        return []


def _checked(folder: str, pattern: str, kind: str) -> list[str]:
    try:
        matches = glob(os.path.join(folder, *pattern.split("/")))
    except BadPattern as exc:
        raise _Mismatch("syntax error in pattern") from exc
    for match in matches:
        found = _sniff(match)
        if kind and found != kind:
            raise _Mismatch(f"invalid content type: expected {found} for {match}")
    return matches


def _sniff(path: str) -> str:
    try:
        if os.path.isdir(path):
            raise _Mismatch(f"read {path}: is a directory")
        with open(path, "rb") as file:
            return content_type(file.read(SNIFFED_BYTES))
    except OSError as exc:
        raise _Mismatch(f"open {path}: {reason(exc)}", missing=isinstance(exc, FileNotFoundError)) from exc
