"""Comparisons in every state, for the cards that show them."""

from ollama_magics.errors import StreamCut
from ollama_magics.services.comparison import Comparison
from ollama_magics.services.comparisoncolumns import Column
from ollama_magics.services.conversation import Answer, Stats

COLUMNS = (
    Column("bikeshop v3", "bikeshop", "3", {}, None, "temperature 0.6"),
    Column("bikeshop v4", "bikeshop", "4", {}, None, "temperature 0.6"),
    Column("“You sell bikes.”", "bikeshop", "4", {}, "You sell bikes.", "temperature 0.6"),
)
PROMPTS = ("What does a new chain cost?", "Who won the race\nyesterday?", "Do you take old bikes?")
ANSWERS = (
    ("A new chain is about $40 plus labour.", "A new chain, **fitted**, is 38 €.", "38 €."),
    ("I do not know.", "I do not know. I only keep the shop.", "I"),
    ("Yes, and I pay fairly.", "Yes:\n\n| Bike | Price |\n|---|--:|\n| old | 60 € |", ""),
)


class Labelled:
    """A server of that label."""

    identity = "somewhere"

    def __init__(self, label: str) -> None:
        self.label = label


def compared(*, columns=COLUMNS, prompts=PROMPTS, answers=ANSWERS, server="local Ollama 0.33.1", **more) -> Comparison:
    """Return a comparison with whole, cut, failed and stopped answers, two rows of it judged."""
    made = Comparison(columns, prompts, **more)
    made.server = Labelled(server)
    for row, texts in enumerate(answers):
        for column, text in enumerate(texts):
            answer = Answer("bikeshop", prompts[row], text, stats=Stats(tokens=12 + column, tokens_per_s=42.0, total_s=0.31 + row))
            error = StreamCut(f"no answer for 60 s: {text}") if (row, column) == (1, 2) else None
            if (row, column) == (2, 2):
                made.settle()
            else:
                made.ends(row, column, 1, answer, error)
    made.pick(0, 1)
    made.pick(2, None)
    return made


def harmful(text: str, **more) -> Comparison:
    """Return a comparison with ``text`` at every place a string can stand."""
    columns = tuple(Column(f"{text}{at}", text, text, {text: text}, text, text) for at in range(3))
    return compared(columns=columns, prompts=(text, f"{text}!", text), answers=((text,) * 3,) * 3, server=text, **more)
