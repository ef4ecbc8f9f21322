"""Conversations with a model: turns that stream, can be stopped, branch, and keep what came."""

from __future__ import annotations

from ollama_magics.services.conversation.answer import Answer, Call, Cut, Delta, Round, Stats
from ollama_magics.services.conversation.chat import Chat
from ollama_magics.services.conversation.floor import Watcher
from ollama_magics.services.conversation.pictures import Picture
from ollama_magics.services.conversation.reply import Reply
from ollama_magics.services.conversation.tree import Exchange

__all__ = ["Answer", "Call", "Chat", "Cut", "Delta", "Exchange", "Picture", "Reply", "Round", "Stats", "Watcher"]
