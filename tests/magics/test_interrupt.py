"""An interrupt ends a cell within a tenth of a second, wherever it is, and the kernel goes on."""

import _thread
import io
import signal
import threading
import time

import pytest
from client.scripted_server import OK_LINES, ScriptedServer

from ollama_magics.errors import Cancelled
from ollama_magics.services.servers import servers

LIMIT_S = 0.1


def press():
    """Do what a kernel does when somebody interrupts it."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()


def version(wire):
    wire.answer(200, {"version": "0.33.0"})


def not_ours(wire):
    wire.answer(404, b"404 page not found", "text/plain")


def nothing_there(wire):
    wire.answer(200, {"models": []})


def shown(wire):
    wire.answer(200, {"modelfile": "FROM /weights", "parameters": ""})


def hang(wire):
    wire.hang()


def first_lines_then_hang(*lines):
    def script(wire):
        wire.send(OK_LINES)
        for line in lines:
            wire.line(line)
        wire.hang()

    return script


PULLING = first_lines_then_hang({"status": "pulling manifest"})
TALKING = first_lines_then_hang({"message": {"role": "assistant", "content": "It's-a "}, "done": False})

STAGES = {
    "looking for the server": ((hang,), "%ollama list"),
    "listing": ((version, not_ours, hang), "%ollama list"),
    "before the first line of a create": ((version, not_ours, nothing_there, hang), "%%modelfile mario\nFROM tutor\n"),
    "in a pull inside a create": ((version, not_ours, nothing_there, PULLING), "%%modelfile mario\nFROM tutor\n"),
    "before the first word": ((version, not_ours, hang), "%%chat mario\nHi"),
    "in the middle of an answer": ((version, not_ours, TALKING), "%%chat mario\nHi"),
    "in a comparison": ((version, not_ours, shown, shown, TALKING), "%%compare mario luigi\nHi\n\nHo"),
    "in a pull": ((version, not_ours, hang), "%ollama pull tutor"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_interrupt(cells, stage):
    """The server says nothing more, the person interrupts: the cell fails at once, the request is let go, the next cell runs."""
    scripts, cell = STAGES[stage]
    pressed = []

    def interrupt(server):
        assert server.hanging.wait(10)
        pressed.append(time.perf_counter())
        press()

    with ScriptedServer(*scripts) as server:
        servers().set_default_host(server.url)
        threading.Thread(target=interrupt, args=(server,), daemon=True).start()
        error = cells.fails(cell)
        took = time.perf_counter() - pressed[0]
        assert isinstance(error, Cancelled)
        assert server.released.wait(5)
        assert cells.ok("1 + 1")
    assert took <= LIMIT_S, f"{took:.3f} s"


class Noticing(io.StringIO):
    """Standard output that interrupts when it has shown certain words."""

    def __init__(self, words):
        super().__init__()
        self.words = words

    def write(self, text):
        count = super().write(text)
        if self.words and self.words in self.getvalue():
            self.words = ""
            press()
        return count


def test_an_interrupted_answer_keeps_what_came(cells, monkeypatch):
    """The words that came stay on the screen and in the conversation."""
    scripts, cell = STAGES["in the middle of an answer"]
    out = Noticing("It's-a")
    with ScriptedServer(*scripts) as server:
        servers().set_default_host(server.url)
        with monkeypatch.context() as patched:
            patched.setattr("sys.stdout", out)
            cells.fails(cell)
        assert out.getvalue().startswith("It's-a")
        assert "It's-a" in cells.ok("%chat mario")


def test_an_interrupted_comparison_keeps_what_came(cells):
    """The value of the cell is the comparison, every cell of it stopped, with the words that came."""
    scripts, cell = STAGES["in a comparison"]

    def first_word_then_wait(wire):
        wire.send(OK_LINES)
        wire.line({"message": {"role": "assistant", "content": "It's-a "}, "done": False})
        wire.server.released.wait(10)

    def interrupt(server):
        # The second cell is asked once the first has its first word.
        assert server.hanging.wait(10)
        press()

    with ScriptedServer(*scripts[:-1], first_word_then_wait, hang) as server:
        servers().set_default_host(server.url)
        threading.Thread(target=interrupt, args=(server,), daemon=True).start()
        cells.fails(cell)
        comparison = cells.names["_"]
    states = [record["state"] for record in comparison.records()]
    assert states == ["stopped"] * 4
    assert "It's-a " in {record["answer"] for record in comparison.records()}
    assert "It's-a" in cells.out
