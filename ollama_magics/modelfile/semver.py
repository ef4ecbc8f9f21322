"""Version numbers as REQUIRES takes them."""

from __future__ import annotations

import re

_NUMBER = r"(?:0|[1-9][0-9]*+)"
_WORD = rf"(?:{_NUMBER}(?![0-9A-Za-z-])|[0-9]*+[A-Za-z-][0-9A-Za-z-]*+)"
_VERSION = re.compile(
    rf"v{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}(?:-{_WORD}(?:\.{_WORD})*+)?(?:\+[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+)?)?)?",
)


def required_version(text: str) -> str | None:
    """Return the version without its leading ``v`` as a create sends it; None when Ollama refuses it.

    Source: Ollama parser/parser.go (CreateRequest, requires), v0.33.0-rc2; golang.org/x/mod/semver (IsValid).

    Examples:
        >>> [required_version(v) for v in ("v0.14.0-rc1", "0.14", "0.14-rc1", "01.2", "1.2.3-01", "1.2.3+01")]
        ['0.14.0-rc1', '0.14', None, None, None, '1.2.3+01']
    """
    version = text if text.startswith("v") else f"v{text}"
    return version[1:] if _VERSION.fullmatch(version) else None
