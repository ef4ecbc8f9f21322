"""The API of Ollama as methods: names and positions of the official Python client, and every field the server knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, Unpack, overload

from ollama_magics.client import calls, protocol
from ollama_magics.client.base import Connection
from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.fields import ChatFields, CreateFields, GenerateFields, spelled_out
from ollama_magics.client.stream import Stream
from ollama_magics.errors import NotOllama, OllamaMagicsError, ServerFault
from ollama_magics.wire import types


class Client(Connection):
    """A synchronous client of one server.

    Examples:
        ::

            with Client("127.0.0.1:11434") as client:
                client.create("mario", from_="tutor", system="You are Mario.")
                for chunk in client.chat("mario", [{"role": "user", "content": "Hi"}], stream=True):
                    print(chunk.message.content, end="")
    """

    @overload
    def generate(
        self,
        model: str = "",
        prompt: str | None = None,
        suffix: str | None = None,
        *,
        stream: Literal[False] = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[GenerateFields],
    ) -> types.GenerateResponse: ...
    @overload
    def generate(
        self,
        model: str = "",
        prompt: str | None = None,
        suffix: str | None = None,
        *,
        stream: Literal[True],
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[GenerateFields],
    ) -> Stream[types.GenerateResponse]: ...
    @spelled_out(GenerateFields)
    def generate(
        self,
        model: str = "",
        prompt: str | None = None,
        suffix: str | None = None,
        *,
        stream: bool = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[GenerateFields],
    ) -> types.GenerateResponse | Stream[types.GenerateResponse]:
        """Complete ``prompt``; with ``suffix`` fill the gap between both. An empty prompt loads the model."""
        return self._either(calls.generate(model, prompt, suffix, stream, fields), stream, timeout, cancel)

    @overload
    def chat(
        self,
        model: str = "",
        messages: Sequence[Any] | None = None,
        *,
        stream: Literal[False] = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[ChatFields],
    ) -> types.ChatResponse: ...
    @overload
    def chat(
        self,
        model: str = "",
        messages: Sequence[Any] | None = None,
        *,
        stream: Literal[True],
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[ChatFields],
    ) -> Stream[types.ChatResponse]: ...
    @spelled_out(ChatFields)
    def chat(
        self,
        model: str = "",
        messages: Sequence[Any] | None = None,
        *,
        stream: bool = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[ChatFields],
    ) -> types.ChatResponse | Stream[types.ChatResponse]:
        """Answer the last of ``messages``, which are mappings with ``role`` and ``content``. No messages load the model."""
        return self._either(calls.chat(model, messages, stream, fields), stream, timeout, cancel)

    @overload
    def create(
        self,
        model: str,
        quantize: str | None = None,
        from_: str | None = None,
        files: Mapping[str, str] | None = None,
        adapters: Mapping[str, str] | None = None,
        template: str | None = None,
        license: str | Sequence[str] | None = None,
        system: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        messages: Sequence[Any] | None = None,
        *,
        stream: Literal[False] = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[CreateFields],
    ) -> types.ProgressResponse: ...
    @overload
    def create(
        self,
        model: str,
        quantize: str | None = None,
        from_: str | None = None,
        files: Mapping[str, str] | None = None,
        adapters: Mapping[str, str] | None = None,
        template: str | None = None,
        license: str | Sequence[str] | None = None,
        system: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        messages: Sequence[Any] | None = None,
        *,
        stream: Literal[True],
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[CreateFields],
    ) -> Stream[types.ProgressResponse]: ...
    @spelled_out(CreateFields)
    def create(
        self,
        model: str,
        quantize: str | None = None,
        from_: str | None = None,
        files: Mapping[str, str] | None = None,
        adapters: Mapping[str, str] | None = None,
        template: str | None = None,
        license: str | Sequence[str] | None = None,
        system: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        messages: Sequence[Any] | None = None,
        *,
        stream: bool = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        **fields: Unpack[CreateFields],
    ) -> types.ProgressResponse | Stream[types.ProgressResponse]:
        """Make a model from another one or from uploaded files (name -> digest).

        ``from_`` wins over ``files``. Nothing that the base has can be taken away: empty values mean the base's, parameters are
        merged, licences added. Cancelling ends a streamed create only; ``stream=False`` runs to its end on the server.
        Source: Ollama server/create.go (v0.33.0-rc2).
        """
        given = (quantize, from_, files, adapters, template, license, system, parameters, messages)
        return self._either(calls.create(model, *given, stream, fields), stream, timeout, cancel)

    def send_create(
        self, request: Mapping[str, Any], *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> Stream[types.ProgressResponse]:
        """Return the progress of a create whose request is built already, such as ``ollama_magics.modelfile.request`` builds it."""
        return self._stream(calls.send_create(request), lines=True, timeout=timeout, cancel=cancel)

    @overload
    def pull(
        self,
        model: str,
        *,
        insecure: bool = False,
        stream: Literal[False] = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.ProgressResponse: ...
    @overload
    def pull(
        self, model: str, *, insecure: bool = False, stream: Literal[True], timeout: float | None = None, cancel: CancelToken | None = None
    ) -> Stream[types.ProgressResponse]: ...
    def pull(
        self, model: str, *, insecure: bool = False, stream: bool = False, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> types.ProgressResponse | Stream[types.ProgressResponse]:
        """Fetch a model from its registry; what a cancelled pull has fetched the next one takes up."""
        return self._either(calls.transfer(protocol.PULL, model, insecure, stream), stream, timeout, cancel)

    @overload
    def push(
        self,
        model: str,
        *,
        insecure: bool = False,
        stream: Literal[False] = False,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.ProgressResponse: ...
    @overload
    def push(
        self, model: str, *, insecure: bool = False, stream: Literal[True], timeout: float | None = None, cancel: CancelToken | None = None
    ) -> Stream[types.ProgressResponse]: ...
    def push(
        self, model: str, *, insecure: bool = False, stream: bool = False, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> types.ProgressResponse | Stream[types.ProgressResponse]:
        """Send a model to its registry."""
        return self._either(calls.transfer(protocol.PUSH, model, insecure, stream), stream, timeout, cancel)

    def embed(
        self,
        model: str = "",
        input: str | Sequence[str] = "",
        truncate: bool | None = None,
        options: Mapping[str, Any] | None = None,
        keep_alive: types.KeepAlive | None = None,
        dimensions: int | None = None,
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.EmbedResponse:
        """Return the vectors of one text or several, shape ``(n_inputs, n_dims)``, each of length one."""
        call = calls.embed(model, input, truncate=truncate, options=options, keep_alive=keep_alive, dimensions=dimensions)
        return self._plain(call, timeout=timeout, cancel=cancel)

    def embeddings(
        self,
        model: str = "",
        prompt: str | None = None,
        options: Mapping[str, Any] | None = None,
        keep_alive: types.KeepAlive | None = None,
        *,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.EmbeddingsResponse:
        """Return the vector of one text, not normalised, from the older endpoint."""
        return self._plain(calls.embeddings(model, prompt, options=options, keep_alive=keep_alive), timeout=timeout, cancel=cancel)

    def list(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.ListResponse:
        """Return the models on the server, the newest first."""
        return self._plain(protocol.call(protocol.LIST), timeout=timeout, cancel=cancel)

    def ps(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.ProcessResponse:
        """Return the models in memory."""
        return self._plain(protocol.call(protocol.PS), timeout=timeout, cancel=cancel)

    def show(
        self,
        model: str,
        *,
        verbose: bool | None = None,
        system: str | None = None,
        options: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.ShowResponse:
        """Return everything about a model; ``verbose`` fills in long arrays, ``system`` and ``options`` change the shown Modelfile."""
        return self._plain(calls.show(model, verbose=verbose, system=system, options=options), timeout=timeout, cancel=cancel)

    def copy(
        self, source: str, destination: str, *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> types.StatusResponse:
        """Give a model another name; a model that has it is overwritten."""
        return self._plain(calls.copy(source, destination), timeout=timeout, cancel=cancel)

    def delete(self, model: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.StatusResponse:
        """Remove a model, with the files that no other one uses."""
        return self._plain(calls.delete(model), timeout=timeout, cancel=cancel)

    def version(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> str:
        """Return the server's version, ``0.0.0`` in development builds."""
        return str(self._plain(protocol.call(protocol.VERSION), timeout=timeout, cancel=cancel).get("version", ""))

    def built_in(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.BuiltInResponse:
        """Return what a built-in server says of itself; nothing when it is another server."""
        try:
            return self._plain(protocol.call(protocol.BUILT_IN), timeout=timeout, cancel=cancel)
        except (ServerFault, NotOllama):
            return types.BuiltInResponse()

    def count_tokens(
        self, model: str, texts: Sequence[str], *, timeout: float | None = None, cancel: CancelToken | None = None
    ) -> Sequence[int] | None:
        """Return how many tokens texts have; None where the server cannot tell: it is no built-in one, or the model is not loaded."""
        try:
            call = protocol.call(protocol.TOKENS, {"model": model, "texts": [*texts]})
            return (self._plain(call, timeout=timeout, cancel=cancel)).counts
        except (ServerFault, NotOllama):
            return None

    def cloud(self, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.CloudStatusResponse:
        """Return whether the server passes requests on to the cloud."""
        return self._plain(protocol.call(protocol.CLOUD), timeout=timeout, cancel=cancel)

    def load(
        self,
        model: str,
        *,
        options: Mapping[str, Any] | None = None,
        keep_alive: types.KeepAlive | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> types.GenerateResponse:
        """Bring a model into memory and return when it is there."""
        return self.generate(model, options=options, keep_alive=keep_alive, timeout=timeout, cancel=cancel)

    def unload(self, model: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> types.GenerateResponse:
        """Take a model out of memory; requests to it that run are finished first, those that hang are ended."""
        return self.generate(model, keep_alive=0, timeout=timeout, cancel=cancel)

    def _explain(self, model: str, error: OllamaMagicsError) -> None:
        from ollama_magics.client import near

        if near.explained(model, error, self.url):
            with suppress(OllamaMagicsError):
                near.name_the_near_ones(model, error, self.list(timeout=near.ASK_S))

    def has_blob(self, digest: str, *, timeout: float | None = None, cancel: CancelToken | None = None) -> bool:
        """Return whether the server has the file of that digest (``sha256:`` and 64 hexadecimal digits in lower case)."""
        try:
            self._plain(protocol.call(protocol.blob("HEAD", digest)), timeout=timeout, cancel=cancel)
        except ServerFault as fault:
            if fault.status != 404:
                raise
            return False
        return True

    def create_blob(
        self,
        path: str | os.PathLike[str],
        *,
        on_bytes: Callable[[int], object] | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
    ) -> str:
        """Send a file unless the server has it and return its digest; a connection that breaks off is opened again.

        Args:
            on_bytes: gets the count of bytes of each piece sent, and a negative one when they have to be sent again.

        Raises:
            FileProblem: the file cannot be read, or changes meanwhile.
        """
        from ollama_magics.client.transfer import hash_file, upload

        digest = hash_file(path, cancel=cancel)
        upload(self, path, digest, on_bytes=on_bytes, cancel=cancel, timeout=timeout)
        return digest
