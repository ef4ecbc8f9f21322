"""The paths of the OpenAI API and of Anthropic's, answered by the handlers of Ollama's own between two translations.

Source: Ollama middleware/openai.go, server/cloud_proxy.go (v0.33.0-rc2).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from ollama_magics.server import anthropic
from ollama_magics.server.answers import Answer
from ollama_magics.server.decode import Kind, decode
from ollama_magics.server.engine.completion import Chunk
from ollama_magics.server.errors import ApiError
from ollama_magics.server.handler import JSON, JSON_UTF8, ApiHandler
from ollama_magics.server.inference import InferenceHandler
from ollama_magics.server.openai import answers, requests, responses
from ollama_magics.server.routes.chat import Chat
from ollama_magics.server.routes.embed import Embed
from ollama_magics.server.routes.generate import Generate
from ollama_magics.server.routes.openai_models import OpenAIErrors, is_cloud
from ollama_magics.wire import gojson

SSE = "text/event-stream"


class _Translated(OpenAIErrors, InferenceHandler):
    """A request that is translated into one of Ollama's, and its answer back.

    Notes:
        An error in the middle of a stream is an event of its own, as OpenAI sends it; Ollama loses its words there.
    """

    stream_type = SSE
    form: answers.Form

    @abstractmethod
    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of Ollama's; raises ``ApiError``."""

    def read(self, kind: Kind) -> dict[str, Any]:
        """Return the fields of Ollama's request that asks the same; raises ``ApiError`` 400."""
        self.error_type = JSON_UTF8
        request = self.translate()
        self.error_type = JSON
        return decode(gojson.dumps(request).encode("utf-8", "replace"), kind)

    def given(self, kind: Kind) -> dict[str, Any]:
        """Return the fields of the request as it came; raises ``ApiError``, also for a model of the cloud."""
        if not self.request.body.strip():
            raise ApiError(400, "EOF")
        given = decode(self.request.body, kind)
        if is_cloud(given.get("model", "")):
            raise self.cloud_refused(self.cloud_fault())
        return given

    def respond(self, answer: Mapping[str, Any]) -> None:
        """Answer with one object, as a stream where one was asked for."""
        if not self.form.streams:
            return self.reply(self.form.whole(answer), content_type=JSON)
        self.text("".join(map(self.form.text, self.form.events(answer))), content_type=SSE)

    def lines(self, answer: Answer, chunks: Sequence[Chunk]) -> str:
        """Return the events for what the model has said."""
        return "".join(self.form.text(content) for chunk in chunks for content in self.form.events(answer.object(chunk)))

    def last_line(self, problem: Mapping[str, Any]) -> str:
        """Return the event with which an error ends a stream."""
        return answers.event(problem)


class ChatCompletions(_Translated, Chat):
    """``/v1/chat/completions``."""

    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of ``/api/chat``."""
        given = self.given(requests.CHAT)
        self.form = answers.ChatForm(given)
        return requests.chat_request(given)


class Completions(_Translated, Generate):
    """``/v1/completions``."""

    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of ``/api/generate``."""
        given = self.given(requests.COMPLETION)
        self.form = answers.CompletionForm(given)
        return requests.completion_request(given)


class Embeddings(_Translated, Embed):
    """``/v1/embeddings``."""

    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of ``/api/embed``."""
        given = self.given(requests.EMBEDDING)
        self.form = answers.EmbeddingForm(given)
        return requests.embedding_request(given)


class Responses(_Translated, Chat):
    """``/v1/responses``."""

    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of ``/api/chat``."""
        given = self.given(responses.REQUEST)
        self.form = responses.ResponsesForm(given)
        return responses.chat_request(given)

    def last_line(self, problem: Mapping[str, Any]) -> str:
        """Return the event with which an error ends a stream."""
        return self.form.text({"type": "error", **problem["error"]})


class Messages(_Translated, Chat):
    """Anthropic's ``/v1/messages``."""

    def error_object(self, status: int, text: str) -> Mapping[str, Any]:
        """Return the body of an error."""
        return anthropic.error(status, text)

    def translate(self) -> Mapping[str, Any]:
        """Set ``form`` and return the request as one of ``/api/chat``."""
        given = self.given(anthropic.REQUEST)
        self.form = anthropic.MessagesForm(given)
        return anthropic.chat_request(given)

    def last_line(self, problem: Mapping[str, Any]) -> str:
        """Return the event with which an error ends a stream."""
        return self.form.text(problem)


ROUTES: list[tuple[str, type[ApiHandler]]] = [
    (r"/v1/chat/completions", ChatCompletions),
    (r"/v1/completions", Completions),
    (r"/v1/embeddings", Embeddings),
    (r"/v1/responses", Responses),
    (r"/v1/messages", Messages),
]
