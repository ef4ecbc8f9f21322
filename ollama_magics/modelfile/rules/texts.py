"""What a value should not hold, or does not hold as it seems to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.modelfile.nodes import Instruction, Value
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.quoting import spell
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

SECRET = Rule(
    *("MF504", "secret", "warning", "A value holds what looks like an API key or a private key."),
    *("FROM a\nSYSTEM Use the key sk-" + "Example0" * 4 + "\n", "FROM a\nSYSTEM Use the key that you are given\n"),
)
BACKSLASH = Rule(
    *("MF207", "backslash-in-text", "warning", "A backslash and a letter in a text of one line are two characters; there are no escapes."),
    *('FROM a\nSYSTEM "one\\nTwo"\n', 'FROM a\nSYSTEM """one\nTwo"""\n'),
)
RULES = (SECRET, BACKSLASH)

_SECRETS = {
    "an API key of OpenAI, Anthropic or the like": r"sk-[A-Za-z0-9_-]{20,}",
    "a token of GitHub": r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,})",
    "a token of GitLab": r"glpat-[A-Za-z0-9_-]{20}",
    "a token of Hugging Face": r"hf_[A-Za-z0-9]{30,}",
    "an access key of AWS": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "an API key of Google": r"AIza[0-9A-Za-z_-]{35}",
    "a token of Slack": r"xox[abprs]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
}
_STARTS = ("sk-", "gh", "glpat-", "hf_", "AKIA", "ASIA", "AIza", "xox", "PRIVATE KEY")
_SECRET = re.compile("|".join(rf"(?<![A-Za-z0-9_-])(?P<k{at}>{pattern})" for at, pattern in enumerate(_SECRETS.values())))
_TEXTS = frozenset({"system", "message", "template"})
_ESCAPE = re.compile(r'(?<!\\)(?:(?:\\n){2,}|\\[nt](?![a-z])|\\")')
"""What is most likely meant as an escape; ``\new`` is rather a path and ``\nabla`` a formula."""

_DOUBTFUL = re.compile(r"(?<!\\)\\[nt]")
_NAMES = {"\\n": "an n, not a line end", "\\t": "a t, not a tab", '\\"': "a quote"}


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield keys in values, and escapes that are none."""
    if any(start in file.source_text for start in _STARTS):
        yield from _secrets(file)
    if "\\" not in file.source_text:
        return
    for node in file.instructions:
        if node.command is not None and node.command[0] in _TEXTS and node.value is not None:
            yield from _escapes(file, node, node.value)


def _secrets(file: Modelfile) -> Iterator[Finding]:
    names = list(_SECRETS)
    for node in file.instructions:
        if node.value is None:
            continue
        for match in _SECRET.finditer(file.source_text, node.value.inner_start, node.value.inner_end):
            name = names[int((match.lastgroup or "k0")[1:])]
            help = "Everyone who can use the model can read it; take it out, and make the key invalid if it was shared."
            yield SECRET.at(*match.span(), f"This looks like {name}", help=help)


def _escapes(file: Modelfile, node: Instruction, value: Value) -> Iterator[Finding]:
    """Yield the first escape of a text of one line that is not between three quotes: there somebody knew how lines are broken."""
    written = file.source_text[value.inner_start : value.inner_end]
    if value.mark == '"""' or "\\" not in written or any(end in written for end in "\r\n"):
        return
    found = list(_ESCAPE.finditer(_without_actions(written)))
    if not found:
        return
    parts, at = [], 0
    for match in found:
        parts += [written[at : match.start()], match[0].replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')]
        at = match.end()
    meant_text = "".join([*parts, written[at:]])
    meant = None if _DOUBTFUL.search(_without_actions(meant_text)) else spell(meant_text)
    fix = Fix("Write the characters themselves", value.start, value.end, meant) if meant is not None else None
    start, escape = value.inner_start + found[0].start(), found[0][0][:2]
    message = f"{escape} is a backslash and {_NAMES[escape]}"
    help = 'There are no escapes; the characters themselves stand between """.'
    yield BACKSLASH.at(start, start + 2, message, help=help, fix=fix)


def _without_actions(text: str) -> str:
    """Return a text with the actions of templates, in which Go does read escapes, as so many spaces."""
    parts, at = [], 0
    while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        parts += [text[at:start], " " * (end + 2 - start)]
        at = end + 2
    return "".join([*parts, text[at:]])
