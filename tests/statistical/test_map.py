"""The fitted map of engine ratios against exact solutions: its error as told, and draws beyond it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parameters import Draws
from parameters.arrays import Bools, Floats
from simulate import load
from simulate.ask.asked import ask
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for
from simulate.solve import solution, surface
from simulate.solve.again import recalibrated
from simulate.solve.calibration import Calibration
from simulate.solve.search import _correction
from simulate.solve.solution import Solution, with_far
from simulate.solve.surface import Values
from simulate.solve.targets import TOLERANCE

PROBLEMS = ["peer_support_workers", "individual_placement_and_support", "joint_crisis_plan", "housing_first"]
MANY = 2048  # fresh draws, independent of each other and of the design


@cache
def mapped(name: str) -> tuple[Calibration, Draws]:
    """The map of a case, and fresh draws."""
    case = load(name)
    return solved_for(case, fixed=False), drawn_for(ask(case, draws=MANY, people=10, seed=7, method="random"))


def some(draws: Draws, rows: Floats) -> Draws:
    return replace(draws, values=draws.values[rows], replicate=draws.replicate[rows])


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_error_told_is_the_error_made(name: str) -> None:
    """Root mean square of ln(map / exact) on 32 fresh draws, over what is told: between a half and two.

    What is exact is found on people of its own, twice: the noise of either is no error of the map, and their product
    has none on average.
    """
    calibration, drawn = mapped(name)
    rows = some(drawn, np.sort(np.random.default_rng(1).choice(MANY, 32, replace=False)))
    ours = calibration.apply(rows)
    exact = [recalibrated(_of_people(calibration, seed), rows) for seed in (11, 12)]
    for j, target in enumerate(calibration.targets):
        one, other = (np.log(ours.column(target.unknown) / e.column(target.unknown)) for e in exact)
        assert 0.5 < np.sqrt(max((one * other).mean(), 0.0)) / calibration.error[j] < 2.0, target.unknown


def _of_people(calibration: Calibration, seed: int) -> Calibration:
    """The same, whatever is solved for from now on being on other people."""
    assert calibration.solutions is not None
    solutions = (replace(s, simulator=replace(s.simulator, seed=seed)) for s in calibration.solutions)
    return replace(calibration, solutions=tuple(solutions))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["individual_placement_and_support", "joint_crisis_plan"])
def test_draws_beyond_the_map_are_solved_exactly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of such draws come out to ten times the tolerance of the centre; by straight line they do not."""
    seen: dict[str, list[float]] = {"line": [], "exact": [], "left": []}

    def spied(mine, values, x, solved):  # type: ignore[no-untyped-def]
        out, done = with_far(mine, values, x, solved)
        far = np.flatnonzero(~solved & done)
        if len(x) == MANY and len(far):
            search = mine.searched({n: v[far] for n, v in values.items()})
            seen["line"] += [np.abs(search.off(x[far], 40_000)).max()]
            seen["exact"] += [np.abs(search.off(out[far], 40_000)).max()]
            seen["left"] += [(~done).sum()]
        return out, done

    monkeypatch.setattr(solution, "with_far", spied)
    calibration, drawn = mapped(name)
    calibration.apply(drawn)
    assert seen["exact"] and max(seen["left"]) <= 8
    assert max(seen["exact"]) < 10 * TOLERANCE < max(seen["line"])


class Counted(Solution):
    """A solution that does nothing but tell of how many draws it was asked."""

    calls: list[int]

    def read(self, values: Values) -> tuple[Floats, Bools]:
        self.calls.append(len(values["a"]))
        return np.zeros((len(values["a"]), 1)), np.ones(len(values["a"]), dtype=np.bool_)


def of_nothing(kind: type[Solution]) -> Any:
    """A solution of one target, read from one input, whose simulator is none."""
    block = SimpleNamespace(inputs=lambda values: {"a": values["a"]}, unknowns=("b",))
    nothing: Any = SimpleNamespace(block=block, targets=(None,), words=lambda: ())
    return kind(nothing, {}, np.zeros(1), np.zeros(1), np.ones((1, 1)))


def test_what_was_solved_is_not_solved_again() -> None:
    Counted.calls = []
    counted = of_nothing(Counted)
    for rows in (3, 3, 4, 4, 3):
        x, _ = counted.at({"a": np.arange(float(rows)), "b": np.full(rows, rows)})
        x += 1.0  # what is handed out is the caller's
        assert (counted.at({"a": np.arange(float(rows))})[0] == 0.0).all()
    assert Counted.calls == [3, 4, 3]


def test_of_too_many_draws_beyond_the_map_the_furthest_are_solved() -> None:
    asked: list[Floats] = []

    class Far(Solution):
        def searched(self, values: Values) -> Any:
            def solved_from(start: Floats, slopes: Floats, steps: int) -> tuple[Floats, Bools]:
                asked.append(start)
                return start + 100.0, np.ones(len(start), dtype=np.bool_)

            return SimpleNamespace(solved_from=solved_from)

    x, solved = np.arange(200.0)[:, None], np.zeros(200, dtype=bool)
    solved[199] = True
    out, done = with_far(of_nothing(Far), {}, x, solved)
    assert asked[0][:, 0].tolist() == list(range(183, 199))
    assert (out[183:199] == x[183:199] + 100.0).all() and (out[:183] == x[:183]).all() and out[199] == 199.0
    assert done.sum() == 17


def test_corrected_slopes_give_what_a_step_brought() -> None:
    rng = np.random.default_rng(3)
    slopes, step, change = rng.normal(size=(4, 3, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    step[1], change[2, 0] = 0.0, np.nan  # no step yet; a figure that is none
    found = slopes + _correction(slopes, step, change)
    assert (found[1] == slopes[1]).all() and (found[2] == slopes[2]).all()
    for cell in (0, 3):
        assert found[cell] @ step[cell] == pytest.approx(change[cell])


def test_targets_that_share_a_figure_are_moved_apart() -> None:
    """Else the map cannot tell their slopes: what follows from other figures is stirred and no other."""
    generator = np.random.default_rng(1)
    free = generator.standard_normal((64, 2))
    goals = np.column_stack([free[:, 0], free[:, 0], np.full(64, 0.3), free[:, 1], 1.0 - 2.0 * free[:, 0] + free[:, 1]])
    moved = surface._stirred(goals).any(axis=0)
    assert moved.tolist() == [False, True, True, False, True]
