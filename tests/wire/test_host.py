import pytest

from ollama_magics.wire.host import parse_host

ADDRESSES = [
    (None, "http://127.0.0.1:11434"),
    ("", "http://127.0.0.1:11434"),
    ("1.2.3.4", "http://1.2.3.4:11434"),
    (":1234", "http://:1234"),
    ("0.0.0.0", "http://0.0.0.0:11434"),
    ("0.0.0.0:1234", "http://0.0.0.0:1234"),
    ("localhost:", "http://localhost:11434"),
    ("example.com", "http://example.com:11434"),
    ("example.com:56789", "http://example.com:56789"),
    ("http://example.com/", "http://example.com:80"),
    ("https://example.com/ollama", "https://example.com:443/ollama"),
    ("example.com:1234/x/y", "http://example.com:1234/x/y"),
    ("ollama.com", "https://ollama.com:443"),
    ("ollama.com:443", "http://ollama.com:443"),
    ("[::1]", "http://[::1]:11434"),
    ("::1", "http://[::1]:11434"),
    ("[::1]:1234", "http://[::1]:1234"),
    ("0.0.0.0:66000", "http://0.0.0.0:11434"),
    ("0.0.0.0:-1", "http://0.0.0.0:11434"),
    ("host:abc", "http://host:11434"),
    ("host:99999999999999999999", "http://host:11434"),
    ("http://host:²", "http://host:80"),
    ("h:0", "http://h:0"),
    ("unix:///tmp/x", "unix://127.0.0.1:11434/tmp/x"),
    (' "1.2.3.4:56" ', "http://1.2.3.4:56"),
    ("HTTP://example.com", "HTTP://example.com:11434"),
    ("[::ffff:1.2.3.4]", "http://1.2.3.4:11434"),
]


@pytest.mark.parametrize(("text", "url"), ADDRESSES, ids=[str(row[0]) for row in ADDRESSES])
def test_an_address_is_read_as_ollama_reads_it(text, url):
    assert parse_host(text).url == url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("0.0.0.0:1", "http://127.0.0.1:1"),
        ("[::]:1", "http://[::1]:1"),
        (":1", "http://127.0.0.1:1"),
        ("10.0.0.1:1", "http://10.0.0.1:1"),
        ("h:1/x", "http://h:1/x"),
    ],
)
def test_every_interface_is_connected_to_as_this_machine(text, url):
    assert parse_host(text).connectable.url == url


def test_user_and_password_are_read_and_never_shown():
    host = parse_host("https://user:pw@h:1/x")
    assert (host.userinfo, host.url) == ("user:pw", "https://h:1/x")
    assert "pw" not in f"{host!r} {host} {host.connectable!r}"


LOCAL = [("", True), (":1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("h", False)]


@pytest.mark.parametrize(("text", "local"), LOCAL)
def test_loopback_is_local(text, local):
    assert parse_host(text).is_local is local
