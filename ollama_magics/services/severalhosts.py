"""One create on several servers at once: each for itself, none waits for another, and none fails because another does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.services.creation import Creation, create
from ollama_magics.wire.host import parse_host

if TYPE_CHECKING:
    from ollama_magics.modelfile import Modelfile
    from ollama_magics.services.progress import Progress

_AT_ONCE = 8
"""How many servers are created on at the same time."""


@dataclass(frozen=True)
class Outcome:
    """What came of a create on one server.

    Attributes:
        url: the server's address, without secrets.
        creation: what was created; None where it failed.
        error: why it failed.
    """

    url: str
    creation: Creation | None
    error: OllamaMagicsError | None = None


@dataclass(frozen=True)
class Creations(Sequence[Outcome]):
    """What came of a create on several servers, in the order they were named.

    Attributes:
        name: the model.
        outcomes: one a server.
    """

    name: str
    outcomes: tuple[Outcome, ...]

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Outcome: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, index: int | slice) -> Outcome | Sequence[Outcome]:
        return self.outcomes[index]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The servers on which it was not created."""
        return tuple(outcome for outcome in self.outcomes if outcome.error is not None)


def hosts_of(text: str | None) -> list[str]:
    """Return the addresses that ``--host`` names, which commas separate, each once.

    Examples:
        >>> hosts_of("a:1, b:2,a:1"), hosts_of("a"), hosts_of(None)
        (['a:1', 'b:2'], ['a'], [])
    """
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def create_on(
    hosts: Sequence[str],
    name: str,
    source: str | bytes | Modelfile | None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
    **options: Any,
) -> Creations:
    """Create a model on each of several servers and return what came of it.

    Args:
        hosts: their addresses.
        on_progress: called with each step of each, from several threads; the server stands behind what is worked on.
        cancel: stops all of them.
        options: further arguments of `create`.
    """
    cancel = cancel or CancelToken()

    def one(host: str) -> Outcome:
        url = parse_host(host).connectable.url

        def report(step: Progress) -> None:
            if on_progress is not None:
                on_progress(replace(step, item=f"{step.item} · {parse_host(host).netloc}".removeprefix(" ")))

        try:
            return Outcome(url, create(name, source, host=host, on_progress=report, cancel=cancel, **options))
        except OllamaMagicsError as exc:
            return Outcome(url, None, exc)

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return Creations(name, tuple(pool.map(one, hosts)))
