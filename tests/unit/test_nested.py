"""Two-level Monte Carlo, the oracle of EVPPI: a closed form, its own bias, and the regression on a real problem."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models as m
from models.contract import ModelError
from simulate import Case, evppi_nested, load, run
from simulate.analyse.nested import estimate
from simulate.evaluate import evpi, evppi

COSTS = {"c_old": (1000.0, 60.0), "c_new": (1010.0, 80.0)}


def pounds(mean: float, sd: float) -> dict[str, Any]:
    law = {"normal": {"mean": mean, "se": sd}}
    return {"unit": "GBP", "price_year": "2023/24", "distribution": law}


@pytest.fixture(scope="module")
def priced() -> Case:
    """Nothing happens; each strategy costs an uncertain sum at entry, so that net benefit is linear and Gaussian."""
    life = m.Domain("life", ("alive", "dead"), absorbing=("dead",))
    death = m.Event("dies", m.When(life="alive"), m.Exponential(0.01), {"life": "dead"})
    parts = {s: m.Component(s, s) for s in ("old", "new")}
    problem = m.DecisionProblem(
        id="priced",
        label="Two prices",
        pathway=m.Pathway("priced", (life,), (death,), {"life": "alive"}),
        strategies=tuple(m.Strategy(s, s, (c,)) for s, c in parts.items()),
        settings=(m.Setting("base", "A year", horizon=1.0),),
        costs=tuple(m.CostItem(s, s, "nhs", m.Delivery(s), f"c_{s}") for s in parts),
        utilities=(m.Utility(m.When(), 1.0),),
    )
    return load(problem, inline={n: pounds(*law) for n, law in COSTS.items()})


def perfect(mean: float, sd: float) -> float:
    """E max(0, X) - max(0, mean) for a normal X."""
    z = mean / sd
    density, below = math.exp(-z * z / 2) / math.sqrt(2 * math.pi), 0.5 * math.erfc(-z / math.sqrt(2))
    return sd * density + mean * below - max(mean, 0.0)


@pytest.mark.parametrize(("group", "sd"), [(["c_new"], 80.0), (["c_old"], 60.0), (["c_old", "c_new"], 100.0)])
def test_it_has_the_closed_form(priced: Case, group: list[str], sd: float) -> None:
    found = evppi_nested(priced, group, 20_000.0, outer=1000, inner=64, people=2)
    assert abs(found.evppi - perfect(-10.0, sd)) < 3 * found.se
    assert found.se < 2.0
    assert abs(found.evppi - perfect(-10.0, 1.4 * sd)) > 3 * found.se  # negative control: another group's worth


def test_few_inner_draws_are_biased_upward_and_halving_takes_it_off() -> None:
    """The truth is normal with sd 100; 16 inner draws of sd 200 make it look like one with sd 112."""
    generator = np.random.default_rng(4)
    truth = generator.normal(0, 100, (50_000, 1, 1)) * np.array([0.0, 1.0])
    found = estimate(truth + generator.normal(0, 200, (50_000, 16, 2)) * np.array([0.0, 1.0]))
    assert abs(found.uncorrected - perfect(0.0, math.hypot(100, 50))) < 3 * found.se
    assert abs(found.evppi - perfect(0.0, 100)) < 3 * found.se
    assert found.uncorrected - perfect(0.0, 100) > 10 * found.se


def test_the_same_seed_gives_the_same_bits(priced: Case) -> None:
    once, again = (evppi_nested(priced, ["c_new"], 0.0, outer=40, inner=4, people=2, seed=9) for _ in range(2))
    assert once == again
    assert evppi_nested(priced, ["c_new"], 0.0, outer=40, inner=4, people=2, seed=8) != once


@pytest.mark.parametrize(
    ("group", "sizes", "message"),
    [
        ([], {}, "group: empty"),
        (["c_nwe"], {}, "did you mean c_new"),
        (["c_new"], {"inner": 5}, "even number of inner draws"),
        (["c_new"], {"outer": 1}, "at least 2"),
    ],
)
def test_bad_input_is_refused(priced: Case, group: list[str], sizes: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        evppi_nested(priced, group, 0.0, **sizes)  # type: ignore[arg-type]


def test_a_group_is_not_torn_from_what_it_is_drawn_with(priced: Case) -> None:
    tied = replace(priced, problem=replace(priced.problem, correlations={("c_old", "c_new"): 0.5}))
    with pytest.raises(ModelError, match="c_old with c_new"):
        evppi_nested(tied, ["c_new"], 0.0)
    evppi_nested(tied, ["c_new", "c_old"], 0.0, outer=4, inner=2, people=2)


@pytest.mark.slow
@pytest.mark.parametrize("group", [["tr_dies_healthy"], ["tr_dies_healthy", "tr_dies_sick"], ["tr_falls_ill"]])
def test_the_regression_agrees_on_a_simulated_problem(example: Callable[[str], ModuleType], group: list[str]) -> None:
    """Near the switch point, where there is most to learn, within three joint standard errors."""
    module = example("illness_death")
    case = load(module.PROBLEM, inline=module.INLINE)
    result = run(case, draws=4096, people=500, seed=1)
    benefit = 66_000.0 * result.corrected.effect - result.corrected.cost
    fitted = evppi(benefit, result.psa(), {"g": group}).iloc[0]
    nested = evppi_nested(case, group, 66_000.0, outer=3000, inner=64, people=20)
    assert abs(fitted["evppi"] - nested.evppi) < 3 * math.hypot(fitted["se"], nested.se)
    assert nested.evppi > 5 * nested.se  # there was something to find
    whole = evpi(result.corrected.cost, result.corrected.effect, [66_000.0])[0]
    assert nested.evppi < whole
