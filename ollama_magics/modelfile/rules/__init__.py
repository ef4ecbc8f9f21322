"""The rules, one module a family; each family has `RULES` (data) and `check` (what finds them).

A new rule is a `Rule` in its family's ``RULES`` and a branch of its ``check``; a new family is a module named in `_FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ollama_magics.modelfile.problems import Problem
from ollama_magics.modelfile.rules import (
    bases,
    characters,
    conversation,
    encoding,
    ignored,
    instructions,
    messages,
    parameters,
    quotes,
    repeated,
    requires,
    served,
    templates,
    texts,
    values,
)
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

_FAMILIES = (*(instructions, bases, quotes, parameters, values, messages, conversation, characters, texts, requires, repeated, templates),)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.code: rule for family in (served, *_FAMILIES, encoding, ignored) for rule in family.RULES}
)
"""Every rule by its code."""


def find_rule(word: str) -> Rule | None:
    """Return the rule of that code or name, whatever its case; None when there is none."""
    word = word.casefold()
    return next((rule for rule in RULES.values() if word in (rule.code.casefold(), rule.name)), None)


def example_of(rule: Rule) -> Problem | None:
    """Return what a rule says about its bad example; None where that needs files beside it."""
    from ollama_magics.modelfile.modelfile import parse

    if rule.given:
        return next((problem for problem in check_served(parse(rule.bad), served.EXAMPLES[rule.code]) if problem.code == rule.code), None)
    return next((problem for problem in parse(rule.bad).problems if problem.code == rule.code), None)


def check(file: Modelfile) -> tuple[Problem, ...]:
    """Return what all rules find in a Modelfile and no comment ignores, in the order of the text."""
    findings = list(encoding.check(file)) or ignored.apply(file, [finding for family in _FAMILIES for finding in family.check(file)], RULES)
    findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule.code))
    return tuple(_problem(file, finding) for finding in findings)


def check_served(file: Modelfile, facts: served.Served) -> tuple[Problem, ...]:
    """Return what the rules that need a server find with its facts, and no comment ignores, in the order of the text."""
    findings = [finding for finding in ignored.apply(file, [*served.check(file, facts)], RULES) if finding.rule.given]
    findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule.code))
    return tuple(_problem(file, finding) for finding in findings)


def _problem(file: Modelfile, finding: Finding) -> Problem:
    rule = finding.rule
    start, end = file.lines.position(finding.start), file.lines.position(finding.end)
    where = (finding.start, finding.end, start.line, start.column, end.line, end.column)
    return Problem(rule.code, rule.name, rule.severity, finding.message, *where, finding.help, finding.note, finding.fix)
