"""The page of a rule, and the list of all, made from what the checks use."""

from __future__ import annotations

from ollama_magics.display.visible import visible
from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.modelfile.rules import RULES
from ollama_magics.text.suggest import nearest


def rule_page(name: str) -> str:
    """Return what a rule is about, named by code or name: a sentence, what breaks it, what is said then, and what to write instead.

    Raises:
        UsageProblem: there is no such rule.
    """
    rule = next((rule for rule in RULES.values() if name.casefold() in (rule.code.casefold(), rule.name)), None)
    if rule is None:
        near = nearest(name, [*RULES, *(rule.name for rule in RULES.values())], limit=1)
        raise UsageProblem(f"there is no rule {name}", hint=f"did you mean {near[0]}?" if near else "lint --rules lists them")
    problem = next((problem for problem in parse(rule.bad).problems if problem.code == rule.code), None)
    lines = [f"{rule.code} {rule.name} ({rule.severity})", "", rule.summary, "", "Instead of", ""]
    lines += [f"    {line}" for line in rule.bad.splitlines()]
    if problem is not None:
        said = f"line {problem.line}, column {problem.column}: {problem.message}"
        lines += ["", f"where it says: {said}. {problem.help}".rstrip(), "", "write", ""]
    else:
        lines += ["", "write", ""]
    lines += [f"    {line}" for line in rule.good.splitlines()]
    if problem is not None and problem.fix is not None:
        lines += ["", f"`ollama-magics lint --fix` can: {problem.fix.title}."]
    if rule.severity != "error":
        lines += ["", f"Ignore it with `# ollama-magics: ignore {rule.code}` above the instruction."]
    return visible("\n".join(lines) + "\n")


def rule_list() -> str:
    """Return a line a rule: code, severity, name and its sentence."""
    width = max(len(rule.name) for rule in RULES.values())
    return "".join(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n" for _, rule in sorted(RULES.items()))
