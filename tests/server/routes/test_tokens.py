"""The built-in server counts tokens as its engine does."""

import pytest

from ollama_magics.client.client import Client

TEXTS = ["", "You are Mario.", "Zwölf Boxkämpfer \U0001f6b2", "<|end|>"]


@pytest.fixture
def client(embedded):
    return Client(embedded, environ={})


def test_counts_add_up_to_the_prompt(client):
    """A raw prompt has the tokens that are counted, and the mark of the beginning where the model has one."""
    client.load("tutor")
    counts = client.count_tokens("tutor", TEXTS)
    assert counts[0] == 0
    read = [client.generate("tutor", text, raw=True, options={"num_predict": 1}).prompt_eval_count for text in TEXTS[1:]]
    assert len({prompt - count for prompt, count in zip(read, counts[1:], strict=True)}) == 1


def test_nothing_is_loaded_for_it(client):
    """While the model is not loaded nobody can tell, and it stays unloaded."""
    client.unload("tutor")
    assert client.count_tokens("tutor", TEXTS) is None
    assert "tutor:latest" not in {model.name for model in client.ps().models}


def test_unknown_model_has_no_count(client):
    """A model that is not there has none either."""
    assert client.count_tokens("nobody", TEXTS) is None
