"""``%tune`` and ``%%modelfile --tune``: what they print where there is no page, and what they leave behind."""

from types import SimpleNamespace

import pytest

from ollama_magics.errors import ModelNotFound
from ollama_magics.services.tuning.tuner import Tuner

MARIO = "%%modelfile mario\n# mine\nFROM tutor\nPARAMETER temperature 0.8\nSYSTEM You are Mario."


@pytest.fixture
def mario(on_embedded):
    """Return a shell in which mario has been created."""
    on_embedded.ok(MARIO)
    return on_embedded


def test_card_and_the_way_on(mario):
    """Without a page the magic says what is stored and how to go on from Python."""
    out = mario.ok("%tune mario")
    assert "Tuned mario v" in out
    assert "temperature" in out
    assert "tuner.temperature = 0.2" in out


def test_value_is_the_tuner(mario):
    """It can be assigned, and is ``_`` otherwise."""
    mario.ok("tuner = %tune mario")
    assert isinstance(mario.names["tuner"], Tuner)
    mario.ok("%tune mario")
    assert isinstance(mario.names["_"], Tuner)


def test_tuned_from_the_next_cell(mario):
    """What the card says can be typed works."""
    mario.ok("tuner = %tune mario")
    mario.ok("tuner.system = 'You are Luigi.'; tuner.temperature = 0")
    assert mario.ok("print(tuner.ask('Who are you?'))") == "I am Luigi.\n"
    mario.ok("tuner.create()")
    assert "You are Luigi." in mario.ok("%ollama show mario --modelfile")


def test_created_and_tuned_in_one_cell(on_embedded):
    """``--tune`` comes after the create and shows both."""
    out = on_embedded.ok(MARIO.replace("mario\n", "mario --tune\n", 1))
    assert out.index("created in") < out.index("Tuned mario") if "created in" in out else "Tuned mario" in out


def test_drafts_are_not_listed(mario):
    """A draft that is being tested is in no list and completes nowhere."""
    mario.ok("tuner = %tune mario")
    mario.ok("del tuner.temperature; made = tuner.how()['model']")
    assert mario.names["made"] == "mario-draft"
    assert "mario-draft" not in mario.ok("%ollama list")
    from ollama_magics.magics.completion import candidates
    from ollama_magics.services.modelnames import ModelNames

    session = SimpleNamespace(names=ModelNames(moment_s=10))
    found = candidates(session, "%tune mar", 0, "%tune mar")
    assert found is not None
    assert found.texts == ("mario",)
    mario.ok("tuner.close()")


def test_help_names_every_option(on_embedded):
    """``--help`` explains the line and the value."""
    out = on_embedded.ok("%tune --help")
    assert "--on-each-change" in out
    assert "--host URL" in out
    assert "tuner.create()" in out


def test_unknown_model_fails_the_cell(on_embedded):
    """A name that the server does not know fails, with the near ones."""
    assert isinstance(on_embedded.fails("%tune tutr"), ModelNotFound)
