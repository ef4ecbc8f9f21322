"""A conversation is a tree: nothing is thrown away, and what is open is what is sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ollama_magics.errors import StreamFault, UsageProblem
from ollama_magics.services.versions import Versions

from .scripted import lines
from .talking import Held, broken, done, rendered, said, talk, whole


def counting():
    """Return a script that numbers its answers."""
    numbers = iter(range(1, 1000))
    return lambda body: lines(said(f"answer {next(numbers)}"), done())


def roles(chat):
    return [(message.role, message.content) for message in chat.messages]


def test_another_answer_has_a_seed_of_its_own_and_the_old_one_stays():
    """The next request goes on from the answer that is open."""
    chat, server = talk(counting(), new_seed=lambda: 7)
    chat.ask("Who?")
    again = chat.regenerate().read()
    assert (again.text, again.seed, again.made_by) == ("answer 2", 7, "seed 7")
    assert "options" not in server.asked("chat")[0]
    assert server.asked("chat")[1]["options"] == {"seed": 7}
    (turn,) = chat.turns
    assert [answer.text for answer in turn.answers] == ["answer 1", "answer 2"]
    chat.walk(turn.id, "answer", -1)
    assert roles(chat) == [("user", "Who?"), ("assistant", "answer 1")]
    chat.ask("And?")
    assert [message["content"] for message in server.asked("chat")[2]["messages"]] == ["Who?", "answer 1", "And?"]


def test_a_seed_that_was_chosen_stays():
    """A person who set the seed gets it again."""
    chat, server = talk(counting(), options={"seed": 3})
    chat.ask("Who?")
    chat.regenerate().read()
    assert [body["options"]["seed"] for body in server.asked("chat")] == [3, 3]


def test_an_edited_question_begins_a_branch_and_the_old_one_is_kept_whole():
    """What was said after the old wording is there again when its branch is opened."""
    chat, _ = talk(counting())
    chat.ask("Who?")
    chat.ask("And?")
    chat.edit(chat.turns[0].id, "Who are you?").read()
    assert roles(chat) == [("user", "Who are you?"), ("assistant", "answer 3")]
    chat.walk(chat.turns[0].id, "question", -1)
    assert [content for _, content in roles(chat)] == ["Who?", "answer 1", "And?", "answer 2"]
    assert [answer.text for answer in chat.every_answer] == ["answer 1", "answer 2", "answer 3"]


def test_branches_end_where_they_end():
    """A step too far stays."""
    chat, _ = talk(counting())
    chat.ask("Who?")
    chat.regenerate().read()
    (turn,) = chat.turns
    chat.walk(turn.id, "answer", 1)
    chat.walk(turn.id, "question", -1)
    assert chat.answers[0].text == "answer 2"
    with pytest.raises(UsageProblem, match="no turn 'x'"):
        chat.walk("x", "answer", 1)


def test_a_new_conversation_leaves_the_old_one_to_be_walked_to():
    """``reset`` opens nothing; the first question of the new one has the old one beside it."""
    chat, _ = talk(counting())
    chat.ask("Who?")
    chat.reset()
    assert (chat.messages, chat.answers) == ([], [])
    chat.ask("Where?")
    chat.walk(chat.turns[0].id, "question", -1)
    assert roles(chat)[0] == ("user", "Who?")


def test_an_unfinished_answer_goes_on():
    """Its text is the last message; the answer grows in its place."""
    server_renders = rendered(lambda body: "".join(message["content"] for message in body["messages"]))
    chat, server = talk(whole("One, ", reason="length"), server_renders, whole("two."), options={"num_predict": 4})
    assert chat.ask("Count.").unfinished
    answer = chat.go_on(options={"num_predict": 50}).read()
    assert (answer.text, answer.state, answer.note) == ("One, two.", "done", "")
    assert answer.stats.tokens == 8
    sent = server.asked("chat")[2]
    assert sent["messages"][-1] == {"role": "assistant", "content": "One, "}
    assert sent["options"] == {"num_predict": 50}
    assert [len(turn.answers) for turn in chat.turns] == [1]
    with pytest.raises(UsageProblem, match="no unfinished answer"):
        chat.go_on()


def test_a_server_that_does_not_go_on_is_told_of():
    """A template that closes the answer makes the model begin anew."""
    chat, _ = talk(whole("One,", reason="length"), rendered(lambda body: "…One,<end><assistant>"), whole("Sure: one."))
    chat.ask("Count.")
    pieces = []
    answer = chat.go_on().read(pieces.append)
    assert answer.text == "One,\n\nSure: one."
    assert "".join(piece.text for piece in pieces) == "\n\nSure: one."
    assert answer.note.startswith("The server began a new answer")


def test_a_broken_answer_is_tried_again_beside_what_came():
    """What had come stays as a branch; an answer of which nothing came is replaced."""
    chat, _ = talk(broken("It's-"), broken(), whole("Mario."))
    for how in (lambda: chat.ask("Who?"), lambda: chat.retry().read()):
        with pytest.raises(StreamFault):
            how()
    assert chat.messages == []
    assert chat.answers[0].note == "The server closed the connection after 0 tokens."
    assert chat.retry().read().text == "Mario."
    assert [(answer.text, answer.state) for answer in chat.turns[0].answers] == [("It's-", "error"), ("Mario.", "done")]
    assert [answer.stats.tokens for answer in chat.turns[0].answers] == [1, 4]


def test_a_model_that_says_nothing_was_asked_all_the_same():
    """What the person sees in the conversation is what the model is sent; there is nothing to teach."""
    chat, server = talk(whole(""), whole("Mario."))
    chat.ask("Who?")
    chat.ask("And?")
    assert [message["content"] for message in server.asked("chat")[1]["messages"]] == ["Who?", "", "And?"]
    with pytest.raises(UsageProblem, match="no answer to teach"):
        chat.teach(chat.turns[0].id)
    assert chat.as_messages_text().startswith("MESSAGE user And?")


def test_two_views_of_one_conversation_take_turns():
    """The second is told that an answer is coming, and nothing of it is left behind."""
    held = Held()
    chat, _ = talk(held)
    with chat.stream("Who?") as reply:
        assert next(reply).text == "It's-a "
        for other in (lambda: chat.ask("And?"), lambda: chat.regenerate().read(), lambda: chat.walk("t1", "answer", 1), chat.reset):
            with pytest.raises(UsageProblem, match="an answer is still coming"):
                other()
    assert [turn.question for turn in chat.turns] == ["Who?"]
    held.go.set()
    assert chat.ask("And?").text == "It's-a me!"


def test_a_reply_that_is_never_read_does_not_keep_the_floor():
    """Neither before it has begun nor after."""
    chat, _ = talk(whole("Mario."))
    chat.stream("Who?")
    chat.stream("Who?").begin().close()
    assert chat.ask("And?").text == "Mario."
    assert [answer.state for answer in chat.answers] == ["stopped", "done"]


def test_stop_waits_for_the_end():
    """A new answer can begin at once afterwards."""
    held = Held()
    chat, _ = talk(held)
    assert chat.stop()
    reply = chat.stream("Who?")
    next(reply)
    assert not chat.stop(0.0)
    held.go.set()
    list(reply_to_the_end(reply))
    assert chat.stop()
    assert chat.answers[0].state == "stopped"


def reply_to_the_end(reply):
    try:
        yield from reply
    except Exception as exc:
        yield exc


def test_answers_know_who_made_them_and_when_they_are_out_of_date():
    """Version and options are kept; a newer version of the model is told."""
    versions = Versions()
    chat, server = talk(whole("Mario."), versions=versions, system="Be short.")
    versions.record(server_identity(chat), "mario", "FROM tutor", "d1")
    answer = chat.ask("Who?", options={"temperature": 0})
    assert (answer.version, answer.made_by, answer.options, answer.system) == (1, "v1", {"temperature": 0}, "Be short.")
    assert chat.outdated(answer) == ""
    versions.record(server_identity(chat), "mario", "FROM tutor\nSYSTEM x", "d2")
    assert chat.outdated(answer) == "v1, now v2"
    assert chat.ask("And?", made_by="v2 with 1 change", model="mario-draft").made_by == "v2 with 1 change"
    assert server.asked("chat")[-1]["model"] == "mario-draft"


def server_identity(chat):
    from ollama_magics.services.servers import server_of

    return server_of(chat.client).identity


def test_the_history_of_the_version_has_its_answers():
    """Tries with another system text are not the version's."""
    versions = Versions()
    chat, _ = talk(whole("Mario."), versions=versions)
    versions.record(server_identity(chat), "mario", "FROM tutor", "d1")
    chat.ask("Who?")
    chat.ask("Who, really?", system="You are Luigi.")
    chat.ask("Who then?", made_by="v1 with 1 change")
    chat.ask("Who, hotter?", options={"temperature": 2.0})
    chat.regenerate(options={"seed": 7, "temperature": 1.0}).read()
    assert [said.question for said in versions.answers(server_identity(chat), "mario", 1)] == ["Who?"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 3)),
        st.tuples(st.just("regenerate"), st.integers(0, 9)),
        st.tuples(st.just("edit"), st.integers(0, 9)),
        st.tuples(st.just("walk"), st.integers(0, 9), st.sampled_from(["question", "answer"]), st.sampled_from([-1, 1])),
        st.tuples(st.just("break"), st.integers(0, 9)),
        st.tuples(st.just("reset"), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_is_done_every_answer_can_be_reached_and_the_messages_take_turns(steps):
    """Any sequence of what a person can do keeps every text that ever came, each on a branch that can be walked to."""
    scripts = []
    chat, _ = talk(lambda body: scripts[-1](body))
    came = []
    for number, (what, at, *more) in enumerate(steps, 1):
        turns = chat.turns
        turn = turns[at % len(turns)].id if turns else None
        text = f"text {number}"
        scripts.append(broken(text) if what == "break" else whole(text))
        if what == "walk" and turn:
            chat.walk(turn, *more)
        elif what == "reset":
            chat.reset()
        elif what != "walk":
            reply = started(chat, what, turn, f"question {number}")
            list(reply_to_the_end(reply))
            came.append(text)
        said = chat.messages
        assert [message.role for message in said] == ["user", "assistant"] * (len(said) // 2)
    assert sorted(answer.text for answer in chat.every_answer) == sorted(came)
    if not chat.turns:
        # After a reset the old branches are beside the next question.
        scripts.append(whole("last"))
        came.append(chat.ask("last").text)
    assert reachable(chat) == set(came)


def started(chat, what, turn, question):
    """Return the reply that a step begins; a step that needs a turn asks where there is none."""
    if turn and what == "edit":
        return chat.edit(turn, question)
    if turn and what == "regenerate":
        return chat.regenerate(turn)
    return chat.stream(question)


def reachable(chat, depth=0):
    """Return the texts of all answers that walking opens, below a place of the open branch."""
    if depth >= len(chat.turns):
        return set()
    found = set()
    for _ in branches(chat, depth, "question"):
        for _ in branches(chat, depth, "answer"):
            found.add(chat.answers[depth].text)
            found |= reachable(chat, depth + 1)
    return found


def branches(chat, depth, which):
    """Open one branch after the other, from the first to the last."""
    while step(chat, depth, which, -1):
        pass
    yield
    while step(chat, depth, which, 1):
        yield


def step(chat, depth, which, by):
    """Walk a step, and return whether another branch is open."""
    before = chat.turns[depth]
    answer = before.open
    chat.walk(before.id, which, by)
    after = chat.turns[depth]
    return (after.id, after.open) != (before.id, answer)
