"""One piece of work on weights at a time: the others wait, in their order, or are sent away."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.store import Store
from ollama_magics.server.weightturns import Turns
from ollama_magics.server.weightwork import written_blob

SOON = 0.001
PATIENCE_S = 10.0


def test_the_first_works_and_the_next_waits_for_its_end() -> None:
    turns, done = Turns(), []
    with turns.place() as first:
        assert first.reached(SOON)
        with turns.place() as second:
            assert not second.reached(SOON)

    def work(place_taken: threading.Event) -> None:
        with turns.place() as place:
            place_taken.set()
            assert place.reached(PATIENCE_S)
            done.append("second")

    with turns.place() as first:
        assert first.reached(SOON)
        taken = threading.Event()
        thread = threading.Thread(target=work, args=[taken])
        thread.start()
        assert taken.wait(PATIENCE_S)
        done.append("first")
    thread.join(PATIENCE_S)
    assert done == ["first", "second"]


def test_who_leaves_the_line_makes_room() -> None:
    turns = Turns()
    with ExitStack() as line:
        line.enter_context(turns.place())
        with turns.place():
            third = line.enter_context(turns.place())
            assert not third.reached(SOON)
        assert not third.reached(SOON)
    with turns.place() as next_one:
        assert next_one.reached(SOON)


def test_a_line_that_is_too_long_is_status_503() -> None:
    turns = Turns(longest=1)
    with turns.place(), turns.place(), pytest.raises(ApiError) as caught, turns.place():
        pass
    assert caught.value.status == 503
    assert "maximum pending requests exceeded" in caught.value.text


def test_nobody_waits_for_a_server_that_stops() -> None:
    turns = Turns()
    with turns.place(), turns.place() as second:
        turns.close()
        with pytest.raises(StoreError, match="the server is stopping"):
            second.reached(PATIENCE_S)


def test_waiting_work_can_be_cancelled_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ollama_magics.server.weightwork._WAITING_S", SOON)
    store, turns = Store(tmp_path / "models"), Turns()
    with turns.place(), store.hold() as hold:
        waiting = written_blob(store, hold, "failed", turns=turns, work="join", parts=[])
        assert [next(waiting), next(waiting)] == [0, 0]
        waiting.close()
        with turns.place() as next_one:
            assert not next_one.reached(SOON)
    assert list(store.blobs.folder.iterdir()) == []
