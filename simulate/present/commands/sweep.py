"""``recovery-cea sweep``: how the answer moves with its inputs, on the same people throughout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from simulate.analyse.sweep import Sweep
    from simulate.ask.case import Case
    from simulate.present.folder.place import Place

Which = tuple[str, str | None, list[Path] | None, list[str] | None]  # problem, setting, files, changes
TAKES = {  # what each analysis has a use for, besides what all have
    "--one-way": ("names", "ranges", "strategy"),
    "--two-way": ("ranges", "strategy", "points"),
    "--switch": ("ranges", "strategy"),
    "--scenarios": ("problem", "setting", "parameters", "changes", "draws"),
    "--subgroups": ("draws",),
    "--sobol": ("names", "strategy", "points"),
}
TYPE_TWO = "type two, as in: --two-way A B"

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Parameters of --one-way or --sobol. [default: all]")
]
OneWay = Annotated[bool, typer.Option("--one-way", help="Tornado: each parameter over its 95% interval.")]
TwoWay = Annotated[tuple[str, str] | None, typer.Option("--two-way", metavar="A B", help="Grid of two parameters.")]
Switch = Annotated[str | None, typer.Option(metavar="NAME", help="Where the decision changes as this parameter moves.")]
Scenarios = Annotated[Path | None, typer.Option(metavar="FILE", help="Named sets of changes, TOML.")]
Subgroups = Annotated[
    str | None, typer.Option(metavar="NAME", help="The decision by the levels of this characteristic.")
]
Sobol = Annotated[bool, typer.Option("--sobol", help="First-order and total indices; needs SALib.")]
Strategy = Annotated[
    str | None, typer.Option(metavar="NAME", help="Compared with the comparator. [default: the best of the others]")
]
Ranges = Annotated[
    list[str] | None, typer.Option("--range", metavar="NAME=LOW:HIGH", help="In place of its 95% interval.")
]
Draws = Annotated[int, typer.Option(metavar="N", min=1, help="Of --scenarios and --subgroups; 1: point estimates.")]
Points = Annotated[
    int | None, typer.Option(metavar="N", min=2, help="Along each side of a grid (11); of Sobol's design (256).")
]
People = Annotated[
    int | None, typer.Option(metavar="N", min=2, help="In each cell. [default: 50000; 1000 with draws or --sobol]")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-sweep-WHICH]")]

EXAMPLES = (
    "sweep joint_crisis_plan --one-way",
    "sweep joint_crisis_plan --one-way c_bed_day c_joint_crisis_plan --wtp 500",
    "sweep joint_crisis_plan --switch c_joint_crisis_plan --range c_joint_crisis_plan=0:2000",
    "sweep joint_crisis_plan --two-way c_bed_day c_joint_crisis_plan",
)


def sweep_command(
    problem: flags.Problem,
    names: Names = None,
    one_way: OneWay = False,
    two_way: TwoWay = None,
    switch: Switch = None,
    scenarios: Scenarios = None,
    subgroups: Subgroups = None,
    sobol: Sobol = False,
    setting: flags.Setting = None,
    wtp: flags.Wtp = None,
    strategy: Strategy = None,
    ranges: Ranges = None,
    draws: Draws = 1024,
    points: Points = None,
    people: People = None,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    perspective: flags.Perspective = None,
    effect: flags.Effect = None,
    implementation: flags.Implementation = 1.0,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Sensitivity: one way, two ways, where the decision changes, scenarios, subgroups, Sobol's indices."""
    analyses = {
        "--one-way": one_way or None,
        "--two-way": two_way,
        "--switch": switch,
        "--scenarios": scenarios,
        "--subgroups": subgroups,
        "--sobol": sobol or None,
    }
    asked = {option: value for option, value in analyses.items() if value is not None}
    place = flags.place_of(problem, out, f"-sweep-{next(iter(asked), '')[2:]}", overwrite=overwrite)
    case, given = _read(asked, place, names or [], ranges or [], (problem, setting, parameters, changes))
    given |= {"strategy": strategy, "draws": draws, **({} if points is None else {"points": points})}
    common: dict[str, Any] = {"threshold": wtp, "seed": seed, "threads": threads, "perspective": perspective}
    common |= {"effect": effect, "implementation": implementation, **({} if people is None else {"people": people})}
    _sweep(case, asked, given, common, place, as_json, flags.figures_of(figures))


def _read(
    asked: Mapping[str, Any], place: Place, names: list[str], ranges: list[str], which: Which
) -> tuple[Case, dict[str, Any]]:
    """The case, and what the analyses may take beside it; everything wrong with what is `asked` at once."""
    from parameters.mistakes import Mistakes
    from simulate.present.faces.sweep import KIND

    mistakes, over = Mistakes(), dict[str, tuple[float, float]]()
    with mistakes.among():
        _refuse_swallowed(asked)
        _refuse_useless(asked, names, ranges)  # of no use where an option's own value was taken for a name
    with mistakes.among():
        over = _ranges(ranges)
    case = flags.case_in(place, KIND, *which, mistakes)
    problem, setting, parameters, changes = which
    again = {
        "problem": problem if case.own is None else case.own,
        "setting": setting,
        "parameters": parameters or (),
    }  # scenarios load it once more
    return case, {**again, "changes": flags.changes(changes or [], "--set"), "names": names, "ranges": over}


def _sweep(
    case: Case,
    asked: Mapping[str, Any],
    given: Mapping[str, Any],
    common: Mapping[str, Any],
    place: Place,
    as_json: bool,
    figures: str,
) -> None:
    """Analyse, write and print."""
    from simulate.present.faces.sweep import face
    from simulate.present.terminal.progress import progress_bar

    ((option, value),) = asked.items()
    taken = {name: given[name] for name in TAKES[option] if name in given}
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = _found(case, option, value, {**taken, **common, "progress": tell})
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)


def _found(case: Case, option: str, value: Any, given: Mapping[str, Any]) -> Sweep:
    """The analysis that an option asks for, with the option's value."""
    from simulate.analyse import sweep

    if option == "--scenarios":
        return sweep.scenarios(file=value, **given)
    if option == "--subgroups":
        return sweep.subgroups(case, value, **given)
    if option == "--sobol":
        return sweep.sobol(case, **given)
    if option == "--two-way":
        return sweep.two_way(case, *value, **given)
    if option == "--switch":
        return sweep.threshold_value(case, value, **given)
    return sweep.one_way(case, **given)


def _refuse_swallowed(values: Mapping[str, Any]) -> None:
    """``ModelError`` for an option that took the next option for its value."""
    from models.contract import ModelError

    for option, value in values.items():
        for part in value if isinstance(value, tuple) else (value,):
            if part is not None and str(part).startswith("--"):
                if option == "--two-way" and part == value[1]:
                    raise ModelError(f"--two-way: one parameter, {value[0]}, and then {part}; {TYPE_TWO}")
                raise ModelError(f"{option}: {part} is an option; allowed: a value for {option} first")
    if (name := values.get("--switch")) is not None and re.fullmatch(r"[-+.\d]+(e\d+)?", name):
        raise ModelError(f"--switch: {name!r} is no name of a parameter; willingness to pay is --wtp {name}")


def _refuse_useless(asked: Mapping[str, Any], names: list[str], ranges: list[str]) -> None:
    """``ModelError`` for no analysis, several, or names and ranges that the one has no use for."""
    from models.contract import ModelError

    if len(asked) != 1:
        raise ModelError(f"sweep: {' and '.join(asked) or 'nothing'} asked for; allowed: one of {', '.join(TAKES)}")
    (option,) = asked
    if names and option == "--two-way":
        meant = [*asked[option], *names]
        raise ModelError(f"--two-way: {len(meant)} parameters, {', '.join(meant)}; {TYPE_TWO}")
    if names and "names" not in TAKES[option]:
        raise ModelError(f"sweep: {', '.join(names)}: names are those of --one-way or --sobol")
    if ranges and "ranges" not in TAKES[option]:
        raise ModelError("--range: is for --one-way, --two-way or --switch")


def _ranges(pairs: list[str]) -> dict[str, tuple[float, float]]:
    """``NAME=LOW:HIGH`` as numbers; every malformed one is told at once."""
    from parameters import InputError
    from parameters import Problem as InputProblem

    found: dict[str, tuple[float, float]] = {}
    wrong = []
    for pair in pairs:
        name, _, both = pair.partition("=")
        low, colon, high = both.partition(":")
        try:
            numbers = float(low), float(high)
        except ValueError:
            numbers = (float("nan"), float("nan"))
        if not colon or not all(abs(x) < float("inf") for x in numbers):
            wrong.append(
                InputProblem("--range", 0, name or pair, f"{pair!r} is no NAME=LOW:HIGH; allowed: two numbers")
            )
        elif name in found:
            wrong.append(InputProblem("--range", 0, name, "given twice; allowed: once"))
        found[name] = numbers
    if wrong:
        raise InputError(wrong)
    return found
