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
from simulate.engine.progress import Steps
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for
from simulate.solve import mapping, solution, surface
from simulate.solve.again import recalibrated
from simulate.solve.calibration import Calibration
from simulate.solve.mapping import told_error
from simulate.solve.search import _correction
from simulate.solve.solution import Solution, with_far
from simulate.solve.surface import Values
from simulate.solve.targets import TOLERANCE, goals_of

PROBLEMS = ["peer_support_workers", "individual_placement_and_support", "joint_crisis_plan", "housing_first"]
MANY = 2048  # fresh draws, independent of each other and of the design


SQUARES: dict[str, list[Floats]] = {}  # what the errors of a case are told from, by target


@cache
def mapped(name: str) -> tuple[Calibration, Draws]:
    """The map of a case, and fresh draws."""

    def spied(squares: Floats) -> float:
        SQUARES.setdefault(name, []).append(squares)
        return told_error(squares)

    case = load(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapping, "told_error", spied)
        calibration = solved_for(case, fixed=False)
    return calibration, drawn_for(ask(case, draws=MANY, people=10, seed=7, method="random"))


def some(draws: Draws, rows: Floats) -> Draws:
    return replace(draws, values=draws.values[rows], replicate=draws.replicate[rows])


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_error_told_is_the_error_made(name: str) -> None:
    """Root mean square of ln(map / exact) on 32 fresh draws, over what is told: between a half and two.

    Or their squares differ by no more than two of their standard errors: no error smaller than these is told or seen.
    What is exact is found on people of its own, twice: the noise of either is no error of the map, and their product
    has none on average.
    """
    calibration, drawn = mapped(name)
    rows = some(drawn, np.sort(np.random.default_rng(1).choice(MANY, 32, replace=False)))
    ours, off = calibration.apply(rows), _off(calibration)
    exact = [recalibrated(_of_people(calibration, seed), rows) for seed in (11, 12)]
    wrong = []
    for j, target in enumerate(calibration.targets):
        u = target.unknown
        one, other = (np.log(ours.column(u) / e.column(u)) + off[u] for e in exact)
        made, told = (one * other).mean(), calibration.error[j]
        error = np.hypot(_standard_error(one * other), _standard_error(SQUARES[name][j]))
        if not (0.5 < np.sqrt(max(made, 0.0)) / told < 2.0 or abs(told**2 - made) < 2.0 * error):
            wrong.append((u, told, made, error))
    assert not wrong


def _standard_error(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1) / np.sqrt(len(known)))


def _off(calibration: Calibration) -> dict[str, float]:
    """How far, in logarithms, what is solved for at the point estimates is from what it is with a great many people.

    What is exact elsewhere is so relatively to that.
    """
    found = dict[str, float]()
    for s in calibration.solutions or ():
        y = replace(s.simulator, seed=13)(s.centre, s.x0[None, :], 400_000)[0]
        miss = y - goals_of(s.targets, s.centre)[0]
        if before := s.simulator.block.before:
            miss = miss - mapping._moves(s) @ [found[n] for n in before]
        step = np.linalg.lstsq(s.jacobian, miss, rcond=None)[0]
        found |= {t.unknown: float(x) for t, x in zip(s.targets, step, strict=True)}
    return found


def _of_people(calibration: Calibration, seed: int) -> Calibration:
    """The same, whatever is solved for from now on being on other people."""
    assert calibration.solutions is not None
    solutions = (replace(s, simulator=replace(s.simulator, seed=seed)) for s in calibration.solutions)
    return replace(calibration, solutions=tuple(solutions))


def test_no_error_is_told_that_could_not_have_been_seen() -> None:
    """Of independent noise of sd 0.05 in either half 256 points can see 0.0125; of no noise, whatever there is."""
    generator = np.random.default_rng(5)
    halves = 0.05 * generator.standard_normal((400, 2, 256))
    nothing = np.array([told_error(one * other) for one, other in halves])
    assert (nothing > 0.01).all() and np.sqrt((nothing**2).mean()) == pytest.approx(0.0125 * 1.04, rel=0.05)
    there = np.array([told_error((one + 0.05) * (other + 0.05)) for one, other in halves])
    assert (there**2).mean() == pytest.approx(0.05**2, rel=0.03)
    assert told_error(np.array([4e-4, 4e-4, np.nan])) == pytest.approx(0.02)
    assert np.isnan(told_error(np.array([np.nan, 1e-4])))


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
    nothing: Any = SimpleNamespace(block=block, targets=(None,), words=lambda: (), steps=Steps())
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
