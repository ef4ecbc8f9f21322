"""Work in a thread can always be left."""

import _thread
import threading
import time

import pytest

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled, ServerFault
from ollama_magics.magics.attend import attend


def test_what_is_reported_is_shown_here_in_order():
    """Reports are shown on the calling thread, and the result comes back."""
    shown = []

    def work(report):
        for number in range(3):
            report((number, threading.get_ident()))
        return "done"

    assert attend(work, lambda item: shown.append((item[0], threading.get_ident() != item[1])), CancelToken()) == "done"
    assert shown == [(0, True), (1, True), (2, True)]


def test_an_error_of_the_work_is_raised_here():
    """The worker's error is raised unchanged."""

    def work(report):
        raise ServerFault("it broke", status=500)

    with pytest.raises(ServerFault, match="it broke"):
        attend(work, print, CancelToken())


def test_an_error_of_the_display_stops_the_work():
    """When showing fails, nobody is left working for nobody."""
    cancel = CancelToken()
    cancelled = threading.Event()
    cancel.on_cancel(cancelled.set)

    def work(report):
        report(1)
        assert cancelled.wait(5)

    def show(item):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attend(work, show, cancel)
    assert cancelled.is_set()


def test_an_interrupt_lets_go_at_once_of_silent_work():
    """Work that does not react is left behind within a tenth of a second."""
    released = threading.Event()
    began = []

    def work(report):
        report("working")
        released.wait(10)

    def show(item):
        began.append(time.perf_counter())
        _thread.interrupt_main()

    try:
        with pytest.raises(Cancelled):
            attend(work, show, CancelToken())
        assert time.perf_counter() - began[0] <= 0.1
    finally:
        released.set()


def test_an_interrupt_hands_on_the_work_s_own_last_word():
    """Work that ends in time says what is true now."""
    cancel = CancelToken()
    stopped = threading.Event()
    cancel.on_cancel(stopped.set)

    def work(report):
        report("working")
        assert stopped.wait(5)
        raise Cancelled("mario is still v3")

    with pytest.raises(Cancelled, match="mario is still v3") as caught:
        attend(work, lambda item: _thread.interrupt_main(), cancel)
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)


def test_reports_can_be_shown_together():
    """Reports that are not needed at once are all shown, in order and before the result is there."""
    shown = []

    def work(report):
        for number in range(100):
            report(number)
        return "done"

    assert attend(work, shown.append, CancelToken(), at_once=False) == "done"
    assert shown == list(range(100))
