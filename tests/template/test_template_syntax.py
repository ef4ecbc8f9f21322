"""Every syntax error that a real server was asked for comes back in the same words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ollama_magics.template import TemplateError, parse

# Recorded from Ollama 0.33.0-rc2 on 2026-08-22: templates that create was given, and what it said of them (null: accepted).
CASES = json.loads((Path(__file__).parent / "syntax_cases.json").read_text("utf-8"))


def verdict(text: str) -> str | None:
    try:
        parse(text)
    except TemplateError as error:
        return str(error)
    return None


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_verdict_equals_the_real_servers(case):
    assert verdict(case["template"]) == case["error"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("\n{{ if\n\n.A", "template: :4: unclosed action started at :2"),
        ("{{ if .A\n}}x{{ else\n\n .B }}", 'template: :4: unexpected ".B" in else'),
        ('{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}', 'template: :1: template: multiple definition of template "a"'),
        ("{{ range $a := 1 }}{{ end }}{{ $a }}", 'template: :1: undefined variable "$a"'),
        ('{{ define "a" }}{{ break }}{{ end }}', "template: :1: {{break}} outside {{range}}"),
        ("{{ 'a }}", "template: :1: unterminated character constant"),
        ("{{ 0x }}", 'template: :1: illegal number syntax: "0x"'),
        ("{{ 99999999999999999999 }}", 'template: :1: integer overflow: "99999999999999999999"'),
        ("{{ 1.A }}", 'template: :1: bad number syntax: "1.A"'),
        ("{{ (1).A | .B }}{{ true.A }}", 'template: :1: unexpected . after term "true"'),
        ("{{ .Prompt \u20ac }}", "template: :1: unrecognized character in action: U+20AC '\u20ac'"),
        ("{{ print .A.verylongfieldname.0 }}", 'template: :1: unexpected ".0" in operand'),
        ('{{ template "x" . "averylongstring" | 3 }}', "template: :1: non executable command in pipeline stage 2"),
        ('{{ template "a" }}', "undefined template specified"),
    ],
)
def test_error_of_go_itself(text, error):
    with pytest.raises(TemplateError) as caught:
        parse(text)
    assert str(caught.value) == error
