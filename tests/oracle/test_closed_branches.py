"""Which branch an event takes: weights, odds and risk ratios, windows, waning, fidelity and characteristics."""

from __future__ import annotations

from itertools import permutations
from typing import Literal

import numpy as np
import pytest

from models.contract import (
    Branch,
    Characteristic,
    Component,
    Covariate,
    Domain,
    Effect,
    Event,
    Exponential,
    Mixture,
    ModelError,
    Pathway,
    Strategy,
    Waning,
    When,
)
from parameters.arrays import Floats
from simulate.engine.check.twin import compare
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import lower
from tests.oracle.agreement import agrees, shares_agree
from tests.oracle.small import USUAL, Run, changed, simulate

Ratio = Literal["odds", "risk"]

P = np.array([0.5, 0.3, 0.2])
KIND = Characteristic("kind", Mixture({"x": 0.5}, otherwise="z"))
ON_B = Covariate("kind", "choose", "odds", 3.0, level="x", branch="b")


def choices(rate: float = 5.0, covariates: bool = False) -> Pathway:
    """Choices of a, b or c at weights 2, 1.2, 0.8 for ever; level x has odds ratio 3 on b."""
    branches = tuple(Branch(n, float(w), {}) for n, w in zip("abc", 4 * P, strict=True))
    return Pathway(
        "choices",
        (Domain("care", ("home",)),),
        (Event("choose", When(), Exponential(rate), branches=branches),),
        {"care": "home"},
        characteristics=(KIND,) if covariates else (),
        covariates=(ON_B,) if covariates else (),
    )


def on_branch(ratio: Ratio, by: float, branch: str = "a", start: float | None = None, end: float | None = None,
              waning: Waning | None = None) -> Effect:  # fmt: skip
    return Effect("choose", ratio, by, branch=branch, start=start, end=end, waning=waning)


def by_odds(p: Floats, branch: int, ratio: float) -> Floats:
    odds = p * np.where(np.arange(3) == branch, ratio, 1.0)
    return np.asarray(odds / odds.sum())


def by_risk(p: Floats, branch: int, ratio: float) -> Floats:
    """`ratio` times the probability; the others share the rest as they did before."""
    rest = (1 - ratio * p[branch]) / (1 - p[branch])
    return np.asarray(np.where(np.arange(3) == branch, ratio * p, rest * p))


def chosen(run: Run, low: float = 0.0, high: float = np.inf, strategy: int = 0, people: Floats | None = None) -> Floats:
    """How often each branch was taken from `low` to `high` years, by `people` (true where they count)."""
    out = []
    for name in "abc":
        rows = run.events(f"choose.{name}", strategy)
        mine = (rows[:, 3] >= low) & (rows[:, 3] < high)
        out.append(mine.sum() if people is None else (mine & people[rows[:, 1].astype(int)]).sum())
    return np.array(out, dtype=float)


@pytest.mark.parametrize("branch", [0, 2])
@pytest.mark.parametrize(("ratio", "by"), [("odds", 0.5), ("odds", 2.5), ("risk", 0.5), ("risk", 1.4)])
def test_shares_under_odds_and_risk_ratios(ratio: Ratio, by: float, branch: int) -> None:
    run = simulate(choices(), 40_000, 1.0, (USUAL, changed(on_branch(ratio, by, "abc"[branch]))), histories=True)
    law = by_odds if ratio == "odds" else by_risk
    assert shares_agree(chosen(run), P, family=2, catches=0.021)
    assert shares_agree(chosen(run, strategy=1), law(P, branch, by), family=2, catches=0.021)
    other = by_risk if ratio == "odds" else by_odds
    assert not shares_agree(chosen(run, strategy=1), P)  # negative controls: forgotten, or the other ratio
    assert by * P[branch] > 1 or not shares_agree(chosen(run, strategy=1), other(P, branch, by))


def test_the_race_of_branches_is_common_to_strategies() -> None:
    """Raising the odds of a moves choices to a and none between b and c."""
    run = simulate(choices(), 5_000, 1.0, (USUAL, changed(on_branch("odds", 2.5))), histories=True)
    before, after = (run.rows[run.rows[:, 2] == s] for s in (0, 1))
    assert np.array_equal(before[:, 3], after[:, 3])
    moved = before[:, 5] != after[:, 5]
    a = run.statistics.outcomes.index("choose.a")
    assert moved.any() and (after[moved, 5] == a).all()


@pytest.mark.parametrize(("ratio", "by"), [("odds", 3.0), ("risk", 0.4)])
def test_shares_in_a_window(ratio: Ratio, by: float) -> None:
    """From the start of the window on, until its end, by the time of the event."""
    run = simulate(choices(), 40_000, 2.0, (changed(on_branch(ratio, by, "b", 0.5, 1.25)),), histories=True)
    new = by_odds(P, 1, by) if ratio == "odds" else by_risk(P, 1, by)
    assert shares_agree(chosen(run, 0.0, 0.5), P, family=3, catches=0.029)
    assert shares_agree(chosen(run, 0.5, 1.25), new, family=3, catches=0.024)
    assert shares_agree(chosen(run, 1.25), P, family=3, catches=0.024)
    assert not shares_agree(chosen(run, 0.4, 1.25), new) and not shares_agree(chosen(run, 1.15), P)


def test_odds_that_wane_and_fidelity() -> None:
    """Odds ratio r ^ (f x what is left at the middle of the step), step by step."""
    waning, by, fidelity = Waning("linear", 1.5, 0.5), 6.0, 0.7
    strategy = changed(on_branch("odds", by, "c", 0.25, None, waning), fidelity=fidelity)
    run = simulate(choices(), 40_000, 2.25, (strategy,), histories=True)
    assert shares_agree(chosen(run, 0.0, 0.25), P, family=5, catches=0.042)
    for i in range(4):
        left = max(0.0, 1 - (i + 0.5) * 0.5 / 1.5)
        seen = chosen(run, 0.25 + i * 0.5, 0.75 + i * 0.5)
        assert shares_agree(seen, by_odds(P, 2, by ** (fidelity * left)), family=5, catches=0.03)
        assert left == 0 or not shares_agree(seen, by_odds(P, 2, by**fidelity))
        assert left == 0 or not shares_agree(seen, by_odds(P, 2, by**left))


def test_odds_ratios_act_first_and_then_risk_ratios_whatever_their_order() -> None:
    effects = (on_branch("odds", 2.0, "a"), on_branch("risk", 1.8, "b"), on_branch("odds", 4.0, "c"))
    law = by_risk(by_odds(by_odds(P, 0, 2.0), 2, 4.0), 1, 1.8)
    run = simulate(choices(), 40_000, 1.0, (changed(*effects),), histories=True)
    assert shares_agree(chosen(run), law, catches=0.02)
    assert not shares_agree(chosen(run), by_odds(by_risk(by_odds(P, 0, 2.0), 1, 1.8), 2, 4.0))


Held = tuple[tuple[str, float], ...]
TOGETHER: list[tuple[Held, Floats]] = [
    ((("a", 0.4), ("b", 2.0)), np.array([0.2, 0.6, 0.2])),
    ((("a", 0.4), ("b", 1.0)), np.array([0.2, 0.3, 0.5])),  # a ratio of 1 holds its branch where it is
    ((("a", 0.4), ("b", 0.5), ("b", 2.0)), np.array([0.2, 0.3, 0.5])),
    ((("a", 0.4), ("b", 5 / 3), ("c", 1.5)), np.array([0.2, 0.5, 0.3])),  # all of them: they come to 1
]


@pytest.mark.parametrize(("ratios", "law"), TOGETHER)
@pytest.mark.parametrize("apart", [False, True])
def test_every_risk_ratio_of_an_event_holds(ratios: Held, law: Floats, apart: bool) -> None:
    """In any order, in one component or several: p_i x ratio_i, and the others share what is left."""
    for order in permutations(ratios):
        effects = [on_branch("risk", by, branch) for branch, by in order]
        parts = [(e,) for e in effects] if apart else [tuple(effects)]
        strategy = Strategy("new", "New", tuple(Component(f"c{i}", "C", x) for i, x in enumerate(parts)))
        weights = weights_of(strategy)[0]
        assert weights / weights.sum() == pytest.approx(law, abs=1e-12)


def test_risk_ratios_that_overlap_in_time() -> None:
    """Each of two windows, both, and neither; and the readable simulator says the same."""
    effects = (on_branch("risk", 0.4, "a", 0.5, 1.5), on_branch("risk", 2.0, "b", 1.0, None))
    run = simulate(choices(), 40_000, 2.0, (changed(*effects),), histories=True)
    both = np.array([0.2, 0.6, 0.2])
    for low, high, law in (
        (0.0, 0.5, P), (0.5, 1.0, by_risk(P, 0, 0.4)), (1.0, 1.5, both), (1.5, 2.0, by_risk(P, 1, 2.0)),
    ):  # fmt: skip
        assert shares_agree(chosen(run, low, high), law, family=4, catches=0.04)
    lookup, zero = make_lookup(lambda name: np.zeros(1), 1), np.zeros(1)
    strategies = (USUAL, changed(*effects), changed(*reversed(effects), on_branch("odds", 0.7, "c"), fidelity=0.6))
    told = compare(choices(), strategies, lookup, 1, horizon=2.0, discount=(zero, zero), people=60, seed=1)
    assert told == []


@pytest.mark.parametrize(
    ("ratios", "match"),
    [
        ((("a", 1.5), ("b", 1.5)), r"choose\.a, b in draw 0: .*come to 1\.2; together at most 1"),
        ((("a", 1.5), ("b", 1.5), ("c", 1.5)), "of every branch, whose probabilities come to 1.5"),
        ((("a", 0.5), ("b", 0.5), ("c", 0.5)), "of every branch, whose probabilities come to 0.5"),
        ((("a", 2.5),), "may not exceed 2"),
    ],
)
@pytest.mark.parametrize("windowed", [False, True])
def test_risk_ratios_that_cannot_hold_together(ratios: Held, match: str, windowed: bool) -> None:
    effects = [on_branch("risk", by, branch, 0.5 if windowed else None) for branch, by in ratios]
    with pytest.raises(ModelError, match=match):
        weights_of(changed(*effects))


def weights_of(strategy: Strategy) -> Floats:
    """Weights of the branches, [segment, branch]."""
    lookup = make_lookup(lambda name: np.zeros(1), 1)
    rates = np.full(1, 0.035)
    tables = lower(choices(), (strategy,), lookup, 1, horizon=2.0, discount=(rates, rates)).tables
    return np.asarray(tables.weight[0, 0])


@pytest.mark.parametrize(("ratio", "by"), [("odds", 2.5), ("risk", 0.4)])
@pytest.mark.parametrize("windowed", [False, True])
def test_shares_with_a_covariate(ratio: Ratio, by: float, windowed: bool) -> None:
    """A strategy sets the weights at the baseline; a person's odds ratio multiplies on top, as in a logit model."""
    people = 40_000
    x = np.arange(people) % 3 == 0
    kinds = np.where(x, "x", "z").astype(object)
    file = PeopleFile(tuple(f"p{i}" for i in range(people)), np.ones(people), {"kind": kinds}, {}, np.zeros(people))
    effect = on_branch(ratio, by, "a", *((0.5, None) if windowed else ()))
    run = simulate(choices(covariates=True), 0, 1.0, (changed(effect),), file=file, histories=True)
    new = by_odds(P, 0, by) if ratio == "odds" else by_risk(P, 0, by)
    for low, high, shares in ((0.0, 0.5, P if windowed else new), (0.5, 1.0, new)):
        assert shares_agree(chosen(run, low, high, people=~x), shares, family=4, catches=0.036)
        assert shares_agree(chosen(run, low, high, people=x), by_odds(shares, 1, 3.0), family=4, catches=0.051)
        assert not shares_agree(chosen(run, low, high, people=x), shares)  # negative control: no covariate


def test_time_and_branch_are_independent() -> None:
    """Which branch is taken says nothing of when: mean waits for the first choice are alike."""
    once = simulate(choices(2.0), 100_000, 0.4, histories=True)
    rows = once.rows[np.unique(once.rows[:, 1], return_index=True)[1]]
    means, errors = [], []
    for name in "abc":
        t = rows[rows[:, 5] == once.statistics.outcomes.index(f"choose.{name}"), 3]
        means.append(t.mean())
        errors.append(t.std() / len(t) ** 0.5)
    truth = 1 / 2 - 0.4 * np.exp(-0.8) / -np.expm1(-0.8)
    assert agrees(means, truth, errors, catches=0.056)
    assert not agrees(means, 0.2, errors)
