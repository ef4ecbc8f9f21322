"""A model is tuned from Python: tried, compared, stored, and never stored by accident."""

import threading

import pytest

import ollama_magics as om
from ollama_magics.client.cancel import CancelToken
from ollama_magics.client.client import Client
from ollama_magics.errors import ModelNotFound, OllamaMagicsError, UsageProblem
from ollama_magics.services.creation import create
from ollama_magics.services.tuning.drafts import Drafts
from ollama_magics.services.versions import Versions

TEXT = "# mine\nFROM tutor\nPARAMETER temperature 0.8\nSYSTEM You are Mario.\n"


@pytest.fixture
def client(embedded):
    found = Client(embedded, environ={})
    yield found
    for name in {model.name for model in found.list().models} - {"tutor:latest"}:
        found.delete(name)


@pytest.fixture
def versions():
    return Versions()


@pytest.fixture
def tuner(client, versions, tmp_path):
    create("mario", TEXT, client=client, versions=versions)
    drafts = Drafts(lambda: tmp_path / "drafts")
    with om.Tuner("mario", client=client, versions=versions, drafts=drafts, seed=7) as found:
        yield found
    drafts.close()


def test_reads_well(tuner, client):
    """The example of the documentation: change, ask, store."""
    tuner.temperature = 0.2
    tuner.system = "You are Luigi."
    answer = tuner.ask("Who are you?")
    assert (answer.text, answer.made_by, tuner.testing) == ("I am Luigi.", "v1 with 2 changes · seed 7", "v1 with 2 changes")
    assert client.show("mario").system == "You are Mario."
    creation = tuner.create()
    assert (creation.version, tuner.testing, tuner.changes) == (2, "v2", [])
    assert client.show("mario").system == "You are Luigi."
    assert tuner.modelfile == TEXT.replace("0.8", "0.2").replace("Mario", "Luigi")


def test_what_was_tried_is_known_again_once_it_is_stored(tuner):
    """An answer says that its try is a version by now, and that the model has moved on only when it has."""
    tuner.temperature = 0.2
    answer = tuner.ask("Who are you?")
    tuner.create()
    assert tuner.chat.outdated(answer) == "stored as v2"
    tuner.temperature = 0.3
    tuner.create()
    assert tuner.chat.outdated(answer) == "v1, now v3"


def test_answers_are_those_of_what_is_created(tuner, client):
    """With the same seed the try and the created model say the same."""
    tuner.set(temperature=1.5, top_k=20)
    tuner.messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho!"}]
    tried = tuner.ask("Tell me about the sea.").text
    tuner.create()
    assert om.Chat("mario", client=client, options={"seed": 7}).ask("Tell me about the sea.").text == tried


def test_another_answer_has_the_same_seed(tuner):
    """What differs between two answers comes from what was changed; both are kept."""
    tuner.ask("Who are you?")
    tuner.system = "You are Luigi."
    tuner.answer_again()
    exchange = tuner.chat.turns[0]
    assert [(answer.text, answer.seed) for answer in exchange.answers] == [("I am Mario.", 7), ("I am Luigi.", 7)]


def test_seed_of_the_model_is_used(tuner):
    """A seed that the model has, or that is tried, is the one of its answers."""
    tuner.seed = 11
    assert (tuner.ask("Hello").seed, tuner.how()["options"]["seed"]) == (11, 11)


def test_attributes_are_the_parameters(tuner):
    """Each parameter reads as the value in effect; None and del take the model's own away."""
    assert (tuner.temperature, tuner.top_k, tuner.num_ctx, tuner.stop) == (0.8, 40, 1024, None)
    del tuner.temperature
    assert (tuner.temperature, tuner.changes, tuner.testing) == (0.8, ["temperature"], "a draft")
    tuner.stop = ["END"]
    tuner.stop = None
    assert tuner.modelfile == TEXT.replace("PARAMETER temperature 0.8\n", "")
    assert "temperature" in dir(tuner)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tuner: setattr(tuner, "temprature", 1), "there is no parameter temprature, did you mean temperature?"),
        (lambda tuner: setattr(tuner, "temperature", "hot"), "temperature takes a number, not 'hot'"),
        (lambda tuner: tuner.set(top_k=3, seed="x"), "seed takes a whole number, not 'x'"),
        (lambda tuner: setattr(tuner, "system", 'a """\nb'), 'a Modelfile cannot hold it: """ at a line end would close it'),
        (lambda tuner: tuner.answer_again(), "nothing has been asked yet"),
    ],
)
def test_mistakes_change_nothing(tuner, change, message):
    """A wrong value is refused with the reason and the near names, and nothing is tried."""
    with pytest.raises(UsageProblem) as caught:
        change(tuner)
    assert caught.value.message == message
    assert tuner.modelfile == TEXT


def test_unknown_attribute_is_one(tuner):
    """What is neither a parameter nor a method does not exist, and says what may be meant."""
    with pytest.raises(AttributeError, match="did you mean top_p"):
        tuner.topp  # noqa: B018


def test_failed_create_leaves_everything(tuner, client):
    """The stored model and what is tried stay, and the error says so."""
    tuner.temperature = 0.2
    with pytest.raises(OllamaMagicsError):
        tuner.create(quantize="nonsense")
    assert (client.show("mario").system, tuner.changes, tuner.testing) == ("You are Mario.", ["temperature"], "v1 with 1 change")


def test_cancelled_create_leaves_everything(tuner):
    """So does one that is cancelled."""
    cancel = CancelToken()
    cancel.cancel()
    tuner.temperature = 0.2
    with pytest.raises(OllamaMagicsError):
        tuner.create(cancel=cancel)
    assert (tuner.stored.label, tuner.changes) == ("v1", ["temperature"])


def test_two_creates_at_once_are_one(tuner, versions):
    """Whoever comes second is told, and one version is made."""
    tuner.temperature = 0.2
    inside, go_on = threading.Event(), threading.Event()

    def wait(step):
        inside.set()
        go_on.wait(10)

    first = threading.Thread(target=lambda: tuner.create(on_progress=wait))
    first.start()
    inside.wait(10)
    try:
        with pytest.raises(UsageProblem, match="being created already"):
            tuner.create()
    finally:
        go_on.set()
        first.join(10)
    assert len(tuner.versions()) == 2


def test_model_that_changed_elsewhere_is_not_overwritten(tuner, client):
    """A create over somebody else's version is refused until it is asked for."""
    create("mario", "FROM tutor\nSYSTEM You are Peach.\n", client=client, versions=Versions())
    tuner.temperature = 0.2
    with pytest.raises(UsageProblem, match="mario has been created anew since v1 was read"):
        tuner.create()
    tuner.read_again()
    assert (tuner.stored.label, tuner.system, tuner.changes) == ("v2", "You are Peach.", ["temperature"])
    assert tuner.create().version == 3


def test_model_that_is_gone_is_noticed_and_can_be_made_again(tuner, client):
    """A deleted model is told, and comes back when that is asked for."""
    client.delete("mario")
    assert tuner.look() == f"there is no mario on {tuner.stored.server.label} any more"
    tuner.temperature = 0.2
    with pytest.raises(UsageProblem, match="any more"):
        tuner.create()
    tuner.create(anyway=True)
    assert client.show("mario").system == "You are Mario."


def test_versions_can_be_walked_back(tuner):
    """Restoring makes a new version, and what was tried is gone."""
    tuner.system = "You are Luigi."
    tuner.create()
    tuner.temperature = 0.1
    assert tuner.restore(1).version == 3
    assert (tuner.system, tuner.changes, tuner.stored.label) == ("You are Mario.", [], "v3")


def test_model_without_a_modelfile_of_ours_is_tuned_as_itself(client, versions, tmp_path):
    """A base model is tuned on itself: what it has is inherited, and the text says only what is changed."""
    with om.Tuner("tutor", client=client, versions=versions, drafts=Drafts(lambda: tmp_path / "drafts")) as tuner:
        assert (tuner.modelfile, tuner.num_ctx) == ("FROM tutor:latest\n", 1024)
        tuner.temperature = 0.1
        assert (tuner.modelfile, tuner.testing) == ("FROM tutor:latest\nPARAMETER temperature 0.1\n", "v1 with 1 change")


def test_unknown_model_is_an_error(client):
    """A name that the server does not know is told at once."""
    with pytest.raises(ModelNotFound, match="there is no model nobody"):
        om.Tuner("nobody", client=client, versions=Versions())


def test_card_says_what_was_tried_and_never_stored(tuner):
    """The saved form has a row for each place, with the stored and the tried value."""
    from ollama_magics.display import text

    tuner.temperature = 0.6
    tuner.system = "You are Luigi."
    card = text.render(tuner.card())
    assert "Tuned mario v1" in card
    assert "temperature  0.8" in card
    assert "2 changes not stored." in card


def test_answers_are_never_those_of_a_version_that_was_not_read(tuner, client, versions):
    """A version that was made in another cell meanwhile has to be read before the next question."""
    create("mario", TEXT.replace("Mario", "Peach"), client=client, versions=versions)
    with pytest.raises(UsageProblem, match="mario is v2 by now, v1 was read"):
        tuner.ask("Who are you?")
    tuner.read_again()
    assert tuner.ask("Who are you?").text == "I am Peach."


def test_two_tuners_of_one_model_know_of_each_other(tuner, client, versions, tmp_path):
    """The second one can tell, until the first is closed."""
    with om.Tuner("mario", client=client, versions=versions, drafts=Drafts(lambda: tmp_path / "drafts")) as second:
        assert (second.others, tuner.others) == ([tuner], [second])
    assert tuner.others == []
