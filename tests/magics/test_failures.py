"""How failures look: the sentence first, then the server's words, then the remedy, in the words of the magics."""

import pytest

from ollama_magics.display import html, text
from ollama_magics.errors import Cancelled, ModelNotFound, ModelStuck, NoServer, StreamCut, StreamError
from ollama_magics.magics.output import failure_card
from ollama_magics.services.servers import Server

SERVER = Server("http://127.0.0.1:1", "ollama", "0.33.1", "local Ollama 0.33.1")
FACTS = {"name": "mario", "base": "tutr", "version": 3, "exists": True, "server": SERVER}


def raised(error, **details):
    error.details.update(details)
    return error


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (
            raised(StreamError("mario was not created: x", error="disk full"), **FACTS),
            ["Not created: mario. mario is still v3.", "local Ollama 0.33.1 answered `disk full`."],
        ),
        (
            raised(ModelNotFound("x", status=404, error="pull model manifest: file does not exist"), **FACTS, near=["tutor"]),
            ["Not created: no base model tutr. mario is still v3.", "`pull model manifest: file does not exist`", "%ollama pull tutr"],
        ),
        (
            raised(Cancelled("x"), **FACTS, **{"while": "pulling tutr", "elapsed_s": 28.0}),
            ["Cancelled while pulling tutr after 28 s", "mario is still v3."],
        ),
        (NoServer("no server answers at X", hint="start Ollama"), ["No server answers at X.", "Start Ollama."]),
        (StreamCut("the server closed the connection after 17 tokens"), ["The server closed the connection after 17 tokens."]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_cards(error, lines):
    """Each kind of failure has its card, in text and in HTML."""
    card = failure_card(error)
    drawn = text.render(card)
    assert [line for line in lines if line not in drawn] == [], drawn
    assert html.render(card)


def test_a_stuck_model_is_cured_with_a_magic(cells):
    """The remedy is what a person can type in a cell."""

    def ask(line):
        raise ModelStuck("mario is loaded and gives no first line", details={"model": "mario"})

    session = cells.shell._ollama_magics.session
    cells.shell.register_magic_function(session.border(ask), "line", "stuck")
    error = cells.fails("%stuck")
    assert error.hint == "unload it with %ollama stop mario, then ask again"
    assert "%ollama stop mario" in cells.out
    del cells.shell.magics_manager.magics["line"]["stuck"]


def test_an_error_s_words_cannot_command_the_terminal():
    """Escape sequences of a server's words are shown and do nothing."""
    error = raised(StreamError("x", error="\x1b[2Jgone\r\x07"), **FACTS)
    drawn = text.render(failure_card(error))
    assert not any(character in drawn for character in "\x1b\r\x07")
    assert "gone" in drawn
