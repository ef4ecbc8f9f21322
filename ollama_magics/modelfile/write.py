"""Modelfile text from commands: exactly, as Ollama itself writes it, and from what a server shows of a model.

Source: Ollama parser/parser.go (quote, Command.String, Modelfile.String), v0.33.0-rc2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.escapes import NOTICE
from ollama_magics.modelfile.modelfile import parse
from ollama_magics.modelfile.nodes import ROLES, STORED
from ollama_magics.modelfile.printable import dropped_in
from ollama_magics.modelfile.quoting import spell, why_not
from ollama_magics.wire.options import DEPRECATED, OPTIONS, format_parameter

Command = tuple[str, str]

NO_TEMPLATE = "{{ .Prompt }}"
"""The template that a server shows for a model that has none. Source: Ollama server/images.go, template/template.go, v0.33.0-rc2."""

_NAME = re.compile(r"[A-Za-z0-9_]*")
_OWN_NAME = re.compile(r"^# FROM (\S+)$", re.MULTILINE)
_PARAMETER_LINE = re.compile(r"(\S+) +(.*)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def render(commands: Iterable[Command]) -> str:
    """Return Modelfile text that parses to exactly these commands, one a line.

    Raises:
        UsageProblem: a value, a role or the name of a parameter that no Modelfile can hold.

    Examples:
        >>> print(render([("model", "tutor"), ("temperature", "1"), ("message", "user: Who\\nare you?")]))
        FROM tutor
        PARAMETER temperature 1
        MESSAGE user \"\"\"Who
        are you?\"\"\"
        <BLANKLINE>
    """
    return "".join(map(render_command, commands))


def render_command(command: Command, *, escapes: bool = False) -> str:
    """Return the line, or lines, of one command; see `render`. With ``escapes`` it is for a text in which our escapes count."""
    head, text = _head(*command)
    spelt = spell(text, escapes=escapes)
    if spelt is None:
        raise UsageProblem(
            f"no Modelfile can hold this {head.partition(' ')[0]} value: {why_not(text)}",
            hint="take the characters out, or send the value through the API",
        )
    return f"{head} {spelt}\n"


def _head(name: str, args: str) -> tuple[str, str]:
    if name == "model":
        return "FROM", args
    if name == "message":
        role, separator, text = args.partition(": ")
        if not separator or role not in ROLES:
            raise UsageProblem(f"no Modelfile can hold a message of the role `{role}`", hint="the roles are system, user and assistant")
        return f"MESSAGE {role}", text
    if name in STORED:
        return name.upper(), args
    if not _NAME.fullmatch(name):
        raise UsageProblem(f"no Modelfile can hold a parameter named `{name}`", hint="its name has letters, digits and _ only")
    return f"PARAMETER {name}", args


def ollama_string(commands: Iterable[Command]) -> str:
    """Return what Ollama itself writes for commands (``ollama show --modelfile``); it does not always parse back to the same.

    Examples:
        >>> ollama_string([("model", "a"), ("system", " hi"), ("stop", '"x"')])
        'FROM a\\nSYSTEM " hi"\\nPARAMETER stop "x"\\n'
    """
    return "".join(_ollama_line(name, args) for name, args in commands)


def _ollama_line(name: str, args: str) -> str:
    if name == "model":
        return f"FROM {args}\n"
    if name == "message":
        role, _, text = args.partition(": ")
        return f"MESSAGE {role} {_ollama_quote(text)}\n"
    if name in STORED:
        return f"{name.upper()} {_ollama_quote(args)}\n"
    return f"PARAMETER {name} {_ollama_quote(args)}\n"


def _ollama_quote(text: str) -> str:
    if "\n" not in text and not text.startswith(" ") and not text.endswith(" "):
        return text
    return f'"""{text}"""' if '"' in text else f'"{text}"'


def from_show(
    show: Mapping[str, Any], *, base: str | None = None, base_show: Mapping[str, Any] | None = None, escapes: bool = False
) -> str:
    """Return a whole Modelfile, fit to create the model again, from what ``/api/show`` answers.

    It mends what the server's own ``modelfile`` text breaks: the base has its name and not a path of the server, a template is there
    only if the model has one, large whole numbers stay whole, REQUIRES is kept, parameters have a fixed order, quotes are safe.
    What no Modelfile can hold is left out, and a comment says so.

    Args:
        show: the answer, decoded.
        base: what to build on; by default the model it was made from, or the model itself where it brings weights of its own.
        base_show: the answer for the base; its licences, which a create adds to anyway, are not repeated.
        escapes: write what no Modelfile can hold in our own notation, under a comment that says so, instead of leaving it out.
    """
    commands = commands_of_show(show, base=base, base_show=base_show)
    plain = "".join(map(_line, commands))
    if not escapes or all(spell(text) is not None for _, text in commands):
        return plain
    return "".join([f"{NOTICE}\n", *(_line(command, escapes=True) for command in commands)])


def commands_of_show(show: Mapping[str, Any], *, base: str | None = None, base_show: Mapping[str, Any] | None = None) -> list[Command]:
    """Return the commands that make a model again, in the order of our Modelfiles; arguments as of `from_show`."""
    text = str(show.get("modelfile") or "")
    own = _OWN_NAME.search(text)
    generated = shown_instructions(show)
    building_on = base or _base(show, own[1] if own else "", generated)
    lines = [("model", building_on), *_shown_commands(show, generated)]
    if own is None or building_on != own[1]:
        lines += _licenses(show, text, base_show)
    return lines + [("message", f"{message.get('role', '')}: {message.get('content', '')}") for message in show.get("messages") or []]


def _line(command: Command, *, escapes: bool = False) -> str:
    try:
        head, text = _head(*command)
        if command[0] not in STORED and command[0] not in DEPRECATED:
            format_parameter(command[0], [text])
        if escapes:
            return render_command(command, escapes=True)
        lost = dropped_in(text)
        # The characters that the parser drops stay to be seen, and marked by a rule; they do no other harm.
        if lost and spell("".join(character for character in text if character not in lost)) is not None:
            return f'{head} """{text}"""\n'
        return render_command(command)
    except UsageProblem as exc:
        what = f"PARAMETER {command[0]}" if command[0] not in STORED else command[0].upper()
        return " ".join(f"# {what} left out: {exc.message}".split()) + "\n"


def shown_instructions(show: Mapping[str, Any]) -> dict[str, str]:
    """Return the commands of the server's own Modelfile up to its parameters, by name; ``model`` is where the weights are.

    The template and the system text of the answer are exact, and are taken out before the rest is parsed, so that they cannot pose as
    something else. A template of the answer that the text does not have is the one in the weights, which the server uses in its place.
    """
    text = str(show.get("modelfile") or "")
    found: dict[str, str] = {}
    for name in ("template", "system"):
        line = _ollama_line(name, str(show.get(name) or ""))
        if show.get(name) and (line in text or not text):
            text = text.replace(line, "", 1)
            found[name] = str(show[name])
    for node in parse(text).instructions:
        if node.name in ("parameter", "license", "message"):
            break
        if node.command is not None:
            found.setdefault(*node.command)
    return found


def _base(show: Mapping[str, Any], own: str, generated: Mapping[str, str]) -> str:
    remote = str(show.get("remote_model") or "")
    if remote:
        return f"{remote}-cloud" if ":" in remote else f"{remote}:cloud"
    parent = str((show.get("details") or {}).get("parent_model") or "")
    # An adapter or a draft model is known to the server by a path of its own; the model itself is the only name for them.
    weights_of_its_own = not parent or "adapter" in generated or "draft" in generated
    return (own if weights_of_its_own and own else parent) or generated.get("model", "")


def _shown_commands(show: Mapping[str, Any], generated: Mapping[str, str]) -> Iterator[Command]:
    if generated.get("template", NO_TEMPLATE) not in ("", NO_TEMPLATE):
        yield "template", generated["template"]
    if show.get("system"):
        yield "system", str(show["system"])
    for name in ("renderer", "parser"):
        if generated.get(name):
            yield name, generated[name]
    if show.get("requires"):
        yield "requires", str(show["requires"])
    yield from shown_parameters(show)


def shown_parameters(show: Mapping[str, Any]) -> list[Command]:
    """Return name and text of each parameter that ``/api/show`` answers, in a fixed order; ``stop`` may stand several times."""
    text = str(show.get("parameters") or "")
    found = [(match[1], _value(match[1], match[2])) for line in text.split("\n") if (match := _PARAMETER_LINE.fullmatch(line))]
    order = {name: place for place, name in enumerate(OPTIONS)}
    return sorted(found, key=lambda command: (order.get(command[0], len(order)), command[0]))


def _value(name: str, shown: str) -> str:
    """Return the text of a parameter from Go's ``%#v`` of its stored value.

    Examples:
        >>> _value("seed", "1.234567e+06"), _value("stop", '"a\\\\n\\\\u00e9"'), _value("temperature", "0.7")
        ('1234567', 'a\\né', '0.7')
    """
    if shown.startswith('"') and shown.endswith('"') and len(shown) > 1:
        return _ESCAPE.sub(_unescape, shown[1:-1])
    option = OPTIONS.get(name)
    if option is not None and option.kind == "int" and "e" in shown:
        try:
            number = float(shown)
        except ValueError:
            return shown
        return str(int(number)) if number.is_integer() else shown
    return shown


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[4], match[4])


def _licenses(show: Mapping[str, Any], text: str, base_show: Mapping[str, Any] | None) -> list[Command]:
    joined = str(show.get("license") or "")
    inherited = str((base_show or {}).get("license") or "")
    if inherited and joined == inherited:
        return []
    if inherited and joined.startswith(f"{inherited}\n"):
        joined = joined[len(inherited) + 1 :]
    apart = parse(text).licenses
    texts = apart if "\n".join(apart) == joined else [joined] if joined else []
    return [("license", license) for license in texts]
