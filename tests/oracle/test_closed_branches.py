"""Which branch an event takes: weights, odds and risk ratios, windows, waning, fidelity and characteristics."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from models.contract import (
    Branch,
    Characteristic,
    Covariate,
    Domain,
    Effect,
    Event,
    Exponential,
    Mixture,
    Pathway,
    Waning,
    When,
)
from parameters.arrays import Floats
from simulate.engine.lower.people import PeopleFile
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


def test_effects_on_branches_act_one_after_the_other() -> None:
    """Odds 2 on a, then 1.8 times the risk of b as that leaves it, then odds 4 on c."""
    effects = (on_branch("odds", 2.0, "a"), on_branch("risk", 1.8, "b"), on_branch("odds", 4.0, "c"))
    run = simulate(choices(), 40_000, 1.0, (changed(*effects),), histories=True)
    assert shares_agree(chosen(run), by_odds(by_risk(by_odds(P, 0, 2.0), 1, 1.8), 2, 4.0), catches=0.02)
    assert not shares_agree(chosen(run), by_risk(by_odds(by_odds(P, 0, 2.0), 2, 4.0), 1, 1.8))


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
