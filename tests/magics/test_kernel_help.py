"""Completion and Shift+Tab through a real kernel, as every front end asks for them."""

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.long

CELL = "%%modelfile mario\nFROM tutor\nPARAMETER temperature 1\nTEMPLATE {{ .Sys"


@pytest.fixture(scope="module")
def kernel():
    """Return the client of a kernel of its own."""
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_kernel_explains_and_completes(kernel):
    """Both replies are ours while the extension is loaded, and IPython's own before and after."""
    at = CELL.index("temperature") + 3

    def run(cell):
        assert kernel.execute_interactive(cell, timeout=60)["content"]["status"] == "ok"

    def asked(request, *arguments):
        request(*arguments)
        return kernel.get_shell_msg(timeout=30)["content"]

    run("%load_ext ollama_magics")
    assert asked(kernel.inspect, CELL, at)["data"]["text/markdown"].startswith("### temperature")
    completed = asked(kernel.complete, CELL, len(CELL))
    assert completed["matches"] == [".System"]
    assert completed["metadata"]["_jupyter_types_experimental"][0]["type"] == "text"
    assert asked(kernel.inspect, "print", 3)["found"]
    run("%unload_ext ollama_magics")
    assert not asked(kernel.inspect, CELL, at)["found"]
    assert asked(kernel.complete, CELL, len(CELL))["matches"] != [".System"]
