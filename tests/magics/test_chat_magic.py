"""``%%chat`` and ``%chat`` on the built-in server, in a real shell."""

import json

import pytest

from ollama_magics.errors import FileProblem, ModelNotFound, ServerFault, UsageProblem
from ollama_magics.services.servers import known_server
from ollama_magics.services.versions import VERSIONS


@pytest.fixture
def mario(on_embedded):
    """Return the shell with a model called mario."""
    on_embedded.ok("%%modelfile mario\nFROM tutor\nPARAMETER temperature 0\nSYSTEM You are Mario, a plumber.\n")
    return on_embedded


def test_an_answer_and_its_value(mario):
    """The answer is printed once with its figures, and is the value of the cell."""
    out = mario.ok("%%chat mario\nWho are you?")
    answer = mario.names["_"]
    assert out.startswith(answer.text)
    assert out.count(answer.text) == 1
    assert "Mario" in answer.text
    assert "tokens" in out
    assert ", context " in out
    assert (answer.state, answer.done_reason, answer.server) == ("done", "stop", "built-in server")
    assert answer.stats.tokens_per_s > 0


def test_the_history_knows_who_answered_what(mario):
    """An answer is noted for the version that gave it, but not where another SYSTEM stood in."""
    server = known_server(None)
    mario.ok("%%chat mario --reset\nWho are you?")
    said = mario.names["_"]
    mario.ok('%%chat mario --reset -s "You are Griselda, a beekeeper."\nWho are you, really?')
    number = VERSIONS.standing(server.identity, "mario").number
    noted = VERSIONS.answers(server.identity, "mario", number)
    assert ("Who are you?", said.text) in [(one.question, one.answer) for one in noted]
    assert "Who are you, really?" not in [one.question for one in noted]


def test_a_conversation_goes_on_and_begins_anew(mario):
    """Turns pile up until ``--reset``; ``%chat`` shows them."""
    first = mario.ok("%%chat mario\nWho are you?")
    mario.ok("%%chat mario\nWhat is the capital of France?")
    tokens = mario.names["_"].stats.prompt_tokens
    shown = mario.ok("%chat mario")
    assert "Who are you?" in shown
    assert "What is the capital of France?" in shown
    mario.ok("%%chat mario --reset\nWho are you?")
    assert mario.names["_"].text == first.split("\n")[0]
    assert mario.names["_"].stats.prompt_tokens < tokens
    mario.ok("%chat mario --reset")
    assert "Nothing said yet." in mario.ok("%chat mario")


def test_the_system_text_of_a_conversation(mario):
    """``-s`` replaces SYSTEM for this conversation, not in the model."""
    mario.ok('%%chat mario --reset -s "You are Griselda, a beekeeper."\nWho are you?')
    assert "Griselda" in mario.names["_"].text
    assert "Mario" in mario.ok("%ollama show --system mario")


def test_options_reach_the_server(mario):
    """``-o`` sets parameters for one turn, with the types Ollama's client gives them; a limit is said."""
    out = mario.ok("%%chat mario --reset -o num_predict=2 -o stop=zzz\nWho are you?")
    answer = mario.names["_"]
    assert (answer.stats.tokens, answer.state) == (2, "cut")
    assert "! Stopped at num_predict 2. The answer is not finished." in out


def test_a_schema_from_the_notebook(mario):
    """``--format`` takes a variable that holds a JSON schema."""
    properties = {"n": {"enum": ["one", "two"]}}
    mario.names["shape"] = {"type": "object", "properties": properties, "required": ["n"], "additionalProperties": False}
    mario.ok("%%chat mario --reset --format shape -o num_predict=64\nHow many?")
    assert json.loads(mario.names["_"].text)["n"] in {"one", "two"}


def test_a_format_that_is_nothing(mario):
    """A format that is neither JSON, a variable nor a file is refused before anything is sent."""
    assert isinstance(mario.fails("%%chat mario --format nothing\nHow many?"), UsageProblem)


def test_raw(mario):
    """``--raw`` sends the cell without template and conversation."""
    mario.ok("%chat mario --reset")
    mario.ok("%%chat mario --raw -o num_predict=3\nOnce upon")
    assert mario.names["_"].stats.prompt_tokens < 12
    assert "Nothing said yet." not in mario.ok("%chat mario")


def test_a_model_that_is_not_there(mario):
    """The near names are said."""
    error = mario.fails("%%chat marip\nHi")
    assert isinstance(error, ModelNotFound)
    assert "did you mean mario?" in mario.out.casefold()


def test_run(mario):
    """``%ollama run`` asks once, outside of the conversation; the rest of the line is the prompt."""
    mario.ok("%chat mario --reset")
    out = mario.ok("%ollama run mario Who are you, what's up?")
    assert mario.names["_"].question == "Who are you, what's up?"
    assert mario.names["_"].text in out
    assert "Nothing said yet." in mario.ok("%chat mario")
    mario.ok('a = %ollama run mario "Who are you?"')
    assert mario.names["a"].question == "Who are you?"


def test_load_and_stop(mario):
    """``run`` without a prompt loads, ``stop`` unloads, ``ps`` shows it."""
    assert "mario is loaded on built-in server." in mario.ok("%ollama run mario")
    assert "mario" in mario.ok("%ollama ps")
    assert "mario is unloaded" in mario.ok("%ollama stop mario")
    assert "No model is loaded." in mario.ok("%ollama ps")


def test_the_conversation_is_the_value_of_its_magic(mario):
    """``chat = %chat NAME`` gives Python the turns, which a cell adds to."""
    mario.ok("%chat mario --reset")
    mario.ok("chat = %chat mario")
    mario.ok("%%chat mario\nWho are you?")
    chat = mario.names["chat"]
    assert [message["role"] for message in chat.messages] == ["user", "assistant"]
    assert chat.messages[1]["content"] == mario.names["_"].text
    mario.ok("%chat mario")
    assert mario.names["_"] is chat


def test_a_picture_for_a_model_without_vision(mario, tmp_path):
    """The server's words stand behind ours."""
    path = tmp_path / "chain.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)
    error = mario.fails(f'%%chat mario -i "{path.as_posix()}"\nWhat is it?')
    assert isinstance(error, ServerFault)
    assert "The model mario takes no pictures: Multimodal data provided" in mario.out
    assert isinstance(mario.fails("%%chat mario -i nowhere.png\nWhat is it?"), FileProblem)


def test_a_function_of_the_notebook_as_a_tool(mario):
    """It is described to the server, which says whether the model has tools; a wrong name gets the near ones."""
    mario.ok("def free_slots(day: str): return []")
    mario.ok("%%modelfile plain\nFROM tutor\nTEMPLATE {{ .Prompt }}\n")
    assert "does not support tools" in mario.fails("%%chat plain --tool free_slots\nWhen?").message
    assert "did you mean free_slots?" in str(mario.fails("%%chat mario --tool free_slot\nWhen?"))


def test_an_answer_as_an_instance_of_a_class(mario):
    """A class that describes itself as pydantic's do is the type of the answer's value."""
    mario.ok("%chat mario --reset")
    mario.ok(
        "import json\n"
        "class Shape:\n"
        "    n = {'enum': ['one', 'two']}\n"
        "    model_json_schema = lambda: {'type': 'object', 'properties': {'n': Shape.n}, 'required': ['n']}\n"
        "    model_validate_json = staticmethod(json.loads)\n"
    )
    mario.ok("%%chat mario --format Shape -o num_predict=64\nHow many?")
    assert mario.names["_"].value["n"] in {"one", "two"}


def test_a_panel_is_asked_for_with_the_options_of_a_turn(mario):
    """``%chat`` sets how the conversation is held, and leaves alone what it does not name; a cell says all of it."""

    def now() -> str:
        """Tell the time."""
        return "noon"

    mario.names["now"] = now
    mario.ok('%chat mario --reset -o temperature=0 -o num_predict=3 -s "You are Griselda." -t now --keep-thinking')
    mario.ok("chat = %chat mario --think false")
    chat = mario.names["chat"]
    assert chat.options == {"temperature": 0.0, "num_predict": 3}
    assert (chat.system, chat.think, chat.keep_thinking) == ("You are Griselda.", False, True)
    assert [tool.__name__ for tool in chat.tools] == ["now"]
    chat.tools = []
    assert chat.ask("Who are you?").stats.tokens == 3
    mario.ok("%%chat mario --reset\nWho are you?")
    assert (chat.options, chat.think, chat.keep_thinking) == ({}, None, False)
    error = mario.fails("%chat mario --tool nwo")
    assert isinstance(error, UsageProblem)
    assert "did you mean now" in error.hint
