"""Pages about the rules of Modelfiles."""

from __future__ import annotations

from ollama_magics.display.cards import rule_page
from ollama_magics.display.segments import Document
from ollama_magics.modelfile.rules import example_of
from ollama_magics.modelfile.rules.rule import Rule


def page(rule: Rule) -> Document:
    """Return what a rule is about, what breaks it, what is said then, and what to write instead."""
    return rule_page(rule, example_of(rule))
