"""Answers about stored models, kept as text until the model or its file changes.

Source: Ollama server/model_list_cache.go, server/model_show_cache.go, which keep them by the digest of the manifest (v0.33.0-rc2).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from ollama_magics.server.store import StoredModel
from ollama_magics.wire import gojson

_MOST = 256


class Remembered:
    """Texts by model and kind of answer.

    Notes:
        Usable from any thread.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._texts: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def text(self, kind: str, model: StoredModel, make: Callable[[], Mapping[str, Any]]) -> str:
        """Return the JSON text of what ``make`` returns, made again only when the model is another one than it was."""
        key = (kind, model.name, model.digest, model.modified_ns, _file(model))
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = gojson.dumps(make())
        with self._lock:
            self._texts[key] = text
            while len(self._texts) > self._most:
                self._texts.popitem(last=False)
        return text


def _file(model: StoredModel) -> Hashable:
    """Return what changes when a file of the model does: sizes and times, None for one that is not there."""
    found = []
    for path in (model.model_path, *model.projector_paths):
        try:
            status = path.stat() if path else None
        except OSError:
            status = None
        found.append(status and (status.st_size, status.st_mtime_ns))
    return tuple(found)
