"""Writes the pages of this folder from the data that the checks use: ``python docs/write_docs.py``.

A test fails while a page is not what the data says. ``README.md`` and ``official-client.md`` are written by hand.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import ollama_magics
from ollama_magics.cli import VERBS
from ollama_magics.display import markdownpage
from ollama_magics.display.markdownpage import code, escaped, fenced, inline
from ollama_magics.display.segments import with_code
from ollama_magics.magics.arguments import help_text
from ollama_magics.magics.catalogue import magics
from ollama_magics.modelfile.instructions import INSTRUCTIONS
from ollama_magics.modelfile.rules import RULES
from ollama_magics.services.reference import faults, instructions, rules
from ollama_magics.services.reference.parameters import TYPES, default, now, usual
from ollama_magics.template.reference import FUNCTIONS, VARIABLES, WORDS, Entry
from ollama_magics.template.reference import SOURCE as TEMPLATE_SOURCE
from ollama_magics.wire.options import FORMER, OPTIONS
from ollama_magics.wire.options import SOURCE as OPTIONS_SOURCE

HERE = Path(__file__).parent
WRITTEN = "<!-- Written by docs/write_docs.py; changes belong into the data that it reads. -->"


def pages() -> dict[str, str]:
    """Return the text of every page that is written from data, by its path in this folder."""
    written = {
        "parameters.md": parameters(),
        "template.md": template(),
        "magics.md": magics_page(),
        "shell.md": shell(),
        "python.md": python(),
        "troubleshooting.md": troubleshooting(),
        "instructions/README.md": instruction_list(),
        "rules/README.md": rule_list(),
    }
    written |= {f"instructions/{facts.name}.md": instruction(facts.name) for facts in INSTRUCTIONS.values()}
    written |= {f"rules/{code_}.md": rule(code_) for code_ in RULES}
    return {path: f"{WRITTEN}\n\n{text.rstrip()}\n" for path, text in written.items()}


def joined(parts: Iterable[str]) -> str:
    """Return paragraphs as one page."""
    return "\n\n".join(parts)


def prose(text: str) -> str:
    """Return text of the data, with names between backticks as code."""
    return inline(with_code(text))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    heads = list(header)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Return code for a cell of a table, where a bar would end it."""
    return code(text).replace("|", "\\|")


def parameters() -> str:
    """Return the table of parameters, a section a parameter, and those of older versions."""
    overview = [
        (f"[{cell(option.name)}](#{option.name})", TYPES[option.kind].split(";")[0], default(option), usual(option), option.since)
        for option in OPTIONS.values()
    ]
    gone = [(cell(option.name), option.since, option.until, escaped(now(option))) for option in FORMER.values()]
    sections = [
        joined(
            (
                f"## {option.name}",
                f"{escaped(option.meaning)} {escaped(option.effect)}" + (" Changing it loads the model again." if option.load_time else ""),
                fenced(("FROM tutor", f"PARAMETER {option.name} {option.example}"), "modelfile"),
            )
        )
        for option in OPTIONS.values()
    ]
    return joined(
        (
            "# Parameters",
            "A `PARAMETER` line sets one for good; `-o NAME=VALUE` in a magic sets it for one question. The server checks no range.",
            table(("Name", "Type", "Default", "Usual", "Since Ollama"), overview),
            *sections,
            "## Gone",
            table(("Name", "Since", "Until", "Now"), gone),
            f"Source: {escaped(OPTIONS_SOURCE)}",
        )
    )


def instruction(name: str) -> str:
    """Return the page of an instruction, with the rules whose examples have it."""
    about = [rule for rule in RULES.values() if any(line.upper().startswith(name) for line in rule.bad.splitlines()) and name != "FROM"]
    if name == "FROM":
        about = [rule for rule in RULES.values() if rule.code.startswith("MF104") or "from" in rule.name.split("-")]
    page = markdownpage.render(instructions.page(INSTRUCTIONS[name]))
    links = [f"* [{rule.code} {rule.name}](../rules/{rule.code}.md): {prose(rule.summary)}" for rule in about]
    more = {"PARAMETER": ["[All parameters](../parameters.md)"], "TEMPLATE": ["[The template language](../template.md)"]}.get(name, [])
    return joined((page.rstrip(), *more, *(["## Rules about it", "\n".join(links)] if links else [])))


def instruction_list() -> str:
    """Return the list of instructions."""
    rows = [(f"[{facts.name}]({facts.name}.md)", cell(facts.form), prose(facts.meaning)) for facts in INSTRUCTIONS.values()]
    return joined(("# Instructions of a Modelfile", table(("Instruction", "Form", "Meaning"), rows)))


def rule(code_: str) -> str:
    """Return the page of a rule."""
    page = markdownpage.render(rules.page(RULES[code_]))
    return joined((page.rstrip(), f"[All rules](README.md) · `ollama-magics help {code_}`"))


def rule_list() -> str:
    """Return the list of rules."""
    rows = [(f"[{rule.code}]({rule.code}.md)", rule.name, rule.severity, prose(rule.summary)) for _, rule in sorted(RULES.items())]
    silence = (
        "`# ollama-magics: ignore RULE` above an instruction ignores a rule there, `# ollama-magics: ignore-file RULE` in the whole "
        "Modelfile; `select` and `ignore` below `[tool.ollama-magics.lint]` in `pyproject.toml` do for a project. An error stays: Ollama "
        "refuses the Modelfile whatever a comment says."
    )
    return joined(("# Rules", silence, table(("Rule", "Name", "Severity", "What is wrong"), rows)))


def template() -> str:
    """Return the reference of the template language."""
    intro = (
        "`TEMPLATE` says how a conversation becomes the one text that the model goes on with. Between `{{` and `}}` stands an action; "
        "`{{-` and `-}}` take the white space beside them away. A template that mentions `.Messages` is run once on all of it, "
        "any other once a turn, with `.System`, `.Prompt` and `.Response`. One that mentions neither `.Messages` nor `.Response` gets "
        "`{{ .Response }}` at its end."
    )
    chat = 'TEMPLATE """{{ range .Messages }}<{{ .Role }}>{{ .Content }}\n{{ end }}<assistant>"""'
    return joined(
        (
            *("# The template language", intro, fenced(("FROM tutor", *chat.split("\n")), "modelfile")),
            *("## Variables", _entries(VARIABLES.values(), "Value")),
            *("## Functions", _entries(FUNCTIONS.values(), "Form")),
            *("## Words of the language", _entries(WORDS.values(), "Form")),
            *("Examples are for the system text `Be kind.` and the question `Hi`.", f"Source: {escaped(TEMPLATE_SOURCE)}"),
        )
    )


def _entries(entries: Iterable[Entry], form: str) -> str:
    rows = []
    for entry in entries:
        shown = cell(entry.form) if entry.kind != "variable" else entry.form
        example = f"{cell(entry.example)} gives {cell(entry.result)}" if entry.example else ""
        rows.append((cell(entry.name), shown, prose(entry.meaning), example))
    return table(("Name", form, "Meaning", "Example"), rows)


def magics_page() -> str:
    """Return the help of every magic."""
    sections = [joined((f"## {escaped(usage)}", fenced(help_text(kind).split("\n"), "text"))) for usage, kind in magics().items()]
    intro = "`--help` on any of them prints the same; `%ollama help WORD` explains a parameter, an instruction, a rule or an error."
    return joined(("# Magics", "`%load_ext ollama_magics` brings them.", intro, *sections))


def shell() -> str:
    """Return what each verb of the command takes."""
    sections = []
    for verb, about in _verbs():
        parser = argparse.ArgumentParser(prog=f"ollama-magics {verb}")
        about.configure(parser)
        rows = [(cell(_spelling(action)), escaped(action.help or "")) for action in parser._actions if action.help != argparse.SUPPRESS]
        said = VERBS[verb][1]
        sections.append(
            joined((f"## ollama-magics {verb}", f"{said[0].upper()}{escaped(said[1:])}.", table(("Argument", "Meaning"), rows)))
        )
    return joined(("# The command ollama-magics", "`ollama-magics VERB --help` prints the same.", *sections))


def _verbs() -> Iterator[tuple[str, object]]:
    from importlib import import_module

    for verb, (module, _) in VERBS.items():
        yield verb, import_module(module)


def _spelling(action: argparse.Action) -> str:
    shown = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    name = shown if isinstance(shown, str) else " ".join(shown)
    return ", ".join(action.option_strings) + (f" {name}" if action.nargs != 0 else "") if action.option_strings else name


def python() -> str:
    """Return the public names with their first sentences, and a few lines that run."""
    rows = [(f"[{cell(f'om.{name}')}](#{name.lower()})", _first(getattr(ollama_magics, name))) for name in _public()]
    sections = [joined((f"## {name}", *_described(getattr(ollama_magics, name)))) for name in _public()]
    example = (
        *(
            "import ollama_magics as om",
            "",
            'om.create("mario", "FROM tutor\\nPARAMETER temperature 0\\nSYSTEM You are Mario, a plumber.")',
            'chat = om.Chat("mario")',
        ),
        *('print(chat.ask("Who are you?").text)', "", 'file = om.parse("FROM tutor\\nPARAMETER temperature 1\\n")'),
        *('file.parameters["temperature"] = 0.2', "print(file.text)"),
    )
    intro = "`import ollama_magics as om` gives everything that the magics do. The import costs nothing; a name is loaded when it is used."
    return joined(("# Python", intro, fenced(example, "python run"), table(("Name", "What it is"), rows), *sections))


def _public() -> list[str]:
    return [name for name in ollama_magics.__all__ if not name.startswith("_")]


def _first(thing: object) -> str:
    lines = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
    return inline(with_code(lines.replace("``", "`")))


def _described(thing: object) -> Iterator[str]:
    yield _first(thing)
    if not inspect.isclass(thing):
        yield fenced((f"{getattr(thing, '__name__', '')}({_parameters(thing)})",))
        return
    methods = [
        (cell(f"{name}({_parameters(member)})" if callable(member) else name), _first(member))
        for name, member in inspect.getmembers(thing)
        if not name.startswith("_") and inspect.getdoc(member) and (callable(member) or isinstance(member, property))
    ]
    if methods:
        yield table(("Member", "What it does"), methods)


def _parameters(function: object) -> str:
    """Return the names of the parameters, as a call is written."""
    try:
        found = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "…"
    names: list[str] = []
    for parameter in found:
        if parameter.kind is parameter.KEYWORD_ONLY and not any(name.startswith("*") for name in names):
            names.append("*")
        names.append({parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name)
    return ", ".join(name for name in names if name not in ("self", "cls"))


def troubleshooting() -> str:
    """Return every error that is known, with what to do."""
    found = list(faults.faults())
    ours = [fault for fault in found if fault.name in faults.REMEDIES]
    servers = [fault for fault in found if fault.name not in faults.REMEDIES and not fault.rules]
    parsers = [fault for fault in found if fault.rules]
    links = {fault.name: ", ".join(f"[{code_}](rules/{code_}.md)" for code_ in fault.rules) for fault in parsers}
    return joined(
        (
            *("# Errors and remedies", "`%ollama help` takes any of these words, and a server's whole sentence."),
            "## What the server says",
            table(("Its words have", "What to do"), [(cell(fault.name), prose(fault.remedies[0])) for fault in servers]),
            "## What Ollama's parser says to a Modelfile",
            "It names one mistake, often without its line. A check names all, each at its place: `ollama-magics lint`, or run the cell.",
            table(("Its words have", "What it can mean"), [(cell(name), shown) for name, shown in links.items()]),
            "## Errors of this package",
            table(
                ("Code", "When", "What to do"),
                [(cell(fault.name), prose(fault.summary), prose(" ".join(fault.remedies))) for fault in ours],
            ),
        )
    )


def write() -> list[str]:
    """Write the pages, remove those that are no more, and return what has changed."""
    wanted = pages()
    there = {file.relative_to(HERE).as_posix(): file.read_text("utf-8") for file in HERE.rglob("*.md")}
    for path in [path for path, text in there.items() if text.startswith(WRITTEN) and path not in wanted]:
        (HERE / path).unlink()
    changed = [path for path, text in wanted.items() if there.get(path) != text]
    for path in changed:
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(wanted[path], "utf-8", newline="\n")
    return changed


if __name__ == "__main__":
    print(*write() or ["every page is current"], sep="\n")
