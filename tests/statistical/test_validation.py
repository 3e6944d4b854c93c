"""The prediction interval of a published figure is what closed forms say, and covers what the model itself makes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from scipy.stats import beta, betabinom, binom, norm

import models as m
from parameters.outcomes.intervals import OutcomeInterval
from simulate import load
from simulate.analyse.credibility.validation.arms import Trials
from simulate.analyse.credibility.validation.figures import predicted
from simulate.analyse.credibility.validation.prediction import LEVELS, Prediction, interval_of
from simulate.analyse.credibility.validation.printed import Scale, with_error
from simulate.ask.case import Case

pytestmark = pytest.mark.usefixtures("solved_once")

# Everybody is well until a relapse, at one rate, within one year: ever relapsed is 1 - exp(-rate). The new strategy
# halves the rate. A rate that is drawn from an exponential distribution of mean 1/4 makes that share Beta(1, 4).
WELL = m.When(state="well")
PATHWAY = m.Pathway(
    "relapse",
    (m.Domain("state", ("well", "ill")),),
    (m.Event("relapse", WELL, m.Exponential("r_relapse"), {"state": "ill"}),),
    {"state": "well"},
)
HALVED = m.Component("halved", "Half as many", (m.Effect("relapse", "hazard", 0.5),))
PROBLEM = m.DecisionProblem(
    id="relapse",
    label="Relapse",
    pathway=PATHWAY,
    strategies=(m.Strategy("usual", "Usual"), m.Strategy("new", "New", (HALVED,))),
    settings=(m.Setting("base", "Base", horizon=1.0, effect="averted"),),
    costs=(m.CostItem("illness", "Illness", "nhs", m.StateTime(m.When(state="ill")), "c_ill"),),
    effects=(m.EffectMeasure("averted", "Relapses averted", "percentage point", ever="relapse"),),
    discount_costs=0.0,
    discount_effects=0.0,
)
COST = {"unit": "GBP_per_year", "price_year": "2023/24", "distribution": {"fixed": {"value": 1000.0}}}
FIXED = {"fixed": {"value": 0.5}}
DRAWN = {"gamma": {"mean": 0.25, "se": 0.25}}
NEVER_NONE = {"gamma": {"mean": 0.5, "se": 0.25}}  # of 80 people somebody relapses: time well has no lump at the year
P, Q = 1 - math.exp(-0.5), 1 - math.exp(-0.25)
N = 80


def case_of(rate: Mapping[str, Any], *shown: m.PublishedResult) -> Case:
    problem = replace(PROBLEM, settings=(replace(PROBLEM.settings[0], shown=shown),))
    return load(problem, inline={"r_relapse": {"unit": "per_year", "distribution": rate}, "c_ill": COST})


def result(strategy: str = "usual", unit: str = "share", statistic: Any = None, **more: Any) -> m.PublishedResult:
    people = more.pop("people", {"usual": N, "new": N})
    statistic = statistic or m.Ever("relapse")
    return m.PublishedResult("x", statistic, {strategy: 0.3}, unit, "assumption", people=people, **more)  # type: ignore[arg-type]


def found(
    rate: Mapping[str, Any], item: m.PublishedResult, draws: int = 4096, seed: int = 1, **more: Any
) -> Prediction:
    trials = Trials.of(case_of(rate, item), draws=draws, people=more.pop("people", 500), seed=seed, threads=1)
    return predicted(trials, item, next(iter(item.published)))


@pytest.mark.parametrize(
    ("rate", "law"), [(FIXED, binom(N, P)), (DRAWN, betabinom(N, 1, 4))], ids=["binomial", "beta-binomial"]
)
def test_a_share_is_spread_as_closed_forms_say(rate: Mapping[str, Any], law: Any) -> None:
    """Every interval to within one person, the mean within five MCSEs and the spread within five standard errors."""
    prediction = found(rate, result())
    assert prediction.sampling == "simulated"
    for level in LEVELS:
        low, high = (N * x for x in prediction.interval(level))
        assert low == pytest.approx(law.ppf((1 - level) / 2), abs=1.0)
        assert high == pytest.approx(law.ppf((1 + level) / 2), abs=1.0)
    assert N * prediction.value == pytest.approx(law.mean(), abs=5 * N * prediction.mcse)
    assert N * prediction.trials.std() == pytest.approx(law.std(), rel=5 / math.sqrt(2 * 4096) * 1.2)
    z = prediction.z(0.1)
    assert z == pytest.approx((8 - law.mean()) / law.std(), abs=0.1)


def test_arms_of_a_trial_hold_other_people() -> None:
    """A difference of 80 and 40 people varies as two shares do; that of the same people under both varies far less."""
    item = result("new", contrast="difference", people={"usual": N, "new": 40})
    spread = found(FIXED, item).trials.std()
    wanted = math.sqrt(P * (1 - P) / N + Q * (1 - Q) / 40)
    assert spread == pytest.approx(wanted, rel=0.06)
    assert math.sqrt((P - Q) * (1 - P + Q) / N) < 0.7 * wanted  # of the same people: what a run's difference has


@pytest.mark.parametrize(("contrast", "wanted"), [("risk_ratio", Q / P), ("odds_ratio", Q * (1 - P) / P / (1 - Q))])
def test_ratios_are_of_means_and_vary_as_katz_and_woolf_say(contrast: Any, wanted: float) -> None:
    prediction = found(FIXED, result("new", "ratio", contrast=contrast, people={"usual": 400, "new": 400}), draws=2048)
    assert prediction.value == pytest.approx(wanted, abs=5 * prediction.mcse)
    parts = [(1 - p) / p if contrast == "risk_ratio" else 1 / (p * (1 - p)) for p in (P, Q)]
    assert np.log(prediction.trials).std() == pytest.approx(math.sqrt(sum(parts) / 400), rel=0.12)
    assert prediction.z(wanted) == pytest.approx(0.0, abs=0.1)


def test_nobody_with_the_outcome_leaves_no_infinite_ratio() -> None:
    prediction = found(FIXED, result("new", "ratio", contrast="risk_ratio", people={"usual": 3, "new": 3}), draws=256)
    assert np.isfinite(prediction.trials).all() and prediction.trials.max() <= 7.0


def test_what_is_not_known_of_people_is_said_and_what_was_printed_is_added() -> None:
    """Without people the printed interval tells the error of sampling; without either nothing is added."""
    printed = found(DRAWN, result(people={}, intervals={"usual": (0.2, 0.4)}), draws=1024)
    alone = found(DRAWN, result(people={}), draws=1024)
    assert (printed.sampling, alone.sampling) == ("analytic", "none")
    shares = beta(1, 4).ppf((np.arange(2000) + 0.5) / 2000)
    errors = norm.ppf((np.arange(200) + 0.5) / 200) * np.log((0.4 / 0.6) / (0.2 / 0.8)) / (2 * norm.ppf(0.975))
    both = 1 / (1 + np.exp(-np.log(shares / (1 - shares))[:, None] - errors))
    assert alone.trials.std() == pytest.approx(beta(1, 4).std(), rel=0.08)
    assert printed.trials.std() == pytest.approx(both.std(), rel=0.08)
    assert printed.value == alone.value


RATE = m.Rate("relapse", WELL)
HALF = math.log(5.0) / 2  # of the logarithm of an interval from 0.2 to 1 a year


def test_chance_between_simulated_people_is_taken_out_where_nobody_knows_how_many_there_were() -> None:
    """Beta(1, 4) whatever the people, by quantiles and SD; twenty of them would vary an eighth more (control)."""
    law = beta(1, 4)
    few, sized = (found(DRAWN, result(people=p), people=20) for p in ({}, {"usual": 20}))
    assert (few.sampling, sized.sampling) == ("none", "simulated")
    assert few.trials.std() == pytest.approx(law.std(), rel=0.05)
    assert sized.trials.std() > 1.09 * law.std()
    assert few.interval()[1] == pytest.approx(law.ppf(0.975), abs=0.04)
    assert few.trials.min() >= 0.0 and few.value == pytest.approx(law.mean(), abs=5 * few.mcse)


def test_nothing_is_left_where_nothing_is_uncertain() -> None:
    """A rate that is fixed has no spread but chance: a fifth of it at most is left, by the error of two variances."""
    item = result("new", contrast="difference", people={})
    alone, each = found(FIXED, item, people=50), found(FIXED, replace(item, people={"usual": 50, "new": 50}), people=50)
    assert alone.trials.std() < 0.3 * math.sqrt((P - Q) * (1 - P + Q) / 50)  # of the same people under both
    assert each.trials.std() == pytest.approx(math.sqrt((P * (1 - P) + Q * (1 - Q)) / 50), rel=0.06)
    ratio = found(FIXED, result("new", "ratio", contrast="risk_ratio", people={}), draws=512, people=400)
    assert np.log(ratio.trials).std() < 0.3 * math.sqrt(((1 - P) / P + (1 - Q) / Q) / 400)
    assert ratio.value == pytest.approx(Q / P, abs=5 * ratio.mcse)


def test_a_printed_interval_is_the_predictions_own_where_nothing_else_is_uncertain() -> None:
    """Of a rate by its logarithm, of a share by its logit: closed forms, and nothing below 0 or above 1."""
    rate = found(FIXED, result(unit="per_year", statistic=RATE, people={}, intervals={"usual": (0.2, 1.0)}), people=400)
    assert rate.sampling == "analytic" and rate.trials.min() > 0
    assert np.log(rate.interval()) == pytest.approx([math.log(0.5) - HALF, math.log(0.5) + HALF], abs=0.09)
    share = found(FIXED, result(people={}, intervals={"usual": (0.01, 0.9)}), people=400)
    there, half = math.log(P / (1 - P)), (math.log(9.0) + math.log(99.0)) / 2
    low, high = share.interval()
    assert low > 0 and high < 1
    assert [math.log(x / (1 - x)) for x in (low, high)] == pytest.approx([there - half, there + half], abs=0.3)


def test_an_interval_that_ends_where_nothing_more_is_possible_ends_there() -> None:
    values, ends = np.full(4000, 0.02), OutcomeInterval(0.0, 0.08, "printed")
    for scale in get_args(Scale):
        noisy = with_error(values, ends, scale, 1)
        assert (noisy.min() < 0) == (scale == "plain")
        assert noisy.max() == pytest.approx(0.02 + 3.6 * 0.08 / 3.92, abs=0.02)


def coverage(draws: int, seeds: int, people: int = N, rate: Mapping[str, Any] = FIXED) -> list[float]:
    """Over `seeds`, the share of the model's own trials of 80 people inside intervals of trials of so many `people`."""
    item = result(unit="days", statistic=m.MeanTime(WELL))
    truth = found(rate, item, draws=4096, seed=999).trials
    sized = replace(item, people={"usual": people})
    every = [found(rate, sized, draws=draws, seed=s).interval() for s in range(seeds)]
    return [float(np.mean((truth >= low) & (truth <= high))) for low, high in every]


def test_intervals_cover_the_models_own_trials() -> None:
    """Mean coverage over 24 seeds of 39 draws, by which it is 0.95 exactly (Wilks): SD of one 0.034, of the mean 0.007.

    Within five of these: an interval of 0.90 fails with a probability above 0.99. The control has no sampling to speak
    of in it, and covers a few in a hundred.
    """
    assert np.mean(coverage(39, 24)) == pytest.approx(0.95, abs=0.035)
    assert np.mean(coverage(39, 3, people=100 * N)) < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("rate", [FIXED, NEVER_NONE], ids=["fixed", "drawn"])
def test_intervals_cover_to_two_in_a_hundred(rate: Mapping[str, Any]) -> None:
    """Over 150 seeds of 256 draws: by Wilks 0.9533 where draws are independent, 0.0011 the standard error of the mean.

    Theirs are 4,096 trials, by which the share is uncertain by 0.0034. Within five of both.
    """
    assert np.mean(coverage(256, 150, rate=rate)) == pytest.approx(0.953, abs=0.018)


def test_the_error_of_the_mean_is_the_one_over_seeds() -> None:
    """32 seeds: the variance of their means against the mean of what each said, within a factor of three.

    The ratio has a relative standard error of 0.26, so that a true MCSE fails once in a million; one of parameters or
    of people alone is off by more than ten.
    """
    every = [found(DRAWN, result(), draws=64, seed=s) for s in range(32)]
    told = np.mean([p.mcse**2 for p in every])
    assert 1 / 3 < np.var([p.value for p in every], ddof=1) / told < 3


@pytest.mark.parametrize(("n", "level", "ranks"), [(39, 0.95, (1, 39)), (99, 0.90, (5, 95)), (1024, 0.95, (25, 1000))])
def test_ends_are_order_statistics(n: int, level: float, ranks: tuple[int, int]) -> None:
    assert interval_of(np.arange(1.0, n + 1)[::-1], level) == ranks
    with pytest.raises(m.ModelError, match="38 values have no 95% interval; need 39"):
        interval_of(np.arange(38.0), 0.95)


def test_a_figure_at_an_end_is_inside_and_equal_ones_count_half() -> None:
    values = np.repeat(np.arange(10.0), 10) / 3
    prediction = Prediction(values, 1.5, values, None, "simulated")
    low, high = prediction.interval()
    assert (low, high) == (0.0, 3.0) and prediction.holds(3.0) and not prediction.holds(3.01)
    assert prediction.rank(1 / 3) == pytest.approx(0.15) and prediction.rank(10.0) == 1.0


def test_what_no_trial_could_print_is_left_out_and_too_few_are_refused() -> None:
    values = np.array([*[math.nan] * 30, *np.arange(40.0)])
    prediction = Prediction(values, 19.5, values, None, "simulated")
    assert prediction.interval() == (0.0, 39.0) and prediction.mcse > 0
    with pytest.raises(m.ModelError, match="38 virtual trials have the figure; a 95% interval needs 39"):
        Prediction(values[:68], 1.0, values[:68], None, "simulated")
