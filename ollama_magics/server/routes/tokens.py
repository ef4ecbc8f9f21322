"""``/api/ollama-magics/tokens``, which no Ollama has: how many tokens texts have."""

from __future__ import annotations

from ollama_magics.server import requests
from ollama_magics.server.handler import ApiHandler
from ollama_magics.server.inference import InferenceHandler


class Tokens(InferenceHandler):
    """Counts as the model itself does, while it is loaded; nothing is loaded for it."""

    async def post(self) -> None:
        """Answer with the count of each text, without the marks of a beginning; with none while the model is not loaded."""
        given = self.read(requests.TOKENS)
        lease = self.scheduler.borrow(self.find_model(given))
        if lease is None:
            return self.reply({"counts": None})
        async with lease:
            counts = [len(await lease.runner.tokenize(text, special=False)) for text in given.get("texts") or ()]
        self.reply({"counts": counts})


ROUTES: list[tuple[str, type[ApiHandler]]] = [("/api/ollama-magics/tokens", Tokens)]
