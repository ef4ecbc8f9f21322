"""The bundled model, and files made from it that no engine can load."""

from __future__ import annotations

from pathlib import Path

import pytest

import ollama_magics.server.tutor as tutor


@pytest.fixture(scope="session")
def weights() -> Path:
    return Path(tutor.__file__).with_name("tutor.gguf")


@pytest.fixture
def damaged(weights: Path, tmp_path: Path):
    """Return a maker of copies of the bundled model with some bytes changed or cut."""

    def make(*, cut: int | None = None, find: bytes = b"", put: bytes = b"") -> Path:
        data = weights.read_bytes()
        assert find in data
        target = tmp_path / "damaged.gguf"
        target.write_bytes(data.replace(find, put, 1)[:cut] if find else data[:cut])
        return target

    return make
