"""Hold our parser against Ollama's own on any number of generated Modelfiles, or record what it says to some.

    python tests/modelfile/compare_parsers.py ORACLE --seed 7 --count 100000            prints differences, exit status 1 if there are any
    python tests/modelfile/compare_parsers.py ORACLE --seed 1 --count 20000 --record FILE

ORACLE is a program built around Ollama's package ``parser``. It gets a folder as its argument, reads a Modelfile a line in Base64 and
writes a line of JSON for each: ``error`` (of ParseFile, or null), ``commands`` (a list of name and args), ``request`` (of CreateRequest
for the folder, as json.Marshal writes it, or empty), ``request_error``, ``text`` (of Modelfile.String); the folder's path is ``$DIR``.
A line with a full stop makes it write out what it holds back.

Besides, for every accepted Modelfile: the tree gives back the text, an edit changes only its own lines, and Ollama's text for the
commands is ours too.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from judging import Judged, digest, judged
from modelfile_generator import modelfiles

from ollama_magics.errors import UsageProblem
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.modelfile.write import ollama_string

_BATCH = 1_000


class Oracle:
    """Ollama's parser in a process of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        self._process = subprocess.Popen([program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)

    def judge(self, sources: list[bytes]) -> Iterator[dict[str, Any]]:
        """Yield what it says to each Modelfile."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for start in range(0, len(sources), 50):  # no more at once than the pipes hold
            part = sources[start : start + 50]
            self._process.stdin.write(b"".join(base64.b64encode(source) + b"\n" for source in part) + b".\n")
            self._process.stdin.flush()
            for _ in part:
                yield json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def recorded(answer: dict[str, Any]) -> Judged:
    """Return the oracle's answer as ours looks."""
    commands = tuple((name, args) for name, args in answer["commands"])
    return Judged(answer["error"], commands, answer["request"], answer["request_error"])


def faults(file: Modelfile, answer: dict[str, Any]) -> Iterator[str]:
    """Yield what else is wrong with our reading of an accepted Modelfile."""
    if "".join(node.text for node in file.nodes) != file.source_text:
        yield "the tree is not the text"
    if answer["error"] is None and ollama_string(file.verdict.commands) != answer["text"]:
        yield "Ollama writes the commands in other words"
    if file.verdict.error is None:
        yield from _edit_faults(file)


def _edit_faults(file: Modelfile) -> Iterator[str]:
    others = [node.text for node in file.instructions if node.command and node.command[0] != "system"]
    after = parse(file.text)
    try:
        after.system = 'A "new"\ntext'
    except UsageProblem as exc:
        if "no character" not in exc.message:
            yield f"the edit is refused: {exc}"
        return
    if (
        after.system != 'A "new"\ntext'
        or [node.text for node in after.instructions if node.command and node.command[0] != "system"] != others
    ):
        yield "the edit changed something else"


@contextlib.contextmanager
def _empty_folder() -> Iterator[Path]:
    """Give a folder to resolve paths in; both programs work in it, as some paths are resolved where one is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "empty"
        folder.mkdir()
        yield folder


def compare(program: str, seed: int, count: int) -> int:
    """Print every difference and return how many there are."""
    differences = done = 0
    with _empty_folder() as folder, contextlib.chdir(folder):
        oracle, sources = Oracle(program, folder), modelfiles(seed, count)
        while batch := list(islice(sources, _BATCH)):
            for source, answer in zip(batch, oracle.judge(batch), strict=True):
                file = parse(source)
                ours, theirs = judged(file, folder), recorded(answer)
                wrong = [
                    f"{name}: {mine!r} is not {its!r}" for name, mine, its in zip(Judged._fields, ours, theirs, strict=True) if mine != its
                ]
                for words in (*wrong, *faults(file, answer)):
                    differences += 1
                    print(f"{source!r}\n    {words}", flush=True)
            done += len(batch)
        oracle.close()
    print(f"{done} Modelfiles of seed {seed}, {differences} differences")
    return differences


def record(program: str, seed: int, count: int, path: Path) -> None:
    """Write the digests of what the oracle says, four bytes a Modelfile."""
    with _empty_folder() as folder:
        oracle, sources = Oracle(program, folder), modelfiles(seed, count)
        with path.open("wb") as file:
            while batch := list(islice(sources, _BATCH)):
                file.writelines(digest(recorded(answer)) for answer in oracle.judge(batch))
        oracle.close()


def main() -> int:
    """Compare or record as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("oracle", metavar="ORACLE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.record:
        record(options.oracle, options.seed, options.count, options.record)
        return 0
    return int(compare(options.oracle, options.seed, options.count) > 0)


if __name__ == "__main__":
    sys.exit(main())
