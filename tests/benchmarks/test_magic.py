"""What the magics add: to a create, to the first word of an answer, and to the start of a shell."""

import io
import subprocess
import sys
import time
from contextlib import redirect_stdout
from statistics import quantiles

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ollama_magics.client.client import Client
from ollama_magics.services.servers import servers

BATCHES = 16
ROUNDS = 25
ADDED_S = 0.005
PLAIN_S = 0.0022
"""What the client's create takes where the limit was set; on a machine that is slower at the moment both are longer."""
FIRST_TOKEN_S = 0.030
LOAD_MS = 60
IPYTHON_MS = 100
"""What IPython itself takes where the limit was set."""


@pytest.fixture
def shell(tmp_path, embedded):
    """Return a shell with the extension, talking to the built-in server."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.ipython_dir = str(tmp_path)
    shell = InteractiveShell.instance(config=config)
    shell.extension_manager.load_extension("ollama_magics")
    servers().set_default_host(embedded)
    yield shell
    shell.extension_manager.unload_extension("ollama_magics")
    servers().set_default_host(None)
    servers().forget()


def took(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def typical(times):
    """Return the lower quartile: other work on the machine only ever adds."""
    return quantiles(times, n=4)[0]


def test_the_magic_adds_at_most_5_ms_to_a_create(shell, embedded, record_property):
    """A text-only create from a cell against the same create through the client, one after the other, texts ever new."""
    numbers = iter(range(10_000))

    def from_cell():
        with redirect_stdout(io.StringIO()):
            cell = f"%%modelfile measured\nFROM tutor\nSYSTEM number {next(numbers)}"
            # As a kernel runs a cell: without its history IPython would draw the result a second time.
            assert shell.run_cell(cell, store_history=True).success

    def through_client():
        for _ in client.create("plain", from_="tutor", system=f"number {next(numbers)}", stream=True):
            pass

    with Client(embedded, environ={}) as client:
        for _ in range(5):
            from_cell(), through_client()
        # A busy machine slows the longer of the two more; the batch in which they lie closest is the least disturbed.
        for _ in range(BATCHES):
            pairs = [(took(from_cell), took(through_client)) for _ in range(ROUNDS)]
            cell, plain = (typical(times) for times in zip(*pairs, strict=True))
            limit = ADDED_S * max(1, plain / PLAIN_S)
            if cell - plain <= limit:
                break
    record_property("cell_ms", round(cell * 1000, 2))
    record_property("client_ms", round(plain * 1000, 2))
    print(f"cell {cell * 1000:.2f} ms, client {plain * 1000:.2f} ms, added {(cell - plain) * 1000:.2f} ms")
    assert cell - plain <= limit


def test_from_an_edit_to_the_first_word(shell, slowness, record_property):
    """A changed word, created and asked again: what is not the engine's own time is at most 30 ms."""
    from ollama_magics import Chat, create

    create("edited", "FROM tutor\nPARAMETER num_predict 4")
    Chat("edited").ask("Who are you?")
    numbers = iter(range(10_000))

    def from_edit():
        start = time.perf_counter()
        create("edited", f"FROM tutor\nPARAMETER num_predict 4\nSYSTEM You are number {next(numbers)}.")
        reply = Chat("edited").stream("Who are you?")
        next(reply)
        first = time.perf_counter() - start
        for _ in reply:
            pass
        final = reply.answer.final
        return first - ((final.load_duration or 0) + (final.prompt_eval_duration or 0)) / 1e9

    for _ in range(BATCHES):
        added, slow = (typical(figures) for figures in zip(*[(from_edit(), slowness()) for _ in range(10)], strict=True))
        limit = FIRST_TOKEN_S * max(1, slow)
        if added <= limit:
            break
    record_property("added_ms", round(added * 1000, 2))
    print(f"edit to first word, engine's time left out: {added * 1000:.2f} ms, on a machine {slow:.2f} times as slow")
    assert added <= limit


def test_loading_the_extension_takes_at_most_60_ms_over_bare_ipython(record_property):
    """The best of five fresh interpreters, in processor time; IPython itself is loaded before the clock starts."""
    code = """
from time import process_time
began = process_time()
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell(config=config)
start = process_time()
assert shell.run_cell("%load_ext ollama_magics").success
print((process_time() - start) * 1000, (start - began) * 1000)
"""
    for _ in range(5):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        load, ipython = map(float, out.split())
        limit = LOAD_MS * max(1, ipython / IPYTHON_MS)
        if load <= limit:
            break
    record_property("load_ms", round(load, 1))
    print(f"load_ext {load:.1f} ms, IPython itself {ipython:.1f} ms")
    assert load <= limit
