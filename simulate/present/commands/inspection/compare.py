"""``recovery-cea compare``: two folders of results, to the bit or within errors; and which record moved them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from simulate.present.commands import flags
from simulate.present.terms.exit_codes import DONE, FAILED

Old = Annotated[
    Path,
    typer.Argument(metavar="OLD", help="A folder written by `recovery-cea run`; or numbers: TOML, workbook, folder."),
]
New = Annotated[Path, typer.Argument(metavar="NEW", help="Another, of the same problem.")]
Why = Annotated[bool, typer.Option("--why", help="Which changed record moved the decision; simulates each by itself.")]
Of = Annotated[
    str | None,
    typer.Option("--problem", metavar="ID|FILE", help="What numbers are of, where neither is a run's folder."),
]
Draws = Annotated[int | None, typer.Option(metavar="N", min=1, help="With --why. [default: the later run's, or 1024]")]
People = Annotated[int | None, typer.Option(metavar="N", min=2, help="With --why. [default: the later run's, or 1000]")]
Shapley = Annotated[bool, typer.Option("--shapley", help="With --why: every subset of up to six changed records.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="With --why: folder. [default: runs/ID-moved]")]

EXAMPLES = (
    "compare runs/one runs/other",
    "compare runs/one runs/other --why",
    "compare before.toml after.toml --problem safewards --out runs/moved",
)


def compare_command(
    old: Old,
    new: New,
    why: Why = False,
    problem: Of = None,
    setting: flags.Setting = None,
    wtp: flags.Wtp = None,
    draws: Draws = None,
    people: People = None,
    shapley: Shapley = False,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Two folders of results: the same to the bit, within their Monte Carlo errors, or different (exit code 1).

    With --why, and of numbers: which changed record moved the decision; exit code 1 where another strategy is best.
    """
    from simulate.analyse.comparison.sides import is_run

    there = old.exists() and new.exists() and not (is_run(old) and is_run(new))
    asked = {"setting": setting, "threshold": wtp, "draws": draws, "people": people}
    if why or problem is not None or (there and _is_numbers(old, new)):
        _why(old, new, problem, {**asked, "shapley": shapley, "threads": threads}, (out, overwrite), as_json)
    _refuse_idle({**asked, "shapley": shapley or None, "out": out, "overwrite": overwrite or None})
    _compare(old, new, as_json)


def _is_numbers(one: Path, other: Path) -> bool:
    """Whether either is a file or folder of numbers and no folder of results."""
    from simulate.analyse.comparison.sides import NUMBERS, is_run

    def numbers(path: Path) -> bool:
        if path.is_file():
            return path.suffix in NUMBERS
        return not is_run(path) and (any(p.suffix in NUMBERS for p in path.iterdir()) or (path / "parameters").is_dir())

    return numbers(one) or numbers(other)


def _compare(one: Path, other: Path, as_json: bool) -> None:
    from simulate.analyse.comparison.verdict import BEYOND, compare
    from simulate.present.faces.looks.compare import face
    from simulate.present.terminal.outcome import print_outcome

    found = compare(one, other)
    flags.note_model(one)
    flags.note_model(other)
    print_outcome(face(found), as_json=as_json)
    raise typer.Exit(FAILED if found.verdict == BEYOND else DONE)


def _refuse_idle(given: dict[str, Any]) -> None:
    """``ModelError`` for options that nothing reads where nothing is simulated."""
    from models.contract import ModelError
    from parameters.ground.spoken import option

    if idle := [option(name) for name, value in given.items() if value is not None]:
        raise ModelError(f"{', '.join(idle)}: nothing is simulated, and nothing written; allowed: with --why")


def _refuse_side(folder: Path, sides: tuple[Path, Path]) -> None:
    """``ModelError`` where results would take the place of what is compared."""
    from models.contract import ModelError
    from parameters.ground.spoken import option

    if any(folder.resolve() == side.resolve() for side in sides):
        told = f"{option('folder', str(folder))}: is one of the two that are compared"
        raise ModelError(f"{told}; allowed: another {option('folder')}")


def _why(
    one: Path,
    other: Path,
    problem: str | None,
    given: dict[str, Any],
    to: tuple[Path | None, bool],
    as_json: bool,
) -> None:
    """Run what changed, write and print it; ends the command."""
    from parameters.mistakes import Mistakes
    from simulate.analyse.comparison.moved import moved
    from simulate.analyse.comparison.sides import problem_of
    from simulate.present.faces.looks.moved import KIND, face
    from simulate.present.folder.output import claim, refuse_foreign_folder
    from simulate.present.terminal.progress import progress_bar

    mistakes = Mistakes()
    model = None if problem is None else flags.model_of(problem)
    name = problem_of(one, other, model)
    place = flags.place_of(name, to[0], "-moved", overwrite=to[1])
    with mistakes.among():
        _refuse_side(place.folder, (one, other))
        refuse_foreign_folder(place, KIND)
    mistakes.tell()
    claim(place, KIND)
    for path in (one, other):
        flags.note_model(path)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = moved(one, other, model, progress=tell, **given)
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json)
    raise typer.Exit(DONE if found.same_decision else FAILED)
