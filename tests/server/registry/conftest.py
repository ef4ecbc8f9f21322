"""A store, a registry that can lie, and what moves models between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry import Transfers
from ollama_magics.server.store import Store
from ollama_magics.wire.names import parse_name

from .fake_registry import HOME, FakeRegistry

NAME = parse_name(f"{HOME}/me/m")


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(bytes(range(256)) * 400)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def transfers(store: Store, registry: FakeRegistry, tmp_path: Path) -> Transfers:
    return Transfers(store, environ={}, home=tmp_path, transport=registry, backoff_s=0.0)


@pytest.fixture
def pull(transfers: Transfers) -> Callable[..., list[str]]:
    """Return what pulls the model and returns its statuses, the words of an error as the last."""

    def run(*, insecure: bool = True) -> list[str]:
        said: list[str] = []
        try:
            for line in transfers.pull(NAME, insecure=insecure):
                if line and line["status"] not in said:
                    said.append(line["status"])
        except (StoreError, OSError) as problem:
            said.append(f"error: {problem}")
        return said

    return run
