"""Every notebook runs from top to bottom on the built-in server, and reads well without a kernel."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture
def server(embedded, monkeypatch):
    """Make the built-in server of this run the one that kernels find."""
    monkeypatch.setenv("OLLAMA_HOST", embedded)


def _names():
    return [pytest.param(path, id=path.stem) for path in NOTEBOOKS]


def test_there_is_a_first_notebook():
    """The notebook that README names is there."""
    assert "01-first-model" in [path.stem for path in NOTEBOOKS]


@pytest.mark.parametrize("notebook", _names())
def test_notebook_runs_as_plain_text(notebook, server, tmp_path):
    """nbval: each cell runs, and cells marked for it print what the notebook has saved."""
    environ = {**os.environ, "OLLAMA_MAGICS_UI": "plain"}
    options = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=60", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    command = [sys.executable, "-m", "pytest", "-q", *options, str(notebook)]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def executed(embedded):
    """Return a function that runs a notebook with live widgets, as JupyterLab's kernel would, once each."""
    done = {}

    def execute(path):
        if path not in done:
            notebook = nbformat.read(path, as_version=4)
            client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(path.parent)}})
            done[path] = client.execute(env={**os.environ, "OLLAMA_HOST": embedded})
        return done[path]

    return execute


@pytest.mark.parametrize("notebook", _names())
def test_saved_outputs_need_no_kernel(notebook, executed):
    """What is saved has plain text and HTML beside it, and never only a widget."""
    shown = [output for cell in executed(notebook).cells for output in cell.get("outputs", ())]
    assert any(output.output_type in ("display_data", "execute_result") for output in shown)
    for output in shown:
        data = output.get("data", {})
        assert "application/vnd.jupyter.widget-view+json" not in data
        assert "<Widget" not in data.get("text/plain", "")
        assert "text/html" not in data or data["text/plain"].strip()


@pytest.mark.parametrize("notebook", _names())
def test_exported_page_reads_well(notebook, executed):
    """nbconvert's page holds no script of an output, no missing widget, and what was said."""
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(executed(notebook))
    for wrong in ("model not found", "Error creating widget", "&lt;Widget", "<script"):
        assert wrong not in re.sub(r"<script[^>]*mathjax.*?</script>", "", page, flags=re.DOTALL | re.IGNORECASE)
    assert "Traceback" not in page
    assert "pirate" in page or notebook.stem != "01-first-model"
