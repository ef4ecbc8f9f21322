"""Who may call, and what the environment sets; the recorded answers are in the contract suite."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from ollama_magics.server.access import bound_to_loopback, host_allowed, origin_allowed
from ollama_magics.server.clock import local_time_ns, utc_time
from ollama_magics.server.errors import ApiError
from ollama_magics.server.goformat import plain, syntax
from ollama_magics.server.names import pull_name, read_ref
from ollama_magics.server.settings import FOREVER_NS, SECOND_NS, Settings
from ollama_magics.wire.host import parse_host

HOME = {"HOME": "/home/a", "USERPROFILE": "/home/a"}


@pytest.mark.parametrize("name", ["goformat", "create.config", "create.remote", "create.request"])
def test_examples(name: str) -> None:
    """The examples in the docstrings are true."""
    result = doctest.testmod(import_module(f"ollama_magics.server.{name}"))
    assert (result.attempted > 0, result.failed) == (True, 0)


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("127.0.0.1:11434", True),
        ("[::1]", True),
        ("[fd00::1]:80", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("a.localhost:1", True),
        ("", True),
    ],
)
def test_host_header(header: str, allowed: bool) -> None:
    """A page whose name was pointed at this machine is turned away."""
    assert host_allowed(header) is allowed


@pytest.mark.parametrize(
    ("address", "loopback"), [("", True), ("0.0.0.0", False), ("localhost", True), ("[::1]:1", True), ("192.168.1.1", False)]
)
def test_the_host_rule_is_for_loopback(address: str, loopback: bool) -> None:
    """A server that other machines may reach does not look at the header."""
    assert bound_to_loopback(parse_host(address)) is loopback


def test_origins_of_the_person_come_first() -> None:
    """OLLAMA_ORIGINS adds to the origins of this machine, one star in each."""
    allowed = Settings.from_environ({**HOME, "OLLAMA_ORIGINS": "https://*.school.example,http://lab"}).allowed_origins
    assert [origin_allowed(o, allowed) for o in ("https://a.school.example", "http://lab", "http://localhost:5", "http://x.example")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("OLLAMA_KEEP_ALIVE", "10", "keep_alive_ns", 10 * SECOND_NS),
        ("OLLAMA_KEEP_ALIVE", "1h", "keep_alive_ns", 3600 * SECOND_NS),
        ("OLLAMA_KEEP_ALIVE", "-1", "keep_alive_ns", FOREVER_NS),
        ("OLLAMA_KEEP_ALIVE", "0", "keep_alive_ns", 0),
        ("OLLAMA_KEEP_ALIVE", "soon", "keep_alive_ns", 300 * SECOND_NS),
        ("OLLAMA_LOAD_TIMEOUT", "0", "load_timeout_ns", FOREVER_NS),
        ("OLLAMA_NUM_PARALLEL", "4", "num_parallel", 4),
        ("OLLAMA_NUM_PARALLEL", "-4", "num_parallel", 1),
        ("OLLAMA_MAX_QUEUE", "many", "max_queue", 512),
        ("OLLAMA_NOPRUNE", "yes", "no_prune", True),
        ("OLLAMA_NOPRUNE", "f", "no_prune", False),
        ("OLLAMA_GO_TEMPLATE", "", "go_template", None),
        ("OLLAMA_GO_TEMPLATE", "0", "go_template", False),
        ("OLLAMA_MODELS", ' "/data/m" ', "models", Path("/data/m")),
        ("OLLAMA_REMOTES", "a.example,b.example", "remotes", ("a.example", "b.example")),
        ("OLLAMA_MAGICS_IDLE_EXIT", "90s", "idle_exit_ns", 90 * SECOND_NS),
    ],
)
def test_settings(variable: str, value: str, attribute: str, expected: object) -> None:
    """Each variable is read as Ollama reads it; nonsense counts as the default."""
    assert getattr(Settings.from_environ({**HOME, variable: value}), attribute) == expected


def test_models_live_where_ollama_has_them() -> None:
    """Without OLLAMA_MODELS the folder is that of Ollama."""
    assert Settings.from_environ(HOME).models == Path("/home/a/.ollama/models")


@pytest.mark.parametrize(
    ("text", "short", "source"), [("x:cloud", "x:latest", "cloud"), (" x:8b:local ", "x:8b", "local"), ("x-cloud", "x-cloud:latest", "")]
)
def test_refs(text: str, short: str, source: str) -> None:
    """A suffix says where the model is to run and is no part of its name."""
    ref = read_ref(text)
    assert (ref.name.short, ref.source) == (short, source)


@pytest.mark.parametrize(("text", "error"), [("", "model is required"), ("a b", "invalid model name"), ("x:local:cloud", "use either")])
def test_bad_refs(text: str, error: str) -> None:
    """What is no name is told with Ollama's words."""
    with pytest.raises(ApiError) as caught:
        read_ref(text)
    assert (caught.value.status, caught.value.text.startswith(error)) == (400, True)


@pytest.mark.parametrize(
    ("text", "short"), [("x:8b:cloud", "x:8b-cloud"), ("x:cloud", "x:cloud"), ("x:8b:local", "x:8b"), ("x", "x:latest")]
)
def test_pull_names(text: str, short: str) -> None:
    """Pull and delete know the stubs of cloud models by their old names."""
    assert pull_name(text).short == short


@pytest.mark.parametrize(
    ("value", "as_v", "as_go"),
    [
        ("a b", "a b", '"a b"'),
        (None, "<nil>", "<nil>"),
        ([1.0, "x", None], "[1 x <nil>]", '[]interface {}{1, "x", interface {}(nil)}'),
        ({"b": True, "a": 0.5}, "map[a:0.5 b:true]", 'map[string]interface {}{"a":0.5, "b":true}'),
        (-0.0, "-0", "-0"),
    ],
)
def test_go_format(value: object, as_v: str, as_go: str) -> None:
    """Values of parameters are printed as Go's %v and %#v print them."""
    assert (plain(value), syntax(value)) == (as_v, as_go)


def test_times() -> None:
    """Trailing zeros of the fraction go, no digit of a file's time is lost."""
    assert utc_time(0.25) == "1970-01-01T00:00:00.25Z"
    assert utc_time(5) == "1970-01-01T00:00:05Z"
    assert ".123456789" in local_time_ns(1_700_000_000_123_456_789)
