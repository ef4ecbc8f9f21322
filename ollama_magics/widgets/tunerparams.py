"""The rows of parameters in the tuner's panel."""

from __future__ import annotations

from typing import Any

from ollama_magics.services.tuning.parts import parameters_of
from ollama_magics.services.tuning.report import value_text
from ollama_magics.services.tuning.scales import OFTEN, Scale, ordered_names, scale_of
from ollama_magics.services.tuning.state import Tuning
from ollama_magics.services.tuning.stored import Stored
from ollama_magics.widgets.tunerstate import Param, State
from ollama_magics.wire.options import OPTIONS

_KEPT = "This package does not know it. The model keeps it."
_NOT_KEPT = "This package does not know it. A Modelfile cannot set it: the next version goes without."
_INHERITED = "The base gives it. It can be overridden, not removed."
_DRAFTED = "A request cannot take it away: it is tried as a draft."


def params(tuning: Tuning) -> list[Param]:
    """Return all parameters in their fixed order: those that are turned most, the others, those this package does not know."""
    stored = tuning.stored
    unknown = {name: value for name, value in stored.parts.parameters.items() if name not in OPTIONS}
    unknown |= {name: args for name, args in tuning.tried.commands if name not in OPTIONS and _is_parameter(tuning, name)}
    return [_param(tuning, name) if name in OPTIONS else _unknown(stored, name, unknown[name]) for name in ordered_names(unknown)]


def _is_parameter(tuning: Tuning, name: str) -> bool:
    nodes = (node for node in tuning.tried.instructions if node.command is not None and node.command[0] == name)
    return any(node.name == "parameter" for node in nodes)


def _param(tuning: Tuning, name: str) -> Param:
    option, scale = OPTIONS[name], scale_of(name, tuning.stored.trained_context)
    own, before = parameters_of(tuning.tried).get(name), parameters_of(tuning.stored.modelfile).get(name)
    inherited, typed = tuning.stored.inherited.parameters.get(name), tuning.typed.get(name)
    value = next((value for value in (own, inherited, option.default) if value is not None), None)
    state = _state(own, before, inherited, option.default)
    waits = typed is not None and not typed.problem
    shown = typed.value if typed is not None and waits else value
    effective_before = next((value for value in (before, inherited, option.default) if value is not None), None)
    return Param(
        name=name,
        kind=scale.kind,
        scale=scale.way,
        low=scale.low,
        high=scale.high,
        step=scale.step,
        ticks=scale.ticks(),
        ends=scale.ends,
        state=state,
        state_words=_state_words(tuning, state, own, before, inherited),
        value=list(shown) if isinstance(shown, list | tuple) else shown,
        text=typed.text if typed is not None else "" if scale.kind == "list" else value_text(value),
        value_words=_value_words(scale, shown),
        stored=list(before) if isinstance(before, list) else before,
        inherited=inherited,
        default=option.default,
        default_words=_default_words(name),
        was=_ghost(effective_before) if state == "tried" else None,
        meaning=option.meaning,
        effect=option.effect,
        tip=_INHERITED if state == "inherited" else _DRAFTED if own is None and before is not None else "",
        often=name in OFTEN or state in ("set", "same", "tried", "inherited") or typed is not None,
        reloads=option.load_time,
        waits=waits,
        can_reset=typed is not None or state in ("set", "same", "tried"),
        reset_label=_reset_label(state, before, typed is not None),
        problem=typed.problem if typed is not None else "",
    )


def _state(own: Any, before: Any, inherited: Any, default: Any) -> State:
    if own != before:
        return "tried"
    if own is not None:
        return "same" if own == (inherited if inherited is not None else default) else "set"
    return "inherited" if inherited is not None else "unset"


def _state_words(tuning: Tuning, state: State, own: Any, before: Any, inherited: Any) -> str:
    base = tuning.stored.base or "the base"
    if state == "tried":
        was = (
            f"stored {value_text(before)}" if before is not None else f"{base} has {value_text(inherited)}" if inherited is not None else ""
        )
        return ("tried, " if own is not None else "tried without, ") + (was or "stored: not set")
    if state == "same":
        return f"set, same as {base}" if inherited is not None else "set, same as the default"
    if state == "set":
        return "set in your cell" if tuning.in_cell else "set"
    return f"from {base}" if state == "inherited" else "not set, server default"


def _value_words(scale: Scale, value: Any) -> str:
    if value is None:
        return "" if scale.kind == "list" else "the server decides"
    return (scale.special or {}).get(value, "") if _is_number(value) else ""


def _default_words(name: str) -> str:
    default = OPTIONS[name].default
    if name == "num_ctx":
        return "default by the server's memory"
    if default is None:
        return "default none" if OPTIONS[name].kind == "list" else "default by the server"
    return f"default {value_text(default)}"


def _reset_label(state: State, before: Any, is_typed: bool) -> str:
    if is_typed:
        return "Back to what is used"
    if state == "tried":
        return f"Back to {value_text(before)}" if before is not None else "Back to not set"
    return "Remove from the Modelfile" if state in ("set", "same") else ""


def _ghost(value: Any) -> float | None:
    return float(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unknown(stored: Stored, name: str, value: Any) -> Param:
    """Return the row of a parameter that this package does not know: it is shown as it is and cannot be turned."""
    known = name in stored.parts.parameters
    inherited = name in stored.inherited.parameters
    return Param(
        name=name,
        kind="text",
        scale=None,
        low=0,
        high=0,
        step=1,
        ticks=[],
        ends=("", ""),
        state="inherited" if inherited else "set",
        state_words=f"from {stored.base}" if inherited else "set",
        value=value_text(value),
        text=value_text(value),
        value_words="",
        stored=value_text(stored.parts.parameters.get(name)) if known else None,
        inherited=value_text(stored.inherited.parameters.get(name)) if inherited else None,
        default=None,
        default_words="",
        was=None,
        meaning=(_KEPT if inherited else _NOT_KEPT) if known else "Ollama refuses it.",
        effect="",
        tip="",
        often=True,
        reloads=False,
        waits=False,
        can_reset=False,
        reset_label="",
        problem="" if known else f"There is no parameter {name}.",
    )
