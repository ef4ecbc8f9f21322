import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ollama_magics.services.servers import servers


@pytest.fixture(scope="session")
def bare_shell(tmp_path_factory):
    """Return a real IPython shell without our extension."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.ipython_dir = str(tmp_path_factory.mktemp("ipython"))
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)


class Cells:
    """Runs cells in a shell and gives back what each printed."""

    def __init__(self, shell, capsys):
        self.shell = shell
        self.capsys = capsys
        self.out = ""
        self.result = None

    def run(self, cell):
        """Run a cell; return whether it succeeded."""
        self.capsys.readouterr()
        self.result = self.shell.run_cell(cell, store_history=True)
        self.out = self.capsys.readouterr().out
        return self.result.success

    def ok(self, cell):
        """Run a cell that has to succeed and return what it printed."""
        assert self.run(cell), self.out
        return self.out

    def fails(self, cell):
        """Run a cell that has to fail and return the error."""
        assert not self.run(cell), self.out
        return self.result.error_in_exec

    def next_cell(self):
        """Return what was put into the next cell."""
        text, self.shell.rl_next_input = self.shell.rl_next_input, None
        return text

    @property
    def names(self):
        return self.shell.user_ns


@pytest.fixture
def cells(bare_shell, capsys, monkeypatch):
    """Return a shell with the extension loaded and nothing else in it."""
    bare_shell.reset(new_session=True)
    bare_shell.rl_next_input = None
    assert bare_shell.extension_manager.load_extension("ollama_magics") in (None, "already loaded")
    yield Cells(bare_shell, capsys)
    bare_shell.extension_manager.unload_extension("ollama_magics")
    servers().set_default_host(None)
    servers().forget()


@pytest.fixture
def on_embedded(cells, embedded):
    """Return the shell with the built-in server of the test run as its default."""
    servers().set_default_host(embedded)
    return cells
