"""The portfolio: one frontier for each population, single problems' results on the common pathway, nothing doubled."""

from __future__ import annotations

import pytest

from models.interventions.recovery_portfolio import PROBLEM, USUAL
from simulate import load, run

pytestmark = pytest.mark.usefixtures("solved_once")


@pytest.mark.parametrize(("setting", "packages"), [("leaving_crisis_care", 4), ("wants_work", 4), ("acute_wards", 5)])
def test_one_frontier_and_one_curve(setting: str, packages: int) -> None:
    result = run(load("recovery_portfolio", setting), fixed=True, people=2_000)
    assert len(result.strategies) == packages and result.strategies[0] == USUAL
    statuses = list(result.incremental()["status"])
    assert statuses.count("reference") == 1
    curve = result.ceac()
    assert {r["scale"] for r in result.scaled()} == ({"ward_year", "trust_year"} if setting == "acute_wards" else set())
    shares = [c for c in curve.columns if c.startswith("probability_")]
    if setting == "acute_wards":  # two of the programmes rest on what nobody measured
        assert result.withheld.strategies == ("no_force_first", "violence_reduction_collaborative")
        assert curve[shares].isna().to_numpy().all()
    else:
        assert curve[shares].sum(axis=1).to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("setting", "single", "own", "package"),
    [
        ("homeless", "housing_first", "england", "housing_first"),
        ("acute_wards", "safewards", "england", "safewards"),
        ("acute_wards", "violence_reduction_collaborative", "east_london", "violence_reduction_collaborative"),
    ],
)
def test_a_package_alone_costs_what_its_own_problem_says(setting: str, single: str, own: str, package: str) -> None:
    """Same people, same numbers: the difference in cost agrees but for streams of events that only one of them has."""
    together = run(load("recovery_portfolio", setting), fixed=True, people=20_000)
    alone = run(load(single, own), fixed=True, people=20_000).value(perspective=together.options.perspective)
    i, j = together.strategies.index(package), alone.strategies.index(package)
    ours, theirs = together.cost[0, i] - together.cost[0, 0], alone.cost[0, j] - alone.cost[0, 0]
    assert ours == pytest.approx(theirs, rel=0.1)


def test_ward_programmes_are_alternatives() -> None:
    wards = PROBLEM.setting("acute_wards")
    for strategy in PROBLEM.under(wards).strategies:
        assert len({c.name for c in strategy.components} - {"stable_site"}) <= 1
