"""What a prompt is made of: which formatter, which messages, which images, what fits the context."""

from __future__ import annotations

import asyncio

import pytest

from ollama_magics.server.prompt import PromptView, fit_context, render_chat, start_thinking, tag_images, think_level, validate_template
from ollama_magics.server.prompt.assembly import chat_messages, generate_messages
from ollama_magics.template import TemplateError, parse

PLAIN = "{{ .System }}{{ .Prompt }}"
TOOLS = "{{ range .Messages }}{{ .Content }}{{ end }}{{ .Tools }}"
ROUND_TRIP = TOOLS + '{{ range .Messages }}{{ range .ToolCalls }}{{ end }}{{ if eq .Role "tool" }}{{ end }}{{ end }}'
THINKING = "{{ range .Messages }}{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ .Content }}{{ end }}"
JINJA_TOOLS = "{% if tools %}{% endif %}"
JINJA_ROUND_TRIP = "{% if tools %}{{ m.tool_calls }}{% endif %}{% if message.role == 'tool' %}{% endif %}"


@pytest.mark.parametrize(
    ("view", "mode", "capabilities"),
    [
        (PromptView(), "native", ()),
        (PromptView(template_text=PLAIN), "rendered", ()),
        (PromptView(template_text=TOOLS), "rendered", ("tools",)),
        (PromptView(template_text="{{ .Prompt }}{{ .Suffix }}"), "rendered", ("insert",)),
        (PromptView(template_text=THINKING), "rendered", ("thinking",)),
        (PromptView(chat_template=JINJA_TOOLS), "native", ("tools",)),
        (PromptView(chat_template="<think></think>"), "native", ("thinking",)),
        (PromptView(chat_template="{{ content.split('</think>')[-1] }}"), "native", ("thinking",)),
        (PromptView(chat_template="{{ content.split('</think>')[-1] }}{{ m.reasoning_content }}"), "native", ()),
        (PromptView(template_text=PLAIN, chat_template="plain"), "rendered", ()),
        (PromptView(template_text=PLAIN, chat_template=JINJA_TOOLS), "native", ("tools",)),
        (PromptView(template_text=PLAIN, chat_template=JINJA_TOOLS, go_template=True), "rendered", ()),
        (PromptView(template_text=PLAIN, go_template=False), "native", ()),
        (PromptView(template_text=PLAIN, chat_template=JINJA_TOOLS, parser="qwen3"), "rendered", ()),
        (PromptView(renderer="qwen3-coder", chat_template=JINJA_TOOLS), "rendered", ()),
        (PromptView(template_text=TOOLS, chat_template=JINJA_TOOLS), "rendered", ("tools",)),
        (PromptView(template_text=TOOLS, chat_template=JINJA_ROUND_TRIP), "native", ("tools",)),
        (PromptView(template_text=ROUND_TRIP, chat_template=JINJA_ROUND_TRIP), "rendered", ("tools",)),
        (PromptView(template_text=ROUND_TRIP, chat_template=JINJA_TOOLS + "<think></think>"), "rendered", ("tools",)),
        (PromptView(template_text=ROUND_TRIP, chat_template=JINJA_ROUND_TRIP + "<think></think>"), "native", ("tools", "thinking")),
    ],
)
def test_the_formatter_that_can_do_more_wins(view, mode, capabilities):
    assert (view.mode, view.capabilities) == (mode, capabilities)


@pytest.mark.parametrize(
    ("view", "engine"),
    [
        (PromptView(chat_template=JINJA_TOOLS), True),
        (PromptView(template_text=PLAIN), False),
        (PromptView(renderer="qwen3-coder", parser="qwen3-coder", chat_template=JINJA_TOOLS), True),
        (PromptView(renderer="qwen3-coder", template_text=TOOLS, chat_template=JINJA_TOOLS), True),
        (PromptView(renderer="qwen3-coder"), False),
        (PromptView(renderer="nosuch", chat_template=JINJA_TOOLS), False),
        (PromptView(parser="qwen3-coder", chat_template=JINJA_TOOLS), False),
    ],
)
def test_the_template_of_the_file_stands_in_for_ollamas_renderers(view, engine):
    assert view.engine_renders is engine


@pytest.mark.parametrize(
    ("think", "level"),
    [
        (None, (False, "", False)),
        (False, (False, "", True)),
        (True, (True, "medium", True)),
        ("low", (True, "low", True)),
        ("", (False, "", True)),
    ],
)
def test_think_flags(think, level):
    assert think_level(think) == level


def test_create_names_the_template_error():
    with pytest.raises(TemplateError, match=r"^template error: template: :1: unclosed action$"):
        validate_template("{{ .Prompt")
    validate_template("{{ .Prompt }}")


@pytest.mark.parametrize(("family", "model"), [("qwen3", "q"), ("llama", "deepseek-r1")])
def test_old_thinking_is_left_out_for_models_trained_so(family, model):
    said = "<think>why</think>\n\nBecause."
    view = PromptView(family=family, model=model)
    messages = [{"role": role, "content": said} for role in ("assistant", "user", "assistant")]
    assert [message["content"] for message in chat_messages(view, messages)] == ["Because.", said, said]
    assert [message["content"] for message in chat_messages(PromptView(), messages)] == [said] * 3


def test_a_context_stands_for_the_message_lines():
    view = PromptView(system="S", messages=[{"role": "user", "content": "M"}])
    assert [message["content"] for message in generate_messages(view, "P")] == ["S", "M", "P"]
    assert [message["content"] for message in generate_messages(view, "P", has_context=True)] == ["S", "P"]


def test_images_are_numbered_through_the_conversation():
    messages = [{"content": "a [img] b [img]", "images": ["1", "2", "3"]}, {"content": "c", "images": ["4"]}, {"content": None}]
    tagged, images = tag_images(messages)
    assert [message["content"] for message in tagged] == ["[img-2]a [img-0] b [img-1]", "[img-3]c", ""]
    assert images == ["1", "2", "3", "4"]


def conversation(count: int) -> list[dict]:
    return [{"role": "system" if place == 1 else "user", "content": "x" * 10, "n": place} for place in range(count)]


async def words(messages) -> int:
    return sum(len(message["content"]) for message in messages)


@pytest.mark.parametrize("count", [1, 2, 5, 9, 40, 300])
@pytest.mark.parametrize("num_ctx", [0, 15, 35, 95, 100, 1000, 10_000])
def test_the_longest_rest_that_fits_is_kept(count, num_ctx):
    messages = conversation(count)

    def kept(start: int) -> list[dict]:
        return [message for message in messages if message["n"] >= start or message["role"] == "system"]

    starts = range(count)
    best = next((start for start in starts if 10 * len(kept(start)) <= num_ctx), count - 1)
    found = asyncio.run(fit_context(messages, num_ctx, words))
    assert [message["n"] for message in found] == sorted(message["n"] for message in kept(best))


def test_a_long_conversation_is_halved_not_walked():
    measured = 0

    async def measure(messages) -> int:
        nonlocal measured
        measured += 1
        return await words(messages)

    asyncio.run(fit_context(conversation(2_000), 100, measure))
    assert measured < 25


def test_images_cost_tokens_only_with_a_projector():
    messages = [{"role": "user", "content": "x", "images": ["1"]}, {"role": "user", "content": "y"}]
    assert len(asyncio.run(fit_context(messages, 100, words))) == 2
    assert len(asyncio.run(fit_context(messages, 100, words, has_projector=True))) == 1


def test_no_messages_need_no_room():
    assert asyncio.run(fit_context([], 10, words)) == []


@pytest.mark.parametrize(
    ("template", "prompt", "think", "pieces", "expected"),
    [
        (THINKING, "Q:", True, ["<think>a", "b</thi", "nk> c"], [("a", ""), ("b", ""), ("", "c")]),
        (THINKING, "Q: <think>\n", True, ["a</think>b"], [("a", "b")]),
        (THINKING, "Q:", False, [], None),
        (THINKING, "Q:", None, [], None),
        (PLAIN, "Q:", True, [], None),
    ],
)
def test_thinking_starts_with_the_templates_tags(template, prompt, think, pieces, expected):
    splitter = start_thinking(PromptView(template_text=template), prompt, think)
    assert (splitter and [splitter.feed(piece) for piece in pieces]) == expected


@pytest.mark.parametrize(
    ("renderer", "error"),
    [("nosuch", 'unknown renderer "nosuch"'), ("qwen3-coder", 'the built-in server has no renderer "qwen3-coder", and')],
)
def test_a_renderer_is_an_error_unless_the_request_brings_a_template(renderer, error):
    view = PromptView(renderer=renderer)
    messages = [{"role": "user", "content": "hi"}]
    with pytest.raises(TemplateError) as caught:
        render_chat(view, messages)
    assert str(caught.value).startswith(error)
    assert render_chat(view, messages, template=parse("{{ .Prompt }}")) == "hi"


def test_an_image_in_a_template_is_its_bytes():
    template = "{{ range .Messages }}{{ range .Images }}{{ len . }} {{ index . 1 }} {{ slice . 0 2 }} {{ json . }}{{ end }}{{ end }}"
    messages = [{"role": "user", "content": "", "images": [b"\x01\x02\xff"]}]
    assert render_chat(PromptView(template_text=template), messages) == '3 2 [1 2] "AQL/"'
    assert render_chat(PromptView(template_text=template), [{**messages[0], "images": ["AQL/"]}]) == '3 2 [1 2] "AQL/"'
