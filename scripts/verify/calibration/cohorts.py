"""Simulation-based calibration: what is drawn from the prior, and published as a trial would, is found again.

    python scripts/verify/calibration/cohorts.py [--cohorts 100] [--first 0] [--out DIR] [--only MODEL]

For each synthetic cohort true parameters are drawn from their priors, figures are made of them (by the closed form, or
by the engine on other people than those of the calibration), data as the likelihoods have it, and a posterior of these.
The truth's rank among the posterior's draws is then uniform, and a 90% interval holds it nine times in ten (Talts and
others, 2018, arXiv:1804.06788). Three models: a Weibull relapse in closed form, the same kind in the engine with an
uncertain shape, and the control arm of the trial of joint crisis plans with every record that may be learnt of. The
exit code is 1 where a parameter's intervals hold the truth less than 85 or more than 95 times in 100, or ranks are
uneven (chi-square, p < 0.001). Writes ``coverage.json`` and a figure as PNG, SVG and CSV. The engine takes minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

import models as m
from parameters.arrays import Floats, cholesky
from simulate import load
from simulate.ask.case import Case
from simulate.engine.progress import Steps
from simulate.present.figures import style
from simulate.present.figures.gallery import draw_figures
from simulate.running.solving import solved_for
from simulate.solve.posterior.figures import Figures, candidates, make_figures
from simulate.solve.posterior.importance import Hump
from simulate.solve.posterior.likelihood import Binomial, Normal, Term, Together
from simulate.solve.posterior.posterior import best_fit, learnt, sampled
from simulate.solve.posterior.priors import of_unknown
from simulate.solve.posterior.published import Published, published

DRAWS, BINS = 199, 10
COVER = 0.85, 0.95
UNEVEN = 0.001
PEOPLE, MANY = 2_000, 40_000  # of the calibration, and by whom the true figures are told
REACH = 3.0  # 95% interval of an unknown's prior in this script: what is solved for, over and times so much

Ranks = Mapping[str, int]


class Cohort(NamedTuple):
    """Where the truth lies among so many draws, by parameter."""

    ranks: Ranks
    checked: float  # share of draws that the simulation left


def rank(truth: float, draws: Floats) -> int:
    return int((draws < truth).sum())


# --- a closed form ----------------------------------------------------------------------------

TRIAL = (60, 45, 80)
SHAPE = {"median": (0.7, 0.6), "shape": (0.0, 0.3), "hazard_ratio": (-0.3, 0.4)}  # of logarithms


def weibull(z: Floats) -> Floats:
    """Logits of relapse by one and four years, and by two years with a drug, for scores of median, shape and ratio."""
    median, shape, ratio = (np.exp(a + b * z[:, j]) for j, (a, b) in enumerate(SHAPE.values()))
    hazard = np.log(2.0) * (np.array([1.0, 4.0, 2.0]) / median[:, None]) ** shape[:, None]
    hazard[:, 2] *= ratio
    return np.asarray(special.logit(np.clip(-np.expm1(-hazard), 1e-12, 1 - 1e-12)))


def closed(cohorts: range) -> Iterator[Cohort]:
    """The whole way of a calibration but for the engine: best fit, polynomial, importance sampling, check."""
    for k in cohorts:
        rng = np.random.default_rng([k, 1])
        truth = rng.standard_normal(len(SHAPE))
        counts = rng.binomial(TRIAL, special.expit(weibull(truth[None, :])[0]))
        terms = [Binomial((j,), float(c), float(n)) for j, (c, n) in enumerate(zip(counts, TRIAL, strict=True))]
        best, slopes = best_fit(weibull, terms, np.zeros(len(SHAPE)))
        about = Hump(best, np.asarray(np.linalg.inv(slopes.T @ slopes), dtype=np.float64))
        found = sampled(weibull, terms, about, draws=DRAWS, seed=k)
        drawn = found.scores[found.picked]
        yield Cohort({n: rank(truth[j], drawn[:, j]) for j, n in enumerate(SHAPE)}, found.checked / len(found.scores))


# --- the engine -------------------------------------------------------------------------------


def relapse_case() -> Case:
    """Relapse after a Weibull time whose shape is uncertain, and a drug: two figures, three parameters."""
    health = m.Domain("health", ("well", "relapse"), "Health")
    event = m.Event("relapses", m.When(health="well"), m.WeibullPH("k_relapse", "r_relapse"), {"health": "relapse"})
    drug = m.Component("drug", "Drug", (m.Effect("relapses", "hazard", "hr_drug"),))
    ever = m.Ever("relapses")
    targets = (
        m.CalibrationTarget("r_relapse", "usual", ever, "p_relapse", start=0.4, unit="per_year", prior=(0.1, 1.6)),
        m.CalibrationTarget("hr_drug", "drug", ever, "rr_drug", scale="risk_ratio", start=0.7, prior=(0.3, 1.6)),
    )
    problem = m.DecisionProblem(
        id="relapse",
        label="Relapse",
        pathway=m.Pathway("relapse", (health,), (event,), {"health": "well"}),
        strategies=(m.Strategy("usual", "Usual care"), m.Strategy("drug", "Drug", (drug,))),
        settings=(m.Setting("trial", "A trial", horizon=1.5, targets=targets),),
        utilities=(m.Utility(m.When(health="well"), 0.8), m.Utility(m.When(health="relapse"), 0.5)),
        thresholds={"qaly": (20_000,)},
    )
    records: dict[str, dict[str, Any]] = {
        "p_relapse": {"unit": "probability", "distribution": {"beta": {"alpha": 30.0, "beta": 50.0}}},
        "rr_drug": {"unit": "ratio", "distribution": {"lognormal": {"mean": 0.75, "low": 0.5, "high": 1.1}}},
        "k_relapse": {"unit": "ratio", "distribution": {"lognormal": {"mean": 1.1, "low": 0.7, "high": 1.7}}},
    }
    return load(problem, inline=records)


def control_case() -> Case:
    """The control arm of the pilot trial: admissions, detentions and stays of 80 people, five figures."""
    case = load("joint_crisis_plan", "henderson_2004")
    usual = tuple(t for t in case.setting.targets if t.strategy == case.problem.strategies[0].id)
    solved = solved_for(case, fixed=True)
    value = dict(zip((t.unknown for t in solved.targets), solved.value, strict=True))
    targets = tuple(replace(t, prior=(value[t.unknown] / REACH, value[t.unknown] * REACH)) for t in usual)
    return replace(case, setting=replace(case.setting, targets=targets, variants=(), shown=()))


def engine(case: Case, cohorts: range) -> Iterator[Cohort]:
    """Truths of all that may be learnt of; what each cohort learns of is chosen as in any calibration."""
    told = published(case.problem, case.setting, case.parameters)
    unknowns = [of_unknown(t) for t in case.setting.targets]
    whole = (case.problem, case.setting, case.parameters, unknowns)
    small, large = (make_figures(*whole, people=n, seed=1, threads=None, steps=Steps()) for n in (PEOPLE, MANY))
    known = candidates(small, case.parameters)
    for k in cohorts:
        rng = np.random.default_rng([k, 2])
        truth = rng.standard_normal(len(unknowns) + len(known))
        true = large.beside(known)(truth[None, :], seed=50 + k)[0]
        data = trial(told, true, rng)
        plain = other_people(small, k)
        found = learnt(plain, data, known, draws=DRAWS, seed=k, steps=Steps())
        at = {p.name: truth[j] for j, p in enumerate([*unknowns, *known])}
        ranks = {p.name: rank(at[p.name], found.scores[:, j]) for j, p in enumerate(found.priors)}
        yield Cohort(ranks, found.checked / found.tried)


def other_people(figures: Figures, k: int) -> Figures:
    """The same on people of a cohort's own, never those of its truth or of another cohort."""
    return replace(figures, simulator=replace(figures.simulator, seed=figures.simulator.seed + 10_000 + 100 * k))


def trial(told: Published, true: Floats, rng: np.random.Generator) -> Published:
    """What a trial of the same size prints of figures `true` [target]."""
    terms = tuple(printed(t, true[list(t.which)], rng) for t in told.terms)
    sd = told.sd.copy()
    for t in terms:
        if isinstance(t, Binomial):
            sd[t.which[0]] = np.sqrt(1 / (t.events + 0.5) + 1 / (t.people - t.events + 0.5))
    return replace(told, terms=terms, mean=true, sd=sd)


def printed(term: Term, true: Floats, rng: np.random.Generator) -> Term:
    if isinstance(term, Binomial):
        people = max(2, round(term.people))
        return replace(term, events=float(rng.binomial(people, special.expit(true[0]))), people=float(people))
    if isinstance(term, Normal):
        return replace(term, mean=float(term.scale(true)[0] + term.sd * rng.standard_normal()))
    assert isinstance(term, Together)
    return replace(term, mean=true + cholesky(term.covariance) @ rng.standard_normal(len(true)))


# --- what comes of it -------------------------------------------------------------------------


def counted(found: Sequence[Cohort]) -> dict[str, dict[str, Any]]:
    """By parameter: cohorts, coverage of 90% intervals, and how uneven ranks are."""
    rows = dict[str, dict[str, Any]]()
    for name in dict.fromkeys(n for c in found for n in c.ranks):
        ranks = np.array([c.ranks[name] for c in found if name in c.ranks])
        inside = (ranks >= 0.05 * (DRAWS + 1)) & (ranks < 0.95 * (DRAWS + 1))
        counts = np.bincount(ranks * BINS // (DRAWS + 1), minlength=BINS)
        p = float(stats.chisquare(counts).pvalue)
        rows[name] = {"cohorts": len(ranks), "coverage": float(inside.mean()), "p_uniform": p, "bins": counts.tolist()}
    return rows


def draw(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> style.Drawing:
    """A panel a parameter: its rank histogram, with the band in which 99 of 100 bars of a uniform one lie."""
    flat = [(model, name, row) for model, rows in found.items() for name, row in rows.items()]
    figure, axes = style.paper(len(flat), 4, 1.7)
    for ax, (model, name, row) in zip(axes, flat, strict=True):
        low, high = stats.binom.ppf([0.005, 0.995], row["cohorts"], 1 / BINS)
        ax.axhspan(low, high, color=style.PALE)
        ax.bar(range(BINS), row["bins"], color=style.PALETTE[1], width=0.9)
        ax.set_title(
            f"{model}\n{name}\n{row['coverage']:.0%} of {row['cohorts']}, p {row['p_uniform']:.2g}", fontsize=7
        )
        ax.set_xticks([])
    style.crown(
        figure,
        "Simulation-based calibration",
        "Ranks of the truth among the posterior's draws, in ten bins; the share of cohorts whose 90% interval holds it;"
        " the probability of bars so uneven (chi-square). Shaded: where 99 bars in 100 of a uniform rank lie.",
    )
    table = [{"model": a, "parameter": n, **{k: v for k, v in r.items() if k != "bins"}} for a, n, r in flat]
    return style.Drawing("coverage", figure, pd.DataFrame(table))


MODELS: Mapping[str, Callable[[range], Iterator[Cohort]]] = {
    "closed": closed,
    "relapse": lambda cohorts: engine(relapse_case(), cohorts),
    "control": lambda cohorts: engine(control_case(), cohorts),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first cohort: others are drawn for another")
    parser.add_argument("--out", type=Path, default=Path("runs/calibration-coverage"))
    parser.add_argument("--only", choices=list(MODELS), action="append")
    given = parser.parse_args()
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in given.only or MODELS:
        cohorts = []
        for cohort in MODELS[name](range(given.first, given.first + given.cohorts)):
            cohorts.append(cohort)
            print(f"\r{name}: {len(cohorts)} of {given.cohorts}", end="", file=sys.stderr, flush=True)
        found[name] = counted(cohorts)
        print(f"\n{name}: the simulation left {np.mean([c.checked for c in cohorts]):.0%} of the polynomial's draws")
        for parameter, row in found[name].items():
            print(f"  {parameter}: {row['coverage']:.0%} of {row['cohorts']}, p {row['p_uniform']:.3f}", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "coverage.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    draw_figures(lambda: [draw(found)], given.out)
    rows = [row for model in found.values() for row in model.values() if row["cohorts"] == given.cohorts]
    wrong = [r for r in rows if not COVER[0] <= r["coverage"] <= COVER[1] or r["p_uniform"] < UNEVEN]
    print(f"{len(rows) - len(wrong)} of {len(rows)} parameters as they should be; {given.out}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
