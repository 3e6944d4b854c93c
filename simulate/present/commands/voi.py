"""``recovery-cea voi``: what it would be worth to learn more, from a folder of results; nothing is simulated."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from simulate.present.terminal.voi import told


def voi_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `recovery-cea run`.")],
    threshold: Annotated[float | None, typer.Option(help="£ a unit of effect. [default: one of the setting's]")] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option("--groups", metavar="LABEL=A,B", help="Parameters learnt together; repeatable. [default: singly]"),
    ] = None,
    trial: Annotated[
        str | None, typer.Option(help="Also the worth of a trial that counts admissions, detentions or costs.")
    ] = None,
    sizes: Annotated[str | None, typer.Option(metavar="N,N,N", help="People an arm. [default: 25 to 1600]")] = None,
    strategy: Annotated[
        str | None, typer.Option(help="The trial's new arm. [default: the best besides the comparator]")
    ] = None,
    fixed_cost: Annotated[float | None, typer.Option(help="£, of the trial whatever its size.")] = None,
    cost_per_person: Annotated[float | None, typer.Option(help="£, of each person in either arm.")] = None,
    study_years: Annotated[
        float | None, typer.Option(help="Until the trial's answer is used. [default: the setting's horizon]")
    ] = None,
    per_year: Annotated[
        float | None, typer.Option("--population-per-year", help="People a year for whom the decision is made.")
    ] = None,
    years: Annotated[float | None, typer.Option(help="For how many years it stands.")] = None,
    discount: Annotated[float, typer.Option(help="Annual, of people decided for later.")] = 0.035,
    seed: Annotated[int, typer.Option(min=0, help="Of the trial's simulated data.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder; DIR/voi when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """What learning more is worth: everything (EVPI), parameters (EVPPI), a trial (EVSI and ENBS)."""
    money = {
        "--fixed-cost": fixed_cost,
        "--cost-per-person": cost_per_person,
        "--study-years": study_years,
        "--population-per-year": per_year,
        "--years": years,
    }
    _refuse(
        [*_wrong_money(money, trial, discount), *_wrong_groups(groups or []), *_wrong_sizes(sizes, trial, strategy)]
    )
    from simulate.present.folder.output import refuse_foreign_folder, write_learning
    from simulate.result.stored import read_result
    from simulate.result.voi import SIZES, Population, TrialCost, learn

    target = out or folder / "voi"
    result = read_result(folder)
    refuse_foreign_folder(target, "voi")
    population = None if per_year is None or years is None else Population(per_year, years, discount)
    cost = None
    if fixed_cost is not None and cost_per_person is not None:
        cost = TrialCost(fixed_cost, cost_per_person, result.statistics.horizon if study_years is None else study_years)
    found = learn(
        result,
        threshold=threshold,
        groups=dict(_group(text) for text in groups) if groups else None,
        trial=trial,
        sizes=SIZES if sizes is None else [int(n) for n in sizes.split(",")],
        strategy=strategy,
        population=population,
        cost=cost,
        seed=seed,
    )
    summary = write_learning(found, folder, target, command=sys.argv[1:])
    if as_json:
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    typer.echo("\n".join(told(found, assumed_delay=study_years is None)))
    tables = ["voi.json", *sorted(p.name for p in target.glob("*.csv"))]
    typer.echo(f"\nWritten to {target}: {', '.join(tables)}, figures/")


def _refuse(wrong: Sequence[tuple[str, str]]) -> None:
    """Raise ``InputError`` with every option that is no use, all at once."""
    from parameters import InputError, Problem

    if wrong:
        raise InputError([Problem("voi", 0, option, message) for option, message in wrong])


def _wrong_money(money: dict[str, float | None], trial: str | None, discount: float) -> Iterator[tuple[str, str]]:
    for option, value in money.items():
        if value is not None and not 0 <= value < float("inf"):
            yield option, f"{value:g}; allowed: a finite number, 0 or more"
    if not -1 < discount < float("inf"):
        yield "--discount", f"{discount:g}; allowed: a finite number above -1"
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


def _wrong_groups(groups: Sequence[str]) -> Iterator[tuple[str, str]]:
    labels = [_group(text)[0] for text in groups]
    for text in groups:
        label, names = _group(text)
        if "=" not in text or not label or not all(names):
            yield "--groups", f"{text!r}; allowed: LABEL=A,B with names of parameters"
        elif labels.count(label) > 1:
            yield "--groups", f"{label!r} given twice; allowed: once"


def _group(text: str) -> tuple[str, list[str]]:
    label, _, names = text.partition("=")
    return label.strip(), [name.strip() for name in names.split(",")]


def _wrong_sizes(sizes: str | None, trial: str | None, strategy: str | None) -> Iterator[tuple[str, str]]:
    if trial is None:
        for option, value in (("--sizes", sizes), ("--strategy", strategy)):
            if value is not None:
                yield option, "is of a trial; give --trial as well"
    if sizes is not None and not all(part.strip().isascii() and part.strip().isdigit() for part in sizes.split(",")):
        yield "--sizes", f"{sizes!r}; allowed: whole numbers with commas between, such as 50,100,200"
