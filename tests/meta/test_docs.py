"""The pages of docs/ say what the data says, their examples do what they claim, and their links lead somewhere."""

import importlib.util
import re

import pytest

from ollama_magics.modelfile import parse
from ollama_magics.modelfile.rules import RULES, example_of
from ollama_magics.services.servers import servers

FENCE = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def writer(root):
    """Return the module that writes the pages."""
    spec = importlib.util.spec_from_file_location("write_docs", root / "docs" / "write_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def texts(root):
    """Return the text of every page by its path below docs/."""
    folder = root / "docs"
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in sorted(folder.rglob("*.md"))}


def blocks(texts, language):
    """Yield page, further words of the fence, and text of every code block in a language."""
    for path, text in texts.items():
        for match in FENCE.finditer(text):
            first, *claims = match[2].split() or [""]
            if first == language:
                yield path, claims, match[3]


def test_pages_are_current(writer, texts):
    """Every written page is what the data says now; none is left over (`python docs/write_docs.py` writes them anew)."""
    wanted = writer.pages()
    assert [path for path, text in wanted.items() if texts.get(path) != text] == []
    assert [path for path, text in texts.items() if text.startswith(writer.WRITTEN) and path not in wanted] == []


def test_links_lead_somewhere(root, texts):
    """A link to a file or a heading of ours finds it; links to the web are none of ours."""
    broken = []
    for path, text in texts.items():
        prose = FENCE.sub("", text)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            file, _, anchor = target.partition("#")
            page = (root / "docs" / path).parent / file if file else root / "docs" / path
            if "://" not in target and (not page.exists() or (anchor and anchor not in _anchors(page.read_text("utf-8")))):
                broken.append((path, target))
    assert broken == []


def _anchors(text):
    """Return the anchors of a page's headings, as code-hosting pages make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("\\", "")).strip().lower().replace(" ", "-") for heading in headings}


def test_modelfiles_are_as_claimed(texts, tmp_path):
    """A Modelfile without a claim has no problem; one that names a rule breaks it."""
    wrong = []
    found = list(blocks(texts, "modelfile"))
    for path, claims, text in found:
        rule = RULES.get(path.rpartition("/")[2].removesuffix(".md"))
        for name in rule.files if rule else ():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("", "utf-8")
        file = parse(_as_written(rule, claims, text), folder=tmp_path if rule and rule.files else None)
        found_with_server = example_of(rule) if rule and rule.given and claims else None
        codes = [problem.code for problem in (*file.problems, found_with_server) if problem is not None]
        if not set(claims) <= set(codes) or (not claims and codes):
            wrong.append((path, claims, codes))
    assert len(found) > 100
    assert wrong == []


def _as_written(rule, claims, text):
    """Return the example itself: a page shows characters that cannot be seen by their names."""
    if rule is None or not text:
        return text
    return rule.bad if claims else rule.good


def test_every_rule_has_its_page(root):
    """The page that a problem names is there."""
    assert [rule.code for rule in RULES.values() if not (root / rule.docs_url).is_file()] == []
    (problem,) = parse("FROM a\nPARAMETER temprature 1\n").problems
    assert problem.docs_url == "docs/rules/MF301.md"


@pytest.mark.parametrize("page", ["python.md", "official-client.md"])
def test_python_runs(texts, embedded, page):
    """Python blocks that say so run, one after the other, on the built-in server."""
    chosen = servers().default_host
    servers().set_default_host(embedded)
    try:
        found = [text for path, claims, text in blocks(texts, "python") if path == page and "run" in claims]
        assert found
        for text in found:
            exec(compile(text, page, "exec"), {"__name__": page})
    finally:
        servers().set_default_host(chosen)


def test_readme_leads_here(root):
    """README links the documentation."""
    assert "(docs/README.md)" in (root / "README.md").read_text("utf-8")
