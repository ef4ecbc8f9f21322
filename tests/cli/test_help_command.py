"""``ollama-magics help`` on a shell."""

import pytest

from ollama_magics.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["temperature"], "since Ollama 0.0.3"),
        (["unexpected", "EOF"], "MF202"),
        (["--format", "markdown", "SYSTEM"], "```modelfile\nFROM tutor\n"),
    ],
)
def test_pages(capsys, words, said):
    """A word, or a sentence of the server, has its page, as text or as Markdown."""
    assert main(["help", *words]) == 0
    assert said in capsys.readouterr().out


def test_the_list(capsys):
    """Without a word there is a line a topic."""
    assert main(["help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 150
    assert any(line.startswith("rule") and "MF301" in line for line in lines)


def test_an_unknown_word(capsys):
    """Status 1, with the near word on standard error."""
    assert main(["help", "temprature"]) == 1
    assert "did you mean temperature?" in capsys.readouterr().err
