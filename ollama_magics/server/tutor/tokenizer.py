"""The tokenizer of ``tutor``: a frequent word is one token, everything else is spelt in bytes.

In the file it is of the kind ``gpt2`` with the pieces of Llama 3, whose words are looked up whole before any merge, and with one
merge that never applies. So unseen names, keys and capitals are exact, and no text is lost.

Source: llama.cpp src/llama-vocab.cpp ``LLAMA_VOCAB_PRE_TYPE_LLAMA3``, ``ignore_merges`` (b8710).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

SPECIAL = ("<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
"""Control tokens; the last four open a message."""

PAD, BEGIN, END = 0, 1, 2

ROLES = {"system": 3, "user": 4, "assistant": 5, "tool": 6}

_PIECE = re.compile(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|(?:[^\r\n\w]|_)?[^\W\d_]+|\d{1,3}| ?(?:[^\s\w]|_)+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
_CACHED = 300_000


def _symbols() -> dict[int, str]:
    """Return the letter that stands for each byte in a vocabulary of the kind ``gpt2``."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + at) for at, byte in enumerate(others)}


_SYMBOL = _symbols()
_BYTE = {symbol: byte for byte, symbol in _SYMBOL.items()}


class Tokenizer:
    """Text to token ids and back.

    Args:
        words: the pieces that are one token, a leading space included.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        spelt = ["".join(_SYMBOL[byte] for byte in word.encode()) for word in words]
        self.tokens = [*SPECIAL, *(_SYMBOL[byte] for byte in range(256)), *spelt, _SYMBOL[0] + _SYMBOL[1]]
        self._ids = {token: at for at, token in enumerate(self.tokens)}
        self._known: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def merge(self) -> str:
        """The one merge of the file, of two bytes that no text holds."""
        return f"{_SYMBOL[0]} {_SYMBOL[1]}"

    def encode(self, text: str, spell: Callable[[], bool] | None = None) -> list[int]:
        """Return the ids of a text without control tokens.

        Args:
            text: any text.
            spell: called for every piece that is one token; true spells it in bytes all the same.
        """
        ids: list[int] = []
        for piece in _PIECE.findall(text):
            known = self._known.get(piece) or self._look_up(piece)
            ids += self._bytes(piece) if spell and len(known) == 1 and spell() else known
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids, control tokens left out."""
        symbols = "".join(self.tokens[at] for at in ids if at >= len(SPECIAL))
        return bytes(_BYTE[symbol] for symbol in symbols).decode("utf-8", "replace")

    def _look_up(self, piece: str) -> list[int]:
        whole = self._ids.get("".join(_SYMBOL[byte] for byte in piece.encode()))
        ids = self._bytes(piece) if whole is None else [whole]
        if len(self._known) < _CACHED:
            self._known[piece] = ids
        return ids

    def _bytes(self, piece: str) -> list[int]:
        return [self._ids[_SYMBOL[byte]] for byte in piece.encode()]


def frequent_words(texts: Iterable[str], *, at_least: int, at_most: int) -> list[str]:
    """Return the pieces that occur most often, without digits and single bytes."""
    counts = Counter(piece for text in texts for piece in _PIECE.findall(text))
    found = (piece for piece, count in counts.most_common() if count >= at_least and len(piece.encode()) > 1)
    return [piece for piece in found if not any(sign.isdigit() for sign in piece)][:at_most]
