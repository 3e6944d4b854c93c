"""Noise taken out of the CEAC and the EVPI, against truths in closed form.

Seeds are fixed. Tolerances are the promised ones; the naive estimate, ANOVA on the two-point truth and a
stretched fit are the negative controls that must miss them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest

from simulate.evaluate import ceac, evpi, noise_correct
from simulate.evaluate.regression.smoothers import fit
from simulate.evaluate.uncertainty.noise_correction import NoiseCorrected

MEAN, SD, PERSON_SD, BATCHES = 500.0, 1500.0, 40_000.0, 10
THRESHOLD = 20_000.0
CUT = 1.2815515655446004  # 90th centile of the standard normal


class Truth(NamedTuple):
    acceptability: float
    evpi: float


def normal_truth() -> Truth:
    z = MEAN / SD
    p = 0.5 * math.erfc(-z / math.sqrt(2))
    return Truth(p, SD * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - MEAN * (1 - p))


TWO_POINTS = Truth(0.10, 180.0)  # the mean is +320, so perfect information spares 0.9 x 200


def normal(parameters: np.ndarray) -> np.ndarray:
    return MEAN + SD * parameters[:, 0]


def two_points(parameters: np.ndarray) -> np.ndarray:
    return np.where(parameters[:, 0] > CUT, 5000.0, -200.0)


def noisy(benefit: np.ndarray, people: int, generator: np.random.Generator) -> np.ndarray:
    """Batch values whose net benefit at the threshold is `benefit` plus person noise, half of it cost."""
    noise = generator.standard_normal((len(benefit), BATCHES)) * PERSON_SD / math.sqrt(people / BATCHES)
    total = benefit[:, None] + noise
    nothing = np.zeros_like(total)
    cost, effect = np.stack([nothing, -total / 2], axis=2), np.stack([nothing, total / 2 / THRESHOLD], axis=2)
    return np.stack([cost, effect], axis=3)


def averages(truth, people: int, seeds: int, columns: int = 3, method: str = "regression", draws: int = 1000):  # type: ignore[no-untyped-def]
    """Mean corrected and naive (acceptability, EVPI) over seeds, and the corrections."""
    found: list[NoiseCorrected] = []
    for seed in range(seeds):
        generator = np.random.default_rng(seed)
        parameters = generator.standard_normal((draws, columns))
        values = noisy(truth(parameters), people, generator)
        found.append(noise_correct(values, [THRESHOLD], parameters, method))  # type: ignore[arg-type]
    corrected = Truth(*np.mean([[f.ceac[0, 1], f.evpi[0]] for f in found], axis=0))
    naive = Truth(*np.mean([[f.ceac_naive[0, 1], f.evpi_naive[0]] for f in found], axis=0))
    return corrected, naive, found


@pytest.mark.parametrize("method", ["regression", "anova"])
@pytest.mark.parametrize(
    ("people", "within"),
    [pytest.param(100, 0.03, marks=pytest.mark.slow), (500, 0.02), pytest.param(1000, 0.02, marks=pytest.mark.slow)],
)
def test_normal_truth_is_recovered(people: int, within: float, method: str) -> None:
    truth = normal_truth()
    corrected, naive, found = averages(normal, people, 40 if people == 100 else 15, method=method)
    assert corrected.evpi == pytest.approx(truth.evpi, rel=0.15)
    assert corrected.acceptability == pytest.approx(truth.acceptability, abs=within)
    assert naive.evpi > 1.4 * truth.evpi
    assert naive.acceptability < truth.acceptability - within
    assert all(f.method == method for f in found)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [1, 10, 45])
@pytest.mark.parametrize(("people", "within"), [(100, 0.03), (500, 0.02), (1000, 0.02)])
def test_normal_truth_is_recovered_over_two_hundred_seeds(people: int, within: float, columns: int) -> None:
    truth = normal_truth()
    corrected, _, _ = averages(normal, people, 200, columns)
    assert corrected.evpi == pytest.approx(truth.evpi, rel=0.15)
    assert corrected.acceptability == pytest.approx(truth.acceptability, abs=within)


@pytest.mark.parametrize("columns", [1, 20])
def test_two_point_truth_is_recovered_by_regression(columns: int) -> None:
    corrected, naive, found = averages(two_points, 1000, 8, columns)
    assert corrected.acceptability == pytest.approx(TWO_POINTS.acceptability, abs=0.05)
    assert corrected.evpi == pytest.approx(TWO_POINTS.evpi, rel=0.25)
    assert naive.evpi > 2 * TWO_POINTS.evpi
    assert {kind for f in found for kind, _ in f.skill} == {"steps"}


def test_two_point_truth_is_missed_by_anova_and_said_so() -> None:
    corrected, _, found = averages(two_points, 1000, 8, method="anova")
    assert corrected.acceptability == pytest.approx(0.52, abs=0.03)
    assert corrected.evpi == pytest.approx(392, rel=0.1)
    assert all(any("skewed" in w and "regression" in w for w in f.warnings) for f in found)


def test_anova_says_when_noise_is_more_than_half() -> None:
    _, _, noisy_runs = averages(normal, 100, 2, method="anova")
    _, _, quiet_runs = averages(normal, 1000, 2, method="anova")
    assert all("more than half" in f.warnings[0] for f in noisy_runs)
    assert all(f.warnings == () for f in quiet_runs)


def test_the_share_of_noise_is_what_was_put_in() -> None:
    _, _, found = averages(normal, 1000, 10)
    expected = PERSON_SD**2 / 1000 / (PERSON_SD**2 / 1000 + SD**2)
    assert np.mean([f.noise_share[0, 1] for f in found]) == pytest.approx(expected, abs=0.03)
    assert all(f.noise_share[0, 0] == 0.0 for f in found)


@pytest.mark.parametrize("people", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_standard_errors_are_the_spread_over_seeds(people: int) -> None:
    _, _, found = averages(normal, people, 40)
    spread = np.std([f.evpi[0] for f in found], ddof=1)
    assert 0.65 < np.mean([f.evpi_se[0] for f in found]) / spread < 1.5  # 40 seeds know a spread to about 11%
    wins = np.std([f.ceac[0, 1] for f in found], ddof=1)
    assert 0.5 < np.mean([f.ceac_se[0, 1] for f in found]) / wins < 2


def test_parameters_that_explain_nothing_lead_to_anova_with_a_warning() -> None:
    generator = np.random.default_rng(1)
    values = noisy(MEAN + SD * generator.standard_normal(1000), 1000, generator)
    found = noise_correct(values, [THRESHOLD], generator.standard_normal((1000, 3)))
    assert found.method == "anova"
    assert "explain only" in found.warnings[0]
    assert found.evpi[0] == pytest.approx(normal_truth().evpi, rel=0.3)
    without = noise_correct(values, [THRESHOLD])
    assert "no parameters that vary were given" in without.warnings[0]


def test_curved_truths_with_an_interaction_are_followed() -> None:
    found, truths, naive = [], [], []
    for seed in range(4):
        generator = np.random.default_rng(seed)
        parameters = generator.standard_normal((2000, 8))
        benefit = 1500 * parameters[:, 0] * parameters[:, 1] + 800 * (parameters[:, 2] ** 2 - 1)
        corrected = noise_correct(noisy(benefit, 2000, generator), [THRESHOLD], parameters)
        cost = np.column_stack([np.zeros(2000), -benefit])
        assert corrected.skill[0][0] == "curved"
        found.append((corrected.ceac[0, 1], corrected.evpi[0]))
        naive.append((corrected.ceac_naive[0, 1], corrected.evpi_naive[0]))
        truths.append((ceac(cost, 0 * cost, [0])[0, 1], evpi(cost, 0 * cost, [0])[0]))
    error = np.mean(found, axis=0) - np.mean(truths, axis=0)
    assert abs(error[0]) < 0.015 < abs(np.mean(naive, axis=0) - np.mean(truths, axis=0))[0]
    assert abs(error[1]) < 0.05 * np.mean(truths, axis=0)[1]


def test_a_two_valued_parameter_is_no_trouble() -> None:
    generator = np.random.default_rng(8)
    parameters = np.column_stack([generator.integers(0, 2, 400), generator.standard_normal(400)]).astype(float)
    benefit = 4000 * parameters[:, 0] - 1000
    found = noise_correct(noisy(benefit, 2000, generator), [THRESHOLD], parameters)
    assert found.ceac[0, 1] == pytest.approx((benefit > 0).mean(), abs=0.02)


def test_no_parameter_uncertainty_means_next_to_no_value_of_information() -> None:
    generator = np.random.default_rng(3)
    for method in ("regression", "anova"):
        found = noise_correct(
            noisy(np.full(1000, MEAN), 1000, generator), [THRESHOLD], generator.standard_normal((1000, 3)), method
        )
        assert found.evpi[0] < found.evpi_naive[0] / 4
        assert found.ceac[0, 1] > 0.9


def test_nothing_but_zeros_gives_exactly_nothing() -> None:
    for method in ("regression", "anova"):
        found = noise_correct(np.zeros((64, 10, 2, 2)), [0, 1], np.random.default_rng(0).random((64, 2)), method)
        assert (found.evpi == 0.0).all()
        assert (found.ceac == 0.5).all()
        assert (found.cost == 0.0).all()
        assert (found.effect == 0.0).all()
        assert (found.p_flip == 0.0).all()


def test_one_draw_or_one_strategy_needs_no_correction() -> None:
    values = np.random.default_rng(4).normal(size=(64, 10, 2, 2))
    single = noise_correct(values[:1], [0, 1], np.ones((1, 3)))
    assert single.method == "none"
    assert np.array_equal(single.ceac, single.ceac_naive)
    assert np.isnan(single.evpi_se).all()
    alone = noise_correct(values[:, :, :1], [0, 1], np.random.default_rng(0).random((64, 2)))
    assert (alone.ceac == 1.0).all()
    assert (alone.evpi == 0.0).all()


def test_the_mean_is_kept_and_a_repeat_gives_the_same_bits() -> None:
    generator = np.random.default_rng(5)
    parameters = generator.standard_normal((500, 3))
    values = noisy(normal(parameters), 500, generator)
    first, second = (noise_correct(values, [0, THRESHOLD], parameters) for _ in range(2))
    assert first.cost[:, 1].mean() == pytest.approx(values[:, :, 1, 0].mean())
    for name in ("cost", "effect", "ceac", "ceac_se", "evpi", "evpi_se", "p_flip"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def several(seed: int, noise: float, strategies: int = 2, draws: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Batch values of known noise around expectations that are half linear in the first parameter, and parameters."""
    generator = np.random.default_rng(seed)
    parameters = generator.standard_normal((draws, 4))
    unit = np.array([1000.0, 0.05])
    slopes = np.arange(strategies)[:, None] * np.array([-0.7, 0.5])
    expected = 0.7 * generator.standard_normal((draws, strategies, 2)) + slopes * parameters[:, :1, None]
    around = noise * generator.standard_normal((draws, BATCHES, strategies, 2))
    return (expected[:, None] + around) * unit, parameters


def increments(values: np.ndarray) -> np.ndarray:
    mean = values.mean(axis=1)
    return np.asarray(mean - mean[:, :1])


@pytest.mark.parametrize("strategies", [2, 4])
@pytest.mark.parametrize("fit_to", ["what matters", "what does not", "everything", "steps of it"])
def test_without_noise_the_naive_values_remain_whatever_the_fit(fit_to: str, strategies: int) -> None:
    quiet, parameters = several(1, 0.0, strategies)
    faint, _ = several(1, 1e-4, strategies)
    loud, _ = several(1, 2.0, strategies)
    if fit_to == "what does not":
        parameters = parameters[:, 1:]
    elif fit_to == "everything":
        parameters = increments(quiet)[:, 1:].reshape(len(quiet), -1)
    elif fit_to == "steps of it":
        parameters = (parameters[:, :1] > 0.5).astype(float)
    for method in ("regression", "anova"):
        exact = noise_correct(quiet, [0, THRESHOLD], parameters, method)
        assert np.allclose(exact.cost, increments(quiet)[:, :, 0], rtol=1e-9, atol=1e-8)
        assert np.allclose(exact.effect, increments(quiet)[:, :, 1], rtol=1e-9, atol=1e-12)
        assert np.array_equal(exact.ceac, exact.ceac_naive)
        near = noise_correct(faint, [0, THRESHOLD], parameters, method)
        assert np.allclose(near.evpi, near.evpi_naive, rtol=1e-5)
        control = noise_correct(loud, [0, THRESHOLD], parameters, method)
        assert (control.evpi < 0.95 * control.evpi_naive).all()


@pytest.mark.parametrize("hidden", ["normal", "coin"])
@pytest.mark.parametrize("mean", [-1500.0, 400.0])
def test_what_the_regression_misses_keeps_its_shape(mean: float, hidden: str) -> None:
    """A fit of a skewed parameter explains 75%; stretched to the whole variance it would be wrong by a tenth."""
    found = []
    for seed in range(15):
        generator = np.random.default_rng(seed)
        skewed = generator.exponential(size=256) - 1
        rest = generator.standard_normal(256) if hidden == "normal" else generator.choice([-1.0, 1.0], 256)
        benefit = SD * (math.sqrt(0.75) * skewed + 0.5 * rest) + mean
        values = noisy(benefit, 35_000, generator)  # noise is 2% of the variance
        corrected = noise_correct(values, [THRESHOLD], np.column_stack([skewed, generator.standard_normal((256, 3))]))
        assert 0.6 < corrected.skill[0][1] < 0.9
        cost = np.column_stack([np.zeros(256), -benefit])
        truth = evpi(cost, 0 * cost, [0])[0]
        stretched = skewed * benefit.std() / skewed.std() + benefit.mean()
        control = evpi(np.column_stack([np.zeros(256), -stretched]), 0 * cost, [0])[0]
        found.append(
            (corrected.evpi[0] / truth, corrected.ceac[0, 1] - ceac(cost, 0 * cost, [0])[0, 1], control / truth)
        )
    ratio, error, control = np.mean(found, axis=0)
    assert ratio == pytest.approx(1, abs=0.02)
    assert abs(error) < 0.02
    assert abs(control - 1) > 0.08


def test_a_good_regression_stands_where_noise_dominates() -> None:
    generator = np.random.default_rng(2)
    parameters = generator.standard_normal((1000, 3))
    truth = normal(parameters)
    found = noise_correct(noisy(truth, 100, generator), [THRESHOLD], parameters)
    corrected = THRESHOLD * found.effect[:, 1] - found.cost[:, 1]
    assert found.noise_share[0, 1] > 0.8
    assert np.corrcoef(corrected, truth)[0, 1] > 0.95


def test_corrected_increments_have_the_parameter_covariance() -> None:
    """Three strategies, noise as large as the parameter variance, correlated otherwise; 10 seeds know it to 3%."""
    found, truths, naive = [], [], []
    shared = np.array([[1.0, 0.5, 0.2, 0.1], [0.0, 1.0, 0.3, 0.2], [0.0, 0.0, 1.0, -0.4], [0.0, 0.0, 0.0, 1.0]])
    for seed in range(10):
        generator = np.random.default_rng(seed)
        parameters = generator.standard_normal((1000, 5))
        expected = parameters[:, :4] @ shared * 0.8 + 0.5 * generator.standard_normal((1000, 4)) @ shared.T
        around = 3 * generator.standard_normal((1000, BATCHES, 4)) @ shared[::-1]
        total = expected[:, None] + around
        values = np.zeros((1000, BATCHES, 3, 2))
        values[:, :, 1:, 0], values[:, :, 1:, 1] = total[:, :, :2], total[:, :, 2:]
        corrected = noise_correct(values, [1], parameters)
        found.append(np.cov(np.hstack([corrected.cost[:, 1:], corrected.effect[:, 1:]]).T))
        truths.append(np.cov(expected.T))
        naive.append(np.cov(total.mean(axis=1).T))
    scale = np.sqrt(np.outer(*[np.diag(np.mean(truths, axis=0))] * 2))
    assert np.abs((np.mean(found, axis=0) - np.mean(truths, axis=0)) / scale).max() < 0.06
    assert np.abs((np.mean(naive, axis=0) - np.mean(truths, axis=0)) / scale).max() > 0.8


@pytest.mark.parametrize("method", ["regression", "anova"])
@pytest.mark.parametrize("noise", [0.5, 4.0])
def test_what_is_said_of_costs_is_the_same_for_every_effect(method: str, noise: float) -> None:
    """At a threshold of 0 only costs count: the same bits whatever effect stands beside them, however it is fitted."""
    values, parameters = several(3, noise, strategies=3)
    generator = np.random.default_rng(4)
    x = parameters[:, None, None]
    batch = values[..., 1]
    effects = {
        "its own": batch,
        "curved": batch + 0.2 * (x[..., 1] * x[..., 2]) * np.arange(3),
        "in steps": batch + np.where(x[..., 1] > 1, 0.2, 0.0) * np.arange(3),
        "nothing but noise": 0.05 * generator.standard_normal(batch.shape),
        "tied to cost": -values[..., 0] / 1e4,
        "the same in all": np.full(batch.shape, 0.1),
        "unexplained": batch + 0.2 * generator.standard_normal((len(x), 1, 3)),
    }
    found = {
        name: noise_correct(np.stack([values[..., 0], e], axis=3), [0, THRESHOLD], parameters, method)  # type: ignore[arg-type]
        for name, e in effects.items()
    }
    first = found["its own"]
    for other in found.values():
        assert np.array_equal(other.cost, first.cost)
        assert other.skill[:2] == first.skill[:2]
        for name in ("ceac", "ceac_se", "evpi", "evpi_se", "ceac_naive", "evpi_naive", "noise_share", "p_flip"):
            assert np.array_equal(getattr(other, name)[0], getattr(first, name)[0]), name
    assert found["curved"].evpi[1] != first.evpi[1]
    if method == "regression":
        assert len({f.skill[2:] for f in found.values()}) > 3


def test_the_model_of_costs_does_not_depend_on_the_effect() -> None:
    generator = np.random.default_rng(5)
    parameters = generator.standard_normal((256, 30))
    cost = parameters[:, 0] + parameters[:, 1] * parameters[:, 2] + generator.standard_normal(256)
    effects = [parameters[:, 3] * parameters[:, 4], parameters[:, 5:9].sum(axis=1), generator.standard_normal(256)]
    alone = fit(parameters, cost[:, None])[0]
    for effect in effects:
        beside = fit(parameters, np.column_stack([cost, effect]))[0]
        assert beside.method == alone.method
        for name in ("basis", "shrinkage", "held_out"):
            assert np.array_equal(getattr(beside, name), getattr(alone, name))


def test_a_frame_and_an_array_of_parameters_are_the_same() -> None:
    import pandas as pd

    generator = np.random.default_rng(6)
    parameters = generator.standard_normal((200, 2))
    values = noisy(normal(parameters), 500, generator)
    frame = pd.DataFrame(parameters, columns=["a", "b"])
    plain = noise_correct(values, [1], parameters)
    assert np.array_equal(noise_correct(values, [1], frame).evpi, plain.evpi)
    assert np.allclose(noise_correct(values, [1], parameters, people=np.full(10, 7)).evpi, plain.evpi)


@pytest.mark.parametrize("best", [(0.0, 50.0), (0.0, 50.0, 30.0), (60.0, 50.0, 30.0, 0.0)])
def test_the_probability_of_a_flip_is_how_often_resampled_runs_disagree(best: tuple[float, ...]) -> None:
    """Means about a standard error apart; 4,000 resamples know a share to 0.008."""
    generator, draws = np.random.default_rng(9), 400
    benefit = np.array(best) + 1000 * generator.standard_normal((draws, len(best)))
    cost = np.repeat(-benefit[:, None, :], 2, axis=1)
    said = noise_correct(np.stack([cost, np.zeros_like(cost)], axis=3), [0], method="anova").p_flip[0]
    weights = generator.multinomial(draws, np.full(draws, 1 / draws), size=4000)
    chosen = (weights @ benefit).argmax(axis=1)
    assert 0.02 < said < 0.9
    assert said == pytest.approx((chosen != benefit.mean(axis=0).argmax()).mean(), abs=0.035)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch_values": np.zeros((5, 2, 2))}, "batch_values: shape"),
        ({"batch_values": np.zeros((5, 1, 2, 2))}, "one batch"),
        ({"batch_values": np.full((5, 2, 2, 2), np.nan)}, "batch_values: nan"),
        ({"parameters": np.zeros((4, 2))}, "parameters: shape"),
        ({"parameters": np.full((5, 2), np.inf)}, "parameters: inf"),
        ({"method": "guess"}, "method: 'guess'"),
        ({"people": [1, 0]}, "people"),
        ({"shared_people": True}, "shared across draws"),
        ({"thresholds": [-1]}, "thresholds"),
    ],
)
def test_malformed_input_is_refused_by_name(changes: dict[str, object], named: str) -> None:
    given: dict[str, object] = {"batch_values": np.zeros((5, 2, 2, 2)), "thresholds": [1]}
    with pytest.raises(ValueError, match=named):
        noise_correct(**given | changes)  # type: ignore[arg-type]


def test_a_truth_that_the_regression_half_sees_is_told_of() -> None:
    """£5,000 where two of twenty parameters add up to more than 1.8, else -£500: the curve is far off, and says so."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1000, 20))
    for truth, warned in ((np.where(x[:, 0] + x[:, 1] > 1.8, 5000.0, -500.0), True), (500 + 1500 * x[:, 0], False)):
        values = np.zeros((1000, 10, 2, 2))
        values[:, :, 1, 0] = -truth[:, None] + rng.normal(0, 40_000 / 10, (1000, 10))
        found = noise_correct(values, [0.0], x)
        assert any("may be off by more than its standard error" in w for w in found.warnings) == warned
