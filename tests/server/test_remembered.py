"""Answers about models are kept only as long as they are true."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ollama_magics.server.remembered import Remembered
from ollama_magics.server.store import Store, StoredModel
from ollama_magics.server.tutor import restore


@pytest.fixture
def model(tmp_path: Path) -> StoredModel:
    store = Store(tmp_path / "models")
    restore(store)
    found = store.find("tutor")
    assert found
    return found


def changed(model: StoredModel, what: str) -> StoredModel:
    assert model.model_path
    if what == "manifest":
        return replace(model, manifest=replace(model.manifest, digest="0" * 64))
    if what == "time":
        return replace(model, manifest=replace(model.manifest, modified_ns=1))
    if what == "file gone":
        model.model_path.unlink()
    if what == "file cut":
        os.truncate(model.model_path, 100)
    return model


@pytest.mark.parametrize("what", ["nothing", "manifest", "time", "file gone", "file cut"])
def test_an_answer_is_made_again_when_the_model_changed(model: StoredModel, what: str) -> None:
    made = []
    remembered = Remembered()

    def make() -> dict[str, int]:
        made.append(what)
        return {"n": len(made)}

    assert remembered.text("tags", model, make) == '{"n":1}'
    assert remembered.text("tags", changed(model, what), make) == ('{"n":1}' if what == "nothing" else '{"n":2}')
    assert remembered.text("show", model, make) != '{"n":1}'


def test_an_error_is_not_kept_and_memory_is_bounded(model: StoredModel) -> None:
    remembered = Remembered(most=2)
    with pytest.raises(FileNotFoundError):
        remembered.text("a", model, lambda: (_ for _ in ()).throw(FileNotFoundError()))
    assert [remembered.text(kind, model, lambda: {"n": 1}) for kind in "abc"] == ['{"n":1}'] * 3
    assert remembered.text("a", model, lambda: {"n": 2}) == '{"n":2}'
