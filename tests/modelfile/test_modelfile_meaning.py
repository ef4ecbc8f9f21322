"""Rules about what a Modelfile that Ollama reads is going to do: bases, templates, conversations, numbers, keys, encodings."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_magics.modelfile import Problem, parse
from ollama_magics.modelfile.fixing import fixed


def found(text: str | bytes, folder: Path | None = None) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in parse(text, folder=folder).problems]


def marked(text: str, code: str) -> list[str]:
    return [text[problem.start : problem.end] for problem in parse(text).problems if problem.code == code]


def only(text: str, code: str) -> Problem:
    (problem,) = [problem for problem in parse(text).problems if problem.code == code]
    return problem


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("FROM a\nFROM b\nFROM c\n", [("MF107", 1), ("MF107", 2)]),
        ("FROM ./model.gguf\nFROM ./projector.gguf\n", []),
        ("FROM model.GGUF\nFROM .\nFROM ~/x\n", []),
        ("FROM ./a.gguf\nFROM b\nFROM c\n", [("MF108", 1), ("MF107", 2)]),
        ("FROM a\nPARAMETER model b\n", [("MF107", 1), ("MF309", 2)]),
    ],
)
def test_bases_by_their_looks(text: str, codes: list[tuple[str, int]]) -> None:
    assert found(text) == codes


def test_bases_that_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "llama3").mkdir()
    (tmp_path / "a.gguf").write_text("", "utf-8")
    assert found("FROM llama3", tmp_path) == [("MF109", 1)]
    assert found("FROM ./llama3\n", tmp_path) == []
    assert found("FROM llama3:latest\n", tmp_path) == []
    assert found("FROM a.gguf\n", tmp_path) == []
    assert found("FROM a.gguf\nFROM b\n", tmp_path) == [("MF108", 1)]
    assert found("FROM missing.gguf\nFROM b\n", tmp_path) == [("MF107", 1)]
    file = parse('FROM "llama3"\n# ollama-magics: ignore MF109\n', folder=tmp_path)
    assert fixed(file)[0].text == 'FROM "./llama3"\n# ollama-magics: ignore MF109\n'
    file.system = "hi"
    assert (file.folder, file.problems[0].code) == (tmp_path, "MF109")


@pytest.mark.parametrize(
    ("text", "code", "spans", "words"),
    [
        ("TEMPLATE {{ .Prompt", "MF901", ["{{ .Prompt"], "unclosed action"),
        ('TEMPLATE """a\n  {{ if }}x{{ end }}\n{{ .Prompt }}"""', "MF901", ["{{ if }}x{{ end }}"], "missing value for if"),
        ('TEMPLATE """{{ .Prompt }}\n{{ $nobody }}"""', "MF901", ["$nobody"], "undefined variable"),
        ('TEMPLATE """{{ .Prompt }}\r\n{{ end }}\r\n"""', "MF901", ["{{ end }}"], "unexpected {{end}}"),
        ('TEMPLATE """a\u00a0\n{{ end }}"""', "MF901", ['"""a\u00a0\n{{ end }}"""'], "unexpected {{end}}"),
        ("TEMPLATE {{ .Prompt | shout }}", "MF902", ["shout"], 'function "shout" not defined'),
        ("TEMPLATE hello", "MF903", ["TEMPLATE"], "neither .Prompt nor .Messages"),
        ("template {{ .System }}", "MF903", ["template"], "neither .Prompt nor .Messages"),
        ("PARAMETER template {{ .System }}", "MF903", ["PARAMETER template"], "neither"),
        ("TEMPLATE {{ .Prompt }}\nSYSTEM hi", "MF904", ["SYSTEM"], "TEMPLATE in line 2 never shows"),
    ],
)
def test_templates(text: str, code: str, spans: list[str], words: str) -> None:
    text = f"FROM a\n{text}\n"
    assert marked(text, code) == spans
    assert words in only(text, code).message


@pytest.mark.parametrize(
    "text",
    [
        "TEMPLATE {{ range .Messages }}{{ .Content }}{{ end }}\nSYSTEM hi",
        "TEMPLATE {{ (index .Messages 0).Content }}\nSYSTEM hi",
        "TEMPLATE {{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}\nSYSTEM hi",
        'TEMPLATE ""\nSYSTEM hi',
        'TEMPLATE {{ .Prompt }}\nSYSTEM ""',
        "SYSTEM hi",
    ],
)
def test_templates_that_show_everything(text: str) -> None:
    assert found(f"FROM a\n{text}\n") == []


def test_only_the_template_that_counts_is_looked_at() -> None:
    assert found("FROM a\nTEMPLATE {{ end }}\nTEMPLATE {{ .Prompt }}\n") == [("MF701", 2)]
    assert not parse("FROM a\nTEMPLATE {{ .Prompt }}\nTEMPLATE {{ end }}\n").ok


@pytest.mark.parametrize(
    ("roles", "codes"),
    [
        ("user assistant user assistant", []),
        ("system user assistant", []),
        ("assistant user", [("MF406", 2)]),
        ("user user", [("MF406", 3)]),
        ("user system user assistant assistant assistant user", [("MF406", 4), ("MF406", 6)]),
    ],
)
def test_turns(roles: str, codes: list[tuple[str, int]]) -> None:
    assert found("FROM a\n" + "".join(f"MESSAGE {role} x\n" for role in roles.split())) == codes


def test_stops_in_answers() -> None:
    text = "FROM a\nPARAMETER stop ###\nMESSAGE user ### x\nMESSAGE assistant a ### b\n"
    assert marked(text, "MF408") == ["###"]
    assert only(text, "MF408").line == 4


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["temperature 2.5"], ["MF311"]),
        (["temperature 2.5", "temperature 1"], ["MF701"]),
        (["top_p -0.1", "num_ctx 16", "seed -5"], ["MF311", "MF311"]),
        (["temperature 0", "seed 1"], []),
        (["temperature 0.0", "top_k 1", "min_p 0.1"], ["MF312", "MF312"]),
        (["temperature 1", "top_k 1"], []),
        (["num_ctx 2048", "num_predict 2048"], []),
        (["num_predict 4096", "num_ctx 2048", "num_keep 3000"], ["MF313", "MF313"]),
        (["seed 999999"], []),
        (["seed -1000000"], ["MF314"]),
        (["num_ctx 1000000"], ["MF314"]),
        (["temperature 1e30"], ["MF311"]),
        (["temperature nan"], ["MF302"]),
    ],
)
def test_numbers(lines: list[str], codes: list[str]) -> None:
    text = "FROM a\n" + "".join(f"PARAMETER {line}\n" for line in lines)
    assert [code for code, _ in found(text)] == codes


@pytest.mark.parametrize(
    ("stops", "lines"),
    [
        (["User", "User:"], [3]),
        (["User:", "User", "U"], [2, 3]),
        (["a", "a"], [3]),
        (["</s>", "x</s>", "<"], [2]),
        (["a", "b", ""], []),
    ],
)
def test_stops_behind_stops(stops: list[str], lines: list[int]) -> None:
    text = "FROM a\n" + "".join(f'PARAMETER stop "{stop}"\n' for stop in stops)
    assert found(text) == [("MF315", line) for line in lines]


KEYS = {
    "OpenAI": "sk-proj-" + "a1B2" * 8,
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitLab": "glpat-" + "a1B2" * 5,
    "Hugging Face": "hf_" + "aB" * 17,
    "AWS": "AKIA" + "A1B2" * 4,
    "Google": "AIza" + "a1B2_" * 7,
    "Slack": "xoxb-" + "1234567890-ab",
    "private key": "-----BEGIN RSA PRIVATE KEY-----",
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_found_and_never_repeated(name: str) -> None:
    text = f'FROM a\nMESSAGE user """use\n{KEYS[name]} please"""\n'
    assert marked(text, "MF504") == [KEYS[name]]
    problem = only(text, "MF504")
    assert name in problem.message
    assert KEYS[name] not in f"{problem.message} {problem.help} {problem.note}"


@pytest.mark.parametrize("text", ["sk-short", "task-" + "a" * 30, "a-sk-" + "a" * 30, "ghosts", "hf_", "the AIza river"])
def test_words_that_are_no_keys(text: str) -> None:
    assert found(f"FROM a\nSYSTEM {text}\n") == []


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ('SYSTEM "one\\n\\ntwo"', 'SYSTEM """one\n\ntwo"""'),
        ("SYSTEM one\\nTwo\\t\\n3", 'SYSTEM """one\nTwo\t\n3"""'),
        ('MESSAGE user say \\"hi\\"', 'MESSAGE user say "hi"'),
        ('TEMPLATE {{ .Prompt }}\\n{{ "\\n" }}', 'TEMPLATE """{{ .Prompt }}\n{{ "\\n" }}"""'),
    ],
)
def test_escapes(written: str, mended: str) -> None:
    assert fixed(parse(f"FROM a\n{written}\n"))[0].text == f"FROM a\n{mended}\n"


@pytest.mark.parametrize(
    "text",
    ['"""say \\n"""', '"a\n\\n b"', "C:\\new\\tools", "a \\ b", '{{ printf "%s\\n" .Prompt }}'],
    ids=["quoted", "lines", "path", "alone", "go"],
)
def test_backslashes_that_are_meant(text: str) -> None:
    kind = "TEMPLATE" if "{{" in text else "SYSTEM"
    assert found(f"FROM a\n{kind} {text}\n") == []


def test_escapes_beside_what_is_none_have_no_certain_fix() -> None:
    assert only("FROM a\nSYSTEM One\\nTwo $\\nabla$\n", "MF207").fix is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["FROM a\nSYSTEM hi\n", "# my model\r\nFROM a\r\n", "from a"])
def test_utf_16_without_a_mark_is_one_problem(encoding: str, text: str) -> None:
    raw = text.encode(encoding)
    for source in (raw, raw.decode("latin-1")):
        file = parse(source)
        assert [(problem.code, problem.severity) for problem in file.problems] == [("MF503", "error")]
        assert fixed(file)[0].source_text == text
        assert fixed(file)[0].ok
    beyond = parse((text + "SYSTEM 漢é\n").encode(encoding))
    assert [problem.code for problem in beyond.problems] == ["MF503"]


@pytest.mark.parametrize("text", ["FROM a\0b\n", "SYSTEM \0\0\0\0\n", "\0", "F\0", "\0\0\0\0\0\0"])
def test_nul_characters_are_not_utf_16(text: str) -> None:
    assert "MF503" not in [code for code, _ in found(text)]


def test_line_numbers_that_ollama_counts_twice_are_explained() -> None:
    assert parse("FROM a\r\nSYTEM x").error_note.startswith("Ollama counts each CRLF as two line ends")
    assert parse("FROM a\nSYTEM x").error_note == parse("FROM a\r\nSYSTEM x").error_note == ""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('FROM a\nSYSTEM """say "hi""""\n', []),  # a quoted word at the end is how a text ends
        ('FROM a\nSYSTEM """hi"""""\n', ["MF208"]),
        ("FROM a\nREQUIRES 0.3\nRENDERER qwen3-coder\n", ["MF602"]),
        ("FROM a\nREQUIRES 0.14\nRENDERER qwen3-coder\nPARAMETER min_p 0.1\n", []),
        ("FROM a\nREQUIRES v0.30.0-rc1\nDRAFT x\n", []),
        ("FROM a\nPARAMETER stop <|user|>\nPARAMETER stop User\nTEMPLATE <|user|>{{ .Prompt }}\n", []),
        ("FROM a\nPARAMETER stop [/IN\nTEMPLATE [INST]{{ .Prompt }}[/INST]\n", ["MF316"]),
    ],
)
def test_quotes_markers_and_versions_that_contradict(text: str, codes: list[str]) -> None:
    assert [problem.code for problem in parse(text).problems] == codes
