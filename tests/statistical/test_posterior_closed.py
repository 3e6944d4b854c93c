"""Posteriors against closed forms, and simulation-based calibration: what is drawn from a prior is found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from parameters.arrays import Floats
from scripts.verify.calibration import cohorts
from scripts.verify.calibration.cohorts import (
    Cohort,
    closed,
    counted,
    engine,
    outside,
    relapse_case,
    relapse_figures,
    told,
    wrong,
)
from simulate.solve.posterior.importance import Hump, Weighted, importance
from simulate.solve.posterior.likelihood import Binomial, Normal, Term, Together, log_likelihood, residuals
from simulate.solve.posterior.posterior import sampled

COHORTS, DRAWS, BINS = 100, 99, 10
COVER = (0.85, 0.95)
Model = Callable[[Floats], Floats]


def logit(p: Floats) -> Floats:
    return np.asarray(special.logit(p))


def same(y: Floats) -> Floats:
    return y


def found_by_importance(model: Model, terms: Sequence[Term], dimensions: int, seed: int = 1) -> Weighted:
    return importance(lambda z: log_likelihood(terms, model(z)), dimensions, wanted=4000, seed=seed)


def close(values: Floats, weight: Floats, mean: float, sd: float) -> bool:
    """Mean and standard deviation within four Monte Carlo errors of the truth, as far as the weights bear."""
    effective = 1.0 / float((weight**2).sum())
    ours = float(weight @ values)
    spread = float(np.sqrt(weight @ (values - ours) ** 2))
    error = 4 / float(np.sqrt(effective))
    return abs(ours - mean) < sd * error and abs(spread / sd - 1) < error


# --- closed forms -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "events", "people"), [(2.0, 3.0, 12.0, 40.0), (1.0, 1.0, 0.0, 15.0), (5, 5, 80, 100)]
)
def test_a_share_with_a_beta_prior_has_the_beta_posterior(a: float, b: float, events: float, people: float) -> None:
    def share(z: Floats) -> Floats:
        return np.asarray(special.betaincinv(a, b, special.ndtr(z)))

    got = found_by_importance(lambda z: logit(share(z)), [Binomial((0,), events, people)], 1)
    exact = stats.beta(a + events, b + people - events)
    assert got.effective > 1000
    assert close(share(got.z[:, 0]), got.weight, exact.mean(), exact.std())
    assert not close(share(got.z[:, 0]), got.weight, stats.beta(a, b).mean(), stats.beta(a, b).std())


@pytest.mark.parametrize("sd", [0.25, 2.5])
def test_a_normal_with_a_normal_prior_has_the_normal_posterior(sd: float) -> None:
    """Where the figure tells nearly all, and where the prior does."""
    mean = 1.3
    got = found_by_importance(lambda z: 2.0 * z + 0.5, [Normal((0,), mean, sd, same)], 1)
    precision = 1 + (2.0 / sd) ** 2
    assert close(got.z[:, 0], got.weight, 2.0 * (mean - 0.5) / sd**2 / precision, precision**-0.5)


def straight(seed: int = 3) -> tuple[Floats, Together, Hump]:
    """Two figures of three scores, what was published of both together, and the exact posterior."""
    rng = np.random.default_rng(seed)
    slopes = rng.standard_normal((2, 3))
    covariance = np.array([[0.5, 0.6], [0.6, 0.8]])  # a correlation of 0.95
    mean = np.array([0.7, -0.4])
    inverse = np.linalg.inv(covariance)
    spread = np.asarray(np.linalg.inv(np.eye(3) + slopes.T @ inverse @ slopes), dtype=np.float64)
    return slopes, Together((0, 1), mean, covariance), Hump(spread @ slopes.T @ inverse @ mean, spread)


def test_figures_normal_together_have_the_normal_posterior_whatever_is_not_identified() -> None:
    """Three unknowns of two figures: one direction keeps its prior."""
    slopes, term, exact = straight()
    got = found_by_importance(lambda z: z @ slopes.T, [term], 3)
    moments = got.moments()
    error = 4 / np.sqrt(got.effective)
    np.testing.assert_allclose(moments.mean, exact.mean, atol=error)
    np.testing.assert_allclose(moments.covariance, exact.covariance, atol=error)
    assert np.linalg.eigvalsh(exact.covariance).max() > 0.999
    alone = Together((0, 1), term.mean, np.diag(np.diag(term.covariance)))
    other = found_by_importance(lambda z: z @ slopes.T, [alone], 3).moments()
    assert np.abs(other.covariance - exact.covariance).max() > error  # the correlation matters, and is seen


def test_the_polynomial_and_the_check_by_simulation_change_nothing_where_figures_are_straight() -> None:
    slopes, term, exact = straight()
    got = sampled(lambda z: z @ slopes.T, [term], exact, draws=2000, seed=1)
    assert got.checked == pytest.approx(4000) and got.effective > 2000
    drawn = got.scores[got.picked]
    np.testing.assert_allclose(drawn.mean(axis=0), exact.mean, atol=4 / np.sqrt(2000))
    np.testing.assert_allclose(np.cov(drawn.T), exact.covariance, atol=6 / np.sqrt(2000))


def test_what_the_polynomial_gets_wrong_is_put_right_by_the_simulation_and_told() -> None:
    """A kink no polynomial follows: the weights of the check bring the posterior back to the exact one."""

    def kinked(z: Floats) -> Floats:
        return np.asarray(np.where(z > 0.3, 3.0 * (z - 0.3), 0.3 * (z - 0.3)))

    term = Normal((0,), 0.0, 0.3, same)
    grid = np.linspace(-6, 6, 20_001)
    density = np.exp(-0.5 * grid**2 + log_likelihood([term], kinked(grid[:, None])))
    exact = float((grid * density).sum() / density.sum())
    got = sampled(kinked, [term], Hump(np.zeros(1), np.eye(1)), draws=4000, seed=2)
    assert got.checked < 0.98 * len(got.scores)
    assert abs(got.scores[got.picked].mean() - exact) < 0.06


def test_residuals_are_signed_roots_of_deviances() -> None:
    y = np.linspace(-3, 2, 11)[:, None]
    p = special.expit(y[:, 0])
    exact = stats.binom.logpmf(12, 40, p) - stats.binom.logpmf(12, 40, 0.3)
    got = residuals([Binomial((0,), 12.0, 40.0)], y)
    np.testing.assert_allclose(-0.5 * got[:, 0] ** 2, exact, atol=1e-10)
    assert ((got[:, 0] < 0) == (p < 0.3)).all()
    assert log_likelihood([Binomial((0,), 0.0, 40.0)], np.array([[-np.inf]]))[0] == 0.0
    assert log_likelihood([Binomial((0,), 1.0, 40.0)], np.array([[-np.inf]]))[0] == -np.inf


# --- simulation-based calibration -------------------------------------------------------------


def relapse(z: Floats) -> Floats:
    """Logits of the shares with a relapse by one and by four years, and of those with one by two years with a drug.

    A Weibull time, its median, its shape and the drug's hazard ratio log-normal.
    """
    median, shape, ratio = (np.exp(m + s * z[:, j]) for j, (m, s) in enumerate(((0.7, 0.6), (0.0, 0.3), (-0.3, 0.4))))
    hazard = np.log(2.0) * (np.array([1.0, 4.0, 2.0]) / median[:, None]) ** shape[:, None]
    hazard[:, 2] *= ratio
    return np.asarray(logit(np.clip(-np.expm1(-hazard), 1e-12, 1 - 1e-12)))


PEOPLE = (60, 45, 80)


def height(terms: Sequence[Term], z: Floats) -> Floats:
    return log_likelihood(terms, relapse(z))


def ranks(cohorts: int, said: float = 1.0) -> Floats:
    """Ranks of the truth among draws, [cohort, parameter]: a trial says it had `said` times the people that it had."""
    found = []
    for k in range(cohorts):
        rng = np.random.default_rng([k, 5])
        truth = rng.standard_normal(3)
        counts = rng.binomial(PEOPLE, special.expit(relapse(truth[None, :])[0]))
        terms = [Binomial((j,), c * said, n * said) for j, (c, n) in enumerate(zip(counts, PEOPLE, strict=True))]
        got = importance(partial(height, terms), 3, wanted=1000, seed=k)
        found.append((got.picked(DRAWS, rng) < truth).sum(axis=0))
    return np.array(found)


def cover(found: Floats) -> Floats:
    """The share of cohorts whose 90% interval holds the truth, by parameter."""
    return np.asarray(((found >= 0.05 * (DRAWS + 1)) & (found < 0.95 * (DRAWS + 1))).mean(axis=0))


def uniform(found: Floats) -> Floats:
    """Probability of ranks at least so uneven, by parameter (chi-square over bins of equal width)."""
    counts = np.array([np.bincount(r * BINS // (DRAWS + 1), minlength=BINS) for r in found.T.astype(int)])
    return np.asarray(stats.chisquare(counts, axis=1).pvalue)


def test_what_was_drawn_from_the_prior_is_found_again() -> None:
    found = ranks(COHORTS)
    assert ((cover(found) >= COVER[0]) & (cover(found) <= COVER[1])).all(), cover(found)
    assert (uniform(found) > 0.01).all(), uniform(found)


def test_a_likelihood_that_claims_too_much_does_not_cover() -> None:
    found = ranks(COHORTS, said=4.0)
    assert (cover(found) < COVER[0]).all() and (uniform(found) < 0.01).any()


def test_the_script_counts_coverage_and_how_uneven_ranks_are() -> None:
    even = counted([Cohort({"a": r, "b": r // 2}, 1.0) for r in range(0, 200, 2)])
    assert even["a"] == {
        "cohorts": 100, "of": 100, "coverage": 0.9, "p_coverage": 1.0, "p_uniform": 1.0, "bins": [10] * 10
    }  # fmt: skip
    assert even["b"]["p_uniform"] < 1e-6 and max(even["b"]["bins"][5:]) == 0  # half as high as they should be
    assert [text.partition(": ")[0] for text in wrong({"made": even})] == ["made, b"]
    (cohort,) = closed(range(1))
    assert set(cohort.ranks) == {"median", "shape", "hazard_ratio"} and 0.5 < cohort.checked <= 1.0
    off = [abs(cohort.ranks[n] / 199 - share) for n, share in cohort.exact.items()]
    assert len(off) == 3 and max(off) < 4 * np.sqrt(0.25 / 199)


def test_a_parameter_that_some_cohorts_do_not_learn_of_is_judged_where_they_do() -> None:
    """Of narrow posteriors, in half of the cohorts; and of too few cohorts for bins, with nothing to find."""
    ranks = [{"a": r, **({"some": 199 * (r > 99)} if r % 4 else {}), **({"few": r} if r % 5 == 0 else {})}
             for r in range(0, 200, 2)]  # fmt: skip
    rows = counted([Cohort(r, 1.0) for r in ranks])
    assert (rows["some"]["cohorts"], rows["some"]["of"], rows["some"]["coverage"]) == (50, 100, 0.0)
    assert rows["few"]["p_uniform"] is None and "too few for evenness" in told("few", rows["few"])
    assert "of 50 (learnt of in so many of 100)" in told("some", rows["some"])
    assert {text.partition(": ")[0] for text in wrong({"made": rows})} == {"made, some"}


def test_draws_to_one_side_of_an_exact_posterior_are_seen_whatever_the_luck_of_the_truths() -> None:
    """Ranks as uneven as those of the exact posterior are luck; half a standard deviation to one side is not."""
    rng = np.random.default_rng(1)
    below = 0.2 + 0.6 * rng.random(100)  # no truth is far out: uneven, and not the posterior's doing
    fair = [Cohort({"a": rng.binomial(199, b)}, 1.0, {"a": b}) for b in below]
    shifted = [Cohort({"a": rng.binomial(199, special.ndtr(special.ndtri(b) + 0.2))}, 1.0, {"a": b}) for b in below]
    one, other = (counted(c)["a"] for c in (fair, shifted))
    assert one["p_uniform"] < 1e-3 and one["p_uniform_of_exact"] < 1e-3 and one["p_beside_exact"] > 0.01
    assert other["p_beside_exact"] < 1e-6


def test_a_run_in_which_all_is_right_seldom_says_otherwise() -> None:
    """Of 50 runs of 100 cohorts and nine parameters half a one on average at most; the bound is 1 in 10,000 of that."""
    rng = np.random.default_rng(2)
    runs = [counted([Cohort(dict(zip("abcdefghi", row, strict=True)), 1.0) for row in rng.integers(0, 200, (100, 9))])
            for _ in range(50)]  # fmt: skip
    assert sum(bool(wrong({"made": rows})) for rows in runs) <= stats.poisson.ppf(0.9999, 0.5)
    beyond, by_chance, every = np.sum([outside({"made": rows}) for rows in runs], axis=0)
    assert every == 450 and beyond == pytest.approx(by_chance, abs=4 * np.sqrt(by_chance))


def test_the_script_ends_with_1_where_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cohorts, "draw_figures", lambda make, out: make())
    for share, code in ((1.0, 0), (0.2, 1)):
        made = {"closed": lambda which, share=share: (Cohort({"a": round(share * k)}, 1.0) for k in which)}
        monkeypatch.setattr(cohorts, "MODELS", made)
        assert cohorts.main(["--cohorts", "200", "--out", str(tmp_path)]) == code
        assert json.loads((tmp_path / "coverage.json").read_text())["closed"]["a"]["of"] == 200
    said = capsys.readouterr().out
    assert "0 wrong" in said and "wrong: closed, a: p_uniform" in said and "outside 85% to 95%: 0 of 1" in said


@pytest.mark.slow
def test_the_engine_finds_again_what_was_drawn() -> None:
    for name, row in counted(list(engine(relapse_case(), range(100, 150), relapse_figures))).items():
        assert row["coverage"] >= 0.8 and row["p_uniform"] > 1e-3 and row["p_beside_exact"] > 1e-3, name
