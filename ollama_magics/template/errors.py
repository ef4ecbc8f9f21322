"""What can go wrong with a template."""

from __future__ import annotations


class TemplateError(ValueError):
    """A template cannot be parsed or executed; the text is the one Go's ``text/template`` gives."""


class TemplateCrash(TemplateError):
    """The template makes Ollama itself fail while it cuts the last turn, without any text of its own."""
