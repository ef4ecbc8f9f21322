"""One answer, before a style changes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

Turn = tuple[str, str]
"""Who speaks (``system``, ``user``, ``assistant`` or ``tool``) and what."""

Dialogue = list[Turn]


@dataclass(frozen=True)
class Reply:
    """An answer in all its lengths.

    Args:
        full: a whole sentence, or several.
        short: one word, or one name.
        topic: what it is about, for guards.
        items: its parts where it is a list.
        fixed: no style applies, as for code.
        known: false where it only says that ``tutor`` does not know.
    """

    full: str
    short: str
    topic: str = "chat"
    items: tuple[str, ...] = ()
    fixed: bool = False
    known: bool = True

    def saying(self, full: str) -> Reply:
        """Return the same answer in other words."""
        return replace(self, full=full)


Exchange = tuple[str, Reply]
"""A question and its answer."""
