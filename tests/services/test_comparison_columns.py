"""What a person names becomes columns, or one sentence on why it cannot."""

import pytest

from ollama_magics.errors import UsageProblem
from ollama_magics.services.comparisoncolumns import MOST_COLUMNS, columns_of
from ollama_magics.services.comparisonplan import MOST_ANSWERS, plan, prompts_of


def labels(*words, **more):
    return [column.label for column in columns_of(words, **more)]


def test_models_and_versions():
    """Models are called as they are, versions by their number or name."""
    assert labels("mario", "luigi:big") == ["mario", "luigi:big"]
    assert labels("mario@1", "mario@v12", "mario@two sentences") == ["mario v1", "mario v12", "mario@two sentences"]
    (first, *_) = columns_of(["mario@v12", "luigi"])
    assert (first.model, first.version) == ("mario", "v12")


def test_parameters_are_combined():
    """Every combination is a column; a parameter with one value is the same everywhere and no part of the label."""
    columns = columns_of(["mario", "temperature=0,1.5", "top_k=1,40", "num_predict=20"])
    assert [column.label for column in columns] == [
        "temperature 0, top_k 1",
        "temperature 0, top_k 40",
        "temperature 1.5, top_k 1",
        "temperature 1.5, top_k 40",
    ]
    assert columns[3].options == {"temperature": 1.5, "top_k": 40, "num_predict": 20}
    assert columns[3].about == "num_predict 20"


def test_models_and_parameters_are_combined():
    """Two models and two values are four columns, each with both in its label."""
    assert labels("mario", "luigi", "seed=1,2") == ["mario, seed 1", "mario, seed 2", "luigi, seed 1", "luigi, seed 2"]


def test_values_from_python():
    """A mapping gives the same columns as words."""
    assert labels("mario", parameters={"temperature": [0, 0.8], "stop": "###"}) == labels("mario", "temperature=0,0.8", "stop=###")


def test_system_texts():
    """One text is compared with the model's own SYSTEM, several with each other."""
    assert labels("mario", systems=["Be brief."]) == ["its own SYSTEM", "“Be brief.”"]
    assert [column.system for column in columns_of(["mario"], systems=["a", "b"])] == ["a", "b"]
    assert len(labels("mario", systems=["word " * 100, "b"])[0]) < 60


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ([], "there is no model to compare", "write %%compare"),
        (["temperature=0,1"], "there is no model to compare", "temperature=0,0.8,1.5"),
        (["mario"], "there is only one column, mario", "mario@1"),
        (["mario@2", "temperature=0"], "there is only one column", "mario@1"),
        (["mario", "mario"], "mario is named twice", "--repeat"),
        (["mario", "temprature=0,1"], "there is no parameter temprature", "did you mean temperature?"),
        (["mario", "temperature=0,hot"], "temperature cannot be 'hot'", "for instance temperature="),
        (["mario", "top_k=1,2.5"], "top_k cannot be '2.5'", "for instance top_k="),
        (["mario", "temperature=0,,1"], "temperature has an empty value", "write temperature="),
        (["mario", "temperature=0,0.0"], "temperature has the value 0 twice", "--repeat"),
        (["mario", "seed=1,2,3,4,5", "top_k=1,2,3"], f"these are 15 columns, at most {MOST_COLUMNS} fit", "fewer"),
    ],
)
def test_what_cannot_be(words, message, hint):
    """Each mistake is named with its remedy."""
    with pytest.raises(UsageProblem) as caught:
        columns_of(words)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_prompts():
    """Paragraphs are prompts, whatever stands on the empty lines between them."""
    assert prompts_of("\n\none\n  \t\ntwo\nlines\r\n\r\nthree\n\n") == ("one", "two\nlines", "three")
    assert prompts_of("  \n\n") == ()
    assert prompts_of("def f():\n\n    pass\n---  \nsecond") == ("def f():\n\n    pass", "second")


@pytest.mark.parametrize("prompts", ["", " \n\n", [], ["  "]])
def test_no_prompts(prompts):
    """Nothing to ask is said with how to write it."""
    with pytest.raises(UsageProblem, match="there is nothing to ask"):
        plan(["a", "b"], prompts)


def test_too_many_answers():
    """The limit is said with the numbers that passed it."""
    with pytest.raises(UsageProblem, match=f"150 prompts, 3 seeds and 2 columns make 900 answers; at most {MOST_ANSWERS} fit"):
        plan(["a", "b"], ["x"] * 150, repeat=3)
    with pytest.raises(UsageProblem, match="0 times"):
        plan(["a", "b"], ["x"], repeat=0)


def test_seeds_of_rows():
    """Each prompt has a row for each seed, the same one in all columns."""
    comparison = plan(["a", "b"], ["x", "y"], seed=3, repeat=2)
    assert [[(cell.prompt, cell.seed) for cell in row] for row in comparison.cells] == [
        [("x", 3)] * 2, [("x", 4)] * 2, [("y", 3)] * 2, [("y", 4)] * 2,
    ]  # fmt: skip
