"""Conversations on the built-in server: real templates, real contexts, real cuts."""

import pytest

from ollama_magics.client.client import Client
from ollama_magics.services.conversation import Chat
from ollama_magics.services.conversation.introduction import introduction
from ollama_magics.services.creation import create
from ollama_magics.services.versions import Versions

MARIO = """FROM tutor
SYSTEM You are Mario, a plumber.
PARAMETER num_ctx 256
PARAMETER temperature 0
MESSAGE user Where do you live?
MESSAGE assistant In the Mushroom Kingdom.
"""


@pytest.fixture
def mario(embedded):
    """Return a conversation with a model of two examples and a small context."""
    client, versions = Client(embedded, environ={}), Versions()
    create("mario-talks", MARIO, client=client, versions=versions)
    return Chat("mario-talks", client=client, versions=versions)


def test_branches_are_what_the_model_reads(mario):
    """A question after an older answer is read with that answer: the prompts differ by what stands above."""
    mario.ask("Who are you?")
    assert mario.answers[0].made_by == "v1"
    first = mario.ask("Are you sure?").stats.prompt_tokens
    mario.edit(mario.turns[0].id, "Who are you, and where do you live, and what do you do all day?").read()
    assert mario.ask("Are you sure?").stats.prompt_tokens > first
    mario.walk(mario.turns[0].id, "question", -1)
    assert [turn.question for turn in mario.turns] == ["Who are you?", "Are you sure?"]


def test_the_context_of_a_model_that_shares_its_weights_is_known(mario):
    """The server lists weights once, under the name that was asked first."""
    mario.ask("Who are you?")
    versions = Versions()
    create("luigi-talks", MARIO.replace("Mario", "Luigi"), client=mario.client, versions=versions)
    assert Chat("luigi-talks", client=mario.client, versions=versions).ask("Who are you?").stats.context_size == 256
    assert "luigi-talks:latest" not in {model.name for model in mario.client.ps().models}


def test_another_answer_keeps_its_seed(mario):
    """The same seed gives the same answer again."""
    mario.ask("Tell me a story.", options={"temperature": 1.0, "num_predict": 24})
    again = mario.regenerate(options={"temperature": 1.0, "num_predict": 24}).read()
    same = mario.regenerate(options=again.options).read()
    assert same.text == again.text
    assert same.made_by == f"v1 · seed {again.seed}"


def test_an_unfinished_answer_goes_on_or_says_that_it_did_not(mario):
    """The built-in server's rendering decides which; the text so far is never lost."""
    cut = mario.ask("Who are you?", options={"num_predict": 3})
    assert cut.state == "cut"
    whole = mario.go_on(options={"num_predict": 40}).read()
    assert whole.text.startswith(cut.text)
    assert len(whole.text) > len(cut.text)
    assert bool(whole.note) == ("\n\n" in whole.text)


def test_what_the_server_cut_is_found_out(mario):
    """The examples go first, then the oldest turns; the prompt always fits."""
    mario.examples = introduction(mario.client, "mario-talks").examples
    assert mario.examples == ("Where do you live?", "In the Mushroom Kingdom.")
    for number in range(12):
        answer = mario.ask(f"Please tell me all that you know about thing number {number}, in a few words.", options={"num_predict": 12})
        assert answer.stats.prompt_tokens <= 256
        if answer.cut is not None:
            assert answer.cut.examples == 2 or answer.cut.messages == 0
            if answer.cut.examples == 2:
                break
    assert answer.cut.examples == 2
    before = answer.cut
    after = mario.ask("And of everything else that there is in the whole wide world?", options={"num_predict": 12}).cut
    assert (after.messages, after.tokens) >= (before.messages, before.tokens)
    assert after.turns == -(-after.messages // 2)
