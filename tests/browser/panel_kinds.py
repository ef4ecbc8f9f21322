"""One cell for each kind of panel, with any text in every place that text can stand.

A cell finds ``TEXTS``, a list of texts, and leaves its panel on the page, with all that it can show and nothing running that would end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

_FIRST = """
import json, threading
from types import SimpleNamespace as Piece
from ollama_magics.client.cancel import CancelToken
from ollama_magics.display.cards import Turn
from ollama_magics.widgets.live import LiveAnswer, LiveChat, LiveProgress

TEXTS = json.loads({texts!r})
Turn.turn = lambda self: self
STATS = {{"tokens": 96, "tokens_per_s": 42.0, "first_s": 0.18, "context_used": 7900, "context_size": 8192}}
"""

_PROGRESS = """
view = LiveProgress(f"Creating {TEXTS[0]}", TEXTS[1]).__enter__()
for at, text in enumerate(TEXTS):
    view.update(Piece(stage="pull", item=text, status=text, completed=at, total=len(TEXTS), elapsed_s=1.0 + at))
"""

_ANSWER = """
view = LiveAnswer(TEXTS[0], TEXTS[1]).__enter__()
view.delta(Piece(text="", thinking=TEXTS[0]))
for text in TEXTS:
    view.delta(Piece(text=text + "\\n\\n", thinking=""))
"""

_CHAT = """
class Talk:
    model, answers = TEXTS[0], []
    def ask(self, text, *, on_delta, cancel):
        for at in range(0, len(text), 9):
            on_delta(Piece(text=text[at:at + 9], thinking=text[at:at + 9]))
        state = ("done", "error", "cut", "stopped")[len(self.answers) % 4]
        self.answers.append(Turn(text, text, text, 1.8, STATS, state, "" if state == "done" else text))
        return self.answers[-1]

live = LiveChat(Talk(), CancelToken, server=TEXTS[1], version=4)
live.show()
for text in TEXTS:
    live.ask(text)
    assert live.idle.wait(10)
"""

# The state of a tuner as recorded, with our texts in every place whose words are not a choice among a few.
_TUNER = """
import itertools
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.widgets import outputs
from ollama_magics.widgets.panel import Panel

CHOICES = {"name", "kind", "scale", "state", "sign", "role", "id", "mode", "answer_again", "method", "busy"}
texts = itertools.cycle(TEXTS)

def filled(value, key=""):
    if isinstance(value, dict):
        return {name: filled(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, key) for part in value]
    return next(texts) if isinstance(value, str) and value and key not in CHOICES else value

state = json.loads(TUNER)
if TEXTS[0] != "bikeshop":
    state = filled(state) | {"model": TEXTS[0]}
action = {"label": TEXTS[0], "method": "alert", "params": {}}
state |= {"alert": {"text": TEXTS[0], "detail": TEXTS[-1], "actions": [action]}, "elsewhere": TEXTS[1]}
panel = Panel("tuner", state)
for method in ("cell", "look", "alert"):
    panel.on_request(method, lambda params: None)
outputs.Place(None).show(outputs.live(panel.model_id, Document((Paragraph("Tuning"),))))
"""
_TUNER_STATE = (Path(__file__).parents[1] / "widgets" / "tuner_state.json").read_text("utf-8")

KINDS = {"tuner": f"TUNER = {_TUNER_STATE!r}\n{_TUNER}", "progress": _PROGRESS, "answer": _ANSWER, "chat": _CHAT}
"""The cells by the kind of their panel."""

ORDINARY = (
    "bikeshop",
    "local Ollama 0.33.1",
    "A slipping chain is nearly always **wear**, so I measure first. I have `14:30` and 16:00 free today.",
    "| Work | Price |\n|---|--:|\n| Measure the chain | free |\n| New chain, fitted | 38 € |",
    '1. Puncture\n2. Brakes, see [our page](https://shop.example/brakes)\n\n```python\nbooking.add(time="14:30", job="chain")\n```',
    "> quoted\n\n# Head\n\nשלום, השרשרת מחליקה (42) bikeshop!",
)
"""Texts of an ordinary afternoon. The first two stand for names."""


def cells(texts: Sequence[str], kinds: Sequence[str] = tuple(KINDS)) -> list[str]:
    """Return the cells of a notebook: what the others need, then one a kind."""
    return [_FIRST.format(texts=json.dumps(list(texts))), *(KINDS[kind] for kind in kinds)]
