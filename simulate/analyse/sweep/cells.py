"""Cells of a sensitivity analysis: the point estimates with a few inputs changed, all simulated with the same people.

The first cell is always the base case. Cells that differ only in prices, quantities or utilities share a simulation;
the others are the draws of one more, so that a tornado is a single run of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from parameters import Draws, InputError
from parameters import Problem as InputProblem
from parameters.arrays import Floats
from parameters.joint import DirichletShare
from parameters.mistakes import spelling_hint
from simulate.ask.asked import Asked, ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import Wishes
from simulate.engine.progress import StageProgress, of_stage, silent
from simulate.engine.statistics import BY_BATCH, EVERYBODY, Statistics, collected
from simulate.result.result import Result
from simulate.running.running import drawn_for, simulate_draws
from simulate.running.solving import solved_for
from simulate.solve.again import recalibrated
from simulate.solve.calibration import Calibration
from simulate.solve.given import with_given

Cell = Mapping[str, float]  # inputs changed, in each record's own unit and price year
Ranges = Mapping[str, tuple[float, float]]

PEOPLE = 50_000  # unless asked otherwise
OUTCOMES = ("nmb", "cost", "effect")  # increments, new minus comparator


class CellOptions(TypedDict, total=False):
    """How cells may be simulated: the arguments of ``simulate_cells``."""

    people: int
    seed: int
    threads: int | None
    perspective: str | None
    effect: str | None
    rng: str
    implementation: float
    calibration: Calibration | None
    progress: StageProgress | None


def simulate_cells(
    case: AnyCase,
    cells: Sequence[Cell],
    *,
    people: int = PEOPLE,
    seed: int = 1,
    threads: int | None = None,
    perspective: str | None = None,
    effect: str | None = None,
    rng: str = "splitmix64",
    implementation: float = 1.0,
    calibration: Calibration | None = None,
    progress: StageProgress | None = None,
) -> Result:
    """A result whose draws are the base case and then `cells`, every person the same in each.

    The first draw has the histories of ``run(case, fixed=True, …)``, to the bit. What is rare is judged over all cells
    together, so that a rare priced event may be counted by expectation here and as it was met there. Where a cell
    changes what a calibration target reads, the engine's ratios are solved for again; `calibration` is the base case's,
    where it is known already. ``ModelError`` and ``ResourceError`` as ``run``.
    """
    case = as_case(case)
    tell = progress or silent
    wishes: Wishes = {"perspective": perspective, "effect": effect, "rng": rng, "implementation": implementation}
    wishes |= {"people": people, "seed": seed, "fixed": True}
    asked = ask(case, **wishes).to_be_judged()
    if calibration is None:
        calibration = solved_for(case, fixed=True, threads=threads, progress=tell)
    drawn = changed(case, drawn_for(asked), [{}, *cells])

    def solved(some: Draws) -> Draws:
        tell("solving again where targets move", 0, 0)
        return recalibrated(calibration, some, threads=threads)

    return simulate_alike(asked, drawn, calibration, solved, threads, tell)


def simulate_alike(
    asked: Asked,
    drawn: Draws,
    calibration: Calibration,
    solve: Callable[[Draws], Draws],
    threads: int | None,
    tell: StageProgress,
) -> Result:
    """A result of `drawn`, the same people in each draw; draws that are simulated alike are simulated once.

    `solve` adds the engine parameters of draws.
    """
    first, which = _alike(asked.case, drawn)
    few = solve(_taken(drawn, first))
    statistics = simulate_draws(asked, few, threads=threads, progress=of_stage(tell, "simulating"), same_people=True)
    ready = with_given(asked.case.setting, _with_solved(drawn, few, which))
    return Result(asked.but(draws=len(which)), drawn, ready, calibration, statistics_for_each(statistics, which))


def changed(case: Case, point: Draws, cells: Sequence[Cell]) -> Draws:
    """The point estimates (one draw) once for each cell, with its changes; shares of a whole keep adding up to 1."""
    values = np.repeat(point.values, len(cells), axis=0)
    for row, cell in enumerate(cells):
        for name, value in cell.items():
            values[row, point.names.index(name)] = value
        _share_out(case, point, values[row], cell)
    return replace(point, values=values, replicate=np.zeros(len(cells), dtype=np.int64))


def _share_out(case: Case, point: Draws, row: Floats, cell: Cell) -> None:
    """Scale the other shares of a Dirichlet so that all still add up to 1."""
    records = {n: case.parameters[n] for n in point.names}
    family_of = {n: p.belongs_to if isinstance(p.distribution, DirichletShare) else None for n, p in records.items()}
    for family in {family_of[n] for n in cell} - {None}:
        mine = [k for k, n in enumerate(point.names) if family_of[n] == family]
        others = [k for k in mine if point.names[k] not in cell]
        taken, before = (sum(v[k] for k in mine if k not in others) for v in (row, point.values[0]))
        if taken != before:
            row[others] = point.values[0, others] * (1 - taken) / (1 - before)


def _alike(case: Case, drawn: Draws) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cells of which each stands for those that are simulated alike, the base case first; and each cell's position."""
    read = set(case.simulated())
    columns = drawn.values[:, [k for k, n in enumerate(drawn.names) if n in read]]
    if not columns.shape[1]:
        return np.zeros(1, dtype=np.int64), np.zeros(len(columns), dtype=np.int64)
    _, first, which = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[which.ravel()]


def _taken(draws: Draws, rows: npt.NDArray[np.int64]) -> Draws:
    return replace(draws, values=draws.values[rows], replicate=draws.replicate[rows])


def _with_solved(drawn: Draws, few: Draws, which: npt.NDArray[np.int64]) -> Draws:
    """`drawn` with the columns that `few` has beyond it; what is given of prices alone is still that of `few`."""
    for k, name in enumerate(few.names):
        if name not in drawn.names:
            drawn = drawn.with_column(name, few.values[which, k], few.units[k], few.price_years[k])
    return drawn


def statistics_for_each(statistics: Statistics, which: npt.NDArray[np.int64]) -> Statistics:
    """Statistics of one draw for each of `which`: sums by batch alone, since a value needs no others."""
    kept: dict[str, Any] = {n: values[which] for n, values in collected(statistics, BY_BATCH).items()}
    nobody = np.zeros((len(which), len(statistics.strategies), 0, len(statistics.states)))
    kept |= dict.fromkeys(EVERYBODY, np.zeros(0))
    return replace(statistics, grid=np.zeros(0), occupancy=nobody, subgroups={}, **kept)


def ranges_of(case: Case, names: Sequence[str], given: Ranges | None = None) -> dict[str, tuple[float, float]]:
    """Low and high of each parameter: as `given`, or its 95% interval. ``InputError`` with everything wrong."""
    asked, wrong, found = dict(given or {}), [], {}
    known = case.names()
    for name in dict.fromkeys([*names, *asked]):
        if name not in known:
            hint = spelling_hint(name, known) or f"; see recovery-cea describe {case.problem.id}"
            wrong.append((name, f"is no parameter of {case.problem.id}, setting {case.setting.name}{hint}"))
            continue
        record = case.parameters[name]
        low, high = asked[name] if name in asked else record.distribution.interval95()
        refusals = [r for r in (record.refusal(low), record.refusal(high)) if r is not None]
        if name == case.setting.horizon:
            wrong.append((name, "is the horizon, to which trials were followed; make it a scenario"))
        elif refusals:
            wrong.append((name, refusals[0]))
        elif low > high:
            wrong.append((name, f"from {low:g} to {high:g}; allowed: the lower value first"))
        elif low == high and name not in asked:
            wrong.append((name, f"is fixed at {low:g}; give the range it is to move over"))
        found[name] = (float(low), float(high))
    if wrong:
        raise InputError([InputProblem("sweep", 0, name, text) for name, text in wrong])
    return {name: found[name] for name in dict.fromkeys(names)}
