"""``recovery-cea calibrate``: what published figures leave open of what is solved for, as a posterior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from parameters.mistakes import Mistakes
    from simulate.ask.case import Case

Draws = Annotated[int, typer.Option(metavar="N", min=64, help="Draws of the posterior.")]
People = Annotated[int, typer.Option(metavar="N", min=100, help="People simulated at each point, the same at all.")]
PriorOf = Annotated[
    list[str] | None,
    typer.Option("--prior", metavar="NAME=LOW:HIGH", help="95% interval of an unknown's log-normal prior; repeatable."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-calibrate]")]

EXAMPLES = (
    "calibrate joint_crisis_plan --setting henderson_2004",
    "calibrate peer_support_workers --prior hr_readmission_peer=0.5:2",
    "run joint_crisis_plan --setting henderson_2004 --posterior runs/joint_crisis_plan-calibrate",
)


def calibrate_command(
    problem: flags.Problem,
    setting: flags.Setting = None,
    draws: Draws = 1024,
    people: People = 5000,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    prior: PriorOf = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Best fit and posterior of what a setting solves for: joint draws for `run --posterior`."""
    from parameters.mistakes import Mistakes
    from simulate.analyse.credibility.calibration import asked_of, calibrate
    from simulate.present.faces.credibility.calibrate import KIND, face
    from simulate.present.terminal.progress import progress_bar

    place = flags.place_of(problem, out, "-calibrate", overwrite=overwrite)
    mistakes = Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    priors = _priors(prior or [], mistakes)

    def check(case: Case) -> None:
        asked_of(case, draws=draws, people=people, seed=seed, priors=priors)

    case = flags.case_in(place, KIND, problem, setting, parameters, changes, mistakes, check)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = calibrate(case, draws=draws, people=people, seed=seed, priors=priors, threads=threads, progress=tell)
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)


def _priors(words: list[str], mistakes: Mistakes) -> dict[str, tuple[float, float]]:
    """``NAME=LOW:HIGH`` by name; every malformed one is among `mistakes`."""
    from parameters.mistakes import short

    found, wrong = dict[str, tuple[float, float]](), list[tuple[str, str]]()
    for word in words:
        name, _, ends = (part.strip() for part in word.partition("="))
        try:
            low, high = (float(end) for end in ends.split(":"))
        except ValueError:
            wrong.append(("--prior", f"{short(word)}; allowed: NAME=LOW:HIGH, such as hr_admission=0.2:5"))
            continue
        if name in found:
            wrong.append(("--prior", f"{name}: given twice; allowed: once"))
        found.setdefault(name, (low, high))
    with mistakes.among():
        flags.refuse(wrong, "calibrate")
    return found
