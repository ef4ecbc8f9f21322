"""How many tokens a text has, about: the figures of answers tell how many characters a token of this model has."""

from __future__ import annotations

from collections import OrderedDict

from ollama_magics.display.quantities import count

_CHARACTERS = 4.0
"""Of English in a token of common vocabularies. Source: observed with Llama 3.2 and Qwen 2.5, 3.8 to 4.3."""

_KEPT = 64
_ENOUGH = 100
"""Tokens of a prompt of which the template's own are few."""

_FEWEST, _MOST = 0.5, 8.0


class Counter:
    """Estimates tokens, the better the more answers it has seen."""

    def __init__(self) -> None:
        self._characters = _CHARACTERS
        self._known: OrderedDict[str, int] = OrderedDict()

    def known(self, text: str) -> int | None:
        """Return how many tokens a text has, where a server has told."""
        return self._known.get(text) if text else 0

    def told(self, text: str, tokens: int) -> None:
        """Take in what a server tells of a text."""
        self._known[text] = tokens
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def words(self, text: str) -> str:
        """Return the count as read: ``33 tokens``, or ``about 33 tokens``."""
        known = self.known(text)
        return count(known, "token") if known is not None else f"about {count(self.about(text), 'token')}"

    def about(self, text: str) -> int:
        """Return about how many tokens a text has, exactly where that is known; none of an empty one."""
        if (known := self.known(text)) is not None:
            return known
        return max(1, round(_size(text) / self._characters)) if text else 0

    def learn(self, text: str, tokens: int) -> None:
        """Take in that a prompt of this text had so many tokens; one that is mostly template teaches nothing."""
        if tokens >= _ENOUGH and text:
            self._characters = min(max(_size(text) / tokens, _FEWEST), _MOST)


def _size(text: str) -> float:
    """Return the length of a text in characters of English: others take more of a token, by about their bytes."""
    return len(text) if text.isascii() else (len(text) + len(text.encode("utf-8", "replace"))) / 2
