"""What goes with every request of a conversation, what comes beside the text, and a conversation as a file."""

import doctest
import json

import httpx
import pytest

import ollama_magics as om
from ollama_magics.errors import ConnectionProblem, FileProblem, UsageProblem
from ollama_magics.services.conversation import exporting

from .scripted import lines
from .talking import done, said, talk, whole

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 8


def test_truncate_shift_and_logprobs():
    """They are sent as they are set, and left to the server where they are not; the probabilities come with the answer."""
    token = {"token": "hi", "logprob": -0.25, "top_logprobs": [{"token": "ho", "logprob": -1.5}]}

    def script(body):
        return lines(said("hi") | {"logprobs": [token]}, done())

    chat, fake = talk(script, truncate=False, shift=False, logprobs=2)
    answer = chat.ask("Hi")
    assert {"truncate": False, "shift": False, "logprobs": True, "top_logprobs": 2}.items() <= fake.asked("chat")[0].items()
    assert [(entry.token, entry.logprob, entry.top_logprobs[0].token) for entry in answer.logprobs] == [("hi", -0.25, "ho")]
    chat.truncate, chat.shift, chat.logprobs = None, None, True
    chat.ask("Hi")
    assert fake.asked("chat")[-1].keys() & {"truncate", "shift", "top_logprobs"} == set()
    assert fake.asked("chat")[-1]["logprobs"] is True


@pytest.fixture
def spoken():
    chat, _ = talk(whole("# Me\n", "Mario"), system="You are Mario.", options={"seed": 1})
    chat.ask("Who are you?", images=[PNG])
    return chat


def test_as_json(spoken):
    """The messages as the API takes them, so that a request can be made of them again."""
    told = json.loads(spoken.as_json_text())
    assert (told["model"], told["options"]) == ("mario", {"seed": 1})
    assert [message["role"] for message in told["messages"]] == ["system", "user", "assistant"]
    assert told["messages"][2]["content"] == "# Me\nMario"
    assert len(told["messages"][1]["images"]) == 1


def test_as_markdown(spoken):
    """A document whose headings are those of the turns; those of an answer stand below them."""
    text = spoken.as_markdown()
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        text.splitlines()[0],
        "## System",
        "## You",
        "## mario",
        "### Me",
    ]
    assert "*1 picture*" in text


@pytest.mark.parametrize(("name", "begins"), [("talk.json", "{"), ("talk.MD", "# Conversation"), ("talk.modelfile", "MESSAGE user Who")])
def test_a_file_by_its_ending(spoken, tmp_path, name, begins):
    """JSON, Markdown, or lines for a Modelfile."""
    assert spoken.export(tmp_path / name).read_text("utf-8").startswith(begins)
    with pytest.raises(FileProblem, match="cannot write"):
        spoken.export(tmp_path / "no" / "folder" / name)


def test_no_picture_is_fetched_by_itself(spoken):
    """An address is refused, and the message says how to ask for it."""
    with pytest.raises(UsageProblem, match="not fetched unless you ask for it") as caught:
        spoken.ask("What is it?", images=["https://example.com/x.png"])
    assert "fetch_picture" in caught.value.hint


def test_a_picture_is_fetched_for_who_asks(monkeypatch):
    """What is there has to be a picture; an address with a password is told without it."""
    answers = {"/x.png": httpx.Response(200, content=PNG), "/page": httpx.Response(200, content=b"<html>")}
    transport = httpx.MockTransport(lambda request: answers.get(request.url.path, httpx.Response(404)))
    monkeypatch.setattr(httpx, "stream", lambda *given, timeout, follow_redirects: httpx.Client(transport=transport).stream(*given))
    found = om.fetch_picture("http://me:pw123@h/x.png")
    assert (found.name, found.kind, found.data) == ("x.png", "image/png", PNG)
    with pytest.raises(UsageProblem, match="page is no picture"):
        om.fetch_picture("http://h/page")
    with pytest.raises(ConnectionProblem) as caught:
        om.fetch_picture("http://me:pw123@h/none")
    assert str(caught.value).startswith("http://h/none answered 404")
    for wrong in ("file:///etc/passwd", "h/x.png"):
        with pytest.raises(UsageProblem, match="no web address"):
            om.fetch_picture(wrong)


def test_examples():
    """The examples in the docstrings are true."""
    assert doctest.testmod(exporting).failed == 0
