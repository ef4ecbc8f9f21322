"""Values of parameters as people type them and as pages send them."""

from __future__ import annotations

from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.quoting import spell, why_not
from ollama_magics.modelfile.views import parameter_text
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.options import OPTIONS, format_parameter

_TAKES = {"float": "a number", "int": "a whole number", "bool": "true or false", "list": "text"}


def typed_value(name: str, value: Any) -> Any:
    """Return the value of an option as it is sent.

    Args:
        value: as typed, or a value of JSON; a single text is a list of one for ``stop``.

    Raises:
        UsageProblem: no such option, with the near ones; or no value of it.

    Examples:
        >>> typed_value("temperature", " 0.60 "), typed_value("num_ctx", 8192.0), typed_value("stop", "###")
        (0.6, 8192, ['###'])
    """
    option = OPTIONS.get(name)
    if option is None:
        raise unknown_parameter(name)
    if option.kind == "list":
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
            raise UsageProblem(f"{name} takes texts", hint=f"for example {option.example}")
        lost = next((text for text in texts if spell(text) is None), None)
        if lost is not None:
            raise UsageProblem(f"no Modelfile can hold this {name} value: {why_not(lost)}")
        return [text for text in texts if text]
    plain = value.strip() if isinstance(value, str) else "" if value is None else value
    if isinstance(plain, float) and plain.is_integer() and option.kind == "int":
        plain = int(plain)
    if plain == "":
        raise UsageProblem(f"{name} takes {_TAKES[option.kind]}", hint=f"for example {option.example}")
    return format_parameter(name, [parameter_text(option, plain)])


def unknown_parameter(name: str) -> UsageProblem:
    """Return the error that there is no such option, with the near ones."""
    near = nearest(name, OPTIONS)
    return UsageProblem(f"there is no parameter {name}", hint=f"did you mean {' or '.join(near)}?" if near else "")
