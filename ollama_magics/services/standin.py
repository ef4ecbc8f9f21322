"""A version of a model that can be asked: the model itself while it is that version, else one that is made again for a while."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ollama_magics.services.tuning.drafts import DRAFTS, Draft, Drafts

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.versions import Versions


@dataclass(frozen=True)
class Found:
    """What is known of a model that is to be asked.

    Attributes:
        number: of its version; None where none is known.
        text: the Modelfile to make it from again; None for a model that the server holds.
        made_with: further arguments of ``create``.
    """

    number: int | None
    text: str | None
    made_with: dict[str, Any]


def found_version(model: str, which: str, client: Client, versions: Versions, cancel: CancelToken | None = None) -> Found:
    """Return what is known of a version; asks the server whether it holds it.

    Raises:
        ModelNotFound: the server has no such model, and none is known to have been.
        UsageProblem: it has no such version.
    """
    from ollama_magics.services.history import history

    known = history(model, client=client, versions=versions, cancel=cancel)
    version = known.find(which)
    if version.number == known.on_server:
        return Found(version.number, None, {})
    made_with = known.restoring(which)
    del made_with["versions"]
    return Found(version.number, version.modelfile, made_with)


class StandIn:
    """One version of a model, to be asked for as long as it is needed.

    What is made for it is deleted by `close`, when nobody holds the stand-in any more, and at the end of the kernel.

    Args:
        model: whose version.
        which: its number or its label.
        versions: where versions are kept.
        drafts: where models that are made for a while are listed.

    Attributes:
        number: the version's; None until a label has been looked up.
    """

    def __init__(self, model: str, which: str, versions: Versions, *, drafts: Drafts = DRAFTS) -> None:
        digits = which.strip().removeprefix("v")
        self.number: int | None = int(digits) if digits.isdecimal() else None
        self._model, self._which = model, which
        self._versions, self._drafts = versions, drafts
        self._draft: Draft | None = None
        self._clients: list[Client] = []
        self._lock = threading.Lock()

    def find(self, client: Client, cancel: CancelToken | None = None) -> Found:
        """Return what is known of the version now; another version may be on the server by the next time. Raises as `found_version`."""
        # A label may move to another version; who has been asked under it stays the same.
        which = self._which if self.number is None else str(self.number)
        found = found_version(self._model, which, client, self._versions, cancel)
        self.number = found.number
        return found

    def name(self, client: Client, cancel: CancelToken | None = None) -> str:
        """Return the name under which the server answers as the version; it is made when it is needed.

        Raises:
            OllamaMagicsError: as `find`, and as ``create`` does.
        """
        found = self.find(client, cancel)
        if found.text is None:
            return self._model
        with self._lock:
            self._clients[:] = [client]
            if self._draft is None:
                self._draft = self._new_draft(client)
            return self._draft.made(found.text, found.made_with, cancel)

    def close(self) -> None:
        """Delete what was made; who asks again makes it again."""
        if self._draft is not None:
            self._draft.close()

    def _new_draft(self, client: Client) -> Draft:
        from ollama_magics.services.servers import server_of

        # What the draft holds must not hold the stand-in, which would then never be garbage.
        clients = self._clients
        draft = Draft(lambda: clients[-1], server_of(client).identity, self._model, self._drafts)
        weakref.finalize(self, _close_aside, draft).atexit = False
        return draft


def _close_aside(draft: Draft) -> None:
    """Delete a draft from a thread of its own: whatever thread the garbage is collected in may hold locks of the client."""
    if draft.name:
        threading.Thread(target=draft.close, name="ollama-magics-stand-in", daemon=True).start()
