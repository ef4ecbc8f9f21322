"""Parameters as attributes: each by its name in Ollama, and no other name by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.services.tuning.state import REMOVED, Tuning
from ollama_magics.services.tuning.values import typed_value
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.options import OPTIONS


class ParameterAttributes:
    """What has parameters that can be tried, as attributes."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters in effect."""
        raise NotImplementedError

    def change(self, action: Callable[[Tuning], Any]) -> Any:
        """Change what is tried."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name not in OPTIONS:
            raise AttributeError(f"a tuner has no {name}{_did_you_mean(name)}")
        return self.parameters.get(name, OPTIONS[name].default)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OPTIONS:
            self.set(**{name: value})
        elif name.startswith("_") or isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            raise UsageProblem(f"there is no parameter {name}{_did_you_mean(name)}", hint="for example tuner.temperature = 0.2")

    def __delattr__(self, name: str) -> None:
        if name not in OPTIONS:
            raise AttributeError(f"there is no parameter {name}{_did_you_mean(name)}")
        self.set(**{name: None})

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *OPTIONS})

    def set(self, **parameters: Any) -> None:
        """Try several parameters at once; None takes one out of the Modelfile.

        Raises:
            UsageProblem: no such parameter, or no value of it; nothing is changed then.
        """
        values = {name: REMOVED if value is None else typed_value(name, value) for name, value in parameters.items()}

        def change(tuning: Tuning) -> None:
            for name, value in values.items():
                if value is REMOVED:
                    tuning.remove_parameter(name)
                else:
                    tuning.set_parameter(name, value)

        self.change(change)


def _did_you_mean(name: str) -> str:
    near = nearest(name, OPTIONS)
    return f", did you mean {' or '.join(near)}?" if near else ""
