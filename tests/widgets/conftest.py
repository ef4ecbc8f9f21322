"""A kernel without a kernel: comms and outputs that only remember."""

from __future__ import annotations

import json
from typing import ClassVar

import comm
import pytest
from comm.base_comm import BaseComm

from ollama_magics.widgets import library as library_module


class RecordingComm(BaseComm):
    """A comm that keeps what is sent, as the page would get it."""

    opened: ClassVar[list[RecordingComm]] = []

    def __init__(self, *args, **kwargs) -> None:
        self.sent: list[tuple[str, dict]] = []
        self.size = 0
        self.opened.append(self)
        super().__init__(*args, **kwargs)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys) -> None:
        self.sent.append((msg_type, data or {}))
        self.size += len(json.dumps(data)) + sum(len(buffer) for buffer in buffers or ())

    @property
    def custom(self) -> list[dict]:
        return [data["content"] for kind, data in self.sent if kind == "comm_msg" and data.get("method") == "custom"]

    @property
    def snapshots(self) -> list[dict]:
        states = [data["state"] for _, data in self.sent if "state" in data]
        return [state["live"] for state in states if "live" in state]


class Publisher:
    """Takes outputs as IPython's display publisher does."""

    def __init__(self) -> None:
        self.shown: list[tuple[dict, str, bool]] = []

    def publish(self, data, metadata, *, transient, update) -> None:
        self.shown.append((data, transient["display_id"], update))


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[RecordingComm]:
    """Open all comms as recording ones; ``comm.create_comm`` is the place a front end sets its own at."""
    monkeypatch.setattr(comm, "create_comm", RecordingComm)
    monkeypatch.setattr(RecordingComm, "opened", [])
    library_module.library.cache_clear()
    yield RecordingComm.opened
    library_module.library.cache_clear()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()
