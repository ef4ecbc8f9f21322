"""``python -m ollama_magics.server.tutor``: train, export and evaluate the teaching model.

Training and exporting need the extra ``train``; the evaluation needs what the embedded server needs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ollama_magics.server.tutor.plan import Plan

_BUNDLED = Path(__file__).with_name("tutor.gguf")
_FOLDER = Path("tutor-run")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it worked."""
    parser = argparse.ArgumentParser(
        prog="python -m ollama_magics.server.tutor", description="Train, export and evaluate the teaching model."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    _add_train(verbs.add_parser("train", help="train, or go on training, in a folder"))
    export = verbs.add_parser("export", help="write the checkpoint of a folder as GGUF")
    export.add_argument("folder", type=Path, nargs="?", default=_FOLDER, help="where the training lies (default: tutor-run)")
    export.add_argument("target", type=Path, nargs="?", default=_BUNDLED, help="the file to write (default: the bundled one)")
    evaluate = verbs.add_parser("evaluate", help="ask a model the held-out questions and print the table of the model card")
    evaluate.add_argument("models", type=Path, nargs="*", default=[_BUNDLED], help="GGUF files, a column each (default: the bundled one)")
    evaluate.add_argument("--questions", type=int, default=25, help="questions of each family (default: 25)")
    evaluate.add_argument("--family", action="append", help="only families with this in their name; may be given again")
    evaluate.add_argument("--quiet", action="store_true", help="print the table only, not the wrong answers")
    chosen = parser.parse_args(arguments)
    return {"train": _train, "export": _export, "evaluate": _evaluate}[chosen.verb](chosen)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", default=_FOLDER, help="where the training lies (default: tutor-run)")
    add, plan = parser.add_argument, Plan()
    add("--steps", type=int, default=plan.steps, help=f"steps in all, those already done included (default: {plan.steps})")
    add("--seed", type=int, default=plan.seed, help=f"decides every batch (default: {plan.seed})")
    add(
        "--long-every",
        type=int,
        default=plan.long_every,
        help=f"every how many steps one has long rows, 0 for never (default: {plan.long_every})",
    )
    add("--falling", type=float, default=plan.falling, help=f"share of the steps in which the rate falls (default: {plan.falling})")
    parser.add_argument("--eager", action="store_true", help="do not compile the network first")


def _train(chosen: argparse.Namespace) -> int:
    try:
        from ollama_magics.server.tutor.trainer import Training
    except ModuleNotFoundError as exc:
        return _without(exc)
    plan = Plan(steps=chosen.steps, seed=chosen.seed, long_every=chosen.long_every, falling=chosen.falling)
    Training(chosen.folder, plan).run(compiled=not chosen.eager)
    return 0


def _export(chosen: argparse.Namespace) -> int:
    try:
        from ollama_magics.server.tutor.export import export
    except ModuleNotFoundError as exc:
        return _without(exc)
    size = export(chosen.folder / "checkpoint.pt", chosen.target)
    print(f"{chosen.target}: {size:,} bytes")
    return 0


def _evaluate(chosen: argparse.Namespace) -> int:
    from ollama_magics.server.tutor.evaluation.asking import measured
    from ollama_magics.server.tutor.evaluation.table import FAMILIES, as_markdown

    families = [family for family in FAMILIES if not chosen.family or any(part in family for part in chosen.family)]
    say = (lambda line: None) if chosen.quiet else print
    print(as_markdown({model.stem: measured(model, families, chosen.questions, say) for model in chosen.models}))
    return 0


def _without(exc: ModuleNotFoundError) -> int:
    print(f"{exc.name} is not installed; python -m pip install 'ollama-magics[train]' brings it", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
