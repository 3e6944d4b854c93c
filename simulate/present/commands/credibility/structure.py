"""``recovery-cea structure``: the structural alternatives of a problem side by side, averaged, and worth knowing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from parameters.mistakes import Mistakes
    from simulate.ask.case import Case

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[STRUCTURE]...", help="Structures. [default: all the setting reads]")
]
Weights = Annotated[
    str | None,
    typer.Option(
        metavar="NAME=SHARE,...", help="Weights of alternatives, all of a structure. [default: those declared]"
    ),
]
People = Annotated[int | None, typer.Option(metavar="N", min=2, help="People a draw. [default: 1000]")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-structure]")]

EXAMPLES = (
    "structure joint_crisis_plan",
    "structure joint_crisis_plan stays --weights stays_by_legal_status=0.8,one_stay=0.2",
)


def structure_command(
    problem: flags.Problem,
    names: Names = None,
    weights: Weights = None,
    setting: flags.Setting = None,
    wtp: flags.Wtp = None,
    draws: flags.Draws = 1024,
    people: People = None,
    seed: flags.Seed = 1,
    exact: flags.Exact = False,
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
    """A problem's structural alternatives side by side, their average by weight, and what it is worth to know."""
    from parameters.mistakes import Mistakes
    from simulate.analyse.credibility.structure import structure
    from simulate.present.faces.credibility.structure import KIND, face
    from simulate.present.terminal.progress import progress_bar

    place = flags.place_of(problem, out, "-structure", overwrite=overwrite)
    mistakes = Mistakes()
    given: dict[str, float] = {}
    with mistakes.among():
        flags.refuse_together(people is not None, exact=exact)
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        given = flags.changes([] if weights is None else weights.split(","), "--weights")

    def check(case: Case) -> None:
        _refuse(case, names or [], given, mistakes)

    case = flags.case_in(place, KIND, problem, setting, parameters, changes, mistakes, check)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = structure(
            case,
            names or (),
            weights=given,
            threshold=wtp,
            draws=draws,
            **({"exact": True} if exact else {"people": 1000 if people is None else people}),
            seed=seed,
            threads=threads,
            perspective=perspective,
            effect=effect,
            implementation=implementation,
            progress=tell,
        )
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)


def _refuse(case: Case, names: list[str], given: dict[str, float], mistakes: Mistakes) -> None:
    """Tell `mistakes` of structures that cannot be run under the setting, and of weights that are none."""
    from simulate.analyse.credibility.alternatives import structures_of, weights_of

    with mistakes.among():
        weights_of(structures_of(case, names), case, given)
