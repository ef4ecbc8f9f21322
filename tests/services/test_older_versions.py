"""Conversations with an older version of a model, which is made again for as long as it is talked to."""

import gc
import subprocess
import sys
import threading
from itertools import count

import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation import Chat
from ollama_magics.services.creation import create
from ollama_magics.services.history import history
from ollama_magics.services.servers import client_for, server_of
from ollama_magics.services.versions import VERSIONS, Versions
from ollama_magics.widgets.livechat import LiveChat

_NUMBERS = count()


def modelfile(who):
    return f"FROM tutor\nPARAMETER temperature 0\nPARAMETER num_predict 24\nSYSTEM You are {who}.\n"


class Model:
    """A model of two versions, and what the server has of it."""

    def __init__(self, url, versions):
        self.client, self.versions, self.name = client_for(url)[1], versions, f"elder{next(_NUMBERS)}"
        self.make("Wario, a miner")
        self.make("Luigi, a gardener")

    def make(self, who):
        return create(self.name, modelfile(who), client=self.client, versions=self.versions)

    def chat(self, which):
        return Chat(f"{self.name}@{which}", client=self.client, versions=self.versions)

    @property
    def names(self):
        listed = {model.name.removesuffix(":latest") for model in self.client.list().models}
        return sorted(name for name in listed if name.startswith(self.name))

    def answers(self, number):
        return [said.question for said in self.versions.answers(server_of(self.client).identity, self.name, number)]


@pytest.fixture
def wario(embedded):
    return Model(embedded, Versions())


def test_an_older_version_answers_as_itself(wario):
    """What answers is made of the old text, is called by the version, and noted in its history."""
    with_model = Chat(wario.name, client=wario.client, versions=wario.versions).ask("Who are you?")
    chat = wario.chat(1)
    answer = chat.ask("Who are you?")
    assert ("Wario" in answer.text, "Luigi" in with_model.text) == (True, True)
    assert (answer.model, answer.version, answer.made_by, chat.version, chat.outdated(answer)) == (wario.name, 1, "v1", 1, "")
    assert answer.stats.context_size
    assert (wario.answers(1), wario.answers(2)) == (["Who are you?"], ["Who are you?"])
    assert [version.number for version in history(wario.name, client=wario.client, versions=wario.versions)] == [1, 2]


def test_what_is_made_goes_when_the_chat_is_closed(wario):
    """One model beside the other while it is talked to; asked again it is made again."""
    chat = wario.chat("v1")
    assert wario.names == [wario.name]
    chat.ask("Who are you?")
    chat.ask("And where?")
    assert wario.names == [wario.name, f"{wario.name}-draft"]
    chat.close()
    assert wario.names == [wario.name]
    assert "Wario" in chat.regenerate(chat.turns[0].id).read().text
    chat.close()


def test_what_is_made_goes_with_the_chat(wario):
    """A conversation that nobody holds leaves nothing on the server."""
    chat = wario.chat(1)
    chat.ask("Who are you?")
    del chat
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "ollama-magics-stand-in":
            thread.join(10)
    assert wario.names == [wario.name]


def test_what_is_made_goes_with_the_kernel(embedded):
    """A process that ends without a word leaves nothing on the server either."""
    wario = Model(embedded, VERSIONS)
    code = f"import ollama_magics as om; chat = om.Chat('{wario.name}@1', host={embedded!r}); chat.ask('Who are you?'); "
    code += "print(chat.answers[0].version, *(model.name for model in chat.client.list().models))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"{wario.name}-draft" in out
    assert wario.names == [wario.name]
    assert wario.answers(1) == ["Who are you?"]


def test_the_version_on_the_server_is_asked_itself_until_it_is_another(wario):
    """Nothing is made for it; once the model has moved on, the conversation stays with its version."""
    history(wario.name, client=wario.client, versions=wario.versions).label(2, "green")
    chat = wario.chat("green")
    assert chat.version is None
    assert chat.ask("Who are you?").version == 2
    assert wario.names == [wario.name]
    wario.make("Toad, a cook")
    assert "Luigi" in chat.ask("And who are you now?").text
    assert (chat.version, chat.answers[1].made_by, wario.answers(3)) == (2, "v2", [])
    chat.close()


def test_a_version_that_nobody_knows(wario):
    """The question stands in the conversation with the reason."""
    chat = wario.chat(9)
    with pytest.raises(UsageProblem, match=f"{wario.name} has no version 9") as failed:
        chat.ask("Who are you?")
    assert failed.value.hint == "it has v1, v2"
    assert chat.answers[0].state == "error"
    assert wario.names == [wario.name]


def test_what_is_made_goes_when_the_last_panel_is_left(wario):
    """A cell that runs again leaves its panel; what another one shows stays."""
    chat = wario.chat(1)
    panels = [LiveChat(chat) for _ in range(2)]
    chat.ask("Who are you?")
    panels[0].leave()
    assert wario.names == [wario.name, f"{wario.name}-draft"]
    panels[1].leave()
    assert wario.names == [wario.name]
