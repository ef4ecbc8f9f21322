"""Conversations keep what came, whatever happens to the answer."""

import httpx
import pytest
from client.scripted_server import ScriptedServer

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.errors import Cancelled, ModelNotFound, ModelStuck, StreamError, StreamFault, UsageProblem
from ollama_magics.services.conversation import Chat, Delta

from .scripted import Scripted, lines, plain


def said(text, **more):
    return {"model": "mario", "message": {"role": "assistant", "content": text, **more}, "done": False}


def done(reason="stop", **more):
    figures = {"eval_count": 4, "eval_duration": 2_000_000_000, "prompt_eval_count": 10, "load_duration": 5_000_000}
    return {"model": "mario", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reason, **figures, **more}


def loaded(body):
    return plain({"models": [{"name": "mario:latest", "model": "mario:latest", "context_length": 4096}]})


def server(*answers):
    return Scripted(chat=[lambda body, answer=answer: answer() for answer in answers], ps=loaded)


class Clock:
    """Seconds that go on by one each time somebody looks."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


def test_an_answer_is_whole():
    """Text, figures and the server's last words come together."""
    fake = server(lambda: lines(said("It's-a "), said("me!"), done()))
    answer = Chat("mario", client=fake.client(), clock=Clock()).ask("Who are you?")
    assert (answer.text, answer.state, answer.done_reason, str(answer)) == ("It's-a me!", "done", "stop", "It's-a me!")
    stats = answer.stats
    assert (stats.tokens, stats.tokens_per_s, stats.prompt_tokens, stats.context_used, stats.context_size) == (4, 2.0, 10, 14, 4096)
    assert (stats.first_s, stats.load_s) == (1.0, 0.005)


def test_the_next_turn_carries_the_conversation():
    """Earlier turns, the system text and the options go with each request."""
    fake = server(lambda: lines(said("Mario."), done()))
    chat = Chat("mario", client=fake.client(), system="Be short.", options={"temperature": 0})
    chat.ask("Who are you?")
    chat.ask("And your brother?")
    first, second = fake.asked("chat")
    assert first["messages"] == [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Who are you?"}]
    assert second["messages"][1:] == [
        {"role": "user", "content": "Who are you?"},
        {"role": "assistant", "content": "Mario."},
        {"role": "user", "content": "And your brother?"},
    ]
    assert second["options"] == {"temperature": 0}


def test_reset_forgets_the_turns():
    """After a reset the next request is the first one again; the system text stays."""
    fake = server(lambda: lines(said("Mario."), done()))
    chat = Chat("mario", client=fake.client(), system="Be short.")
    chat.ask("Who are you?")
    chat.reset()
    assert chat.messages == [{"role": "system", "content": "Be short."}]
    assert chat.answers == []


def test_messages_are_a_copy():
    """Changing what ``messages`` gives does not change the conversation."""
    fake = server(lambda: lines(said("Mario."), done()))
    chat = Chat("mario", client=fake.client())
    chat.ask("Who are you?")
    chat.messages[1]["content"] = "Luigi."
    assert chat.messages[1].content == "Mario."


def test_pieces_come_as_they_are():
    """Thinking and text are told apart, and the time of thinking is measured."""
    fake = server(lambda: lines(said("", thinking="Hm."), said("Yes."), done()))
    reply = Chat("mario", client=fake.client(), clock=Clock()).stream("Sure?")
    assert list(reply) == [Delta("", "Hm."), Delta("Yes.", "")]
    assert (reply.answer.thinking, reply.answer.text, reply.answer.thought_s) == ("Hm.", "Yes.", 2.0)


def test_a_limit_is_said():
    """An answer that ran into ``num_predict`` is marked as not finished, with the number that did it."""
    fake = server(lambda: lines(said("One, two"), done("length")))
    answer = Chat("mario", client=fake.client(), options={"num_predict": 4}).ask("Count.")
    assert (answer.state, answer.note) == ("cut", "Stopped at num_predict 4. The answer is not finished.")


def test_leaving_early_keeps_what_came():
    """Closing a reply stops it; its text stays in the conversation, marked as stopped."""
    fake = server(lambda: lines(said("It's-a "), said("me!"), done()))
    chat = Chat("mario", client=fake.client())
    with chat.stream("Who are you?") as reply:
        next(reply)
    assert (reply.answer.text, reply.answer.state) == ("It's-a ", "stopped")
    assert chat.messages[-1].content == "It's-a "


def test_a_stream_that_breaks_keeps_what_came_and_asks_again_cleanly():
    """The broken turn is shown and not sent again as if the model had said it."""
    fake = server(
        lambda: lines(said("It's-"), then=httpx.ReadError("reset")),
        lambda: lines(said("Mario."), done()),
    )
    chat = Chat("mario", client=fake.client())
    reply = chat.stream("Who are you?")
    with pytest.raises(StreamFault):
        list(reply)
    assert (reply.answer.text, reply.answer.state) == ("It's-", "error")
    chat.ask("Who are you?")
    assert fake.asked("chat")[1]["messages"] == [{"role": "user", "content": "Who are you?"}]


def test_an_error_in_mid_stream_is_the_server_s_own():
    """The server's words are in the error, the text so far in the answer."""
    fake = server(lambda: lines(said("It's-"), {"error": "runner died"}))
    chat = Chat("mario", client=fake.client())
    with pytest.raises(StreamError) as caught:
        chat.ask("Who are you?")
    assert caught.value.error == "runner died"
    assert chat.answers[-1].text == "It's-"


def test_a_cancelled_question_leaves_nothing():
    """A token that is turned already sends nothing and leaves no turn behind."""
    fake = server(lambda: lines(said("Mario."), done()))
    chat = Chat("mario", client=fake.client())
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        chat.ask("Who are you?", cancel=token)
    assert (fake.requests, chat.messages) == ([], [])


def test_raw_is_sent_as_it_is():
    """``raw`` asks without template and conversation, and leaves no message."""
    fake = Scripted(generate=lambda body: lines({"response": "ok", "done": False}, {"response": "", "done": True}), ps=loaded)
    chat = Chat("mario", client=fake.client(), raw=True)
    assert chat.ask("[INST] x").text == "ok"
    (body,) = fake.asked("generate")
    assert (body["prompt"], body["raw"], chat.messages) == ("[INST] x", True, [])


def test_a_model_that_hangs_is_told_with_its_cure():
    """The question ends, the server is let go, and the conversation is as it was."""

    def play(wire):
        if wire.server.requests[-1].path == "/api/ps":
            return wire.answer(200, {"models": [{"name": "mario:latest", "expires_at": "2026-11-21T12:00:00Z"}]})
        return wire.hang()

    with ScriptedServer(play) as hanging:
        chat = Chat("mario", client=Client(hanging.url, environ={}), patience_s=0.01)
        with pytest.raises(ModelStuck, match="mario is loaded and has given no first line") as caught:
            chat.ask("Who are you?")
        assert hanging.released.wait(5)
    assert "%ollama stop mario" in caught.value.hint
    assert chat.messages == []


def test_no_such_model():
    """The server's 404 comes as `ModelNotFound`."""
    fake = Scripted(chat=lambda body: plain({"error": "model 'marip' not found"}, 404))
    with pytest.raises(ModelNotFound):
        Chat("marip", client=fake.client()).ask("Who are you?")


def test_a_conversation_needs_a_name():
    """An empty name is refused before anything is sent."""
    with pytest.raises(UsageProblem):
        Chat("")


def test_saved_form_escapes_the_model_s_text():
    """An answer shown as HTML carries no script of the model's."""
    fake = server(lambda: lines(said("<script>alert(1)</script>"), done()))
    bundle = Chat("mario", client=fake.client()).ask("Hi")._repr_mimebundle_()
    assert "<script" not in bundle["text/html"]
    assert "alert(1)" in bundle["text/plain"]
