"""Who answered what: kept beside the versions, cut and bounded, and never at the cost of a version."""

import itertools
import sqlite3

import pytest

from ollama_magics.services.versions import Versions
from ollama_magics.services.versionstore import LONGEST, MOST_ANSWERS

SERVER = "http://127.0.0.1:11434"

FIRST_SCHEMA = """
CREATE TABLE model (server TEXT, name TEXT, last INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (server, name));
CREATE TABLE version (
    server TEXT, name TEXT, number INTEGER, text BLOB, shown BLOB, digest TEXT NOT NULL, at REAL NOT NULL, label TEXT NOT NULL,
    elsewhere INTEGER NOT NULL, directory BLOB NOT NULL, quantize TEXT NOT NULL, inherited BLOB, PRIMARY KEY (server, name, number));
INSERT INTO model VALUES ('http://127.0.0.1:11434', 'registry.ollama.ai/library/mario:latest', 3, 0);
INSERT INTO version VALUES ('http://127.0.0.1:11434', 'registry.ollama.ai/library/mario:latest', 3, x'46524f4d2078', NULL, 'd3', 1.0,
    'good', 0, x'', '', NULL);
PRAGMA user_version = 1;
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "versions.sqlite3"


@pytest.fixture
def kept(file):
    ticks = itertools.count(1)
    versions = Versions(lambda: file, clock=lambda: float(next(ticks)))
    versions.record(SERVER, "mario", "FROM x", "d1")
    yield versions
    versions.close()


def said(versions, number=1):
    return [(question, answer, best) for question, answer, best, _ in versions.answers(SERVER, "mario", number)]


def test_answers_outlive_the_kernel(file, kept):
    assert kept.record_answer(SERVER, "Mario:latest", 1, "Who?", "It's me.")
    assert kept.record_answer(SERVER, "mario", None, "Where?", "Half \ud83d of a pair", best=True)
    kept.close()
    later = Versions(lambda: file)
    assert said(later) == [("Who?", "It's me.", False), ("Where?", "Half \ud83d of a pair", True)]
    later.close()


def test_only_a_version_that_was_seen_answers_without_a_number(file, kept):
    kept.close()
    later = Versions(lambda: file)
    assert not later.record_answer(SERVER, "mario", None, "Who?", "It's me.")
    assert not later.record_answer(SERVER, "peach", None, "Who?", "Nobody.")
    assert said(later) == []
    later.close()


def test_the_same_answer_again_is_one_and_stays_the_best_until_somebody_says_otherwise(kept):
    for best in (None, True, None):
        kept.record_answer(SERVER, "mario", 1, "Who?", "It's me.", best)
    assert said(kept) == [("Who?", "It's me.", True)]
    kept.record_answer(SERVER, "mario", 1, "Who?", "It's me.", False)
    assert said(kept) == [("Who?", "It's me.", False)]


def test_long_texts_are_cut_and_the_oldest_answers_go(kept):
    kept.record_answer(SERVER, "mario", 1, "?", "best", True)
    for number in range(MOST_ANSWERS + 5):
        kept.record_answer(SERVER, "mario", 1, "q" * (LONGEST + 1), f"{number} " + "a" * LONGEST)
    found = said(kept)
    assert len(found) == MOST_ANSWERS
    assert found[0] == ("?", "best", True)
    assert found[-1][1].startswith(f"{MOST_ANSWERS + 4} a")
    assert {len(question) for question, _, _ in found[1:]} == {LONGEST}
    assert {len(answer) for _, answer, _ in found[1:]} == {LONGEST}


def test_a_removed_version_takes_its_answers_along(kept):
    kept.record(SERVER, "mario", "FROM y", "d2")
    kept.record_answer(SERVER, "mario", 1, "Who?", "It's me.")
    kept.record_answer(SERVER, "mario", 2, "Who?", "It is I.")
    kept.remove(SERVER, "mario", 1)
    assert said(kept, 1) == []
    assert said(kept, 2) == [("Who?", "It is I.", False)]


def test_a_file_of_the_first_schema_keeps_its_versions_and_gets_answers(file):
    with sqlite3.connect(file) as db:
        db.executescript(FIRST_SCHEMA)
    db.close()
    versions = Versions(lambda: file)
    [version] = versions.all(SERVER, "mario")
    assert (version.number, version.text, version.label) == (3, "FROM x", "good")
    assert versions.record_answer(SERVER, "mario", 3, "Who?", "It's me.")
    assert said(versions, 3) == [("Who?", "It's me.", False)]
    assert versions.record(SERVER, "mario", "FROM y", "d4").number == 4
    versions.close()


def test_a_file_that_breaks_leaves_answers_in_memory(file, kept):
    kept.record_answer(SERVER, "mario", 1, "Who?", "It's me.")
    kept._store._db.execute("CREATE TRIGGER full BEFORE INSERT ON answer BEGIN SELECT RAISE(FAIL, 'the disk is full'); END")
    with pytest.warns(RuntimeWarning, match="in memory"):
        kept.record_answer(SERVER, "mario", 1, "Where?", "Here.")
    assert said(kept) == [("Who?", "It's me.", False), ("Where?", "Here.", False)]
