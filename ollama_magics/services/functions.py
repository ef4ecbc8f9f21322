"""The methods of a client as functions, on the server that is found: what makes ``import ollama_magics as ollama`` run a notebook.

Each takes what the method of `Client` takes, and ``host`` besides.
"""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ollama_magics.client.client import Client
from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.services.creation import Creation, creating
from ollama_magics.services.creation import create as create_model
from ollama_magics.services.servers import client_for

if TYPE_CHECKING:
    from ollama_magics.modelfile import Modelfile
    from ollama_magics.wire.types import ProgressResponse


RequestError = UsageProblem
"""The name that the official client has for a request that cannot be meant."""


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls a method of the client of the server that is found."""
    name = method.__name__

    def call(*arguments: Any, host: str | None = None, **named: Any) -> Any:
        return getattr(client_for(host)[1], name)(*arguments, **named)

    signature = inspect.signature(method)
    parameters = [*signature.parameters.values()][1:]
    spare = inspect.Parameter("host", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None")
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{inspect.getdoc(method)}\n\n``host`` is the server's address; without it one is looked for as `find_server` does."
    call.__signature__ = signature.replace(parameters=[*parameters, spare])  # type: ignore[attr-defined]  # read by inspect
    return call


generate = _function(Client.generate)
chat = _function(Client.chat)
embed = _function(Client.embed)
embeddings = _function(Client.embeddings)
pull = _function(Client.pull)
push = _function(Client.push)
delete = _function(Client.delete)
list = _function(Client.list)
copy = _function(Client.copy)
show = _function(Client.show)
ps = _function(Client.ps)


def create(
    name: str = "",
    source: str | bytes | Modelfile | None = None,
    *,
    model: str = "",
    modelfile: str | bytes | Modelfile | None = None,
    path: str | Path | None = None,
    stream: bool = False,
    **how: Any,
) -> Creation | Iterator[ProgressResponse]:
    """Create a model from a Modelfile, or from the fields of a create, and return what that did.

    Args:
        name: the model; ``model`` is the same.
        source: the Modelfile, as text, bytes or parsed; ``modelfile`` is the same.
        path: a file with the Modelfile; paths in it are relative to its folder.
        stream: return the server's lines as they come; the create goes on as they are read.
        how: ``host``, ``client``, ``directory``, ``pull``, ``dry_run``, ``on_progress``, ``cancel``, ``timeout``, ``versions`` and
            ``clock``, as `services.creation.create` has them, and the fields ``from_``, ``files``, ``adapters``, ``template``, ``license``,
            ``system``, ``parameters``, ``messages``, ``quantize``, ``renderer``, ``parser``, ``requires``, ``info``, ``remote_host``,
            ``draft_files`` and ``draft_quantize``, each of which takes the place of its instruction.

    Raises:
        UsageProblem: a name or a field cannot be meant.
        ModelfileProblem: the Modelfile has mistakes; nothing was sent.
        FileProblem: a file cannot be used; nothing was created.
        ModelNotFound: the base is not there and cannot be pulled.
        ServerFault, StreamFault: the server refused, or broke off; the model of that name is as it was.
        Cancelled: ``cancel`` was set.
    """
    if name and model:
        raise UsageProblem("create has a name twice", hint="give name or model")
    given = [text for text in (source, modelfile, path) if text is not None]
    if len(given) > 1:
        raise UsageProblem("create has several Modelfiles", hint="give one of source, modelfile and path")
    text = source if source is not None else modelfile
    if path is not None:
        text, how = _read(path), {"directory": Path(path).resolve().parent, **how}
    if not stream:
        return create_model(name or model, text, **how)
    manner = {key: how.pop(key) for key in builtins.list(how) if key in _MANNER}
    return creating(name or model, text, manner, how)  # type: ignore[arg-type]  # by the names that Manner has


_MANNER = frozenset(inspect.signature(create_model).parameters) - {"name", "source", "fields"}


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as exc:
        raise FileProblem(f"cannot read the Modelfile {path}: {exc.strerror}", hint="check the path") from exc


def web_search(*_: Any, **__: Any) -> NoReturn:
    """Say that there is no web search here: it is a service of ollama.com, not of a server.

    Raises:
        UsageProblem: always.
    """
    raise _service("web_search")


def web_fetch(*_: Any, **__: Any) -> NoReturn:
    """Say that no pages are fetched here: that is a service of ollama.com, not of a server.

    Raises:
        UsageProblem: always.
    """
    raise _service("web_fetch")


def _service(name: str) -> UsageProblem:
    return UsageProblem(f"{name} is a service of ollama.com, which ollama_magics does not offer", hint="use the package ollama for it")
