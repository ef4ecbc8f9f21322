"""Every notebook runs from top to bottom on the built-in server, and reads well without a kernel."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

# A live panel that goes on after its cell; and what our JupyterLab extension makes buttons of, which needs no kernel to be read.
WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"
PANEL_TYPE = "application/vnd.ollama-magics.panel+json"

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
            # JupyterLab does not store the state of widgets unless it is told to.
            client = NotebookClient(
                notebook, timeout=60, store_widget_state=False, coalesce_streams=True, resources={"metadata": {"path": str(path.parent)}}
            )
            done[path] = client.execute(env={**os.environ, "OLLAMA_HOST": embedded})
        return done[path]

    return execute


@pytest.mark.parametrize("notebook", _names())
def test_saved_outputs_need_no_kernel(notebook, executed):
    """What a magic leaves is HTML with plain text beside it: no stream of bits and pieces, a widget only where a panel goes on."""
    for cell in executed(notebook).cells:
        shown = [output for output in cell.get("outputs", ()) if output.output_type != "error"]
        if cell.source.startswith("%%"):
            kinds = [set(output.data) - {WIDGET_TYPE, PANEL_TYPE} for output in shown]
            assert kinds == [{"text/html", "text/plain"}], cell.source
            assert cell.source.startswith("%%compare") or all(WIDGET_TYPE not in output.data for output in shown), cell.source
        for output in shown:
            data = output.get("data", {"text/plain": output.get("text")})
            assert data["text/plain"].strip()
            assert "widget" not in data["text/plain"].casefold()


@pytest.mark.parametrize("notebook", _names())
def test_exported_page_reads_well(notebook, executed):
    """nbconvert's page holds the answers, no script, no missing widget and no traceback."""
    exporter = HTMLExporter(template_name="basic")
    page, _ = exporter.from_notebook_node(executed(notebook))
    lower = page.casefold()
    assert [wrong for wrong in ("model not found", "error creating widget", "&lt;widget", "<script", "traceback") if wrong in lower] == []
    for cell in executed(notebook).cells:
        if cell.source.startswith("%%chat"):
            answer = cell.outputs[0].data["text/plain"].splitlines()[1].strip()
            assert answer in page


@pytest.mark.parametrize("notebook", _names())
def test_repository_holds_the_outputs(notebook):
    """The file itself is saved as it was run, so that it reads well where nothing can be run."""
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if not cell.outputs and not cell.source.startswith(("%load_ext", "import"))] == []
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
