"""Files of a create: hashed and sent several at once, one honest view of it, and an end at the first that fails."""

import hashlib
import threading
import time

import pytest
from client.scripted_server import ScriptedServer

from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.client.digests import Digests
from ollama_magics.errors import Cancelled, FileProblem, ServerFault
from ollama_magics.services.progress import Pace, Tracker
from ollama_magics.services.sending import AT_ONCE, KNOWN, PRESENT, Sending, Step, together

MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
LATER_NS = time.time_ns() + 3600 * 10**9


@pytest.fixture
def paths(tmp_path):
    """Six files, more than are worked on at once."""
    paths = [tmp_path / f"part{number}.safetensors" for number in range(AT_ONCE + 2)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number]) * 100_000)
    return paths


@pytest.fixture
def seen():
    return []


def sending(seen, digests=None, cancel=None):
    return Sending(Tracker(seen.append, time.perf_counter), cancel or CancelToken(), digests or Digests(now_ns=lambda: LATER_NS))


class Blobs(ScriptedServer):
    """A server that keeps blobs."""

    def __init__(self):
        self.blobs = {}
        super().__init__(self.serve)

    def serve(self, wire):
        request = wire.request
        digest = request.path.rpartition("/")[2]
        if request.method == "HEAD":
            status = b"200 OK" if digest in self.blobs else b"404 Not Found"
            return wire.send(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n" % status)
        self.blobs[digest] = request.body
        return wire.answer(201, b"")


def test_every_file_arrives_and_the_sums_are_true(paths, seen):
    with Blobs() as server, Client(server.url, environ={}) as client:
        files = sending(seen)
        digests = files.hash([*paths, paths[0]])
        assert digests == {path: f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths}
        files.send(client, {digest: path for path, digest in digests.items()})
        assert sorted(server.blobs) == sorted(digests.values())
    for stage in ("hash", "upload"):
        steps = [step for step in seen if step.stage == stage]
        assert {step.item for step in steps} == {path.name for path in paths}
        assert {(step.files, step.all_total) for step in steps} == {(len(paths), 600_000)}
        done = [step.all_completed for step in steps]
        assert done == sorted(done)
        assert done[-1] == 600_000
        assert steps[-1].words == f"{'hashing' if stage == 'hash' else 'uploading'} 6 files"


def test_what_is_known_and_there_is_neither_read_nor_sent(paths, seen):
    digests = Digests(now_ns=lambda: LATER_NS)
    found = sending([], digests).hash(paths)
    with ScriptedServer(lambda wire: wire.answer(200, b"")) as server, Client(server.url, environ={}) as client:
        files = sending(seen, digests)
        files.send(client, {digest: path for path, digest in files.hash(paths).items()})
        assert {request.method for request in server.requests} == {"HEAD"}
    assert {step.status for step in seen} == {KNOWN, PRESENT}
    assert all(step.rate is None for step in seen)
    assert len(found) == len(paths)


def test_a_file_that_fails_ends_the_others(paths, seen):
    paths[3].unlink()
    with pytest.raises(FileProblem, match=r"part3\.safetensors cannot be read"):
        sending(seen).hash(paths)

    def full(wire):
        if wire.request.method == "HEAD":
            return wire.send(MISSING)
        return wire.answer(500, {"error": "no space left on device"})

    files = sending(seen)
    with (
        ScriptedServer(full) as server,
        Client(server.url, environ={}) as client,
        pytest.raises(ServerFault, match="no space left"),
    ):
        files.send(client, {f"sha256:{number:064x}": path for number, path in enumerate(paths[:3])})


def test_a_digest_that_is_not_the_files_any_more_is_forgotten(paths, seen):
    """The server names the true digest: whatever was known of the file is not believed again."""
    digests = Digests(now_ns=lambda: LATER_NS)
    path = paths[0]
    digest = sending([], digests).hash([path])[path]

    def mismatch(wire):
        if wire.request.method == "HEAD":
            return wire.send(MISSING)
        return wire.answer(400, {"error": f'digest mismatch, expected "{digest}", got "sha256:1"'})

    with (
        ScriptedServer(mismatch) as server,
        Client(server.url, environ={}) as client,
        pytest.raises(FileProblem, match="changed while it was sent"),
    ):
        sending(seen, digests).send(client, {digest: path})
    again = []
    sending(again, digests).hash([path])
    assert {step.status for step in again} == {"hashing"}


def test_a_cancel_ends_all_uploads_at_once(paths, seen):
    cancel = CancelToken()

    def hang(wire):
        if wire.request.method == "HEAD":
            return wire.send(MISSING)
        return wire.hang()

    with ScriptedServer(hang) as server, Client(server.url, environ={}) as client:
        threading.Thread(target=lambda: server.hanging.wait(5) and cancel.cancel(), daemon=True).start()
        with pytest.raises(Cancelled):
            sending(seen, cancel=cancel).send(client, {f"sha256:{number:064x}": path for number, path in enumerate(paths)})
        assert server.released.wait(5)


def test_jobs_report_on_the_thread_that_waits_and_return_in_order():
    here, where = threading.get_ident(), set()

    def job(number):
        def run(report, cancel):
            report(Step(None, "x", number))
            return number

        return run

    assert together([job(number) for number in range(20)], lambda step: where.add(threading.get_ident()), CancelToken()) == list(range(20))
    assert where == {here}


def test_an_interrupt_on_the_thread_that_waits_ends_the_jobs():
    ended = threading.Event()

    def job(report, cancel):
        report(Step(None, "x", 1))
        cancel.wait(5)
        ended.set()

    def interrupted(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        together([job, job], interrupted, CancelToken())
    assert ended.wait(5)


def test_every_kind_of_failure_of_a_job_is_raised():
    """Also the one that says that nothing is left in a list."""
    with pytest.raises(IndexError):
        together([lambda report, cancel: 1, lambda report, cancel: [].pop()], lambda step: None, CancelToken())


def test_a_rate_is_told_when_it_can_be_known():
    """A steady megabyte a second is one; nothing is said in the first second, and nothing of the time before a new stage."""
    pace = Pace()
    told = [pace.take(tenth / 10, tenth * 100_000) for tenth in range(30)]
    assert told[:10] == [None] * 10
    assert told[-1] == pytest.approx(1_000_000)
    assert pace.take(4.0, 0) is None


def test_the_time_left_is_that_of_all_files():
    now = [0.0]
    seen = []
    tracker = Tracker(seen.append, lambda: now[0])
    tracker.begin("upload", 2, 10_000_000)
    for tenth in range(31):
        now[0] = tenth / 10
        tracker.step("upload", f"f{tenth % 2}", "uploading", tenth * 100_000, 5_000_000)
    last = seen[-1]
    assert last.amount == (5_900_000, 10_000_000)
    assert last.left_s == pytest.approx(4_100_000 / last.rate)


def test_layers_that_were_there_say_nothing_of_the_rate():
    now = [0.0]
    seen = []
    tracker = Tracker(seen.append, lambda: now[0])
    for tenth in range(31):
        now[0] = tenth / 10
        line = {
            "status": "pulling aaaaaaaaaaaa",
            "digest": "sha256:" + "a" * 64,
            "total": 9_000_000,
            "completed": 5_000_000 + tenth * 100_000,
        }
        tracker.line(line, "llama")
    assert seen[-1].rate == pytest.approx(1_000_000)
    assert seen[-1].left_s == pytest.approx(1.0)


def test_a_second_create_reads_nothing_of_the_file(embedded, tmp_path, monkeypatch):
    """Whatever its size: a known file is not even opened."""
    from importlib.resources import files as resources

    from ollama_magics.services import creation
    from ollama_magics.services.versions import Versions

    monkeypatch.setattr(creation, "DIGESTS", Digests(now_ns=lambda: LATER_NS))
    weights = next(file for file in resources("ollama_magics.server.tutor").iterdir() if file.name.endswith(".gguf"))
    path = tmp_path / "weights.gguf"
    path.write_bytes(weights.read_bytes())
    opened = []

    def note(event, args):
        if recording and event == "open" and str(args[0]) == str(path):
            opened.append(args)

    import sys

    recording = True
    sys.addaudithook(note)
    try:
        for expected in (2, 2):  # hashed and sent once
            with Client(embedded) as client:
                creation.create("known", f"FROM {path}\nSYSTEM {expected}", client=client, versions=Versions())
            assert len(opened) <= expected
    finally:
        recording = False
    assert opened
