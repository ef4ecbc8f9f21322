"""Modelfiles from a seed: by a grammar of the language, three quarters of them damaged. The same seed gives the same bytes everywhere."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

KEYWORDS = ("FROM", "LICENSE", "TEMPLATE", "SYSTEM", "ADAPTER", "DRAFT", "RENDERER", "PARSER", "REQUIRES")
ROLES = ("system", "user", "assistant")
PARAMETERS = (
    *("temperature", "top_k", "top_p", "min_p", "num_ctx", "seed", "stop", "num_predict", "repeat_penalty", "use_mmap", "mirostat"),
    *("presence_penalty", "num_gpu", "num_thread", "system", "model", "nonsense", "stop"),
)
NUMBERS = (
    *(
        "0",
        "1",
        "0.7",
        "-1",
        "4096",
        ".5",
        "1e-3",
        "+5",
        "true",
        "nan",
        "0x10",
        "",
        "1_000",
        "1e400",
        "-0",
        "inf",
        "2147483648",
        "9223372036854775808",
    ),
    *("T", "False", "1.0", "0.1f", "３", " 7", "1234567", "16777217", "0.1000000001", "1e21", "1e-7", "0x1p-2", "00012"),
)
NAMES = (
    "llama3.2",
    "qwen3:8b",
    "./m.gguf",
    "team/base:v1",
    "a b",
    "gone/",
    "~/gone.gguf",
    "gpt-oss:20b-cloud",
    "none.safetensors",
    "../gone",
    "",
)
VERSIONS = ("0.14.0", "v0.15", "0.14.0-rc1", "1", "1.2.3+b", "01.2", "latest", "")
WORDS = (
    *(
        "You",
        "are",
        "a",
        "short",
        "poet.",
        "Never",
        "say",
        "no",
        "#1",
        "it's",
        '"quoted"',
        "50%",
        "{{",
        ".System",
        "}}",
        "<|end|>",
        "naïve",
        "漢字",
        "😀",
    ),
    *(
        "from",
        "SYSTEM",
        "user:",
        "\\n",
        "—",
        "'x'",
        "C:\\dir",
        "the",
        "rule",
        "is",
        "kind",
        "and",
        "calm",
        "<b>",
        "&",
        "\u00a0",
        "👨\u200d👩",
        "\ue0b0",
        "\u00ad",
    ),
)
SPACES = (" ", " ", " ", " ", "\t", "  ", " \t ")
LINE_ENDS = ("\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n")
INSERTS = (
    *(
        '"',
        '"""',
        '""',
        "\n",
        "\r",
        "\r\n",
        " ",
        "\t",
        "#",
        "\u00a0",
        "\u200b",
        "\u2028",
        "\x85",
        "\0",
        "\v",
        "\f",
        "\x1b",
        "\ufeff",
        "\\",
        ":",
        "=",
        "é",
        "\ufffd",
    ),
    *("\ufffe", "\U000e0041", "\U0010ffff", "\u0378", "\u3000", "“", "FROM ", "MESSAGE ", "PARAMETER ", "\nSYSTEM ", "\nfrom b\n"),
)
BOMS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class Grammar:
    """Makes Modelfiles that are right, or nearly so, as text."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def modelfile(self) -> str:
        """Return a whole file of up to nine instructions, usually with a FROM in front."""
        line_end = self.rng.choice(LINE_ENDS)
        lines = [self.line() for _ in range(self.rng.randint(0, 8))]
        if self.rng.random() < 0.9:
            lines.insert(0 if self.rng.random() < 0.8 else self.rng.randint(0, len(lines)), self.instruction("FROM"))
        text = line_end.join(lines)
        return text + line_end if self.rng.random() < 0.8 else text

    def line(self) -> str:
        """Return one instruction, comment or blank line, perhaps indented."""
        kind = self.rng.random()
        if kind < 0.08:
            return self.rng.choice(("", " ", "\t"))
        if kind < 0.16:
            return self.rng.choice(("# ", "#", "  # ")) + self.sentence()
        indent = self.rng.choice(SPACES) if self.rng.random() < 0.1 else ""
        return indent + self.instruction(
            self.rng.choice((*KEYWORDS, "PARAMETER", "PARAMETER", "PARAMETER", "MESSAGE", "MESSAGE", "SYSTEM"))
        )

    def instruction(self, keyword: str) -> str:
        """Return ``keyword`` with its argument, in a random letter case."""
        arguments = {"FROM": self.source, "PARAMETER": self.parameter, "MESSAGE": self.message, "REQUIRES": self.version}
        return self.letter_case(keyword) + self.rng.choice(SPACES) + arguments.get(keyword, self.value)()

    def source(self) -> str:
        return self.rng.choice(NAMES) if self.rng.random() < 0.9 else self.quoted(self.rng.choice(NAMES))

    def version(self) -> str:
        return self.rng.choice(VERSIONS)

    def parameter(self) -> str:
        name = self.rng.choice(PARAMETERS)
        value = self.value() if name == "stop" else self.rng.choice(NUMBERS)
        return name + self.rng.choice(SPACES) + (value if self.rng.random() < 0.9 else self.quoted(value))

    def message(self) -> str:
        role = self.rng.choice(ROLES)
        return (role if self.rng.random() < 0.95 else self.letter_case(role)) + self.rng.choice(SPACES) + self.value()

    def value(self) -> str:
        """Return a text: bare, quoted, or spread over lines."""
        kind = self.rng.random()
        if kind < 0.4:
            return self.sentence()
        if kind < 0.6:
            return self.quoted(self.sentence())
        lines = [self.sentence() for _ in range(self.rng.randint(1, 5))]
        return self.quoted(self.rng.choice(LINE_ENDS).join(lines))

    def quoted(self, text: str) -> str:
        """Return ``text`` in quotes that mostly match, perhaps followed by a tail."""
        opening = self.rng.choice(('"', '"""', '"""'))
        closing = opening if self.rng.random() < 0.93 else self.rng.choice(("", '"', '""', '"""', '""""'))
        edge = self.rng.choice(("", "", "\n", " "))
        tail = self.rng.choice((" ", "\t", " # note", " tail", '"')) if self.rng.random() < 0.1 else ""
        return opening + edge + text + edge + closing + tail

    def sentence(self) -> str:
        return " ".join([self.rng.choice(WORDS) for _ in range(self.rng.randint(0, 7))])

    def letter_case(self, word: str) -> str:
        return self.rng.choice((word, word, word, word.lower(), word.title(), word.swapcase()))


class Mutator:
    """Damages the bytes of a Modelfile."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        inserts = (self.insert, self.insert, self.insert, self.at_line_edge)
        others = (self.flip, self.delete, self.truncate, self.repeat, self.swap_lines, self.swap_case)
        self.kinds: tuple[Callable[[bytes], bytes], ...] = (*inserts, *others)

    def damage(self, data: bytes, other: bytes) -> bytes:
        """Return ``data`` after one to four changes; ``other`` is a second file to splice with."""
        for _ in range(self.rng.randint(1, 4)):
            data = self.splice(data, other) if self.rng.random() < 0.05 else self.rng.choice(self.kinds)(data)
        return data

    def place(self, data: bytes) -> int:
        return self.rng.randint(0, len(data))

    def flip(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.rng.randrange(8)]) + data[at + 1 :]

    def insert(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + self.rng.choice(INSERTS).encode() + data[at:]

    def at_line_edge(self, data: bytes) -> bytes:
        """Insert something at the start or the end of a line, where it matters most."""
        edges = [0, len(data)] + [at + side for at, byte in enumerate(data) if byte in b"\r\n" for side in (0, 1)]
        at = self.rng.choice(edges)
        return data[:at] + self.rng.choice(INSERTS).encode() + data[at:]

    def delete(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + data[at + self.rng.randint(1, 4) :]

    def truncate(self, data: bytes) -> bytes:
        return data[: self.place(data)]

    def repeat(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + data[at : at + self.rng.randint(1, 12)] + data[at:]

    def splice(self, data: bytes, other: bytes) -> bytes:
        return data[: self.place(data)] + other[self.place(other) :]

    def swap_lines(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        first, second = self.rng.randrange(len(lines)), self.rng.randrange(len(lines))
        lines[first], lines[second] = lines[second], lines[first]
        return b"\n".join(lines)

    def swap_case(self, data: bytes) -> bytes:
        at = self.place(data)
        return data[:at] + data[at : at + self.rng.randint(1, 9)].swapcase() + data[at + 9 :]


def encode(rng: random.Random, text: str) -> bytes:
    """Return ``text`` as bytes: plain UTF-8, or now and then behind a byte order mark."""
    codec = rng.choice(tuple(BOMS)) if rng.random() < 0.08 else ""
    return BOMS[codec] + text.encode(codec) if codec else text.encode()


def modelfiles(seed: int, count: int) -> Iterator[bytes]:
    """Yield ``count`` Modelfiles."""
    rng = random.Random(seed)
    grammar, mutator = Grammar(rng), Mutator(rng)
    for _ in range(count):
        data = encode(rng, grammar.modelfile())
        yield mutator.damage(data, encode(rng, grammar.modelfile())) if rng.random() < 0.75 else data
