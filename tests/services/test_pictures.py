"""Pictures in a question: from whatever a person has, known by their bytes, refused with a reason."""

import base64
import json

import pytest

from ollama_magics.errors import FileProblem, ServerFault, UsageProblem
from ollama_magics.services.conversation import pictures
from ollama_magics.services.conversation.pictures import picture

from .scripted import plain
from .talking import talk, whole

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
TEXT = base64.b64encode(PNG).decode()


class Drawn:
    """What a notebook draws as PNG."""

    def _repr_png_(self):
        return PNG


def test_every_way_to_give_a_picture(tmp_path):
    """Bytes, paths, base64, data URLs and drawn objects are the same picture."""
    path = tmp_path / "chain.png"
    path.write_bytes(PNG)
    ways = [PNG, bytearray(PNG), path, str(path), TEXT, f"data:image/png;base64,{TEXT}", Drawn()]
    assert {picture(way).data for way in ways} == {PNG}
    assert {picture(way).kind for way in ways} == {"image/png"}
    assert [picture(path).name, picture(PNG).name, picture(TEXT, "x.png").name] == ["chain.png", "picture.png", "x.png"]
    assert str(picture(path)) == "chain.png, 28 B"


def test_pictures_go_with_the_question_in_every_later_request():
    """They are base64, as the API takes them."""
    chat, server = talk(whole("A chain."))
    chat.ask("What is it?", images=[PNG])
    chat.ask("And its price?")
    assert [message.get("images") for message in server.asked("chat")[1]["messages"]] == [[TEXT], None, None]
    assert chat.answers[0].images[0].url == f"data:image/png;base64,{TEXT}"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (b"<svg>", UsageProblem, "this is no picture"),
        ("data:image/png;base64,!!", UsageProblem, "is not base64"),
        ("nowhere.png", FileProblem, "there is no picture 'nowhere.png'"),
        (7, UsageProblem, "not int"),
    ],
)
def test_what_is_no_picture_is_refused_before_anything_is_sent(given, error, words):
    """The message says what it is."""
    chat, server = talk(whole("x"))
    with pytest.raises(error, match=words):
        chat.ask("What is it?", images=[given])
    assert server.requests == []


def test_a_picture_may_be_too_large(tmp_path, monkeypatch):
    """A file is not read for it."""
    monkeypatch.setattr(pictures, "LARGEST", 20)
    path = tmp_path / "chain.png"
    path.write_bytes(PNG)
    for given in (PNG, path):
        with pytest.raises(UsageProblem, match="has 28 B, more than 20 B"):
            picture(given)


@pytest.mark.parametrize(
    "message",
    [
        "Multimodal data provided, but model does not support multimodal requests.",
        "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
    ],
)
def test_a_model_without_vision_says_so_in_the_server_s_words(message):
    """Our sentence, then the server's, and the remedy."""
    body = json.dumps({"error": {"code": 400, "message": message, "type": "invalid_request_error"}})
    chat, _ = talk(lambda _: plain({"error": body}, 400))
    with pytest.raises(ServerFault, match=f"the model mario takes no pictures: {message[:20]}") as caught:
        chat.ask("What is it?", images=[PNG])
    assert caught.value.hint == "take the pictures out, or ask a model with vision"
    assert chat.answers[0].state == "error"
    assert chat.answers[0].error == body
