"""The panel of a model's history: walk its versions, compare two, name one, bring one back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ollama_magics.display.quantities import count, moment
from ollama_magics.display.segments import Document, Paragraph
from ollama_magics.errors import ModelNotFound, OllamaMagicsError, UsageProblem
from ollama_magics.services.history import History
from ollama_magics.services.versionstore import Version
from ollama_magics.widgets import historystate as shown
from ollama_magics.widgets import outputs
from ollama_magics.widgets.panel import Panel
from ollama_magics.wire.names import parse_name

if TYPE_CHECKING:
    from ollama_magics.services.creation import Creation

Start = Callable[[Callable[[], None]], None]


def in_thread(work: Callable[[], None]) -> None:
    """Run ``work`` beside the kernel's own thread."""
    threading.Thread(target=work, name="ollama-magics-history", daemon=True).start()


def local_now() -> datetime:
    """Return the present in the person's zone."""
    return datetime.now().astimezone()


class HistoryPanel(Panel):
    """The live panel of the versions of ``name``.

    Args:
        name: the model.
        read: asks the server and the store for the versions.
        make: creates the model from a text as it was created before, with the type of its weights, and returns what that did.
        history: what is known already; None where no version is known but those that the notebook may hold.
        server: what the server is called.
        host: how magics name the server; None where it is the usual one.
        now: the present, with a zone.
        start: runs what takes time.
        on_change: called when what is to be saved has changed.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], History],
        make: Callable[[Version], Creation],
        history: History | None,
        *,
        server: str = "",
        host: str | None = None,
        now: Callable[[], datetime] = local_now,
        start: Start = in_thread,
        on_change: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> None:
        self.history, self.held = history, list[shown.Held]()
        self._name, self._read, self._make = name, read, make
        self._host, self._now, self._start, self._on_change = host, now, start, on_change
        self._foreign: dict[str, shown.Held] = {}
        self._selected: list[str] = []
        self._whole, self._wanted = False, ""
        self._lock = threading.RLock()
        first = {"model": name, "server": server, "busy": "", "notice": None, "asks": None, "made": None, "wanted": ""}
        super().__init__("history", {**first, **self._view()}, **options)
        self._listen()

    def _listen(self) -> None:
        for method, handler in {
            "select": self._select,
            "view": self._choose_view,
            "search": self._search,
            "name": self._label,
            "copy": self._copy,
            "ask": self._ask,
            "dismiss": self._dismiss,
            "confirm": self._confirm,
            "hold": self._hold,
            "refresh": self._refresh,
        }.items():
            self.on_request(method, handler)

    # What is shown

    def _view(self) -> dict[str, Any]:
        """Return what follows from the versions and from what is chosen."""
        rows = shown.timeline(self.history, self._foreign, self._now(), self._wanted)
        keys = [row["key"] for row in rows]
        self._selected = [key for key in self._selected if key in keys][-2:] or keys[:1]
        return {
            "count": self._count(),
            "timeline": rows,
            "selected": list(self._selected),
            "none": "" if rows else f"No version has {self._wanted!r} in it." if self._wanted.strip() else "No version is known.",
            "outside": self._outside(),
            "detail": self._detail() if self._selected else None,
        }

    def _count(self) -> str:
        here, only = len(self.history) if self.history else 0, len(self._foreign)
        if only and not here:
            return f"{count(only, 'version')}, only in this notebook"
        return count(here, "version") + (f", {only} only in this notebook" if only else "")

    def _outside(self) -> dict[str, Any] | None:
        """Return what is said while the server's model is one that somebody else made."""
        if self.history is None:
            return None
        if self.history.on_server is None:
            return {"text": f"{self._name} is not on the server any more. Its versions stay here.", "select": []}
        newest = self.history.find(self.history.on_server)
        before = self.history.before(newest)
        if not newest.elsewhere or before is None:
            return None
        text = f"{self._name} was changed elsewhere at {moment(newest.created_at, self._now())}. It is taken in as v{newest.number}."
        return {"text": text, "label": f"Show difference to v{before.number}", "select": [str(before.number), str(newest.number)]}

    def _pair(self) -> tuple[Version | None, Version]:
        """Return the versions that are compared: of two that are selected the older one first."""
        chosen = sorted((self._version(key) for key in self._selected), key=lambda version: version.at)
        if len(chosen) == 2:
            return chosen[0], chosen[1]
        version = chosen[0]
        key = self._selected[0]
        if key in self._foreign or self.history is None:
            return (self.history[-1] if self.history else None), version
        return self.history.before(version), version

    def _version(self, key: str) -> Version:
        if key in self._foreign:
            return self._foreign[key].version
        if self.history is None:
            raise UsageProblem(f"there is no version {key}")
        return self.history.find(key)

    def _detail(self) -> shown.Detail:
        before, version = self._pair()
        key = self._selected[-1] if self._version(self._selected[-1]) is version else self._selected[0]
        lines, cut = shown.whole_lines(version.modelfile) if self._whole else shown.difference_lines(before, version)
        stored = key not in self._foreign
        return {
            "key": key,
            "title": f"v{version.number}",
            "facts": shown.facts(before, version, shown.cell_of(version, self.held), self._now()),
            "old": f"v{before.number}" if before else "",
            "lines": lines,
            "cut": cut or ("" if lines else "The texts are the same."),
            "whole": self._whole,
            "parameters": shown.parameter_table(before, version),
            "answers": shown.answer_rows(self.history.answers(version.number)) if stored and self.history else [],
            "actions": self._actions(key, before, version, stored),
        }

    def _actions(self, key: str, before: Version | None, version: Version, stored: bool) -> list[shown.Action]:
        standing = stored and self.history is not None and version.number == self.history.on_server
        common: dict[str, Any] = {"name": self._name, "host": self._host, "version": version.number}
        restore: shown.Action = {"do": "restore", "label": f"{self._creates(version)}…", "icon": "undo", "params": {"key": key}}
        asked = self._name if standing else f"{self._name}@{version.number}"
        talk = {"open": "chat", "params": {**common, "name": asked}}
        chat: shown.Action = {"do": "open", "label": f"Chat with v{version.number}", "icon": "chat", "params": talk}
        actions: list[shown.Action] = [] if standing else [restore]
        if standing or (stored and version.modelfile.strip()):
            actions.append(chat)
        if stored:
            actions.append({"do": "rename", "label": "Rename" if version.label else "Name it", "icon": "edit", "params": {"key": key}})
        actions.append({"do": "copy", "label": "Copy as cell", "icon": "copy", "params": {"key": key}})
        if stored and before is not None and self.history is not None and before in self.history.versions:
            params = {**common, "since": before.number}
            label = f"Compare with v{before.number}"
            actions.append({"do": "open", "label": label, "icon": "cmp", "params": {"open": "compare", "params": params}})
        if stored and not standing:
            actions.append({"do": "remove", "label": "Remove…", "icon": "x", "params": {"key": key}})
        actions[0]["primary"] = True
        return actions

    def _creates(self, version: Version) -> str:
        last = max((known.number for known in self.history or ()), default=0)
        return f"Create v{last + 1} from v{version.number}"

    def _show(self, **others: Any) -> bool:
        """Bring the panel up to date."""
        with self._lock:
            for key, value in {**self._view(), **others}.items():
                if self.state.value(key) != value:
                    self.set(key, value=value)
        return True

    # What is asked for

    def _select(self, params: Mapping[str, Any]) -> bool:
        """Choose a version; with ``also`` it is compared with the one that was chosen before, with ``keys`` two at once."""
        keys = [str(key) for key in params.get("keys") or [params.get("key", "")]]
        for key in keys:
            self._version(key)
        also = bool(params.get("also")) and self._selected[-1:] != keys
        self._selected = [*self._selected[-1:], *keys] if also else keys
        return self._show(asks=None)

    def _choose_view(self, params: Mapping[str, Any]) -> bool:
        self._whole = bool(params.get("whole"))
        return self._show()

    def _search(self, params: Mapping[str, Any]) -> bool:
        self._wanted = str(params.get("text", ""))[:200]
        return self._show(wanted=self._wanted)

    def _label(self, params: Mapping[str, Any]) -> bool:
        history = self._known()
        history.label(str(params.get("key", "")), str(params.get("label", "")))
        self._take(self._read())
        return self._show()

    def _copy(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Return the cell that makes a version."""
        return {"source": f"%%modelfile {self._name}\n{self._version(str(params.get('key', ''))).modelfile}"}

    def _ask(self, params: Mapping[str, Any]) -> bool:
        """Ask before a version is brought back (``restore``) or taken out (``remove``)."""
        key = str(params.get("key", ""))
        version = self._version(key)
        if params.get("what") == "remove":
            asks = {
                "title": f"Remove v{version.number} from the history of {self._name}?",
                "text": "It goes from the history in every notebook, with what it answered. A card that made it keeps its text.",
                "button": f"Remove v{version.number}",
                "cell": False,
            }
        else:
            standing = self.history.on_server if self.history else None
            stays = f" v{standing} stays in the history." if standing else ""
            creates = self._creates(version)
            asks = {
                "title": f"Make {self._name} as it was in v{version.number}?",
                "text": f"This creates {creates.split()[1]} from the text of v{version.number}.{stays}",
                "button": creates,
                "cell": True,
            }
        return self._show(asks={**asks, "what": str(params.get("what", "")), "key": key}, notice=None)

    def _dismiss(self, _: Mapping[str, Any]) -> bool:
        return self._show(asks=None, notice=None)

    def _confirm(self, params: Mapping[str, Any]) -> bool:
        """Do what was asked about; ``cell`` is the source of the cell that is to hold the text too, ``token`` names who asked."""
        asks = self.state.value("asks")
        if not asks:
            raise UsageProblem("nothing was asked")
        with self._lock:
            if self.state.value("busy"):
                raise UsageProblem("a version is being created")
            self._show(asks=None)
            if asks["what"] == "remove":
                gone = self._known().remove(asks["key"])
                self.held = [one for one in self.held if one.version.modelfile.strip() != gone.modelfile.strip()]
                self._take(self._read_again())
                return self._show()
            self.set("busy", value=f"{asks['button'].replace('Create', 'Creating')} …")
        version, cell, token = self._version(asks["key"]), params.get("cell"), params.get("token")
        self._start(lambda: self._restore(version, cell if isinstance(cell, str) else None, token))
        return True

    def _restore(self, version: Version, cell: str | None, token: Any) -> None:
        notice, made = None, None
        try:
            creation = self._make(version)
            self._take(self._read())
            self._selected = [str(creation.version)] if creation.version else []
            words = (
                "is the same as before. Nothing was built." if creation.unchanged else f"was created from the text of v{version.number}."
            )
            notice = {"kind": "ok", "text": f"{self._name} v{creation.version} {words}"}
            made = {"token": token, "source": in_cell(cell, self._name, version.modelfile)} if cell is not None else None
        except OllamaMagicsError as exc:
            hint = f" {exc.hint[:1].upper()}{exc.hint[1:]}." if exc.hint else ""
            notice = {"kind": "err", "text": f"{exc.message[:1].upper()}{exc.message[1:]}.{hint}"}
        self._show(busy="", notice=notice, made=made)
        self.flush()
        self._on_change()

    def _hold(self, params: Mapping[str, Any]) -> bool:
        """Take what the cards of this notebook hold."""
        wanted = parse_name(self._name).full.casefold()
        cards = [card.get("version") for card in params.get("cards") or () if isinstance(card, Mapping)]
        self.held = [one for one in shown.held_versions(cards) if parse_name(one.model).full.casefold() == wanted]
        self._foreign = shown.foreign_versions(self.history, self.held)
        return self._show()

    def _refresh(self, _: Mapping[str, Any]) -> bool:
        """Look again: other cells and other people create too."""
        before = self.history
        self._take(self._read_again())
        if before is None or self.history is None or (before.versions, before.on_server) != (self.history.versions, self.history.on_server):
            self._on_change()
        return self._show()

    def _known(self) -> History:
        if self.history is None:
            raise UsageProblem(f"no version of {self._name} is stored here")
        return self.history

    def _read_again(self) -> History | None:
        try:
            return self._read()
        except ModelNotFound:
            return None

    def _take(self, history: History | None) -> None:
        self.history = history
        self._foreign = shown.foreign_versions(history, self.held)


def in_cell(cell: str, name: str, text: str) -> str:
    """Return a cell's source with another Modelfile below its own first line."""
    head, _, _ = cell.lstrip("\n").partition("\n")
    return f"{head if head.lstrip().startswith('%%modelfile') else f'%%modelfile {name}'}\n{text.removesuffix(chr(10))}"


class LiveHistory:
    """The history below a cell; the output holds the panel, and the versions as they were last seen.

    Args:
        panel: makes the panel; what it calls when something has changed is given to it.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, panel: Callable[[Callable[[], None]], HistoryPanel], *, publisher: Any = None) -> None:
        self._place = outputs.Place(publisher)
        self._is_shown = False
        self.panel = panel(self._keep)
        self.panel.on_request("saved", lambda _: outputs.saved(self._document()), repeatable=True)

    def show(self) -> None:
        """Show the panel in the running cell."""
        self._is_shown = True
        self._keep()

    def _keep(self) -> None:
        if self._is_shown:
            self._place.show(outputs.live(self.panel.model_id, self._document()))

    def _document(self) -> Document:
        history = self.panel.history
        return history.card() if history else Document((Paragraph("No version is known here."),))
