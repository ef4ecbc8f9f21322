"""A try is what a create would give: the server renders the same prompt, and the same parameters are in effect."""

import random

import pytest

from ollama_magics.client.client import Client
from ollama_magics.services.creation import create
from ollama_magics.services.observing import entry_of
from ollama_magics.services.tuning.drafts import Drafts
from ollama_magics.services.tuning.parts import parts_shown
from ollama_magics.services.tuning.tuner import Tuner
from ollama_magics.services.versions import Versions

LEGACY = "TEMPLATE {{ if .System }}<s>{{ .System }}</s>{{ end }}<u>{{ .Prompt }}</u><a>{{ .Response }}</a>\n"
ROLES = "TEMPLATE {{ range .Messages }}[{{ .Role }}]{{ .Content }}\n{{ end }}\n".replace("\n{{ end }}", "{{ end }}")
EXAMPLES = "MESSAGE user Hello?\nMESSAGE assistant Ho!\n"
TALK = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}, {"role": "user", "content": "Three"}]


def texts(rng):
    """Return a generated Modelfile."""
    lines = ["# a model\n", "FROM tutor\n"]
    lines += rng.sample([LEGACY, ROLES, "", ""], 1)
    lines += ["SYSTEM You are Pip.\n"] if rng.random() < 0.6 else []
    lines += ["PARAMETER temperature 0.8\n"] if rng.random() < 0.5 else []
    lines += ["PARAMETER top_k 7 \nPARAMETER stop END\n"] if rng.random() < 0.5 else []
    lines += [EXAMPLES] if rng.random() < 0.4 else []
    return "".join(lines)


EDITS = {
    "temperature": lambda tuner: tuner.set(temperature=0.25),
    "several": lambda tuner: tuner.set(top_p=0.5, seed=11, min_p=0.1),
    "no top_k": lambda tuner: tuner.set(top_k=None),
    "stop": lambda tuner: tuner.set(stop=["x", "y z"]),
    "no stop": lambda tuner: tuner.set(stop=None),
    "system": lambda tuner: setattr(tuner, "system", 'You are "Luigi".\n  Two\tlines {{ .Prompt }}. '),
    "lossy": lambda tuner: setattr(tuner, "system", "No\u00a0break, \u200bnothing 🚲."),
    "no system": lambda tuner: setattr(tuner, "system", None),
    "example": lambda tuner: setattr(tuner, "messages", [*tuner.messages, {"role": "user", "content": "Eh?"}]),
    "system example": lambda tuner: setattr(tuner, "messages", [{"role": "system", "content": "Be brief."}, *tuner.messages]),
    "no examples": lambda tuner: setattr(tuner, "messages", []),
    "back": lambda tuner: tuner.discard(),
}


@pytest.fixture
def client(embedded):
    found = Client(embedded, environ={})
    yield found
    for name in {model.name for model in found.list().models} - {"tutor:latest"}:
        found.delete(name)


@pytest.fixture
def drafts(tmp_path):
    found = Drafts(lambda: tmp_path / "drafts")
    yield found
    found.close()


def rendered(client, model, messages, options):
    """Return the prompt that the model would read."""
    answer = client.chat(model=model, messages=messages, options=options, _debug_render_only=True, stream=False)
    return answer["_debug_info"]["rendered_template"]


def in_effect(client, model, options):
    """Return the parameters of a request."""
    return {**parts_shown(client.show(model)).parameters, **options}


@pytest.mark.parametrize("number", range(60))
def test_try_is_what_create_gives(client, drafts, number):
    """Prompt and parameters of a try are those of the model that a create makes of the same text."""
    rng = random.Random(number)
    create("pip", texts(rng), client=client, versions=(versions := Versions()))
    tuner = Tuner("pip", client=client, versions=versions, drafts=drafts, seed=5)
    for name in rng.sample(sorted(EDITS), rng.randint(1, 4)):
        EDITS[name](tuner)
    how = tuner.how()
    system = [] if how["system"] is None else [{"role": "system", "content": how["system"]}]
    tried = rendered(client, how["model"], [*system, *TALK], how["options"]), in_effect(client, how["model"], how["options"])
    create("twin", tuner.modelfile, client=client, versions=versions)
    seed = {} if "seed" in tuner.parameters else {"seed": 5}
    assert (rendered(client, "twin", TALK, {}), in_effect(client, "twin", seed)) == tried
    assert (entry_of(client, "pip-draft") is not None) == (how["model"] == "pip-draft")
    tuner.close()
    assert entry_of(client, "pip-draft") is None


def test_cases_go_both_ways(client, drafts):
    """The generated cases hold tries that a request carries and tries that need a draft."""
    ways = set()
    for number in range(60):
        rng = random.Random(number)
        create("pip", texts(rng), client=client, versions=(versions := Versions()))
        tuner = Tuner("pip", client=client, versions=versions, drafts=drafts)
        for name in rng.sample(sorted(EDITS), rng.randint(1, 4)):
            EDITS[name](tuner)
        plan = tuner.plan
        ways.add((bool(plan.why_draft), plan.system is not None, bool(plan.options)))
    assert {True, False} == {way[0] for way in ways}
    assert {(False, True, True), (False, True, False), (False, False, True)} <= ways


def test_base_that_has_changed_needs_a_draft(client, drafts):
    """A model whose base is another one by now is tried as what a create would make of it now."""
    versions = Versions()
    create("base", "FROM tutor\nSYSTEM Old.\n", client=client, versions=versions)
    create("pip", "FROM base\nPARAMETER temperature 0.5\n", client=client, versions=versions)
    create("base", "FROM tutor\nSYSTEM New.\n", client=client, versions=versions)
    tuner = Tuner("pip", client=client, versions=versions, drafts=drafts)
    assert "Old." in rendered(client, tuner.how()["model"], TALK, {})
    tuner.temperature = 0.4
    assert tuner.plan.why_draft == "base has changed since v1"
    assert "New." in rendered(client, tuner.how()["model"], TALK, {})
    tuner.close()


def test_model_of_somebody_else_is_read_without_what_its_base_gives(client, drafts):
    """The text of a model that was made elsewhere says what it sets itself, and makes the same model."""
    create("pip", "FROM tutor\nPARAMETER top_k 9\nSYSTEM Hello.\n", client=client, versions=Versions())
    tuner = Tuner("pip", client=client, versions=Versions(), drafts=drafts)
    assert tuner.modelfile == "FROM tutor:latest\nSYSTEM Hello.\nPARAMETER top_k 9\n"
    assert not tuner.stored.drifted
    assert tuner.parameters["num_ctx"] == 1024
