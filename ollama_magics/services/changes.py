"""What changed between two Modelfiles, in a few words and in texts that can be compared line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ollama_magics.modelfile import parse
from ollama_magics.modelfile.write import render
from ollama_magics.services.versionstore import Version
from ollama_magics.wire.names import parse_name
from ollama_magics.wire.options import OPTIONS, format_parameter

Command = tuple[str, str]

_ORDER = ("model", "adapter", "draft", "template", "system", "", "message", "license")
"""The order in which instructions are compared; parameters and what is rare stand together in the middle."""

_MANY = frozenset({"message", "license", "adapter"})
_PLAIN = ("adapter", "draft", "license", "renderer", "parser", "requires")
_SHORT = 24


def words(before: Version | None, after: Version) -> str:
    """Return what is new in ``after``, in a few words: ``SYSTEM line 2, temperature 0.8 → 0.6``."""
    if before is None:
        base = parse(after.modelfile).base
        first = f"first known version, from {base}" if after.number > 1 else f"first version, from {base}" if base else "first version"
        return "created elsewhere" if after.elsewhere else first
    old, new = (_grouped(text) for text in comparable(before, after))
    same = _other(before, after) if before.modelfile == after.modelfile else "nothing but comments and layout"
    news = ", ".join(_news(old, new)) or same
    return f"created elsewhere: {news}" if after.elsewhere else news


def comparable(before: Version, after: Version) -> tuple[str, str]:
    """Return two texts whose difference is one of what was stored: both as sent, both as the server shows them, else both in one
    form that holds what the base gives.
    """
    if before.text is not None and after.text is not None:
        return before.text, after.text
    if before.shown is not None and after.shown is not None:
        return before.shown, after.shown
    inherited = before.inherited or after.inherited or ""
    old, new = (canonical(version.modelfile, inherited if version.shown is None else "") for version in (before, after))
    return old, new


def canonical(text: str, inherited: str = "") -> str:
    """Return a Modelfile that makes the same model, without comments, each instruction once and in a fixed order.

    Args:
        inherited: the Modelfile of its base; what that sets and the text does not is set here too.

    Examples:
        >>> canonical("# mine\\nPARAMETER temperature 0.50\\nsystem hello\\nFROM tutor:latest")
        'FROM tutor\\nSYSTEM hello\\nPARAMETER temperature 0.5\\n'
    """
    grouped, given = _grouped(text), _grouped(inherited)
    # Source: Ollama server/create.go (v0.33.0-rc2): parameters are inherited one by one, every other part as a whole.
    grouped |= {name: values for name, values in given.items() if name not in {*grouped, "model", "license"}}
    names = sorted(grouped, key=lambda name: (_ORDER.index(name if name in _ORDER else ""), name))
    return render((name, value) for name in names for value in grouped[name])


def parameter_changes(before: Version, after: Version) -> list[tuple[str, str, str]]:
    """Return name, old value and new value of each parameter that differs; empty texts stand for "not set"."""
    old, new = (_grouped(text) for text in comparable(before, after))
    names = [name for name in OPTIONS if old.get(name) != new.get(name)]
    return [(name, ", ".join(old.get(name, ())), ", ".join(new.get(name, ()))) for name in names]


def parameter_rows(before: Version | None, after: Version) -> list[tuple[str, str, str, bool]]:
    """Return of each parameter of either version its name, old and new value, and whether the newer one comes from the base.

    Empty texts stand for "not set". What the base gives is known where the server described the model.
    """
    old = _parameters(before)[0] if before is not None else {}
    new, own = _parameters(after)
    return [
        (name, ", ".join(old.get(name, ())), ", ".join(new.get(name, ())), name in new and name not in own)
        for name in OPTIONS
        if name in old or name in new
    ]


def _parameters(version: Version) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Return the values of the parameters of a version, and the names of those that its own text sets."""
    shown = _grouped(version.shown) if version.shown else {}
    own = _grouped(version.modelfile)
    values = {name: found for name, found in {**shown, **own}.items() if name in OPTIONS}
    # Of a state that somebody else made only the whole is known; what its base gives, if it was asked, is not its own.
    given = _grouped(version.inherited) if version.text is None and version.inherited else {}
    return values, frozenset(name for name in own if name in OPTIONS and given.get(name) != own[name])


def _grouped(text: str) -> dict[str, list[str]]:
    """Return the values of each instruction and parameter as they count: of most the last one alone."""
    grouped: dict[str, list[str]] = {}
    file = parse(text)
    for name, args in file.commands if file.verdict.error is None else ():
        value = _value(name, args)
        grouped[name] = [*grouped.get(name, ()), value] if name in _MANY or _is_list(name) else [value]
    return grouped


def _is_list(name: str) -> bool:
    return name in OPTIONS and OPTIONS[name].kind == "list"


def _value(name: str, args: str) -> str:
    if name == "model":
        base = parse_name(args)
        return base.short.removesuffix(":latest") if base.valid else args
    if name not in OPTIONS or _is_list(name):
        return args
    try:
        value = format_parameter(name, [args])
    except ValueError:
        return args
    return str(value).lower() if isinstance(value, bool) else f"{value:.12g}" if isinstance(value, float) else str(value)


def _news(old: dict[str, list[str]], new: dict[str, list[str]]) -> Iterator[str]:
    if old.get("model") != new.get("model"):
        yield f"FROM {_short(old.get('model'))} → {_short(new.get('model'))}"
    yield from _text_news("SYSTEM", old.get("system"), new.get("system"))
    yield from _text_news("TEMPLATE", old.get("template"), new.get("template"))
    for name in OPTIONS:
        yield from _parameter_news(name, old.get(name), new.get(name))
    yield from _example_news(old.get("message", []), new.get("message", []))
    for name in _PLAIN:
        if old.get(name) != new.get(name):
            yield f"{name.upper()} {_verb(old.get(name), new.get(name))}"


def _verb(old: object, new: object) -> str:
    return "added" if not old else "removed" if not new else "changed"


def _text_news(name: str, old: list[str] | None, new: list[str] | None) -> Iterator[str]:
    """Yield which lines of a text are others now; of one line the text is its own place."""
    if old == new:
        return
    if not old or not new:
        yield f"{name} {_verb(old, new)}"
        return
    before, after = old[0].splitlines(), new[0].splitlines()
    changed = [number for number, pair in enumerate(zip(before, after, strict=False), 1) if pair[0] != pair[1]]
    longer = len(after) - len(before)
    if longer > 0 and not changed:
        yield f"{name}: {_lines(range(len(before) + 1, len(after) + 1))} added"
    elif longer or len(changed) > 3 or len(after) == 1:
        yield name
    else:
        yield f"{name} {_lines(changed)}"


def _lines(numbers: Sequence[int]) -> str:
    if len(numbers) > 3:
        return f"{len(numbers)} lines"
    return f"line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _parameter_news(name: str, old: list[str] | None, new: list[str] | None) -> Iterator[str]:
    if old == new:
        return
    if not new:
        yield f"{name} removed"
    elif not old:
        yield f"{name} {_short(new)}"
    else:
        yield f"{name} {_short(old)} → {_short(new)}"


def _example_news(old: list[str], new: list[str]) -> Iterator[str]:
    if old == new:
        return
    count = abs(len(new) - len(old))
    noun = f"{count} message{'s' if count > 1 else ''}"
    kept = new[: len(old)] == old if len(new) > len(old) else old[: len(new)] == new
    yield f"{noun} {'added' if len(new) > len(old) else 'removed'}" if count and kept else "messages changed"


def _short(values: Iterable[str] | None) -> str:
    """Return values on one line, cut where they are long."""
    text = " ".join(", ".join(values or ("nothing",)).split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _other(before: Version, after: Version) -> str:
    if before.quantize != after.quantize:
        return f"quantised to {after.quantize}" if after.quantize else "not quantised"
    return "the same text, other files or another base"
