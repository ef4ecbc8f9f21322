"""GGUF headers: what a whole file says, and that no damaged one does harm."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_magics.server.errors import BadGGUF, NotGGUF
from ollama_magics.server.gguf import GGUFArray, read_gguf
from ollama_magics.server.gguftypes import SCALARS


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def key(name: str, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def file(*keys: bytes, tensors: bytes = b"", count: int = 0, data: bytes = b"") -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, count, len(keys)) + b"".join(keys) + tensors
    return head + b"\0" * (-len(head) % 32) + data


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ARCHITECTURE = key("general.architecture", 8, text("llama"))
STRINGS = key("tokenizer.tokens", 9, struct.pack("<IQ", 8, 2) + text("a") + text("bc"))
FLOATS = key("tokenizer.scores", 9, struct.pack("<IQ2f", 6, 2, 0.1, 1.5))
WHOLE = file(
    ARCHITECTURE,
    key("llama.context_length", 4, struct.pack("<I", 2048)),
    key("llama.rope.freq_base", 6, struct.pack("<f", 0.1)),
    key("general.file_type", 4, struct.pack("<I", 7)),
    STRINGS,
    FLOATS,
    tensors=tensor("w", (32, 2), 8),
    count=1,
    data=bytes(68),
)


@pytest.fixture
def read(tmp_path: Path):
    """Return what writes bytes to a file and reads its header."""

    def write(data: bytes, **options: bool):
        path = tmp_path / "m.gguf"
        path.write_bytes(data)
        return read_gguf(path, **options)

    return write


def test_header(read) -> None:
    """Keys of the architecture are found by their short name, 32-bit floats come with their shortest digits."""
    header = read(WHOLE)
    assert (header.architecture, header.uint("context_length"), header.file_type) == ("llama", 2048, "Q8_0")
    assert header.value("rope.freq_base") == 0.1
    assert [(t.name, t.shape, t.type.name) for t in header.tensors] == [("w", (32, 2), "Q8_0")]
    assert header.parameter_count == 64


def test_arrays_are_skipped_unless_wanted(read) -> None:
    """Without ``arrays`` only the number of items is kept."""
    assert read(WHOLE).kv["tokenizer.tokens"] == GGUFArray(8, 2, None)
    assert read(WHOLE, arrays=True).kv["tokenizer.tokens"].values == ("a", "bc")
    assert read(WHOLE, arrays=True).kv["tokenizer.scores"].values == (0.1, 1.5)


def test_other_byte_order(read) -> None:
    """A big-endian file is read as well."""
    data = b"FUGG" + struct.pack(">IQQ", 3, 0, 1) + struct.pack(">Q", 1) + b"k" + struct.pack(">II", 4, 9)
    assert read(data).kv == {"k": 9}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"GGUF", "EOF"),
        (WHOLE[:6], "unexpected EOF"),
        (WHOLE[:20], "unexpected EOF"),
        (WHOLE[:24], "EOF"),
        (WHOLE[:-1], 'tensor "w" offset+size'),
        (b"GGUF" + struct.pack("<IQQQ", 3, 2**60, 2**60, 2**60), "GGUF string length 1152921504606846976 exceeds maximum 16777216"),
        (file(key("k", 9, struct.pack("<IQ", 8, 2**40))), "GGUF array size 1099511627776 exceeds maximum 67108864"),
        (file(key("k", 9, struct.pack("<IQ", 10, 2**26))), "unexpected EOF"),
        (file(key("k", 77, b"")), "invalid type: 77"),
        (file(key("k", 9, struct.pack("<IQ", 9, 1))), "invalid array type: 9"),
        (file(key("general.alignment", 4, struct.pack("<I", 0))), "invalid GGUF alignment: 0"),
        (file(tensors=tensor("w", (1, 1, 1, 1, 1), 0), count=1), 'tensor "w" dimensions 5 exceeds maximum 4'),
        (file(tensors=tensor("w", (2**40, 2**40), 0), count=1), 'tensor "w" elements overflow'),
        (file(tensors=tensor("w", (31,), 8), count=1), 'tensor "w" size overflow'),
        (file(tensors=tensor("w", (32,), 99), count=1), 'tensor "w" size overflow'),
    ],
)
def test_damage_has_ollamas_words(read, data: bytes, message: str) -> None:
    """Every way in which a file can be broken is one error, and nothing is allocated for what it promises."""
    with pytest.raises(BadGGUF) as caught:
        read(data)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"GGU", b"ggml....", b"PK\x03\x04"])
def test_other_files_are_told_apart(read, data: bytes) -> None:
    """A file of another kind is no damaged GGUF."""
    with pytest.raises(NotGGUF):
        read(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(4, len(WHOLE) - 1), st.binary(min_size=1, max_size=12), st.booleans())
def test_no_damage_does_harm(tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, arrays: bool) -> None:
    """Bytes overwritten anywhere give a header or ``BadGGUF``, never another error."""
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(WHOLE[:place] + damage + WHOLE[place + len(damage) :])
    try:
        header = read_gguf(path, arrays=arrays)
    except BadGGUF:
        return
    assert header.size == len(path.read_bytes())


@pytest.mark.parametrize("length", range(4, len(WHOLE) - 1, 7))
def test_every_cut_is_noticed(read, length: int) -> None:
    """A file that ends early is never taken for whole."""
    with pytest.raises(BadGGUF):
        read(WHOLE[:length])


def test_scalar_types_are_all_read(read) -> None:
    """Each scalar type of the format comes back as its own number."""
    for kind, code in SCALARS.items():
        assert read(file(key("k", kind, struct.pack("<" + code, 1)))).kv == {"k": 1}
