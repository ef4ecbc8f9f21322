"""Planning a comparison from what a person named, and having it answered."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ollama_magics.errors import UsageProblem
from ollama_magics.services.comparison import SEED, Comparison
from ollama_magics.services.comparisoncells import Event, Setting
from ollama_magics.services.comparisoncolumns import Column, columns_of

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.client.client import Client
    from ollama_magics.services.versions import Versions

MOST_ANSWERS = 400
"""More answers than that are a job for a script, not for a panel."""

_PROMPT_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_RULE = re.compile(r"^---[^\S\n]*$", re.MULTILINE)


def prompts_of(text: str) -> tuple[str, ...]:
    r"""Return the prompts in a text: its paragraphs, or where lines of three dashes stand, what is between those.

    Examples:
        >>> prompts_of("One?\n\nTwo,\nlonger?\n")
        ('One?', 'Two,\nlonger?')
        >>> prompts_of("One\n\nwith a gap\n---\nTwo")
        ('One\n\nwith a gap', 'Two')
    """
    plain = text.replace("\r\n", "\n")
    parts = _RULE.split(plain) if _RULE.search(plain) else _PROMPT_BREAK.split(plain)
    return tuple(part.strip("\n") for part in parts if part.strip())


def plan(
    columns: Sequence[str | Column],
    prompts: str | Sequence[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    systems: Sequence[str] = (),
    seed: int = SEED,
    repeat: int = 1,
    blind: bool = False,
    setting: Setting | None = None,
    shuffle: Callable[[list[int]], None] = random.shuffle,
) -> Comparison:
    """Return a comparison in which nothing has been asked yet; arguments as `compare`.

    Raises:
        UsageProblem: no prompts, too few or too many columns, too many answers, a parameter that cannot be.
    """
    named = [column for column in columns if isinstance(column, str)]
    made = tuple(column for column in columns if isinstance(column, Column))
    every = (*made, *columns_of(named, parameters=parameters, systems=systems)) if named or not made else made
    asked = prompts_of(prompts) if isinstance(prompts, str) else tuple(prompt for prompt in prompts if prompt.strip())
    if not asked:
        raise UsageProblem("there is nothing to ask", hint="write the prompts below the %%compare line, an empty line between two")
    if repeat < 1:
        raise UsageProblem(f"a prompt cannot be asked {repeat} times", hint="write --repeat 3")
    answers = len(every) * len(asked) * repeat
    if answers > MOST_ANSWERS:
        raise UsageProblem(
            f"{len(asked)} prompts, {repeat} seeds and {len(every)} columns make {answers:,} answers; at most {MOST_ANSWERS} fit",
            hint="ask fewer prompts at a time",
        )
    return Comparison(every, asked, seeds=range(seed, seed + repeat), setting=setting, blind=blind, shuffle=shuffle)


def compare(
    columns: Sequence[str | Column],
    prompts: str | Sequence[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    systems: Sequence[str] = (),
    seed: int = SEED,
    repeat: int = 1,
    blind: bool = False,
    setting: Setting | None = None,
    host: str | None = None,
    client: Client | None = None,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
    versions: Versions | None = None,
) -> Comparison:
    """Ask every column every prompt and return the answers.

    Args:
        columns: names of models, ``NAME@VERSION``, ``PARAMETER=VALUE,VALUE``; or `Column` objects.
        prompts: a list, or a text with an empty line between two.
        parameters: values to try, by name: ``{"temperature": [0, 0.8]}``; every combination is a column.
        systems: system texts to try; a single one is compared with the model's own.
        seed: of every cell; with ``repeat`` each prompt is asked with that many seeds from this one on.
        blind: hide names and shuffle columns in what is shown.
        setting: format, thinking, keep-alive, how many at a time.
        host: the server's address; None looks for one as `find_server` does. client: ask through this client instead.
        on_event: called with each `Event`, from the threads that read answers.
        cancel: stops everything; what came stays, and the call returns.
        versions: where versions are kept.

    Raises:
        UsageProblem: no prompts, too few or too many columns, too many answers, a parameter that cannot be, an unknown version.
        ModelNotFound: the server has no such model.

    Examples:
        Three temperatures, two prompts::

            comparison = om.compare(["mario", "temperature=0,0.8,1.5"], ["Who are you?", "Tell me a joke."])
            comparison.pick(0, 1)
            pandas.DataFrame(comparison.records())
    """
    from ollama_magics.services.comparisonrun import Run

    comparison = plan(columns, prompts, parameters=parameters, systems=systems, seed=seed, repeat=repeat, blind=blind, setting=setting)
    if on_event is not None:
        comparison.listen(on_event)
    run = Run(comparison, host=host, client=client, versions=versions)
    run.prepare(cancel)
    run.ask_all(cancel)
    return comparison
