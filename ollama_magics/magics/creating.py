"""Options of a create that no instruction of a Modelfile can say, the same for ``%%modelfile`` and ``%ollama create``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ollama_magics.magics.arguments import Arguments, switch, value, values
from ollama_magics.text.suggest import nearest
from ollama_magics.wire.quantisation import QUANTISATIONS

_NUMBERS = ("context_length", "embedding_length")
_LISTS = ("capabilities",)


def info_pair(text: str) -> tuple[str, Any]:
    """Return a fact of ``--info NAME=VALUE`` with the type that servers need; lists have commas.

    Raises:
        ValueError: there is no ``=``, or a number is none.

    Examples:
        >>> info_pair("context_length=4096"), info_pair("capabilities=tools,vision"), info_pair("model_family=llama")
        (('context_length', 4096), ('capabilities', ['tools', 'vision']), ('model_family', 'llama'))
    """
    name, equals, written = text.partition("=")
    if not equals:
        raise ValueError("write NAME=VALUE")
    if name in _NUMBERS:
        if not written.isdecimal():
            raise ValueError(f"{name} is a whole number")
        return name, int(written)
    return name, [part.strip() for part in written.split(",") if part.strip()] if name in _LISTS else written


def quantisation_value(text: str) -> str:
    """Return ``text`` if it names a quantisation of any server.

    Raises:
        ValueError: it names none; near ones are in the message.
    """
    from ollama_magics.wire.quantisation import FORMER

    if text.upper() not in (*QUANTISATIONS, *FORMER):
        near = nearest(text, QUANTISATIONS) or QUANTISATIONS
        raise ValueError(f"there are {', '.join(near)}" if len(near) > 3 else f"did you mean {' or '.join(near)}?")
    return text


@dataclass
class CreateOptions(Arguments):
    """The options of a create."""

    quantize: str | None = value(
        "-q",
        "--quantize",
        metavar="TYPE",
        about="bring the weights to this type, for instance q4_K_M",
        convert=quantisation_value,
    )
    adapter: str | None = value(
        "--adapter",
        metavar="PATH",
        about="a LoRA adapter: a GGUF file, or a folder of safetensors, which ADAPTER cannot name",
        complete="file",
    )
    draft_quantize: str | None = value(
        "--draft-quantize", metavar="TYPE", about="the same for the model in DRAFT", convert=quantisation_value
    )
    remote_host: str | None = value("--remote-host", metavar="URL", about="the model in FROM runs there; nothing is copied")
    info: tuple[tuple[str, Any], ...] = values(
        "--info", metavar="NAME=VALUE", about="what the server tells of the model, as context_length=4096", convert=info_pair
    )
    no_pull: bool = switch("--no-pull", about="do not let the server pull a base that it does not have")
    dry_run: bool = switch("--dry-run", about="show the request that would be sent and send nothing")

    @property
    def manner(self) -> dict[str, Any]:
        """What these options say to `services.creation.create`."""
        given = {"adapters": self.adapter and [self.adapter], "info": dict(self.info), "pull": not self.no_pull}
        given |= {name: getattr(self, name) for name in ("quantize", "draft_quantize", "remote_host")}
        return {name: wanted for name, wanted in given.items() if wanted is not None}
