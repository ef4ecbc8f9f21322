"""Arguments of magics are read from one declaration."""

from dataclasses import dataclass

import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.magics.arguments import Arguments, help_text, options_of, parse, positional, switch, value, values
from ollama_magics.magics.words import split_words


@dataclass
class Ask(Arguments):
    """Ask a model.

    More is not in the summary.
    """

    usage = "%%ask"

    name: str = positional("NAME", "the model", complete="model")
    text: str = positional("TEXT", "the question", required=False, rest=True)
    loud: bool = switch("--loud", about="speak up")
    quantize: str | None = value("-q", "--quantize", metavar="TYPE", about="the weights' type")
    count: int = value("-n", "--count", metavar="N", about="how often", convert=int, default=1)
    option: tuple[str, ...] = values("-o", "--option", metavar="NAME=VALUE", about="a parameter")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mario", {"name": "mario", "text": "", "loud": False, "count": 1, "option": ()}),
        ("--loud mario", {"name": "mario", "loud": True}),
        ("mario -q q4_K_M", {"quantize": "q4_K_M"}),
        ("--quantize=q8_0 mario", {"quantize": "q8_0", "name": "mario"}),
        ("-n 3 mario", {"count": 3}),
        ("-n -3 mario", {"count": -3}),
        ("-o a=1 -o b=2 mario", {"option": ("a=1", "b=2")}),
        ('-o stop="two words" mario', {"option": ("stop=two words",)}),
        ("mario what's  up -- so", {"text": "what's  up -- so"}),
        ('mario "what is" --loud', {"text": "what is", "loud": True}),
        ("-- --mario", {"name": "--mario"}),
        ("--help", {"help": True}),
    ],
)
def test_parse(line, expected):
    """Options may stand anywhere before the words that take the rest."""
    arguments = parse(Ask, line)
    assert {name: getattr(arguments, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("mario --quantise x", "%%ask has no option --quantise", "did you mean --quantize?"),
        ("", "%%ask needs NAME: the model", "write %%ask NAME [TEXT] [options]"),
        ("mario -q", "-q needs a value", "write -q TYPE"),
        ("mario --loud=1", "--loud takes no value, got '1'", "write --loud alone"),
        ("-n three mario", "-n cannot be 'three': invalid literal for int() with base 10: 'three'", "write -n N"),
        ('mario "a" b', "%%ask takes no further word, got 'b'", "see %%ask --help"),
        ('mario "open', 'the quote " at column 7 is not closed: "open', 'close it with "'),
    ],
)
def test_what_cannot_be_meant(line, message, hint):
    """Every mistake says what is wrong and one way to mend it; nothing but `UsageProblem` comes out."""
    with pytest.raises(UsageProblem) as caught:
        parse(Ask, line)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_help_text():
    """``--help`` lists every word and option of the declaration, itself last."""
    assert help_text(Ask).split("\n") == [
        "%%ask NAME [TEXT] [options]",
        "",
        "Ask a model.",
        "",
        "  NAME                     the model",
        "  TEXT                     the question",
        "  --loud                   speak up",
        "  -q, --quantize TYPE      the weights' type",
        "  -n, --count N            how often",
        "  -o, --option NAME=VALUE  a parameter",
        "  -h, --help               show this text",
    ]


def test_every_spelling_is_known():
    """Completion sees every spelling of every option."""
    assert list(options_of(Ask)) == ["--loud", "-q", "--quantize", "-n", "--count", "-o", "--option", "-h", "--help"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"-f C:\models\m.gguf", ["-f", r"C:\models\m.gguf"]),
        (r'"C:\my models\" x', ["C:\\my models\\", "x"]),
        ("a'b c'd", ["a'b", "c'd"]),
        ("k='v w'", ["k=v w"]),
        ("''", [""]),
        ("  ", []),
    ],
)
def test_words(line, words):
    """A backslash is a backslash, and a quote inside a word is a quote."""
    assert [word.text for word in split_words(line)] == words


def test_words_know_their_place():
    """A word's place covers its quotes."""
    line = "run  'a b'"
    assert [line[word.start : word.end] for word in split_words(line)] == ["run", "'a b'"]
