"""Who is where at given times: against closed forms, with true errors, and intervals that hold no chance of people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import models as m
from parameters.mistakes import ModelError
from simulate import load, read_result, run
from simulate.ask.case import Case
from simulate.evaluate.moments import without_noise
from simulate.evaluate.uncertainty.precision import reach_of

FALLS, DIES = 0.3, 0.2
TIMES = (0.0, 0.5, 1.0, 2.0, 7.3, 10.0)
HEALTH = m.Domain("health", ("well", "ill", "dead"), "Health", absorbing=("dead",))


def illness(
    death: m.Quantity = DIES, *, cycle: m.Cycle | None = None, numbers: Mapping[str, Any] | None = None
) -> Case:
    falls = m.Event("falls", m.When(health="well"), m.Exponential(FALLS), {"health": "ill"})
    dies = m.Event("dies", m.When(health="ill"), m.Exponential(death), {"health": "dead"})
    drug = m.Component("drug", "Drug", (m.Effect("dies", "hazard", 0.5),))
    problem = m.DecisionProblem(
        id="illness",
        label="Illness",
        pathway=m.Pathway("illness", (HEALTH,), (falls, dies), {"health": "well"}, cycle=cycle),
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("drug", "Drug", (drug,))),
        settings=(m.Setting("base", "Everybody", horizon=10.0),),
        costs=(m.CostItem("care", "Care", "nhs", m.StateTime(m.When(health="ill")), 100.0),),
        utilities=(m.Utility(m.When(health=("well", "ill")), 1.0),),
    )
    return load(problem, inline=numbers or {})


def closed(times: Sequence[float], death: float) -> Mapping[str, np.ndarray[Any, np.dtype[np.float64]]]:
    t = np.asarray(times)
    well = np.exp(-FALLS * t)
    ill = FALLS / (death - FALLS) * (np.exp(-FALLS * t) - np.exp(-death * t))
    return {"well": well, "ill": ill, "dead": 1 - well - ill}


def shares(table: pd.DataFrame, strategy: str, level: str) -> pd.DataFrame:
    return table[(table["strategy"] == strategy) & (table["level"] == level)]


def test_shares_and_survival_are_those_of_the_closed_form() -> None:
    """Every share within five of its errors (t with 9 degrees: once in 1,400 each), and the difference."""
    table = run(illness(), fixed=True, people=20_000, seed=4, occupancy=TIMES).occupancy()
    for strategy, death in (("usual", DIES), ("drug", DIES / 2)):
        for level, wanted in closed(TIMES, death).items():
            found = shares(table, strategy, level)
            assert (np.abs(found["mean"] - wanted) <= 5 * found["mcse"] + 1e-12).all()
            assert found["low"].isna().all()  # a single draw has no interval
    apart = shares(table, "drug", "dead")
    wanted = closed(TIMES, DIES / 2)["dead"] - closed(TIMES, DIES)["dead"]
    assert (np.abs(apart["difference"] - wanted) <= 5 * apart["difference_mcse"] + 1e-12).all()
    assert apart["difference_mcse"].iloc[-1] < apart["mcse"].iloc[-1]  # people are the same
    alive = table[table["measure"] == "survival"]["mean"].to_numpy()
    np.testing.assert_allclose(alive, 1 - table[table["level"] == "dead"]["mean"].to_numpy(), atol=1e-12)


@pytest.mark.parametrize(
    "wish", [{"draws": 16, "people": 50}, {"fixed": True, "people": 300}, {"exact": True, "draws": 2}]
)
def test_levels_add_to_the_cohort(wish: Mapping[str, Any]) -> None:
    table = run(illness(), seed=2, occupancy=TIMES, **wish).occupancy()
    levels = table[table["measure"] == "share"]
    sums = levels.groupby(["years", "strategy", "domain"])["mean"].sum()
    np.testing.assert_allclose(sums, 1.0, atol=1e-5 if wish.get("exact") else 1e-12)
    assert len(table) == len(TIMES) * 2 * 4


def test_expected_values_have_no_error_of_people() -> None:
    table = run(illness(), fixed=True, exact=True, occupancy=TIMES).occupancy()
    for level, wanted in closed(TIMES, DIES).items():
        found = shares(table, "usual", level)
        np.testing.assert_allclose(found["mean"], wanted, atol=5e-5)
        assert (found["mcse"] == 0.0).all()


def test_a_cohort_is_exact() -> None:
    """In cycles of a quarter, a chain multiplied out."""
    times = [0.0, 0.25, 5.0, 10.0]
    table = run(illness(cycle=m.Cycle(0.25)), fixed=True, occupancy=times).occupancy()
    p, q = 1 - math.exp(-FALLS / 4), 1 - math.exp(-DIES / 4)
    step = np.array([[1 - p, p, 0], [0, 1 - q, q], [0, 0, 1]])
    for k, level in enumerate(("well", "ill", "dead")):
        found = shares(table, "usual", level)
        wanted = [np.linalg.matrix_power(step, round(4 * t))[0, k] for t in times]
        np.testing.assert_allclose(found["mean"], wanted, rtol=1e-12, atol=1e-15)
        assert (found["mcse"] == 0.0).all()


def test_between_the_ends_of_cycles_nothing_is_known() -> None:
    with pytest.raises(ModelError, match=r"occupancy: 0\.3; .* ends of cycles of 0\.25 years"):
        run(illness(cycle=m.Cycle(0.25)), occupancy=[0.25, 0.3])


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([1.0, 0.5], "must rise"),
        ([1.0, 1.0], "must rise"),
        ([-1.0, 1.0], "from 0 or more"),
        ([1.0, 10.5], "followed for 10 years"),
        ([math.nan], "must be numbers"),
        ([True], "allowed: numbers"),
        (["1"], "allowed: numbers"),
        ([k / 50 for k in range(201)], "201 times; allowed: at most 200"),
    ],
)
def test_times_that_cannot_be_are_refused(times: Sequence[Any], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        run(illness(), occupancy=times)


def test_what_was_not_asked_for_is_not_told() -> None:
    with pytest.raises(ModelError, match="run with occupancy"):
        run(illness(), fixed=True, people=2).occupancy()


@pytest.mark.parametrize("steps", [12, 365, 3650])
def test_what_happens_at_a_moment_has_happened_by_then(steps: int) -> None:
    """A state left after so many steps of a year is left at one year, whatever the steps add up to by rounding."""
    domain = m.Domain("place", ("here", "there"), "Place")
    years = sum([1.0 / steps] * steps)
    leaves = m.Event("leaves", m.When(place="here"), m.FixedTime(years), {"place": "there"})
    problem = m.DecisionProblem(
        id="steps",
        label="Steps",
        pathway=m.Pathway("steps", (domain,), (leaves,), {"place": "here"}),
        strategies=(m.Strategy("a", "A"), m.Strategy("b", "B")),
        settings=(m.Setting("base", "Everybody", horizon=2.0),),
        costs=(m.CostItem("care", "Care", "nhs", m.StateTime(m.When(place="here")), 100.0),),
        utilities=(m.Utility(m.When(), 1.0),),
    )
    table = run(load(problem), fixed=True, people=10, occupancy=[1.0]).occupancy()
    assert shares(table, "a", "there")["mean"].tolist() == [1.0]


def test_intervals_hold_no_chance_between_people() -> None:
    """40 people a draw: chance is most of the spread, and the interval is that of exp(-r t) under a gamma.

    Within a twelfth of its width.
    """
    rate = {"r": {"unit": "per_year", "distribution": {"gamma": {"mean": 0.2, "se": 0.04}}}}
    domain = m.Domain("life", ("alive", "dead"), "Life", absorbing=("dead",))
    problem = m.DecisionProblem(
        id="life",
        label="Life",
        pathway=m.Pathway(
            "life",
            (domain,),
            (m.Event("dies", m.When(life="alive"), m.Exponential("r"), {"life": "dead"}),),
            {"life": "alive"},
        ),
        strategies=(m.Strategy("a", "A"), m.Strategy("b", "B")),
        settings=(m.Setting("base", "Everybody", horizon=5.0),),
        costs=(m.CostItem("care", "Care", "nhs", m.StateTime(m.When(life="alive")), 100.0),),
        utilities=(m.Utility(m.When(life="alive"), 1.0),),
    )
    result = run(load(problem, inline=rate), draws=1024, people=40, seed=5, occupancy=[3.0])
    found = result.occupancy().iloc[0]
    gamma = stats.gamma(25, scale=0.2 / 25)
    low, high = np.exp(-3 * gamma.ppf([0.975, 0.025]))
    assert abs(found["low"] - low) < (high - low) / 12 and abs(found["high"] - high) < (high - low) / 12
    naive = np.quantile(result.statistics.present[:, 0, :, 0, 0].sum(axis=1) / 40, [0.025, 0.975])
    assert np.ptp(naive) > 1.5 * (high - low)  # what it would be with the chance


def test_what_is_only_chance_has_an_interval_of_no_width() -> None:
    batches = np.random.default_rng(1).binomial(10, 0.5, (4096, 10)) / 10
    assert np.ptp(without_noise(batches, np.full(10, 10.0))) < 0.3 * np.ptp(batches.mean(axis=1))


def test_nobody_seen_is_not_nobody() -> None:
    """Of 200 people none is dead after a day: the error reaches to where 95% confidence ends, 3 in 200."""
    found = shares(run(illness(1e-4), fixed=True, people=200, occupancy=[0.003]).occupancy(), "usual", "dead")
    assert found["mean"].tolist() == [0.0]
    assert found["mcse"].tolist() == pytest.approx([3 / 200 / reach_of(9)])


def test_one_file_has_it_and_gives_it_back(tmp_path: Path, command: Any) -> None:
    model = Path(__file__).read_text(encoding="utf-8").partition("def closed")[0]
    (tmp_path / "mine.py").write_text(f"{model}\n\nPROBLEM = illness().problem\n", encoding="utf-8")
    words = ("--draws", "8", "--people", "6", "--occupancy", "0:1:0.5", "--figures", "none")
    done = command("run", tmp_path / "mine.py", *words, "--out", tmp_path / "r")
    assert done.code == 0, done.err
    written = pd.read_csv(tmp_path / "r" / "occupancy.csv")
    assert sorted(set(written["years"])) == [0.0, 0.5, 1.0]
    again = read_result(tmp_path / "r").occupancy()
    np.testing.assert_allclose(again["mean"], written["mean"])
    assert "occupancy" in (tmp_path / "r" / "summary.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["x", "1,,2", "0:1", "0:1:0", "0:1:-1", "1:0:0.1", "0:1:1e-9", "0:nan:1"])
def test_a_list_of_times_that_is_none_is_refused(text: str, command: Any) -> None:
    done = command("run", "joint_crisis_plan", "--occupancy", text)
    assert done.code == 2 and "--occupancy" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("wish", [{"fixed": True, "people": 400}, {"draws": 32, "people": 50}])
def test_errors_are_true(wish: Mapping[str, Any]) -> None:
    """Over 200 seeds the mean squared z is that of Student's t, within four of its own errors."""
    rate = {"r": {"unit": "per_year", "distribution": {"gamma": {"mean": DIES, "se": 0.04}}}}
    case = illness("r", numbers=rate) if "draws" in wish else illness()
    z = []
    for seed in range(1, 201):
        table = run(case, seed=seed, occupancy=[1.0, 5.0], **wish).occupancy()
        z.append(np.stack([table["mean"], table["mcse"], table["difference"], table["difference_mcse"]]))
    found = np.array(z)
    degrees = 9 if "fixed" in wish else 7
    for value, error in ((found[:, 0], found[:, 1]), (found[:, 2], found[:, 3])):
        known = np.isfinite(error).all(axis=0) & (error > 0).all(axis=0)
        apart = value[:, known] - value[:, known].mean(axis=0)
        ratio = (apart**2).mean(axis=0) * 200 / 199 / (error[:, known] ** 2).mean(axis=0)
        spread = math.sqrt(2 / 199 + 2 / degrees / 200)
        assert (np.abs(ratio - 1) < 4 * spread).all(), ratio
