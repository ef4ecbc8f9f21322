"""The columns of a comparison: models, versions, parameter sets and system texts, and every combination of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.text.suggest import nearest

MOST_COLUMNS = 12
"""More columns than that cannot be read beside each other."""

_EXCERPT = 48
"""Characters of a system text that stand over its column."""


@dataclass(frozen=True)
class Column:
    """One of the things that are compared.

    Attributes:
        label: what tells it from the other columns.
        about: what is the same in several columns or too long for the label; may be empty.
        model: the model's name on the server, without a version.
        version: number or label behind ``@``; empty for the model as it stands.
        options: parameters that go with each request.
        system: replaces the model's own SYSTEM; None leaves that.
    """

    label: str
    model: str
    version: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    system: str | None = None
    about: str = ""


def columns_of(words: Sequence[str], *, parameters: Mapping[str, Any] | None = None, systems: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return the columns that words name.

    Args:
        words: names of models, ``NAME@VERSION``, and ``PARAMETER=VALUE,VALUE``; several parameters are combined with each other.
        parameters: the same as data: a value, or a list of values, for each name.
        systems: system texts to try; a single one is compared with the model's own.

    Raises:
        UsageProblem: no model, an unknown parameter, a value it cannot have, the same twice, fewer than two columns or too many.

    Examples:
        >>> [column.label for column in columns_of(["mario", "temperature=0,1.5"])]
        ['temperature 0', 'temperature 1.5']
        >>> [column.label for column in columns_of(["mario@1", "luigi", "num_predict=20"])]
        ['mario v1', 'luigi']
    """
    names = [word for word in words if not _is_parameter(word)]
    sets = dict(_alternatives(word) for word in words if _is_parameter(word))
    sets |= {name: _given(name, value) for name, value in (parameters or {}).items()}
    own: list[str | None] = [None] if len(systems) < 2 else []
    texts = [*own, *systems]
    _check_names(names)
    count = len(names) * len(texts)
    for values in sets.values():
        count *= len(values)
    _check_count(count, names)
    combinations = list(product(names, texts, *sets.values()))
    told = {name for name, values in sets.items() if len(values) > 1}
    return tuple(
        _column(name, system, dict(zip(sets, values, strict=True)), told, many_names=len(names) > 1, many_texts=len(texts) > 1)
        for name, system, *values in combinations
    )


def _is_parameter(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and "@" not in name


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise UsageProblem("there is no model to compare", hint="write %%compare NAME NAME, or %%compare NAME temperature=0,0.8,1.5")
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise UsageProblem(f"{twice} is named twice: equal columns give equal answers", hint="ask with several seeds: --repeat 3")


def _check_count(count: int, names: Sequence[str]) -> None:
    if count < 2:
        name = names[0]
        raise UsageProblem(
            f"there is only one column, {name}: nothing to compare it with",
            hint=f"add a model, a version ({name.partition('@')[0]}@1), values (temperature=0,0.8,1.5) or a SYSTEM (-s TEXT)",
        )
    if count > MOST_COLUMNS:
        raise UsageProblem(f"these are {count} columns, at most {MOST_COLUMNS} fit", hint="name fewer models, values or system texts")


def _alternatives(word: str) -> tuple[str, tuple[Any, ...]]:
    """Return the name of a parameter and the values to try of ``NAME=VALUE,VALUE``."""
    name, _, written = word.partition("=")
    texts = [text.strip() for text in written.split(",")]
    if not all(texts):
        raise UsageProblem(f"{name} has an empty value in {word!r}", hint=f"write {name}={_example(name)}")
    return name, _distinct(name, [_value(name, text) for text in texts])


def _given(name: str, value: Any) -> tuple[Any, ...]:
    """Return the values of a parameter that Python code gave; a list of texts is one value for ``stop`` alone."""
    many = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    return _distinct(name, [_value(name, str(item)) for item in (value if many else [value])])


def _value(name: str, text: str) -> Any:
    from ollama_magics.wire.options import OPTIONS, format_parameter

    if name not in OPTIONS:
        near = nearest(name, OPTIONS)
        hint = f"did you mean {' or '.join(near)}?" if near else "%ollama help lists the parameters"
        raise UsageProblem(f"there is no parameter {name}", hint=hint)
    try:
        return format_parameter(name, [text])
    except UsageProblem as exc:
        raise UsageProblem(f"{name} cannot be {text!r}: {exc.message}", hint=f"for instance {name}={_example(name)}") from exc


def _distinct(name: str, values: Sequence[Any]) -> tuple[Any, ...]:
    twice = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if twice is not None:
        raise UsageProblem(f"{name} has the value {_shown(twice)} twice", hint="ask with several seeds: --repeat 3")
    return tuple(values)


def _example(name: str) -> str:
    from ollama_magics.wire.options import OPTIONS

    return OPTIONS[name].example if name in OPTIONS else "0,0.8"


def _column(name: str, system: str | None, options: dict[str, Any], told: set[str], *, many_names: bool, many_texts: bool) -> Column:
    from ollama_magics.services.history import split_version

    model, version = split_version(name)
    called = spoken_name(model, version)
    text = "its own SYSTEM" if system is None else f"“{_excerpt(system)}”"
    parts = [called] if many_names else []
    parts += [f"{option} {_shown(value)}" for option, value in options.items() if option in told]
    if many_texts:
        parts.append(text)
    fixed = [f"{option} {_shown(value)}" for option, value in options.items() if option not in told]
    if system is not None and not many_texts:
        fixed.append(text)
    return Column(", ".join(parts) or called, model, version, options, system, ", ".join(fixed))


def spoken_name(model: str, version: str) -> str:
    """Return how a version of a model is called: ``mario v2``, ``mario@two sentences``, ``mario``."""
    number = version.removeprefix("v")
    return f"{model} v{number}" if number.isdecimal() else f"{model}@{version}" if version else model


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_shown(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[: _EXCERPT - 1].rstrip()}…"
