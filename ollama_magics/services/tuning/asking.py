"""The conversation beside the knobs: each question is answered by what is tried at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ollama_magics.errors import UsageProblem
from ollama_magics.services.conversation import Chat, Reply

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Answer
    from ollama_magics.services.tuning.tuner import Tuner

Commands = tuple[tuple[str, str], ...]


class TunedChat(Chat):
    """A conversation with the model of a tuner.

    Args:
        tuner: says how each question has to be sent.
        options: further arguments of `Chat`.
    """

    def __init__(self, tuner: Tuner, **options: Any) -> None:
        super().__init__(tuner.name, **options)
        self._tuner = tuner
        self._tried: dict[str, Commands] = {}

    def stream(self, text: str, **how: Any) -> Reply:
        """Return the answer to ``text`` of what is tried; see `Chat.stream`."""
        return super().stream(text, **self._tuned(how))

    def regenerate(self, id: str | None = None, **how: Any) -> Reply:
        """Return another answer of what is tried, with the same seed; see `Chat.regenerate`."""
        return super().regenerate(id, **{"keep_seed": True, **self._tuned(how)})

    def retry(self, id: str | None = None, **how: Any) -> Reply:
        """Return an answer of what is tried now, whatever was tried when it failed; see `regenerate`."""
        return self.regenerate(id, **how)

    def edit(self, id: str, text: str, **how: Any) -> Reply:
        """Return the answer of what is tried to a question in other words; see `Chat.edit`."""
        return super().edit(id, text, **self._tuned(how))

    def go_on(self, id: str | None = None, **how: Any) -> Reply:
        """Return an unfinished answer as it goes on; see `Chat.go_on`.

        Raises:
            UsageProblem: something else is tried by now: no one model would have written the whole.
        """
        answer, tuned = self.find(id).answer, self._tuned(how)
        if answer is not None and dict(answer.options) != tuned["options"]:
            raise UsageProblem("something else is tried by now", hint="answer again, or take the change back")
        return super().go_on(id, **tuned)

    def outdated(self, answer: Answer, now: int | None = None) -> str:
        """Return how the model has moved on since an answer; what was tried then may be what is stored now."""
        if self._tried.get(answer.made_by) == self._tuner.stored.modelfile.commands:
            return f"stored as {self._tuner.stored.label}"
        return super().outdated(answer, now)

    def _tuned(self, how: dict[str, Any]) -> dict[str, Any]:
        tuned = {**self._tuner.how(), **how}
        if tuned["made_by"] and self._tuner.asked is not None:
            self._tried[tuned["made_by"]] = self._tuner.asked
        return tuned
