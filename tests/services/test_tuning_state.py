"""What is tried is the stored text with its changes, and what is taken back is exactly as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.services.servers import Server
from ollama_magics.services.tuning.parts import Parts, parts_made
from ollama_magics.services.tuning.plan import plan
from ollama_magics.services.tuning.state import EXAMPLES, SYSTEM, Tuning
from ollama_magics.services.tuning.stored import Stored
from ollama_magics.services.versionstore import Version
from ollama_magics.wire.options import OPTIONS

TEXT = '''# our shop, spring prices
FROM llama3.2
# warm
PARAMETER temperature 0.8
parameter num_ctx 8192

SYSTEM """You are Pip.
Answer in one sentence."""
MESSAGE user Hello?
MESSAGE assistant Ho!
'''
INHERITED = Parts(parameters={"stop": ["<|eot|>"], "top_p": 0.9}, template="{{ .Prompt }}!")


def tuning(text=TEXT, inherited=INHERITED):
    made = parts_made(parse(text), inherited)
    server = Server("http://127.0.0.1:1", "ollama", "0.33.0", "local Ollama 0.33.0")
    return Tuning(Stored("shop", server, Version(3, text, "d"), text, made, "llama3.2", inherited))


def test_edit_changes_its_own_place():
    """Comments, order, layout and spelling stay where nothing was changed."""
    state = tuning()
    state.set_parameter("num_ctx", "4096")
    state.set_system("You are Pip.\nAnswer in two sentences.")
    assert state.tried.source_text == TEXT.replace("8192", "4096").replace("one sentence", "two sentences")
    assert state.changes == ["num_ctx", SYSTEM]


def test_steps_back_go_from_tried_to_stored_to_not_set():
    """Reset takes a try back; of what is stored it takes the line out, and that is a try again."""
    state = tuning()
    state.set_parameter("num_ctx", 4096)
    state.reset("num_ctx")
    assert (state.tried.source_text, state.changes) == (TEXT, [])
    state.reset("num_ctx")
    assert (state.tried.source_text, state.changes) == (TEXT.replace("parameter num_ctx 8192\n", ""), ["num_ctx"])
    state.reset("num_ctx")
    assert state.tried.source_text == TEXT


@pytest.mark.parametrize("name", [SYSTEM, EXAMPLES])
def test_texts_step_back_too(name):
    """SYSTEM and the examples go back the same way."""
    state = tuning()
    state.set_system("Other.")
    state.add_example()
    state.set_example(state.examples[0].id, text="Hi?")
    state.reset(SYSTEM)
    state.reset(EXAMPLES)
    assert state.tried.source_text == TEXT
    state.reset(name)
    assert state.changes == [name]
    state.reset(name)
    assert state.tried.source_text == TEXT


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("temperature", "0,6", "temperature takes a number, not '0,6'."),
        ("temperature", "", "temperature takes a number."),
        ("temperature", "nan", "temperature cannot be nan: JSON has no such number."),
        ("num_ctx", "8k", "num_ctx takes a whole number, not '8k'."),
        ("use_mmap", "maybe", "use_mmap takes true or false, not 'maybe'."),
    ],
)
def test_wrong_value_stays_typed_and_is_not_used(name, typed, problem):
    """A value that cannot be sent stays in its field with one sentence, and the text is as before."""
    state = tuning()
    state.set_parameter(name, typed)
    assert (state.typed[name].text, state.typed[name].problem, state.tried.source_text) == (typed, problem, TEXT)
    state.reset(name)
    assert state.typed == {}


def test_value_may_leave_the_usual_range():
    """The server checks no range, and neither does a field."""
    state = tuning()
    state.set_parameter("temperature", "7.5")
    assert "PARAMETER temperature 7.5\n" in state.tried.source_text


def test_what_reloads_the_model_waits():
    """A load-time option stays in its field until it is settled."""
    state = tuning()
    state.set_parameter("num_ctx", "4096", settled=False)
    assert (state.typed["num_ctx"].value, state.changes) == (4096, [])
    state.set_parameter("num_ctx", "4096")
    assert (state.typed, state.changes) == ({}, ["num_ctx"])


def test_characters_that_a_modelfile_loses_are_kept_apart():
    """The editor keeps them, the text that is tried and stored is without them."""
    state = tuning()
    state.set_system("No\u00a0break")
    assert (state.system, state.tried.system) == ("No\u00a0break", "Nobreak")


def test_nothing_is_lost_where_escapes_count():
    """A Modelfile with escapes of ours holds any character, so it is tried and stored as it is."""
    state = tuning(f"# ollama-magics: escapes\n{TEXT}")
    state.set_system('No\u00a0break """\nb')
    assert (state.tried.system, state.system_problem) == ('No\u00a0break """\nb', "")
    assert 'SYSTEM """No\\u{A0}break \\u{22}""\nb"""' in state.tried.text


def test_text_that_no_modelfile_can_hold_is_not_used():
    """What would end the quotes stays in the editor with the reason, and what was stored is tried."""
    state = tuning()
    state.set_system('a """\nb')
    assert state.system_problem == 'Not used, a Modelfile cannot hold it: """ at a line end would close it.'
    assert state.tried.source_text == TEXT


def test_rows_can_be_added_moved_and_removed():
    """Rows are MESSAGE lines in their order; an empty one is none yet."""
    state = tuning()
    first = state.add_example(state.examples[1].id)
    assert state.tried.source_text == TEXT
    state.set_example(first, text="Price?")
    state.move_example(first, 0)
    assert [line["content"] for line in state.tried.messages] == ["Price?", "Hello?", "Ho!"]
    assert state.remove_example(first) == state.examples[0].id
    assert [line["content"] for line in state.tried.messages] == ["Hello?", "Ho!"]
    with pytest.raises(UsageProblem, match="there is no message"):
        state.set_example(first, text="late")


def test_inherited_rows_become_own_when_edited():
    """The base's examples are shown, and are in the text as soon as one of them is changed."""
    state = tuning("FROM llama3.2\n", Parts(messages=(("user", "Hi"), ("assistant", "Ho"))))
    assert state.examples_inherited
    state.set_example(state.examples[1].id, text="Ha")
    assert state.tried.source_text == "FROM llama3.2\nMESSAGE user Hi\nMESSAGE assistant Ha\n"


def test_cell_that_makes_the_same_is_the_text_to_edit():
    """A cell with other comments is edited, one that makes another model is not."""
    state = tuning()
    cell = TEXT.replace("spring", "summer")
    assert state.adopt(cell)
    state.set_parameter("temperature", 0.5)
    assert state.tried.source_text == cell.replace("0.8", "0.5")
    assert not state.adopt(cell.replace("8192", "1"))
    state.discard()
    assert state.tried.source_text == cell


def test_changes_go_on_upon_another_version():
    """What is tried stays tried when the model is read again; what the new version has is no change any more."""
    state = tuning()
    state.set_parameter("temperature", 0.5)
    state.set_parameter("top_k", 5)
    state.read_again(tuning(TEXT.replace("0.8", "0.5").replace("8192", "1024")).stored)
    assert (state.changes, "num_ctx 1024" in state.tried.source_text) == (["top_k"], True)


VALUES = {"float": 0.125, "int": 17, "bool": True, "list": ["END"]}


@given(st.lists(st.tuples(st.sampled_from([*OPTIONS, SYSTEM, EXAMPLES]), st.booleans()), max_size=6))
def test_everything_can_be_taken_back(steps):
    """Whatever was tried and reset, what is left is exactly the text that was read."""
    state = tuning()
    for name, again in steps:
        if name == SYSTEM:
            state.set_system("Something else.")
        elif name == EXAMPLES:
            state.set_messages([("user", "Eh?")])
        else:
            state.set_parameter(name, VALUES[OPTIONS[name].kind])
        if again:
            state.reset(name)
    for name in state.changes:
        state.reset(name)
    assert state.tried.source_text == TEXT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda state: state.set_parameter("temperature", 0.5), ""),
        (lambda state: state.remove_parameter("temperature"), "a request cannot take temperature away"),
        (lambda state: state.set_system("Other."), "a request would put SYSTEM behind the MESSAGE lines"),
        (lambda state: state.set_messages([]), "a request cannot carry MESSAGE lines"),
        (lambda state: state.take_over(TEXT.replace("llama3.2", "qwen3")), "a request cannot carry FROM"),
        (lambda state: state.take_over(TEXT + "TEMPLATE x\n"), "a request cannot carry TEMPLATE"),
        (lambda state: state.take_over("# new\n" + TEXT), ""),
    ],
)
def test_what_a_request_cannot_carry_needs_a_draft(change, why):
    """The plan says why a draft is needed."""
    state = tuning()
    change(state)
    assert plan(state.stored, state.tried).why_draft == why


def test_long_system_prompt_keeps_its_pace():
    """A change in 10,000 lines reads the text once, whatever else is tried."""
    text = 'FROM a\nSYSTEM """' + "\n".join(f"line {number} of a long prompt" for number in range(10_000)) + '"""\n'
    state = tuning(text)
    state.set_parameter("temperature", 0.5)
    state.set_system(state.stored.modelfile.system.replace("line 5000 ", "Zeile 5000 \U0001f6b2 "))
    assert state.tried.source_text == text.replace("line 5000 ", "Zeile 5000 \U0001f6b2 ").replace(
        "FROM a\n", "FROM a\nPARAMETER temperature 0.5\n"
    )
