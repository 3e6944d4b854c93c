"""Noise that differs between draws, the check of the correction, and standard errors by leaving out groups of draws.

Seeds are fixed. A noise of one size for all draws, and a stretched correction, are the negative controls.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulate.evaluate import ceac, evpi, noise_correct
from simulate.evaluate.uncertainty.extrapolation import Three, bracket, lean, leant, with_evpi
from simulate.evaluate.uncertainty.jackknife import groups_of, jackknife_error
from simulate.evaluate.uncertainty.noise_correction import NoiseCorrected
from simulate.evaluate.uncertainty.precision import mcse_of_draws, reach_of
from simulate.evaluate.uncertainty.tails import error_of_few
from tests.statistical.test_noise import (
    BATCHES,
    MEAN,
    PERSON_SD,
    SD,
    THRESHOLD,
    Truth,
    averages,
    noisy,
    normal,
    normal_truth,
)


def rare_events(seed: int, people: int, draws: int = 512) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Batch values, parameters and true benefit: events at a rate that varies twentyfold, a share of them averted.

    What is saved and its noise both follow the rate; the share averted is below 0 in one draw of fifty.
    """
    generator = np.random.default_rng(seed)
    parameters = generator.standard_normal((draws, 6))
    rate = 0.2 * np.exp(0.75 * parameters[:, 0])
    averted = 0.3 + 0.145 * parameters[:, 1]
    benefit = 1000 * rate * averted
    spread = 1000 * np.sqrt(rate * np.maximum(np.abs(averted), 0.05) * BATCHES / people)
    total = benefit[:, None] + spread[:, None] * generator.standard_normal((draws, BATCHES))
    values = np.zeros((draws, BATCHES, 2, 2))
    values[:, :, 1, 0] = -total
    return values, parameters, benefit


def corrected_and_naive(people: int, seeds: int) -> tuple[list[NoiseCorrected], np.ndarray]:
    """Corrections of ``rare_events``, and the true (acceptability, EVPI) of the same draws."""
    found, truths = [], []
    for seed in range(seeds):
        values, parameters, benefit = rare_events(seed, people)
        found.append(noise_correct(values, [0.0], parameters))
        cost = np.column_stack([np.zeros(len(benefit)), -benefit])
        truths.append((ceac(cost, 0 * cost, [0])[0, 1], evpi(cost, 0 * cost, [0])[0]))
    return found, np.array(truths)


def test_quiet_draws_are_not_blurred_by_the_noise_of_loud_ones() -> None:
    """Noise of one size for all draws would find 1.5 times the EVPI, further off than no correction (1.26 times)."""
    found, truths = corrected_and_naive(200, 12)
    off = np.mean([(f.ceac[0, 1], f.evpi[0]) for f in found] - truths, axis=0)
    without = np.mean([(f.ceac_naive[0, 1], f.evpi_naive[0]) for f in found] - truths, axis=0)
    assert abs(off[0]) < 0.6 * abs(without[0])
    assert abs(off[1]) < abs(without[1])
    assert abs(off[1]) < np.mean([f.evpi_se[0] for f in found])


def test_where_noise_is_little_the_naive_figure_stands_to_its_error() -> None:
    for f in corrected_and_naive(2000, 6)[0]:
        assert f.noise_share[0, 1] < 0.01
        assert abs(f.evpi[0] - f.evpi_naive[0]) < f.evpi_se[0]
        assert abs(f.ceac[0, 1] - f.ceac_naive[0, 1]) <= f.ceac_se[0, 1]


@pytest.mark.parametrize("people", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_closed_forms_of_normal_increments(people: int) -> None:
    """Goldhaber-Fiebert, Jalal and Alarid-Escudero, MDM 2025;45:127-142: parameter variance plus noise over people.

    Mean of 24 seeds: EVPI within 1% or twice its error, acceptability within a point or twice its error; naive not.
    """
    truth = normal_truth()
    corrected, naive, found = averages(normal, people, 24, columns=2)
    error = Truth(*np.std([(f.ceac[0, 1], f.evpi[0]) for f in found], axis=0, ddof=1) / math.sqrt(len(found)))
    blurred = math.sqrt(SD**2 + PERSON_SD**2 / people)
    expected = 0.5 * math.erfc(-MEAN / blurred / math.sqrt(2))
    assert naive.acceptability == pytest.approx(expected, abs=0.01)
    assert abs(corrected.evpi - truth.evpi) < max(0.01 * truth.evpi, 2 * error.evpi)
    assert abs(corrected.acceptability - truth.acceptability) < max(0.01, 2 * error.acceptability)
    assert naive.evpi - truth.evpi > 10 * error.evpi


def spread_over_seeds(whole: Three, error: float) -> Three:
    """As left-out estimates that put that error on the corrected one alone, [group, threshold]."""
    step = error * np.sqrt(20 / 19 / 20) * np.where(np.arange(20) % 2, 1.0, -1.0)[:, None]
    return Three(whole.corrected + step, whole.naive + 0 * step, whole.halved + 0 * step)


def test_a_correction_outside_what_half_of_the_people_tell_is_drawn_there() -> None:
    """Naive 120, with half of the people 140: 96.4 by squares, 102.9 by logarithms. Inside, or by chance, it stays."""
    at = np.array([100.0, 90.0, 119.0, 0.0, 104.0])
    whole = Three(at, np.full(5, 120.0), np.full(5, 140.0))
    far = Three(at, np.full(5, 120.0), np.full(5, 160.0))
    assert (lean(far, spread_over_seeds(far, 2.0), 1.0) > 0).tolist() == [True, False, True, False, True]
    low, high = bracket(whole, 1.0)
    assert low == pytest.approx(np.sqrt(2 * 120**2 - 140**2))
    assert high == pytest.approx(120**2 / 140)
    share = lean(whole, spread_over_seeds(whole, 2.0), 1.0)
    found = leant(whole, share, 1.0)
    assert found[0] == 100
    assert found[1] == pytest.approx(90 + (low[1] - 90) * (1 - (2 / (low[1] - 90)) ** 2))
    assert high[2] < found[2] < 104
    assert found[3] == pytest.approx(low[3], abs=0.1)
    assert found[4] == 104


def test_the_bracket_holds_the_truth_of_normal_increments_at_every_distance() -> None:
    """From a toss-up, where the square grows with the variance, to three standard deviations away."""
    for mean in (0.0, 0.5, 1.0, 2.0, 3.0):
        spread = np.sqrt([1.0, 1.2, 1.4])
        z = mean / spread
        tail = np.array([0.5 * math.erfc(x / math.sqrt(2)) for x in z])
        truth, naive, halved = spread * np.exp(-z * z / 2) / math.sqrt(2 * math.pi) - mean * tail
        low, high = bracket(Three(np.zeros(1), np.array([naive]), np.array([halved])), 1.0)
        assert low[0] - 1e-9 <= truth <= high[0] + 1e-9
        assert high[0] < naive


def test_net_benefit_is_drawn_to_the_value_of_information_that_is_told() -> None:
    benefit = np.column_stack([np.zeros(500), 300 + 1000 * np.random.default_rng(14).standard_normal(500)])
    own = float(benefit.max(axis=1).mean() - benefit.mean(axis=0).max())
    assert with_evpi(benefit, own) is benefit
    for wanted in (0.0, 0.5 * own, 1.2 * own):
        found = with_evpi(benefit, wanted)
        assert found.mean(axis=0) == pytest.approx(benefit.mean(axis=0))
        assert found.max(axis=1).mean() - found.mean(axis=0).max() == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("away", [2.0, 3.0])
def test_an_error_is_never_what_no_draw_would_tell(away: float) -> None:
    """Of 128 draws 2.9 or 0.2 lose; where none does, their spread is 0, and as an error covers nothing."""
    covered = np.zeros((60, 2), dtype=bool)
    blind = 0
    lost = 0.5 * math.erfc(away / math.sqrt(2))
    truth = Truth(1 - lost, 50 * (math.exp(-(away**2) / 2) / math.sqrt(2 * math.pi) - away * lost))
    for seed in range(60):
        values = np.zeros((128, 2, 2, 2))
        values[:, :, 1, 0] = -50 * (away + np.random.default_rng(seed).standard_normal(128))[:, None]
        found = noise_correct(values, [0.0], None, "anova")
        off = np.array([found.ceac[0, 1] - truth.acceptability, found.evpi[0] - truth.evpi])
        covered[seed] = np.abs(off) <= 2 * np.array([found.ceac_se[0, 1], found.evpi_se[0]])
        blind += int(found.evpi[0] == 0)
    assert (covered.mean(axis=0) >= 0.85).all()
    assert blind >= 2


def test_where_nothing_varies_the_least_error_is_none() -> None:
    assert error_of_few(np.column_stack([np.zeros(50), np.ones(50)]), 1) == 0
    assert error_of_few(np.zeros((50, 1)), 0) == 0
    assert error_of_few(np.column_stack([np.zeros(50), np.linspace(-1, 1, 50)]), 1) == 0
    values = np.zeros((64, 2, 2, 2))
    values[:, :, 1, 0] = 1.0
    found = noise_correct(values, [0.0], None, "anova")
    assert found.evpi_se[0] == 0
    assert (found.ceac_se == 0).all()


def test_standard_errors_by_leaving_out_groups_are_those_of_means() -> None:
    values = np.random.default_rng(12).standard_normal(800)
    replicate = np.arange(800) % 8
    found = jackknife_error(lambda kept: values[kept].mean(keepdims=True), groups_of(800, replicate))
    assert found[0] == pytest.approx(float(mcse_of_draws(values, replicate)))
    assert groups_of(800, None).max() == 19
    assert np.isnan(jackknife_error(lambda kept: values[kept][:1], np.zeros(800, dtype=np.intp))).all()


def test_eight_replicates_give_intervals_of_seven_degrees_of_freedom() -> None:
    """Not 1.96: of eight known means a normal interval covers only 91%, Student's 95%."""
    generator = np.random.default_rng(13)
    values = noisy(normal(generator.standard_normal((256, 1))), 4000, generator)
    assert noise_correct(values, [THRESHOLD], None, "anova", replicate=np.arange(256) % 8).degrees == 7
    assert reach_of(7) == pytest.approx(2.3646, abs=1e-4)
    assert reach_of(10**6) == pytest.approx(1.96, abs=1e-3)
    means = generator.standard_normal((4000, 8))
    error = means.std(axis=1, ddof=1) / math.sqrt(8)
    assert (np.abs(means.mean(axis=1)) < reach_of(7) * error).mean() == pytest.approx(0.95, abs=0.012)
    assert (np.abs(means.mean(axis=1)) < 1.96 * error).mean() < 0.92
