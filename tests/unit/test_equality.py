"""One rule of equality: what differs by rounding only is equal for verdict, table, frontier, curve and sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.catalogue import problem_ids
from simulate import load, run
from simulate.analyse.sweep import decision_switch
from simulate.evaluate import ceac, ceaf, evpi, incremental_table, net_benefit, switch_points, versus
from simulate.evaluate.decision.equality import apart, best, best_on_average, settled
from simulate.evaluate.decision.frontier import status
from simulate.evaluate.uncertainty.noise_correction import noise_correct
from simulate.present.terminal.summary import summary_lines
from simulate.result import judgement

A_THIRD_AND_LESS = 0.1 + 0.2  # 0.30000000000000004
THRESHOLDS = np.array([0.0, 500.0, 20_000.0, 30_000.0])


def nearly(values: np.ndarray, seed: int = 1) -> np.ndarray:
    """The same values but for the last bits."""
    return np.asarray(values * (1 + np.random.default_rng(seed).choice([-2e-16, 0.0, 2e-16, 4e-16], size=values.shape)))


def two_alike(draws: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Costs and effects [draws, 2] of strategies that are the same but for rounding."""
    rng = np.random.default_rng(4)
    cost, effect = rng.normal(24_000, 900, draws), rng.normal(0.7, 0.1, draws)
    return np.stack([cost, nearly(cost)], axis=1), np.stack([effect, nearly(effect, 2)], axis=1)


@pytest.mark.parametrize("size", [1e-18, -1e-18, 1e-13, -3e-11])
@pytest.mark.parametrize("extra", [7.5, -7.5])
def test_an_effect_that_is_rounding_is_none(size: float, extra: float) -> None:
    """Arms that differ in cost and, by rounding, in effect: dominance, no ratio, in every table alike."""
    effect = np.full(50, 0.4)
    cost, effects = np.stack([np.full(50, 100.0), np.full(50, 100.0 + extra)], 1), np.stack([effect, effect + size], 1)
    (found,) = versus(cost, effects, ["old", "new"])
    assert (found.verdict, found.icer) == ("dominated" if extra > 0 else "dominates", None)
    assert found.mean_effect == 0.0 and not found.effect.any()
    table = incremental_table(cost, effects, ["old", "new"]).set_index("strategy")
    worse = "new" if extra > 0 else "old"
    assert table.loc[worse, "status"] == "dominated" and table["icer"].isna().all()
    assert switch_points(cost, effects, ["old", "new"]) == []
    assert np.array_equal(ceac(cost, effects, [0.0, 1e9]), [[float(extra > 0), float(extra < 0)]] * 2)


def test_strategies_identical_but_for_rounding_share_everything() -> None:
    cost, effect = two_alike()
    (found,) = versus(cost, effect, ["a", "b"])
    assert (found.verdict, found.icer, found.p_cost_saving) == ("no difference", None, 0.0)
    assert np.array_equal(ceac(cost, effect, THRESHOLDS), np.full((4, 2), 0.5))
    assert not evpi(cost, effect, THRESHOLDS).any() and not ceaf(cost, effect, THRESHOLDS).optimal.any()
    assert switch_points(cost, effect, ["a", "b"]) == []


@pytest.mark.parametrize("strategies", [2, 3, 5])
def test_the_corrected_curve_shares_ties_by_rounding(strategies: int) -> None:
    rng = np.random.default_rng(9)
    same = rng.normal([24_000.0, 0.7], [900.0, 0.1], size=(80, 10, 2))
    batches = np.stack([same, *(nearly(same, k) for k in range(1, strategies))], axis=2)
    found = noise_correct(batches, THRESHOLDS, parameters=rng.normal(size=(80, 3)))
    assert found.ceac == pytest.approx(np.full((4, strategies), 1 / strategies), abs=1e-12)
    assert found.ceac_naive == pytest.approx(found.ceac) and not found.evpi.any()


def test_two_alike_beside_a_third_share_what_the_third_leaves() -> None:
    rng = np.random.default_rng(10)
    same = rng.normal([100.0, 0.7], [9.0, 0.1], size=(80, 10, 2))
    other = rng.normal([100.0, 0.7], [9.0, 0.1], size=(80, 10, 2))
    found = noise_correct(
        np.stack([other, same, nearly(same)], axis=2), [0.0, 100.0], parameters=rng.normal(size=(80, 2))
    )
    assert found.ceac[:, 1] == pytest.approx(found.ceac[:, 2], abs=1e-12)


@pytest.mark.parametrize("tied", [2, 3, 5])
def test_ties_of_net_benefit_by_rounding_are_shared(tied: int) -> None:
    """0.3 against 0.1 + 0.2, as costs, as effects and as a price times an effect."""
    sums = np.array([[0.3, *[A_THIRD_AND_LESS] * (tied - 1)]])
    assert ceac(sums, np.zeros((1, tied)), 0.0) == pytest.approx(np.full((1, tied), 1 / tied))
    assert ceac(np.zeros((1, tied)), sums, 20_000.0) == pytest.approx(np.full((1, tied), 1 / tied))
    cost, effect = np.array([[0.0, *[-A_THIRD_AND_LESS] * (tied - 1)]]), np.array([[0.1, *[0.0] * (tied - 1)]])
    assert ceac(cost, effect, 3.0) == pytest.approx(np.full((1, tied), 1 / tied))
    assert len(set(net_benefit(cost, effect, 3.0)[0])) == 1


def test_points_on_a_line_but_for_rounding_all_stay() -> None:
    assert status([0.1, 0.3, 0.7], [0.0, 0.1 + 0.1, 0.6]) == ["reference", "on frontier", "on frontier"]
    assert status([0.0, A_THIRD_AND_LESS, 0.6], [0.0, 0.3, 0.6]) == ["reference", "on frontier", "on frontier"]


def test_a_mean_that_cancels_is_none() -> None:
    cost = np.array([[0.0, 0.1], [0.0, 0.2], [0.0, -0.3]])
    (found,) = versus(cost, np.zeros((3, 2)), ["a", "b"])
    assert found.verdict == "no difference"


@pytest.mark.parametrize("size", [1e-6, 1e-8, -1e-8])
def test_what_is_small_but_real_is_kept(size: float) -> None:
    effect = np.array([[1.0, 1.0 + size]])
    (found,) = versus([[10.0, 11.0]], effect, ["a", "b"])
    assert found.effect[0] == effect[0, 1] - 1.0
    assert (found.icer is None) == (size < 0)


def test_values_that_need_no_settling_keep_their_bits() -> None:
    values = np.random.default_rng(3).normal(size=(200, 4))
    assert np.array_equal(settled(values), values) and np.array_equal(apart(values, 0.0), values)


def test_the_size_of_what_went_in_decides_where_it_cancelled() -> None:
    assert list(settled([0.0, 1e-12], [1e4, 1e4])) == [0.0, 0.0]
    assert list(settled([0.0, 1e-12])) == [0.0, 1e-12]
    assert list(settled([3.0, 3.0 + 1e-15, 4.0, 3.0 - 1e-15])) == [3.0, 3.0, 4.0, 3.0]


# --- the catalogue --------------------------------------------------------------------------------

MOST_DIGITS = 12
DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")


def numbers_of(data: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a summary with its key."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from numbers_of(value, str(key))
    elif isinstance(data, list):
        for value in data:
            yield from numbers_of(value, name)
    elif isinstance(data, float):
        yield name, data


def check_no_rounding_is_told(result: Any) -> None:
    """Text has no number of more than twelve digits, and nothing in the summary is rounding of what it is made of."""
    summary = result.summary()
    text = "\n".join(summary_lines(summary, result.case.problem, result.case.parameters))
    assert [n for n in DIGITS.findall(text) if sum(map(str.isdigit, n)) > MOST_DIGITS] == []
    for row in summary["incremental"]:
        for name in ("cost", "effect"):
            size = max(abs(s[name]["mean"]) for s in summary["strategies"])
            assert row[name]["mean"] == 0 or abs(row[name]["mean"]) > 1e-9 * size, (row["strategy"], name)
    assert [(k, x) for k, x in numbers_of(summary) if abs(x) > 1e12] == []


def test_safewards_has_no_effect_on_qalys() -> None:
    result = run(load("safewards"), draws=16, people=20, effect="qaly", variants=False)
    check_no_rounding_is_told(result)
    (row,) = result.summary()["incremental"]
    assert row["icer"] is None and row["effect"]["mean"] == 0.0 and "health" not in row["verdict"]
    worse = result.incremental().set_index("strategy").loc["safewards" if row["cost"]["mean"] > 0 else "usual_ward"]
    assert worse["status"].startswith("dominated") and worse["incremental_effect"] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("name", problem_ids())
def test_no_problem_tells_rounding_under_any_effect(name: str) -> None:
    result = run(load(name), draws=16, people=20, variants=False)
    for effect in result.case.problem.effects:
        for perspective in result.case.problem.perspectives:
            check_no_rounding_is_told(result.value(effect=effect.name, perspective=perspective.name))


# Where a greatest or least is looked for, and of what: choices of a strategy go through ``equality``.
CHOOSING = {"argmax", "argmin", "nanargmax", "nanargmin", "idxmax", "idxmin"}
CHOSEN = {
    "analyse/comparison/otherwise.py": "the draw that a changed table tells most otherwise",
    "analyse/batch/dealing.py": "the shard with the least work",
    "analyse/credibility/calibration.py": "the unknown on which four runs agree least",
    "result/finished/likeness.py": "the draw that tells a column's sign, of columns that are alike",
    "result/finished/worth.py": "whom increments are told against, for a look at which parameters move them",
    "evaluate/decision/equality.py": "the one rule",
    "evaluate/regression/smoothers.py": "the regression that predicts best",
    "evaluate/regression/splines.py": "the smoothness that predicts best",
    "evaluate/impact/budget.py": "the last month below 0, of booleans",
    "evaluate/uncertainty/estimators.py": "the regression that predicts best",
    "evaluate/uncertainty/extrapolation.py": "whom gains are reckoned over: any of those that tie is worth the same",
    "evaluate/uncertainty/precision.py": "how much too great the greatest mean is: any of those that tie is as great",
    "evaluate/uncertainty/settlement.py": "whom gains are reckoned over: any of those that tie is worth the same",
    "evaluate/uncertainty/noise_correction.py": "whom gains are reckoned over: any of those that tie is worth the same",
    "evaluate/information/partial.py": "whom gains are reckoned over: any of those that tie is worth the same",
    "present/figures/pathway/occupancy.py": "the most crowded level",
    "running/planning.py": "the greatest variance",
}


def test_strategies_are_chosen_by_the_one_rule_alone() -> None:
    root = Path(__file__).resolve().parent.parent.parent / "simulate"
    found = {
        path.relative_to(root).as_posix()
        for room in ("evaluate", "analyse", "result", "present", "running")
        for path in (root / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in CHOOSING
    }
    assert found <= CHOSEN.keys(), "choose by simulate.evaluate.decision.equality, or say here what is chosen"


def test_the_first_of_those_that_tie_but_for_rounding_is_chosen() -> None:
    assert best(np.array([A_THIRD_AND_LESS, 0.3, 0.1])) == 0 and best(np.array([0.3, A_THIRD_AND_LESS, 0.1])) == 0
    assert list(best(np.array([[0.0, 1.0], [1.0, 1.0 + 1e-15], [1.0, 1.1]]))) == [1, 0, 1]
    assert best_on_average(np.array([[1.0, 5.0], [5.0, 1.0 + 1e-15]])) == 0
    assert best(np.array([1e-12, 2e-12]), size=np.array([1e6, 1e6])) == 0 and best(np.array([1e-12, 2e-12])) == 1


def test_what_cancels_in_net_benefit_is_exactly_0_wherever_an_increment_is_told() -> None:
    """An effect of 0.1 + 0.2 at GBP 3 is worth 0.9 or a little more: no cell of a grid is worth having for that."""
    cost, effect = np.array([[0.0, 0.9], [0.0, 0.9]]), np.array([[0.0, 0.3], [0.0, A_THIRD_AND_LESS]])
    found = judgement.increments(SimpleNamespace(strategies=("a", "b"), cost=cost, effect=effect), "b", 3.0)  # type: ignore[arg-type]
    assert (found["nmb"] == 0.0).all() and (found["cost"] == 0.9).all()


def test_where_two_tie_at_the_end_the_first_is_best_and_the_switch_is_found_there() -> None:
    """Worth 0, and x^2 - 1 for the first: they tie at 1, where the first, by order, comes to be best."""

    def at(x: Any) -> Any:
        rows = np.array([0.0, *x])  # the base case, then what is asked
        batches = np.stack([1 - rows**2, np.zeros_like(rows)], axis=1)
        values = SimpleNamespace(cost=batches[:, :, None], effect=np.zeros((len(rows), 2, 1)), people=np.ones(1))
        return SimpleNamespace(cost=batches, effect=0 * batches, strategies=("a", "b"), values=values)

    x = np.array([0.0, 1.0])
    worth = np.array([[-1.0, 0.0], [0.0, 0.0]])
    assert decision_switch._changes(worth) == [0]
    with np.errstate(invalid="ignore"):
        found = decision_switch._bracketed(at, "x", x, worth, 0, 0.0)
    assert found.value == pytest.approx(1.0, abs=1e-3) and (found.below, found.above) == ("b", "a")
