"""``${name}`` in the body of a cell, replaced from the notebook when ``--subst`` asks for it.

Braces alone belong to Go templates: ``{{ .System }}`` is never touched. ``$${`` stands for ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.text.positions import LineIndex
from ollama_magics.text.suggest import nearest

_PLACE = re.compile(r"\$(\$\{|\{([^{}\n]*)\})")


def substitute(body: str, names: Mapping[str, Any], *, first_line: int = 1) -> str:
    """Return ``body`` with each ``${name}`` replaced by ``str(names[name])``.

    Args:
        first_line: the number of the body's first line, for messages.

    Raises:
        UsageProblem: a name is not there, with the near ones; or what stands between the braces is no name.

    Examples:
        >>> substitute('FROM ${base}\\nTEMPLATE "{{ .Prompt }} $${x}"', {"base": "tutor"})
        'FROM tutor\\nTEMPLATE "{{ .Prompt }} ${x}"'
    """

    def value(match: re.Match[str]) -> str:
        if match[2] is None:
            return "${"
        name = match[2].strip()
        if name in names:
            return str(names[name])
        line = LineIndex(body).position(match.start()).line + first_line - 1
        if not name.isidentifier():
            raise UsageProblem(f"line {line}: {match[0]} is not a name in braces", hint="write ${name}, or $${ for the two characters")
        near = nearest(name, [known for known in names if not known.startswith("_")])
        hint = f"did you mean {' or '.join(near)}?" if near else f"set it first: {name} = …"
        raise UsageProblem(f"line {line}: there is no variable {name} in the notebook", hint=hint)

    return _PLACE.sub(value, body)
