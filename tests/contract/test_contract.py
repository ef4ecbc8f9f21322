"""The embedded server answers as a real Ollama did; ``OLLAMA_MAGICS_CONTRACT_HOST`` names another server to ask as well."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from .areas import KNOWN, ORDER, KnownDifferences, known_differences, load_area, run_area
from .requests_sent import Fixtures

OTHER = os.environ.get("OLLAMA_MAGICS_CONTRACT_HOST", "")


@pytest.fixture(scope="session")
def fixtures() -> Fixtures:
    """Return the model files, made once."""
    return Fixtures()


@pytest.fixture(scope="session")
def known() -> KnownDifferences:
    """Return the known differences of the embedded server."""
    return known_differences()


@pytest.fixture(scope="session")
def server(start_embedded: Callable[[], str]) -> str:
    """Return the address of a server of our own: its models are deleted."""
    return start_embedded()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ORDER)
def test_embedded_server(server: str, fixtures: Fixtures, known: KnownDifferences, name: str) -> None:
    """Nothing differs but what is known, and what is known still differs."""
    reports = run_area(load_area(name), server, fixtures, known)
    assert not reports, "\n\n".join(["", *reports])
    assert known.unused(name) == [], "entries of known_differences.json that match nothing"


def test_every_known_difference_has_a_reason() -> None:
    """No entry covers everything of an area without saying why, and none names an area that is not there."""
    entries = known_differences().entries
    assert all(entry["reason"] for entry in entries), KNOWN
    assert {area for entry in entries for area in entry["areas"]} <= set(ORDER)


if OTHER:

    @pytest.mark.timeout(300)
    @pytest.mark.parametrize("name", ORDER)
    def test_other_server(fixtures: Fixtures, name: str) -> None:
        """A server named in the environment, a real Ollama say, shows no difference at all. Its models are deleted."""
        reports = run_area(load_area(name), OTHER, fixtures, KnownDifferences([]))
        assert not reports, "\n\n".join(["", *reports])
