"""Peer support workers: null results come out null and wide; the trial of Connecticut and "almost 5:1" by construction.

At 60,000 people the Monte Carlo standard error of a share is 0.002, and of mean bed-days about 0.15.
"""

from __future__ import annotations

import numpy as np
import pytest

from parameters import price_index
from simulate import load, run
from simulate.result.result import Result
from simulate.solve import solution, surface

pytestmark = pytest.mark.usefixtures("solved_once")


def simulated(setting: str) -> Result:
    return run(load("peer_support_workers", setting), fixed=True, people=60_000)


def difference(result: Result, of: np.ndarray) -> tuple[float, float]:
    """The 95% interval of new minus comparator over draws."""
    low, high = np.quantile(of[:, 1] - of[:, 0], [0.025, 0.975])
    return float(low), float(high)


@pytest.mark.parametrize("setting", ["enrich_england", pytest.param("veterans_2017", marks=pytest.mark.slow)])
def test_a_null_comes_out_null_and_is_not_degenerate(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs and readmissions: the interval holds 0, and is wide on both sides of it."""
    monkeypatch.setattr(surface, "DESIGN_PEOPLE", 250)
    monkeypatch.setattr(solution, "MOST_BEYOND", (0, 0.0))  # a rough map leaves many beyond it
    monkeypatch.setattr(solution, "FRESH_PEOPLE", 500)
    result = run(load("peer_support_workers", setting), draws=128, people=100, seed=5)
    low, high = difference(result, result.cost)
    assert low < -500 and high > 2000
    low, high = difference(result, 100 * result.ever()["admission"])
    assert low < -4 and high > 4


def test_with_exactly_no_effect_a_peer_worker_costs_what_delivery_costs() -> None:
    """13 sessions of 2 hours at 39 pounds, and not one history is moved."""
    result = simulated("enrich_england")
    assert result.cost[0, 1] - result.cost[0, 0] == pytest.approx(13 * 2 * 39)
    assert (result.effect[0, 0] == result.effect[0, 1]) and price_index().base == "2023/24"
    assert result.ever()["admission"][0] == pytest.approx([0.34, 0.34], abs=0.01)


def test_connecticut_comes_out_as_it_went_in() -> None:
    for row in simulated("sledge_2011").published_beside_ours():
        assert row["by_construction"] and row["simulated"] == pytest.approx(row["published"], rel=0.05), row["label"]


def test_what_almost_five_to_one_takes() -> None:
    """Its bed-days at the price of one return five times the delivery cost: more than four in all."""
    result = simulated("trachtenberg_legacy")
    saved = result.days()["bed_days"][0, 0] - result.days()["bed_days"][0, 1]
    delivery = 13 * 2 * 39
    assert saved * 520 / delivery == pytest.approx(5, rel=0.03)
    assert saved / result.days()["bed_days"][0, 0] == pytest.approx(0.55, abs=0.06)  # more than half of all bed-days
    assert 4 < 1 + (result.cost[0, 0] - result.cost[0, 1]) / delivery < 5
    worker = {(r["strategy"], r["measure"]): r for r in result.scaled()}["peer_support_worker", "effect"]
    assert worker["difference"]["mean"] == pytest.approx(60 * 9.6, rel=0.05)
