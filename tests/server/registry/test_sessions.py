"""Who learns what: tokens stay with their registry, redirects go nowhere unsafe, keys sign as SSH's do."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import httpx
import pytest

from ollama_magics.server.errors import StoreError
from ollama_magics.server.registry.signing import read_key, signature, signer

from .fake_registry import HOME, digest, part_of

TOKEN = "secret-token"


def key_file(seed: bytes, public: bytes) -> str:
    """Return an OpenSSH key without a password, as ``ssh-keygen -t ed25519`` writes it."""

    def field(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    known = field(b"ssh-ed25519") + field(public)
    private = b"\1\2\3\4" * 2 + known + field(seed + public) + field(b"") + b"\1\2\3"
    data = b"openssh-key-v1\0" + field(b"none") * 2 + field(b"") + b"\0\0\0\1" + field(known) + field(private)
    body = base64.encodebytes(data).decode()
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}-----END OPENSSH PRIVATE KEY-----\n"


# RFC 8032, section 7.1, tests 1 and 3: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "expected"), VECTORS)
def test_signatures_are_those_of_the_standard(seed, public, message, expected, tmp_path):
    assert signature(bytes.fromhex(seed), bytes.fromhex(message)).hex() == expected
    (tmp_path / ".ollama").mkdir()
    (tmp_path / ".ollama" / "id_ed25519").write_text(key_file(bytes.fromhex(seed), bytes.fromhex(public)))
    known, signed = signer(tmp_path)(bytes.fromhex(message)).split(":")
    assert base64.b64decode(known)[-32:].hex() == public
    assert base64.b64decode(signed).hex() == expected


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"])
def test_what_is_no_key_is_told(text, tmp_path):
    with pytest.raises(ValueError, match=r"not an OpenSSH key|not base64"):
        read_key(text)
    with pytest.raises(StoreError, match="id_ed25519: no such file or directory"):
        signer(tmp_path)(b"")


@pytest.fixture
def guarded(registry, tmp_path):
    """Let the registry ask for a token, and give one for a signature."""
    seed, public, _, _ = map(bytes.fromhex, VECTORS[0])
    (tmp_path / ".ollama").mkdir()
    (tmp_path / ".ollama" / "id_ed25519").write_text(key_file(seed, public))

    def guard(request):
        if request.headers.get("authorization") == f"Bearer {TOKEN}":
            return None
        realm = f'Bearer realm="http://{HOME}/token",service="{HOME}",scope="repository:me/m:pull"'
        return httpx.Response(401, headers={"www-authenticate": realm})

    registry.lies["/token"] = lambda request: httpx.Response(200, json={"token": TOKEN})
    registry.lies["/v2/"] = guard
    return registry


def test_a_registry_that_asks_is_answered_with_a_signature(guarded, pull):
    assert pull()[-1] == "success"
    asked = next(request for request in guarded.asked if request.url.path == "/token")
    query = parse_qs(asked.url.query.decode())
    assert (query["service"], query["scope"]) == ([HOME], ["repository:me/m:pull"])
    assert {"ts", "nonce"} <= query.keys()
    assert ":" in asked.headers["authorization"]


def test_a_token_that_is_refused_is_told(guarded, pull):
    guarded.lies["/token"] = lambda request: httpx.Response(200, json={"token": "another"})
    assert pull()[-1] == "error: pull model manifest: unauthorized: access denied"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(403, content=b"no"), "403: no"),
        (httpx.Response(403), "403"),
        (httpx.Response(200, content=b"x"), "the registry gave no token"),
        (httpx.Response(200, json={"token": "a\r\nb: c"}), "the registry gave no token"),
    ],
)
def test_no_token_no_model(guarded, pull, answer, words):
    guarded.lies["/token"] = lambda request: answer
    assert pull()[-1] == f"error: pull model manifest: {words}"


@pytest.mark.parametrize("realm", ["", "http://evil.example/token", "http://evil.example:5000/token"])
def test_a_realm_elsewhere_learns_nothing(registry, pull, realm):
    registry.lies["manifests"] = lambda request: httpx.Response(401, headers={"www-authenticate": f'Bearer realm="{realm}"'})
    host = httpx.URL(realm).netloc.decode()
    assert pull()[-1] == f'error: pull model manifest: realm host "{host}" does not match original host "{HOME}"'
    assert len(registry.asked) == 1


def test_a_redirect_to_storage_carries_no_token(guarded, pull):
    data = guarded.weights
    away = lambda request: httpx.Response(307, headers={"location": "http://storage.example/data?signature=x"})  # noqa: E731
    guarded.lies = {f"GET /v2/.*{digest(data)}": away, "GET /data": lambda request: part_of(request, data), **guarded.lies}
    assert pull()[-1] == "success"
    elsewhere = [request for request in guarded.asked if request.url.host == "storage.example"]
    assert elsewhere
    assert all("authorization" not in request.headers for request in elsewhere)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://storage.example/data", "which is not safe"),
        ("https://user:password@storage.example/data", "which is not safe"),
        ("file:///etc/passwd", "which is not safe"),
        ("", "gave no address to go on at"),
        (f"https://{HOME}/v2/me/m/manifests/latest", "stopped after 10 redirects"),
    ],
)
def test_unsafe_redirects_are_refused(registry, pull, location, words):
    registry.lies["manifests"] = lambda request: httpx.Response(307, headers={"location": location} if location else {})
    said = pull(insecure=False)[-1]
    assert words in said
    assert "password@" not in said


def test_what_a_signed_address_carries_is_not_shown(registry, pull):
    def broken(request):
        raise httpx.ConnectError("[Errno 111] Connection refused")

    away = lambda request: httpx.Response(307, headers={"location": "http://storage.example/data?signature=hush"})  # noqa: E731
    registry.lies = {"GET .*blobs": away, "GET /data": broken}
    said = pull()[-1]
    assert "storage.example/data" in said
    assert "hush" not in said
