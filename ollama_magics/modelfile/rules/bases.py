"""FROM lines: several of them, and names that are files too.

Source: Ollama parser/parser.go (CreateRequest: a FROM that exists as a path adds files, the last other one is the model), server/create.go
(a model wins over files), v0.33.0-rc2.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ollama_magics.errors import FileProblem
from ollama_magics.modelfile.edit import remove_line
from ollama_magics.modelfile.files import expand_path
from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Instruction, Value
from ollama_magics.modelfile.problems import Fix
from ollama_magics.modelfile.quoting import spell_like
from ollama_magics.modelfile.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile

SEVERAL = Rule(
    *("MF107", "several-bases", "warning", "Several FROM lines name models; only the last one counts."),
    *("FROM a\nFROM b\n", "FROM b\n"),
)
LEFT_OUT = Rule(
    *("MF108", "file-beside-model", "warning", "A file in FROM is left out where another FROM names a model."),
    *("FROM a\nFROM ./weights.gguf\n", "FROM a\n"),
)
ALSO_A_FILE = Rule(
    *("MF109", "base-is-a-file", "warning", "FROM names a model, but a file or folder of that name is there and is taken."),
    *("FROM tutor\n", "FROM ./tutor\n"),
    files=("tutor",),
)
ADAPTER_FOLDER = Rule(
    *("MF110", "adapter-folder", "warning", "ADAPTER names a folder, which Ollama's command line reads no longer since version 0.12.11."),
    *("FROM a\nADAPTER ./lora\n", "FROM a\n"),
    files=("lora/adapter_model.safetensors",),
)
RULES = (SEVERAL, LEFT_OUT, ALSO_A_FILE, ADAPTER_FOLDER)

_PATH_STARTS = ("/", "\\", "./", "../", ".\\", "..\\", "~")
_ADAPTERS = ("adapter_model.safetensors", "adapters.safetensors")
_WEIGHTS = (".gguf", ".safetensors", ".bin", ".pth", ".pt")


def check(file: Modelfile) -> Iterator[Finding]:
    """Yield what is wrong with FROM lines together, and where the folder is known with each."""
    bases = [(node, node.value) for node in file.instructions if node.command and node.command[0] == "model" and node.value]
    names = [(node, value) for node, value in bases if not _is_path(file, value.text)]
    models = {node.start for node, _ in names}
    if names:
        last = names[-1][0]
        for node, value in names[:-1]:
            message = f"FROM {shortened(value.text)} has no effect: line {file.line_number(last.start)} names another model"
            yield SEVERAL.at(node.start, value.end, message, help="Only the last one counts.", fix=remove_line(file, node))
        for node, value in bases:
            if node.start not in models:
                message = f"{shortened(value.text)} is left out: the FROM in line {file.line_number(last.start)} names a model"
                yield LEFT_OUT.at(value.start, value.end, message, help="A server builds on one or the other.")
    yield from _adapter_folders(file)
    for node, value in bases:
        if file.folder is not None and node.start not in models and not _looks_like_path(value.text):
            yield _also_a_file(node, value)


def _adapter_folders(file: Modelfile) -> Iterator[Finding]:
    """Yield the ADAPTER lines that name a folder with an adapter in it.

    Source: Ollama parser/parser.go (filesForModel: no pattern fits ``adapter_model.safetensors`` since v0.12.11).
    """
    for node in file.instructions:
        if file.folder is None or node.command is None or node.command[0] != "adapter" or node.value is None:
            continue
        try:
            path = expand_path(node.command[1], os.path.abspath(file.folder))
        except FileProblem:
            continue
        if any(os.path.isfile(os.path.join(path, name)) for name in _ADAPTERS):
            help = "Ollama converts it all the same when it is sent: `--adapter PATH` of our create does that; or name a GGUF file."
            yield ADAPTER_FOLDER.at(node.value.start, node.value.end, f"ADAPTER {shortened(node.value.text)} is a folder", help=help)


def _also_a_file(node: Instruction, value: Value) -> Finding:
    explicit = spell_like(f"./{value.text}", value.mark)
    fix = Fix(f"Change to ./{value.text}", value.start, value.end, explicit) if explicit else None
    help = "Write the path with ./ if it is meant; else rename what is there, or name the model with its tag."
    message = f"{shortened(value.text)} is a file or folder here, so it is no model"
    return ALSO_A_FILE.at(value.start, value.end, message, help=help, fix=fix)


def _is_path(file: Modelfile, text: str) -> bool:
    if file.folder is None:
        return _looks_like_path(text)
    try:
        return os.path.exists(expand_path(text, os.path.abspath(file.folder)))
    except FileProblem:
        return True


def _looks_like_path(text: str) -> bool:
    return text in ("", ".", "..") or text.startswith(_PATH_STARTS) or text.lower().endswith(_WEIGHTS)
