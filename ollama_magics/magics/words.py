"""Cutting a magic's line into words, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from ollama_magics.errors import UsageProblem

_QUOTES = "\"'"


@dataclass(frozen=True)
class Word:
    """One word of a line: ``text`` without its quotes, ``start`` and ``end`` as 0-based offsets with them."""

    text: str
    start: int
    end: int
    quoted: bool = False


def split_words(line: str) -> list[Word]:
    r"""Return the words of ``line``.

    White space separates words. A quote opens only at the start of a word or after ``=``, so that ``what's`` is one word, and a
    backslash is an ordinary character, so that ``C:\models\m.gguf`` stays what it is.

    Raises:
        UsageProblem: a quote is not closed.

    Examples:
        >>> [word.text for word in split_words(r'mario -f C:\m.gguf -s "You are Mario." what\'s up')]
        ['mario', '-f', 'C:\\m.gguf', '-s', 'You are Mario.', "what\\'s", 'up']
    """
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        word = _read_word(line, at)
        words.append(word)
        at = word.end
    return words


def _read_word(line: str, start: int) -> Word:
    parts: list[str] = []
    at, may_open, quoted = start, True, False
    while at < len(line) and not line[at].isspace():
        char = line[at]
        if may_open and char in _QUOTES:
            close = line.find(char, at + 1)
            if close < 0:
                raise UsageProblem(f"the quote {char} at column {at + 1} is not closed: {line[at:]}", hint=f"close it with {char}")
            parts.append(line[at + 1 : close])
            at, quoted, may_open = close + 1, True, False
            continue
        parts.append(char)
        may_open = char == "="
        at += 1
    return Word("".join(parts), start, at, quoted)
