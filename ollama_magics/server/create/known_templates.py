"""Jinja templates that are known by their text, with the Go template that stands for each.

Ollama compares a file's template with 37 known ones by edit distance; of those only ChatML is here, in words of our own. Its
text is so short that by this rule every short template counts as ChatML.

Source: Ollama template/template.go Named (distance below 100); observed, tests/contract (area ``create-files``).
"""

from __future__ import annotations

from dataclasses import dataclass

_FAR = 100


@dataclass(frozen=True)
class KnownTemplate:
    """A chat format.

    Attributes:
        jinja: its template as files carry it.
        template: the same as a Go template.
        stop: the words that end an answer.
    """

    name: str
    jinja: str
    template: str
    stop: tuple[str, ...]


_CHATML = KnownTemplate(
    "chatml",
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n",
    ("<|im_start|>", "<|im_end|>"),
)


def recognise(jinja: str) -> KnownTemplate | None:
    """Return the known template that ``jinja`` is, or is nearly; None for none."""
    return _CHATML if jinja and distance_below(jinja, _CHATML.jinja, _FAR) else None


def distance_below(one: str, other: str, limit: int) -> bool:
    """Return whether fewer than ``limit`` characters must be put in, taken out or changed to turn one text into the other."""
    if abs(len(one) - len(other)) >= limit:
        return False
    row = list(range(len(other) + 1))
    for index, character in enumerate(one, start=1):
        above, row[0] = row[0], index
        for column, second in enumerate(other, start=1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (character != second))
        if min(row) >= limit:
            return False
    return row[-1] < limit
