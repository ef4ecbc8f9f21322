"""The promises of the tests' own conftest: nothing skipped in CI, no network, no settings of the person."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

SKIPS = """
import pytest

def test_skips_itself():
    pytest.skip("no browser")

@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    assert False
"""

LOOKS_ROUND = """
import os

def test_environ():
    assert "OLLAMA_HOST" not in os.environ
    assert "precious" not in os.environ["OLLAMA_MODELS"]
"""


def _pytest(root, folder, **settings):
    """Run pytest in a folder of its own, with our conftest in it."""
    shutil.copy(root / "tests" / "conftest.py", folder)
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **settings}
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("setting", "summary"), [("1", "1 failed, 1 xfailed"), ("0", "1 skipped, 1 xfailed")])
def test_a_skip_fails_where_nothing_may_be_skipped(root, tmp_path, setting, summary):
    """With ``OLLAMA_MAGICS_NO_SKIP=1`` a test that skips itself has failed; an expected failure stays what it is."""
    (tmp_path / "test_skips.py").write_text(SKIPS, "utf-8")
    assert summary in _pytest(root, tmp_path, OLLAMA_MAGICS_NO_SKIP=setting).stdout


def test_a_file_that_skips_itself_fails_where_nothing_may_be_skipped(root, tmp_path):
    """A module-level skip is seen too."""
    (tmp_path / "test_missing.py").write_text('import pytest\npytest.importorskip("no_such_module")\n', "utf-8")
    done = _pytest(root, tmp_path, OLLAMA_MAGICS_NO_SKIP="1")
    assert done.returncode != 0
    assert "skipped where nothing may be skipped" in done.stdout


def test_no_other_machine_can_be_reached():
    """A connection to another machine is refused before a packet leaves (192.0.2.0/24 is reserved for documentation)."""
    with socket.socket() as connection:
        connection.settimeout(0.01)
        with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
            connection.connect(("192.0.2.1", 80))


def test_settings_of_the_person_are_gone(root, tmp_path):
    """A test sees no ``OLLAMA_HOST`` of the shell that started pytest, and not its models."""
    (tmp_path / "test_environ.py").write_text(LOOKS_ROUND, "utf-8")
    assert "1 passed" in _pytest(root, tmp_path, OLLAMA_HOST="http://192.0.2.1", OLLAMA_MODELS=str(tmp_path / "precious")).stdout
