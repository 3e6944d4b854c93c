"""``recovery-cea impact``: what adopting a strategy does to budgets, what comes back for a pound, and when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags

if TYPE_CHECKING:
    from parameters.mistakes import Mistakes
    from simulate.analyse import impact

Population = Annotated[
    float,
    typer.Option(metavar="NUMBER", min=0, help="People who become eligible in each calendar year, evenly through it."),
]
Uptake = Annotated[
    str, typer.Option(metavar="Y1,Y2,...", help="Share of each calendar year's entrants who get the new strategy.")
]
Prevalent = Annotated[float, typer.Option(metavar="NUMBER", min=0, help="People eligible on the first day.")]
Strategy = Annotated[str | None, typer.Option(metavar="NAME", help="The new one, where there are several.")]
Cashable = Annotated[
    list[str] | None,
    typer.Option("--cashable", metavar="ITEM=SHARE", help="Of a cost item's saving; `others` for the rest."),
]
Implementation = Annotated[
    str | None,
    typer.Option("--implementation", metavar="uptake=A,fidelity=B", help="Also what delivering it in full is worth."),
]
Wtp = Annotated[float | None, typer.Option(metavar="NUMBER", help="Money a unit of effect, for --implementation.")]
Perspective = Annotated[str | None, typer.Option(metavar="NAME", help="Whose budgets make the total.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/ID-impact]")]

EXAMPLES = (
    "impact joint_crisis_plan --population 1200 --uptake 0.1,0.3,0.5",
    "impact joint_crisis_plan --population 1200 --uptake 0.5 --prevalent 4000",
)


def impact_command(
    problem: flags.Problem,
    population: Population,
    uptake: Uptake,
    prevalent: Prevalent = 0.0,
    strategy: Strategy = None,
    cashable: Cashable = None,
    today: Implementation = None,
    wtp: Wtp = None,
    setting: flags.Setting = None,
    draws: flags.Draws = 256,
    people: flags.People = 500,
    seed: flags.Seed = 1,
    threads: flags.Threads = None,
    no_store: flags.NoStore = False,
    store: flags.StoreIn = None,
    changes: flags.Set = None,
    parameters: flags.Files = None,
    perspective: Perspective = None,
    figures: flags.Figures = "all",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """Budget impact by year and payer, return on investment, payback by month, value of implementation."""
    from parameters.mistakes import Mistakes
    from simulate.analyse.impact import impact
    from simulate.present.faces.impact import KIND, face
    from simulate.present.terminal.progress import progress_bar
    from simulate.running.running import run

    place = flags.place_of(problem, out, "-impact", overwrite=overwrite)
    mistakes = Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    cohort, now, freed = _read(mistakes, population, uptake, prevalent, today, cashable)
    case = flags.case_in(place, KIND, problem, setting, parameters, changes, mistakes)
    assert cohort is not None
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        result = run(
            case, draws=draws, people=people, seed=seed, threads=threads, perspective=perspective, progress=tell
        )
        found = impact(
            result,
            cohort,
            strategy=strategy,
            cashable=freed,
            today=now,
            threshold=wtp,
            threads=threads,
            progress=lambda done, total: tell("month by month", done, total),
        )
        shown = face(found)
    flags.deliver(shown, place, as_json=as_json, figures=figures)


def _read(
    mistakes: Mistakes, population: float, uptake: str, prevalent: float, today: str | None, cashable: list[str] | None
) -> tuple[impact.Population | None, impact.Today | None, dict[str, float]]:
    """Who comes when, delivery today, and the cashable shares; None or nothing for what cannot be read."""
    from simulate.analyse.impact import Population, Today

    cohort, now, freed = None, None, dict[str, float]()
    with mistakes.among():
        shares = flags.changes(_uptake_words(uptake), "--uptake")
        cohort = Population(population, tuple(shares.values()), prevalent)
    with mistakes.among():
        given = flags.changes(today.split(",") if today else [], "--implementation")
        flags.only(given, ("uptake", "fidelity"), "--implementation")
        now = None if today is None else Today(given.get("uptake"), given.get("fidelity"))
    with mistakes.among():
        freed = flags.changes(cashable or [], "--cashable")
    return cohort, now, freed


def _uptake_words(text: str) -> list[str]:
    """``0.1,0.3`` as ``year 1=0.1`` and so on, so that mistakes are told like those of other options."""
    return [f"year {i}={part}" for i, part in enumerate(text.split(","), 1)]
