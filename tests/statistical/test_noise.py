"""Noise taken out of the CEAC and the EVPI, against truths in closed form.

Seeds are fixed. Tolerances are the promised ones; the naive estimate, and ANOVA on the two-point
truth, are the negative controls that must miss them.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np
import pytest

from simulate.evaluate import ceac, evpi, noise_correct
from simulate.evaluate.noise import NoiseCorrected

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
@pytest.mark.parametrize(("people", "within"), [(100, 0.03), (500, 0.02), (1000, 0.02)])
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


def test_standard_errors_are_the_spread_over_seeds() -> None:
    for people in (100, 1000):
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


def test_a_usual_run_is_corrected_in_about_a_second() -> None:
    generator = np.random.default_rng(7)
    parameters = generator.standard_normal((1024, 45))
    values = noisy(normal(parameters), 1000, generator)
    start = time.perf_counter()
    noise_correct(values, np.linspace(0, 50_000, 51), parameters)
    assert time.perf_counter() - start < 4  # about 0.3 s undisturbed
