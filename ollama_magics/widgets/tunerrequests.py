"""What the views of a tuner ask for; see `ollama_magics.widgets.tunerstate` for what each request holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile.decode import whole
from ollama_magics.widgets.tunerstate import How, Mode, When

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Exchange
    from ollama_magics.services.tuning.state import Tuning
    from ollama_magics.widgets.livetuner import LiveTuner

Params = Mapping[str, Any]

_UNDO: Any = {"label": "Undo", "method": "unteach"}


def answer_requests(live: LiveTuner) -> None:
    """Let the panel of ``live`` answer its requests."""
    requests = _Requests(live)
    handlers: dict[str, Callable[[Params], Any]] = {
        "cell": requests.cell,
        "system": requests.system,
        "fix_system": requests.fix_system,
        "example": requests.example,
        "add_example": lambda params: requests.edit(lambda tuning: tuning.add_example(_or_none(params.get("after"))), "drag"),
        "move_example": lambda params: requests.edit(lambda tuning: tuning.move_example(_text(params, "id"), int(params["to"]))),
        "remove_example": lambda params: requests.edit(lambda tuning: tuning.remove_example(_text(params, "id"))),
        "param": requests.param,
        "reset": lambda params: requests.edit(lambda tuning: tuning.reset(_text(params, "name"))),
        "new_seed": lambda params: live.another_seed(),
        "answer_again": lambda params: live.answer_again(),
        "answer_again_when": requests.when,
        "mode": requests.mode,
        "create": lambda params: live.create(anyway=params.get("anyway") is True),
        "discard": lambda params: requests.edit(lambda tuning: tuning.discard()),
        "write_back": lambda params: live.cell.written(_source(params), both=params.get("force") == "both"),
        "text": lambda params: {"text": live.tuner.modelfile},
        "restore": lambda params: live.restore(int(params["version"]), discard=params.get("discard") is True),
        "look": lambda params: live.look(),
        "read_again": lambda params: live.read_again(),
        "alert": lambda params: live.dismiss(),
        "saved": lambda params: live.saved(),
        "chat.teach": requests.teach,
        "chat.unteach": requests.unteach,
    }
    for method, handler in handlers.items():
        live.panel.on_request(method, handler, repeatable=method in ("text", "saved"))


class _Requests:
    def __init__(self, live: LiveTuner) -> None:
        self._live = live

    def edit(self, action: Callable[[Tuning], Any], how: How = "release") -> Any:
        """Change something and return what the change returns."""
        result = self._live.tuner.change(action)
        self._live.changed(how)
        return result

    def cell(self, params: Params) -> None:
        source = _source(params)
        self._live.choices.has_cell = source is not None
        if source is not None:
            self._live.cell.read(source)
        self._live.refresh()

    def system(self, params: Params) -> None:
        text = _text(params, "text")
        self.edit(lambda tuning: tuning.set_system(text), _how(params))

    def fix_system(self, params: Params) -> None:
        system = self._live.panel.state.value("system")
        index = int(params.get("index", 0))
        if not 0 <= index < len(system["problems"]):
            raise UsageProblem("there is no such place any more")
        problem = system["problems"][index]
        units = system["text"].encode("utf-16-le", "surrogatepass")
        fixed = units[: 2 * problem["start"]] + problem["fix"].encode("utf-16-le") + units[2 * problem["end"] :]
        self.edit(lambda tuning: tuning.set_system(fixed.decode("utf-16-le", "surrogatepass")), "enter")

    def example(self, params: Params) -> None:
        role, text = _or_none(params.get("role")), params.get("text")
        if role not in (None, "system", "user", "assistant"):
            raise UsageProblem(f"there is no role {role!r} in a Modelfile")
        self.edit(lambda tuning: tuning.set_example(_text(params, "id"), role, text if text is None else whole(str(text))), _how(params))

    def param(self, params: Params) -> None:
        name, value, how = _text(params, "name"), params.get("value"), _how(params)
        value = whole(value) if isinstance(value, str) else value
        self.edit(lambda tuning: tuning.set_parameter(name, value, settled=how == "enter"), how)

    def when(self, params: Params) -> None:
        self._live.choices.when = _one_of(params.get("when"), When)
        self._live.refresh()

    def mode(self, params: Params) -> None:
        self._live.choices.mode = _one_of(params.get("mode"), Mode)
        self._live.refresh()

    def teach(self, params: Params) -> dict[str, Any]:
        """Make a question and its answer two MESSAGE lines of what is tried."""
        live, exchange, lines = self._live, *self._taught(params)
        kept = [(message["role"], message["content"]) for message in live.tuner.messages]
        live.tuner.change(lambda tuning: tuning.set_messages([*kept, *lines]))
        self._mark(exchange, True)
        text = "2 MESSAGE lines added here. The next answer knows them; the stored model does not."
        live.thread.notify({"id": exchange.id, "text": text, "actions": [_UNDO | {"params": {"id": exchange.id}}]})
        return {}

    def unteach(self, params: Params) -> dict[str, Any]:
        """Take the two lines of a question and its answer out again."""
        live, exchange, lines = self._live, *self._taught(params)
        kept = [(message["role"], message["content"]) for message in live.tuner.messages]
        at = next((at for at in range(len(kept)) if kept[at : at + 2] == lines), None)
        if at is not None:
            live.tuner.change(lambda tuning: tuning.set_messages(kept[:at] + kept[at + 2 :]))
        self._mark(exchange, False)
        live.thread.notify(None)
        return {}

    def _taught(self, params: Params) -> tuple[Exchange, list[tuple[str, str]]]:
        exchange = self._live.tuner.chat.find(_text(params, "id"))
        return exchange, list(self._live.tuner.chat.teach(exchange.id))

    def _mark(self, exchange: Exchange, taught: bool) -> None:
        exchange.taught = taught
        self._live.thread.changed()


def _text(params: Params, key: str) -> str:
    value = params.get(key)
    if not isinstance(value, str):
        raise UsageProblem(f"the request has no {key}")
    return whole(value)


def _or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _source(params: Params) -> str | None:
    source = params.get("source")
    return source if isinstance(source, str) else None


def _how(params: Params) -> How:
    how: How = _one_of(params.get("how", "typing"), How)
    return how


def _one_of(value: Any, kind: Any) -> Any:
    if value not in get_args(kind):
        raise UsageProblem(f"{value!r} is none of {', '.join(get_args(kind))}")
    return value
