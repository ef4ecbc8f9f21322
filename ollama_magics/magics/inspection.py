"""The page behind Shift+Tab and behind a completion: what stands under the cursor in one of our cells, explained by the kernel.

IPython looks names up in the namespace, and is told the word alone; what a word of a Modelfile means depends on the cell. Therefore the
kernel's ``do_inspect``, which has the whole cell, is asked to ask here first.

Source: ipykernel, ``IPythonKernel.do_inspect``; Jupyter messaging 5.4, ``inspect_request``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ollama_magics.display.segments import Document
    from ollama_magics.magics.session import Session

_NAME_CHARACTERS = re.compile(r"[\w.:/@-]*")
_RULE = re.compile(r"[\w-]+")


class Inspection:
    """The hook in one kernel; `close` takes it out again.

    Args:
        kernel: what answers the requests of front ends; None in a terminal.
        session: gives the session of the shell.
    """

    def __init__(self, kernel: Any, session: Callable[[], Session]) -> None:
        self._kernel = kernel
        self._session = session
        if kernel is not None:
            self._before = kernel.do_inspect
            kernel.do_inspect = self._inspect

    def close(self) -> None:
        """Let the kernel answer by itself again."""
        if self._kernel is not None and vars(self._kernel).get("do_inspect") == self._inspect:
            # An instance's own attribute hides the method of its class; another extension may have set one before.
            del self._kernel.do_inspect
            if self._kernel.do_inspect != self._before:
                self._kernel.do_inspect = self._before

    def _inspect(self, code: str, cursor_pos: int, *rest: Any, **named: Any) -> Any:
        document = document_at(self._session(), code, cursor_pos) if "%" in code else None
        if document is None:
            return self._before(code, cursor_pos, *rest, **named)
        return {"status": "ok", "found": True, "data": bundle(document), "metadata": {}}


def bundle(document: Document) -> dict[str, str]:
    """Return a page in the forms that front ends show."""
    from ollama_magics.display import markdownpage, text

    return {"text/plain": text.render(document), "text/markdown": markdownpage.render(document, level=3)}


def document_at(session: Session, cell: str, offset: int) -> Document | None:
    """Return the page on what stands at a place of a cell; None where it is not ours or there is nothing to say.

    Args:
        cell: the whole cell.
        offset: of the cursor, in code points; what it stands in and what it stands behind count as under it.
    """
    start = len(cell) - len(cell.lstrip())
    first_end = end if (end := cell.find("\n", start)) >= 0 else len(cell)
    if offset > first_end and cell.startswith("%%", start):
        if cell[start:first_end].split()[0] != "%%modelfile":
            return None
        return _in_modelfile(session, cell[first_end + 1 :], offset - first_end - 1)
    line_start = cell.rfind("\n", 0, offset) + 1
    line_end = end if (end := cell.find("\n", offset)) >= 0 else len(cell)
    return _in_line(session, cell[line_start:line_end], offset - line_start)


def _in_modelfile(session: Session, body: str, offset: int) -> Document | None:
    from ollama_magics.modelfile.place import place_at

    end = _word_end(body, offset, re.compile(r"\w*"))
    place = place_at(body[:end])
    if place is None:
        return None
    if place.kind == "comment":
        return _rule_in(body, offset)
    if place.kind == "instruction":
        return _page("instruction", place.text.upper())
    if place.kind == "parameter" or place.instruction == "parameter":
        return _page("parameter", place.argument or place.text)
    if place.instruction == "template" and (page := _in_template(place.text)) is not None:
        return page
    if place.instruction == "from":
        return _model(session, body[end - len(place.text) : _word_end(body, offset, _NAME_CHARACTERS)], None)
    return _page("instruction", place.instruction.upper()) if place.instruction in ("renderer", "parser", "message", "template") else None


def _word_end(text: str, offset: int, characters: re.Pattern[str]) -> int:
    match = characters.match(text, offset)
    return match.end() if match else offset


def _rule_in(body: str, offset: int) -> Document | None:
    """Return the page of the rule that a comment names at the cursor."""
    from ollama_magics.services.reference import find_topic

    word = next((match.group() for match in _RULE.finditer(body) if match.start() <= offset <= match.end()), "")
    topic = find_topic(word) if word else None
    return topic.page() if topic is not None and topic.group == "rule" else None


def _in_template(before: str) -> Document | None:
    from ollama_magics.services.reference import templates
    from ollama_magics.template.place import place_in
    from ollama_magics.template.reference import FUNCTIONS, WORDS, variable_of

    place = place_in(before)
    if place is None:
        return None
    if place.kind == "field":
        entry = variable_of(place.owner, place.fragment.removeprefix("."))
    else:
        entry = FUNCTIONS.get(place.fragment) or WORDS.get(place.fragment)
    return None if entry is None else templates.page(entry)


def _page(group: str, name: str) -> Document | None:
    from ollama_magics.services.reference import topics

    return next((topic.page() for topic in topics() if topic.group == group and topic.name == name), None)


def _in_line(session: Session, line: str, offset: int) -> Document | None:
    """Return the page on a word of a magic's line: the magic, an option, a model, a parameter or a topic."""
    from ollama_magics.magics.catalogue import magic_of, magics

    typed = magic_of(f"{line} ")
    if typed is None or typed[0] not in magics():
        return _overview() if typed is not None else None
    kind = magics()[typed[0]]
    words_start = len(line) + 1 - len(typed[1])
    if offset < words_start:
        return _usage(kind)
    from ollama_magics.magics.completion.lines import word_at

    at = word_at(kind, line[words_start:], offset - words_start)
    if at is None:
        return None
    if at.is_option:
        return _usage(kind)
    what, word = at.meaning.complete if at.meaning else "", at.word.text
    if what in ("model", "version", "column"):
        return _model(session, word, at.host) or _page("parameter", word.partition("=")[0])
    if what == "topic":
        from ollama_magics.services.reference import find_topic

        topic = find_topic(word)
        return None if topic is None else topic.page()
    return _page("parameter", word.partition("=")[0]) if what == "parameter" else None


def _overview() -> Document:
    from ollama_magics.display.segments import Document, Log
    from ollama_magics.magics.ollama import overview

    return Document((Log(tuple(overview().split("\n"))),))


def _usage(kind: Any) -> Document:
    from ollama_magics.display.segments import Document, Log
    from ollama_magics.magics.arguments import help_text

    return Document((Log(tuple(help_text(kind).split("\n"))),))


def _model(session: Session, name: str, host: str | None) -> Document | None:
    """Return what the server in use knows of a model; nobody is asked who did not answer the last time."""
    from ollama_magics.display.cards import show_card
    from ollama_magics.errors import OllamaMagicsError
    from ollama_magics.services.history import split_version
    from ollama_magics.services.servers import servers

    seen = session.names.seen(host or servers().default_host)
    model, _ = split_version(name)
    if seen.server is None or model.removesuffix(":latest") not in [known.name for known in seen.models]:
        return None
    try:
        shown = servers().client(seen.server).show(model, timeout=_SHOW_S)
    except OllamaMagicsError:
        return None  # a look at a word is no moment for an error
    return show_card(model, shown, server=seen.server)


_SHOW_S = 0.5
"""How long a server that has just listed its models may take to show one of them."""
