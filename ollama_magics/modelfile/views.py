"""The parameters, messages and licences of a Modelfile as the dict and the lists that they are; a change of them edits its text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.edit import edited, list_edited, place_for
from ollama_magics.modelfile.nodes import ROLES
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.options import DEPRECATED, OPTIONS, Option, OptionValue, format_parameter

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

Item = TypeVar("Item")

_TAKES = {"float": "a number", "int": "a whole number", "bool": "true or false", "list": "text, or a list of texts"}


class Lines(MutableSequence[Item]):
    """The values of a command that may stand several times, one item a line. It equals a list of the same items."""

    def __init__(self, file: Modelfile, name: str) -> None:
        self._file = file
        self._name = name

    def read(self, args: str) -> Item:
        """Return the item of a command's args."""
        raise NotImplementedError

    def written(self, item: Item) -> str:
        """Return the args of an item; raises UsageProblem for one that no line can hold."""
        raise NotImplementedError

    def _items(self) -> list[Item]:
        return [self.read(args) for args in self._file.values_of(self._name)]

    def _become(self, items: Iterable[Item]) -> None:
        self._file.become(list_edited(self._file, self._name, [self.written(item) for item in items]))

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        return self._items()[index]

    def __setitem__(self, index: int | slice, value: Any) -> None:
        items = self._items()
        items[index] = value
        self._become(items)

    def __delitem__(self, index: int | slice) -> None:
        items = self._items()
        del items[index]
        self._become(items)

    def insert(self, index: int, value: Item) -> None:
        """Put an item before the one at ``index``."""
        items = self._items()
        items.insert(index, value)
        self._become(items)

    def extend(self, values: Iterable[Item]) -> None:
        """Put items at the end, all of them or none."""
        self._become([*self._items(), *values])

    def clear(self) -> None:
        """Take all items out."""
        self._become([])

    def __len__(self) -> int:
        return len(self._file.values_of(self._name))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Lines):
            return self._items() == other._items()
        return self._items() == other if isinstance(other, list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        return repr(self._items())


class Texts(Lines[str]):
    """Values that are texts."""

    def read(self, args: str) -> str:
        """Return the text itself."""
        return args

    def written(self, item: str) -> str:
        """Return the text itself."""
        if not isinstance(item, str):
            raise UsageProblem(f"{self._name} takes text, not {item!r}")
        return item


class Licenses(Texts):
    """The LICENSE texts."""

    def __init__(self, file: Modelfile) -> None:
        super().__init__(file, "license")


class Messages(Lines[dict[str, str]]):
    """The MESSAGE lines as ``{"role": …, "content": …}``."""

    def __init__(self, file: Modelfile) -> None:
        super().__init__(file, "message")

    def read(self, args: str) -> dict[str, str]:
        """Return role and content; a change of the returned dict changes nothing, a new dict has to be set."""
        role, _, content = args.partition(": ")
        return {"role": role, "content": content}

    def written(self, item: dict[str, str]) -> str:
        """Return ``role: content``."""
        if not isinstance(item, Mapping) or set(item) != {"role", "content"} or not all(isinstance(text, str) for text in item.values()):
            raise UsageProblem(
                "a message of a Modelfile has a role and a content, both text", hint='for example {"role": "user", "content": "Hello"}'
            )
        if item["role"] not in ROLES:
            near = nearest(item["role"], ROLES, limit=1)
            hint = f"did you mean {near[0]}?" if near else "the roles are system, user and assistant"
            raise UsageProblem(f"there is no role {item['role']!r} in a Modelfile", hint=hint)
        return f"{item['role']}: {item['content']}"


class Parameters(MutableMapping[str, Any]):
    """The parameters by name, with typed values. It equals a dict of the same values.

    A number is written with the digits it has in Python; Ollama keeps the nearest 32-bit float. A value that Ollama reads as the same
    leaves the text as it is, and deleting takes out every line of the name.
    """

    def __init__(self, file: Modelfile) -> None:
        self._file = file
        self._read_from: object = None
        self._values: dict[str, OptionValue] = {}

    def _typed(self) -> dict[str, OptionValue]:
        if self._read_from is not self._file.commands:
            self._read_from, self._values = self._file.commands, _typed(self._file.commands)
        return self._values

    def __getitem__(self, name: str) -> Any:
        return Texts(self._file, name) if isinstance(self._typed()[name], list) else self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        option = _option(name)
        if option.kind == "list":
            texts = Texts(self._file, name)
            texts[:] = [value] if isinstance(value, str) else _list(option, value)
            return
        text, file = parameter_text(option, value), self._file
        places = [at for at, command in enumerate(file.commands) if command[0] == name]
        if not places:
            file.become(edited(file, {}, [(place_for(file, name), (name, text))]))
        elif not _reads_as(option, file.commands[places[-1]][1], text):
            file.become(edited(file, {places[-1]: (name, text)}))

    def __delitem__(self, name: str) -> None:
        if name not in self._typed():
            raise KeyError(name)
        places = [at for at, command in enumerate(self._file.commands) if command[0] == name]
        self._file.become(edited(self._file, dict.fromkeys(places)))

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._typed()))

    def __len__(self) -> int:
        return len(self._typed())

    def __repr__(self) -> str:
        return repr(self._typed())


def _typed(commands: Sequence[tuple[str, str]]) -> dict[str, OptionValue]:
    values: dict[str, OptionValue] = {}
    for name, args in commands:
        if name not in OPTIONS:
            continue
        try:
            value = format_parameter(name, [args])
        except UsageProblem:
            continue
        before = values.get(name)
        values[name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return values


def _option(name: str) -> Option:
    option = OPTIONS.get(name)
    if option is None:
        near = nearest(name, OPTIONS)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the parameters are {', '.join(sorted(OPTIONS))}"
        message = f"Ollama ignores the deprecated parameter {name}" if name in DEPRECATED else f"there is no parameter {name}"
        raise UsageProblem(message, hint="" if name in DEPRECATED else hint)
    return option


def _list(option: Option, value: Any) -> list[str]:
    if not isinstance(value, Iterable) or isinstance(value, bytes | Mapping):
        raise _refused(option, value)
    return list(value)


def parameter_text(option: Option, value: Any) -> str:
    """Return what a Modelfile writes for the value of an option that is no list; texts are taken as a Modelfile takes them.

    Raises:
        UsageProblem: no value of that option.
    """
    text = ""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool) or option.kind == "bool":
        text = str(value).lower() if isinstance(value, bool) and option.kind == "bool" else ""
    elif isinstance(value, Integral):
        text = str(int(value))
    elif isinstance(value, Real):
        text = repr(float(value))
    try:
        read = format_parameter(option.name, [text])
    except UsageProblem as exc:
        raise _refused(option, value) from exc
    if isinstance(read, float) and not math.isfinite(read):
        raise UsageProblem(f"{option.name} cannot be {value}: JSON has no such number", hint=f"for example {option.example}")
    return text


def _refused(option: Option, value: Any) -> UsageProblem:
    return UsageProblem(f"{option.name} takes {_TAKES[option.kind]}, not {value!r}", hint=f"for example {option.example}")


def _reads_as(option: Option, args: str, text: str) -> bool:
    """Whether the text of a line already means what another text means."""
    try:
        return format_parameter(option.name, [args]) == format_parameter(option.name, [text])
    except UsageProblem:
        return False
