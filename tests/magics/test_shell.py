"""The magics in a real IPython shell, without a server."""

import copy

import pytest

from ollama_magics.errors import UsageProblem


def _state(shell):
    tables = {kind: dict(table) for kind, table in shell.magics_manager.magics.items()}
    hooks = (list(shell.Completer.custom_matchers), list(shell.input_transformers_cleanup), copy.copy(shell.events.callbacks))
    return tables, hooks, set(vars(shell))


def test_unload_leaves_the_shell_as_it_was(bare_shell):
    """After loading and unloading nothing of ours is in the shell."""
    before = _state(bare_shell)
    bare_shell.extension_manager.load_extension("ollama_magics")
    assert _state(bare_shell) != before
    bare_shell.extension_manager.unload_extension("ollama_magics")
    assert _state(bare_shell) == before


def test_a_magic_of_somebody_else_comes_back(bare_shell):
    """A magic that had one of our names is there again after unloading."""
    theirs = bare_shell.magics_manager.magics["line"]["chat"] = lambda line: "theirs"
    bare_shell.extension_manager.load_extension("ollama_magics")
    assert bare_shell.magics_manager.magics["line"]["chat"] is not theirs
    bare_shell.extension_manager.unload_extension("ollama_magics")
    assert bare_shell.magics_manager.magics["line"].pop("chat") is theirs


@pytest.mark.parametrize("line", ["%%modelfile --help\n\n", "%modelfile --help", "%%chat --help\n\n", "%chat --help", "%ollama rm --help"])
def test_help(cells, line):
    """Every magic explains itself and does nothing else."""
    out = cells.ok(line)
    assert out.startswith(line.split(" --")[0])
    assert "--host URL" in out


def test_help_of_a_line_magic_explains_the_cell_magic(cells):
    """``%modelfile --help`` explains both, as IPython runs no cell magic without a body."""
    assert all(text in cells.ok("%modelfile --help") for text in ("%modelfile NAME", "%%modelfile NAME", "--quantize TYPE"))


def test_verbs_are_listed(cells):
    """``%ollama`` alone lists the verbs."""
    out = cells.ok("%ollama")
    verbs = "status list ps show rm cp run stop create pull push embed history version host serve help"
    assert [verb for verb in verbs.split() if f"\n  {verb} " not in out] == []


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("%ollama lst", "%ollama has no verb lst", "did you mean %ollama list or %ollama ls?"),
        ("%%chat mario --resset\nhi", "%%chat has no option --resset", "did you mean --reset?"),
        ("%%chat mario -o temprature=0\nhi", "there is no parameter temprature", "did you mean temperature?"),
        ("%%chat mario -o top_k=1.5\nhi", "top_k cannot be '1.5': invalid int value [1.5]", "for instance -o top_k=40"),
        ("%%chat mario\n  \n", "there is nothing to send", "write the message below the %%chat line"),
        ("%ollama help temprature", "there is no help about temprature", "did you mean temperature?"),
    ],
)
def test_mistakes_are_said_once_and_fail_the_cell(cells, line, message, hint):
    """The cell fails with our error, drawn once, without a traceback of our code."""
    error = cells.fails(line)
    assert isinstance(error, UsageProblem)
    assert (error.message, error.hint) == (message, hint)
    assert "Traceback" not in cells.out
    assert cells.out.casefold().count(message.casefold()) == 1


@pytest.mark.parametrize("line", ["%%modelfile --help", "%%chat mario -h", "%%compare --help"])
def test_help_needs_no_body(cells, line):
    """A cell magic explains itself where IPython refuses it without a body."""
    out = cells.ok(line)
    assert out.startswith(f"{line.split()[0][1:]} ")
    assert f"{line.split()[0]} " in out


@pytest.mark.parametrize("mode", ["Plain", "Context"])
def test_errors_have_their_lines_in_every_mode(cells, mode):
    """Message and hint stand in lines of their own, also where IPython puts nothing between the pieces of an error."""
    before = cells.shell.InteractiveTB.mode
    cells.shell.InteractiveTB.set_mode(mode)
    try:
        cells.fails("%%chat mario --resset\nhi")
        message, *_, hint = cells.out.strip().splitlines()
        assert message.endswith("%%chat has no option --resset.")
        assert hint.casefold().startswith("did you mean --reset")
    finally:
        cells.shell.InteractiveTB.set_mode(before)


def test_help_on_a_parameter(cells):
    """``%ollama help`` says what a parameter means, its default and a line to copy."""
    out = " ".join(cells.ok("%ollama help temperature").split())
    assert "PARAMETER temperature" in out
    assert "0.8" in out
    assert "since Ollama 0.0.3" in out
    assert "0 gives the same answer each time" in out
    assert "Source: Ollama api/types.go" in out


def test_help_on_a_parameter_that_ollama_had(cells):
    """From when to when there was one, and what happens to it now."""
    out = cells.ok("%ollama help mirostat")
    assert "until 0.7.0" in out
    assert "leaves it out" in out
    assert "refuses" in cells.ok("%ollama help tfs_z")


@pytest.mark.parametrize("word", ["MF301", "mf301", "unknown-parameter"])
def test_help_on_a_rule(cells, word):
    """The page of a rule has its examples, what it says, and its fix."""
    out = cells.ok(f"%ollama help {word}")
    assert "MF301 unknown-parameter" in out
    assert "PARAMETER temprature 1" in out
    assert "There is no parameter `temprature`" in out.replace("'", "`")
    assert "Change to temperature" in out


def test_variables_are_not_expanded_in_a_line(cells):
    """Braces and dollars on a magic's line reach it as they were typed."""
    cells.names["name"] = "expanded"
    error = cells.fails("%ollama help {name}$name")
    assert error.message == "there is no help about {name}$name"


def test_substitution_replaces_names_only():
    """``${name}`` is replaced, braces of templates and unmarked dollars are not."""
    from ollama_magics.magics.substitution import substitute

    body = 'FROM ${base}\nTEMPLATE """{{ .System }} {name} $name $${base}"""'
    assert substitute(body, {"base": "tutor", "name": "x"}) == 'FROM tutor\nTEMPLATE """{{ .System }} {name} $name ${base}"""'


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("FROM a\nSYSTEM ${personna}", "line 3: there is no variable personna in the notebook", "did you mean persona?"),
        ("SYSTEM ${zzz}", "line 2: there is no variable zzz in the notebook", "set it first: zzz = …"),
        ("SYSTEM ${a.b}", "line 2: ${a.b} is not a name in braces", "write ${name}, or $${ for the two characters"),
    ],
)
def test_substitution_of_what_is_not_there(body, message, hint):
    """An unknown name is an error at its line, never an empty text."""
    from ollama_magics.magics.substitution import substitute

    with pytest.raises(UsageProblem) as caught:
        substitute(body, {"persona": "x"}, first_line=2)
    assert (caught.value.message, caught.value.hint) == (message, hint)
