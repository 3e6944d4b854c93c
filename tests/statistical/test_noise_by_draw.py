"""Noise that differs between draws, the check of the correction, and standard errors by leaving out groups of draws.

Seeds are fixed. A noise of one size for all draws, and a stretched correction, are the negative controls.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulate.evaluate import ceac, evpi, noise_correct
from simulate.evaluate.uncertainty.extrapolation import astray
from simulate.evaluate.uncertainty.increments import make_increments
from simulate.evaluate.uncertainty.jackknife import groups_of, jackknife_error
from simulate.evaluate.uncertainty.noise_correction import NoiseCorrected
from simulate.evaluate.uncertainty.precision import mcse_of_draws, reach_of
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


@pytest.mark.parametrize("people", [100, 1000])
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


def test_a_correction_that_went_astray_is_told_from_one_that_did_not() -> None:
    """Increments stretched by a half are further from what half of the people tell than the naive ones are."""
    generator = np.random.default_rng(11)
    truth = normal(generator.standard_normal((1000, 1)))
    increments = make_increments(noisy(truth, 4000, generator), None)
    right = np.column_stack([-truth / 2, truth / 2 / THRESHOLD])
    at = np.array([0.0, THRESHOLD])
    assert not astray(increments, right, at, None).any()
    assert not astray(increments, increments.values, at, None).any()
    stretched = right.mean(axis=0) + 1.5 * (right - right.mean(axis=0))
    assert astray(increments, stretched, at, None).all()


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
