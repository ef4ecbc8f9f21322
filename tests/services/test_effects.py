"""What has no effect on a server is found with few requests, and proved by what the server renders."""

import pytest

from ollama_magics.errors import ModelfileProblem
from ollama_magics.modelfile import parse
from ollama_magics.services.checking import check_model, check_modelfile
from ollama_magics.services.effects import KnownBases, effects_of
from ollama_magics.services.servers import Server

from .scripted import Scripted, plain

OLLAMA = Server("http://127.0.0.1:9", "ollama", "0.33.0", "local Ollama 0.33.0")
BASE = {
    "modelfile": "FROM /blobs/sha256-1\nTEMPLATE {{ .System }}{{ .Prompt }}\nSYSTEM You are Mario.\nPARAMETER top_p 0.9\n",
    "template": "{{ .System }}{{ .Prompt }}",
    "system": "You are Mario.",
    "parameters": "top_p    0.9",
    "license": "MIT\n\nText",
    "capabilities": ["completion", "tools"],
    "model_info": {"general.architecture": "llama", "llama.context_length": 4096},
}


def rendering(text):
    return plain({"model": "mario", "message": {"role": "", "content": ""}, "done": False, "_debug_info": {"rendered_template": text}})


def codes(found):
    return [problem.code for problem in found.problems]


def test_a_base_is_asked_for_once_and_again_when_it_is_another():
    scripted, bases = Scripted(show=lambda body: plain(BASE)), KnownBases()
    file = parse("FROM base\nPARAMETER top_p 0.9\nPARAMETER num_ctx 8192\nSYSTEM Hi\n")
    for digest in ("a" * 64, "a" * 64, "b" * 64, "", ""):
        found = effects_of(scripted.client(), OLLAMA, file, made="mario", base_digest=digest, bases=bases)
        assert codes(found) == ["MF002", "MF006"]
    assert scripted.asked("show") == [{"model": "base"}] * 4  # without a digest nobody knows whether it is still the same


def test_the_created_model_is_asked_for_only_where_a_template_is_in_question():
    made = {**BASE, "template": "{% for m in messages %}", "capabilities": ["completion"]}
    scripted = Scripted(show=lambda body: plain(made if body["model"] == "mario" else BASE))
    found = effects_of(scripted.client(), OLLAMA, parse("FROM base\nTEMPLATE {{ .Prompt }}\n"), made="mario", bases=KnownBases())
    assert codes(found) == ["MF001", "MF007"]
    assert scripted.asked("show") == [{"model": "base"}, {"model": "mario"}]
    assert (found.yours, found.theirs) == (None, None)


def test_an_ignored_template_is_proved_by_both_renderings():
    scripted = Scripted(
        show=lambda body: plain(BASE),
        generate=lambda body: rendering(body.get("template", "<|user|>{{ .Prompt }}<|end|>").replace("{{ .Prompt }}", body["prompt"])),
    )
    file = parse("FROM base\nTEMPLATE Q: {{ .Prompt }}\n")
    found = effects_of(scripted.client(), OLLAMA, file, made="mario", render=True, bases=KnownBases())
    assert (codes(found), found.yours, found.theirs) == (["MF001"], "Q: Hello", "<|user|>Hello<|end|>")
    assert [body["_debug_render_only"] for body in scripted.asked("generate")] == [True, True]


def test_a_server_that_does_not_tell_gives_no_findings():
    silent = Scripted(show=lambda body: plain({"error": "no"}, 500))
    assert codes(effects_of(silent.client(), OLLAMA, parse("FROM base\nSYSTEM hi\n"), bases=KnownBases())) == []
    assert codes(effects_of(silent.client(), OLLAMA, parse("FROM ./weights.gguf\n"), bases=KnownBases())) == []
    old = Server(OLLAMA.url, "ollama", "0.2.0", "old")
    file = parse("FROM base\nPARAMETER min_p 0.1\n")
    assert codes(effects_of(Scripted(show=lambda body: plain({})).client(), old, file, bases=KnownBases())) == ["MF004"]


def test_a_model_made_from_itself_is_told_of_licences_alone():
    scripted = Scripted(show=lambda body: plain(BASE))
    file = parse('FROM mario\nPARAMETER top_p 0.9\nLICENSE """MIT\n\nText"""\n')
    found = effects_of(scripted.client(), OLLAMA, file, made="mario", bases=KnownBases())
    assert codes(found) == ["MF008"]


def test_the_built_in_server_is_checked(embedded):
    """A template that is used is proved to be used; tools that it does not show are lost, and so is what is cut from a small context."""
    from ollama_magics.services.creation import create
    from ollama_magics.services.servers import client_for

    server, client = client_for(embedded)
    lines = "".join(f"MESSAGE user Tell me a long story about the number {n}\nMESSAGE assistant Once upon a time.\n" for n in range(40))
    text = f"FROM tutor\nPARAMETER num_ctx 256\nTEMPLATE {{{{ range .Messages }}}}[{{{{ .Content }}}}]{{{{ end }}}}\n{lines}"
    create("checked", text, host=embedded)
    found = check_model(client, server, "checked")
    assert [problem.code for problem in found.problems] == ["MF007", "MF009"]
    assert "MESSAGE lines are never sent: num_ctx 256 does not hold them" in found.problems[1].message
    assert check_modelfile(client, server, parse("FROM tutor\nSYSTEM hi\n"), "checked").problems == ()
    with pytest.raises(ModelfileProblem):
        check_modelfile(client, server, parse("SYTEM x"))
