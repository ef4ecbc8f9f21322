import doctest
from importlib import import_module

import pytest

MODULES = [
    *(f"ollama_magics.wire.{name}" for name in ("names", "host", "durations", "ndjson", "proxies", "types")),
    *(f"ollama_magics.client.{name}" for name in ("cancel", "delivery", "faults", "tools")),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name):
    result = doctest.testmod(import_module(name))
    assert (result.attempted > 0, result.failed) == (True, 0)
