"""The state of a thread, as its views draw it: what stands at the thread's path in the state of a panel.

A view draws and sends requests; what is said, what can be done and how a figure reads is decided by `ollama_magics.widgets.thread.Thread`.

Requests, each with the thread's path before its name (``ask`` for a chat, ``chat.ask`` for the chat of a tuner):

``ask {text, images?: [{name, data}]}``
    a new question; ``data`` is a data URL or base64. `True` when the answer has been started.
``regenerate {id}``, ``retry {id}``
    another answer to a question; after an error, the answer again.
``edit {id, text}``
    the question in other words, as a new branch. ``walk {id, which: "question" | "answer", step: -1 | 1}`` opens another branch.
``go_on {id}``
    goes on with an unfinished answer.
``allow {id, call, how: "once" | "chat" | "refuse"}``
    answers a tool call that asks.
``teach {id, source?}``
    ``{source}``, the cell's new source, for a cell that was given; ``{text}``, the MESSAGE lines to copy, without a cell.
``unteach {id, source}``, ``create {source}``
    actions of that notice.
``dismiss``
    takes the notice away. ``reset`` begins a new conversation; the old one stays a branch. ``stop`` stops the answer.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

TurnState = Literal["waiting", "streaming", "done", "stopped", "cut", "error"]
CallState = Literal["asks", "running", "allowed", "refused", "failed"]


class Suggestion(TypedDict):
    """A first question: ``label`` says where it comes from."""

    label: str
    text: str


class ImageState(TypedDict):
    """A picture of a question; ``url`` is a data URL with a type that was read off the bytes."""

    name: str
    url: str


class CallView(TypedDict):
    """A call of a tool. ``arguments`` reads as in Python, without the parentheses; ``seconds`` is text (``3 ms``), empty while it runs."""

    id: str
    name: str
    arguments: str
    state: CallState
    words: str
    result: str
    seconds: str


class Before(TypedDict):
    """The answer that a try is compared with, under its title (``Before: v3, seed 7``)."""

    title: str
    answer: str


class TurnView(TypedDict):
    """A question and the answer that is open.

    ``question_branch`` and ``answer_branch`` are ``[index, count]`` from 1; a count of 1 is no branch. ``thought_s`` is in seconds.
    ``stats`` is one line, made of counted pieces until the server's own figures come. ``note`` is the sentence on an end that is not whole,
    ``error`` the server's own words for it. ``branch_note`` says what an edit of the question leaves behind
    (``Starts branch 2. The 4 messages after it stay in branch 1.``).
    """

    id: str
    question: str
    images: list[ImageState]
    answer: str
    thinking: str
    thought_s: float | None
    thought_tokens: int | None
    state: TurnState
    stats: str
    note: str
    error: str
    can_go_on: bool
    made_by: str
    outdated: str
    question_branch: list[int]
    answer_branch: list[int]
    branch_note: str
    calls: list[CallView]
    taught: bool
    before: Before | None


class CutView(TypedDict):
    """What did not fit: the line stands above the turn with the index ``turns``; ``text`` is the sentence."""

    turns: int
    tokens: int
    text: str


class Action(TypedDict, total=False):
    """A button that sends ``method`` with ``params``.

    With ``cell`` the view reads the cell of the model first, sends its text as ``source`` besides, and writes the reply's ``source`` back,
    where there is one, expecting the text that it read.
    """

    label: str
    method: str
    params: dict[str, Any]
    cell: bool


class Notice(TypedDict):
    """A sentence with at most two buttons; ``id`` is the turn below which it stands, empty for the thread's end."""

    id: str
    text: str
    actions: list[Action]


class ThreadState(TypedDict):
    """A whole thread. ``model`` and ``version`` (``v3``, or nothing) are who answers next; ``intro`` is the first line of its SYSTEM."""

    model: str
    version: str
    server: str
    composer: bool
    busy: bool
    context_used: int | None
    context_size: int | None
    suggestions: list[Suggestion]
    intro: str
    cut: CutView | None
    turns: list[TurnView]
    notice: Notice | None


def new_thread(model: str, *, version: str = "", server: str = "", composer: bool = False) -> ThreadState:
    """Return the state of a thread in which nothing has been said."""
    return {
        "model": model,
        "version": version,
        "server": server,
        "composer": composer,
        "busy": False,
        "context_used": None,
        "context_size": None,
        "suggestions": [],
        "intro": "",
        "cut": None,
        "turns": [],
        "notice": None,
    }
