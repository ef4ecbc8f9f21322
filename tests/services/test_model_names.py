"""Names of models for key presses: what was seen is there at once, and nobody waits for a server that does not answer."""

import threading

import pytest

from ollama_magics.errors import NoServer
from ollama_magics.services.modelnames import ModelName, ModelNames, Seen

WAITS_FOR_EVER = 1e6


class Scripted:
    """Looks up what it is told to; each look-up waits for its turn when it has to."""

    def __init__(self):
        self.found = Seen(None, (ModelName("mario"),))
        self.turn = threading.Event()
        self.turn.set()
        self.begun = threading.Semaphore(0)
        self.asked = []

    def __call__(self, host):
        self.asked.append(host)
        self.begun.release()
        self.turn.wait()
        if self.found is None:
            raise NoServer("nothing answers")
        return self.found


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def look():
    """Return a look-up; a hanging one is let go at the end."""
    scripted = Scripted()
    yield scripted
    scripted.turn.set()


def test_what_is_fresh_is_not_looked_up_again(look):
    """Within the time that a list counts as true, one look-up serves all."""
    clock = Clock()
    names = ModelNames(look, clock=clock, moment_s=WAITS_FOR_EVER)
    assert [names.seen().models for _ in range(3)] == [(ModelName("mario"),)] * 3
    assert look.asked == [None]
    clock.now = 6
    names.seen()
    assert look.asked == [None, None]


def test_what_expired_is_looked_up_again(look):
    """After a magic has run, models may have come or gone."""
    names = ModelNames(look, clock=Clock(), moment_s=WAITS_FOR_EVER)
    names.seen()
    look.found = Seen(None, (ModelName("luigi"),))
    names.expire()
    assert names.seen().models == (ModelName("luigi"),)


def test_a_hanging_server_holds_up_one_key_press_at_most(look):
    """While a look-up runs, other key presses take what there is and start none of their own."""
    look.turn.clear()
    names = ModelNames(look, moment_s=0)
    assert names.seen() == Seen()
    names.moment_s = WAITS_FOR_EVER  # who waits now would never come back
    assert [names.seen() for _ in range(3)] == [Seen()] * 3
    assert look.begun.acquire(timeout=10)
    assert look.asked == [None]


def test_a_dead_server_is_waited_for_once(look):
    """Behind a look-up that failed nobody waits any more; when the server is back, its models are."""
    clock = Clock()
    names = ModelNames(look, clock=clock, moment_s=WAITS_FOR_EVER)
    look.found = None
    assert names.seen() == Seen()
    look.turn.clear()
    clock.now = 6
    assert names.seen() == Seen()
    look.found = Seen(None, (ModelName("mario"),))
    look.turn.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "ollama-magics model names"]:
        thread.join()
    assert names.seen().models == (ModelName("mario"),)


def test_servers_are_kept_apart(look):
    """Each address has its own list."""
    names = ModelNames(look, moment_s=WAITS_FOR_EVER)
    names.seen("http://127.0.0.1:1")
    names.seen("http://127.0.0.1:2")
    assert look.asked == ["http://127.0.0.1:1", "http://127.0.0.1:2"]
