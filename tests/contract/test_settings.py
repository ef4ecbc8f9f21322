"""The embedded server with settings in its environment answers as a real Ollama with the same ones did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .areas import KnownDifferences, load_area, run_area
from .requests_sent import Fixtures

SETTINGS = {
    "defaults/defaults": {"OLLAMA_KEEP_ALIVE": "0", "OLLAMA_CONTEXT_LENGTH": "320"},
    "go-template-0/native": {"OLLAMA_GO_TEMPLATE": "0"},
    "go-template-1/native": {"OLLAMA_GO_TEMPLATE": "1"},
    "no-cloud/cloud": {"OLLAMA_NO_CLOUD": "1"},
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SETTINGS)
def test_embedded_server_with_settings(start_embedded: Callable[..., str], name: str) -> None:
    reports = run_area(load_area(name), start_embedded(**SETTINGS[name]), Fixtures(), KnownDifferences([]))
    assert not reports, "\n\n".join(["", *reports])
