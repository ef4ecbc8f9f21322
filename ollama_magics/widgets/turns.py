"""Turns of a conversation as their views draw them: every word and every figure is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_magics.display.cards import cut_text, stats_text
from ollama_magics.display.quantities import seconds
from ollama_magics.widgets.threadstate import CallView, CutView, TurnState, TurnView

if TYPE_CHECKING:
    from ollama_magics.services.conversation import Answer, Call, Chat, Exchange

PICTURE_SHOWN = 2_000_000
"""Bytes of the largest picture that is drawn; of a larger one the name is shown, as every page would be sent it again."""

RESULT_SHOWN = 20_000
"""Characters of the result of a tool that a page is given."""

_CALL_WORDS = {"asks": "asks", "running": "runs", "allowed": "allowed", "refused": "not allowed", "failed": "failed"}


def turn_view(chat: Chat, exchange: Exchange, running: Answer | None = None) -> TurnView:
    """Return a turn; ``running`` is its answer as far as it has come, where one is coming."""
    answer = exchange.answer if running is None else running
    state: TurnState = "waiting" if answer is None else answer.state
    if running is not None:
        state = "streaming" if running.text or running.thinking or running.calls else "waiting"
    whole = running is None and answer is not None
    return {
        "id": exchange.id,
        "question": exchange.question,
        "images": [{"name": str(image), "url": image.url if len(image.data) <= PICTURE_SHOWN else ""} for image in exchange.images],
        "answer": answer.text if answer else "",
        "thinking": answer.thinking if answer else "",
        "thought_s": answer.thought_s if answer else None,
        "thought_tokens": answer.thought_tokens if answer else None,
        "state": state,
        "stats": stats_text(answer.stats) if answer and whole else "",
        "note": _note(answer) if answer and whole else "",
        "error": _error(answer) if answer and whole else "",
        "can_go_on": bool(answer and whole and answer.unfinished and not exchange.raw),
        "made_by": answer.made_by if answer else "",
        "outdated": chat.outdated(answer) if answer and whole else "",
        "question_branch": _question_branch(exchange),
        "answer_branch": [exchange.open + 1, len(exchange.forks)],
        "branch_note": branch_note(chat, exchange),
        "calls": [call_view(call) for call in answer.calls] if answer else [],
        "taught": exchange.taught,
        "before": None,
    }


def _note(answer: Answer) -> str:
    # The chip says it.
    return "" if answer.state == "stopped" and answer.note == "Stopped." else answer.note


def _error(answer: Answer) -> str:
    return "" if answer.error in answer.note else answer.error


def _question_branch(exchange: Exchange) -> list[int]:
    siblings = exchange.parent.following
    return [siblings.index(exchange) + 1, len(siblings)]


def branch_note(chat: Chat, exchange: Exchange) -> str:
    """Return what an edit of the question leaves behind: ``Starts branch 2. The 4 messages after it stay in branch 1.``."""
    index, count = _question_branch(exchange)
    branch = chat.turns
    after = 2 * (len(branch) - branch.index(exchange)) - 1
    stays = "The answer stays" if after == 1 else f"The {after} messages after it stay"
    return f"Starts branch {count + 1}. {stays} in branch {index}."


def call_view(call: Call) -> CallView:
    """Return a call of a tool."""
    long = len(call.result) > RESULT_SHOWN
    return {
        "id": call.id,
        "name": call.name,
        "arguments": call.arguments_text,
        "state": call.state,
        "words": _CALL_WORDS[call.state],
        "result": f"{call.result[:RESULT_SHOWN]}…" if long else "" if call.state == "refused" else call.result,
        "seconds": seconds(call.seconds) if call.seconds is not None else "",
    }


def cut_view(answers: list[Answer]) -> CutView | None:
    """Return the line on what was not sent with the last answer that came, None when everything was."""
    cut = next((answer.cut for answer in reversed(answers) if answer.state != "error"), None)
    return {"turns": cut.turns, "tokens": cut.tokens, "text": cut_text(cut)} if cut is not None else None
