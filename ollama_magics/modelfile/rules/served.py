"""What has no effect, or another one than it seems, because of what a server has: the base, its limits, its version.

These rules need facts that only a server knows. `check` takes them as data; `ollama_magics.services.effects` asks for them.

Source: Ollama server/create.go (what is inherited), server/prompt.go and server/routes.go (renderer before chat template before TEMPLATE,
a context that does not hold all), llm/server.go (num_ctx above what the model was trained on), v0.33.0-rc2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ollama_magics.modelfile.naming import shortened
from ollama_magics.modelfile.nodes import Instruction
from ollama_magics.modelfile.rules.requires import SINCE
from ollama_magics.modelfile.rules.rule import Finding, Rule
from ollama_magics.wire.options import OPTIONS

if TYPE_CHECKING:
    from ollama_magics.modelfile.modelfile import Modelfile


@dataclass(frozen=True, slots=True)
class Served:
    """What a server knows; what it was not asked for is None or empty.

    Attributes:
        base: the name of the model in FROM.
        parameters: the base's, typed.
        texts: the base's ``system``, ``template``, ``renderer``, ``parser`` and ``license``, by name.
        messages: role and text of each MESSAGE of the base.
        capabilities: what the base can do.
        context: how many tokens the weights were trained on.
        version: of the server, as numbers; None when it is not known.
        chat_system: whether the chat that is open sends a system text of its own.
        made_template: the template that the server shows for the created model.
        made_capabilities: what the created model can do.
        yours: how the TEMPLATE renders the question "Hello"; None when nobody rendered it.
        theirs: what the created model gets for the same question.
        sent: what a chat with the created model sends for it, MESSAGE lines included as far as they fit.
    """

    base: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[tuple[str, str], ...] = ()
    capabilities: frozenset[str] | None = None
    context: int | None = None
    version: tuple[int, ...] | None = None
    chat_system: bool = False
    made_template: str | None = None
    made_capabilities: frozenset[str] | None = None
    yours: str | None = None
    theirs: str | None = None
    sent: str | None = None


TEMPLATE_IGNORED = Rule(
    *("MF001", "template-ignored", "warning", "The TEMPLATE is stored and never used: a renderer or the template in the weights wins."),
    *("FROM a\nTEMPLATE {{ .Prompt }}\n", "FROM a\n"),
    given="`a` has RENDERER qwen3-coder",
)
SAME_AS_BASE = Rule(
    *("MF002", "same-as-base", "info", "A line sets what the base gives anyway."),
    *("FROM a\nPARAMETER top_p 0.9\n", "FROM a\n"),
    given="`a` has PARAMETER top_p 0.9",
)
CHAT_REPLACES = Rule(
    *("MF003", "system-replaced-by-chat", "info", "A chat that is open sends a system text of its own, which replaces SYSTEM."),
    *("FROM a\nSYSTEM hi\n", "FROM a\n"),
    given="the chat was opened with `--system`",
)
SERVER_TOO_OLD = Rule(
    *("MF004", "server-too-old", "warning", "The server is older than what a line needs."),
    *("FROM a\nPARAMETER min_p 0.1\n", "FROM a\n"),
    given="the server is version 0.3.0",
)
NOT_CLEARED = Rule(
    *("MF005", "cannot-be-cleared", "warning", "An empty value does not clear what the base has."),
    *('FROM a\nSYSTEM ""\n', "FROM a\n"),
    given="`a` has SYSTEM You are Mario.",
)
ABOVE_LIMIT = Rule(
    *("MF006", "num-ctx-above-limit", "warning", "num_ctx is more than the weights were trained on."),
    *("FROM a\nPARAMETER num_ctx 8192\n", "FROM a\nPARAMETER num_ctx 2048\n"),
    given="the weights of `a` were trained on 2,048 tokens",
)
CAPABILITY_LOST = Rule(
    *("MF007", "capability-lost", "warning", "The model cannot do what its base can."),
    *("FROM a\nTEMPLATE {{ .Prompt }}\n", "FROM a\n"),
    given="`a` can use tools",
)
LICENSE_GROWS = Rule(
    *("MF008", "license-repeated", "info", "The base has the same LICENSE, and licences are only ever added."),
    *("FROM a\nLICENSE MIT\n", "FROM a\n"),
    given="`a` has LICENSE MIT",
)
CUT = Rule(
    *("MF009", "example-cut", "warning", "A MESSAGE does not fit into the context and is never sent."),
    *("FROM a\nPARAMETER num_ctx 256\nMESSAGE user Who are you?\nMESSAGE assistant Mario.\n", "FROM a\n"),
    given="what the server renders has neither of the two",
)
RULES = (TEMPLATE_IGNORED, SAME_AS_BASE, CHAT_REPLACES, SERVER_TOO_OLD, NOT_CLEARED, ABOVE_LIMIT, CAPABILITY_LOST, LICENSE_GROWS, CUT)

EXAMPLES: Mapping[str, Served] = MappingProxyType(
    {
        "MF001": Served("a", texts={"renderer": "qwen3-coder"}),
        "MF002": Served("a", parameters={"top_p": 0.9}),
        "MF003": Served("a", chat_system=True),
        "MF004": Served("a", version=(0, 3, 0)),
        "MF005": Served("a", texts={"system": "You are Mario."}),
        "MF006": Served("a", context=2048),
        "MF007": Served("a", capabilities=frozenset({"completion", "tools"}), made_capabilities=frozenset({"completion"})),
        "MF008": Served("a", texts={"license": "MIT"}),
        "MF009": Served("a", sent="Hello"),
    }
)
"""Facts under which the bad example of each rule breaks it."""

_INHERITED = ("system", "template", "renderer", "parser")
_CLEARED = frozenset(_INHERITED)


def check(file: Modelfile, served: Served) -> Iterator[Finding]:
    """Yield what is found with the facts of a server."""
    last = {node.command[0]: node for node in file.instructions if node.command is not None}
    yield from _template(file, last.get("template"), served)
    yield from _texts(file, last, served)
    yield from _parameters(file, last, served)
    yield from _licenses(file, served)
    yield from _messages(file, served)
    if served.capabilities is not None and served.made_capabilities is not None:
        lost = sorted(served.capabilities - served.made_capabilities)
        node = next((last[name] for name in ("template", "renderer", "parser") if name in last), None)
        if lost and node is not None:
            message = f"The model loses what {served.base} can do: {', '.join(lost)}"
            help = "What a model can do is read from its template; take the line out, or write it so that it has what is missing."
            yield CAPABILITY_LOST.at(*_head(node), message, help=help)


def _head(node: Instruction) -> tuple[int, int]:
    return node.start, (node.argument or node.keyword).end


def _template(file: Modelfile, node: Instruction | None, served: Served) -> Iterator[Finding]:
    if node is None or not file.template:
        return
    renderer = file.values_of("renderer")[-1:] or [served.texts.get("renderer", "")]
    replaced = served.made_template is not None and served.made_template != file.template
    proved = served.yours is not None and served.theirs is not None
    differs = served.yours != served.theirs
    if not (differs if proved else renderer[0] or replaced):
        return
    why = f"the renderer {renderer[0]}" if renderer[0] else f"the template in the weights of {served.base}"
    help = f"It is stored, and {why} is used in its place."
    if not renderer[0]:
        help += " A server with OLLAMA_GO_TEMPLATE=1 in its environment would use it."
    yield TEMPLATE_IGNORED.at(*_head(node), f"TEMPLATE is ignored: {why} wins", help=help, note="stored, never used")


def _texts(file: Modelfile, last: Mapping[str, Instruction], served: Served) -> Iterator[Finding]:
    for name in _INHERITED:
        node, given = last.get(name), served.texts.get(name, "")
        if node is None or node.value is None:
            continue
        text = file.values_of(name)[-1]
        if name == "system" and text and served.chat_system:
            help = "A request that brings a system message is sent with that one; `%chat NAME` without `--system` uses SYSTEM."
            yield CHAT_REPLACES.at(*_head(node), "The chat that is open replaces this SYSTEM by its own", help=help)
        if given and not text and name in _CLEARED:
            help = f"What is inherited can be replaced and not be taken away; write another {name.upper()}, or build on another model."
            yield NOT_CLEARED.at(node.start, node.end, f"{name.upper()} of {served.base} stays: an empty one does not clear it", help=help)
        elif given and text == given:
            yield SAME_AS_BASE.at(*_head(node), f"{name.upper()} changes nothing: {served.base} has the same text")


def _parameters(file: Modelfile, last: Mapping[str, Instruction], served: Served) -> Iterator[Finding]:
    values = file.parameters
    for name, since in SINCE.items():
        if name in last:
            yield from _too_old(last[name], name.upper(), since, served)
    for name in values:
        node, value = last[name], values[name]
        if node.value is None:
            continue
        yield from _too_old(node, name, OPTIONS[name].since, served)
        if name == "num_ctx" and served.context is not None and value > served.context:
            help = f"The server loads it with {served.context:,}."
            message = f"num_ctx {node.value.text} is more than the {served.context:,} tokens that {served.base} was trained on"
            yield ABOVE_LIMIT.at(node.value.start, node.value.end, message, help=help)
        elif name in served.parameters and served.parameters[name] == value:
            written = f"{name} {node.value.text}" if not isinstance(served.parameters[name], list) else name
            yield SAME_AS_BASE.at(node.start, node.value.end, f"PARAMETER {written} changes nothing: {served.base} has the same value")


def _too_old(node: Instruction, name: str, since: str, served: Served) -> Iterator[Finding]:
    if served.version is not None and served.version < tuple(int(part) for part in since.split(".")):
        shown = ".".join(map(str, served.version))
        help = f"It came with {since}; an older server does not use it."
        yield SERVER_TOO_OLD.at(*_head(node), f"The server, {shown}, does not know {name}", help=help)


def _licenses(file: Modelfile, served: Served) -> Iterator[Finding]:
    given = f"\n{served.texts.get('license', '')}\n"  # a server joins the texts with line ends
    for node in file.instructions:
        if node.command is not None and node.command[0] == "license" and node.command[1] and f"\n{node.command[1]}\n" in given:
            help = f"Creating {shortened(served.base)} again with itself as the base would add one each time."
            yield LICENSE_GROWS.at(*_head(node), f"{served.base} has this LICENSE, so the model has it twice", help=help)


def _messages(file: Modelfile, served: Served) -> Iterator[Finding]:
    messages = tuple((message["role"], message["content"]) for message in file.messages)
    nodes = [node for node in file.instructions if node.command is not None and node.command[0] == "message"]
    if messages and messages == served.messages:
        yield SAME_AS_BASE.at(nodes[0].start, nodes[0].end, f"The MESSAGE lines change nothing: {served.base} has the same")
    if served.sent is None:
        return
    cut = [node for node, (_, text) in zip(nodes, messages, strict=True) if text.strip() and text.strip() not in served.sent]
    if cut:
        size = f"num_ctx {file.parameters['num_ctx']}" if "num_ctx" in file.parameters else "the context"
        count = "This MESSAGE is" if len(cut) == 1 else f"{len(cut)} MESSAGE lines are"
        help = "The oldest messages are cut first, and examples are the oldest; a larger num_ctx or fewer of them helps."
        yield CUT.at(*_head(cut[0]), f"{count} never sent: {size} does not hold them", help=help)
