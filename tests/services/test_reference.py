"""The pages of reference: one for everything that the checks know, and each can be found and drawn."""

import pytest

from ollama_magics import errors
from ollama_magics.display import html, markdownpage, text
from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.modelfile.instructions import INSTRUCTIONS, PARSERS, RENDERERS
from ollama_magics.modelfile.nodes import COMMANDS
from ollama_magics.modelfile.rules import RULES
from ollama_magics.services.reference import find_topic, topic, topics
from ollama_magics.services.reference.faults import REMEDIES
from ollama_magics.wire.options import FORMER, OPTIONS


def test_nothing_is_left_out():
    """Every instruction, parameter, rule and error class has a topic."""
    names = {topic.name for topic in topics()}
    assert {name.upper() for name in COMMANDS} == set(INSTRUCTIONS)
    assert {*INSTRUCTIONS, *OPTIONS, *FORMER, *RULES} <= names
    codes = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.OllamaMagicsError)}
    assert codes - {"error"} == set(REMEDIES) <= names


@pytest.mark.parametrize("name", sorted({topic.name for topic in topics()}))
def test_every_topic_is_found_and_drawn(name):
    """A topic is found by its name and has a page in all three forms."""
    found = find_topic(name)
    assert found is not None
    assert found.name == name
    document = found.page()
    assert name in text.render(document)
    assert "<" in html.render(document)
    assert markdownpage.render(document).startswith("# ")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("system", "SYSTEM"),
        ("TEMPERATURE", "temperature"),
        ("unclosed-quote", "MF202"),
        (".role", ".Messages.Role"),
        ("stop", "stop"),
        ("template", "template"),
        ("pull model manifest: file does not exist", "pull model manifest: file does not exist"),
        ('template error: "x" does not support tools', "does not support tools"),
        ("(line 3): command must be one of …", "command must be"),
    ],
)
def test_other_words_lead_to_a_topic(word, name):
    """Case, the words of a rule, the last part of a variable and a server's whole sentence are understood."""
    assert topic(word).name == name


def test_an_unknown_word_names_the_nearest():
    """The hint names what may be meant, or where all are listed."""
    with pytest.raises(UsageProblem) as caught:
        topic("temprature")
    assert caught.value.hint == "did you mean temperature?"
    with pytest.raises(UsageProblem) as caught:
        topic("zzzzzz", listed_by="ollama-magics help")
    assert caught.value.hint == "ollama-magics help lists what there is help about"


@pytest.mark.parametrize("facts", INSTRUCTIONS.values(), ids=lambda facts: facts.name)
def test_examples_of_instructions_are_taken(facts):
    """An example has its instruction and no problem."""
    file = parse(facts.example)
    assert facts.name.lower() in {node.name for node in file.instructions}
    assert file.problems == ()


def test_names_of_renderers_and_parsers_are_no_mix_up():
    """Both lists have names that only one of them has."""
    assert {"passthrough", "harmony"} <= PARSERS - RENDERERS
    assert "gemma4-small" in RENDERERS - PARSERS


def test_markdown_shows_what_was_written():
    """Marks of Markdown in a text are shown, not obeyed; a fence is longer than any in the code."""
    from markdown_it import MarkdownIt

    from ollama_magics.display.segments import Document, Log, Paragraph, Span, Table

    nasty = "# a *b* _c_ [d](e) <i> `f` | g\\ ~h~ &amp; 1. x"
    cells = Table(("Head |",), ((Span("a|b`c", "code"),), (nasty,)))
    drawn = markdownpage.render(Document((Paragraph(nasty), Log(("```", "x")), cells)))
    shown = MarkdownIt("commonmark", {"html": False}).enable("table").render(drawn)
    assert "<em>" not in shown
    assert "<h1>" not in shown
    assert "<a " not in shown
    assert shown.count("# a *b* _c_ [d](e) &lt;i&gt; `f` | g\\ ~h~ &amp;amp; 1. x") == 2
    assert "<code>```\nx\n</code>" in shown
    assert "a|b`c" in shown
