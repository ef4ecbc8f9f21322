"""The answer to one request: sent for when it is first read from, ended from any thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.protocol import Call, ReplyDecoder
from ollama_magics.errors import OllamaMagicsError, StreamFault
from ollama_magics.wire.types import Record

if TYPE_CHECKING:
    import httpx

    from ollama_magics.client.request import Request

T = TypeVar("T", bound=Record)

DRAIN_S = 0.25
"""Seconds to wait for the end after the last line; a server that keeps it back costs us the connection, not the answer."""

# Lines of progress to remember; a pull can send a hundred thousand.
_LAST_PROGRESS = 1000


class Received(Generic[T]):
    """What has come of one answer.

    Attributes:
        received: the records so far (of a create, pull or push the last 1,000).
    """

    def __init__(self, call: Call[T], *, lines: bool) -> None:
        self._call = call
        self._lines = lines
        self.received: deque[T] = deque(maxlen=_LAST_PROGRESS if call.endpoint.at_end else None)

    def _decoder(self, response: httpx.Response, server: str) -> ReplyDecoder[T]:
        return ReplyDecoder(self._call, response.status_code, response.headers, server=server, lines=self._lines)

    def _keep(self, decode: Callable[[], list[T]]) -> Iterator[T]:
        """Remember and yield what ``decode`` finds, also what it found before an error."""
        failure: StreamFault | None = None
        try:
            found = decode()
        except StreamFault as fault:
            found, failure = fault.partial, fault
        for record in found:
            self.received.append(record)
            yield record
        if failure is not None:
            raise failure

    def _with_partial(self, error: OllamaMagicsError) -> None:
        if isinstance(error, StreamFault):
            error.partial = list(self.received)


class Stream(Received[T]):
    """The records of one answer, in the order they come.

    The request is sent when the first record is asked for. Leaving a ``with`` block, ``close()`` and the end of the answer let the
    connection go. ``cancel()`` may come from any thread at any time; the thread that waits for a record gets ``Cancelled`` at once.

    Attributes:
        received: the records so far (of a create, pull or push the last 1,000).

    Raises:
        OllamaMagicsError: from ``next``; ``ollama_magics.errors`` says which, and when. The ``partial`` of a ``StreamFault`` is
            ``received``.

    Examples:
        ::

            with client.chat("tutor", messages, stream=True) as stream:
                for chunk in stream:
                    print(chunk.message.content, end="")
    """

    def __init__(
        self,
        call: Call[T],
        request: Request,
        *,
        lines: bool,
        cancel: CancelToken | None = None,
        explain: Callable[[str, OllamaMagicsError], object] | None = None,
    ) -> None:
        super().__init__(call, lines=lines)
        self._request = request
        self._token = cancel
        self._explain = explain
        self._records = self._read()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return next(self._records)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def cancel(self) -> None:
        """End the request now, whatever it waits for; nothing happens when it has ended."""
        self._request.exchange.cancel()

    def close(self) -> None:
        """Let the connection go; from another thread than the one that reads it is ``cancel``."""
        try:
            self._records.close()
        except ValueError:  # another thread is inside the generator
            self.cancel()

    def last(self) -> T:
        """Read to the end and return the last record."""
        for _ in self._records:
            pass
        return self.received[-1]  # an answer without any record is an error

    def _read(self) -> Generator[T, None, None]:
        try:
            yield from self._exchange()
        except OllamaMagicsError as error:
            self._with_partial(error)
            if self._explain is not None:
                self._explain(self._call.model, error)
            raise

    def _exchange(self) -> Iterator[T]:
        forget = self._token.on_cancel(self.cancel) if self._token is not None else None
        response: httpx.Response | None = None
        try:
            response = self._request.send()
            yield from self._decode(response)
        finally:
            if forget is not None:
                forget()
            if response is not None:
                response.close()
            self._request.exchange.release()

    def _decode(self, response: httpx.Response) -> Iterator[T]:
        request, endpoint = self._request, self._call.endpoint
        decoder = self._decoder(response, request.server)
        try:
            for data in request.pieces(response):
                yield from self._keep(partial(decoder.feed, data))
                if decoder.answered and not endpoint.at_end:
                    request.expect_end(DRAIN_S)
        except OllamaMagicsError:
            if not decoder.answered or endpoint.at_end:
                raise
            return
        yield from self._keep(decoder.finish)
