"""Every field of a create, each way that a person can say it, and the request that goes out."""

import doctest
import json
from pathlib import Path

import pytest

from ollama_magics.cli.options import declare, given
from ollama_magics.errors import FileProblem, UsageProblem
from ollama_magics.magics import creating
from ollama_magics.magics.arguments import parse as parse_line
from ollama_magics.magics.creating import CreateOptions
from ollama_magics.services import ingredients
from ollama_magics.services.creation import create
from ollama_magics.services.versions import Versions
from ollama_magics.wire import quantisation

from .scripted import Scripted, lines, plain

D = "sha256:" + "a" * 64
SYSTEM = 'quoted """ and \u00a0 hidden'


@pytest.fixture
def folder(tmp_path):
    """Return a folder with files that a model can be made of."""
    (tmp_path / "m.gguf").write_bytes(b"GGUF model")
    (tmp_path / "mmproj.gguf").write_bytes(b"GGUF projector")
    (tmp_path / "lora.gguf").write_bytes(b"GGUF adapter")
    (tmp_path / "draft.gguf").write_bytes(b"GGUF draft")
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.safetensors").write_bytes(b"weights")
    (weights / "config.json").write_text("{}")
    lora = tmp_path / "lora"
    lora.mkdir()
    (lora / "adapter_model.safetensors").write_bytes(b"lora")
    (lora / "adapter_config.json").write_text("{}")
    return tmp_path


def digest(folder, name):
    import hashlib

    return f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"


def request(source, folder, **fields):
    body = dict(create("m", source, directory=folder, dry_run=True, versions=Versions(), **fields).request)
    assert body.pop("model") == "m"
    return body


# A field -> the Modelfile that says it, the options of the magic, the arguments of Python; what goes out, names in place of digests.
WAYS = {
    "from": ("FROM b", "", {"from_": "b"}, {"from": "b"}),
    "files": ("FROM ./m.gguf", "", {"files": "m.gguf"}, {"files": {"m.gguf": "m.gguf"}}),
    "files, projector": (
        "FROM ./m.gguf\nFROM ./mmproj.gguf",
        "",
        {"files": ["m.gguf", Path("mmproj.gguf")]},
        {"files": {"m.gguf": "m.gguf", "mmproj.gguf": "mmproj.gguf"}},
    ),
    "files, safetensors": (
        "FROM ./weights",
        "",
        {"files": ["weights"]},
        {"files": {"config.json": "weights/config.json", "model.safetensors": "weights/model.safetensors"}},
    ),
    "adapters": ("FROM b\nADAPTER lora.gguf", "--adapter lora.gguf", {"adapters": ["lora.gguf"]}, {"adapters": {"lora.gguf": "lora.gguf"}}),
    "adapters, safetensors": (
        None,
        "--adapter lora",
        {"adapters": ["lora"]},
        {
            "adapters": {
                "adapter_model.safetensors": "lora/adapter_model.safetensors",
                "adapter_config.json": "lora/adapter_config.json",
            }
        },
    ),
    "template": ("FROM b\nTEMPLATE {{ .Prompt }}", None, {"template": "{{ .Prompt }}"}, {"template": "{{ .Prompt }}"}),
    "system": ("FROM b\nSYSTEM be brief", None, {"system": "be brief"}, {"system": "be brief"}),
    "system, as no Modelfile can say it": (None, None, {"system": SYSTEM}, {"system": SYSTEM}),
    "license": ("FROM b\nLICENSE MIT\nLICENSE BSD", None, {"license": ["MIT", "BSD"]}, {"license": ["MIT", "BSD"]}),
    "license, one": ("FROM b\nLICENSE MIT", None, {"license": "MIT"}, {"license": ["MIT"]}),
    "parameters": (
        "FROM b\nPARAMETER top_k 3\nPARAMETER min_p .5\nPARAMETER stop x\nPARAMETER use_mmap false",
        None,
        {"parameters": {"top_k": 3, "min_p": "0.5", "stop": "x", "use_mmap": False, "seed": None}},
        {"parameters": {"min_p": 0.5, "stop": ["x"], "top_k": 3, "use_mmap": False}},
    ),
    "messages": (
        "FROM b\nMESSAGE user hi\nMESSAGE assistant ho",
        None,
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]},
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]},
    ),
    "messages of a tool": (
        None,
        None,
        {"messages": [{"role": "tool", "content": "4", "tool_name": "add"}]},
        {"messages": [{"role": "tool", "content": "4", "tool_name": "add"}]},
    ),
    "renderer": ("FROM b\nRENDERER qwen3-coder", None, {"renderer": "qwen3-coder"}, {"renderer": "qwen3-coder"}),
    "parser": ("FROM b\nPARSER qwen3-coder", None, {"parser": "qwen3-coder"}, {"parser": "qwen3-coder"}),
    "requires": ("FROM b\nREQUIRES v0.14", None, {"requires": "v0.14"}, {"requires": "0.14"}),
    "info": (
        None,
        "--info context_length=8 --info model_family=llama --info capabilities=tools,vision",
        {"info": {"context_length": 8, "model_family": "llama", "capabilities": ["tools", "vision"]}},
        {"info": {"context_length": 8, "model_family": "llama", "capabilities": ["tools", "vision"]}},
    ),
    "remote_host": (None, "--remote-host https://far:443", {"remote_host": "https://far:443"}, {"remote_host": "https://far:443"}),
    "draft_files": ("FROM b\nDRAFT draft.gguf", None, {"draft_files": ["draft.gguf"]}, {"draft_files": {"draft.gguf": "draft.gguf"}}),
    **{
        f"quantize {kind}": (None, f"-q {kind}", {"quantize": kind}, {"quantize": kind})
        for kind in ("F32", "F16", "bf16", "Q8_0", "q4_K_S", "q4_k_m", "Q4_K")
    },
    "draft_quantize": (
        None,
        "--draft-quantize q8_0 --adapter lora.gguf",
        {"draft_quantize": "q8_0", "draft_files": {"d.gguf": D}, "adapters": "lora.gguf"},
        {"draft_quantize": "q8_0", "adapters": {"lora.gguf": "lora.gguf"}},
    ),
    "files on the server": (None, None, {"files": {"m.gguf": D, "deep/mmproj.gguf": D}}, {"files": {"m.gguf": D, "deep/mmproj.gguf": D}}),
    "adapters on the server": (None, None, {"adapters": {"l.gguf": D}}, {"adapters": {"l.gguf": D}}),
}


@pytest.mark.parametrize("field", WAYS)
def test_every_field_every_way(folder, monkeypatch, field):
    """The text of a Modelfile, the options of the magic and those of the shell, and the arguments of Python make the same request."""
    import argparse

    monkeypatch.chdir(folder)
    text, options, arguments, expected = WAYS[field]
    wanted = {key: dict(value) if isinstance(value, dict) else value for key, value in expected.items()}
    for key in ("files", "adapters", "draft_files"):
        if key in wanted:
            wanted[key] = {name: path if path == D else digest(folder, path) for name, path in wanted[key].items()}
    base = {} if "files" in wanted else {"from": "b"}
    found = []
    if text is not None:
        found.append(request(text, folder))
    if options:
        parser = argparse.ArgumentParser()
        declare(parser, CreateOptions)
        typed = given(CreateOptions, parser.parse_args(options.split()))
        assert typed == parse_line(CreateOptions, options)
        found.append(request("FROM b\nDRAFT draft.gguf" if "--draft" in options else "FROM b", folder, **typed.manner))
    found.append(request(None, folder, **(arguments if "files" in arguments else {"from_": "b", **arguments})))
    for body in found:
        if field == "draft_quantize":
            assert body.pop("draft_files")
        assert body == {**base, **wanted}


def test_the_table_has_every_field():
    """A field that a create gets has a row here."""
    assert {name.rstrip("_") for name in ingredients.Ingredients.__annotations__} == {name.split(",")[0].split()[0] for name in WAYS}


def test_fields_beside_a_modelfile(folder):
    """A field takes the place of its instruction and leaves the rest of the text alone; parameters are merged."""
    source = "FROM b\n# kept\nSYSTEM old\nPARAMETER top_k 3\n"
    creation = create("m", source, dry_run=True, system="new", parameters={"seed": 1}, versions=Versions())
    assert creation.request == {"model": "m", "from": "b", "system": "new", "parameters": {"seed": 1, "top_k": 3}}
    assert creation.modelfile.source_text == "FROM b\n# kept\nSYSTEM new\nPARAMETER top_k 3\nPARAMETER seed 1\n"


MISTAKES = [
    ({"sytem": "x"}, "create has no field 'sytem'", "did you mean system?"),
    ({"quantize": "q4_k_l"}, "there is no quantisation 'q4_k_l'", "did you mean Q4_K_M, Q4_K_S or Q4_K?"),
    ({"quantize": "zzz"}, "there is no quantisation 'zzz'", "there are Q4_K_M, Q4_K_S, Q4_K, Q8_0, F16, BF16, F32"),
    ({"parameters": {"temprature": 1}}, "there is no parameter temprature", "did you mean temperature?"),
    ({"parameters": {"top_k": 1.5}}, "top_k takes", ""),
    ({"info": {"model_famly": "x"}}, "info has no field 'model_famly'", "it has model_family"),
    ({"info": {"context_length": -1}}, "info['context_length'] is a whole number from 0 on, got -1", ""),
    ({"info": {"model_family": 5}}, "info['model_family'] is text, got 5", ""),
    ({"messages": [{"role": "usr", "content": "x"}]}, "a message cannot have the role 'usr'", "the roles are user"),
    ({"requires": "x"}, "requires cannot be 'x'", "0.14.0"),
    ({"system": 5}, "system is text, not int", ""),
    ({"files": {"a": D}, "from_": "b"}, "from_ and files exclude each other", ""),
    ({"files": {"../a": D}, "from_": None}, "files cannot have the name '../a'", ""),
    ({"adapters": {"a.gguf": "abc"}}, "adapters['a.gguf'] is no digest", "create_blob"),
    ({"adapters": {"a.gguf": D, "b.gguf": D}}, "a model takes one adapter", ""),
    ({"draft_quantize": "q8_0"}, "draft_quantize needs draft_files", ""),
    ({"remote_host": "h", "draft_files": ["d"]}, "a model that runs on another host has no draft", ""),
    ({"remote_host": "https://me:pw@h"}, "remote_host is an address without name and password", ""),
    ({"from_": None}, "nothing says what to create the model from", "give a Modelfile, from_ or files"),
]


@pytest.mark.parametrize(("fields", "message", "hint"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_mistakes_are_found_before_anything_is_sent(fields, message, hint):
    """Each names what is wrong and the near ones."""
    with pytest.raises(UsageProblem) as caught:
        create("m", **{"from_": "b", **fields}, client=Scripted().client(), versions=Versions())
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_an_adapter_without_its_settings(folder):
    """The folder of a LoRA adapter lacks a file: nothing is sent."""
    (folder / "lora" / "adapter_config.json").unlink()
    with pytest.raises(FileProblem, match=r"has no adapter_config\.json"):
        create("m", from_="b", adapters=["lora"], directory=folder, dry_run=True)


OLD = [
    ({"draft_files": {"d.gguf": D}}, "0.29.0", "would ignore draft_files, which servers know since 0.30.0"),
    ({"renderer": "x"}, "0.11.2", "would ignore renderer"),
    ({"requires": "0.1"}, "0.13.3", "would ignore requires"),
    ({"quantize": "q5_K_M"}, "0.33.0", "servers have taken no quantisation Q5_K_M since 0.7.0"),
]


@pytest.mark.parametrize(("fields", "version", "message"), OLD, ids=[row[2] for row in OLD])
def test_a_server_that_would_ignore_a_field(monkeypatch, fields, version, message):
    """It is said before files are sent; development builds are believed to know everything."""
    body = {"model": "m", "from": "b", **fields}
    with pytest.raises(UsageProblem, match=message):
        ingredients.check_server(body, version, "Ollama at far")
    ingredients.check_server({"model": "m", "from": "b"}, version, "Ollama at far")
    if "quantize" not in fields:
        ingredients.check_server(body, "0.0.0", "Ollama at far")
        ingredients.check_server(body, "0.33.0-rc2", "Ollama at far")


def test_an_old_type_for_an_old_server():
    """What servers took before 0.7.0 is not refused for them."""
    ingredients.check_server({"quantize": "q5_K_M"}, "0.6.8", "Ollama")


def test_a_draft_quantised_that_is_not_there():
    """Ollama's own command line says the same."""
    with pytest.raises(UsageProblem, match="needs draft_files"):
        create("m", "FROM b", draft_quantize="q8_0", dry_run=True)


def test_what_goes_over_the_wire():
    """The request is sent as it was shown."""
    fake = Scripted(tags=lambda body: plain({"models": []}), create=lambda body: lines({"status": "success"}))
    create("m", from_="b", info={"context_length": 8}, quantize="q8_0", client=fake.client(), versions=Versions())
    assert json.loads(json.dumps(fake.asked("create"))) == [
        {"model": "m", "from": "b", "info": {"context_length": 8}, "quantize": "q8_0", "stream": True}
    ]


@pytest.mark.parametrize("module", [ingredients, quantisation, creating], ids=lambda module: module.__name__.rpartition(".")[2])
def test_examples(module):
    """The examples in the docstrings are true."""
    assert doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0
