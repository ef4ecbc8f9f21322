"""``%%compare A B …`` asks several models, versions or parameter sets the same prompts, side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_magics.errors import Cancelled, UsageProblem
from ollama_magics.magics.arguments import Arguments, positionals, switch, value, values
from ollama_magics.magics.session import Session
from ollama_magics.services.options import keep_alive_value, think_value

if TYPE_CHECKING:
    from ollama_magics.client.cancel import CancelToken
    from ollama_magics.services.comparison import Comparison
    from ollama_magics.services.comparisoncells import Event, Setting


@dataclass
class _Common(Arguments):
    column: tuple[str, ...] = positionals(
        "NAME… PARAMETER=VALUES…", "models, versions as mario@2, values as temperature=0,0.8,1.5", complete="column"
    )
    system: tuple[str, ...] = values("-s", "--system", metavar="TEXT", about="a SYSTEM to try; repeat it for several")
    seed: int = value("--seed", metavar="NUMBER", about="the seed of every answer, 7 where none is named", convert=int, default=7)
    repeat: int = value("--repeat", metavar="N", about="ask each prompt N times, with one seed after the other", convert=int, default=1)
    blind: bool = switch("--blind", about="hide names, times and order until you have judged")
    format: str | None = value("--format", metavar="json|SCHEMA", about="answer in JSON; SCHEMA is a variable, a file or JSON text")
    think: bool | str | None = value("--think", metavar="true|false|EFFORT", about="whether a thinking model thinks", convert=think_value)
    keep_alive: int | str | None = value(
        "--keep-alive", "--keepalive", metavar="TIME", about="how long models stay loaded, for instance 10m", convert=keep_alive_value
    )
    parallel: int = value("-n", "--parallel", metavar="N", about="ask at most N at a time, 4 where none is named", convert=int, default=4)
    host: str | None = value("--host", metavar="URL", about="the server that has the models")


@dataclass
class CompareArguments(_Common):
    """Ask several models, versions or parameter sets the prompts in this cell, an empty line between two prompts."""

    usage = "%%compare"
    notes = (
        "The value of the cell is a Comparison: cells, picks, winner, records(), to_markdown() and more.\n"
        "Prompts with empty lines in them are told apart by lines of three dashes."
    )

    file: str | None = value("-f", "--file", metavar="FILE", about="more prompts: text, or a JSON list", complete="file")


@dataclass
class CompareFileArguments(CompareArguments):
    """Ask several models, versions or parameter sets the prompts in a file: %compare A B --file FILE."""

    usage = "%compare"
    notes = ""


def compare_in_cell(session: Session, arguments: CompareArguments, body: str) -> Comparison | None:
    """Ask every column every prompt, show the answers as they come, and return them.

    Stop ends it with what came; an interrupt shows what came, and then fails the cell.
    """
    from ollama_magics.services.comparisonplan import plan, prompts_of
    from ollama_magics.services.comparisonrun import Run

    prompts = [*prompts_of(body), *(_prompts_in(Path(arguments.file)) if arguments.file is not None else ())]
    comparison = plan(
        arguments.column,
        prompts,
        systems=arguments.system,
        seed=arguments.seed,
        repeat=arguments.repeat,
        blind=arguments.blind,
        setting=_setting(session, arguments),
    )
    run = Run(comparison, host=arguments.host)
    session.work(lambda report, cancel: run.prepare(cancel))
    return _shown(session, comparison, run.ask_all)


def _shown(session: Session, comparison: Comparison, ask_all: Callable[[CancelToken], None]) -> Comparison | None:
    view = session.screen.comparison(comparison)
    view.begin()

    def work(report: Callable[[Event], None], cancel: CancelToken) -> None:
        silence = comparison.listen(report)
        ask_all(cancel)
        silence()

    try:
        session.work(work, view.event)
    except Cancelled as exc:
        comparison.settle()
        view.finish()
        session.shown(comparison)
        raise session.screen.drawn(exc) from exc
    view.finish()
    return session.shown(comparison)


def _setting(session: Session, arguments: CompareArguments) -> Setting:
    from ollama_magics.magics.chat import format_value
    from ollama_magics.services.comparisoncells import Setting

    if arguments.parallel < 1:
        raise UsageProblem(f"-n cannot be {arguments.parallel}: at least one has to be asked at a time", hint="write -n 2")
    form = format_value(arguments.format, session.shell.user_ns)
    return Setting(form, arguments.think, arguments.keep_alive, arguments.parallel)  # type: ignore[arg-type]  # think_value gives nothing else


def _prompts_in(path: Path) -> tuple[str, ...]:
    """Return the prompts in a file: a list of texts in JSON, else paragraphs."""
    from ollama_magics.services.comparisonplan import prompts_of

    try:
        text = path.read_text("utf-8-sig")
    except OSError as exc:
        raise UsageProblem(f"the prompts in {path} cannot be read: {exc.strerror or exc}", hint="write --file FILE") from exc
    except UnicodeDecodeError as exc:
        raise UsageProblem(f"{path} is not UTF-8 text", hint="save it as UTF-8") from exc
    if path.suffix.lower() != ".json":
        return prompts_of(text)
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise UsageProblem(f"{path} is not JSON: {exc}", hint='write a list of texts: ["Who are you?"]') from exc
    if not isinstance(found, list) or not all(isinstance(prompt, str) for prompt in found):
        raise UsageProblem(f"{path} is no list of texts", hint='write a list of texts: ["Who are you?"]')
    return tuple(prompt for prompt in found if prompt.strip())
