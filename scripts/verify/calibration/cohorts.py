"""Simulation-based calibration: what is drawn from the prior, and published as a trial would, is found again.

    python scripts/verify/calibration/cohorts.py [--cohorts 100] [--first 0] [--out DIR] [--only MODEL]

For each synthetic cohort true parameters are drawn from their priors, figures are made of them (by the closed form, or
by the engine on other people than those of the calibration), data as the likelihoods have it, and a posterior of these.
The truth's rank among the posterior's draws is then uniform, and a 90% interval holds it nine times in ten (Talts and
others, 2018, arXiv:1804.06788). Three models: a Weibull relapse in closed form, the same kind in the engine with an
uncertain shape, and the control arm of the trial of joint crisis plans with every record that may be learnt of. What is
learnt of is chosen by each cohort's data alone, so that ranks are uniform over those cohorts in which a parameter is.

Of each parameter three things are tested: that its intervals hold the truth in nine cohorts of ten (exact binomial),
that its ranks are even (chi-square of ten bins, where these have five cohorts each), and, where the posterior is known
by a closed form, that draws lie on neither side of it (t). The last knows nothing of luck in the truths, which is the
same for both. The exit code is 1 where any of these has a probability below its share of `FALSE_ALARM` (Bonferroni):
where all is right, in one run of a hundred at most. How many parameters lie outside 85 to 95 in 100 is printed beside
how many would by chance. Writes ``coverage.json`` and a figure as PNG, SVG and CSV. The engine takes minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
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
from simulate.solve.posterior.likelihood import Binomial, Normal, Term, Together, log_likelihood
from simulate.solve.posterior.posterior import best_fit, learnt, sampled
from simulate.solve.posterior.priors import Prior, of_unknown
from simulate.solve.posterior.published import Published, published

DRAWS, BINS = 199, 10
HOLD = 0.9  # of cohorts, by an interval from the tenth rank to the one before the 190th
BESIDE = 0.85, 0.95
FALSE_ALARM = 0.01  # of a whole run
IN_A_BIN = 5  # cohorts, so that a chi-square tells anything
TESTS = "p_coverage", "p_uniform", "p_beside_exact"
NODES, FARTHEST = 71, 5.0  # of the grid by which a posterior of three scores is known, along each
PEOPLE, MANY = 2_000, 40_000  # of the calibration, and by whom the true figures are told
REACH = 3.0  # 95% interval of an unknown's prior in this script: what is solved for, over and times so much

Ranks = Mapping[str, int]


class Cohort(NamedTuple):
    """Where the truth lies among so many draws, by parameter."""

    ranks: Ranks
    checked: float  # share of draws that the simulation left
    exact: Mapping[str, float] = MappingProxyType({})  # share of the exact posterior below the truth, where it is known


def rank(truth: float, draws: Floats) -> int:
    """How many draws lie below the truth."""
    return int((draws < truth).sum())


class Exact:
    """The posterior of three scores on a grid, from figures in closed form."""

    def __init__(self, figures: Callable[[Floats], Floats]) -> None:
        self.at = np.linspace(-FARTHEST, FARTHEST, NODES)
        self.z = np.stack(np.meshgrid(self.at, self.at, self.at, indexing="ij"), axis=-1).reshape(-1, 3)
        self.y = figures(self.z)

    def below(self, terms: Sequence[Term], truth: Floats) -> list[float]:
        """The share of it below the truth, by score."""
        height = log_likelihood(terms, self.y) - 0.5 * (self.z**2).sum(axis=1)
        weight = np.exp(height - height.max()).reshape(NODES, NODES, NODES)
        sides = [weight.sum(axis=tuple({0, 1, 2} - {j})) / weight.sum() for j in range(3)]
        return [float(np.interp(t, self.at, np.cumsum(s) - s / 2)) for t, s in zip(truth, sides, strict=True)]


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
    exact = Exact(weibull)
    for k in cohorts:
        rng = np.random.default_rng([k, 1])
        truth = rng.standard_normal(len(SHAPE))
        counts = rng.binomial(TRIAL, special.expit(weibull(truth[None, :])[0]))
        terms = [Binomial((j,), float(c), float(n)) for j, (c, n) in enumerate(zip(counts, TRIAL, strict=True))]
        best, slopes = best_fit(weibull, terms, np.zeros(len(SHAPE)))
        about = Hump(best, np.asarray(np.linalg.inv(slopes.T @ slopes), dtype=np.float64))
        found = sampled(weibull, terms, about, draws=DRAWS, seed=k)
        drawn = found.scores[found.picked]
        ranks = {n: rank(truth[j], drawn[:, j]) for j, n in enumerate(SHAPE)}
        below = dict(zip(SHAPE, exact.below(terms, truth), strict=True))
        yield Cohort(ranks, found.checked / len(found.scores), below)


# --- the engine -------------------------------------------------------------------------------


HORIZON = 1.5  # years


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
        settings=(m.Setting("trial", "A trial", horizon=HORIZON, targets=targets),),
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


def relapse_figures(priors: Sequence[Prior]) -> Callable[[Floats], Floats]:
    """The logit of relapse and the logarithm of the risk ratio, in closed form."""

    def figures(z: Floats) -> Floats:
        rate, ratio, shape = (p.at(z[:, j]) for j, p in enumerate(priors))
        hazard = rate * HORIZON**shape
        with np.errstate(divide="ignore"):  # nobody is left, far out
            risks = [np.log(-np.expm1(-h)) for h in (hazard, hazard * ratio)]
        return np.column_stack([risks[0] + hazard, risks[1] - risks[0]])

    return figures


def engine(
    case: Case, cohorts: range, closed_form: Callable[[Sequence[Prior]], Callable[[Floats], Floats]] | None = None
) -> Iterator[Cohort]:
    """Truths of all that may be learnt of; what each cohort learns of is chosen as in any calibration."""
    told = published(case.problem, case.setting, case.parameters)
    unknowns = [of_unknown(t) for t in case.setting.targets]
    whole = (case.problem, case.setting, case.parameters, unknowns)
    small, large = (make_figures(*whole, people=n, seed=1, threads=None, steps=Steps()) for n in (PEOPLE, MANY))
    known = candidates(small, case.parameters)
    every = [p.name for p in (*unknowns, *known)]
    exact = None if closed_form is None else Exact(closed_form([*unknowns, *known]))
    for k in cohorts:
        rng = np.random.default_rng([k, 2])
        truth = rng.standard_normal(len(unknowns) + len(known))
        true = large.beside(known)(truth[None, :], seed=50 + k)[0]
        data = trial(told, true, rng)
        plain = other_people(small, k)
        found = learnt(plain, data, known, draws=DRAWS, seed=k, steps=Steps())
        at = dict(zip(every, truth, strict=True))
        ranks = {p.name: rank(at[p.name], found.scores[:, j]) for j, p in enumerate(found.priors)}
        below = {} if exact is None else dict(zip(every, exact.below(data.terms, truth), strict=True))
        yield Cohort(ranks, found.checked / found.tried, below)


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
    """One likelihood of it: events of as many people, or a figure with an error as large as the published one's."""
    if isinstance(term, Binomial):
        people = max(2, round(term.people))
        return replace(term, events=float(rng.binomial(people, special.expit(true[0]))), people=float(people))
    if isinstance(term, Normal):
        return replace(term, mean=float(term.scale(true)[0] + term.sd * rng.standard_normal()))
    assert isinstance(term, Together)
    return replace(term, mean=true + cholesky(term.covariance) @ rng.standard_normal(len(true)))


# --- what comes of it -------------------------------------------------------------------------


Row = dict[str, Any]
Found = Mapping[str, Mapping[str, Row]]  # by model and parameter


def counted(found: Sequence[Cohort]) -> dict[str, Row]:
    """By parameter, over those cohorts in which it is learnt of: coverage of 90% intervals, ranks, and what is tested.

    A probability is None where nothing can be tested.
    """
    rows = dict[str, Row]()
    for name in dict.fromkeys(n for c in found for n in c.ranks):
        mine = [c for c in found if name in c.ranks]
        ranks = np.array([c.ranks[name] for c in mine])
        inside = (ranks >= 0.05 * (DRAWS + 1)) & (ranks < 0.95 * (DRAWS + 1))
        counts = np.bincount(ranks * BINS // (DRAWS + 1), minlength=BINS)
        below = np.array([c.exact[name] for c in mine if name in c.exact])
        rows[name] = {
            "cohorts": len(ranks),
            "of": len(found),
            "coverage": float(inside.mean()),
            **tested(int(inside.sum()), counts),
            "bins": counts.tolist(),
        }
        if len(below) == len(ranks) > 1:
            rows[name] |= beside_exact(ranks, below)
    return rows


def tested(inside: int, counts: npt.NDArray[np.int64]) -> Row:
    """Probabilities of so many intervals that hold the truth or fewer, or more, and of bins so uneven."""
    n = int(counts.sum())
    uneven = float(stats.chisquare(counts).pvalue) if n >= IN_A_BIN * BINS else None
    return {"p_coverage": float(stats.binomtest(inside, n, HOLD).pvalue), "p_uniform": uneven}


def beside_exact(ranks: npt.NDArray[np.int64], below: Floats) -> Row:
    """Shares of draws below the truth beside those of the exact posterior: how they differ, and how even those are."""
    apart = ranks / DRAWS - below
    counts = np.bincount(np.minimum((below * BINS).astype(np.int64), BINS - 1), minlength=BINS)
    inside = (below >= 0.05) & (below < 0.95)
    return {
        "p_beside_exact": float(stats.ttest_1samp(apart, 0.0).pvalue),
        "mean_beside_exact": float(apart.mean()),
        "sd_beside_exact": float(apart.std(ddof=1)),
        "coverage_of_exact": float(inside.mean()),
        "p_uniform_of_exact": tested(int(inside.sum()), counts)["p_uniform"],
        "bins_of_exact": counts.tolist(),
    }


def wrong(found: Found) -> list[str]:
    """What is not as it should be, in words: tests whose probability is below their share of `FALSE_ALARM`."""
    each = [
        (model, name, test, row.get(test))
        for model, rows in found.items()
        for name, row in rows.items()
        for test in TESTS
    ]
    told = [(model, name, test, p) for model, name, test, p in each if p is not None]
    return [f"{model}, {name}: {test} {p:.2g}" for model, name, test, p in told if p < FALSE_ALARM / len(told)]


def outside(found: Found) -> tuple[int, float, int]:
    """Parameters whose coverage lies outside `BESIDE`; as many as would by chance; and all."""
    rows = [row for model in found.values() for row in model.values()]
    low, high = BESIDE
    by_chance = 0.0
    for n in (r["cohorts"] for r in rows):
        may = np.arange(n + 1)
        by_chance += float(stats.binom.pmf(may[(may < low * n - 1e-9) | (may > high * n + 1e-9)], n, HOLD).sum())
    return sum(not low - 1e-9 <= r["coverage"] <= high + 1e-9 for r in rows), by_chance, len(rows)


def even(row: Row) -> str:
    """How even ranks are, for a panel's title."""
    return "" if row["p_uniform"] is None else f", p {row['p_uniform']:.2g}"


def draw(found: Found) -> style.Drawing:
    """A panel a parameter: its rank histogram, with the band in which 99 of 100 bars of a uniform one lie."""
    flat = [(model, name, row) for model, rows in found.items() for name, row in rows.items()]
    figure, axes = style.paper(len(flat), 4, 1.7)
    for ax, (model, name, row) in zip(axes, flat, strict=True):
        low, high = stats.binom.ppf([0.005, 0.995], row["cohorts"], 1 / BINS)
        ax.axhspan(low, high, color=style.PALE)
        ax.bar(range(BINS), row["bins"], color=style.PALETTE[1], width=0.9)
        ax.set_title(f"{model}\n{name}\n{row['coverage']:.0%} of {row['cohorts']}{even(row)}", fontsize=7)
        ax.set_xticks([])
    style.crown(
        figure,
        "Simulation-based calibration",
        "Ranks of the truth among the posterior's draws, in ten bins; the share of cohorts whose 90% interval holds it;"
        " the probability of bars so uneven (chi-square). Shaded: where 99 bars in 100 of a uniform rank lie.",
    )
    table = [
        {"model": a, "parameter": n, **{k: v for k, v in r.items() if not k.startswith("bins")}} for a, n, r in flat
    ]
    return style.Drawing("coverage", figure, pd.DataFrame(table))


MODELS: Mapping[str, Callable[[range], Iterator[Cohort]]] = {
    "closed": closed,
    "relapse": lambda cohorts: engine(relapse_case(), cohorts, relapse_figures),
    "control": lambda cohorts: engine(control_case(), cohorts),
}


def told(name: str, row: Row) -> str:
    """A parameter in a line."""
    of = "" if row["cohorts"] == row["of"] else f" (learnt of in so many of {row['of']})"
    even = "too few for evenness" if row["p_uniform"] is None else f"even ranks p {row['p_uniform']:.3g}"
    text = f"  {name}: {row['coverage']:.0%} of {row['cohorts']}{of}, p {row['p_coverage']:.3g}; {even}"
    if "p_beside_exact" not in row:
        return text
    exact = row["p_uniform_of_exact"]
    ranks = "" if exact is None else f" (whose own ranks have p {exact:.3g})"
    return f"{text}; draws beside the exact posterior{ranks} p {row['p_beside_exact']:.3g}"


def main(words: Sequence[str] | None = None) -> int:
    """The command: prints and writes what comes of it; 0 where nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first cohort: others are drawn for another")
    parser.add_argument("--out", type=Path, default=Path("runs/calibration-coverage"))
    parser.add_argument("--only", choices=list(MODELS), action="append")
    given = parser.parse_args(words)
    found: dict[str, dict[str, Row]] = {}
    for name in given.only or MODELS:
        cohorts = []
        for cohort in MODELS[name](range(given.first, given.first + given.cohorts)):
            cohorts.append(cohort)
            print(f"\r{name}: {len(cohorts)} of {given.cohorts}", end="", file=sys.stderr, flush=True)
        found[name] = counted(cohorts)
        print(f"\n{name}: the simulation left {np.mean([c.checked for c in cohorts]):.0%} of the polynomial's draws")
        print("\n".join(told(n, row) for n, row in found[name].items()), flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "coverage.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    draw_figures(lambda: [draw(found)], given.out)
    beyond, by_chance, every = outside(found)
    print(f"outside {BESIDE[0]:.0%} to {BESIDE[1]:.0%}: {beyond} of {every} parameters; by chance {by_chance:.2g}")
    faults = wrong(found)
    print("\n".join([*(f"wrong: {text}" for text in faults), f"{len(faults)} wrong; {given.out}"]))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
