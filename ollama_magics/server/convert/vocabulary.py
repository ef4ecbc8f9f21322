"""A model's vocabulary and special tokens as GGUF keys.

Source: Ollama convert/tokenizer.go, convert/tokenizer_spm.go (v0.33.0-rc2).
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ollama_magics.server.convert.folder import Folder
from ollama_magics.server.errors import StoreError
from ollama_magics.server.gguftypes import FLOAT32, STRING
from ollama_magics.server.ggufwriting import INT32

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

KeyValue = tuple[Any, int | None]
"""A value and the number of its type; None leaves the type to the value."""

_SPECIAL = {"bos": "bos", "eos": "eos", "unk": "unknown", "sep": "seperator", "pad": "padding", "cls": "cls", "mask": "mask"}
"""Name in the tokenizer's files → name in the key. The third is misspelt in llama.cpp."""

_TURNS = frozenset(
    f"<{word}>"
    for word in (
        *("end_of_turn", "start_of_turn", "start_function_declaration", "end_function_declaration", "start_function_call"),
        *("end_function_call", "start_function_response", "end_function_response", "escape"),
    )
)
"""Pieces that Gemma's vocabularies wrongly call normal."""

_PRETOKENIZERS = {
    "d98f9631be1e9607a9848c26c1f9eac1aa9fc21ac6ba82a2fc0741af9780a48f": "llama-bpe",
    "03df5c5863ad70781dcfdef491ead25140f895fe8010964be0daefe27be32b02": "deepseek-llm",
    "21cde974d587f0d54dc8d56b183cc1e6239600172035c68fbd6d4b9f8da0576e": "deepseek-coder",
    "1ff7f41064896984db5d1bb6ff64fa4bc29007d08c1b439e505b7392777a319e": "qwen2",
    "00431aed57e696b747435f734d1e3b9b1bfd931a121fb5cac7129e97c181e9ba": "qwen35",
    "b92c0824a58e1d8dc3221cf3e12c433c3a86f57e46d57229993489f0798e7702": "laguna",
}
"""Digest of the patterns by which a text is split → llama.cpp's name of the way."""


_BYTE_PIECE = re.compile(r"<0x[0-9A-F]{2}>\Z")
_BAD_MERGES = "could not parse tokenizer merges. expected []string or [][]string"


@dataclass
class Vocabulary:
    """Tokens in the order of their ids, with a score and a type each.

    Attributes:
        model: "gpt2" for byte-level BPE, "llama" for SentencePiece.
        prefix: whether a text gets a space in front; None when the files do not say.
    """

    model: str
    tokens: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    types: list[int] = field(default_factory=list)
    prefix: bool | None = None

    def add(self, token: str, score: float, kind: int) -> None:
        """Append a token."""
        self.tokens.append(token)
        self.scores.append(score)
        self.types.append(kind)

    def fill(self, size: int) -> None:
        """Append dummy tokens up to ``size``, as the embeddings have rows for them."""
        for index in range(size - len(self.tokens)):
            self.add(f"[PAD{index}]", -1.0, USER_DEFINED)


def vocabulary_keys(folder: Folder, size: int) -> tuple[dict[str, KeyValue], int]:
    """Return the keys below ``tokenizer.`` and how many tokens there are.

    Args:
        size: what the model's configuration says of the number of tokens, 0 for nothing.

    Raises:
        StoreError: there is no tokenizer, or one that cannot be converted.
    """
    vocabulary = _read(folder)
    source = folder.optional("tokenizer.json")
    keys: dict[str, KeyValue] = {
        "tokenizer.ggml.pre": (_pretokenizer(source), None),
        **dict(_special_tokens(folder, source)),
    }
    merges = _merges(source)
    if merges:
        keys["tokenizer.ggml.merges"] = (merges, STRING)
    template = _chat_template(folder)
    if template:
        keys["tokenizer.chat_template"] = (template, None)
    count = len(vocabulary.tokens)
    vocabulary.fill(size)
    keys |= {
        "tokenizer.ggml.model": (vocabulary.model, None),
        "tokenizer.ggml.tokens": (vocabulary.tokens, STRING),
        "tokenizer.ggml.scores": (vocabulary.scores, FLOAT32),
        "tokenizer.ggml.token_type": (vocabulary.types, INT32),
    }
    if vocabulary.prefix is not None:
        keys["tokenizer.ggml.add_space_prefix"] = (vocabulary.prefix, None)
    return keys, count


def _read(folder: Folder) -> Vocabulary:
    if "tokenizer.model" in folder:
        return _sentencepiece(folder)
    if "tokenizer.json" in folder:
        return _from_json(folder.object("tokenizer.json"))
    raise StoreError("unknown tokenizer format")


def _from_json(source: dict[str, Any]) -> Vocabulary:
    model = source.get("model")
    words = model.get("vocab") if isinstance(model, dict) else None
    if not isinstance(model, dict) or not isinstance(words, dict) or any(type(number) is not int for number in words.values()):
        raise StoreError("unknown tokenizer format")
    if model.get("byte_fallback"):
        return _pieces_in_json(source, model.get("unk_token"), words)
    tokens = {number: (word, NORMAL) for word, number in words.items()}
    for added in _added(source):
        tokens[added["id"]] = added["content"], CONTROL if added.get("special") else USER_DEFINED
    vocabulary = Vocabulary("gpt2")
    for number in sorted(tokens):
        vocabulary.add(tokens[number][0], float(number), tokens[number][1])
    return vocabulary


def _pieces_in_json(source: dict[str, Any], unknown: object, words: dict[str, int]) -> Vocabulary:
    """Return the SentencePiece vocabulary that a ``tokenizer.json`` was made of.

    The engine merges the pair with the best score where the file lists pairs in the order in which they are merged, so the
    scores are those places. Ollama takes such a file for a byte-level one, and its models answer nonsense.
    Source: huggingface/tokenizers, "BPE" with ``byte_fallback``; llama.cpp src/llama-vocab.cpp llm_tokenizer_spm.
    """
    ranks: dict[str, int] = {}
    for rank, merge in enumerate(_merges(source)):
        ranks.setdefault(merge.replace(" ", ""), rank)
    added = {token["id"]: token for token in _added(source)}
    tokens = {number: word for word, number in words.items()} | {number: token["content"] for number, token in added.items()}
    vocabulary = Vocabulary("llama", prefix=None if _prepends(source) else False)
    for number, token in sorted(tokens.items()):
        if token == unknown:
            kind = UNKNOWN
        elif number in added:
            kind = CONTROL if added[number]["special"] else USER_DEFINED
        else:
            kind = BYTE if _BYTE_PIECE.match(token) else NORMAL
        vocabulary.add(token, float(-ranks.get(token, len(ranks))), kind)
    return vocabulary


def _prepends(source: dict[str, Any]) -> bool:
    """Return whether a text gets a space in front."""
    steps: list[Any] = [source.get("normalizer"), source.get("pre_tokenizer")]
    for step in steps:
        if isinstance(step, dict):
            steps += [part for part in (*(step.get("normalizers") or ()), *(step.get("pretokenizers") or ())) if isinstance(part, dict)]
    parts = [step for step in steps if isinstance(step, dict)]
    spaces = [part for part in parts if part.get("type") == "Metaspace"]
    before = any(part.get("prepend_scheme", "always" if part.get("add_prefix_space", True) else "never") != "never" for part in spaces)
    return before or any(part.get("type") == "Prepend" for part in parts)


def _added(source: dict[str, Any]) -> list[dict[str, Any]]:
    added = source.get("added_tokens") or []
    try:
        return [{"id": int(token["id"]), "content": str(token["content"]), "special": bool(token.get("special"))} for token in added]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise StoreError("parse tokenizer.json: added_tokens is damaged") from problem


def _merges(source: dict[str, Any]) -> list[str]:
    model = source.get("model")
    merges = (model.get("merges") if isinstance(model, dict) else None) or []
    if not isinstance(merges, list):
        raise StoreError(_BAD_MERGES)
    if all(isinstance(merge, str) for merge in merges):
        return list(merges)
    if all(isinstance(merge, list) and all(isinstance(part, str) for part in merge) for merge in merges):
        return [" ".join(merge) for merge in merges]
    raise StoreError(_BAD_MERGES)


def _pretokenizer(source: dict[str, Any]) -> str:
    parts = source.get("pre_tokenizer")
    patterns = hashlib.sha256()
    steps = parts.get("pretokenizers") if isinstance(parts, dict) else None
    for part in steps if isinstance(steps, list) else []:
        pattern = part.get("pattern") if isinstance(part, dict) and part.get("type") == "Split" else None
        if isinstance(pattern, dict) and isinstance(pattern.get("Regex"), str):
            patterns.update(pattern["Regex"].encode())
    return _PRETOKENIZERS.get(patterns.hexdigest(), "default")


def _special_tokens(folder: Folder, source: dict[str, Any]) -> Iterator[tuple[str, KeyValue]]:
    config = folder.optional("tokenizer_config.json")
    generation = folder.optional("generation_config.json")
    added = {token["content"]: token["id"] for token in _added(source)}
    for name, key in _SPECIAL.items() if config else ():
        token = config.get(f"{name}_token")
        content = token.get("content") if isinstance(token, dict) else token
        if not isinstance(content, str) or content not in added:
            continue
        add = config.get(f"add_{name}_token")
        if isinstance(add, bool):
            yield f"tokenizer.ggml.add_{key}_token", (add, None)
        yield f"tokenizer.ggml.{key}_token_id", (added[content], None)
        numbers = generation.get(f"{name}_token_id")
        if isinstance(numbers, list) and numbers and all(type(number) is int for number in numbers):
            yield f"tokenizer.ggml.{key}_token_ids", (numbers, INT32)


def _chat_template(folder: Folder) -> str:
    template = folder.optional("tokenizer_config.json").get("chat_template")
    if isinstance(template, list):
        named = {item.get("name"): item.get("template") for item in template if isinstance(item, dict)}
        template = named.get("default")
    if template is None and "chat_template.jinja" in folder:
        with folder.open("chat_template.jinja") as file:
            template = file.read().decode("utf-8", "replace")
    return template if isinstance(template, str) else ""


def _sentencepiece(folder: Folder) -> Vocabulary:
    """Source: SentencePiece sentencepiece_model.proto: ModelProto.pieces = 1, normalizer_spec = 3."""
    with folder.open("tokenizer.model") as file:
        data = file.read()
    special = folder.optional("special_tokens_map.json").get("additional_special_tokens") or []
    control = _TURNS | {str(item.get("content")) if isinstance(item, dict) else str(item) for item in special}
    vocabulary = Vocabulary("llama")
    try:
        for number, value in _fields(data):
            if number == 1:
                piece, score, kind = _piece(value)
                if kind not in (UNKNOWN, CONTROL, UNUSED, BYTE):
                    kind = CONTROL if piece in control else NORMAL
                vocabulary.add(piece, score, kind)
            elif number == 3:
                # Source: sentencepiece_model.proto NormalizerSpec.add_dummy_prefix = 3, true unless it is given.
                vocabulary.prefix = bool(dict(_fields(value)).get(3, 1))
    except (IndexError, TypeError, ValueError, struct.error) as problem:
        raise StoreError("tokenizer.model is damaged: proto: cannot parse invalid wire-format data") from problem
    _add_later_tokens(folder, vocabulary)
    if vocabulary.prefix:
        vocabulary.prefix = None  # the engine's default
    return vocabulary


def _add_later_tokens(folder: Folder, vocabulary: Vocabulary) -> None:
    later = folder.optional("added_tokens.json")
    for content, number in sorted(later.items(), key=lambda item: json.dumps(item[1]).rjust(20)):
        if type(number) is not int or number < 0:
            raise StoreError(f"invalid token id: [{json.dumps(number)}] as pos [{len(vocabulary.tokens)}]")
        if number < len(vocabulary.tokens):
            if vocabulary.tokens[number] != content:
                raise StoreError(f"token mismatch: {content} != {vocabulary.tokens[number]} at pos [{number}]")
        elif number > len(vocabulary.tokens):
            raise StoreError(f"invalid token id: [{number}] as pos [{len(vocabulary.tokens)}]")
        else:
            vocabulary.add(content, -1000.0, USER_DEFINED)


def _piece(data: Any) -> tuple[str, float, int]:
    fields = dict(_fields(data))
    score = struct.unpack("<f", fields[2])[0] if 2 in fields else 0.0
    return bytes(fields.get(1, b"")).decode("utf-8", "replace"), score, int(fields.get(3, NORMAL))


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a protobuf message: number and value, a whole number or bytes.

    Source: protobuf.dev/programming-guides/encoding, wire types 0, 1, 2 and 5.
    """
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        else:
            size = {1: 8, 5: 4}[wire] if wire in (1, 5) else -1
        if size < 0 or position + size > len(data):
            raise ValueError(wire)
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError(value)
