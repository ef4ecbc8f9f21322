"""Modelfiles: the parser, the rules, the writer, and the create request made from them."""

from __future__ import annotations

from ollama_magics.modelfile.modelfile import Modelfile, Verdict, parse
from ollama_magics.modelfile.problems import Fix, Problem

__all__ = ["Fix", "Modelfile", "Problem", "Verdict", "parse"]
