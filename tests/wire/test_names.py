import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.wire.names import parse_name, split_source

READ = [
    ("llama3", "registry.ollama.ai/library/llama3:latest", "llama3:latest"),
    ("llama3:8b", "registry.ollama.ai/library/llama3:8b", "llama3:8b"),
    ("me/llama3", "registry.ollama.ai/me/llama3:latest", "me/llama3:latest"),
    ("hf.co/me/X-GGUF:Q4_K_M", "hf.co/me/X-GGUF:Q4_K_M", "hf.co/me/X-GGUF:Q4_K_M"),
    ("http://localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c"),
    ("REGISTRY.ollama.ai/Library/LLama3", "REGISTRY.ollama.ai/Library/LLama3:latest", "LLama3:latest"),
    ("registry.ollama.ai/me/x", "registry.ollama.ai/me/x:latest", "me/x:latest"),
    ("_x", "registry.ollama.ai/library/_x:latest", "_x:latest"),
    ("A.b-c_d", "registry.ollama.ai/library/A.b-c_d:latest", "A.b-c_d:latest"),
    ("m:" + "t" * 80, "registry.ollama.ai/library/m:" + "t" * 80, "m:" + "t" * 80),
]


@pytest.mark.parametrize(("text", "full", "short"), READ, ids=[row[0][:40] for row in READ])
def test_a_valid_name_is_read_with_its_defaults(text, full, short):
    name = parse_name(text)
    assert (name.valid, name.full, name.short, str(name)) == (True, full, short, short)


def test_the_scheme_of_a_registry_is_kept():
    assert parse_name("http://h/a/b").scheme == "http"
    assert parse_name("h/a/b").scheme == "https"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:",
        ":a",
        "/a",
        "a/",
        "a//b",
        "a/b/c/d",
        "a:b:c",
        "a b",
        "-x",
        ".x",
        "a.b/c",
        "a@sha256:00",
        "ünï",
        "x:latest ",
        "x\n",
        "a\x00",
        "m" * 81,
        "m:" + "t" * 81,
        "h" * 351 + "/n/m",
        "n" * 81 + "/m",
        "://a/b",
    ],
)
def test_an_invalid_name_is_read_and_not_valid(text):
    assert not parse_name(text).valid


SOURCES = [
    ("x", "x", ""),
    ("x:cloud", "x", "cloud"),
    ("x:CLOUD", "x", "cloud"),
    ("x:8b-cloud", "x:8b", "cloud"),
    ("x:8b:cloud", "x:8b", "cloud"),
    ("x:local", "x", "local"),
    ("x:8b:local", "x:8b", "local"),
    ("x-cloud", "x-cloud", ""),
    ("h:1/n/x-cloud", "h:1/n/x-cloud", ""),
    (" x:8b ", "x:8b", ""),
    ("x:-cloud", "x:", "cloud"),
]


@pytest.mark.parametrize(("text", "base", "source"), SOURCES, ids=[row[0] for row in SOURCES])
def test_the_suffix_says_where_a_model_runs(text, base, source):
    assert split_source(text) == (base, source)


@pytest.mark.parametrize("text", ["x:local:cloud", "x:local:local", "x:cloud:local"])
def test_two_suffixes_are_refused_in_ollamas_words(text):
    with pytest.raises(UsageProblem) as caught:
        split_source(text)
    assert caught.value.message == f'use either :local or :cloud, not both: "{text}"'


def test_no_name_at_all_is_refused_in_ollamas_words():
    with pytest.raises(UsageProblem) as caught:
        split_source(" \n")
    assert caught.value.message == "model is required"
