"""The build hook asks for Node only where there is none that fits, and builds only what is not up to date."""

import os
import stat

import pytest


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        ("v18.20.4\n", False),
        ("v20.18.9\n", False),
        ("v20.19.0\n", True),
        ("v21.7.3\n", False),
        ("v22.11.0\n", False),
        ("v22.12.0\n", True),
        ("v24.1.0\n", True),
        ("v26.0.0-nightly2026\n", True),
        ("", False),
        ("nonsense", False),
    ],
)
def test_versions_of_node(hook, version, accepted):
    """The builder's own range: ``^20.19.0 || >=22.12.0``."""
    assert hook.accepts(version) is accepted


@pytest.fixture
def front_end(hook, tmp_path):
    """Return a front end with one source and both results, built from it."""
    source = tmp_path / "labextension" / "src" / "widgets" / "progress.ts"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"export const a = 1;\n")
    extension = tmp_path / "ollama_magics" / "labextension"
    extension.mkdir(parents=True)
    (extension / "package.json").write_text("{}", "ascii")
    built = hook.FrontEnd(tmp_path)
    built.stamp.parent.mkdir(parents=True)
    built.stamp.write_text(built.digest(), "ascii")
    return built


@pytest.fixture
def asks(hook, tmp_path):
    """Return a function that gives the build requirements of a tree."""
    return hook.FrontEndHook(str(tmp_path), {}, None, None, "", "wheel").dependencies


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Return a folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _put_node(folder, version):
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n", "ascii")
    node.chmod(node.stat().st_mode | stat.S_IXUSR)


def test_up_to_date_results_need_nothing(front_end, asks, path):
    """Nothing of Node is asked for where nothing has to be built, as in an sdist."""
    assert front_end.is_built()
    assert asks() == []


def test_a_checkout_with_other_line_endings_is_the_same_source(front_end):
    """A Windows checkout of the same commit does not make the results stale."""
    (front_end.folder / "src" / "widgets" / "progress.ts").write_bytes(b"export const a = 1;\r\n")
    assert front_end.is_built()


@pytest.mark.parametrize("change", ["edit", "add", "rename", "remove"])
def test_any_change_of_a_source_makes_the_results_stale(front_end, hook, asks, path, change):
    """Contents and names both count, whatever the clocks of the files say."""
    source = front_end.folder / "src" / "widgets" / "progress.ts"
    if change == "edit":
        clock = source.stat()
        source.write_bytes(b"export const a = 2;\n")
        os.utime(source, ns=(clock.st_atime_ns, clock.st_mtime_ns))
    elif change == "add":
        (front_end.folder / "package.json").write_text("{}", "ascii")
    elif change == "rename":
        source.rename(source.with_name("other.ts"))
    else:
        source.unlink()
    assert not front_end.is_built()
    assert asks() == [hook.BUILDER, hook.NODE]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for node")
@pytest.mark.parametrize(("version", "needs_node"), [("v20.20.2", False), ("v18.20.4", True)])
def test_a_node_of_the_machine_is_used_if_it_fits(front_end, hook, asks, path, version, needs_node):
    """An older Node on the PATH does not count."""
    front_end.stamp.unlink()
    _put_node(path, version)
    assert asks() == ([hook.BUILDER, hook.NODE] if needs_node else [hook.BUILDER])


def test_packaged_node_comes_first_on_the_path(hook, path):
    """The build finds the Node of the build requirement before anything else."""
    first = hook.build_environ()["PATH"].split(os.pathsep)[0]
    assert first == str(hook.packaged_node())
    assert any(os.path.exists(os.path.join(first, name)) for name in ("node", "node.exe"))


def test_a_mirror_of_npm_is_used_by_yarn_too(hook, path, monkeypatch):
    """What npm is told about a registry, yarn is told; what the person told yarn stays."""
    monkeypatch.setenv("npm_config_registry", "http://localhost:4873/")
    assert hook.build_environ()["YARN_NPM_REGISTRY_SERVER"] == "http://localhost:4873"
    monkeypatch.setenv("YARN_NPM_REGISTRY_SERVER", "http://localhost:1")
    assert hook.build_environ()["YARN_NPM_REGISTRY_SERVER"] == "http://localhost:1"


def test_authorities_that_pip_was_told_of_are_trusted_by_node(hook, path, tmp_path, monkeypatch):
    """A network with a certificate authority of its own needs no setting for Node alone; a setting for Node stays."""
    bundle = tmp_path / "authorities.pem"
    bundle.write_text("", "ascii")
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.setenv("PIP_CERT", str(bundle))
    assert hook.build_environ()["NODE_EXTRA_CA_CERTS"] == str(bundle)
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "mine.pem")
    assert hook.build_environ()["NODE_EXTRA_CA_CERTS"] == "mine.pem"


def test_without_a_setting_the_systems_authorities_are_trusted(hook, monkeypatch):
    """Files that are named and not there do not count."""
    found = hook.trusted_authorities({"PIP_CERT": "/no/such/file"})
    assert found is None or os.path.isfile(found)
