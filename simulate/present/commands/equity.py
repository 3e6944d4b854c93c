"""``recovery-cea equity``: who gains, who pays, and what it is worth when inequality counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

Subgroup = Annotated[str, typer.Option(metavar="NAME", help="Characteristic that tells people apart.")]
Baseline = Annotated[
    Path, typer.Option(metavar="FILE", help="CSV: level, share, health (QALYs a person) and, if wanted, borne.")
]
Wtp = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER", help="Money that displaces a QALY elsewhere. [default: what is usual, if anything is]"
    ),
]
Aversion = Annotated[float, typer.Option(metavar="NUMBER", min=0, help="Atkinson's ε in the equity impact plane.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-equity]")]

EXAMPLES = ("equity joint_crisis_plan --setting ethnicity --subgroup ethnicity --baseline baseline.csv --wtp 30000",)


def equity_command(
    problem: flags.Problem,
    subgroup: Subgroup,
    baseline: Baseline,
    wtp: Wtp = None,
    aversion: Aversion = 10.0,
    setting: flags.Setting = None,
    draws: flags.Draws = 256,
    people: flags.People = 2000,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    perspective: flags.Perspective = None,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Costs, health and decision by subgroup, equity-weighted (Atkinson, Kolm), and the equity impact plane."""
    from parameters.mistakes import Mistakes
    from simulate.present.faces.equity import KIND, face
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.judgement import usual_threshold
    from simulate.result.priorities import equity
    from simulate.running.running import run

    place = flags.place_of(problem, out, "-equity", overwrite=overwrite)
    mistakes = Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        groups = equity.Baseline.read(baseline)
    case = flags.case_in(place, KIND, problem, setting, parameters, changes, mistakes)
    displaced = usual_threshold(case) if wtp is None else wtp
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        result = run(
            case,
            draws=draws,
            people=people,
            seed=seed,
            threads=threads,
            perspective=perspective,
            effect="qaly",
            subgroup=subgroup,
            progress=tell,
        )
        shown = face(equity.equity(result, groups, displaced, aversion=aversion))
    flags.deliver(shown, place, as_json=as_json, figures=figures)
