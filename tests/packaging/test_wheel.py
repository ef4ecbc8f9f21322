"""What the wheel holds, and what works where nothing but the wheel of ours is installed."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import ollama_magics

DATA = f"ollama_magics-{ollama_magics.__version__}.data/data"
LAB = f"{DATA}/share/jupyter/labextensions/ollama-magics"


@pytest.fixture(scope="module")
def names(wheel):
    """Return the names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_file_of_the_package(names, root):
    """Modules, tables, the small model, the type marker are in the wheel, and neither tests nor sources of the front end are."""
    package = root / "ollama_magics"
    files = {file.relative_to(root).as_posix() for file in package.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
    assert {file for file in files if not file.startswith("ollama_magics/labextension/")} - names == set()
    assert not any(re.match(r"tests/|labextension/|.*__pycache__", name) for name in names)


def test_wheel_holds_what_was_built(names, root):
    """The widgets' views lie in the package, the JupyterLab extension where JupyterLab looks, each source map or licence file with it."""
    built = root / "ollama_magics"
    views = {f"ollama_magics/widgets/static/{file.name}" for file in (built / "widgets" / "static").iterdir()}
    assert {"ollama_magics/widgets/static/sources.sha256"} < views <= names
    extension = {
        f"{LAB}/{file.relative_to(built / 'labextension').as_posix()}" for file in (built / "labextension").rglob("*") if file.is_file()
    }
    assert extension <= names
    assert {f"{LAB}/package.json", f"{LAB}/install.json", f"{LAB}/static/style.js"} <= names


def test_wheel_enables_the_server_extension_and_brings_the_notebooks(names, root):
    """Jupyter Server finds its configuration file, `ollama-magics demo --lab` its notebooks."""
    assert f"{DATA}/etc/jupyter/jupyter_server_config.d/ollama_magics.json" in names
    assert {f"ollama_magics/notebooks/{file.name}" for file in (root / "notebooks").glob("*.ipynb")} <= names


def test_sdist_can_be_installed_without_building_the_front_end(sdist, hook, tmp_path):
    """The sdist carries what was built and the sources it was built from, and the hook sees that they belong together."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert hook.FrontEnd(unpacked).is_built()
    assert (unpacked / "notebooks").is_dir()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the folder of a new environment with the wheel in it; what the wheel needs is borrowed from this environment."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = _script(folder, "python")
    libraries = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True
    )
    # A path file adds one folder and reads no path files in it, so an editable install of ours stays out.
    Path(libraries.stdout.strip(), "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True)
    return folder


def _script(folder, name):
    return str(folder / ("Scripts" if os.name == "nt" else "bin") / (f"{name}.exe" if os.name == "nt" else name))


def _run(installed, *command):
    """Run a command of the environment, from a folder where the sources are not, and return what it printed."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"} and not name.startswith("JUPYTER")
    }
    lab = Path(sys.prefix, "share", "jupyter", "lab")
    environ = {**kept, "JUPYTERLAB_DIR": str(lab), "HOME": str(installed.parent), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=installed.parent, env=environ, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_jupyterlab_lists_the_extension_as_enabled(installed):
    """``jupyter labextension list`` says enabled and OK, and that pip takes it away again."""
    said = _run(installed, _script(installed, "python"), "-c", "from jupyterlab.labextensions import main; main()", "list")
    line = next(line for line in said.splitlines() if "ollama-magics" in line)
    assert re.search(rf"ollama-magics v{re.escape(ollama_magics.__version__)}\s.*enabled.*OK.*\(python, ollama-magics\)", line)


def test_jupyter_server_lists_the_extension_as_enabled(installed):
    """``jupyter server extension list`` validates it."""
    said = _run(installed, _script(installed, "python"), "-c", "from jupyter_server.extension.serverextension import main; main()", "list")
    assert re.search(r"ollama_magics\.lab.*enabled", said)
    assert re.search(r"ollama_magics\.lab \S*\s*.*OK", said)


def test_the_command_is_installed(installed):
    """``ollama-magics`` is on the PATH of the environment and comes from the wheel."""
    assert "demo" in _run(installed, _script(installed, "ollama-magics"), "--help")
    where = _run(installed, _script(installed, "python"), "-c", "import ollama_magics; print(ollama_magics.__file__)")
    assert Path(where.strip()).is_relative_to(installed)


def test_magics_load_from_the_wheel(installed):
    """``%load_ext`` works in an IPython of the environment."""
    code = (
        "from IPython.testing.globalipapp import start_ipython; shell = start_ipython(); shell.run_line_magic('load_ext', 'ollama_magics');"
    )
    code += "import json; print(json.dumps(sorted(shell.magics_manager.lsmagic()['cell'])))"
    loaded = json.loads(_run(installed, _script(installed, "python"), "-c", code).splitlines()[-1])
    assert {"modelfile", "chat"} <= set(loaded)
