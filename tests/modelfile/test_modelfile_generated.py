"""20,000 generated Modelfiles: what Ollama's own code said to each, recorded by ``compare_parsers.py``, is what we say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from judging import digest, judged
from modelfile_corpus import GOLDEN
from modelfile_generator import modelfiles

from ollama_magics.modelfile import parse

RECORDED = (GOLDEN / "generated.digests").read_bytes()
SEED = 1


def test_generated_modelfiles_are_judged_as_ollama_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, error text, commands and values, and the create request made from them; the text comes back from the tree."""
    folder = tmp_path.resolve() / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    compared = 2 if sys.platform == "win32" else 4  # requests and their errors have POSIX paths
    wrong = []
    accepted = 0
    for at, source in enumerate(modelfiles(SEED, len(RECORDED) // 4)):
        file = parse(source)
        accepted += file.verdict.error is None
        if digest(judged(file, folder))[:compared] != RECORDED[4 * at : 4 * at + compared]:
            wrong.append((at, source, judged(file, folder)))
        if "".join([node.text for node in file.nodes]) != file.source_text:
            wrong.append((at, source, "the tree is not the text"))
    assert wrong == []
    assert len(RECORDED) // 4 == 20_000
    assert accepted > 5_000  # the generator is not only good at mistakes
