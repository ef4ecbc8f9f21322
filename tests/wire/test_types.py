import copy
import json
import pickle

import pytest

from ollama_magics.wire.types import ChatResponse, ListResponse, Message, Record, ShowResponse

ANSWER = {
    "model": "m",
    "message": {"role": "assistant", "content": "hi", "tool_calls": [{"id": "call_1", "function": {"name": "f", "arguments": {"x": 1}}}]},
    "done": True,
    "added_later": [1],
}


def test_keys_and_attributes_are_the_same():
    answer = ChatResponse(ANSWER)
    assert answer["message"]["content"] == answer.message.content == answer["message"].content == "hi"
    assert answer.message.tool_calls[0].function.arguments == {"x": 1}


def test_fields_of_a_newer_server_are_kept():
    assert ChatResponse(ANSWER).added_later == [1]


def test_a_declared_field_that_was_left_out_is_none_and_no_key():
    answer = ChatResponse(ANSWER)
    assert answer.eval_count is None
    assert "eval_count" not in answer


@pytest.mark.parametrize("name", ["contents", "_repr_html_", "_ipython_display_", "__array__"])
def test_a_name_that_is_no_field_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"ChatResponse has no field '{name}'"):
        getattr(ChatResponse(ANSWER), name)


def test_a_record_is_a_dictionary():
    answer = ChatResponse(ANSWER)
    assert answer == ANSWER
    assert json.loads(json.dumps(answer)) == ANSWER
    for twin in (copy.deepcopy(answer), pickle.loads(pickle.dumps(answer)), answer.copy()):
        assert (twin, type(twin), type(twin.message)) == (answer, ChatResponse, Message)


def test_setting_an_attribute_sets_the_key():
    message = Message(role="user")
    message.content = "x"
    assert message == {"role": "user", "content": "x"}


def test_values_that_lie_about_their_shape_are_left_as_they_are():
    assert ListResponse({"models": None}).models is None
    assert ListResponse({"models": ["x", {"name": "m", "details": 5}]}).models[1].details == 5
    assert ShowResponse({"messages": {}}).messages == {}


def test_the_attributes_of_a_record_can_be_completed():
    assert {"content", "tool_name", "get"} <= set(dir(Message()))
    assert "added" in dir(Record(added=1))
