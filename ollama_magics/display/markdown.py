"""Markdown of a model as static HTML: no markup of its own, no image, no link but to the web or a mailbox.

Headings become bold paragraphs, so that an answer does not appear in a notebook's table of contents. A link shows the host it
leads to. Nothing is typeset as mathematics: MathJax runs over saved HTML in JupyterLab, and its input would be the model's.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ollama_magics.display.visible import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

GREY_EDGE = "rgba(128,128,128,.35)"
GREY_GROUND = "rgba(128,128,128,.1)"
PRE = f"margin:0 0 8px;padding:6px 10px;background:{GREY_GROUND};text-align:left;white-space:pre-wrap"
CELL = f"border:1px solid {GREY_EDGE};padding:4px 8px;text-align:left"
QUOTE = "margin:0 0 10px;padding:0 0 0 12px;border-left:3px solid rgba(128,128,128,.4)"
_ALLOWED = re.compile(r"^(?:https?:|mailto:)", re.IGNORECASE)
_MATHS = re.compile(r"[$\\]")


def prose(text: str) -> str:
    """Return ``text`` escaped for HTML, with the delimiters of mathematics in elements of their own, where MathJax does not join them.

    Source: MathJax 3, ``HTMLDomStrings``: a delimiter is looked for in one run of text, and an element ends the run.
    """
    return _MATHS.sub(r"<span>\g<0></span>", escape(visible(text)))


def code(text: str) -> str:
    """Return ``text`` escaped for HTML inside ``<code>`` or ``<pre>``, which MathJax leaves alone."""
    return escape(visible(text))


def render(source: str) -> str:
    """Return the HTML of Markdown that nobody vouches for."""
    return str(_parser().render(visible(source))).strip()


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _is_allowed(url: str) -> bool:
    return bool(_ALLOWED.match(url.strip()))


def _text(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return prose(tokens[at].content)


def _code_inline(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"<code>{code(tokens[at].content)}</code>"


def _code_block(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f'<pre style="{PRE}">{code(tokens[at].content)}</pre>\n'


def _heading_open(*_: Any) -> str:
    return "<p><b>"


def _heading_close(*_: Any) -> str:
    return "</b></p>\n"


def _link_open(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f'<a href="{escape(str(tokens[at].attrGet("href")))}" rel="noopener noreferrer nofollow">'


def _link_close(_: RendererHTML, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: MutableMapping[str, Any]) -> str:
    start = max(place for place in range(at) if tokens[place].type == "link_open")
    host = _host(str(tokens[start].attrGet("href")))
    shown = "".join(token.content for token in tokens[start:at])
    return f"</a> ({prose(host)})" if host and host not in shown else "</a>"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.hostname or (parts.path if parts.scheme == "mailto" else "")
    except ValueError:
        return url


def _cell_open(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    align = re.fullmatch(r"text-align:(left|right|center)", str(tokens[at].attrGet("style") or ""))
    # A long table has this in every cell: the room in it is left to the page that shows it.
    return f'<{tokens[at].tag} style="border:1px solid {GREY_EDGE};text-align:{align.group(1) if align else "left"}">'


def _table_open(*_: Any) -> str:
    return '<table style="border-collapse:collapse;margin:0 0 8px">\n'


def _quote_open(*_: Any) -> str:
    return f'<blockquote style="{QUOTE}">\n'


_RULES: dict[str, Any] = {
    "text": _text,
    "code_inline": _code_inline,
    "code_block": _code_block,
    "fence": _code_block,
    "heading_open": _heading_open,
    "heading_close": _heading_close,
    "link_open": _link_open,
    "link_close": _link_close,
    "th_open": _cell_open,
    "td_open": _cell_open,
    "table_open": _table_open,
    "blockquote_open": _quote_open,
}
