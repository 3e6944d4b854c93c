"""What a batch would take, before anything of it is run: time at the pace of a short trial, memory, disk."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.states import follows_people
from parameters import PARAMETERS_DIR
from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.batch.file import Batch
from simulate.analyse.batch.pace import Pace, pace_of
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine import memory
from simulate.engine.tasks import usable_threads
from simulate.running.forecast import bytes_of
from simulate.running.known import solved_from_alike
from simulate.solve import centre, solution, surface
from simulate.solve.blocks import blocks_of

WRITING, A_DRAW = 0.3, 0.001  # seconds to value and write an analysis, and more for each draw: as measured
FIGURE_SECONDS, FIGURE_BYTES = 1.5, 250_000  # of each, about
FIGURES = {"none": 0, "main": 2, "all": 6}
CELL_BYTES = 19  # of a number in psa.csv
TABLE_BYTES = 40_000  # of the summary, the other tables and the manifest
COPIED = (
    "price_index.toml",
    "sources.toml",
    "published.toml",
    "targets.toml",
)  # into every folder, whatever the problem


@dataclass(frozen=True)
class Forecast:
    """What one analysis would take."""

    analysis: Analysis
    draws: int
    people: int  # 0 where nobody is simulated
    seconds: float  # solving, simulating, valuing, writing; with a wanted error, or exactly, at least so long
    memory: int  # bytes, at the peak
    disk: int  # bytes of its folder
    status: str  # ``run``, ``shared`` (simulated with another), ``kept`` (there already)
    fits: bool  # in the memory that is free now: where not, it would be refused
    pace: Pace

    def row(self) -> dict[str, Any]:
        """As JSON holds it."""
        a = self.analysis
        told = {"name": a.name, "problem": a.problem, "setting": a.words.get("setting"), "status": self.status}
        sizes = {
            "draws": self.draws,
            "people": self.people,
            "at_least": "until_mcse" in a.words or bool(a.words.get("exact")),
        }
        return {
            **told,
            **sizes,
            "seconds": round(self.seconds, 1),
            "memory": self.memory,
            "disk": self.disk,
            "fits": self.fits,
        }


def forecasts(batch: Batch, kept: Container[str], threads: int | None) -> list[Forecast]:
    """Each analysis in the order in which they would be run; those `kept`, by name, take nothing.

    Time is that of an empty store, at the pace of one trial for each problem and setting.
    """
    paces: dict[str, Pace] = {}
    simulated: set[tuple[object, ...]] = set()
    solved: list[tuple[Case, bool]] = []
    found = []
    for analysis in batch.in_order():
        case = analysis.case()
        asked = analysis.asked(case)[0]
        told = asked.options.subgroup, asked.options.by_year, asked.options.occupancy
        key = repr((case.problem.id, case.setting.name, *told))
        pace = paces[key] if key in paces else paces.setdefault(key, pace_of(asked.but(exact=False)))
        alike, status = batch.alike[analysis.name], "run"
        if analysis.name in kept:
            status = "kept"
        elif alike in simulated:
            status = "shared"
        seconds = 0.0 if status == "kept" else _writing(analysis, asked)
        if status == "run":
            simulated.add(alike)
            histories = _solving(asked, solved) + simulating(analysis, asked) * (not asked.options.exact)
            seconds += histories / (pace.per_second * usable_threads(threads))
        found.append(_forecast(analysis, asked, pace, seconds, status, threads))
    return found


def _forecast(
    analysis: Analysis, asked: Asked, pace: Pace, seconds: float, status: str, threads: int | None
) -> Forecast:
    draws, people, workers = asked.options.draws, asked.options.people, usable_threads(threads)
    beside = _variants(analysis, asked)
    size = bytes_of(asked.delivered, pace.lowered, draws=draws, people=people, threads=workers, variants=beside)
    kept = status == "kept"
    disk = 0 if kept else _disk(analysis, asked, pace)
    people *= follows_people(asked.case.problem.pathway)
    return Forecast(analysis, draws, people, seconds, size, disk, status, kept or memory.fits(size), pace)


def _writing(analysis: Analysis, asked: Asked) -> float:
    """Seconds to value, draw and write it."""
    return WRITING + A_DRAW * asked.options.draws + FIGURE_SECONDS * FIGURES[analysis.figures]


def simulating(analysis: Analysis, asked: Asked) -> float:
    """Histories of the run and of the variants beside it, which share the comparator's."""
    strategies = len(asked.case.problem.strategies)
    run = strategies + _variants(analysis, asked) * (strategies - 1)
    return float(asked.options.draws) * asked.options.people * run


def _variants(analysis: Analysis, asked: Asked) -> int:
    """How many are run beside it."""
    return len(asked.case.setting.variants) if analysis.variants and not asked.options.fixed else 0


def _solving(asked: Asked, solved: list[tuple[Case, bool]]) -> float:
    """Histories for solving the setting's targets; none where it has none, or others before are solved alike."""
    case, fixed = asked.case, asked.options.fixed
    if not case.setting.targets or any(f == fixed and solved_from_alike(case, other) for other, f in solved):
        return 0.0
    solved.append((case, fixed))
    return solving(asked)


def solving(asked: Asked) -> float:
    """Histories for solving the setting's targets."""
    case, fixed = asked.case, asked.options.fixed
    if not case.setting.targets:
        return 0.0
    at_centre = 20 * centre.SEARCH_PEOPLE + 2 * centre.CENTRE_PEOPLE
    mapped = surface.DESIGN_POINTS * surface.DESIGN_PEOPLE + 2 * solution.FRESH_POINTS * solution.FRESH_PEOPLE
    strategies = sum(len(block.strategies) for block in blocks_of(case.problem, case.setting))
    return float(strategies * (at_centre if fixed else at_centre + 2 * mapped))


def _disk(analysis: Analysis, asked: Asked, pace: Pace) -> int:
    """Bytes of its folder: statistics, draws, copies of the inputs, tables, figures."""
    case, draws = asked.case, asked.options.draws
    columns = 2 * len(case.problem.strategies) + len(case.names()) + len(case.setting.targets) + len(case.setting.given)
    files = {Path(p.file) for p in case.parameters.values()} | {PARAMETERS_DIR / name for name in COPIED}
    copies = sum(file.stat().st_size for file in files if file.is_file())
    people = 0 if asked.options.cohort is None else len(asked.options.cohort.content)
    figures = FIGURE_BYTES * FIGURES[analysis.figures]
    return round(draws * (pace.saved + CELL_BYTES * columns)) + copies + people + TABLE_BYTES + figures


def paces(found: Sequence[Forecast]) -> Mapping[str, Pace]:
    """The trials behind the times, by problem and setting."""
    return {f"{f.analysis.problem} {f.analysis.words.get('setting') or '(base case)'}": f.pace for f in found}
