"""The state of the tuner's panel, as its view reads it.

Everything that is said or decided is decided here, in the kernel; the view draws it and sends requests. Offsets count UTF-16 code units.
Requests, each with one reply (``null`` where nothing else is said):

======================  ================================  ==========================================================================
``cell``                ``{source: str | null}``          the person's cell, read when the view opens; null where there is none
``system``              ``{text, how}``                   the system prompt as typed; ``how`` is explained below
``fix_system``          ``{index}``                       make the edit that ``system.problems[index].fix_label`` names
``example``             ``{id, role?, text?, how}``       change a row
``add_example``         ``{after: id | null}``            a user row and an assistant row; returns the id of the first
``move_example``        ``{id, to}``                      ``to`` is its new index
``remove_example``      ``{id}``                          returns the id of the row to focus next, or null
``param``               ``{name, value, how}``            ``value`` as typed, or a JSON value
``reset``               ``{name}``                        one step back; ``name`` may be ``system`` or ``examples`` too
``new_seed``            ``{}``                            another seed, tried at once
``answer_again``        ``{}``                            answer the last message again now
``answer_again_when``   ``{when}``                        ``pause``, ``enter`` or ``button``
``mode``                ``{mode}``                        ``try`` or ``create``
``create``              ``{}``                            store what is tried as the next version
``discard``             ``{}``                            back to what is stored
``write_back``          ``{source, force?: "both"}``      returns WrittenBack or Conflict; ``source`` null: a cell of its own
``text``                ``{}``                            returns ``{text}``, the whole Modelfile as it is tried
``restore``             ``{version}``                     create again as it was in a version
``look``                ``{}``                            see whether the model changed elsewhere; the view asks when it is seen again
``alert``               ``{}``                            the alert was read: take it away
``chat.*``              as the thread's                   below the key ``chat``
======================  ================================  ==========================================================================

``how`` says what the person was doing, and so when a change is settled: ``typing`` (600 ms after the last one), ``drag`` (never: the
slider is held), ``release`` (250 ms later), ``enter`` (now). The kernel holds the clock; the view sends each change as it comes, at
most ten a second. A parameter that reloads the model waits for ``enter`` whatever the wish.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

State = Literal["unset", "inherited", "set", "same", "tried"]
How = Literal["typing", "drag", "release", "enter"]
Mode = Literal["try", "create"]
When = Literal["pause", "enter", "button"]
Span = tuple[int, int]


class Action(TypedDict):
    """A button: its label, and the request it sends."""

    label: str
    method: str
    params: dict[str, Any]


class Alert(TypedDict):
    """Something that has to be read before going on; ``detail`` is a server's own words, or empty."""

    text: str
    detail: str
    actions: list[Action]


class Problem(TypedDict):
    """A place of the system prompt that the Modelfile text would lose, or cannot hold.

    Attributes:
        start: offset of the marked text.
        end: offset behind it.
        line: from 1.
        name: what stands in the mark, for instance ``NBSP``.
        text: one sentence.
        fix_label: what the button says; empty where no fix is certain.
        fix: what would stand there instead.
    """

    start: int
    end: int
    line: int
    name: str
    text: str
    fix_label: str
    fix: str


class System(TypedDict):
    """The system prompt.

    Attributes:
        text: as typed; the view that typed it has it already.
        stored: what the stored model has, its base's if it has none of its own.
        state: as of a parameter; ``inherited`` text is the base's, and editing it sets one.
        state_words: ``tried``, ``from llama3.2``, ``not set`` or empty.
        tokens: how many, None where nothing can tell.
        stored_tokens: those of ``stored``.
        tokens_words: ``33 tokens, was 26`` or ``about 33 tokens``.
        about: whether the count is an estimate.
        problems: in the order of the text.
        problem_words: one sentence on all of them, empty without one.
        changed: spans of ``text`` that are not in ``stored``.
        can_reset: whether there is a step back, and ``reset_label`` what it does.
    """

    text: str
    stored: str
    state: State
    state_words: str
    tokens: int | None
    stored_tokens: int | None
    tokens_words: str
    about: bool
    problems: list[Problem]
    problem_words: str
    changed: list[Span]
    can_reset: bool
    reset_label: str


class Example(TypedDict):
    """One MESSAGE; ``id`` stays while it is edited and moved. ``problem`` says why it is not used, empty when it is."""

    id: str
    role: Literal["system", "user", "assistant"]
    text: str
    state: Literal["set", "tried", "inherited"]
    problem: str


class Examples(TypedDict):
    """All MESSAGE lines; ``words`` is ``1 pair, about 22 tokens``."""

    tokens: int | None
    words: str
    rows: list[Example]
    can_reset: bool
    reset_label: str


class Param(TypedDict):
    """One parameter, in a place that does not change.

    Attributes:
        name: as in PARAMETER.
        kind: which control: ``float`` and ``int`` have a slider if ``scale`` is not None, else a field; ``bool`` a switch; ``list`` tags;
            ``seed`` a field and dice; ``text`` an option that this package does not know, which is shown and kept.
        scale: how the slider's way maps to values: ``linear``, or ``log2`` (equal steps double).
        low: the slider's left end; typed values may lie beyond.
        high: its right end.
        step: of a linear slider, and of arrow keys; of ``log2`` in doublings.
        ticks: value and label of each mark below the slider.
        ends: words below its two halves, or two empty ones.
        state: how it stands.
        state_words: the same as read, for instance ``tried, stored 0.8`` or ``from llama3.2``.
        value: what is in effect in a try; a list for ``list``; None where the server decides.
        text: the same as the field shows it; what the person typed as long as it is ``problem``.
        value_words: what a special value means, for instance ``no limit``; also the words of a None.
        stored: what the stored model has, None if it sets nothing.
        inherited: what the base gives, None if nothing.
        default: the server's, None if it decides by itself.
        default_words: for instance ``default 0.8`` or ``default by the server's memory``.
        was: where the ghost stands: the stored value in effect while something else is tried, else None.
        meaning: one sentence.
        effect: one sentence: what more or less does.
        tip: more on its state, empty if there is none.
        often: whether it is shown without searching.
        reloads: whether a change loads the model again; then it waits for Enter, and ``waits`` says that it does now.
        can_reset: whether there is a step back, and ``reset_label`` what it does.
        problem: one sentence on what is typed and not used, else empty.
    """

    name: str
    kind: Literal["float", "int", "bool", "list", "seed", "text"]
    scale: Literal["linear", "log2"] | None
    low: float
    high: float
    step: float
    ticks: list[tuple[float, str]]
    ends: tuple[str, str]
    state: State
    state_words: str
    value: Any
    text: str
    value_words: str
    stored: Any
    inherited: Any
    default: Any
    default_words: str
    was: float | None
    meaning: str
    effect: str
    tip: str
    often: bool
    reloads: bool
    waits: bool
    can_reset: bool
    reset_label: str
    problem: str


class Line(TypedDict):
    """One line of the Modelfile tab; ``…`` stands for many that are the same, ``text`` says how many.

    Attributes:
        number: in the text it belongs to; 0 for ``…``.
        sign: a blank, ``-``, ``+`` or ``…``.
        text: without its line end.
        marks: the words that differ.
    """

    number: int
    sign: Literal[" ", "-", "+", "…"]
    text: str
    marks: list[Span]


class ModelfileTab(TypedDict):
    """The text with its change marked; ``words`` is ``+2 −2`` or empty."""

    lines: list[Line]
    words: str
    note: str


class VersionRow(TypedDict):
    """One version; the newest stands first. ``at`` is local time as read; only those with ``can_restore`` can be restored."""

    version: int
    label: str
    words: str
    at: str
    on_server: bool
    can_restore: bool


class Words(TypedDict):
    """What heads, buttons and hints say.

    Attributes:
        dirty: ``2 changes not stored``, empty when nothing is tried.
        dirty_short: the same for a narrow panel.
        create: the primary button, for instance ``Create v4``.
        write_back: for instance ``Write back to my cell``.
        discard: empty when there is nothing to discard.
        foot: one sentence on the mode.
        hint: below the composer.
        find: in the search field.
        waits: for instance ``num_ctx reloads the model: press Enter``, else empty.
    """

    dirty: str
    dirty_short: str
    create: str
    write_back: str
    discard: str
    foot: str
    hint: str
    find: str
    waits: str


class TunerState(TypedDict):
    """The whole state.

    Attributes:
        model: its name.
        version: ``v3``; empty where no version is known.
        next_version: ``v4``.
        server: what the server is called.
        teaching: whether it is the teaching model or built on it.
        testing: what answers now: ``v3``, ``v3 with 2 changes`` or ``a draft``.
        drafted: whether a draft model is tested: the head says ``Testing a draft``.
        changes: how many places differ from what is stored.
        can_create: whether the button does something now.
        mode: where a settled change goes.
        answer_again: when it is answered.
        busy: what is under way.
        alert: what has to be read.
        elsewhere: one sentence when another panel tunes this model, else empty.
        has_cell: whether there is a cell to write back to; else the text is put into a new one.
        chat: the thread.
    """

    model: str
    version: str
    next_version: str
    server: str
    teaching: bool
    testing: str
    drafted: bool
    changes: int
    can_create: bool
    mode: Mode
    answer_again: When
    busy: Literal["", "creating", "answering"]
    alert: Alert | None
    elsewhere: str
    has_cell: bool
    words: Words
    system: System
    examples: Examples
    params: list[Param]
    modelfile: ModelfileTab
    history: list[VersionRow]
    chat: dict[str, Any]


class WrittenBack(TypedDict):
    """The cell's new text; ``merged`` says that the cell had changed meanwhile and both edits are in it."""

    source: str
    merged: bool


class Conflict(TypedDict):
    """The cell has changed: what a merge would do, before anything is done.

    Attributes:
        title: ``Your cell has changed since v3``.
        words: one sentence for each place, with code in backquotes.
        theirs: the cell's text.
        merged: what ``force: "both"`` would write.
        actions: the buttons, the first is primary; ``show_cell`` and ``cancel`` are the view's own.
    """

    title: str
    words: list[str]
    theirs: str
    merged: str
    actions: list[Action]
