"""Writing what is tried back into the person's cell, which may have changed meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.services.tuning.merging import Lines, Place, merge
from ollama_magics.widgets.tunerstate import Conflict, WrittenBack

if TYPE_CHECKING:
    from ollama_magics.services.tuning.tuner import Tuner

_MAGIC = "%%modelfile"
_MOST = 6
_LONG = 60


class Cell:
    """The person's cell as this panel knows it.

    Args:
        tuner: what is tuned.
    """

    def __init__(self, tuner: Tuner) -> None:
        self._tuner = tuner
        self._known: str | None = None

    def read(self, source: str) -> None:
        """Take in the cell's text; where it makes what is stored, it is the text that is edited from now on."""
        body = split(source)[1]
        if self._tuner.change(lambda tuning: not tuning.changes and tuning.adopt(body)):
            self._known = body

    def written(self, source: str | None, *, both: bool) -> WrittenBack | Conflict:
        """Return the cell's new text, or, when it has changed and nobody has said to keep ``both``, what would become of it.

        Args:
            source: the cell's text now; None where there is none: the text is for a new cell.
        """
        tuner = self._tuner
        if source is None:
            return WrittenBack(source=f"{_MAGIC} {tuner.name}\n{tuner.modelfile}", merged=False)
        head, theirs = split(source)
        merged = merge(self._base(theirs), tuner.modelfile, theirs)
        if not merged.theirs:
            self._known = merged.text
            return WrittenBack(source=head + merged.text, merged=False)
        if both:
            self._known = merged.text
            tuner.change(lambda tuning: tuning.take_over(merged.text))
            return WrittenBack(source=head + merged.text, merged=True)
        first_line = 2 if head else 1
        return Conflict(
            title=f"Your cell has changed since {tuner.stored.label}",
            words=_words(merged.theirs, first_line),
            theirs=source,
            merged=head + merged.text,
            actions=[
                {"label": "Keep both edits", "method": "write_back", "params": {"force": "both"}},
                {"label": "Show the cell", "method": "show_cell", "params": {}},
                {"label": "Cancel", "method": "cancel", "params": {}},
            ],
        )

    def _base(self, theirs: str) -> str:
        """Return the text that both edits began with: what was last read from the cell or written to it, else what is stored.

        A cell that still holds the text of an earlier version, as it does after a create from here, has not been edited.
        """
        if self._is_a_version(theirs):
            return theirs
        return self._known if self._known is not None else self._tuner.state.home.source_text

    def _is_a_version(self, text: str) -> bool:
        stored = self._tuner.stored.version.number
        known = (version.text for version in self._tuner.versions() if version.number <= stored and version.text is not None)
        return any(_plain(text) == _plain(version) for version in known)

    def forget(self) -> None:
        """Begin anew from what is stored: it is another text now."""
        if self._known != self._tuner.state.home.source_text:
            self._known = None


def split(source: str) -> tuple[str, str]:
    """Return the magic's own line of a cell, with its end, and the Modelfile below it.

    Examples:
        >>> split("%%modelfile mario --chat\\nFROM a\\n"), split("FROM a")
        (('%%modelfile mario --chat\\n', 'FROM a\\n'), ('', 'FROM a'))
    """
    if not source.lstrip().startswith(_MAGIC):
        return "", source
    line, end, body = source.partition("\n")
    return line + (end or "\n"), body


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def _words(places: list[Place], first_line: int) -> list[str]:
    said = [_sentence(place, place.line + first_line - 1) for place in places[:_MOST]]
    more = len(places) - _MOST
    return said + ([f"And {more} more place{'s' if more > 1 else ''}."] if more > 0 else [])


def _sentence(place: Place, line: int) -> str:
    lines = f"Line {line}" if len(place.theirs) < 2 else f"Lines {line} to {line + len(place.theirs) - 1}"
    if not place.theirs:
        return f"{_code(place.ours or place.base)} is gone there."
    verb = "is" if len(place.theirs) < 2 else "are"
    if not place.base:
        both = " It is kept beside this panel's." if place.clashes else ""
        return f"{lines} {verb} new there: {_code(place.theirs)}.{both}"
    here = f"here {_code(place.ours, place.theirs)}" if place.ours else "gone here"
    stays = " Both edits changed it: this panel's stays." if place.clashes else ""
    return f"{lines} there {verb} {_code(place.theirs, place.ours)}, {here}.{stays}"


def _code(lines: Lines, other: Lines = ()) -> str:
    """Return lines as code, cut where they are long: what is shown is where they part from ``other``."""
    text, beside = _one_line(lines), _one_line(other)
    parting = next((at for at, (one, two) in enumerate(zip(text, beside, strict=False)) if one != two), 0)
    begin = max(0, parting - _LONG // 3) if len(text) > _LONG else 0
    shown = text[begin : begin + _LONG]
    return f"`{'…' if begin else ''}{shown}{'…' if begin + _LONG < len(text) else ''}`" if text else "empty"


def _one_line(lines: Lines) -> str:
    return " ".join(" ".join(lines).split()).removeprefix("PARAMETER ").replace("`", "'")
