"""Whatever the text: an answer or a TemplateError, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_magics.template import Limits, TemplateError, messages_value, parse

WORDS = (
    "{{ }} {{- -}} {{/* */}} { } ( ) | . $ $x := = , ' ` - + if else end range with define block template break continue nil true "
    "1 -1 0x 1e9 1i .Messages .Content .Response .Nope printf index slice len eq and or not json html call"
)
CHARACTERS = (" ", "\n", "\r\n", '"', '"%d"', "\u00e9", "\u2028", "\ufeff", "\u200d", "\U0001f600", "\x00", "\x85", "\ud800")
PIECES = st.sampled_from([*WORDS.split(), *CHARACTERS])
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join))
VALUES = {
    "Messages": messages_value([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "\u00e9\ud800"}]),
    "System": "S",
    "Response": "",
}
SMALL = Limits(steps=2_000, characters=10_000)


def outcome(action: Callable[[], str]) -> str:
    """Return what ``action`` gives, or the words of its TemplateError; anything else goes through."""
    try:
        return action()
    except TemplateError as error:
        return f"error: {error}"


@settings(max_examples=300, deadline=2_000)
@given(TEXTS)
def test_any_text_is_a_template_or_a_template_error(text):
    try:
        template = parse(text)
    except TemplateError:
        return
    assert template.text == text
    assert outcome(lambda: template.execute(VALUES, limits=SMALL)) == outcome(lambda: parse(text).execute(VALUES, limits=SMALL))
    assert outcome(lambda: template.cut_at("Response").execute(VALUES, limits=SMALL)) is not None


ACTIONS = st.recursive(
    st.sampled_from(
        ["x", "{{ .System }}", "{{ .Response }}", "{{ print .Nope 1 }}", "{{ $x := 1 }}", "{{ range .Messages }}{{ .Role }}{{ end }}"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        inner.map("{{{{ if .System }}}}{0}{{{{ else }}}}{0}{{{{ end }}}}".format),
        inner.map("{{{{- range 2 }}}}{0}{{{{ end -}}}}".format),
        inner.map('{{{{ with "w" }}}}{0}{{{{ end }}}}'.format),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=2_000)
@given(ACTIONS)
def test_the_tree_written_out_is_the_same_template(text):
    template = parse(text)
    again = parse(str(template.root))
    assert str(again.root) == str(template.root)
    first, second = (outcome(lambda form=form: form.execute(VALUES)) for form in (template, again))
    assert second.partition(" executing ")[2] == first.partition(" executing ")[2]
    assert ("error: " in first) or second == first


@pytest.mark.parametrize(
    "text",
    [
        "{{ if .A }}" * 20_000,
        "{{ if .A }}" * 300 + "{{ end }}" * 300,
        "{{ if .A }}" + "{{ else if .A }}" * 5_000 + "{{ end }}",
        "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    ],
    ids=["unclosed blocks", "blocks", "else ifs", "parentheses"],
)
def test_deep_nesting_is_an_error(text):
    with pytest.raises(TemplateError, match=r"^template: :1: max expression depth exceeded$"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}', "exceeded maximum template depth"),
        ("{{ range 1000000000 }}{{ end }}", "limit of 2000 steps"),
        ("{{ range 1000 }}xxxxxxxxxxxxxxxxxxxx{{ end }}", "limit of 10000 characters"),
        ('{{ $x := "x" }}{{ range 1000 }}{{ $x = print $x $x }}{{ end }}', "limit of 10000 characters"),
    ],
    ids=["recursion", "steps", "output", "doubling"],
)
def test_a_greedy_template_is_stopped(text, error):
    with pytest.raises(TemplateError, match=error):
        parse(text).execute({}, limits=SMALL)


def test_a_verb_cannot_ask_for_gigabytes():
    with pytest.raises(TemplateError, match="limit of"):
        parse('{{ printf "' + "%1000000d" * 100 + '"' + " 1" * 100 + " }}").execute({})


@pytest.mark.parametrize(
    "unit",
    ["{{ .A }}x\n", "{{ if .A }}x{{ end }}", "x", "{ ", "{{ $x := 1 }}{{ $x }}", '{{ "a" }}', "{{/* c */}}", "{{ print 1 | print }}"],
)
def test_parsing_is_linear(unit):
    """Eight times the text takes about eight times as long; the factor allows for a loaded machine."""

    def seconds(count: int) -> float:
        text = unit * count
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            parse(text)
            best = min(best, time.perf_counter() - start)
        return best

    assert seconds(4_000) < 8 * seconds(500) * 4 + 0.01
