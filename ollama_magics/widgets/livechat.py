"""Conversations in a cell's output: one answer while its cell runs, and a chat that goes on after its cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ollama_magics.display.segments import Document
from ollama_magics.widgets import outputs
from ollama_magics.widgets.live import LiveView

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Chat
    from ollama_magics.widgets.thread import Create


class LiveAnswer(LiveView):
    """One answer in a notebook, as it comes, with Stop.

    Args:
        chat: the conversation in which the answer comes.
        server: what the server is called.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, chat: Chat, server: str = "", *, publisher: Any = None) -> None:
        from ollama_magics.widgets.chat import ChatPanel

        super().__init__(ChatPanel(chat, server), f"Asking {chat.model} …", publisher)

    def delta(self, piece: Any) -> None:
        """The panel looks on by itself; a piece that is reported is shown already."""

    def finish(self, document: Document, answer: Any = None) -> None:
        """Show the finished answer in the panel's place."""
        self.settle(document)


class LiveChat:
    """A chat that goes on below a cell after the cell has ended; each turn runs in a thread of its own.

    The output holds the panel and the transcript so far: a page with the kernel shows the one, a reopened notebook the other.

    Args:
        chat: the conversation; everything that is said in it is shown here, also what is asked elsewhere.
        server: what the server is called.
        create: creates the model from the text of a cell and returns its version.
        publisher: where outputs go; None is the running shell's.
    """

    def __init__(self, chat: Chat, *, server: str = "", create: Create | None = None, publisher: Any = None) -> None:
        from ollama_magics.widgets.chat import ChatPanel

        self._chat, self._server = chat, server
        self._place = outputs.Place(publisher)
        self._open = False
        self.panel = ChatPanel(chat, server, composer=True, create=create, on_ended=self._keep)
        self.panel.on_cancel(chat.stop)
        self.panel.on_request("saved", lambda _: outputs.saved(self._document()), repeatable=True)

    @property
    def thread(self) -> Any:
        """What is shown (`ollama_magics.widgets.thread.Thread`)."""
        return self.panel.thread

    def show(self) -> None:
        """Show the panel in the running cell."""
        self._place.show(self._bundle())
        self._open = True
        if not self._chat.turns:
            self.thread.introduce()

    def ask(self, text: str) -> None:
        """Start the turn of ``text`` and return.

        Raises:
            UsageProblem: an answer is still coming.
        """
        self.thread.run(self._chat.stream(text))

    def close(self) -> None:
        """Leave the transcript where the panel was."""
        self._open = False
        self._chat.stop()
        self._place.show(outputs.saved(self._document()))
        self.panel.close()

    def leave(self) -> None:
        """Look on no longer, as the output is gone; what was made for an older version goes with the last who looks on."""
        self._open = False
        self.panel.close()
        if self._chat.stand_in is not None and not self._chat.floor.is_watched:
            self._chat.close()

    def _keep(self) -> None:
        """Keep the transcript in the notebook as it is now."""
        if self._open:
            self._place.show(self._bundle())

    def _bundle(self) -> dict[str, Any]:
        return outputs.live(self.panel.model_id, self._document())

    def _document(self) -> Document:
        return self._chat.card(server=self._server or None)
