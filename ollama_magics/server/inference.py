"""What the routes that run a model have in common: finding it, loading it, and sending what it says.

Source: Ollama server/routes.go ``GenerateHandler``, ``ChatHandler``, ``scheduleRunner`` (v0.33.0-rc2).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from ollama_magics.server.answers import Answer
from ollama_magics.server.engine.completion import Chunk
from ollama_magics.server.engine.planning import adds_bos, load_spec, model_options
from ollama_magics.server.engine.runner import Runner
from ollama_magics.server.engine.scheduler import Lease, Scheduler
from ollama_magics.server.errors import ApiError, StoreError
from ollama_magics.server.gguf import GGUFInfo
from ollama_magics.server.handler import JSON, NDJSON, ApiHandler
from ollama_magics.server.inspection import capabilities, prompt_view
from ollama_magics.server.names import read_ref
from ollama_magics.server.options import Options
from ollama_magics.server.prompt import PromptView
from ollama_magics.server.store import StoredModel
from ollama_magics.template import TemplateCrash, TemplateError
from ollama_magics.text.gostrings import quote

CLOUD_OFF = "ollama cloud is disabled: remote model is unavailable"
CLOUD_MISSING = "this server cannot run cloud models"
REMOTE_REFUSED = "this server cannot run this remote model"
NO_IMAGES = (
    '{"error":{"code":400,"message":"Multimodal data provided, but model does not support multimodal requests.",'
    '"type":"invalid_request_error"}}'
)
_MOST_ALTERNATIVES = 20


@dataclass(frozen=True)
class Turn:
    """One request about to be answered by a model that is not yet loaded.

    Attributes:
        given: the request's fields.
        view: what the prompt depends on.
        can: the model's capabilities.
        think: the request's ``think``, true where the model thinks and nobody asked.
    """

    given: Mapping[str, Any]
    model: StoredModel
    view: PromptView
    can: Sequence[str]
    think: bool | str | None

    @property
    def is_native(self) -> bool:
        """Whether llama.cpp renders the messages with the chat template of the file."""
        return self.view.engine_renders


class InferenceHandler(ApiHandler):
    """A route that runs a model."""

    word = "chat"
    """What a model must be able to do, in the words of the error."""

    stream_type = NDJSON
    """Content type of an answer that comes piece by piece."""

    @property
    def scheduler(self) -> Scheduler:
        """Who loads the models."""
        scheduler = self.state.scheduler
        assert isinstance(scheduler, Scheduler)
        return scheduler

    def find_model(self, given: Mapping[str, Any]) -> StoredModel:
        """Return the model that a request names.

        Raises:
            ApiError: 400 for a name that is none, 404 for one that is not here, 403 or 502 for a model of the cloud.
        """
        text = given.get("model", "")
        ref = read_ref(text)
        if ref.source == "cloud":
            raise self.cloud_fault()
        missing = ApiError(404, f"model '{text}' not found")
        try:
            model = self.store.find(self.store.existing_name(ref.name))
        except StoreError as exc:
            raise ApiError(500, str(exc)) from exc
        if model is None or (ref.source == "local" and model.remote_host):
            raise missing
        return model

    def cloud_fault(self) -> ApiError:
        """Return the error for a model that only Ollama's cloud runs."""
        return ApiError(403, CLOUD_OFF) if self.state.settings.no_cloud else ApiError(502, CLOUD_MISSING)

    def turn(self, given: Mapping[str, Any], model: StoredModel) -> Turn:
        """Return what is known before the model is loaded.

        Raises:
            ApiError: the model is a remote one, or cannot think.
        """
        if model.remote_host:
            raise ApiError(403, CLOUD_OFF) if self.state.settings.no_cloud else ApiError(400, REMOTE_REFUSED)
        can = capabilities(self.store, model, self.state.settings)
        think = given.get("think")
        if "thinking" in can:
            think = True if think is None else think
        elif think:
            raise ApiError(400, f"{quote(given['model'])} does not support thinking")
        return Turn(given, model, prompt_view(self.store, model, self.state.settings), can, think)

    async def lease(self, turn: Turn, needed: Sequence[str] = ()) -> tuple[Lease, Options]:
        """Return the loaded model and the options of the request.

        Args:
            needed: capabilities besides ``completion``.

        Raises:
            ApiError: the model cannot do what is needed, an option is wrong, it cannot be loaded.
        """
        given, model = turn.given, turn.model
        self.header(given, model)
        if "completion" not in turn.can:
            raise ApiError(400, f"{quote(given['model'])} does not support {self.word}")
        if absent := [word for word in needed if word not in turn.can]:
            raise ApiError(400, f"{model.name.full} does not support {chr(10).join(absent)}")
        return await self.loaded(given, model, jinja=turn.is_native)

    async def loaded(self, given: Mapping[str, Any], model: StoredModel, *, jinja: bool) -> tuple[Lease, Options]:
        """Return a lease of the model, loaded as the request's options say; raises ``ApiError``."""
        settings, header = self.state.settings, self.header(given, model)
        options = model_options(model, header, given.get("options", {}), settings)
        spec = load_spec(model, header, options, settings, shift=given.get("shift"), jinja=jinja)
        lease = await self.scheduler.acquire(model, spec, given.get("keep_alive"), adds_bos=adds_bos(header))
        return lease, options

    def header(self, given: Mapping[str, Any], model: StoredModel) -> GGUFInfo:
        """Return the header of the model's file.

        Raises:
            ApiError: 404, the file is missing; 500, it is damaged.
        """
        try:
            if model.model_path is None:
                raise ApiError(500, "model has no weights")
            return self.store.header(model.model_path)
        except FileNotFoundError as exc:
            raise ApiError(404, f"model {quote(given['model'])} not found, try pulling it first") from exc
        except StoreError as exc:
            raise ApiError(500, f"the model's file is damaged: {exc}") from exc

    async def send(self, answer: Answer, chunks: AsyncGenerator[list[Chunk], None], *, stream: bool) -> None:
        """Send what the model says, piece by piece or at once."""
        if stream:
            self.error_type = JSON
        async with aclosing(chunks) as batches:
            if not stream:
                self.respond(answer.whole([chunk async for batch in batches for chunk in batch]))
                return
            async for batch in batches:
                self._streaming = True
                self.set_header("Content-Type", self.stream_type)
                self.write(self.lines(answer, batch))
                await self.flush()
        if not self._streaming:
            self.set_header("Content-Type", NDJSON)
        self.finish()

    def respond(self, answer: Mapping[str, Any]) -> None:
        """Answer with one object."""
        self.reply(answer)

    def lines(self, answer: Answer, chunks: Sequence[Chunk]) -> str:
        """Return the lines of a stream for what the model has said."""
        return answer.lines(chunks)


@contextmanager
def template_faults() -> Iterator[None]:
    """Answer with status 500 when a template fails: with its words, or with nothing where Ollama itself breaks down."""
    try:
        yield
    except TemplateCrash as exc:
        raise ApiError(500, "") from exc
    except TemplateError as exc:
        raise ApiError(500, str(exc)) from exc


def check_alternatives(given: Mapping[str, Any]) -> None:
    """Refuse a ``top_logprobs`` that no engine gives."""
    if not 0 <= given.get("top_logprobs", 0) <= _MOST_ALTERNATIVES:
        raise ApiError(400, "top_logprobs must be between 0 and 20")


def unloads(given: Mapping[str, Any]) -> bool:
    """Return whether a request without a prompt asks for the model to be unloaded."""
    return given.get("keep_alive") == 0


async def tokens_of(runner: Runner, prompt: str) -> int:
    """Return how many tokens a prompt has."""
    return len(await runner.tokenize(prompt))
