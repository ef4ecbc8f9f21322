"""Mutate Modelfiles and look whether anything but a verdict comes out.

    python tests/modelfile/fuzz_modelfile.py --minutes 60 --seed 1

What is mutated is the recorded corpus, and whatever a mutation made that broke rules in a combination not seen before. Prints every
input for which `faults_of` finds something, and at the end how many there were; the exit status is 1 if there were any.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from modelfile_corpus import create_is_refused, records, sources
from modelfile_generator import Mutator

from ollama_magics.cli.reports import FORMATS, Checked
from ollama_magics.cli.sources import Source
from ollama_magics.display import html, text
from ollama_magics.display.cards import problems_card
from ollama_magics.display.visible import one_line
from ollama_magics.errors import OllamaMagicsError
from ollama_magics.modelfile import Modelfile, parse
from ollama_magics.modelfile.fixing import fixed
from ollama_magics.modelfile.format import formatted
from ollama_magics.modelfile.request import create_request

_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey, or what would turn a line round."""

_TAG = re.compile(r"<(/?)([a-zA-Z!][^\s>/]*)([^>]*)>")
_OWN_TAGS = frozenset(["table", "tr", "td", "th", "p", "b", "code", "span", "pre", "details", "summary", "br", "ins", "del"])
_OWN_ATTRIBUTES = re.compile(r'(?: style="[^"<>]*")?')


def faults_of(source: str | bytes, folder: Path) -> list[str]:
    """Return what is wrong with our handling of a Modelfile whose folder is empty; never raises for a mistake of the Modelfile."""
    return [*_faults(source, folder)]


def _faults(source: str | bytes, folder: Path) -> Iterator[str]:
    file = parse(source, folder=folder)
    if "".join(node.text for node in file.nodes) != file.source_text:
        yield "the tree is not the text"
    if file.ok == create_is_refused(file.verdict):
        yield "the problems say otherwise than the verdict"
    if file.mended is not None and not parse(file.mended, folder=folder).ok:
        yield "what is mended has mistakes"
    try:
        mended, _ = fixed(file)
        mended.problems  # noqa: B018 - computed when it is first asked for
        layout = formatted(file)
        if parse(layout).verdict.commands != file.verdict.commands:
            yield "formatting changed a value"
        if formatted(parse(layout)) != layout:
            yield "formatting again changes it again"
        create_request(file, folder, hash_file=lambda path: "")
    except OllamaMagicsError as exc:
        if _ACTIVE.search(one_line(str(exc))):
            yield f"the words of an error act: {exc!s:.200}"
    yield from acting(file)


def acting(file: Modelfile) -> Iterator[str]:
    """Yield the outputs about a Modelfile that hold what a terminal would obey or a page would run."""
    card = problems_card(file, "mario")
    if _ACTIVE.search(text.render(card)):
        yield "the card's text acts in a terminal"
    for slash, tag, attributes in _TAG.findall(html.render(card)):
        if tag not in _OWN_TAGS or not _OWN_ATTRIBUTES.fullmatch(attributes) or (slash and attributes):
            yield f"the card's HTML has <{tag}{attributes[:80]}>"
    checked = [Checked(Source("Modelfile", Path(), file), file.problems)]
    for name in ("text", "github"):
        if _ACTIVE.search(FORMATS[name](checked)):
            yield f"the {name} report acts in a terminal"
    if FORMATS["github"](checked).count("\n") != len(file.problems):
        yield "an annotation has several lines, so its words could be a command"
    for name in ("json", "sarif"):
        report = FORMATS[name](checked)
        json.loads(report)
        if not report.isascii():
            yield f"the {name} report is not ASCII"


class Fuzzer:
    """Mutates what is in its pool; what breaks rules in a new combination goes into it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.mutator = Mutator(self.rng)
        self.pool = [source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass") for name in ("cases", "random")
                     for record in records(name) for source in sources(record)[-1:]]  # fmt: skip
        self.seen: set[frozenset[str]] = set()

    def next(self) -> bytes:
        """Return a Modelfile that nobody has written."""
        data = self.mutator.damage(self.rng.choice(self.pool), self.rng.choice(self.pool))
        if self.rng.random() < 0.05:
            at = self.rng.randint(0, len(data))
            data = data[:at] + self.rng.randbytes(self.rng.randint(1, 6)) + data[at:]
        return data[:20_000]

    def learn(self, data: bytes) -> None:
        """Keep a Modelfile whose problems come together for the first time."""
        file = parse(data)
        codes = frozenset([problem.code for problem in file.problems] + [node.name for node in file.instructions])
        if codes not in self.seen:
            self.seen.add(codes)
            self.pool.append(data)


def main() -> int:
    """Fuzz for as long as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    fuzzer, until, count, found = Fuzzer(options.seed), time.monotonic() + 60 * options.minutes, 0, 0
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < until:
            data = fuzzer.next()
            try:
                faults = faults_of(data, Path(name))
                fuzzer.learn(data)
            except Exception as exc:  # whatever it is, it is what we look for
                faults = [f"{type(exc).__name__}: {exc}"]
            count += 1
            for fault in faults:
                found += 1
                print(f"{data!r}\n    {fault}", flush=True)
    print(f"{count} Modelfiles of seed {options.seed}, {found} faults, {len(fuzzer.seen)} combinations of rules")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
