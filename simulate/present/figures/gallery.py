"""The figures of a result, each as PNG, SVG and the numbers plotted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.present.figures import ceac, events, evpi, occupancy, plane
from simulate.present.figures.style import Drawing, house_style, write

if TYPE_CHECKING:
    from simulate.analyse.credibility.claims import Answered
    from simulate.analyse.credibility.virtual_trials import VirtualTrials
    from simulate.analyse.impact import Impact
    from simulate.analyse.sweep import Sweep
    from simulate.result.priorities.equity import Equity
    from simulate.result.result import Result
    from simulate.result.voi import Learning
    from simulate.running.tracing import Trace

FIGURES: tuple[Callable[[Result], Drawing | None], ...] = (
    plane.draw,
    ceac.draw,
    ceac.draw_per_point,
    events.draw,
    occupancy.draw,
    evpi.draw,
)


def draw_figures(result: Result, folder: Path) -> list[Path]:
    """Write every figure that the result has something to show in into `folder`, made where it is not there.

    Returns the files, PNG, SVG and CSV of each figure in turn. The same result gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        drawings = [drawing for draw in FIGURES if (drawing := draw(result)) is not None]
        return [path for drawing in drawings for path in write(drawing, folder)]


def draw_lifelines(trace: Trace, folder: Path) -> list[Path]:
    """Write the figure of individual histories into `folder`, made where it is not there."""
    from simulate.present.figures import lifelines

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        return write(lifelines.draw(trace), folder)


def draw_claims(answers: Sequence[Answered], folder: Path) -> list[Path]:
    """Write the briefing's figures against ours into `folder`, made where it is not there."""
    from simulate.present.figures import claims

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        return write(claims.draw(answers), folder)


def draw_information(found: Learning, folder: Path) -> list[Path]:
    """Write the figures of the value of learning more into `folder`, made where it is not there."""
    from simulate.present.figures import information

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        drawings = [evpi.draw(found.result), information.draw_parameters(found), information.draw_trial(found)]
        return [path for drawing in drawings if drawing is not None for path in write(drawing, folder)]


def draw_impact(found: Impact, folder: Path) -> list[Path]:
    """Write the figures of the impact on budgets into `folder`, made where it is not there."""
    from simulate.present.figures import budget

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        drawings = [budget.draw_years(found), budget.draw_months(found)]
        return [path for drawing in drawings for path in write(drawing, folder)]


def draw_equity(found: Equity, folder: Path) -> list[Path]:
    """Write the figures of an analysis of equity into `folder`, made where it is not there."""
    from simulate.present.figures import equity

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        return [path for draw in (equity.draw_weighted, equity.draw_plane) for path in write(draw(found), folder)]


def draw_virtual(found: VirtualTrials, folder: Path) -> list[Path]:
    """Write the figure of virtual trials into `folder`, made where it is not there."""
    from simulate.present.figures import virtual_trials

    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        return write(virtual_trials.draw(found), folder)


def draw_sweep(found: Sweep, folder: Path) -> list[Path]:
    """Write the figures of a sensitivity analysis into `folder`, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with house_style():
        return [path for drawing in _sweep_drawings(found) for path in write(drawing, folder)]


def _sweep_drawings(found: Any) -> Iterator[Drawing]:
    from simulate.present.figures import sweep, sweep_dots

    if found.kind == "one_way":
        yield from (sweep.draw_tornado(found, outcome) for outcome in ("nmb", "cost", "effect"))
        return
    one: dict[str, Callable[[Any], Drawing]] = {
        "two_way": sweep.draw_two_way,
        "threshold": sweep.draw_switching,
        "scenarios": sweep_dots.draw_scenarios,
        "subgroups": sweep_dots.draw_subgroups,
        "sobol": sweep_dots.draw_sobol,
    }
    yield one[found.kind](found)
