"""Each step of a posterior against a closed form: priors, likelihoods of records, what is learnt of, and the offset.

Figures here are straight lines of the scores, so that with normal likelihoods the posterior is normal and known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

import models as m
from parameters.arrays import Floats
from parameters.distributions import Distribution
from simulate import load
from simulate.ask.case import Case
from simulate.engine.progress import Steps
from simulate.solve.posterior.figures import Figures, candidates, make_figures
from simulate.solve.posterior.likelihood import Normal, Together, log_likelihood
from simulate.solve.posterior.posterior import MOST_RECORDS, Posterior, learnt, matter, posterior
from simulate.solve.posterior.priors import Prior, of_unknown
from simulate.solve.posterior.published import Published, published

NORMAL_95 = stats.norm.ppf(0.975)


# --- priors -----------------------------------------------------------------------------------


def target(**said: Any) -> m.CalibrationTarget:
    return m.CalibrationTarget("x", "usual", m.Ever("relapses"), "p", **said)


@pytest.mark.parametrize(
    ("said", "between", "ends"),
    [
        ({"start": 0.5, "unit": "per_year"}, None, (0.5 / 30, 0.5 * 30)),
        ({"start": 2.0, "unit": "ratio"}, None, (0.1, 10.0)),
        ({"start": 0.5, "prior": (0.1, 1.6)}, None, (0.1, 1.6)),
        ({"start": 0.5, "prior": (0.1, 1.6)}, (0.3, 0.9), (0.3, 0.9)),
    ],
)
def test_a_prior_is_log_normal_between_the_ends_of_its_interval(
    said: dict[str, Any], between: tuple[float, float] | None, ends: tuple[float, float]
) -> None:
    """Its quantiles at every score, not at its ends alone: median the geometric mean, sigma a 3.92nd of their logs."""
    prior, z = of_unknown(target(**said), between), np.array([-3.0, -1.0, 0.0, 0.5, 2.0])
    low, high = np.log(ends)
    sigma = (high - low) / (2 * NORMAL_95)
    np.testing.assert_allclose(np.log(prior.at(z)), (low + high) / 2 + sigma * z, rtol=1e-9, atol=1e-12)
    assert prior.log_spread == pytest.approx(sigma)


@pytest.mark.parametrize(
    ("shape", "exact"),
    [
        (Distribution("beta", {"alpha": 3.0, "beta": 9.0}), stats.beta(3, 9)),
        (Distribution("gamma", {"mean": 4.0, "se": 2.0}), stats.gamma(4, scale=1)),
        (Distribution("normal", {"mean": -1.0, "se": 0.5}), stats.norm(-1, 0.5)),
        (Distribution("lognormal", {"mu": 0.3, "sigma": 0.8}), stats.lognorm(0.8, scale=np.exp(0.3))),
    ],
)
def test_a_record_keeps_its_own_distribution_as_prior(shape: Distribution, exact: Any) -> None:
    z = np.linspace(-2.5, 2.5, 11)
    np.testing.assert_allclose(Prior("x", "", "", shape, "record").at(z), exact.ppf(stats.norm.cdf(z)), rtol=1e-5)


# --- what records say of a figure -----------------------------------------------------------

RECORDS: dict[str, dict[str, Any]] = {
    "p_relapse": {"unit": "probability", "distribution": {"beta": {"alpha": 12.0, "beta": 28.0}}},
    "rr_drug": {"unit": "ratio", "distribution": {"lognormal": {"mean": 0.75, "low": 0.5, "high": 1.1}}},
    "d_relapse": {"unit": "days", "distribution": {"lognormal": {"mu": 4.0, "sigma": 0.25}}},
    "e_relapse": {"unit": "days", "distribution": {"normal": {"mean": 60.0, "se": 6.0}}},
}


def relapse(*figures: m.CalibrationTarget, correlations: dict[tuple[str, str], float] | None = None) -> Case:
    """Relapse at a constant hazard, and a drug that changes it, solved from `figures`."""
    health = m.Domain("health", ("well", "relapse"), "Health")
    event = m.Event("relapses", m.When(health="well"), m.Exponential("r_relapse"), {"health": "relapse"})
    drug = m.Component("drug", "Drug", (m.Effect("relapses", "hazard", "hr_drug"),))
    given = {} if any(t.unknown == "hr_drug" for t in figures) else {"hr_drug": 0.7}
    problem = m.DecisionProblem(
        id="relapse",
        label="Relapse",
        pathway=m.Pathway("relapse", (health,), (event,), {"health": "well"}),
        strategies=(m.Strategy("usual", "Usual care"), m.Strategy("drug", "Drug", (drug,))),
        settings=(m.Setting("trial", "A trial", horizon=1.0, targets=figures, given=given),),
        utilities=(m.Utility(m.When(health="well"), 0.8), m.Utility(m.When(health="relapse"), 0.5)),
        thresholds={"qaly": (20_000,)},
        correlations=correlations or {},
    )
    return load(problem, inline={n: r for n, r in RECORDS.items() if any(n == t.published for t in figures)})


def weibull_case() -> Case:
    """The same after a Weibull time of two years whose shape is a record."""
    case = relapse(share())
    event = m.Event("relapses", m.When(health="well"), m.WeibullPH("k_relapse", "r_relapse"), {"health": "relapse"})
    pathway = replace(case.problem.pathway, events=(event,))
    setting = replace(case.setting, horizon=2.0)
    problem = replace(case.problem, pathway=pathway, settings=(setting,))
    shape = {"unit": "ratio", "distribution": {"lognormal": {"mean": 1.1, "low": 0.7, "high": 1.7}}}
    return load(problem, inline={"p_relapse": RECORDS["p_relapse"], "k_relapse": shape})


def share(name: str = "p_relapse") -> m.CalibrationTarget:
    return m.CalibrationTarget("r_relapse", "usual", m.Ever("relapses"), name, start=0.5, unit="per_year")


def ratio() -> m.CalibrationTarget:
    return m.CalibrationTarget("hr_drug", "drug", m.Ever("relapses"), "rr_drug", scale="risk_ratio")


def time(name: str) -> m.CalibrationTarget:
    spent = m.MeanTime(m.When(health="relapse"))
    return m.CalibrationTarget("r_relapse", "usual", spent, name, start=0.5, unit="per_year")


def told_by(case: Case) -> Published:
    return published(case.problem, case.setting, case.parameters)


def falls(case: Case, y: Floats) -> Floats:
    """The logarithm of the likelihood at figures `y` [rows, target], as far as it varies, [rows]."""
    found = log_likelihood(told_by(case).terms, y)
    return np.asarray(found - found[0])


def test_a_beta_record_is_a_binomial_likelihood() -> None:
    y = np.linspace(-3.0, 2.0, 9)
    exact = stats.binom.logpmf(12, 40, 1 / (1 + np.exp(-y)))
    np.testing.assert_allclose(falls(relapse(share()), y[:, None]), exact - exact[0], atol=1e-9)


def test_a_log_normal_record_is_a_normal_likelihood_of_the_logarithm() -> None:
    """In the record's own unit: days, of a figure that is solved for in years."""
    days = np.linspace(30.0, 90.0, 9)
    exact = stats.norm.logpdf(np.log(days), 4.0, 0.25)
    y = np.log(days / 365.25)[:, None]
    np.testing.assert_allclose(falls(relapse(time("d_relapse")), y), exact - exact[0], atol=1e-9)
    ratios = np.linspace(0.4, 1.3, 9)
    sigma = np.log(1.1 / 0.5) / (2 * NORMAL_95)
    exact = stats.norm.logpdf(np.log(ratios), np.log(0.75), sigma)
    y = np.column_stack([np.zeros(9), np.log(ratios)])
    np.testing.assert_allclose(falls(relapse(share(), ratio()), y), exact - exact[0], atol=1e-3)


def test_a_normal_record_is_a_normal_likelihood_of_the_figure_itself() -> None:
    days = np.linspace(40.0, 80.0, 9)
    exact = stats.norm.logpdf(days, 60.0, 6.0)
    y = np.log(days / 365.25)[:, None]
    np.testing.assert_allclose(falls(relapse(time("e_relapse")), y), exact - exact[0], atol=1e-9)


def test_figures_published_together_keep_their_covariance() -> None:
    """Of two records that are correlated: a normal of both, whose correlation is theirs to sampling error."""
    case = relapse(share(), ratio(), correlations={("p_relapse", "rr_drug"): -0.6})
    (both,) = told_by(case).terms
    assert isinstance(both, Together) and both.which == (0, 1)
    sd = np.sqrt(np.diag(both.covariance))
    assert both.covariance[0, 1] / sd.prod() == pytest.approx(-0.6, abs=0.03)
    assert sd[1] == pytest.approx(np.log(1.1 / 0.5) / (2 * NORMAL_95), rel=0.02)
    y = both.mean + np.array([[0.0, 0.0], [0.3, 0.2], [0.3, -0.2]])
    exact = stats.multivariate_normal.logpdf(y, both.mean, both.covariance)
    np.testing.assert_allclose(falls(case, y), exact - exact[0], atol=1e-9)
    assert [t.which for t in told_by(relapse(share(), ratio())).terms] == [(0,), (1,)]


# --- what is learnt, of figures that are straight lines ---------------------------------------

STANDARD = Distribution("normal", {"mean": 0.0, "se": 1.0})


@dataclass(frozen=True, eq=False)
class Straight:
    """Figures that are a straight line of the scores; `luck` is that of the people of a run, others have none."""

    slopes: Floats  # [target, prior], of the unknowns and of every record there is
    names: tuple[str, ...]  # of these
    luck: Floats  # [target]
    priors: tuple[Prior, ...]

    def __call__(self, scores: Floats) -> Floats:
        at = [self.names.index(p.name) for p in self.priors]
        return np.asarray(scores @ self.slopes[:, at].T + self.luck)

    def beside(self, records: Sequence[Prior]) -> Straight:
        return replace(self, priors=(*self.priors[: len(self.slopes)], *records))

    def of_others(self, scores: Floats) -> Floats:
        fair = self(scores[None, :])[0] - self.luck
        return np.asarray(fair + 0.01 * np.linspace(-1.0, 1.0, 16)[:, None])


def found_by(
    slopes: Floats, mean: Floats, covariance: Floats, luck: float = 0.0, draws: int = 1000
) -> tuple[Posterior, Floats, Floats]:
    """A posterior of straight figures, and its exact mean and covariance by every score; unknowns come first."""
    targets, scores = slopes.shape
    priors = tuple(Prior(f"x{j}", "", "", STANDARD, "record") for j in range(scores))
    plain = Straight(slopes, tuple(p.name for p in priors), np.full(targets, luck), priors[:targets])
    term = Together(tuple(range(targets)), mean, covariance)
    told = Published((), (term,), mean, np.sqrt(np.diag(covariance)), ())
    got = learnt(cast("Figures", plain), told, priors[targets:], draws=draws, seed=1, steps=Steps())
    inverse = np.linalg.inv(covariance)
    spread = np.linalg.inv(np.eye(scores) + slopes.T @ inverse @ slopes)
    return got, np.asarray(spread @ slopes.T @ inverse @ mean), np.asarray(spread)


def test_the_luck_of_the_people_simulated_is_taken_off() -> None:
    """Normal prior, normal figure: mean and spread in closed form, whoever the people of the run were."""
    for luck in (0.0, 0.8, -0.8):
        got, mean, spread = found_by(np.array([[1.5]]), np.array([0.9]), np.array([[0.09]]), luck)
        sd = float(np.sqrt(spread[0, 0]))
        assert got.best[0] == pytest.approx(mean[0], abs=0.02 * sd)
        assert got.scores.mean() == pytest.approx(mean[0], abs=4 * sd / np.sqrt(1000))
        assert got.scores.std(ddof=1) == pytest.approx(sd, rel=4 / np.sqrt(2000))
        assert got.figures.mean() == pytest.approx(1.5 * mean[0], abs=1.5 * 4 * sd / np.sqrt(1000))


def test_records_that_move_a_figure_are_learnt_of_and_others_are_not() -> None:
    """Two correlated figures of two unknowns, a record that moves the first and one that moves neither."""
    slopes = np.array([[1.0, 0.0, 0.8, 0.0], [0.0, 1.0, 0.8, 0.001]])
    covariance = np.array([[0.50, 0.45], [0.45, 0.50]])  # a correlation of 0.9
    got, mean, spread = found_by(slopes, np.array([0.6, -0.5]), covariance, draws=2000)
    assert [p.name for p in got.priors] == ["x0", "x1", "x2"] and got.held == ()
    np.testing.assert_allclose(got.scores.mean(axis=0), mean[:3], atol=4 / np.sqrt(2000))
    np.testing.assert_allclose(np.cov(got.scores.T), spread[:3, :3], atol=6 / np.sqrt(2000))
    alone = np.diag(1 / np.diag(covariance))
    other = np.linalg.inv(np.eye(4) + slopes.T @ alone @ slopes) @ slopes.T @ alone @ np.array([0.6, -0.5])
    assert np.abs(other - mean).max() > 6 / np.sqrt(2000)  # a covariance taken for its diagonal is seen


def test_those_that_move_a_figure_most_are_learnt_of_and_the_rest_told() -> None:
    moves = np.array([1.0, *np.linspace(0.02, 0.5, 12)])
    names = [f"r{k}" for k in range(12)]
    known = [Prior(n, "", "", STANDARD, "record") for n in names]
    unknown = Prior("x", "", "", STANDARD, "record")
    plain = Straight(moves[None, :], ("x", *names), np.zeros(1), (unknown,))
    told = Published((), (Normal((0,), 0.0, 1.0, lambda y: y),), np.zeros(1), np.ones(1), ())
    chosen, held = matter(cast("Figures", plain), told, np.zeros(1), known)
    assert [p.name for p in chosen] == names[-MOST_RECORDS:]
    assert held == ["r3", "r2", "r1"][: len(held)] and "r0" not in held and len(held) == 3  # r0 moves too little
    assert matter(cast("Figures", plain), told, np.zeros(1), []) == ([], [])


def test_records_that_the_simulation_reads_may_be_learnt_of_and_those_of_a_target_may_not() -> None:
    """Of a Weibull relapse its shape, which varies by itself; neither what is published nor what nobody measured."""
    case = weibull_case()
    whole = (case.problem, case.setting, case.parameters)
    unknowns = [of_unknown(t) for t in case.setting.targets]
    figures = make_figures(*whole, unknowns, people=200, seed=1, threads=1, steps=Steps())
    (shape,) = candidates(figures, case.parameters)
    assert (shape.name, shape.origin) == ("k_relapse", "record")
    got = posterior(*whole, draws=64, people=200, seed=1)
    assert [p.name for p in got.priors] == ["r_relapse", "k_relapse"]
