"""What stands under the cursor is explained, asked as a front end asks: the whole cell and an offset."""

from types import SimpleNamespace

import pytest

from ollama_magics.display import text
from ollama_magics.magics.inspection import Inspection, document_at
from ollama_magics.services.modelnames import ModelNames, Seen

CELL = "%%modelfile mario --chat\nFROM tutor\n"


NO_SERVER = SimpleNamespace(names=ModelNames(lambda host: Seen()))
"""What pages need of the magics of a shell, where no server is known."""


def page_at(session, cell):
    """Return the page on the place that ``‸`` marks, as text; None where there is none."""
    document = document_at(session, cell.replace("‸", ""), cell.index("‸"))
    return None if document is None else text.render(document)


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("%%mode‸lfile mario", "  %%modelfile NAME [options]"),
        ("%%modelfile mario --ch‸at\nFROM tutor", "  %%modelfile NAME [options]"),
        ("models = %ollama p‸s", "  %ollama ps [options]"),
        ("%oll‸ama", "  %ollama VERB [options]"),
        ("%ollama help temp‸erature", "temperature"),
        ("%%chat mario -o top‸_k=1\nHi", "top_k"),
        (CELL + "PARA‸METER temperature 1", "PARAMETER"),
        (CELL + "para‸meter temperature 1", "PARAMETER"),
        (CELL + "PARAMETER tempera‸ture 1", "temperature"),
        (CELL + "PARAMETER temperature‸ 1", "temperature"),
        (CELL + "PARAMETER temperature 0.‸5", "temperature"),
        (CELL + "MESSAGE us‸er Hi", "MESSAGE"),
        (CELL + "RENDERER qwen‸3-coder", "RENDERER"),
        (CELL + "# ollama-magics: ignore MF8‸01\nSYSTEM Hi", "MF801 ignores-nothing warning"),
        (CELL + "TEMPLATE {{ .Sys‸tem }}", ".System"),
        (CELL + 'TEMPLATE """{{ range .Messages }}\n{{ .Con‸tent }}"""', ".Messages.Content"),
        (CELL + 'TEMPLATE """{{ range $i, $m := .Messages }}\n{{ $m.Ro‸le }}"""', ".Messages.Role"),
        (CELL + 'TEMPLATE """{{ ran‸ge .Messages }}{{ end }}"""', "range"),
        (CELL + 'TEMPLATE """{{ json‸ .Tools }}"""', "json"),
        (CELL + "TEMPLATE {{ .System }} he‸llo", "TEMPLATE"),
    ],
)
def test_pages(cell, first):
    """Each word of the language has its page, wherever in the word the cursor stands."""
    assert page_at(NO_SERVER, cell).split("\n")[0] == first


@pytest.mark.parametrize(
    "cell", ["pri‸nt", "%%time\npri‸nt", "%ti‸me", "x % li‸st", CELL + "SYSTEM You are a pri‸nt", "%%chat mario\npri‸nt", CELL + "\n‸\n"]
)
def test_nothing_of_ours(cell):
    """Python is left to IPython, and about prose there is nothing to say."""
    assert page_at(NO_SERVER, cell) is None


def test_a_model(on_embedded):
    """A model of the server in use is shown as ``%ollama show`` does; one that it does not have is not asked for."""
    session = on_embedded.shell._ollama_magics.session
    session.names.moment_s = 30
    assert page_at(session, "%%modelfile mario\nFROM tu‸tor").startswith("tutor")
    assert page_at(session, "%ollama show tu‸tor").startswith("tutor")
    assert page_at(session, "%%modelfile mario\nFROM nobo‸dy") is None


class Kernel:
    """Answers as ipykernel does, by the word alone."""

    def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
        return {"status": "ok", "found": True, "data": {"text/plain": f"python {detail_level}"}, "metadata": {}}


def test_the_kernel_asks_here_first(cells):
    """A reply has Markdown and text; what is not ours goes to the kernel as it came, and after closing everything does."""
    kernel = Kernel()
    inspection = Inspection(kernel, lambda: cells.shell._ollama_magics.session)
    cell = CELL + "PARAMETER temperature 1"
    data = kernel.do_inspect(cell, len(cell) - 4)["data"]
    assert data["text/markdown"].startswith("### temperature\n")
    assert data["text/plain"].startswith("temperature\n")
    assert kernel.do_inspect("print", 3, detail_level=1)["data"] == {"text/plain": "python 1"}
    inspection.close()
    assert vars(kernel) == {}
    assert kernel.do_inspect(cell, len(cell) - 4)["data"] == {"text/plain": "python 0"}


def test_another_extension_in_the_same_place_is_kept(cells):
    """What stood in the kernel before stands there afterwards; what came later is not taken out."""
    kernel = Kernel()
    kernel.do_inspect = first = lambda code, cursor_pos, *rest, **named: {"first": True}
    inspection = Inspection(kernel, lambda: cells.shell._ollama_magics.session)
    inspection.close()
    assert kernel.do_inspect is first
    inspection = Inspection(kernel, lambda: cells.shell._ollama_magics.session)
    kernel.do_inspect = later = lambda code, cursor_pos: {"later": True}
    inspection.close()
    assert kernel.do_inspect is later
