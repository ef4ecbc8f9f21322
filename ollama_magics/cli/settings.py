"""Which rules count: ``[tool.ollama-magics.lint]`` of the nearest ``pyproject.toml``, and the options of the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.problems import Problem
from ollama_magics.modelfile.rules import RULES
from ollama_magics.text.suggest import nearest


@dataclass(frozen=True, slots=True)
class Settings:
    """What is reported.

    Attributes:
        select: beginnings of codes of the only rules that count; empty for all. Errors count always: Ollama refuses what they find.
        ignore: beginnings of codes of the rules that do not count.
        strict: warnings make the exit status 1 as errors do.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False

    def wants(self, problem: Problem) -> bool:
        """Whether a problem is reported."""
        chosen = not self.select or problem.code.startswith(self.select)
        return problem.severity == "error" or (chosen and not problem.code.startswith(self.ignore))

    def fails(self, problem: Problem) -> bool:
        """Whether a problem makes the exit status 1."""
        return problem.severity == "error" or (self.strict and problem.severity == "warning")

    def with_options(self, select: Sequence[str] | None, ignore: Sequence[str] | None, strict: bool) -> Settings:
        """Return these settings with what the command line says in their place."""
        after = self
        if select:
            after = replace(after, select=codes(select, "--select"))
        if ignore:
            after = replace(after, ignore=codes(ignore, "--ignore"))
        return replace(after, strict=self.strict or strict)


def codes(names: Iterable[str], where: str) -> tuple[str, ...]:
    """Return the codes, or beginnings of codes such as ``MF5``, of rules named by code, beginning or name.

    Raises:
        UsageProblem: there is no such rule.
    """
    by_name = {rule.name: rule.code for rule in RULES.values()}
    found = []
    for name in (part for names_ in names for part in names_.replace(",", " ").split()):
        code = by_name.get(name.lower(), name.upper())
        if len(code) < 2 or not any(known.startswith(code) for known in RULES):
            near = nearest(name, [*by_name, *RULES], limit=1)
            raise UsageProblem(f"{where}: there is no rule {name}", hint=f"did you mean {near[0]}?" if near else "lint --rules lists them")
        found.append(code)
    return tuple(found)


@lru_cache
def settings_for(folder: Path) -> Settings:
    """Return the settings of the ``pyproject.toml`` nearest above a folder that has the table; the defaults without one.

    Raises:
        UsageProblem: it cannot be read, or has something in the table that there is not.
    """
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if not path.is_file():
            continue
        try:
            table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("ollama-magics", {}).get("lint")
        except (OSError, ValueError) as exc:
            raise UsageProblem(f"cannot read {path}: {exc}") from exc
        if table is not None:
            return _settings(table, str(path))
    return Settings()


def _settings(table: object, path: str) -> Settings:
    kinds: dict[str, type] = {"select": list, "ignore": list, "strict": bool}
    where = f"{path}: [tool.ollama-magics.lint]"
    if not isinstance(table, dict):
        raise UsageProblem(f"{where} is not a table")
    for key, value in table.items():
        if key not in kinds:
            near = nearest(key, kinds, limit=1)
            raise UsageProblem(f"{where} has no {key}", hint=f"did you mean {near[0]}?" if near else "it has select, ignore and strict")
        if not isinstance(value, kinds[key]) or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            wanted = "true or false" if kinds[key] is bool else "a list of rules"
            raise UsageProblem(f"{where}: {key} is {wanted}, not {value!r}")
    select, ignore = (codes(table.get(key, ()), f"{where} {key}") for key in ("select", "ignore"))
    return Settings(select, ignore, bool(table.get("strict", False)))
