"""Exchanges as MESSAGE lines: the text around them stays as it is, and they can be taken out again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.services.conversation.teaching import message_lines, taught, untaught

from .talking import talk, whole

PAIR = (("user", "Do you take old bikes?"), ("assistant", "Yes.\nUp to 60 €."))
CELL = "%%modelfile bikeshop --chat\n# mine\nFROM tutor   # small\nMESSAGE user Hi\nmessage assistant Hello\n\nPARAMETER stop x\n"


def test_lines_stand_behind_the_last_message_and_nothing_else_changes():
    """In the style of the line before."""
    new = taught(CELL, PAIR)
    head, tail = CELL.split("\n\nPARAMETER")
    assert new.startswith(head)
    assert new.endswith("\n\nPARAMETER" + tail)
    assert parse(new.partition("\n")[2]).messages[-2:] == [{"role": role, "content": text} for role, text in PAIR]
    assert untaught(new, PAIR) == CELL


@pytest.mark.parametrize(
    "source", ["FROM tutor", "FROM tutor\r\nSYSTEM x\r\n", "%%modelfile m\nFROM tutor", "\n%%modelfile m\nFROM tutor\n"]
)
def test_a_modelfile_without_messages_gets_them_too(source):
    """With the line ends it has, and with no cell magic at all."""
    new = taught(source, PAIR)
    assert new.startswith(source.rstrip("\r\n"))
    assert "MESSAGE user Do you take old bikes?" in new
    assert untaught(new, PAIR).rstrip("\r\n") == source.rstrip("\r\n")


def test_only_the_last_of_two_same_lessons_is_taken_out():
    """Undo undoes the click, not what the person wrote."""
    once = taught(CELL, PAIR)
    assert untaught(taught(once, PAIR), PAIR) == once
    with pytest.raises(UsageProblem, match="not in the cell any more"):
        untaught(CELL, PAIR)


PRINTABLE = st.text(st.characters(categories=("L", "N", "P", "S")) | st.sampled_from(" \n"), min_size=1).filter(
    lambda text: '"""' not in text and not text.endswith('"')
)


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system"]), PRINTABLE), min_size=1, max_size=4))
def test_what_is_taught_is_what_the_model_gets(lines):
    """Whatever is said in it: the lines read as the texts, or they are refused."""
    try:
        text = message_lines(lines)
    except UsageProblem:
        return
    assert [(message["role"], message["content"]) for message in parse("FROM a\n" + text).messages] == lines


def test_a_conversation_as_lines():
    """The open branch, without what has no answer."""
    chat, _ = talk(whole("Yes."))
    chat.ask("Do you?")
    chat.ask("And you?")
    assert chat.as_messages_text() == "MESSAGE user Do you?\nMESSAGE assistant Yes.\nMESSAGE user And you?\nMESSAGE assistant Yes.\n"
    assert chat.teach() == (("user", "And you?"), ("assistant", "Yes."))
    chat.reset()
    with pytest.raises(UsageProblem, match="nothing has been asked yet"):
        chat.teach()
