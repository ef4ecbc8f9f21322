"""What the names of the template language mean, as data: for pages of reference and for completion.

Source: Go 1.26 text/template (package documentation); Ollama template/template.go and docs/template.mdx (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ollama_magics.template.messages import ROOT
from ollama_magics.template.place import fields_of
from ollama_magics.template.values import Kind, Type

SOURCE = "Go text/template; Ollama template/template.go and docs/template.mdx (v0.33.0-rc2)"
"""Where the facts about templates are from, for pages that show them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the template language.

    Attributes:
        name: as it is written: ``.System``, ``range``, ``json``; of a field its way from the beginning, as ``.Messages.Role``.
        kind: whose it is.
        form: how it is used, without the braces; of a variable the type of its value in words.
        meaning: one sentence.
        example: a template with it; empty where one would say no more.
        result: what the example makes of `SAMPLE`.
    """

    name: str
    kind: Literal["variable", "function", "keyword"]
    form: str
    meaning: str
    example: str = ""
    result: str = ""

    @property
    def word(self) -> str:
        """Its last part, the one that is written behind ``range`` or ``with``: ``.Role`` of ``.Messages.Role``."""
        head, dot, last = self.name.rpartition(".")
        return f"{dot}{last}" if dot else head + last


SAMPLE = MappingProxyType(
    {
        "System": "Be kind.",
        "Prompt": "Hi",
        "Messages": ({"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}),
        "Tools": ({"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object"}}},),
    }
)
"""What examples are run on: a conversation of two messages, in the form of the API."""

_MEANINGS = {
    ".System": "The system text; with `.Messages` in the template all system messages, joined by empty lines.",
    ".Prompt": "What the user said, where the template runs once a turn: it does not mention `.Messages`.",
    ".Response": "What the model answers: the template ends here for the turn that is to be answered.",
    ".Suffix": "The text behind the gap, where the model fills in the middle.",
    ".Messages": "The conversation; a template that mentions it is run once on all of it.",
    ".Messages.Role": "Who says it: `system`, `user`, `assistant` or `tool`.",
    ".Messages.Content": "What is said.",
    ".Messages.Thinking": "What the model thought before it said it.",
    ".Messages.Images": "The pictures of the message.",
    ".Messages.ToolCalls": "The calls of tools that the assistant asks for.",
    ".Messages.ToolCalls.ID": "The call's id, when it has one.",
    ".Messages.ToolCalls.Function": "The function that is called.",
    ".Messages.ToolCalls.Function.Index": "The number of the call, from 0.",
    ".Messages.ToolCalls.Function.Name": "The name of the function.",
    ".Messages.ToolCalls.Function.Arguments": "The arguments by name; printed they are JSON.",
    ".Messages.ToolName": "Of a message of the role `tool`: the function whose result it is.",
    ".Messages.ToolCallID": "Of a message of the role `tool`: the id of the call whose result it is.",
    ".Tools": "The tools that the request brings; printed they are JSON.",
    ".Tools.Type": "The kind of tool: `function`.",
    ".Tools.Items": "What the tool says about items, as it came.",
    ".Tools.Function": "The function that the tool is.",
    ".Tools.Function.Name": "The name of the function.",
    ".Tools.Function.Description": "What the function does, for the model to read.",
    ".Tools.Function.Parameters": "What the function takes, as a JSON schema.",
    ".Tools.Function.Parameters.Type": "The type of the whole: `object`.",
    ".Tools.Function.Parameters.Defs": "The schema's `$defs`.",
    ".Tools.Function.Parameters.Items": "The schema's `items`.",
    ".Tools.Function.Parameters.Required": "The names of the parameters that a call must have.",
    ".Tools.Function.Parameters.Properties": "The parameters by name; printed they are JSON.",
    ".Think": "Whether the model is to think.",
    ".ThinkLevel": "How much it is to think: `low`, `medium`, `high` or `max`; empty when it is not to.",
    ".IsThinkSet": "Whether the request says anything about thinking.",
}

_EXAMPLES = {
    ".System": ("<{{ .System }}>", "<Be kind.>"),
    ".Messages": ("{{ range .Messages }}[{{ .Role }}]{{ end }}", "[system][user]"),
    ".Messages.Content": ("{{ range .Messages }}{{ .Content }} {{ end }}", "Be kind. Hi "),
    ".Tools.Function.Name": ("{{ range .Tools }}{{ .Function.Name }}{{ end }}", "add"),
}

_FUNCTIONS = (
    ("and", "and A B…", "The first value that is empty, else the last one.", "{{ and .System .Prompt }}", "Hi"),
    ("or", "or A B…", "The first value that is not empty, else the last one.", "{{ or .Suffix .Prompt }}", "Hi"),
    ("not", "not A", "Whether the value is empty.", "{{ not .Prompt }}", "false"),
    ("eq", "eq A B…", "Whether the first is equal to one of the others.", '{{ eq .Prompt "Hi" "Ho" }}', "true"),
    ("ne", "ne A B", "Whether they differ.", '{{ ne .Prompt "Hi" }}', "false"),
    ("lt", "lt A B", "Whether A is less than B.", "{{ lt 1 2 }}", "true"),
    ("le", "le A B", "Whether A is at most B.", "{{ le 2 2 }}", "true"),
    ("gt", "gt A B", "Whether A is more than B.", "{{ gt (len .Messages) 1 }}", "true"),
    ("ge", "ge A B", "Whether A is at least B.", "{{ ge 1 2 }}", "false"),
    ("len", "len A", "How many elements there are, or how many bytes a text has.", "{{ len .Messages }}", "2"),
    ("index", "index A I…", "The element at a place, counted from 0, or of a name.", "{{ (index .Messages 1).Content }}", "Hi"),
    ("slice", "slice A [FROM [TO]]", "The part from one place to before another.", "{{ slice .System 0 2 }}", "Be"),
    ("print", "print A…", "The values as one text.", '{{ print "a" 1 }}', "a1"),
    ("printf", "printf FORMAT A…", "The values set into a text, as in Go or C.", '{{ printf "%s!" .Prompt }}', "Hi!"),
    ("println", "println A…", "The values with spaces between them and a line end.", '{{ println "a" 1 }}', "a 1\n"),
    ("html", "html A…", "The text with the characters of HTML escaped.", '{{ html "<b>" }}', "&lt;b&gt;"),
    ("js", "js A…", "The text escaped for a string of JavaScript.", '{{ js "it\'s" }}', "it\\'s"),
    ("urlquery", "urlquery A…", "The text escaped for the query of an address.", '{{ urlquery "a b" }}', "a+b"),
    ("call", "call F A…", "Calls a function that is a value; nothing that Ollama gives a template is one.", "", ""),
    ("json", "json A", "The value as JSON.", "{{ json .Prompt }}", '"Hi"'),
    ("currentDate", "currentDate", "Today as `2026-01-31`, as the server's clock has it.", "", ""),
    ("yesterdayDate", "yesterdayDate", "Yesterday as `2026-01-30`.", "", ""),
    ("toTypeScriptType", "toTypeScriptType A", "The type of a tool's parameter in TypeScript.", '{{ toTypeScriptType "x" }}', "any"),
)

_KEYWORDS = (
    ("if", "if A … [else …] end", "What stands inside, when the value is not empty.", "{{ if .System }}yes{{ else }}no{{ end }}", "yes"),
    ("else", "else", "Begins what stands instead; `else if` and `else with` ask once more.", "{{ if .Suffix }}a{{ else }}b{{ end }}", "b"),
    ("end", "end", "Ends `if`, `range`, `with`, `define` and `block`.", "", ""),
    (
        *("range", "range [$I, $X :=] A … end", "What stands inside, once for each element, which `.` is then."),
        *("{{ range $i, $m := .Messages }}{{ $i }}:{{ $m.Role }} {{ end }}", "0:system 1:user "),
    ),
    (
        *("with", "with A … end", "What stands inside, when the value is not empty, which `.` is then."),
        *("{{ with .System }}<{{ . }}>{{ end }}", "<Be kind.>"),
    ),
    ("break", "break", "Ends the innermost `range`.", "{{ range .Messages }}{{ .Role }}{{ break }}{{ end }}", "system"),
    (
        *("continue", "continue", "Goes on with the next element of `range`."),
        *('{{ range .Messages }}{{ if eq .Role "system" }}{{ continue }}{{ end }}{{ .Role }}{{ end }}', "user"),
    ),
    ("define", 'define "NAME" … end', "Gives a name to a part of the template; only templates with `.Messages` can use it.", "", ""),
    ("template", 'template "NAME" A', "What the part of that name makes of the value.", "", ""),
    ("block", 'block "NAME" A … end', "Defines a part and uses it at once.", "", ""),
    ("nil", "nil", "No value at all.", "", ""),
    ("true", "true", "The truth value.", "{{ and true .Prompt }}", "Hi"),
    ("false", "false", "The other truth value.", "{{ or false .Prompt }}", "Hi"),
)


def type_words(kind: Type) -> str:
    """Return the type of a value in words: ``text``, ``list of messages`` is ``list``."""
    if kind.kind is Kind.SLICE:
        return "list"
    names = {Kind.STRING: "text", Kind.BOOL: "true or false", Kind.INT: "number", Kind.MAP: "values by name"}
    return names.get(kind.kind, "fields" if kind.fields else "any value")


def _pointed(kind: Type) -> Type:
    return kind.inner if kind.kind is Kind.POINTER else kind


_PATHS: dict[tuple[str, str], str] = {}


def _variables(owner: Type, way: str = "") -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for name, kind in fields_of(owner):
        path = _PATHS.setdefault((_pointed(owner).name, name), f"{way}.{name}")
        found[path] = Entry(path, "variable", type_words(kind), _MEANINGS[path], *_EXAMPLES.get(path, ()))
        inner = kind.inner if kind.kind is Kind.SLICE and kind.elem else kind
        found |= _variables(inner, path)
    return found


VARIABLES: Mapping[str, Entry] = MappingProxyType(_variables(ROOT))
"""What Ollama gives a template, by the way from the beginning."""


def variable_of(owner: Type | None, name: str) -> Entry | None:
    """Return the entry of a field of a value; where its type is not known, of the first field of that name."""
    if owner is None:
        return next((entry for entry in VARIABLES.values() if entry.word == f".{name}"), None)
    path = _PATHS.get((_pointed(owner).name, name))
    return None if path is None else VARIABLES[path]


FUNCTIONS: Mapping[str, Entry] = MappingProxyType({row[0]: Entry(row[0], "function", *row[1:]) for row in _FUNCTIONS})
"""What a template can call, by name."""

WORDS: Mapping[str, Entry] = MappingProxyType({row[0]: Entry(row[0], "keyword", *row[1:]) for row in _KEYWORDS})
"""The words of the language that are no functions, by name."""
