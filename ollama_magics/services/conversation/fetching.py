"""A picture from an address, for whoever asks for it by name: no magic and no message fetches one by itself."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ollama_magics.client.secrets import without_userinfo
from ollama_magics.errors import ConnectionProblem, UsageProblem
from ollama_magics.services.conversation.pictures import LARGEST, Picture, picture

_FETCH_S = 20.0
"""How long the other side may say nothing, in seconds."""


def fetch_picture(url: str, *, timeout: float = _FETCH_S) -> Picture:
    """Return the picture at an ``http`` or ``https`` address, to go with a question: ``chat.ask("…", images=[fetch_picture(url)])``.

    Args:
        timeout: seconds the other side may say nothing.

    Raises:
        UsageProblem: the address is no web address, or what is there is no picture or a larger one than 20 MB.
        ConnectionProblem: it cannot be fetched.
    """
    import httpx

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageProblem(f"{without_userinfo(url)[:80]!r} is no web address", hint="write https://…")
    shown = without_userinfo(url)[:200]
    data = b""
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=timeout) as answer:
            if answer.status_code != 200:
                raise ConnectionProblem(f"{shown} answered {answer.status_code}", hint="open it in a browser and save the picture")
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > LARGEST:
                    raise UsageProblem(
                        f"the picture at {shown} is larger than {LARGEST // 1_000_000} MB", hint="save it and make it smaller"
                    )
    except httpx.HTTPError as exc:
        raise ConnectionProblem(f"cannot fetch {shown}: {type(exc).__name__}", hint="open it in a browser and save the picture") from exc
    return picture(data, PurePosixPath(parts.path).name)
