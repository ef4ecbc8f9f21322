"""Text of models, names and errors does nothing: it is only read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from display_samples import HOSTILE, documents, hostile_documents
from hypothesis import example, given
from hypothesis import strategies as st

from ollama_magics.display import html, markdown, text
from ollama_magics.display.visible import visible

TAGS = {
    "p", "b", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "details", "summary", "ins", "del", "s", "blockquote", "span",
    "br", "hr", "a", "em", "strong", "ul", "ol", "li",
}  # fmt: skip
STYLES = {
    "margin", "padding", "border", "border-left", "border-collapse", "background", "text-align", "white-space", "overflow-x", "opacity",
    "vertical-align",
}  # fmt: skip
ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


class Audit(HTMLParser):
    """Fails on any tag, attribute or style that static output must not have."""

    VOID = frozenset({"br", "hr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            if name == "style":
                self.check_style(value or "")
            elif tag == "a":
                assert name in {"href", "rel", "title"}, name
                assert name != "href" or re.match(r"(https?|mailto):", value or ""), value
            else:
                assert (tag, name) == ("ol", "start"), (tag, name)
        if tag not in self.VOID:
            self.open.append(tag)

    def check_style(self, style: str) -> None:
        for rule in filter(None, style.split(";")):
            name, value = rule.split(":")
            assert name in STYLES, style
            assert not re.search(r"url|#|rgb\(|var", value), style

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


def audit(page: str) -> str:
    parser = Audit()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return "".join(parser.words)


@pytest.mark.parametrize("harm", HOSTILE)
def test_hostile_text_is_inert_in_html(harm: str) -> None:
    for document in hostile_documents(harm):
        page = html.render(document)
        audit(page)
        assert not ACTIVE.search(page)
        page.encode("utf-8")


@pytest.mark.parametrize("harm", HOSTILE)
@pytest.mark.parametrize("color", [False, True])
def test_hostile_text_is_inert_in_a_terminal(harm: str, color: bool) -> None:
    for document in hostile_documents(harm):
        drawn = text.render(document, color=color)
        own = re.sub(r"\x1b\[(?:[123]|3[123]|0)m", "", drawn) if color else drawn
        assert not ACTIVE.search(own)
        own.encode("utf-8")


@pytest.mark.parametrize("name", sorted(documents()))
def test_our_own_cards_pass_the_audit(name: str) -> None:
    assert audit(html.render(documents()[name])).strip()


@given(st.text())
@example("\\\n0")
def test_markdown_of_any_text_is_clean_html(source: str) -> None:
    audit(markdown.render(source))


@given(st.text())
def test_visible_text_is_stable_and_loses_no_printed_character(source: str) -> None:
    shown = visible(source)
    assert visible(shown) == shown
    printed = [char for char in source if char.isprintable() and char not in "\r\n"]
    remaining = iter(shown)
    assert all(char in remaining for char in printed)


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("[site](https://good.example/a)", '<a href="https://good.example/a" rel="noopener noreferrer nofollow">site</a> (good.example)'),
        ("<https://good.example>", ">https://good.example</a></p>"),
        ("[me](mailto:a@b.example)", ">me</a> (a@b.example)"),
        ("![alt](https://evil.example/p.png)", "!<a "),
    ],
)
def test_link_shows_where_it_leads(source: str, link: str) -> None:
    assert link in markdown.render(source)


@pytest.mark.parametrize("source", ["[x](javascript:1)", "[x](//evil.example)", "[x](/local)", "[x](file:///etc)", "[x](data:text/html,1)"])
def test_other_links_stay_text(source: str) -> None:
    assert "<a" not in markdown.render(source)


def test_mathematics_is_not_typeset() -> None:
    """No run of text holds two delimiters, so that MathJax joins nothing."""
    page = markdown.render("$a$ and \\\\(b\\\\)")
    runs = re.split(r"<[^>]*>", page)
    assert all(run in {"$", "\\"} or not re.search(r"[$\\]", run) for run in runs)
