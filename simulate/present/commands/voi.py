"""``recovery-cea voi``: what it would be worth to learn more, from a folder of results; nothing is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags
from simulate.present.terms.reading import group, wrong_groups, wrong_sizes

if TYPE_CHECKING:
    from simulate.present.folder.place import Place
    from simulate.result.voi import Population, TrialCost

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run` or `evaluate`.")]
Groups = Annotated[
    list[str] | None,
    typer.Option("--groups", metavar="LABEL=A,B", help="Parameters learnt together; repeatable. [default: singly]"),
]
Trial = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        help="Also the worth of a trial of costs, or that counts an event or group, in the plural; of a finished table"
        " shares:A,B or means:A,B,SD, as `evaluate --study`.",
    ),
]
Sizes = Annotated[str | None, typer.Option(metavar="N,N,N", help="People an arm. [default: 25 to 1600]")]
Strategy = Annotated[
    str | None, typer.Option(metavar="NAME", help="The trial's new arm. [default: the best besides the comparator]")
]
FixedCost = Annotated[float | None, typer.Option(metavar="NUMBER", help="Money, of the trial whatever its size.")]
CostPerPerson = Annotated[float | None, typer.Option(metavar="NUMBER", help="Money, of each person in either arm.")]
StudyYears = Annotated[
    float | None,
    typer.Option(metavar="NUMBER", help="Until the trial's answer is used. [default: the setting's horizon]"),
]
PerYear = Annotated[
    float | None,
    typer.Option("--population-per-year", metavar="NUMBER", help="People a year for whom the decision is made."),
]
Years = Annotated[float | None, typer.Option(metavar="NUMBER", help="For how many years it stands.")]
Discount = Annotated[
    float | None,
    typer.Option(
        metavar="NUMBER", help="Annual, of people decided for later.", show_default="as NICE's reference case, 0.035"
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Of the trial's simulated data.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: DIR/voi]")]

EXAMPLES = (
    "voi runs/joint_crisis_plan --wtp 500",
    "voi runs/joint_crisis_plan --population-per-year 1200 --years 10",
    "voi runs/joint_crisis_plan --trial costs --sizes 100,200,400",
)


def voi_command(
    folder: Folder,
    wtp: flags.Wtp = None,
    groups: Groups = None,
    trial: Trial = None,
    sizes: Sizes = None,
    strategy: Strategy = None,
    fixed_cost: FixedCost = None,
    cost_per_person: CostPerPerson = None,
    study_years: StudyYears = None,
    per_year: PerYear = None,
    years: Years = None,
    discount: Discount = None,
    seed: Seed = 1,
    figures: flags.Figures = "main",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """What learning more is worth: everything (EVPI), parameters (EVPPI), a trial (EVSI and ENBS)."""
    money = {
        "--fixed-cost": fixed_cost,
        "--cost-per-person": cost_per_person,
        "--study-years": study_years,
        "--population-per-year": per_year,
        "--years": years,
    }
    from models.economics import REFERENCE_DISCOUNT
    from parameters.mistakes import Mistakes

    rate = REFERENCE_DISCOUNT if discount is None else discount
    wrong = [*_wrong_money(money, trial, rate), *wrong_groups(groups or [], "--groups")]
    mistakes = Mistakes()
    with mistakes.among():
        figures = flags.figures_of(figures)
    with mistakes.among():
        flags.refuse([*wrong, *_wrong_sizes(sizes, trial, strategy)], "voi")
    mistakes.tell()
    from simulate.present.folder.output import put_back
    from simulate.present.folder.place import place_for

    place = place_for(out, folder / "voi", overwrite)
    put_back(folder)
    asked = _Asked(wtp, groups, trial, sizes, strategy, _population(money, rate), money, seed, figures)
    if (files := flags.evaluated(folder)) is None:
        _learn_of_run(folder, asked, place, as_json=as_json)
    else:
        flags.refuse(_wrong_of_table(asked), "voi of a finished table")
        _learn_of_table(folder, files, asked, place, as_json=as_json)


@dataclass(frozen=True)
class _Asked:
    """What is asked of a run and of a table alike."""

    wtp: float | None
    groups: list[str] | None
    trial: str | None
    sizes: str | None
    strategy: str | None
    population: Population | None
    money: Mapping[str, float | None]
    seed: int
    figures: str

    @property
    def named_groups(self) -> dict[str, list[str]] | None:
        return dict(group(text) for text in self.groups) if self.groups else None

    @property
    def numbers(self) -> list[int]:
        return [int(n) for n in (self.sizes or "").split(",")]


def _learn_of_run(folder: Path, asked: _Asked, place: Place, *, as_json: bool) -> None:
    from simulate.present.faces.voi import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.stored import read_result
    from simulate.result.voi import SIZES, learn

    result = read_result(folder)
    flags.note_model(folder)
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = learn(
            result,
            threshold=asked.wtp,
            groups=asked.named_groups,
            trial=asked.trial,
            sizes=SIZES if asked.sizes is None else asked.numbers,
            strategy=asked.strategy,
            population=asked.population,
            cost=_cost(asked.money, result.statistics.horizon),
            seed=asked.seed,
            progress=tell,
        )
    shown = face(found, folder, assumed_delay=asked.money["--study-years"] is None, which=asked.figures)
    flags.deliver(shown, place, as_json=as_json)


def _learn_of_table(folder: Path, files: dict[str, str], asked: _Asked, place: Place, *, as_json: bool) -> None:
    """The same of a folder that ``evaluate`` wrote."""
    from simulate.present.faces.exchange.worth import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.finished.evaluation import SIZES, study_of
    from simulate.result.finished.learning import learn_of_table
    from simulate.result.finished.stored_draws import read_evaluation

    before = read_evaluation(folder, files)
    study = None if asked.trial is None else study_of(asked.trial)
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = learn_of_table(
            before.table,
            threshold=asked.wtp,
            groups=asked.named_groups or before.groups,
            study=study,
            sizes=SIZES if asked.sizes is None else asked.numbers,
            population=asked.population,
            cost=_cost(asked.money, 0.0),
            seed=asked.seed,
            progress=tell,
        )
    flags.deliver(face(found, asked.figures), place, as_json=as_json)


def _wrong_of_table(asked: _Asked) -> Iterator[tuple[str, str]]:
    if asked.strategy is not None:
        yield "--strategy", "a study of a table names the parameters of its arms: --trial shares:A,B or means:A,B,SD"
    if asked.money["--fixed-cost"] is not None and asked.money["--study-years"] is None:
        yield "--study-years", "is needed with --fixed-cost: a table does not say when a study reports"


def _population(money: Mapping[str, float | None], discount: float) -> Population | None:
    """For whom the decision is made; None where it is not said."""
    from simulate.result.voi import Population

    per_year, years = money["--population-per-year"], money["--years"]
    return None if per_year is None or years is None else Population(per_year, years, discount)


def _cost(money: Mapping[str, float | None], horizon: float) -> TrialCost | None:
    """What a trial costs, its answer used after `horizon` years where that is not said; None where no cost is given."""
    from simulate.result.voi import TrialCost

    fixed, each, years = money["--fixed-cost"], money["--cost-per-person"], money["--study-years"]
    return None if fixed is None or each is None else TrialCost(fixed, each, horizon if years is None else years)


def _wrong_money(money: dict[str, float | None], trial: str | None, discount: float) -> Iterator[tuple[str, str]]:
    from parameters.units import ANNUAL_RATE, NOT_NEGATIVE

    for option, value in money.items():
        if value is not None and (text := NOT_NEGATIVE.refusal(value)) is not None:
            yield option, text
    if (text := ANNUAL_RATE.refusal(discount)) is not None:
        yield "--discount", f"{text}, such as 0.035"
    together = [("--population-per-year", "--years"), ("--fixed-cost", "--cost-per-person")]
    for pair in together:
        missing = [option for option in pair if money[option] is None]
        if len(missing) == 1:
            yield missing[0], f"is needed with {next(o for o in pair if o != missing[0])}"
    costed = [o for o in ("--fixed-cost", "--cost-per-person", "--study-years") if money[o] is not None]
    if costed and trial is None:
        yield costed[0], "is of a trial; give --trial as well"
    if costed and money["--population-per-year"] is None:
        yield costed[0], "is set against the worth to a population; give --population-per-year and --years as well"


def _wrong_sizes(sizes: str | None, trial: str | None, strategy: str | None) -> Iterator[tuple[str, str]]:
    if trial is None:
        for option, value in (("--sizes", sizes), ("--strategy", strategy)):
            if value is not None:
                yield option, "is of a trial; give --trial as well"
    yield from wrong_sizes(sizes)
