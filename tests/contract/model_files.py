"""The model files of the contract, made from one small model of our own or from nothing with a fixed pseudo-random sequence.

The recordings name files by their digests, so the same input must give the same bytes.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
_FMT = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "?", U64: "Q", I64: "q", F64: "d"}
T_F32, T_F16, T_Q8_0 = 0, 1, 8
ALIGN = 32


class Reader:
    """Just enough of GGUF version 3 for our own files."""

    def __init__(self, data: bytes):
        self.data, self.pos = data, 0
        magic, version, n_tensors, n_kv = self.take("4sIQQ")
        if magic != b"GGUF" or version != 3:
            raise ValueError("not a GGUF v3 file")
        self.kv: dict[str, tuple] = {}
        for _ in range(n_kv):
            key = self.string().decode()
            (kind,) = self.take("I")
            self.kv[key] = self.value(kind)
        infos = []
        for _ in range(n_tensors):
            name = self.string().decode()
            (n,) = self.take("I")
            dims = self.take(f"{n}Q")
            kind, offset = self.take("IQ")
            infos.append((name, dims, kind, offset))
        start = -(-self.pos // ALIGN) * ALIGN
        self.tensors = {}
        for name, dims, kind, offset in infos:
            count = 1
            for d in dims:
                count *= d
            size = {T_F32: 4 * count, T_F16: 2 * count, T_Q8_0: count // 32 * 34}[kind]
            self.tensors[name] = (dims, kind, data[start + offset : start + offset + size])

    def take(self, fmt: str) -> tuple:
        fmt = "<" + fmt
        out = struct.unpack_from(fmt, self.data, self.pos)
        self.pos += struct.calcsize(fmt)
        return out

    def string(self) -> bytes:
        (n,) = self.take("Q")
        self.pos += n
        return self.data[self.pos - n : self.pos]

    def value(self, kind: int) -> tuple:
        if kind == STRING:
            return kind, self.string()
        if kind == ARRAY:
            sub, n = self.take("IQ")
            if sub == STRING:
                return kind, (sub, [self.string() for _ in range(n)])
            return kind, (sub, list(self.take(f"{n}{_FMT[sub]}")))
        return kind, self.take(_FMT[kind])[0]


def _string(b) -> bytes:
    b = b.encode() if isinstance(b, str) else b
    return struct.pack("<Q", len(b)) + b


def _value(kind: int, v) -> bytes:
    if kind == STRING:
        return _string(v)
    if kind == ARRAY:
        sub, items = v
        head = struct.pack("<IQ", sub, len(items))
        if sub == STRING:
            return head + b"".join(_string(x) for x in items)
        return head + struct.pack(f"<{len(items)}{_FMT[sub]}", *items)
    return struct.pack("<" + _FMT[kind], v)


def write_gguf(kv: dict, tensors: dict, version: int = 3) -> bytes:
    out = [struct.pack("<4sIQQ", b"GGUF", version, len(tensors), len(kv))]
    for key, (kind, v) in kv.items():
        out.append(_string(key) + struct.pack("<I", kind) + _value(kind, v))
    offset, blobs = 0, []
    for name, (dims, kind, raw) in tensors.items():
        out.append(_string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset))
        pad = -len(raw) % ALIGN
        blobs.append(raw + b"\0" * pad)
        offset += len(raw) + pad
    head = b"".join(out)
    return head + b"\0" * (-len(head) % ALIGN) + b"".join(blobs)


def q8_0_to_f16(raw: bytes) -> bytes:
    out = []
    for pos in range(0, len(raw), 34):
        (d,) = struct.unpack_from("<e", raw, pos)
        out.append(struct.pack("<32e", *[d * q for q in struct.unpack_from("<32b", raw, pos + 2)]))
    return b"".join(out)


def noise(n: int, seed: int, scale: float) -> list[float]:
    """A fixed pseudo-random sequence in [-scale, scale)."""
    x, out = seed * 2654435761 % 2**32 or 1, []
    for _ in range(n):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        out.append((x / 2**31 - 1) * scale)
    return out


JINJA_TOOLS = (
    "{{ bos_token }}{% if tools %}<|system|>Tools: {{ tools | tojson }}<|end|>{% endif %}"
    "{% for m in messages %}"
    "{% if m['role'] == 'tool' %}<|user|>result: {{ m['content'] }}<|end|>"
    "{% elif m['tool_calls'] %}<|assistant|>{% for c in m['tool_calls'] %}call {{ c['function'] | tojson }}{% endfor %}<|end|>"
    "{% else %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
JINJA_THINK = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>"
    "{% if m['reasoning_content'] %}<think>{{ m['reasoning_content'] }}</think>{% endif %}"
    "{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}{% endif %}"
)
JINJA_CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def safetensors(tensors: dict) -> bytes:
    """{name: (dtype, shape, bytes)} -> file"""
    header, offset = {}, 0
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + b"".join(t[2] for t in tensors.values())


def byte_symbols() -> list[str]:
    """The 256 printable stand-ins of byte-level BPE."""
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    out, extra = [], 0
    for b in range(256):
        if b in keep:
            out.append(chr(b))
        else:
            out.append(chr(256 + extra))
            extra += 1
    return out


def byte_tokenizer(special: list[str], vocab: dict[str, int], merges: list[tuple[str, str]]) -> dict:
    """A byte-level BPE as Hugging Face's ``tokenizer.json`` spells it."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": s, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for i, s in enumerate(special)
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": [" ".join(m) for m in merges],
        },
    }


# A random Llama of one layer, as a Hugging Face directory has it.
WIDTH, INNER, HEADS = 64, 128, 2
SPECIAL = ["<s>", "</s>", "<unk>"]
MERGES = [("t", "h"), ("th", "e"), ("i", "n"), ("a", "n"), ("e", "r"), ("o", "n")]
VOCABULARY = {word: number for number, word in enumerate([*SPECIAL, *byte_symbols(), *["".join(pair) for pair in MERGES]])}
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "head_dim": WIDTH // HEADS,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "vocab_size": len(VOCABULARY),
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "float16",
    "tie_word_embeddings": False,
}
TOKENIZER_CONFIG = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "tokenizer_class": "LlamaTokenizer",
    "add_bos_token": True,
    "add_eos_token": False,
    "model_max_length": 512,
}
ADAPTER_CONFIG = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.0,
    "bias": "none",
    "target_modules": ["q_proj", "v_proj"],
    "base_model_name_or_path": "tiny/base",
}


def random_tensor(shape: list[int], seed: int) -> tuple[str, list[int], bytes]:
    """Return type, shape and bytes of a tensor of noise."""
    count = math.prod(shape)
    return "F16", shape, struct.pack(f"<{count}e", *noise(count, seed, 0.1))


def llama_tensors() -> dict[str, tuple[str, list[int], bytes]]:
    """Return the weights by their names."""
    tensors = {"model.embed_tokens.weight": random_tensor([len(VOCABULARY), WIDTH], 1)}
    attention = {f"self_attn.{letter}_proj": [WIDTH, WIDTH] for letter in "qkvo"}
    network = {"mlp.gate_proj": [INNER, WIDTH], "mlp.up_proj": [INNER, WIDTH], "mlp.down_proj": [WIDTH, INNER]}
    for seed, (name, shape) in enumerate({**attention, **network}.items(), 2):
        tensors[f"model.layers.0.{name}.weight"] = random_tensor(shape, seed)
    ones = "F16", [WIDTH], struct.pack(f"<{WIDTH}e", *[1.0] * WIDTH)
    for name in ("model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm", "model.norm"):
        tensors[f"{name}.weight"] = ones
    tensors["lm_head.weight"] = random_tensor([len(VOCABULARY), WIDTH], 20)
    return tensors


def lora_tensors() -> dict[str, tuple[str, list[int], bytes]]:
    """Return the weights of an adapter of rank 4."""
    tensors = {}
    for name, seed in (("q_proj", 31), ("v_proj", 41)):
        place = f"base_model.model.model.layers.0.self_attn.{name}"
        tensors[f"{place}.lora_A.weight"] = random_tensor([4, WIDTH], seed)
        tensors[f"{place}.lora_B.weight"] = random_tensor([WIDTH, 4], seed + 1)
    return tensors


def small_llama() -> dict[str, bytes]:
    """Return the files of the model and its adapter, and damaged copies of them."""
    model = safetensors(llama_tensors())
    files = {
        "config.json": CONFIG,
        "tokenizer.json": byte_tokenizer(SPECIAL, VOCABULARY, MERGES),
        "tokenizer_config.json": TOKENIZER_CONFIG,
        "config-unknown.json": {**CONFIG, "architectures": ["NopeForCausalLM"], "model_type": "nope"},
        "config-noarch.json": {key: value for key, value in CONFIG.items() if key != "architectures"},
        "adapter_config.json": ADAPTER_CONFIG,
    }
    return {
        **{f"st/{name}": json.dumps(value, ensure_ascii=True, indent=1).encode() for name, value in files.items()},
        "st/model.safetensors": model,
        "st/config-broken.json": b'{"architectures": ["LlamaForCausalLM"], ',
        "st/truncated.safetensors": model[: len(model) // 2],
        "st/headerless.safetensors": struct.pack("<Q", 24) + b"this is no JSON header..." + bytes(64),
        "st/adapter_model.safetensors": safetensors(lora_tensors()),
    }


class Variants:
    """Files derived from one GGUF file."""

    def __init__(self, original: bytes):
        self.original = original
        self.base = Reader(original)

    def variant(self, kv: dict | None = None, drop: tuple = (), tensors: dict | None = None) -> bytes:
        """Return the file with keys added or left out, and perhaps other tensors."""
        merged = {key: value for key, value in {**self.base.kv, **(kv or {})}.items() if key not in drop}
        return write_gguf(merged, self.base.tensors if tensors is None else tensors)

    def models(self) -> dict[str, bytes]:
        """Return the models that can be loaded, and one without tensors."""
        f16 = {n: (d, T_F16, q8_0_to_f16(raw)) if k == T_Q8_0 else (d, k, raw) for n, (d, k, raw) in self.base.tensors.items()}
        chat, name = "tokenizer.chat_template", "general.name"
        return {
            "tiny.gguf": self.original,
            "tiny-f16.gguf": self.variant({"general.file_type": (U32, 1)}, tensors=f16),
            "tiny-nojinja.gguf": self.variant({name: (STRING, "nojinja")}, drop=(chat,)),
            "tiny-tools.gguf": self.variant({chat: (STRING, JINJA_TOOLS), name: (STRING, "tools")}),
            "tiny-think.gguf": self.variant({chat: (STRING, JINJA_THINK), name: (STRING, "think")}),
            "tiny-chatml.gguf": self.variant({chat: (STRING, JINJA_CHATML), name: (STRING, "chatml")}),
            "tiny-embed.gguf": self.variant({"llama.pooling_type": (U32, 1), name: (STRING, "embed")}),
            "unknown-arch.gguf": self.variant({"general.architecture": (STRING, "nopearch")}),
            "no-tensors.gguf": self.variant(tensors={}),
        }

    def adapters(self) -> dict[str, bytes]:
        """Return LoRA adapters, one without its type and one of another width."""
        width = self.base.kv["llama.embedding_length"][1]
        kv = {
            "general.architecture": (STRING, "llama"),
            "general.type": (STRING, "adapter"),
            "adapter.type": (STRING, "lora"),
            "adapter.lora.alpha": (F32, 8.0),
            "general.name": (STRING, "our lora"),
        }
        untyped = {key: value for key, value in kv.items() if key != "general.type"}
        return {
            "lora.gguf": write_gguf(kv, self._lora(width, 51)),
            "lora2.gguf": write_gguf({**kv, "general.name": (STRING, "second lora")}, self._lora(width, 71)),
            "lora-notype.gguf": write_gguf(untyped, self._lora(width, 51)),
            "lora-badshape.gguf": write_gguf({**kv, "general.name": (STRING, "bad")}, self._lora(32, 51)),
        }

    def _lora(self, width: int, seed: int) -> dict:
        tensors = {}
        for index, part in enumerate(("attn_q", "attn_v")):
            name = f"blk.0.{part}.weight"
            rows = self.base.tensors[name][0][1]
            down, up = noise(width * 4, seed + index, 0.5), noise(rows * 4, seed + 10 + index, 0.5)
            tensors[name + ".lora_a"] = ((width, 4), T_F32, struct.pack(f"<{width * 4}f", *down))
            tensors[name + ".lora_b"] = ((4, rows), T_F32, struct.pack(f"<{rows * 4}f", *up))
        return tensors

    def damaged(self) -> dict[str, bytes]:
        """Return what is left of the file after accidents."""
        original = self.original
        return {
            "magic-only.gguf": b"GGUF",
            "truncated-20.gguf": original[:20],
            "truncated-2000.gguf": original[:2000],
            "truncated-200000.gguf": original[:200_000],
            "version-99.gguf": b"GGUF" + struct.pack("<I", 99) + original[8:4096],
            "huge-count.gguf": b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + original[24:4096],
            "no-arch.gguf": self.variant(drop=("general.architecture",)),
        }


OTHER_FILES = {
    "notes.txt": b"This is a plain text file, not a model.\n",
    "readme.md": b"# nothing\n",
    "empty.bin": b"",
    "small-a.bin": b"blob a\n",
    "small-b.bin": b"blob b\n",
    "small-c.bin": b"blob c\n",
    "small-d.bin": bytes(range(256)) * 16,
}


def make_all(model: Path, folder: Path) -> dict[str, Path]:
    """Write every file below ``folder``; return {name: path}. The same model gives the same bytes."""
    made = Variants(model.read_bytes())
    files = {**made.models(), **made.adapters(), **made.damaged(), **OTHER_FILES, **small_llama()}
    paths = {name: folder / name for name in files}
    for name, data in files.items():
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        paths[name].write_bytes(data)
    return paths
