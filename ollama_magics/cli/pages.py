"""The page of a rule, and the list of all, made from what the checks use."""

from __future__ import annotations

from ollama_magics.display import cards, text
from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.rules import RULES, example_of, find_rule
from ollama_magics.text.suggest import nearest


def rule_page(name: str) -> str:
    """Return what a rule is about, named by code or name: a sentence, what breaks it, what is said then, and what to write instead.

    Raises:
        UsageProblem: there is no such rule.
    """
    rule = find_rule(name)
    if rule is None:
        near = nearest(name, [*RULES, *(rule.name for rule in RULES.values())], limit=1)
        raise UsageProblem(f"there is no rule {name}", hint=f"did you mean {near[0]}?" if near else "lint --rules lists them")
    return text.render(cards.rule_page(rule, example_of(rule))).rstrip("\n") + "\n"


def rule_list() -> str:
    """Return a line a rule: code, severity, name and its sentence."""
    width = max(len(rule.name) for rule in RULES.values())
    return "".join(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n" for _, rule in sorted(RULES.items()))
