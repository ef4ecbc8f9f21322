"""Parameters and other settings of a request, read from what a person typed."""

from __future__ import annotations

from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.text.suggest import nearest

EFFORTS = ("low", "medium", "high", "max")


def option_pair(text: str) -> tuple[str, Any]:
    """Return the name and the typed value of ``NAME=VALUE``.

    Raises:
        UsageProblem: no such parameter, with the near ones; or a value that Ollama's own client would refuse.

    Examples:
        >>> option_pair("temperature=0.5"), option_pair("stop=###")
        (('temperature', 0.5), ('stop', ['###']))
    """
    from ollama_magics.wire.options import OPTIONS, format_parameter

    name, equals, written = text.partition("=")
    if not equals:
        raise UsageProblem(f"-o needs NAME=VALUE, got {text!r}", hint="write -o temperature=0")
    if name not in OPTIONS:
        near = nearest(name, OPTIONS)
        hint = f"did you mean {' or '.join(near)}?" if near else "%ollama help lists the parameters"
        raise UsageProblem(f"there is no parameter {name}", hint=hint)
    try:
        return name, format_parameter(name, [written])
    except UsageProblem as exc:
        raise UsageProblem(f"{name} cannot be {written!r}: {exc.message}", hint=f"for instance -o {name}={OPTIONS[name].example}") from exc


def option_values(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Return options of their pairs; several ``stop`` are one list, else the last one counts."""
    options: dict[str, Any] = {}
    for name, value in pairs:
        options[name] = [*options.get(name, []), *value] if isinstance(value, list) else value
    return options


def think_value(text: str) -> bool | str:
    """Return what ``--think`` asks for.

    Raises:
        ValueError: it is neither yes, no nor an effort.
    """
    word = text.casefold()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    if word in EFFORTS:
        return word
    raise ValueError(f"it is one of true, false, {', '.join(EFFORTS)}")


def keep_alive_value(text: str) -> int | str:
    """Return what ``--keep-alive`` asks for: seconds, or a duration with its units.

    Raises:
        ValueError: it is neither.
    """
    from ollama_magics.wire.durations import parse_duration

    try:
        return int(text)
    except ValueError:
        parse_duration(text)
        return text
