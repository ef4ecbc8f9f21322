"""The wheel and the sdist, built once, and the build hook as a module."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def hook(root: Path) -> ModuleType:
    """Return the module of the build hook."""
    spec = importlib.util.spec_from_file_location("hatch_build", root / "labextension" / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _build(root: Path, target: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the working tree."""
    return _build(root, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist; after the wheel, so that the front end is built already."""
    return _build(root, "sdist", tmp_path_factory.mktemp("sdist"))
