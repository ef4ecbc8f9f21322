"""Documents for results: what a person sees after a create, an answer, a list or a failure.

The cards read plain attributes (or keys) of what they are given, so that they know neither services nor client.
"""

from ollama_magics.display.cards.chat import Turn, answer_card, chat_card, context_text, cut_text, stats_text, thought_text
from ollama_magics.display.cards.creation import created_card
from ollama_magics.display.cards.failures import cancelled_card, error_card, no_server_card, server_error_card, unknown_base_card
from ollama_magics.display.cards.history import difference_card, history_card
from ollama_magics.display.cards.problems import problems_card
from ollama_magics.display.cards.rules import rule_page
from ollama_magics.display.cards.tables import hosts_table, models_table, processes_table, show_card
from ollama_magics.display.cards.tuner import tuner_card

__all__ = [
    "Turn",
    "answer_card",
    "cancelled_card",
    "chat_card",
    "context_text",
    "created_card",
    "cut_text",
    "difference_card",
    "error_card",
    "history_card",
    "hosts_table",
    "models_table",
    "no_server_card",
    "problems_card",
    "processes_table",
    "rule_page",
    "server_error_card",
    "show_card",
    "stats_text",
    "thought_text",
    "tuner_card",
    "unknown_base_card",
]
