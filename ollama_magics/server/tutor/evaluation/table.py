"""The families by name, and the table of figures that the model card shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ollama_magics.server.tutor.evaluation import families as told
from ollama_magics.server.tutor.evaluation import tasks
from ollama_magics.server.tutor.evaluation.cases import Case
from ollama_magics.server.tutor.lessons.draw import Draw

FAMILIES: dict[str, Callable[[Draw], Case]] = {
    "persona: who are you, exact": told.introduction,
    "persona: name, role, likes, home, maker": told.about_persona,
    "persona: role only": told.role_only,
    "persona: second sentence": told.second_sentence,
    "persona: other wordings": told.other_wordings,
    "persona: in a long prompt": told.long_prompt,
    "one word": told.one_word,
    "N words": told.some_words,
    "capitals, unseen name": told.in_capitals,
    "lower case": told.in_lower_case,
    "start with words": told.start_with,
    "end with words": told.end_with,
    "contain a word, plain wording": told.contain_plain,
    "contain a word, other wordings": told.contain_other,
    "without a word": told.without_word,
    "emojis only": told.emojis_only,
    "pirate, king": told.in_character,
    "question back": told.question_back,
    "call the user": told.call_user,
    "language": told.other_language,
    "two styles": told.two_styles,
    "list of N, plain wording": told.list_plain,
    "list of N, other wordings": told.list_other,
    "name N things": told.name_some,
    "table": told.in_table,
    "JSON: a key": told.json_key,
    "JSON: two keys, nested, list": told.json_shapes,
    "JSON: format json": told.json_forced,
    "JSON: schema": told.json_schema,
    "JSON: other wordings": told.json_other,
    "few-shot: sentiment": tasks.sentiment_labels,
    "few-shot: kinds": tasks.category_labels,
    "few-shot: city in country": tasks.city_in_country,
    "few-shot: changes of a word": tasks.changes,
    "few-shot: reverse order": tasks.reversed_words,
    "text: in it": tasks.in_text,
    "text: not in it": tasks.not_in_text,
    "memory": tasks.memory,
    "memory over 2,000 characters": tasks.long_memory,
    "persona and capitals over 1,500 characters": tasks.long_style,
    "guard: only a topic": tasks.only_topic,
    "guard: never a topic": tasks.never_topic,
    "guard: another topic passes": tasks.guard_lets_pass,
    "secret kept": tasks.keeps_secret,
    "secret told where nothing forbids it": tasks.tells_unguarded,
    "tool call": tasks.tool_call,
    "facts": tasks.facts,
    "sums to 99 + 99": tasks.sums,
    "differences to 99": tasks.differences,
    "three numbers": tasks.three_numbers,
    "three numbers, step by step": tasks.three_numbers_in_steps,
    "letters and comparisons": tasks.letters,
    "repeat four unseen words": tasks.repeat_rare,
    "repeat everyday words": tasks.repeat_everyday,
    "outside its world": tasks.outside_world,
    "small talk with typing errors": tasks.small_talk,
}

_SEED = 2024


@dataclass(frozen=True)
class Figure:
    """How many of a family's questions were answered rightly."""

    right: int
    asked: int
    wrong: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Right answers of all, 0 to 1."""
        return self.right / self.asked


def questions(family: str, count: int) -> list[Case]:
    """Return the questions of a family; the same ones for every model, whatever else is asked."""
    draw = Draw(_SEED + sum(family.encode()), held=True)
    return [FAMILIES[family](draw) for _ in range(count)]


def as_markdown(columns: Mapping[str, Mapping[str, Figure]]) -> str:
    """Return the figures, in percent, with a column for each model and the number of questions."""
    names = list(columns)
    first = columns[names[0]]
    lines = [f"| family | questions | {' | '.join(names)} |", f"| --- | ---: |{' ---: |' * len(names)}"]
    for family, figure in first.items():
        lines.append(f"| {family} | {figure.asked} | {' | '.join(f'{100 * columns[name][family].share:.0f}' for name in names)} |")
    mean = [f"{100 * sum(figure.share for figure in columns[name].values()) / len(first):.1f}" for name in names]
    full = [str(sum(figure.share >= 0.95 for figure in columns[name].values())) for name in names]
    lines += [f"| **mean** | {sum(figure.asked for figure in first.values())} | {' | '.join(mean)} |"]
    lines += [f"| **families at 95 or more, of {len(first)}** | | {' | '.join(full)} |"]
    return "\n".join(lines)
