"""A create checks first, sends what is missing, and says what is true afterwards."""

import json
import threading

import pytest
from client.scripted_server import OK_LINES, ScriptedServer

import ollama_magics as om
from ollama_magics.client.cancel import CancelToken
from ollama_magics.errors import Cancelled, ModelfileProblem, ModelNotFound, StreamError, UsageProblem
from ollama_magics.magics.output import failure_card
from ollama_magics.modelfile import parse
from ollama_magics.services.creation import check, create, text_diff
from ollama_magics.services.versions import Versions

from .scripted import Scripted, lines, plain

NEW = {"status": "creating new layer sha256:" + "a" * 64}
KEPT = {"status": "using existing layer sha256:" + "b" * 64}
END = ({"status": "writing manifest"}, {"status": "success"})


def listing(**digests):
    """Return the script of a list with these models and digests."""
    models = [{"name": f"{name}:latest", "model": f"{name}:latest", "digest": digest, "size": 100} for name, digest in digests.items()]
    return lambda body: plain({"models": models})


def built(*more):
    return lambda body: lines(*more, KEPT, NEW, *END)


def kept(body):
    return lines(KEPT, KEPT, *END)


def steps_of(fake, text="FROM tutor\nSYSTEM x", **options):
    steps = []
    options = {"versions": Versions(), **options}
    creation = create("mario", text, client=fake.client(), on_progress=steps.append, **options)
    return creation, steps


def test_a_new_model_takes_three_requests():
    """Is it there, create it, what is it now: nothing else is asked."""
    fake = Scripted(tags=[listing(), listing(mario="d1")], create=built())
    creation, _ = steps_of(fake)
    assert fake.paths == ["tags", "create", "tags"]
    assert fake.asked("create") == [{"model": "mario", "from": "tutor", "system": "x", "stream": True}]
    assert (creation.version, creation.digest, creation.size) == (1, "d1", 100)
    assert (creation.new_layers, creation.kept_layers, creation.unchanged, creation.changed) == (1, 1, False, ())


def test_the_next_version_takes_three_requests():
    """The list tells whether the model is still ours: then it is not asked for its text."""
    versions = Versions()
    fake = Scripted(tags=[listing(), listing(mario="d1"), listing(mario="d1"), listing(mario="d2")], create=built())
    steps_of(fake, versions=versions)
    fake.requests.clear()
    creation, _ = steps_of(fake, "FROM tutor\nSYSTEM y", versions=versions)
    assert fake.paths == ["tags", "create", "tags"]
    assert (creation.version, creation.changed) == (2, ("- SYSTEM x", "+ SYSTEM y"))


def test_nothing_new():
    """The same manifest afterwards is the same version."""
    versions = Versions()
    fake = Scripted(tags=[listing(), listing(mario="d1"), listing(mario="d1")], create=[built(), kept])
    steps_of(fake, versions=versions)
    creation, _ = steps_of(fake, "FROM tutor\n# a comment\nSYSTEM x", versions=versions)
    assert (creation.version, creation.unchanged) == (1, True)


def test_a_model_of_an_earlier_kernel_is_compared_as_the_server_shows_it():
    """A model that was there before is version 1, and the difference is that of the server's own descriptions."""

    def shown(system):
        text = f"# FROM mario:latest\n\nFROM /blobs/sha256-1\nSYSTEM {system}\n"
        return lambda body: plain({"modelfile": text, "system": system, "details": {"parent_model": "tutor:latest"}})

    fake = Scripted(
        tags=[listing(mario="d1"), listing(mario="d2")],
        show=lambda body: shown("old" if not fake.asked("create") else "new")(body),
        create=built(),
    )
    creation, _ = steps_of(fake, "FROM tutor\nSYSTEM new")
    assert creation.version == 2
    assert creation.changed == ("- SYSTEM old", "+ SYSTEM new")


def test_progress_has_stages():
    """Status lines become stages with bytes; the success of a pull is not the end."""
    pull = [
        {"status": "pulling manifest"},
        {"status": "pulling dde5aa3fc5ff", "digest": "sha256:dd", "total": 10, "completed": 4},
        {"status": "pulling dde5aa3fc5ff", "digest": "sha256:dd", "total": 10, "completed": 10},
        {"status": "verifying sha256 digest"},
        *END,
    ]
    fake = Scripted(tags=[listing(), listing(mario="d1")], create=built(*pull))
    _, steps = steps_of(fake)
    stages = [step.stage for step in steps]
    assert list(dict.fromkeys(stages)) == ["check", "pull", "build", "done"]
    assert [(step.completed, step.total) for step in steps if step.total] == [(4, 10), (10, 10)]
    assert {step.words for step in steps if step.stage == "pull"} == {"pulling tutor"}
    assert stages.count("done") == 1


def test_mistakes_send_nothing():
    """A Modelfile with mistakes costs no request and carries all of them."""
    fake = Scripted()
    with pytest.raises(ModelfileProblem) as caught:
        steps_of(fake, "FROM tutor\nPARAMETER temprature 1\nPARAMETER top_k x")
    assert fake.requests == []
    assert [problem.line for problem in caught.value.problems if problem.severity == "error"] == [2, 3]
    assert caught.value.upstream == "unknown parameter 'temprature'"


def test_a_dry_run_sends_nothing(tmp_path):
    """The request is made, files are hashed, and nobody is asked."""
    (tmp_path / "m.gguf").write_bytes(b"GGUF1234")
    fake = Scripted()
    creation, _ = steps_of(fake, "FROM ./m.gguf", dry_run=True, directory=tmp_path)
    assert fake.requests == []
    (digest,) = creation.request["files"].values()
    assert digest.startswith("sha256:")
    assert json.loads(creation.request_json) == creation.request
    assert (creation.sent, creation.version, creation.server) == (False, None, None)


def test_a_base_that_is_also_a_file_is_told(tmp_path):
    """The folder that paths are relative to is looked at, however the Modelfile came."""
    (tmp_path / "tutor").mkdir()
    for source in ("FROM tutor\nSYSTEM hi", parse("FROM tutor\nSYSTEM hi", first_line=2)):
        assert [problem.code for problem in check("mario", source, directory=tmp_path).problems] == ["MF109"]
    assert check("mario", "FROM tutor", directory=tmp_path / "tutor").problems == ()


@pytest.mark.parametrize("name", ["", "a b", "mario:cloud", "mario:8b-cloud", "mario:local"])
def test_names_that_cannot_be_used(name):
    """A name that no later request could reach is refused."""
    with pytest.raises(UsageProblem):
        create(name, "FROM tutor", client=Scripted().client())


def test_an_unknown_base():
    """The server's words, the near names and the way to get it are in the error; nothing is said of what was there."""
    error = {"error": "pull model manifest: file does not exist"}
    fake = Scripted(tags=listing(tutor="t"), create=lambda body: lines({"status": "pulling manifest"}, error))
    with pytest.raises(ModelNotFound) as caught:
        steps_of(fake, "FROM tutr")
    assert "there is no base model tutr" in caught.value.message
    assert caught.value.error == "pull model manifest: file does not exist"
    assert caught.value.details["near"] == ["tutor"]
    assert caught.value.details["exists"] is False


def test_a_pull_that_fails_is_told_from_a_base_that_is_nowhere():
    """No network is not the same as no such model."""
    error = {"error": "pull model manifest: dial tcp: no such host"}
    fake = Scripted(tags=listing(), create=lambda body: lines({"status": "pulling manifest"}, error))
    with pytest.raises(ModelNotFound, match="and pulling it failed"):
        steps_of(fake, "FROM llama3.2")


def test_no_pull_asks_before():
    """With ``pull=False`` a base that is not there is never pulled."""
    fake = Scripted(tags=listing(), show=lambda body: plain({"error": "model 'tutr:latest' not found"}, 404), create=built())
    with pytest.raises(ModelNotFound):
        steps_of(fake, "FROM tutr", pull=False)
    assert "create" not in fake.paths


def test_an_error_of_the_server_says_what_stands():
    """The version that stands is in the details, the server's words in the error."""
    versions = Versions()
    fake = Scripted(tags=[listing(), listing(mario="d1")], create=[built(), lambda body: lines(KEPT, {"error": "disk full"})])
    steps_of(fake, versions=versions)
    with pytest.raises(StreamError, match="mario was not created") as caught:
        steps_of(fake, "FROM tutor\nSYSTEM y", versions=versions)
    assert (caught.value.error, caught.value.details["version"]) == ("disk full", 1)


def test_a_model_that_somebody_deleted_does_not_stand():
    """A failed create does not speak of a version that is gone."""
    versions = Versions()
    fake = Scripted(tags=[listing(), listing(mario="d1"), listing()], create=[built(), lambda body: lines({"error": "disk full"})])
    steps_of(fake, versions=versions)
    with pytest.raises(StreamError) as caught:
        steps_of(fake, "FROM tutor\nSYSTEM y", versions=versions)
    assert (caught.value.details["version"], caught.value.details["exists"]) == (None, False)


def hanging_create(wire):
    wire.send(OK_LINES)
    wire.line({"status": "pulling manifest"})
    wire.hang()


def test_a_cancelled_create_says_what_was_going_on():
    """Cancelled from another thread while the server is silent: the request is let go, the message says what is there."""
    cancel = CancelToken()

    def show(step):
        if step.stage == "pull":
            threading.Thread(target=cancel.cancel).start()

    with ScriptedServer(lambda wire: wire.answer(200, {"models": []}), hanging_create) as server:
        with pytest.raises(Cancelled) as caught:
            create("mario", "FROM tutor", client=om.Client(server.url, environ={}), on_progress=show, cancel=cancel, versions=Versions())
        assert server.released.wait(5)
    assert caught.value.message == "cancelled while pulling tutor. There is no mario yet"
    title = failure_card(caught.value).blocks[0]
    assert (title.text, title.facts.startswith("while pulling tutor")) == ("Cancelled", True)


def test_a_cancel_that_came_too_late_says_so():
    """The server had finished before it noticed: the message does not claim the opposite."""
    cancel = CancelToken()

    def show(step):
        if step.stage == "build":
            cancel.cancel()

    fake = Scripted(tags=[listing(), listing(mario="d1")], create=built())
    with pytest.raises(Cancelled, match="cancelled too late, mario was created"):
        create("mario", "FROM tutor", client=fake.client(), on_progress=show, cancel=cancel, versions=Versions())


def test_files_are_sent_once(embedded, tmp_path):
    """The second create of the same weights sends no byte of them."""
    from importlib.resources import files

    weights = next(file for file in files("ollama_magics.server.tutor").iterdir() if file.name.endswith(".gguf"))
    (tmp_path / "own.gguf").write_bytes(weights.read_bytes()[:-4] + b"\0\0\1\1")
    with om.Client(embedded, environ={}) as client:
        runs = []
        for _ in range(2):
            steps = []
            create("own", "FROM ./own.gguf", client=client, directory=tmp_path, on_progress=steps.append, versions=Versions())
            runs.append({step.status for step in steps if step.stage == "upload"})
    assert runs == [{"uploading"}, {"on the server already, not sent"}]


def test_text_diff_of_long_texts():
    """The difference of long texts is found without comparing every line with every other."""
    before = "\n".join(f"line {number}" for number in range(20_000))
    assert text_diff(before, before.replace("line 777\n", "other\n")) == ("- line 777", "+ other")
