"""The panel of a create or a pull while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.display.quantities import of_total, seconds, size
from ollama_magics.widgets.panel import Panel

LOG_LINES = 1000
_LABELS = {
    "check": "Check", "pull": "Pull", "push": "Push", "hash": "Hash", "upload": "Upload", "convert": "Convert", "quantise": "Quantise",
    "build": "Build", "done": "Done",
}  # fmt: skip
_ORDER = tuple(_LABELS)
_CARRIED = ("pull", "push")
_SETTLING_S = 2.0  # a rate of less data than this says nothing about the time left
_BARS = 4


@dataclass
class _Bar:
    label: str
    detail: str
    began_s: float
    began_at: int
    completed: int = 0
    total: int | None = None
    done: bool = False
    note: str = ""
    rate: float = 0.0
    last: tuple[float, int] = field(default=(0.0, 0))


class ProgressModel:
    """What the panel shows, worked out of the steps of a create; knows no widget.

    Args:
        title: for instance ``Creating mario``.
        server: what the server is called.
        stages: the stages this run is known to have; others join in their order when they come.
    """

    def __init__(self, title: str, server: str = "", stages: tuple[str, ...] = ("check", "build", "done")) -> None:
        self._stages = list(stages)
        self._names = dict(_LABELS)
        self._now = self._stages[0]
        self._bars: dict[tuple[str, str], _Bar] = {}
        self._log: list[str] = []
        self._said = ""
        self.log_cuts = 0
        self.first: dict[str, Any] = {
            "title": title, "server": server, "state": "running", "elapsed_s": 0.0, "stages": self.stages(), "bars": [], "log": [],
        }  # fmt: skip

    def take(self, step: Any) -> None:
        """Take one step in: has ``stage item status completed total elapsed_s``, as ``services.progress.Progress``."""
        self._enter(step.stage, step.item)
        if step.total:
            self._measure(step)
        elif step.status and (step.stage, step.item) in self._bars:
            self._bars[step.stage, step.item].note = step.status
        words = step.status or f"{step.stage} {step.item}".rstrip()
        if words != self._said:
            self._said = words
            if len(self._log) >= LOG_LINES:
                # Many at once, so that a long log is not sent anew for every line.
                del self._log[: LOG_LINES // 4]
                self.log_cuts += 1
            self._log.append(f"{step.elapsed_s:6.2f}  {words}")

    def stages(self) -> list[dict[str, str]]:
        """Return the stepper: every stage with its state."""
        at = self._stages.index(self._now)
        states = ["done" if place < at or self._now == "done" else "now" if place == at else "todo" for place in range(len(self._stages))]
        return [{"label": self._names[stage], "state": state} for stage, state in zip(self._stages, states, strict=True)]

    def bars(self) -> list[dict[str, Any]]:
        """Return the transfers that are under way, and the last that ended, at most four."""
        shown = sorted(self._bars.values(), key=lambda bar: bar.done)[:_BARS]
        return [
            {
                "label": bar.label,
                "detail": bar.detail,
                "amount": _amount(bar),
                "done": bar.done,
                "share": 1.0 if bar.done else round(min(bar.completed / bar.total, 1.0), 4) if bar.total else None,
            }
            for bar in self._bars.values()
            if bar in shown
        ]

    def log(self) -> list[str]:
        """Return the log, its oldest lines left out above a thousand."""
        return self._log

    def _enter(self, stage: str, item: str) -> None:
        if stage not in self._stages:
            self._stages = sorted({*self._stages, stage}, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER) - 2)
            self._names.setdefault(stage, stage.capitalize())
        if stage in _CARRIED and item:
            self._names[stage] = f"{_LABELS[stage]} {item}"
        if stage != self._now:
            for (of, _), bar in self._bars.items():
                bar.done = bar.done or of == self._now
        if self._stages.index(stage) > self._stages.index(self._now):
            self._now = stage

    def _measure(self, step: Any) -> None:
        key = (step.stage, f"{step.item} {step.status}" if step.stage in _CARRIED else step.item)
        completed = int(step.completed or 0)
        bar = self._bars.get(key)
        if bar is None:
            label, detail = _bar_names(step)
            bar = self._bars[key] = _Bar(label, detail, step.elapsed_s, completed, last=(step.elapsed_s, completed))
        bar.total = int(step.total)
        bar.completed = max(bar.completed, min(completed, bar.total))
        span = step.elapsed_s - bar.last[0]
        if span >= 0.5:
            now = (bar.completed - bar.last[1]) / span
            bar.rate = now if not bar.rate else 0.7 * bar.rate + 0.3 * now
            bar.last = (step.elapsed_s, bar.completed)
        bar.done = bar.completed >= bar.total
        bar.note = _left(bar, step.elapsed_s)


def _bar_names(step: Any) -> tuple[str, str]:
    """Return the name of a transfer and, beside it, what tells it from others.

    Source: Ollama server/images.go (PullModel, PushModel): the status of a transfer is ``pulling`` or ``pushing`` and twelve
    characters of the layer's digest.
    """
    verb, _, digest = step.status.partition(" ")
    if step.stage in _CARRIED and verb in ("pulling", "pushing") and digest:
        return "Layer", digest[:12]
    return (step.item or _LABELS.get(step.stage, step.stage)), ""


def _left(bar: _Bar, elapsed_s: float) -> str:
    if bar.done or not bar.rate or elapsed_s - bar.began_s < _SETTLING_S or bar.total is None:
        return ""
    return f"{size(bar.rate)}/s · {seconds(max((bar.total - bar.completed) / bar.rate, 1.0))} left"


def _amount(bar: _Bar) -> str:
    if bar.total is None:
        return bar.note
    done, whole = of_total(bar.completed, bar.total)
    if bar.done:
        return f"{whole} · done"
    return f"{done} of {whole}" + (f" · {bar.note}" if bar.note else "")


class ProgressPanel(Panel):
    """The live panel of a create: stepper, bars, folded log, Cancel."""

    def __init__(self, title: str, server: str = "", **options: Any) -> None:
        self._model = ProgressModel(title, server)
        self._log_shown = (0, 0)
        super().__init__("progress", self._model.first, **options)

    def update(self, step: Any) -> None:
        """Show one step of the create."""
        self._model.take(step)
        self.set("elapsed_s", value=int(step.elapsed_s))
        self.set("stages", value=self._model.stages())
        for index, bar in enumerate(self._model.bars()):
            self.set("bars", index, value=bar)
        self._show_log()

    def cancelling(self) -> None:
        """Show that somebody has cancelled."""
        self.set("state", value="cancelling")

    def end(self) -> None:
        """Show that nothing runs any more."""
        self.set("state", value="ended")
        self.flush()

    def _show_log(self) -> None:
        lines, cuts = self._model.log(), self._model.log_cuts
        if cuts != self._log_shown[0]:
            self.set("log", value=lines)
        else:
            for index in range(self._log_shown[1], len(lines)):
                self.set("log", index, value=lines[index])
        self._log_shown = (cuts, len(lines))

    def on_cancel(self, action: Callable[[], object]) -> None:
        """Run ``action`` when Cancel is pressed."""

        def cancel() -> None:
            self.cancelling()
            action()

        super().on_cancel(cancel)
