"""The answer to one request, for a task: sent for when it is first read from, ended when the task is cancelled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ollama_magics.client.protocol import Call
from ollama_magics.client.stream import DRAIN_S, Received
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.wire.types import Record

if TYPE_CHECKING:
    import httpx

    from ollama_magics.client.async_request import AsyncRequest

T = TypeVar("T", bound=Record)


class AsyncStream(Received[T]):
    """The records of one answer, in the order they come.

    The request is sent when the first record is asked for. Leaving an ``async with`` block, ``aclose()``, the end of the answer
    and cancelling the task that waits for a record let the connection go at once. Awaiting a stream gives the stream itself.

    Attributes:
        received: the records so far (of a create, pull or push the last 1,000).

    Raises:
        OllamaMagicsError: from ``anext``; ``ollama_magics.errors`` says which, and when. The ``partial`` of a ``StreamFault`` is
            ``received``.

    Examples:
        ::

            async with client.chat("tutor", messages, stream=True) as stream:
                async for chunk in stream:
                    print(chunk.message.content, end="")
    """

    def __init__(
        self,
        call: Call[T],
        request: Callable[[], AsyncRequest],
        *,
        lines: bool,
        explain: Callable[[str, OllamaMagicsError], Awaitable[None]],
    ) -> None:
        super().__init__(call, lines=lines)
        self._request = request
        self._explain = explain
        self._records = self._read()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        return await anext(self._records)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __await__(self) -> Generator[Any, None, Self]:
        return self.__aenter__().__await__()

    async def aclose(self) -> None:
        """Let the connection go; a task that waits for a record is to be cancelled instead."""
        await self._records.aclose()

    async def last(self) -> T:
        """Read to the end and return the last record."""
        async with aclosing(self._records) as records:
            async for _ in records:
                pass
        return self.received[-1]  # an answer without any record is an error

    async def _read(self) -> AsyncGenerator[T, None]:
        try:
            async with aclosing(self._exchange()) as records:
                async for record in records:
                    yield record
        except OllamaMagicsError as error:
            self._with_partial(error)
            await self._explain(self._call.model, error)
            raise

    async def _exchange(self) -> AsyncGenerator[T, None]:
        request = self._request()
        response = await request.send()
        try:
            async with aclosing(self._decode(request, response)) as records:
                async for record in records:
                    yield record
        finally:
            await response.aclose()

    async def _decode(self, request: AsyncRequest, response: httpx.Response) -> AsyncGenerator[T, None]:
        decoder, endpoint = self._decoder(response, request.server), self._call.endpoint
        try:
            async with aclosing(request.pieces(response)) as pieces:
                async for data in pieces:
                    for record in self._keep(partial(decoder.feed, data)):
                        yield record
                    if decoder.answered and not endpoint.at_end:
                        request.expect_end(DRAIN_S)
        except OllamaMagicsError:
            if not decoder.answered or endpoint.at_end:
                raise
            return
        for record in self._keep(decoder.finish):
            yield record
