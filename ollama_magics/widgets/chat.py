"""The panel of a conversation: one streamed answer of a cell, or a chat that goes on below it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ollama_magics.display.cards.reading import named
from ollama_magics.widgets.panel import Panel
from ollama_magics.widgets.thread import Create, Thread
from ollama_magics.widgets.threadstate import new_thread

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Chat


class ChatPanel(Panel):
    """The live panel of a conversation.

    Args:
        chat: the conversation.
        server: what the server is called.
        composer: whether there is a field for the next message, and questions are shown; without it, only the answer that is coming.
        create: creates the model from the text of a cell and returns its version.
        on_ended: is called when an answer has ended or another branch is open.
        clock: seconds, for the rate while an answer comes.

    Attributes:
        thread: what the panel shows, as it goes on.
    """

    def __init__(
        self,
        chat: Chat,
        server: str = "",
        *,
        composer: bool = False,
        create: Create | None = None,
        on_ended: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        super().__init__("chat", dict(new_thread(named(chat.model), server=server, composer=composer)), **options)
        self.thread = Thread(self, chat=chat, create=create, on_ended=on_ended, only_running=not composer, clock=clock)

    def retire(self, forms: Mapping[str, Any]) -> None:
        """Look on no longer; the saved forms stand in the panel's place."""
        self.thread.close()
        super().retire(forms)

    def close(self) -> None:
        """Look on no longer, and close the widget."""
        self.thread.close()
        super().close()
