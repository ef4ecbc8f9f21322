"""The browser's reading of a Modelfile is the Python one: tables, values, ends of quotes."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import parse
from ollama_magics.modelfile.nodes import Instruction
from ollama_magics.modelfile.printable import is_printable
from ollama_magics.wire.options import OPTIONS, format_parameter

VALUES = (
    *("0", "1", "-1", "+5", "007", "1.5", "1.", ".5", ".", "", "-", "many", "1e3", "1E-3", "1e", "1e40", "3.4028236e38", "-1e400", "1_000"),
    *("_1", "1_", "1__0", "0x1p-2", "0x1", "0X_1p4", "0x1p999", "0x.p1", "nan", "NaN", "-nan", "inf", "-Infinity", "infinit", "٣", "1 2"),
    *("true", "True", "TRUE", "tRUE", "t", "F", "yes", "on", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("-9223372036854775809", "000000000000000000000000000001", "99999999999999999999", " 1", "1\u00a0", "0b1", "1f", "${x}"),
)


def test_tables_of_the_browser_are_those_of_python(root: Path) -> None:
    """The committed TypeScript module is what the script writes."""
    spec = importlib.util.spec_from_file_location("write_tables", root / "labextension" / "write_tables.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.TABLES.read_text("utf-8") == script.tables(), "run python labextension/write_tables.py"


def test_browser_reads_as_python_does(root: Path, node: str, tmp_path: Path) -> None:
    """The TypeScript modules pass their own tests, and read the recorded Modelfiles as the Python parser reads them."""
    labextension = root / "labextension"
    subprocess.run([node, "build_widgets.mjs", "--modules", str(tmp_path)], cwd=labextension, check=True, timeout=60)
    stories = tmp_path / "stories.json"
    stories.write_text(json.dumps({"texts": texts(root), "values": values(), "edges": edges()}), "utf-8")
    environ = {**os.environ, "MODULES": str(tmp_path), "LABEXTENSION": str(labextension), "STORIES": str(stories)}
    tests = str(Path(__file__).with_name("language.test.mjs"))
    done = subprocess.run([node, "--test", tests], env=environ, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def texts(root: Path) -> list[dict]:
    """Return recorded Modelfiles, line ends as an editor has them, and what the Python parser reads up to the first fault."""
    sys.path.insert(0, str(root / "tests" / "modelfile"))
    from modelfile_corpus import records

    told = []
    for record in [*records("cases"), *records("random")[:3000]]:
        if not isinstance(record.get("text"), str) or "\x00" in record["text"]:
            continue
        text = re.sub("\r\n?", "\n", record["text"])
        read, whole = [], True
        for node in parse(text).nodes:
            if isinstance(node, Instruction):
                if node.faults:
                    whole = False
                    break
                read.append([node.name, node.argument and node.argument.text, node.value.text])
        told.append({"text": text, "whole": whole, "expected": read})
    return told


def values() -> list[tuple[str, str, bool]]:
    """Return kind, text and whether a parameter of that kind takes the text."""
    names = {option.kind: option.name for option in OPTIONS.values()}
    return [(kind, text, taken(name, text)) for kind, name in names.items() for text in VALUES]


def taken(name: str, text: str) -> bool:
    try:
        format_parameter(name, [text])
    except UsageProblem:
        return False
    return True


def edges() -> list[int]:
    """Return the code points at which kept characters begin or end."""
    flags = [is_printable(chr(code)) for code in range(0x110000)]
    return [code for code, flag in enumerate(flags) if flag != (flags[code - 1] if code else False)]
