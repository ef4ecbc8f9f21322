"""Go's ``text/template`` as far as Ollama's TEMPLATE uses it, in the standard library alone.

``parse(text).execute({"Messages": messages_value(messages), …})`` gives the prompt; errors have the words and places of Go's own.
"""

from __future__ import annotations

from ollama_magics.template.errors import TemplateCrash, TemplateError
from ollama_magics.template.evaluate import Limits
from ollama_magics.template.messages import messages_value, tools_value
from ollama_magics.template.template import Template, parse

__all__ = ["Limits", "Template", "TemplateCrash", "TemplateError", "messages_value", "parse", "tools_value"]
