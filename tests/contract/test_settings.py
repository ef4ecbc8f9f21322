"""The embedded server with settings in its environment answers as a real Ollama with the same ones did."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .areas import KnownDifferences, load_area, run_area
from .requests_sent import Fixtures

OPENAI = {"areas": ["cloud"], "steps": ["/v1/*"], "reason": "next stage: the OpenAI paths are not offered yet, the answer is status 501"}
SETTINGS = {
    "defaults/defaults": {"OLLAMA_KEEP_ALIVE": "0", "OLLAMA_CONTEXT_LENGTH": "320"},
    "go-template-0/native": {"OLLAMA_GO_TEMPLATE": "0"},
    "go-template-1/native": {"OLLAMA_GO_TEMPLATE": "1"},
    "no-cloud/cloud": {"OLLAMA_NO_CLOUD": "1"},
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SETTINGS)
def test_embedded_server_with_settings(start_embedded: Callable[..., str], name: str) -> None:
    known = KnownDifferences([OPENAI])
    reports = run_area(load_area(name), start_embedded(**SETTINGS[name]), Fixtures(), known)
    assert not reports, "\n\n".join(["", *reports])
    assert not known.unused("cloud") or "cloud" not in name
