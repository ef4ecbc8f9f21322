"""Prompts of a real server, rebuilt: every recorded rendering and every recorded failure, without a server."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ollama_magics.server.prompt import (
    PromptView,
    chat_messages,
    generate_messages,
    render_chat,
    render_suffix,
    tag_images,
)
from ollama_magics.template import TemplateCrash, TemplateError, parse

HERE = Path(__file__).parent
# Recorded from Ollama 0.33.0-rc2 on 2026-08-22 through `_debug_render_only`: the model's layers, the request, and the prompt or the error
# (null: status 500 without a body).
TEMPLATES = json.loads((HERE / "template_cases.json").read_text("utf-8"))
ASSEMBLY = json.loads((HERE / "assembly_cases.json").read_text("utf-8"))
# What the recorded model says for the context's token ids; only the prompt behind it is ours.
DETOKENIZED = ("<|begin|><|end|><|system|>", "<|begin|><|end|>", "<|begin|>")


def rendered(case: dict[str, Any]) -> str:
    view = PromptView(
        template_text=case["model"]["template"],
        system=case["model"].get("system", ""),
        messages=case["model"].get("messages", ()),
    )
    request = case["request"]
    think = request.get("think")
    if think is None and "thinking" in view.capabilities:
        think = True
    if case["path"] == "/api/chat":
        messages, _ = tag_images(chat_messages(view, request["messages"]))
        return render_chat(view, messages, tools=request.get("tools"), think=think)
    return rendered_generate(view, request, think)


def rendered_generate(view: PromptView, request: dict[str, Any], think: bool | str | None) -> str:
    override = parse(request["template"]) if request.get("template") else None
    if request.get("suffix"):
        return render_suffix(view, request["prompt"], request["suffix"], think=think, template=override)
    messages = generate_messages(
        view,
        request["prompt"],
        system=request.get("system", ""),
        images=request.get("images", ()),
        has_context="context" in request,
    )
    if override is not None:
        return render_chat(view, messages, think=think, template=override)
    return render_chat(view, tag_images(messages)[0], tools=[], think=think)


def answer(case: dict[str, Any]) -> dict[str, Any]:
    try:
        text = rendered(case)
    except TemplateCrash:
        return {"error": None}
    except TemplateError as error:
        return {"error": str(error)}
    today = date.today()
    text = text.replace(today.isoformat(), "<today>").replace((today - timedelta(days=1)).isoformat(), "<yesterday>")
    return {"rendered": text}


@pytest.mark.parametrize("case", TEMPLATES + ASSEMBLY, ids=[case["name"] for case in TEMPLATES + ASSEMBLY])
def test_prompt_equals_the_real_servers(case):
    expected = {key: case[key] for key in ("rendered", "error") if key in case}
    actual = answer(case)
    if "context" in case["request"]:
        assert expected["rendered"].removesuffix(actual["rendered"]) in DETOKENIZED
    else:
        assert actual == expected
