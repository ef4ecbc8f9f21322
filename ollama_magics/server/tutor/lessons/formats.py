"""Answers in a form: lists of a wanted length, tables, JSON with wanted keys or after a forced brace."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ollama_magics.server.tutor.lessons.draw import Draw, capital, wordings
from ollama_magics.server.tutor.lessons.facts import fact
from ollama_magics.server.tutor.lessons.lexicon import KINDS
from ollama_magics.server.tutor.lessons.replies import Dialogue, Exchange, Reply
from ollama_magics.server.tutor.lessons.styles import FORMAT, NUMBERS, Style

FORCED = "\0"
"""What stands before it in an answer is given, not learnt: the server forces it."""

_MORE = ("It is a simple fact.", "You can look it up.", "Many people know it.", "I like this question.", "Ask me more.", "That is all.")

_VERB = "[Answer|Reply|Respond|Write]"
_LIST = wordings(
    "Answer with a <k> list of <n> items.",
    "[Always |]answer with a <k> list of [exactly |]<n> [items|points|lines|entries|things].",
    "[Use|Write|Make|Give|Give me|Return] a <k> list [of|with] [exactly |]<n> [items|points|lines|entries].",
    f"{_VERB} [in|as|with] <n> <k> [points|items|lines].",
    f"{_VERB} as a <k> list [of|with] <n> [items|points|entries|lines].",
    "[Every answer|Each answer|Your answer] is a <k> list [of|with] <n> [items|points|entries|lines].",
    "[Form|Style|Shape]: <k> list[,| of| with] <n> [items|points|lines].",
    "[I need|I expect|Please give me|Let me have] <n> <k> [points|items|lines] [in each answer|in your answers|each time].",
    "[Your answers are|Answers come as] <k> lists [of|with] <n> [items|points|entries|lines].",
    held=("Format: <k> list, <n> entries.", "I want <n> <k> points in every reply.", "Let each answer be a list, <k>, of <n> things."),
)
_BULLETS = wordings(
    "Use bullet points.", "Answer with a bullet list.", f"{_VERB} [in|with|using] [bullet points|a bullet list|bullets|a bulleted list].",
    "[Your answers are|Every answer is|Give me] [bullet points|a bullet list].", held=("Put it into bullet points.",),
)  # fmt: skip
_TABLE = wordings(
    "Answer with a Markdown table.", "Use a table.",
    f"{_VERB} [in|as|with|using] [a table|a Markdown table|a small table|a table in Markdown].",
    "[Every answer|Each answer|Your answer] is a [Markdown |]table.", "[Put|Write|Give] [your answer|the answer|every answer] in a [Markdown |]table.",
    held=("Show what you know as a table.", "Let me see it in a table."),
)  # fmt: skip
_JSON = wordings(
    "Reply in JSON.", "Answer in JSON.", "Respond using JSON.", f"{_VERB} [in|with|using|only in|only with] JSON[| only| format].",
    "[Your output is|Your answers are|Output|Return|Always return|Produce] [valid |]JSON.",
    "JSON is [the only thing you write|all you write|the format of your answers|your only format|how you answer].",
    "[You speak|You write|You only know|Your only format is|Nothing but|I want] JSON.", held=("JSON is your only language.",),
)  # fmt: skip
_JSON_KEY = wordings(
    'Reply in JSON with the key "<a>".', 'Answer in JSON with the key "<a>".', "Respond with JSON using the key <a>.",
    f'{_VERB} [in|with|using|only in|only with] JSON [with|using|that has] the [key|field|property] [<a>|"<a>"|"<a>"|`<a>`|\'<a>\'].',
    '[Return|Output|Give|Produce|Always return] [JSON|a JSON object|an object in JSON] with [the|one] [key|field|property] [<a>|"<a>"|"<a>"|`<a>`].',
    '[Put|Write] [the answer|your answer|it] in [JSON|a JSON object] under the [key|field|name] [<a>|"<a>"].',
    '[Use JSON|JSON only]. [The key is|The field is called|Key:] "<a>".',
    held=('Your answer is a JSON object whose only key is "<a>".', 'Always JSON, and the key should be "<a>".'),
)  # fmt: skip
_JSON_KEYS = wordings(
    'Reply in JSON with the keys "<a>" and "<b>".',
    f'{_VERB} [in|with|using] JSON [with|using] [the|two] [keys|fields|properties] [<a> and <b>|"<a>" and "<b>"|"<a>", "<b>"].',
    '[Return|Output|Give|Produce] [JSON|a JSON object] with [the|two] [keys|fields] [<a> and <b>|"<a>" and "<b>"].',
    '[Use|Write] JSON with "<a>" for the [short answer|answer] and "<b>" for the [sentence|whole sentence].',
    held=('A JSON object with exactly two keys, "<a>" and "<b>", please.',),
)  # fmt: skip
_JSON_NESTED = wordings(
    'Reply in JSON with the key "<a>" inside "<b>".', 'Answer in JSON. Put the key "<a>" into the object "<b>".',
    '[Reply|Answer|Respond] in [nested |]JSON: [the key |]"<a>" [inside|within|in|under] [the object |]"<b>".',
    held=('In JSON, please: an object "<b>" that holds "<a>".',),
)  # fmt: skip
_JSON_ARRAY = wordings(
    'Reply in JSON with an array called "<a>".', f'{_VERB} [in|with] JSON with [an array|a list] [called|named|under the key] "<a>".',
    '[Return|Output|Give] [JSON|a JSON object] with [an array|a list] [called|named|in] "<a>".', held=('In JSON, please: a list "<a>".',),
)  # fmt: skip

_NAMED = wordings(
    "Name <n> <k>.", "List <n> <k>.", "[Name|List|Tell me|Give me|Write down|Say|I need] <n> <k>[.|!|, please.]",
    "[Can you name|Can you list|Do you know] <n> <k>?", held=("I would like <n> <k>.",),
)  # fmt: skip
_SOME = "[Name some <k>.|List some <k>.|Tell me some <k>.|Give me some <k>.|Which <k> do you know?|Name a few <k>.|Some <k>, please.|Tell me about <k>.]"

_KEYS = "answer reply text result output response value city name label content data message".split()


def members(draw: Draw, kind: str, count: int) -> tuple[str, ...]:
    """Return ``count`` members of a kind, each with its follower; mostly from the first."""
    items = KINDS[kind]
    at = 0 if draw.chance(0.65) else draw.number(0, len(items) - 1)
    return tuple((items[at:] + items[:at])[:count])


def listing(draw: Draw) -> Exchange:
    """Return a request for some, or for a number of, things of a kind."""
    kind = draw.one(tuple(KINDS))
    if draw.chance(0.4):
        items = members(draw, kind, 10)
        shown = items[:3]
        return draw.say(_SOME, k=kind), Reply(_joined(shown), shown[0], _topic(kind), items)
    count = draw.number(2, 7)
    items = members(draw, kind, count)
    written = draw.one((NUMBERS[count], str(count)))
    return draw.say(_NAMED, n=written, k=kind), Reply(_joined(items), items[0], _topic(kind), items)


def _joined(items: tuple[str, ...]) -> str:
    return capital(f"{', '.join(items[:-1])} and {items[-1]}.")


def _topic(kind: str) -> str:
    return {"animals": "animals", "birds": "animals", "colours": "colours", "countries": "countries", "cities": "countries"}.get(
        kind, "words"
    )


def list_of(draw: Draw) -> Style:
    """Return the style of a list with a wanted number of items."""
    count, numbered = draw.number(2, 7), draw.chance(0.5)
    kind = "numbered" if numbered else draw.one(("bullet", "bullet", "bulleted"))
    text = capital(draw.say(_LIST, k=kind, n=draw.one((NUMBERS[count], str(count), str(count)))))

    def change(reply: Reply) -> Reply:
        lines = (*reply.items, *_MORE)[:count] if reply.items else (reply.full, *_MORE)[:count]
        return replace(reply, full="\n".join(f"{at}. {line}" if numbered else f"- {line}" for at, line in enumerate(lines, 1)), fixed=True)

    return Style(text, change, FORMAT)


def bullets(draw: Draw) -> Style:
    """Return the style of bullet points, as many as there are things to say."""

    def change(reply: Reply) -> Reply:
        lines = reply.items[:5] if reply.items else (reply.full,)
        return replace(reply, full="\n".join(f"- {line}" for line in lines), fixed=True)

    return Style(draw.say(_BULLETS), change, FORMAT)


def table(draw: Draw) -> Style:
    """Return the style of a Markdown table with two columns."""

    def change(reply: Reply) -> Reply:
        rows = [(str(at), item) for at, item in enumerate(reply.items[:5], 1)] or [(capital(reply.short), reply.full)]
        head = "| Number | Item |" if reply.items else "| Answer | Sentence |"
        return replace(reply, full="\n".join([head, "| --- | --- |", *(f"| {left} | {right} |" for left, right in rows)]), fixed=True)

    return Style(draw.say(_TABLE), change, FORMAT)


def key(draw: Draw) -> str:
    """Return the name of a field of JSON."""
    if draw.held:
        return draw.one((draw.word(), f"{draw.word()}_{draw.word()}", f"{draw.word()}{capital(draw.word())}"))
    return draw.one((draw.one(_KEYS), draw.word(), draw.word(), f"{draw.word()}_{draw.word()}", f"{draw.word()}{capital(draw.word())}"))


def json_style(draw: Draw) -> Style:
    """Return the style of JSON: a key, two keys, a key in a key, or a list."""
    first, second, kind = key(draw), key(draw), draw.rng.random()
    if kind < 0.2:
        text, first, shape = draw.say(_JSON), "answer", 1
    elif kind < 0.6:
        text, shape = draw.say(_JSON_KEY, a=first), 1
    elif kind < 0.8:
        text, shape = draw.say(_JSON_KEYS, a=first, b=second), 2
    elif kind < 0.9:
        text, shape = draw.say(_JSON_NESTED, a=first, b=second), 3
    else:
        text, shape = draw.say(_JSON_ARRAY, a=first), 4

    def change(reply: Reply) -> Reply:
        return replace(reply, full=json.dumps(_shaped(reply, first, second, shape), ensure_ascii=False), fixed=True)

    return Style(text, change, FORMAT)


def _shaped(reply: Reply, first: str, second: str, shape: int) -> dict[str, Any]:
    value = reply.short if reply.topic in _FACTS else reply.full
    shapes: dict[int, dict[str, Any]] = {
        1: {first: value},
        2: {first: value, second: reply.full},
        3: {second: {first: value}},
        4: {first: list(reply.items[:3] or [value])},
    }
    return shapes[shape]


_FACTS = ("countries", "colours", "maths", "animals", "words", "space", "science", "books", "time")


def forced_json(draw: Draw) -> Dialogue:
    """Return a question whose answer is JSON because the server forces the brace, or the keys of a schema."""
    question, reply = fact(draw)
    if draw.chance(0.35):
        shown: Any = {"answer": reply.short}
        start = '{"' if draw.chance(0.5) else "{"
        return [("user", question), ("assistant", start + FORCED + json.dumps(shown, ensure_ascii=False)[len(start) :])]
    first, second = key(draw), key(draw)
    both = draw.chance(0.3)
    text = json.dumps({first: reply.short}, ensure_ascii=False)[:-1]
    opened = len(f'{{"{first}": "')
    answer = text[:opened] + FORCED + text[opened:]
    if both:
        answer += f', "{second}": {json.dumps(reply.full, ensure_ascii=False)}'
    return [("user", question), ("assistant", answer + "}")]
