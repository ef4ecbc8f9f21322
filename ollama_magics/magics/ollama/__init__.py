"""``%ollama VERB``: the commands of Ollama's own command line, by its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, help_text
from ollama_magics.magics.ollama import checking, embedding, help, history, models, server, work
from ollama_magics.magics.session import Session
from ollama_magics.text.suggest import nearest


@dataclass(frozen=True)
class Verb:
    """One verb: what its line means, and what it does."""

    arguments: type[Arguments]
    body: Callable[[Any, Any], Any]

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        return (self.arguments.__doc__ or "").strip().split("\n")[0]


VERBS: dict[str, Verb] = {
    "status": Verb(server.StatusArguments, server.status),
    "list": Verb(models.ListArguments, models.list_models),
    "ps": Verb(models.ProcessesArguments, models.processes),
    "show": Verb(models.ShowArguments, models.show),
    "run": Verb(work.RunArguments, work.run),
    "create": Verb(work.CreateArguments, work.create),
    "pull": Verb(work.PullArguments, work.pull),
    "push": Verb(work.PushArguments, work.push),
    "cp": Verb(models.CopyArguments, models.copy),
    "rm": Verb(models.RemoveArguments, models.remove),
    "history": Verb(history.HistoryArguments, history.show_history),
    "check": Verb(checking.CheckArguments, checking.check),
    "stop": Verb(work.StopArguments, work.stop),
    "embed": Verb(embedding.EmbedArguments, embedding.embed),
    "host": Verb(server.HostArguments, server.host),
    "serve": Verb(server.ServeArguments, server.serve),
    "version": Verb(server.VersionArguments, server.version),
    "help": Verb(help.HelpArguments, help.show_help),
}

ALIASES = {"ls": "list", "delete": "rm", "copy": "cp"}


def run_verb(session: Session, line: str) -> Any:
    """Run the verb that ``line`` begins with and return its value.

    Raises:
        UsageProblem: there is no such verb; the nearest ones are named.
    """
    word, _, rest = line.strip().partition(" ")
    if word in {"", "-h", "--help"}:
        print(overview())
        return None
    verb = VERBS.get(ALIASES.get(word, word))
    if verb is None:
        near = nearest(word, [*VERBS, *ALIASES])
        hint = f"did you mean {' or '.join(f'%ollama {other}' for other in near)}?" if near else "%ollama --help lists the verbs"
        raise UsageProblem(f"%ollama has no verb {word}", hint=hint)
    return session.magic(verb.arguments, lambda arguments: verb.body(session, arguments))(rest)


def overview() -> str:
    """Return the list of verbs."""
    width = max(map(len, VERBS))
    rows = [f"  {name:<{width}}  {verb.summary}" for name, verb in VERBS.items()]
    return "\n".join(["%ollama VERB [options]", "", *rows, "", "%ollama VERB --help says more."])


def help_of(verb: str) -> str:
    """Return the ``--help`` text of a verb."""
    return help_text(VERBS[verb].arguments)
