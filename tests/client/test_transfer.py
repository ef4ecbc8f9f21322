import hashlib

import pytest

from ollama_magics.client.transfer import hash_file, upload
from ollama_magics.errors import FileProblem, ServerFault, UsageProblem

CONTENT = bytes(range(256)) * 10_000
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(CONTENT)
    return path


def missing(wire):
    wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n")


def test_the_digest_is_ollamas_and_every_byte_is_counted(path):
    counts = []
    assert hash_file(path, counts.append) == DIGEST
    assert sum(counts) == len(CONTENT)


def test_a_file_that_is_missing_is_sent_whole_over_one_connection(serve, path):
    server, client = serve(missing, lambda wire: wire.answer(201, b""))
    counts = []
    assert upload(client, path, DIGEST, counts.append) == "sent"
    head, post = server.requests
    assert (head.method, post.method, post.path, post.body) == ("HEAD", "POST", f"/api/blobs/{DIGEST}", CONTENT)
    assert "transfer-encoding" not in post.headers
    assert sum(counts) == len(CONTENT)
    assert server.connections == 1


def test_a_file_that_is_there_is_not_sent(serve, path):
    server, client = serve(lambda wire: wire.answer(200, b""))
    assert client.create_blob(path) == DIGEST
    assert [request.method for request in server.requests] == ["HEAD"]


def test_an_answer_before_the_end_of_the_upload_counts(serve, tmp_path):
    """A server that has got the file from somebody else meanwhile says so at once and reads nothing."""
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(64 << 20)

    def present(wire):
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        wire.hang()

    _, client = serve(missing, present, read_bodies=False)
    assert upload(client, path, DIGEST, timeout=0.2) == "sent"


def test_an_empty_file_is_sent(serve, tmp_path):
    path = tmp_path / "empty"
    path.touch()
    server, client = serve(missing, lambda wire: wire.answer(201, b""))
    assert upload(client, path, DIGEST) == "sent"
    assert server.requests[-1].headers["content-length"] == "0"


@pytest.mark.parametrize("change", ["shrinks", "grows", "is written over"])
def test_a_file_that_changes_while_it_is_sent_is_told(serve, path, change):
    def spoil(count, done=[]):  # noqa: B006  # once
        if done:
            return
        done.append(True)
        if change == "shrinks":
            path.open("r+b").truncate(1 << 20)
        elif change == "grows":
            path.open("ab").write(b"x")
        else:
            path.open("r+b").write(b"x")

    _, client = serve(missing, lambda wire: wire.answer(201, b""))
    with pytest.raises(FileProblem, match="changed while it was sent"):
        upload(client, path, DIGEST, spoil)


def test_a_file_whose_digest_is_another_is_told(serve, path):
    refusal = {"error": f'digest mismatch, expected "{DIGEST}", got "sha256:1"'}
    _, client = serve(missing, lambda wire: wire.answer(400, refusal))
    with pytest.raises(FileProblem, match="changed while it was sent"):
        upload(client, path, DIGEST)


def test_other_refusals_keep_their_reason(serve, path):
    _, client = serve(missing, lambda wire: wire.answer(500, {"error": "no space left on device"}))
    with pytest.raises(ServerFault, match="no space left"):
        upload(client, path, DIGEST)
    _, client = serve(lambda wire: wire.answer(500, b""))
    with pytest.raises(ServerFault, match="no reason"):
        upload(client, path, DIGEST)


@pytest.mark.parametrize("digest", ["", "nonsense", "sha256:0", DIGEST.upper(), DIGEST.replace(":", "-"), f"../{DIGEST}", f"{DIGEST}\n"])
def test_what_is_no_digest_is_never_sent(serve, path, digest):
    server, client = serve(missing)
    with pytest.raises(UsageProblem, match="is no digest"):
        upload(client, path, digest)
    with pytest.raises(UsageProblem):
        client.has_blob(digest)
    assert server.requests == []


def test_a_file_that_cannot_be_read_is_told(serve, tmp_path):
    with pytest.raises(FileProblem, match="cannot be read"):
        hash_file(tmp_path / "none")
    with pytest.raises(FileProblem, match="cannot be read"):
        hash_file(tmp_path)
