"""What each instruction of a Modelfile is for, as data: for pages of reference and for completion.

Source: Ollama parser/parser.go (ParseFile, CreateRequest), server/create.go and docs/modelfile.mdx, v0.33.0-rc2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SOURCE = "Ollama parser/parser.go (ParseFile, CreateRequest), server/create.go and docs/modelfile.mdx, v0.33.0-rc2"
"""Where the facts about instructions are from, for pages that show them."""


@dataclass(frozen=True, slots=True)
class InstructionFacts:
    """What is known about one instruction.

    Attributes:
        name: in capitals, as it is usually written; any case is read.
        form: how a line of it is written.
        meaning: one sentence.
        repeated: one sentence: what counts when it stands several times.
        notes: what a person needs to know besides, a sentence each.
        example: a Modelfile that a create takes, with the instruction in it.
        since: the first release whose Modelfiles have it; empty for those that have long been there.
    """

    name: str
    form: str
    meaning: str
    repeated: str
    notes: tuple[str, ...]
    example: str
    since: str = ""


_LAST = "The last one counts."
_INHERITED = "Without it the base's own one is inherited."

_ALL = (
    InstructionFacts(
        *("FROM", "FROM MODEL | FILE | FOLDER", "The base: the model, or the weights, that the new model is made from."),
        "Of several models the last one counts; several files are taken together, and left out beside a model.",
        (
            "It is the only instruction that has to be there.",
            "A name that is also a file or a folder here means the file.",
            "Parameters, template, system text, messages and licence of a base model are inherited.",
        ),
        "FROM tutor\n",
    ),
    InstructionFacts(
        *("PARAMETER", "PARAMETER NAME VALUE", "A value that the model runs with, for instance how freely it chooses its words."),
        "Of one name the last value counts; each `stop` adds a text.",
        (
            "Exactly one space stands before the name; there is no `=`.",
            "What a Modelfile does not set is inherited from the base; what the base sets can be replaced, and never be removed.",
        ),
        "FROM tutor\nPARAMETER temperature 0.2\nPARAMETER stop User:\n",
    ),
    InstructionFacts(
        *("SYSTEM", "SYSTEM TEXT", "What the model is told before every conversation: who it is and how it answers."),
        _LAST,
        (
            'A text of several lines stands between `"""` and `"""`.',
            "A system message in a chat request takes its place.",
            f"{_INHERITED}",
        ),
        'FROM tutor\nSYSTEM """You are Mario.\nAnswer in one sentence."""\n',
    ),
    InstructionFacts(
        *("TEMPLATE", "TEMPLATE TEXT", "How system text, messages and tools become the one text that the model goes on with."),
        _LAST,
        (
            "It is written in Go's template language.",
            "It has no effect where the base has a renderer of its own, or a chat template that can do more.",
            f"{_INHERITED}",
        ),
        'FROM tutor\nTEMPLATE """{{ .System }}\n{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}assistant: """\n',
    ),
    InstructionFacts(
        *("MESSAGE", "MESSAGE ROLE TEXT", "A turn of a conversation that every new conversation begins with, as an example to follow."),
        "All are kept, in their order; together they take the place of the base's.",
        ("The roles are `system`, `user` and `assistant`.", "They are part of the prompt each time, and take room in the context."),
        "FROM tutor\nMESSAGE user Is Rome in Italy?\nMESSAGE assistant Yes.\n",
    ),
    InstructionFacts(
        *("ADAPTER", "ADAPTER FILE | FOLDER", "A LoRA adapter that is laid over the base's weights."),
        _LAST,
        ("It is GGUF, or Safetensors for bases that can be converted.", "It has to be made for exactly the base that it is laid over."),
        "FROM tutor\nADAPTER ./mario-lora.gguf\n",
    ),
    InstructionFacts(
        *("LICENSE", "LICENSE TEXT", "A licence that is stored with the model."),
        "All are kept, behind those of the base.",
        ("A create under the same name from itself adds the same licence once more.",),
        'FROM tutor\nLICENSE """MIT License"""\n',
    ),
    InstructionFacts(
        *("REQUIRES", "REQUIRES VERSION", "The oldest version of Ollama that the model is meant for."),
        _LAST,
        ("It is a version as `0.14.0`; Ollama stores and shows it, and does not hold itself to it.",),
        "FROM tutor\nREQUIRES 0.14.0\n",
        "0.14.0",
    ),
    InstructionFacts(
        *("RENDERER", "RENDERER NAME", "The piece of Ollama that makes the prompt in place of the template."),
        _LAST,
        ("With it TEMPLATE has no effect.", "It can be replaced by another name, and never be cleared.", "A chat refuses an unknown name."),
        "FROM tutor\nRENDERER qwen3-coder\n",
        "0.13.3",
    ),
    InstructionFacts(
        *("PARSER", "PARSER NAME", "The piece of Ollama that takes thinking and tool calls out of the answer."),
        _LAST,
        ("It can be replaced by another name, and never be cleared.",),
        "FROM tutor\nPARSER qwen3-coder\n",
        "0.13.3",
    ),
    InstructionFacts(
        *("DRAFT", "DRAFT FILE | FOLDER", "A small model that guesses tokens ahead, so that answers come faster."),
        "All files are taken together.",
        ("It is a file or a folder, never the name of a model, and not what FROM names.", "How far it guesses is `draft_num_predict`."),
        "FROM tutor\nDRAFT ./small.gguf\n",
        "0.23.1",
    ),
)

INSTRUCTIONS: Mapping[str, InstructionFacts] = MappingProxyType({facts.name: facts for facts in _ALL})
"""Every instruction by its name in capitals, the usual ones first."""

RENDERERS = frozenset(
    [
        "cogito",
        "cohere",
        "deepseek3.1",
        "functiongemma",
        "gemma4",
        "gemma4-small",
        "gemma4-large",
        "glimmer",
        "glm-4.7",
        "glm-ocr",
        "laguna",
        "lfm2",
        "lfm2-thinking",
        "nemotron-3-nano",
        "nemotron-3.5-nano",
        "olmo3",
        "olmo3.1",
        "olmo3-think",
        "olmo3-32b-think",
        "ornith",
        "poolside-v1",
        "qwen3-coder",
        "qwen3-vl-instruct",
        "qwen3-vl-thinking",
        "qwen3.5",
        "qwen3.8",
    ]
)
"""The names that Ollama's own renderers have. Source: Ollama model/renderers/renderer.go (v0.33.0-rc2)."""

PARSERS = frozenset(
    [
        "cogito",
        "cohere",
        "deepseek3",
        "functiongemma",
        "gemma4",
        "gemma4-no-thinking",
        "glimmer",
        "glm-4.7",
        "glm-ocr",
        "harmony",
        "laguna",
        "lfm2",
        "lfm2-thinking",
        "ministral",
        "nemotron-3-nano",
        "nemotron-3.5-nano",
        "olmo3",
        "olmo3-think",
        "ornith",
        "passthrough",
        "poolside-v1",
        "qwen3",
        "qwen3-thinking",
        "qwen3-coder",
        "qwen3-vl-instruct",
        "qwen3-vl-thinking",
        "qwen3.5",
    ]
)
"""The names that Ollama's own parsers of answers have. Source: Ollama model/parsers/parsers.go (v0.33.0-rc2)."""
