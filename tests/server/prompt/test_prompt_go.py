"""Templates that Ollama's own Go code ran: output, errors, identifiers, thinking tags, splitting of answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ollama_magics.server.prompt import PromptView, ThinkingSplitter, ToolCallParser, render_chat, render_suffix
from ollama_magics.template import TemplateCrash, TemplateError, parse

HERE = Path(__file__).parent
# Made with Go 1.26 and Ollama 0.33.0-rc2's packages template, thinking and tools on 2026-11-21: random templates, and one for each corner.
RECORDED = json.loads((HERE / "go_cases.json").read_text("utf-8"))
SPLITS = json.loads((HERE / "splitter_cases.json").read_text("utf-8"))


def answer(case: dict[str, Any]) -> dict[str, Any]:
    try:
        template = parse(case["template"])
    except TemplateError as error:
        return {"parse_error": str(error)}
    view = PromptView(template_text=case["template"])
    messages = RECORDED["messages"][: None if case["chat"] == "long" else 2]
    try:
        if case["suffix"]:
            output = render_suffix(view, "P", "X", think=case["think"])
        else:
            output = render_chat(view, messages, tools=RECORDED["tools"] if case["tools"] else None, think=case["think"])
    except TemplateCrash:
        return {"panic": True}
    except TemplateError as error:
        return {"error": str(error)}
    return {"output": output, "identifiers": sorted(template.identifiers()), "thinking": list(template.thinking_tags())}


@pytest.mark.parametrize("case", RECORDED["cases"], ids=range(len(RECORDED["cases"])))
def test_template_runs_as_in_go(case):
    settings = ("template", "chat", "tools", "think", "suffix")
    assert answer(case) == {key: value for key, value in case.items() if key not in settings}


@pytest.mark.parametrize("case", SPLITS, ids=range(len(SPLITS)))
def test_answer_splits_as_in_go(case):
    if "tags" in case:
        splitter = ThinkingSplitter(*case["tags"])
        assert [list(splitter.feed(chunk)) for chunk in case["chunks"]] == case["steps"]
        return
    parser = ToolCallParser(parse(case["template"]), [{"function": {"name": name}} for name in case["tools"]])
    steps = [parser.feed(chunk) for chunk in case["chunks"]]
    shown = [[[[call["function"]["name"], call["function"]["arguments"]] for call in calls], text] for calls, text in steps]
    assert (shown, parser.tag, parser.rest()) == (case["steps"], case["tag"], case["rest"])
