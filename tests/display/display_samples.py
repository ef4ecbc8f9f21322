"""Results as the cards get them, one of each kind, and text that wants to do harm."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace as Record

from comparison_samples import compared, harmful

from ollama_magics.display import cards
from ollama_magics.display.segments import Document

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

MODELFILE = """FROM llama3.2
PARAMETER temprature 0.6
SYSTEM You are Pip, who keeps a small bicycle shop.
Answer in two sentences at most.
"""

PROBLEMS = (
    Record(
        code="MF301", name="unknown-parameter", severity="error", message="there is no parameter `temprature`", line=2, column=11,
        end_line=2, end_column=21, help="", fix=Record(title="did you mean temperature?"),
    ),
    Record(
        code="MF102", name="unquoted-text", severity="error", message="the SYSTEM text ends at the end of its line", line=4, column=1,
        end_line=4, end_column=7, help='A text of several lines needs """ before and after it.', fix=Record(title="read as an instruction"),
    ),
)  # fmt: skip

CREATION = Record(
    name="bikeshop:latest", base="llama3.2:latest", version=4, seconds=0.21, size=2_019_393_400, new_layers=2, kept_layers=4,
    server=Record(label="local Ollama 0.33.1"), digest="sha256:a81f3c2e09d4aa11", unchanged=False, problems=(), request={},
    changed=["- PARAMETER temperature 0.8", "+ PARAMETER temperature 0.6", "@ SYSTEM, line 2", "- Answer in one sentence.",
             "+ Answer in two sentences at most. Prices in euros."],
)  # fmt: skip

FIRST = Record(
    **{
        **vars(CREATION), "name": "haiku", "base": "tutor", "version": 1, "changed": [], "seconds": 0.09,
        "request": {"model": "haiku", "system": "Answer in haiku.", "parameters": {"temperature": 1}, "messages": [{"role": "user"}]},
    }
)  # fmt: skip

STATS = {"tokens": 96, "tokens_per_s": 42.1, "first_s": 0.18, "context_used": 1900, "context_size": 8192}

ANSWER = """A slipping chain is nearly always **wear**, so I measure first. I have 14:30 and 16:00 free today.

| Work | Price |
|---|--:|
| New chain, fitted | 38 € |

```python
book("14:30")
```
"""


def _call(name: str, arguments: str, state: str, result: str) -> Record:
    """Return a call of a tool."""
    return Record(name=name, arguments_text=arguments, state=state, result=result)


TURNS = (
    cards.Turn(
        "My chain slips on the big ring. What will it cost, and can you do it today?",
        ANSWER,
        "Price and time…",
        1.8,
        STATS,
        thought_tokens=74,
        images=("chain.jpg, 81 kB",),
        calls=(
            _call("free_slots", 'day="today"', "allowed", '["14:30", "16:00"]'),
            _call("book", 'time="14:30"', "refused", "The user did not allow this call."),
            _call("price", 'of="chain"', "failed", "KeyError: 'chain'"),
            _call("stock", "", "allowed", "x" * 2001),
        ),
        made_by="v4 · seed 7",
        branch=(2, 3),
        others=(("v4", "A new chain, 38 €."), ("v4 · seed 5", "Bring it in.")),
    ),
    cards.Turn(
        "List every repair.",
        "1. Puncture: 15 €\n2. New",
        state="cut",
        note="Stopped at num_predict 128. It is not finished.",
        outdated="v3, now v4",
        cut={"messages": 2, "turns": 1, "tokens": 412},
    ),
    cards.Turn("Go on.", "3. Bra", state="error", note="The server ended the stream.", error="llama runner process has terminated"),
)

MODELS = (
    Record(name="llama3.2:latest", digest="a80c4f17acd5ffff", size=2_019_393_189, modified_at="2026-11-19T12:00:00Z", size_vram=0,
           context_length=8192, expires_at="2026-11-21T12:04:00Z"),
    Record(name="tutor:latest", digest="0123456789abcdef", size=3_400_000, modified_at="2026-11-21T11:59:30Z", size_vram=3_400_000,
           context_length=2048, expires_at="0001-01-01T00:00:00Z"),
)  # fmt: skip

HISTORY = (
    {"version": 1, "label": "", "created_at": "2025-12-31T10:00:00+00:00", "changed": "first version, from llama3.2", "on_server": False},
    {
        "version": 3,
        "label": "one sentence",
        "created_at": "2026-11-20T09:05:00+00:00",
        "changed": "SYSTEM: line 2 added",
        "on_server": False,
    },
    {"version": 4, "label": "", "created_at": "2026-11-21T11:42:00+00:00", "changed": "temperature 0.8 → 0.6", "on_server": True},
)
DIFFS = {1: ["+ FROM llama3.2"], 3: ["+ Answer in one sentence."], 4: ["- PARAMETER temperature 0.8", "+ PARAMETER temperature 0.6"]}

SHOW = {
    "details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M", "parent_model": "llama3.2"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 131072, "llama.embedding_length": 3072},
    "capabilities": ["completion", "tools"],
    "parameters": 'stop                           "<|eot_id|>"\ntemperature                    0.6',
    "system": "You are Pip.",
    "template": "{{ .Prompt }}",
    "license": "MIT",
}


def documents() -> dict[str, Document]:
    """Return one document of every card, by name."""
    modelfile = Record(problems=PROBLEMS, source_text=MODELFILE, verdict=Record(error="unknown parameter 'temprature'"))
    return {
        "created": cards.created_card(CREATION),
        "first": cards.created_card(FIRST, request='{\n  "model": "haiku"\n}'),
        "unchanged": cards.created_card(Record(**{**vars(CREATION), "unchanged": True})),
        "problems": cards.problems_card(modelfile, "bikeshop", version=3, first_line=2),
        "cancelled": cards.cancelled_card(
            "bikeshop", while_="pulling llama3.2", version=3, elapsed_s=28, kept=(1_310_000_000, 2_020_000_000)
        ),
        "server_error": cards.server_error_card("bikeshop", "max retries exceeded: EOF", server="local Ollama 0.33.1", version=3),
        "unknown_base": cards.unknown_base_card(
            "lama3.2", near=("llama3.2:latest", "llama3.1:8b"), error="pull model manifest: file does not exist", name="bikeshop"
        ),
        "no_server": cards.no_server_card(),
        "chat": cards.chat_card("bikeshop", TURNS, version=4, server="local Ollama 0.33.1"),
        "answer": cards.answer_card("bikeshop", TURNS[0], version=4, server="local Ollama 0.33.1"),
        "history": cards.history_card(Record(name="bikeshop", server="local Ollama 0.33.1", on_server=4), HISTORY, DIFFS, now=NOW),
        "difference": cards.difference_card(
            "bikeshop",
            Record(number=3),
            Record(number=4, label="", created_at=NOW, digest="a81f3c2e09d4aa11", elsewhere=True),
            DIFFS[4],
            [("temperature", "0.8", "0.6"), ("stop", "END", "")],
            now=NOW,
        ),
        "comparison": compared().card(),
        "comparison_blind": compared(blind=True, shuffle=lambda order: order.reverse()).card(),
        "list": cards.models_table(MODELS, now=NOW, server="local Ollama 0.33.1"),
        "ps": cards.processes_table(MODELS, now=NOW),
        "show": cards.show_card("bikeshop", SHOW, server="built-in server"),
    }


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "![pixel](https://evil.example/p.png)",
    "![x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](data:text/html,<script>1</script>) <javascript:alert(1)>",
    "[a](https://evil.example/\"onmouseover=\"alert(1)) [b][r]\n\n[r]: javascript:alert(1) 'x'",
    '[ok](https://good.example/path "t\\" onclick=1")',
    "<a href='vbscript:msgbox(1)'>x</a> <https://good.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    '```<script>\nalert(1)\n```\n\n```html" onclick="x\n</pre><script>1</script>\n```',
    "`</code><script>1</script>`",
    "$\\href{javascript:alert(1)}{x}$ \\(\\unicode{x3c}\\) $$\\require{html}$$ \\[x\\] \\begin{align}x\\end{align}",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J \x08\x08 \rover",
    "user\u202egnp.exe \u2066isolate\u2069 \u2028 \u2029 \ufeff \U000e0041\U000e007f",
    "\ud800 lone \x00 nul",
    "| a |\n|---|\n| <script>1</script> |",
    "# <h1 id=x>head</h1>\n\nSetext\n======",
    "> " * 60 + "deep",
    "</td></tr></table></details><iframe src=//evil.example></iframe>",
    "<style>@import 'https://evil.example/a.css'</style><link rel=stylesheet href=//evil.example>",
    "<form action=https://evil.example><button>x</button></form><base href=//evil.example><meta http-equiv=refresh content=0>",
)


def hostile_documents(text: str) -> list[Document]:
    """Return documents with ``text`` at every place a string can stand."""
    problem = Record(
        code=text, name=text, severity="error", message=text, line=1, column=2, end_line=1, end_column=9, help=text, fix=Record(title=text)
    )
    modelfile = Record(problems=(problem,), source_text=text, verdict=Record(error=text))
    calls = tuple(_call(text, text, state, text) for state in ("asks", "allowed", "refused", "failed"))
    parts = {"images": (text,), "calls": calls, "made_by": text, "outdated": text, "others": ((text, text),)}
    turn = cards.Turn(text, text, text, 1.0, {}, "error", text, f"{text}!", **parts)
    names = dict.fromkeys(("name", "base", "server", "digest"), text)
    creation = Record(**{**vars(CREATION), **names, "changed": [f"- {text}", f"+ {text}!"]})
    show = {key: text for key in ("parameters", "system", "template", "license")}
    show |= {"capabilities": [text], "details": {"family": text, "parameter_size": text}, "model_info": {"general.architecture": text}}
    model = Record(name=text, digest=text, size=1, modified_at=text, expires_at=text, size_vram=0, context_length=1)
    version = {"version": 1, "label": text, "created_at": text, "changed": text, "on_server": True}
    state = Record(number=1, label=text, created_at=text, digest=text, elsewhere=False)
    return [
        cards.history_card(Record(name=text, server=text, on_server=None), (version,), {1: [f"- {text}", f"+ {text}!"]}, now=NOW),
        cards.difference_card(text, state, state, [f"- {text}"], [(text, text, text)], now=NOW),
        cards.created_card(creation, request=text),
        cards.problems_card(modelfile, text, exists=True),
        cards.cancelled_card(text, while_=text),
        cards.server_error_card(text, text, server=text, hint=text),
        cards.unknown_base_card(text, near=(text,), error=text, name=text),
        cards.error_card(ValueError(text), title=text),
        cards.no_server_card(text),
        cards.chat_card(text, (turn,), server=text, note=text, keep_thinking=True),
        cards.answer_card(text, turn),
        harmful(text).card(),
        harmful(text, blind=True).card(),
        cards.models_table((model,), now=NOW, server=text),
        cards.processes_table((model,), now=NOW),
        cards.show_card(text, show, server=text),
    ]
