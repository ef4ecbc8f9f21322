"""Colours of Modelfiles in a real JupyterLab, read from the page: in cells, in rendered Markdown, in files."""

from __future__ import annotations

import json

from labpage import LabPage, notebook
from playwright.sync_api import Locator, expect

MODELFILE = '''%%modelfile bikeshop --chat
# one example is enough
FROM llama3.2
PARAMETER temperature 0.6
PARAMETER num_ctxx 8192
PARAMETER mirostat 1
PARAMETER stop "User:"
TEMPLATE """{{- if .System }}{{ .System }}{{ end }}
USER: {{ .Prompt }} ASSISTANT:"""
MESSAGE user Do you repair e-bikes?
SYSTEM """You keep a small\u00a0bicycle shop (really.
If you do not know, say so.""" # swallows the next line
RENDERER qwen3-coder
MESSAGE assistant "Yes."'''
PYTHON = "for number in range(3):\n    print(number)"
CHAT = "%%chat bikeshop\nWhat is (for me, and not in the shop?"
FENCE = 'Some *text*.\n\n```modelfile\nFROM llama3.2\nSYSTEM """Hi\n# no comment"""\n```'

EXPECTED = [
    [("%%modelfile", "operator"), ("--chat", "attribute")],
    [("# one example is enough", "comment")],
    [("FROM", "keyword"), ("llama3.2", "def")],
    [("PARAMETER", "keyword"), ("temperature", "property"), ("0.6", "number")],
    [("PARAMETER", "keyword"), ("num_ctxx", "no")],
    [("PARAMETER", "keyword"), ("mirostat", "comment")],
    [("PARAMETER", "keyword"), ("stop", "property"), ('"', "string"), ("User:", "string"), ('"', "string")],
    [
        *[
            ("TEMPLATE", "keyword"),
            ('"""', "string"),
            ("{{-", "operator"),
            ("if", "keyword"),
            (".System", "property"),
            ("}}{{", "operator"),
        ],
        *[(".System", "property"), ("}}{{", "operator"), ("end", "keyword"), ("}}", "operator")],
    ],
    [
        *[("USER: ", "string"), ("{{", "operator"), (".Prompt", "property"), ("}}", "operator"), (" ASSISTANT:", "string")],
        ('"""', "string"),
    ],
    [("MESSAGE", "keyword"), ("user", "variable-2")],
    [("SYSTEM", "keyword"), ('"""', "string"), ("You keep a small", "string"), ("\u00a0", "no"), ("bicycle shop (really.", "string")],
    [('If you do not know, say so.""" # swallows the next line', "string")],
    [("RENDERER qwen3-coder", "string")],
    [('MESSAGE assistant "Yes."', "string")],
]

# Text and colour of each coloured part of a line, the colour as the name of the theme's variable that has it.
COLOURS = """(line, names) => {
  const probe = line.parentElement.appendChild(document.createElement("i"));
  const colour = name => { probe.style.color = `var(--jp-mirror-editor-${name}-color)`; return getComputedStyle(probe).color; };
  const parts = [...line.querySelectorAll("span")].filter(span => !span.querySelector("span"));
  const seen = parts.map(part => [part.textContent, names.find(name => colour(name) === getComputedStyle(part).color) ?? "no"]);
  probe.remove();
  return seen;
}"""
NAMES = sorted({colour for line in EXPECTED for _, colour in line} - {"no"})


def colours(line: Locator) -> list[tuple[str, str]]:
    """Return text and colour of the parts of a line; where a theme gives one colour to several names, the first of them."""
    return [(text, colour) for text, colour in line.evaluate(COLOURS, NAMES)]


def lines(lab_page: LabPage, cell: int) -> Locator:
    return lab_page.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".cm-line")


def open_cells(lab_page: LabPage) -> None:
    made = notebook([MODELFILE, PYTHON, CHAT, "import re\nFROM a", "print(1"])
    made["cells"].append({"cell_type": "markdown", "id": "fence", "metadata": {}, "source": FENCE})
    # As a notebook that has been saved once says it: nothing has to wait for a kernel.
    made["metadata"]["language_info"] = {
        "name": "python",
        "mimetype": "text/x-python",
        "codemirror_mode": {"name": "ipython", "version": 3},
    }
    (lab_page.notebooks / "colours.ipynb").write_text(json.dumps(made), "utf-8")
    lab_page.open("colours")
    expect(lines(lab_page, 0).first.locator("span").first).to_be_visible()


def test_colours(lab_page: LabPage) -> None:
    open_cells(lab_page)
    check_themes(lab_page)
    check_brackets_in_prose(lab_page)
    check_first_line(lab_page)
    check_files(lab_page)


def check_themes(lab_page: LabPage) -> None:
    for theme in ("Light", "Dark"):
        lab_page.theme(f"JupyterLab {theme}")
        assert [colours(line) for line in lines(lab_page, 0).all()] == EXPECTED
        looks = "(part, name) => getComputedStyle(part).getPropertyValue(name)"
        assert lines(lab_page, 0).nth(4).get_by_text("num_ctxx").evaluate(looks, "text-decoration-line") == "underline"
        assert lines(lab_page, 0).nth(5).get_by_text("mirostat").evaluate(looks, "text-decoration-line") == "line-through"
        assert lines(lab_page, 0).nth(10).get_by_text("\u00a0", exact=True).evaluate(looks, "outline-style") == "solid"
        assert ("for", "keyword") in colours(lines(lab_page, 1).first)
        assert [colours(line) for line in lines(lab_page, 2).all()] == [[("%%chat", "operator")], []]
        fence = lab_page.page.locator(".jp-RenderedMarkdown code")
        assert colours(fence)[:2] == [("FROM", "keyword"), ("llama3.2", "def")]
        assert ("# no comment", "string") in colours(fence)
        lab_page.picture(f"colours-{theme.lower()}")
    lab_page.theme("JupyterLab Light")


def check_brackets_in_prose(lab_page: LabPage) -> None:
    """A bracket without its partner is marked in Python, and not in prose."""
    grounds = []
    for cell, bracket in ((2, "("), (4, "print(")):
        line = lines(lab_page, cell).last
        line.click()
        lab_page.page.keyboard.press("Home")
        for _ in range(line.text_content().index(bracket) + len(bracket)):
            lab_page.page.keyboard.press("ArrowRight")
        mark = line.locator(".cm-nonmatchingBracket")
        expect(mark).to_have_text("(")
        grounds.append(mark.evaluate("mark => getComputedStyle(mark).backgroundColor"))
    assert grounds[0] == "rgba(0, 0, 0, 0)" != grounds[1]


def check_first_line(lab_page: LabPage) -> None:
    first, second = lines(lab_page, 3).first, lines(lab_page, 3).nth(1)
    assert colours(second) == []
    first.click()
    keyboard = lab_page.page.keyboard
    keyboard.press("Home")
    keyboard.press("Shift+End")
    keyboard.type("%%modelfile x")
    expect(second.locator("span")).to_have_text(["FROM", "a"])
    assert colours(second) == [("FROM", "keyword"), ("a", "def")]
    lab_page.command("notebook:move-cell-up")
    moved = lines(lab_page, 2)
    expect(moved.nth(1).locator("span")).to_have_text(["FROM", "a"])
    mime = "window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.mimeType)"
    assert set(lab_page.page.evaluate(mime)[:4]) == {"text/x-ipython"}
    moved.first.click()
    keyboard.press("Control+Home")
    keyboard.press("Delete")
    expect(moved.nth(1).locator("span")).to_have_count(0)
    keyboard.press("Control+z")
    expect(moved.nth(1).locator("span")).to_have_text(["FROM", "a"])
    moved.nth(1).click()
    keyboard.press("Control+/")
    expect(moved.nth(1)).to_have_text("# FROM a")
    assert colours(moved.nth(1)) == [("# FROM a", "comment")]


def check_files(lab_page: LabPage) -> None:
    for name in ("Modelfile", "pip.modelfile"):
        (lab_page.notebooks / name).write_text("FROM llama3.2\nSYSTEM Hi\n", "utf-8")
        lab_page.command("docmanager:open", path=name)
        shown = lab_page.page.locator(".jp-FileEditor:visible .cm-line").first
        expect(shown.locator("span")).to_have_text(["FROM", "llama3.2"])
        assert colours(shown) == [("FROM", "keyword"), ("llama3.2", "def")]
