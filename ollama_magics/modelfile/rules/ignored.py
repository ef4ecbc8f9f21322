"""Comments that silence a rule: ``# ollama-magics: ignore MF501`` above an instruction, ``ignore-file`` anywhere for the whole text.

Rules are named by code or name, divided by spaces or commas; without any, every rule is meant. Behind ``--`` stands the reason. An error
stays: Ollama refuses the text whatever a comment says.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ollama_magics.modelfile.edit import remove_line
from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Comment, Instruction
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.text.suggest import nearest

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

USELESS = Rule(
    *("MF801", "ignores-nothing", "warning", "A comment that ignores a rule has no effect."),
    *("FROM a\n# ollama-magics: ignore MF501\nSYSTEM hi\n", "FROM a\nSYSTEM hi\n"),
)
RULES = (USELESS,)

_DIRECTIVE = re.compile(r"#[ \t]*ollama-magics:[ \t]*(ignore-file|ignore)(?![\w-])(?P<rules>(?:(?!--).)*)", re.IGNORECASE)
_WORD = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class _Ignore:
    """One comment: the stretch of the text it is about, and the words that name rules, with their places."""

    comment: Comment
    start: int
    end: int
    words: tuple[tuple[int, str], ...]
    everywhere: bool = False


def apply(file: Modelfile, findings: Sequence[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return the findings that no comment ignores, and one for each comment that ignores nothing."""
    ignores = list(_ignores(file))
    if not ignores:
        return list(findings)
    known = {name.casefold(): rule for rule in rules.values() for name in (rule.code, rule.name)}
    everywhere: dict[str, _Ignore] = {}  # by the code of a rule, empty for all; of several the first counts
    above: dict[int, list[_Ignore]] = {}
    for ignore in ignores:
        if not ignore.everywhere:
            above.setdefault(ignore.start, []).append(ignore)
            continue
        for code in [known[word.casefold()].code for _, word in ignore.words if word.casefold() in known] if ignore.words else [""]:
            everywhere.setdefault(code, ignore)
    starts = sorted(above)
    used: set[tuple[_Ignore, str]] = set()
    kept: list[Finding] = []
    for finding in findings:
        before = bisect_right(starts, finding.start)
        near = [everywhere[code] for code in ("", finding.rule.code) if code in everywhere]
        near += above[starts[before - 1]] if before else ()
        by = [(ignore, name) for ignore in near if (name := _names(ignore, finding, known)) is not None]
        used.update(by)
        if not by:
            kept.append(finding)
    return kept + [finding for ignore in ignores for finding in _useless(file, ignore, used, known)]


def _ignores(file: Modelfile) -> Iterator[_Ignore]:
    waiting: list[tuple[Comment, tuple[tuple[int, str], ...]]] = []
    for node in file.nodes:
        if isinstance(node, Comment) and "ollama-magics" in node.text:
            match = _DIRECTIVE.match(node.text)
            if match is None:
                continue
            at = node.start + match.start("rules")
            words = tuple((at + word.start(), word[0]) for word in _WORD.finditer(match["rules"]))
            if match[1].lower() == "ignore-file":
                yield _Ignore(node, 0, len(file.source_text), words, everywhere=True)
            else:
                waiting.append((node, words))
        elif isinstance(node, Instruction):
            for comment, words in waiting:
                yield _Ignore(comment, node.start, node.end, words)
            waiting = []
    for comment, words in waiting:
        yield _Ignore(comment, comment.end, comment.end, words)


def _names(ignore: _Ignore, finding: Finding, known: Mapping[str, Rule]) -> str | None:
    """Return the word of a comment that ignores a finding, ``""`` where it ignores all; None when it does not ignore it."""
    if finding.rule.severity == "error" or not ignore.start <= finding.start <= ignore.end:
        return None
    if not ignore.words:
        return ""
    return next((word for _, word in ignore.words if known.get(word.casefold()) is finding.rule), None)


@lru_cache(maxsize=256)
def _near(word: str, known: tuple[str, ...]) -> list[str]:
    return nearest(word, known, limit=1)


def _useless(file: Modelfile, ignore: _Ignore, used: set[tuple[_Ignore, str]], known: Mapping[str, Rule]) -> Iterator[Finding]:
    remove = remove_line(file, ignore.comment) if len(ignore.words) < 2 else None
    if not ignore.words and (ignore, "") not in used:
        yield USELESS.at(ignore.comment.start, ignore.comment.end, "There is nothing to ignore here", fix=remove)
    for at, word in ignore.words:
        rule = known.get(word.casefold())
        if rule is None:
            near = _near(word, tuple(known))
            shown = known[near[0]].code if near and near[0].startswith("mf") else near[0] if near else ""
            fix = Fix(f"Change to {shown}", at, at + len(word), shown) if shown else None
            note = f"did you mean {shown}?" if shown else ""
            yield USELESS.at(at, at + len(word), f"There is no rule {shortened(word)}", note=note, fix=fix)
        elif rule.severity == "error":
            help = "Ollama refuses what it finds, so it cannot be ignored."
            yield USELESS.at(at, at + len(word), f"{rule.code} {rule.name} is an error", help=help, fix=remove)
        elif (ignore, word) not in used and rule.always_checked:
            yield USELESS.at(at, at + len(word), f"Nothing here breaks {rule.code} {rule.name}", fix=remove)
