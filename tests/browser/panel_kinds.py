"""One cell for each kind of panel, with any text in every place that text can stand.

A cell finds ``TEXTS``, a list of texts, and leaves its panel on the page, with all that it can show and nothing running that would end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from talk_cell import TALK

_FIRST = """
from types import SimpleNamespace as Piece
from ollama_magics.widgets.live import LiveProgress
from ollama_magics.widgets.livechat import LiveAnswer, LiveChat

TEXTS = json.loads({texts!r})
"""

_PROGRESS = """
view = LiveProgress(f"Creating {TEXTS[0]}", TEXTS[1]).__enter__()
for at, text in enumerate(TEXTS):
    view.update(Piece(stage="pull", item=text, status=text, completed=at, total=len(TEXTS), elapsed_s=1.0 + at))
"""

_ANSWER = """
here, never = threading.Event(), threading.Event()

def unending(question):
    yield "", TEXTS[0]
    for text in TEXTS:
        yield text + "\\n\\n"
    here.set()
    never.wait()

asking = talk(TEXTS[0], unending)
view = LiveAnswer(asking, TEXTS[1]).__enter__()
view.panel.thread.run(asking.stream("?"))
assert here.wait(60)
"""

_CHAT = """
END = {"done": True, "done_reason": "length", "eval_count": 96, "eval_duration": 2_285_714_286, "prompt_eval_count": 7804}
asked = []

def answer(question):
    asked.append(question)
    if len(asked) % 3 == 0:
        yield question, question
        yield RuntimeError(question)
    for at in range(0, len(question), 9):
        yield question[at:at + 9], question[at:at + 9]

SHOWN = {"system": "\\n".join(TEXTS), "messages": [{"role": "user", "content": text} for text in TEXTS]}
live = LiveChat(talk(TEXTS[0], answer, END, shown=SHOWN), server=TEXTS[1])
live.show()
for text in TEXTS:
    live.ask(text)
    assert live.thread.wait(60)
live.thread.run(live.panel.thread.chat.regenerate())
assert live.thread.wait(60)
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

_COMPARE = """
from ollama_magics.errors import StreamCut
from ollama_magics.services.comparison import Comparison
from ollama_magics.services.comparisoncolumns import Column
from ollama_magics.services.conversation import Answer, Delta, Stats
from ollama_magics.widgets.compare import LiveComparison

def compared(blind=False):
    columns = [Column(TEXTS[0], "bikeshop", about=TEXTS[1]), Column(TEXTS[-1], TEXTS[0]), Column("third", TEXTS[1], about=TEXTS[-1])]
    made = Comparison(columns, TEXTS, blind=blind)
    made.server = Piece(label=TEXTS[1], identity=TEXTS[1])
    LiveComparison(made).show()
    for row, text in enumerate(TEXTS):
        for column in range(3):
            made.began(row, column, 1)
            for at in range(0, len(text), 9):
                made.piece(row, column, 1, Delta(text[at:at + 9]))
        made.ends(row, 0, 1, Answer(TEXTS[0], text, text, stats=Stats(tokens=96, tokens_per_s=42.0, total_s=2.3)))
        made.ends(row, 1, 1, Answer(TEXTS[0], text, text, state="cut", note=text))
        if row != 2:
            made.ends(row, 2, 1, Answer(TEXTS[0], text, text[::2]), StreamCut(text, hint=text) if row % 2 else None)
    return made

"""

_JUDGED = """
grid = compared()
grid.pick(0, 0)
grid.pick(1, None)
"""

_HISTORY = """
from ollama_magics.services.history import History
from ollama_magics.services.servers import Server
from ollama_magics.services.versions import Versions
from ollama_magics.widgets.history import HistoryPanel, LiveHistory

TEXT = '''FROM llama3.2
PARAMETER temperature 0.8
PARAMETER num_ctx 8192
SYSTEM \"\"\"You are Pip, who keeps a small bicycle shop.
{one}
If you do not know, say so.\"\"\"
'''
store = Versions()
server = Server("http://127.0.0.1:11434", "ollama", "0.33.1", TEXTS[1])
shown = "PARAMETER stop <|end|>\\n"
made = [store.record(server.identity, "bikeshop", "FROM llama3.2\\n", "a" * 64, shown=shown, at=1.79e9)]
for at, text in enumerate(TEXTS, 1):
    new = TEXT.replace("{one}", text).replace("0.8", f"0.{at}")
    made.append(store.record(server.identity, "bikeshop", new, f"{at:064d}", shown=shown + new, at=1.79e9 + 700 * at))
    store.record_answer(server.identity, "bikeshop", at + 1, text, text, best=at % 2 == 0)
    store.record_answer(server.identity, "bikeshop", at + 1, text, text + "?")
store.set_label(server.identity, "bikeshop", 2, TEXTS[-1].splitlines()[0].replace("@", "")[:60])
store.record(server.identity, "bikeshop", None, "e" * 64, shown=TEXT.replace("{one}", TEXTS[0]), at=1.79e9 + 9000)
versions = tuple(store.all(server.identity, "bikeshop"))
known = History(TEXTS[0], server, versions, len(versions), None, store)
# The answers are looked up by the name.
for version in versions:
    for said in store.answers(server.identity, "bikeshop", version.number):
        try:
            store.record_answer(server.identity, TEXTS[0], version.number, said.question, said.answer, said.best)
        except ValueError:
            pass
live = LiveHistory(lambda keep: HistoryPanel(TEXTS[0], lambda: known, None, known, server=TEXTS[1], on_change=keep))
live.show()
live.panel._select({"key": "3"})
live.panel._ask({"what": "restore", "key": "3"})
live.panel._show(notice={"kind": "err", "text": TEXTS[-1]})
"""

KINDS = {
    "tuner": f"TUNER = {_TUNER_STATE!r}\n{_TUNER}",
    "history": _HISTORY,
    "progress": _PROGRESS,
    "answer": _ANSWER,
    "chat": _CHAT,
    "compare": _COMPARE + _JUDGED,
    "blind": _COMPARE + "compared(blind=True)",
}
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
    return [TALK + _FIRST.format(texts=json.dumps(list(texts))), *(KINDS[kind] for kind in kinds)]
