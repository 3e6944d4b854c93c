"""Arguments and flags that several commands share, and their reading; importing nothing heavy."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.terms.reading import has_sign, meant, series
from simulate.present.terms.surroundings import be_quiet

if TYPE_CHECKING:
    from parameters import Problem as InputProblem
    from parameters.mistakes import Mistakes
    from simulate.ask.case import Case
    from simulate.ask.own.model import OwnModel
    from simulate.present.folder.place import Place
    from simulate.present.terms.face import Face

Problem = Annotated[
    str,
    typer.Argument(
        metavar="ID|FILE", help="Decision problem, see `recovery-cea list`; or a Python file, which is run."
    ),
]
Setting = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Population, follow-up and evidence. [default: the first, the base case]"),
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter; repeatable.")]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--parameters", metavar="FILE", help="TOML records that replace ours, or an Excel workbook of them; repeatable."
    ),
]
Wtp = Annotated[
    float | None,
    typer.Option(metavar="MONEY", min=0, help="Willingness to pay a unit of effect. [default: one of the setting's]"),
]
WtpGrid = Annotated[
    str | None,
    typer.Option(metavar="LOW:HIGH:STEP", help="Willingness to pay of curves and tables; or A,B,C. [default: ours]"),
]
Draws = Annotated[int, typer.Option(metavar="N", min=1, help="Parameter draws; powers of two are best.")]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="The same seed gives the same numbers, on any threads.")]
Threads = Annotated[int | None, typer.Option(min=1, metavar="N", help="Threads. [default: all processors]")]


def _keep_nothing(off: bool) -> None:
    from simulate.engine.keeping.workplace import choose, choose_usual

    choose(None) if off else choose_usual()


def _keep_in(folder: Path | None) -> None:
    from models.contract import ModelError
    from simulate.engine.keeping.workplace import choose

    if folder is None:
        return
    if "--no-store" in sys.argv:
        raise ModelError(f"--store {folder}: nothing is kept with --no-store; allowed: one of the two")
    choose(store_folder(folder))


def store_folder(folder: Path) -> Path:
    """The folder that ``--store`` names; ``ModelError`` for none, a file, or a home that a shell did not fill in."""
    from models.contract import ModelError

    allowed = "allowed: a folder, which need not be there yet"
    if not folder.parts:  # "", of a variable that is not set
        raise ModelError(f"--store: names the current folder, or nothing; {allowed}")
    if folder.parts[0].startswith("~"):
        raise ModelError(f"--store {folder}: a shell fills in ~ only where it is not quoted; {allowed}")
    if folder.exists() and not folder.is_dir():
        raise ModelError(f"--store {folder}: is a file; {allowed}")
    return folder


NoStore = Annotated[
    bool,
    typer.Option(
        "--no-store",
        help="Solve and simulate again what earlier runs found, and keep nothing.",
        callback=_keep_nothing,
        is_eager=True,
        expose_value=False,
    ),
]
StoreIn = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Keep what is found in this folder, and look for it there.",
        callback=_keep_in,
        expose_value=False,
    ),
]
Fixed = Annotated[bool, typer.Option("--fixed", help="One draw, every parameter at its published estimate.")]
Method = Annotated[str, typer.Option(metavar="sobol|random", help="How draws are made: sobol in eight replicates.")]
Rng = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Random numbers: splitmix64; philox4x32-10, a second opinion; sobol-owen, people spread evenly.",
    ),
]
Predictive = Annotated[bool, typer.Option("--predictive", help="For one place: what places differ by is drawn too.")]
Implementation = Annotated[
    float, typer.Option(metavar="SHARE", help="Of those offered a service, for whom it is really made: 0 to 1.")
]
Exact = Annotated[
    bool, typer.Option("--exact", help="Expected values by renewal equations: nobody is simulated, no noise of people.")
]
Cohort = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV of people: id, weight, characteristics, start levels.")
]
Perspective = Annotated[str | None, typer.Option(metavar="NAME", help="Of the problem's. [default: the setting's]")]
Effect = Annotated[str | None, typer.Option(metavar="NAME", help="Of the problem's. [default: the setting's]")]
People = Annotated[int, typer.Option(metavar="N", min=2, help="People a draw.")]
SummaryAsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Figures = Annotated[
    str, typer.Option(metavar="main|all|none", help="The two that tell most, all of them, or none: they take a while.")
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        help="No progress and no text: only errors, notes, and what --json prints.",
        callback=be_quiet,
        is_eager=True,
        expose_value=False,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace another answer of ours there; files of others are kept.")
]


def ages(text: str | None) -> tuple[float, ...]:
    """``A,B,C`` as numbers; what they may be is checked with the other options."""
    from models.contract import ModelError
    from parameters.mistakes import short

    found = () if text is None else None if ":" in text else series(text)
    if found is None:
        raise ModelError(f"--ages: {short(text)}; allowed: ages in years with commas between, such as 18,35,65")
    return found


def asked_at(age: str | None, occupancy: str | None) -> dict[str, tuple[float, ...]]:
    """Ages and times, of which either may be told wrongly."""
    from parameters.mistakes import Mistakes

    mistakes, found = Mistakes(), dict[str, tuple[float, ...]]()
    with mistakes.among():
        found["ages"] = ages(age)
    with mistakes.among():
        found["occupancy"] = times(occupancy)
    mistakes.tell()
    return found


def times(text: str | None) -> tuple[float, ...]:
    """``A,B,C`` or ``FROM:TO:STEP`` as numbers; what they may be is checked with the other options."""
    from models.contract import ModelError
    from parameters.mistakes import short

    found = () if text is None else series(text)
    if found is None:
        allowed = "years with commas between, such as 0.5,1,2, or from:to:step, 0:10:0.5"
        raise ModelError(f"--occupancy: {short(text)}; allowed: {allowed}")
    return found


def share(text: str | None, *, until_mcse: str | None, exact: bool) -> tuple[int, int] | None:
    """``K/N``: the K-th of N shards, from 1; ``ModelError`` for all else, and beside options that need the whole."""
    from models.contract import ModelError
    from parameters.mistakes import short

    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    mine, of = (int(n) for n in found.groups()) if found else (0, 0)
    if not 1 <= mine <= of:
        raise ModelError(f"--shard {short(text)}; allowed: K/N, the K-th of N, such as 3/16")
    if until_mcse is not None:
        raise ModelError("--shard: a run until an error is reached needs all of it; allowed: without --until-mcse")
    if exact:
        raise ModelError("--shard: nobody is simulated with --exact; allowed: one of the two")
    return mine, of


def refuse_cluster(address: str | None, *, shard: str | None, exact: bool) -> None:
    """Raise ``ModelError`` for workers that are nowhere, or that have nothing to do."""
    from models.contract import ModelError
    from simulate.running.cluster import check_address

    if address is None:
        return
    check_address(address)
    if shard is not None or exact:
        raise ModelError(f"--cluster: nobody works for {'--exact' if exact else '--shard'}; allowed: one of the two")


@contextmanager
def workers(address: str | None) -> Iterator[None]:
    """With the workers at an address, or with none."""
    if address is None:
        yield
        return
    from simulate.running.cluster import cluster

    with cluster(address):
        yield


def model_of(word: str) -> str | OwnModel:
    """The id of a problem, or the model in the Python file of that name, which is run for it.

    Only for a word that the user typed. ``ModelError`` with the file to type, where it is no id and near to a file.
    """
    from models.catalogue import problem_ids
    from models.contract import ModelError
    from simulate.ask.own.file import read_model
    from simulate.ask.own.naming import file_meant, is_model_file

    if is_model_file(word):
        return read_model(Path(word))
    if word not in problem_ids() and (meant := file_meant(word)) is not None:
        raise ModelError(f"{word!r} is no decision problem; a model of your own is named by its file: {meant}")
    return word


def note_model(folder: Path) -> None:
    """Say what became of the model's own file since the run that wrote a folder."""
    from simulate.present.folder.manifest import read_sealed
    from simulate.result.stored import model_note

    found = read_sealed(folder)
    if found is not None and (note := model_note(found)):
        typer.echo(f"note: {note}", err=True)


def evaluated(folder: Path) -> dict[str, str] | None:
    """The hashes of the files in a folder that ``evaluate`` wrote; None of any other folder."""
    from simulate.present.folder.manifest import read_sealed

    found = read_sealed(folder)
    return None if found is None or found.get("kind") != "evaluate" else dict(found["files"])


def refuse_together(people: bool, *, exact: bool) -> None:
    """Refuse options of which one says what the other leaves nothing to say of."""
    from models.contract import ModelError

    if exact and people:
        raise ModelError("--people: with --exact nobody is simulated; allowed: one of the two")


def place_of(problem: str, out: Path | None, after: str = "", *, overwrite: bool = False) -> Place:
    """Where results of a problem go: `out`, or runs/ID with what stands `after` it."""
    from simulate.ask.own.naming import is_model_file
    from simulate.present.folder.place import place_for

    name = Path(problem).stem if is_model_file(problem) else problem
    return place_for(out, Path("runs") / f"{name}{after}", overwrite)


def case_for(
    problem: str,
    setting: str | None,
    parameters: list[Path] | None,
    pairs: list[str] | None,
    mistakes: Mistakes | None = None,
    check: Callable[[Case], object] = lambda case: None,
) -> Case:
    """The case asked for, with the `pairs` of ``--set``, after `check`.

    What is wrong is told together with `mistakes`, at once: where the case cannot be had as asked, `check` is given the
    one without changes.
    """
    from models.contract import ModelError
    from parameters import InputError
    from parameters.mistakes import Mistakes
    from simulate.ask.case import load

    case, mistakes = None, mistakes or Mistakes()
    fixed, wrong = _numbers(pairs or [], "--set")
    with mistakes.among():
        if wrong:
            raise InputError(wrong)
    model: str | OwnModel | None = None
    with mistakes.among():
        model = model_of(problem)
    if model is not None:
        with mistakes.among():
            case = load(model, setting, parameters=parameters or (), changes=fixed)
    plain = case
    with suppress(InputError, ModelError):
        plain = plain or (None if model is None else load(model, setting))
    if plain is not None:
        with mistakes.among():
            check(plain)
    mistakes.tell()
    assert case is not None
    return case


def case_in(
    place: Place,
    kind: str,
    problem: str,
    setting: str | None,
    parameters: list[Path] | None,
    pairs: list[str] | None,
    mistakes: Mistakes | None = None,
    check: Callable[[Case], object] = lambda case: None,
) -> Case:
    """As ``case_for``, for results of a `kind` that are to go to `place`: what is in the way there is told with it."""
    from parameters.mistakes import Mistakes
    from simulate.present.folder.output import claim, refuse_foreign_folder

    mistakes = mistakes or Mistakes()
    with mistakes.among():
        refuse_foreign_folder(place, kind)
    case = case_for(problem, setting, parameters, pairs, mistakes, check)
    claim(place, kind)
    return case


def deliver(
    face: Face,
    place: Place,
    *,
    as_json: bool,
    figures: str = "all",
    finished: Callable[[Path], object] = lambda folder: None,
) -> None:
    """Write a finding and print it; where it cannot be written, print it all the same, and raise why.

    `figures` are those drawn of what it has, and `finished` is as in ``write``.
    """
    from simulate.present.folder.output import write
    from simulate.present.terminal.outcome import print_outcome
    from simulate.present.terminal.progress import progress_bar
    from simulate.present.terms.face import chosen_figures

    notes: list[str] = []
    if face.figures is not None:
        face = replace(face, figures=chosen_figures(figures, face.figures))
    try:
        with progress_bar(quiet=as_json, beside=place.folder) as tell:
            write(face, place.folder, sys.argv[1:], place=place, tell=notes.append, progress=tell, finished=finished)
    except Exception:
        print_outcome(face, as_json=as_json)
        raise
    finally:
        for note in notes:
            typer.echo(f"note: {note}", err=True)
    try:
        print_outcome(face, place.folder, as_json=as_json)
    except BrokenPipeError:
        raise  # who reads has read enough
    except OSError as fault:
        from parameters.mistakes import why

        raise OSError(f"{place.folder} is written, but it cannot be printed: {why(fault)}") from fault


def changes(pairs: list[str], option: str) -> dict[str, float]:
    """``NAME=VALUE`` options as numbers; every malformed one is reported at once."""
    from parameters import InputError

    found, wrong = _numbers(pairs, option)
    if wrong:
        raise InputError(wrong)
    return found


def _numbers(pairs: list[str], option: str) -> tuple[dict[str, float], list[InputProblem]]:
    """``NAME=VALUE`` as numbers, and what is wrong with the others."""
    from parameters import Problem as InputProblem
    from parameters.mistakes import short, short_text

    found: dict[str, float] = {}
    wrong: list[InputProblem] = []
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not name or not equals or not math.isfinite(number):
            quoted = f"{short(value)} is no number" if name and value else f"{short(pair)} is no NAME=VALUE"
            told = f"{quoted}; allowed: a finite number{_meant(value)}"
            wrong.append(InputProblem(option, 0, short_text(name or pair), told))
        elif name in found:
            wrong.append(InputProblem(option, 0, name, "given twice; allowed: once"))
        else:
            found[name] = number
    return found, wrong


def _meant(text: str) -> str:
    """How a number that was written as people write it is to be written; empty where that is no guess."""
    guess = meant(text)
    beside = ", which is in the unit of its record" if guess and has_sign(text) else ""
    return f"; write {guess}{beside}" if guess else ""


def refuse(wrong: Iterable[tuple[str, str]], command: str = "evaluate") -> None:
    """Raise ``InputError`` with every option that is no use, and why, all at once."""
    from parameters import InputError
    from parameters import Problem as InputProblem

    if problems := [InputProblem(command, 0, option, message) for option, message in wrong]:
        raise InputError(problems)


def figures_of(which: str) -> str:
    """The choice of figures, in any case of letters; ``ModelError`` for one that there is not."""
    from models.contract import check_one_of
    from parameters.mistakes import as_spelt
    from simulate.present.terms.face import FIGURES

    chosen = as_spelt(which, FIGURES)
    check_one_of(chosen, FIGURES, "--figures")
    return chosen


def only(given: dict[str, float], allowed: tuple[str, ...], option: str) -> None:
    """Raise ``ModelError`` when a ``NAME=VALUE`` option names anything else."""
    from models.contract import ModelError

    unknown = [n for n in given if n not in allowed]
    if unknown:
        raise ModelError(f"{option}: {', '.join(unknown)}; allowed: {', '.join(allowed)}")
