"""What ``%ollama list``, ``ps`` and ``show`` print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ollama_magics.display.cards.reading import is_teaching_model, named, read, server_label
from ollama_magics.display.quantities import ago, count, size
from ollama_magics.display.segments import Block, Document, Fold, Log, Paragraph, Span, Table, Text, Title


def models_table(models: Iterable[Any], *, now: datetime, server: Any = None) -> Document:
    """Return the installed models, in the order given.

    Args:
        models: have ``name`` (or ``model``), ``digest``, ``size`` in bytes and ``modified_at``.
        now: the present, with a zone.
        server: the server that holds them.
    """
    rows: list[tuple[Text, ...]] = [
        (
            _listed_name(str(read(model, "name", "model", default="")), server),
            _digest(model),
            size(int(read(model, "size", default=0))),
            ago(read(model, "modified_at"), now),
        )
        for model in models
    ]
    empty = "There are no models yet."
    return _listing("Models", rows, ("Name", "Id", "Size", "Changed"), frozenset({2}), server, empty)


def _listed_name(name: str, server: Any) -> Text:
    """Return a model's name; the one that comes with the built-in server says what it is."""
    strong = Span(name, "strong")
    return [strong, Span(" teaching model", "dim")] if is_teaching_model(name, server) else strong


def processes_table(models: Iterable[Any], *, now: datetime, server: Any = None) -> Document:
    """Return the loaded models: where they run, how much context they have, when they go."""
    rows: list[tuple[Text, ...]] = [
        (
            Span(str(read(model, "name", "model", default="")), "strong"),
            _digest(model),
            size(int(read(model, "size", default=0))),
            _processor(model),
            count(int(read(model, "context_length"))) if read(model, "context_length") else "",
            ago(read(model, "expires_at"), now),
        )
        for model in models
    ]
    header = ("Name", "Id", "Size", "Processor", "Context", "Unloads")
    return _listing("Loaded", rows, header, frozenset({2, 4}), server, "No model is loaded.")


def hosts_table(hosts: Iterable[Any]) -> Document:
    """Return the known servers; each has ``url``, ``label``, ``version``, ``state``, ``known_from`` and ``reason``."""
    rows: list[tuple[Text, ...]] = [
        (Span(host.url, "strong"), host.label or Span(host.reason, "dim"), host.state, host.known_from) for host in hosts
    ]
    return Document((Title("", "Known servers", ""), Table(("Address", "Server", "State", "Known from"), tuple(rows))))


def show_card(name: str, show: Any, *, server: Any = None, verbose: bool = False) -> Document:
    """Return what a server knows of a model: architecture, capabilities, parameters, SYSTEM, licence, template.

    Args:
        verbose: with all that its file says of itself, and its tensors.
    """
    details, info = read(show, "details", default={}), read(show, "model_info", default={})
    facts_of = ["teaching model" if is_teaching_model(name, server) else "", server_label(server)]
    blocks: list[Block] = [Title("", named(name), "".join(f"· {fact} " for fact in facts_of if fact).rstrip())]
    facts = _model_facts(details, info)
    capabilities = [str(word) for word in read(show, "capabilities", default=()) or ()]
    if capabilities:
        facts.append(("capabilities", ", ".join(capabilities)))
    remote = read(show, "remote_model")
    if remote:
        facts.append(("runs at", f"{remote} · {read(show, 'remote_host', default='')}"))
    if facts:
        blocks.append(Table(("", ""), tuple(facts)))
    parameters = str(read(show, "parameters", default="")).strip()
    if parameters:
        blocks += [Paragraph(Span("Parameters", "strong")), Log(tuple(parameters.split("\n")))]
    system = str(read(show, "system", default="")).strip()
    if system:
        blocks += [Paragraph(Span("System", "strong")), Log(tuple(system.split("\n")))]
    blocks += _folded(show)
    if verbose:
        blocks += _file_facts(info, read(show, "tensors", default=()) or ())
    return Document(tuple(blocks))


def _file_facts(info: Mapping[str, Any], tensors: Iterable[Any]) -> list[Block]:
    """Return the keys of a model's file with their values, long ones cut, and its tensors.

    Source: Ollama cmd/cmd.go (showInfo): ``--verbose`` adds the tables Metadata and Tensors.
    """
    rows: list[tuple[Text, ...]] = [(Span(str(name), "code"), _value_words(value)) for name, value in sorted(info.items())]
    shapes: list[tuple[Text, ...]] = [
        (Span(str(read(tensor, "name", default="")), "code"), str(read(tensor, "type", default="")), str(read(tensor, "shape", default="")))
        for tensor in tensors
    ]
    blocks: list[Block] = []
    if rows:
        blocks += [Paragraph(Span("Metadata", "strong")), Table(("Key", "Value"), tuple(rows))]
    if shapes:
        blocks += [Paragraph(Span("Tensors", "strong")), Table(("Name", "Type", "Shape"), tuple(shapes))]
    return blocks


def _value_words(value: Any) -> str:
    if isinstance(value, list):
        begin = ", ".join(str(item) for item in value[:3])
        return f"[{begin}, … {len(value) - 3:,} more]" if len(value) > 3 else f"[{begin}]"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _folded(show: Any) -> list[Block]:
    out: list[Block] = []
    for title, key in (("Template", "template"), ("Licence", "license")):
        value = read(show, key, default="")
        text = "\n\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if text.strip():
            out.append(Fold(title, (Log(tuple(text.strip().split("\n"))),), brief=True))
    return out


def _model_facts(details: Any, info: Mapping[str, Any]) -> list[tuple[Text, ...]]:
    architecture = str(info.get("general.architecture") or read(details, "family", default=""))
    rows: list[tuple[str, Any]] = [
        ("architecture", architecture),
        ("parameters", read(details, "parameter_size", default="")),
        ("context length", info.get(f"{architecture}.context_length")),
        ("embedding length", info.get(f"{architecture}.embedding_length")),
        ("quantisation", read(details, "quantization_level", default="")),
        ("parent", named(str(read(details, "parent_model", default="")))),
    ]
    return [(label, count(value) if isinstance(value, int) else str(value)) for label, value in rows if value]


def _listing(
    title: str, rows: list[tuple[Text, ...]], header: tuple[str, ...], numeric: frozenset[int], server: Any, empty: str
) -> Document:
    label = server_label(server)
    head = Title("", title, f"on {label}" if label else "")
    return Document((head, Table(header, tuple(rows), numeric) if rows else Paragraph(empty)))


def _digest(model: Any) -> Span:
    return Span(str(read(model, "digest", default="")).removeprefix("sha256:")[:12], "code")


def _processor(model: Any) -> str:
    """Return where a model runs.

    Source: Ollama cmd/cmd.go (ListRunningHandler): the share of ``size_vram`` in ``size``, in words.
    """
    whole, on_gpu = int(read(model, "size", default=0)), int(read(model, "size_vram", default=0))
    if on_gpu == 0:
        return "100% CPU"
    if on_gpu >= whole:
        return "100% GPU" if on_gpu == whole else "unknown"
    cpu = round(100 * (whole - on_gpu) / whole)
    return f"{cpu}%/{100 - cpu}% CPU/GPU"
