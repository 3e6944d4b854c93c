"""A result without a simulation: made-up sums of a toy problem whose labels are as awkward as a file allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from models.contract import (
    Branch,
    Component,
    CostItem,
    DecisionProblem,
    Delivery,
    Domain,
    EffectMeasure,
    Event,
    Exponential,
    Group,
    Pathway,
    Perspective,
    Setting,
    StateTime,
    Strategy,
    Utility,
    When,
)
from parameters import ParameterSet
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.ask.options import Options
from simulate.engine.statistics import Statistics
from simulate.evaluate.rare.lacking import Lacking
from simulate.result.result import Result

PEOPLE = np.full(4, 25)
GRID = np.arange(19) / 12
NASTY = "$x$ & <b>bold</b> \\frac{1}{2}"

PATHWAY = Pathway(
    name="toy",
    domains=(
        Domain("life", ("alive", "dead"), absorbing=("dead",)),
        Domain("care", ("community", "informal", "detained"), "Care setting"),
        Domain("work", ("none", "job")),
    ),
    start={"life": "alive", "care": "community", "work": "none"},
    events=(
        Event(
            "admission",
            When(care="community"),
            Exponential("r"),
            branches=(Branch("informal", 1.0, {"care": "informal"}), Branch("detained", 1.0, {"care": "detained"})),
            label="admission to hospital; informal or not",
        ),
        Event("discharge", When(care=("informal", "detained")), Exponential("r"), {"care": "community"}),
        Event("restraint", When(care="detained"), Exponential("r"), label=f"restraint {NASTY}"),
        Event("job_entry", When(work="none"), Exponential("r"), {"work": "job"}),
        Event("never", When(), Exponential("r")),
        Event("death", When(), Exponential("r"), {"life": "dead"}),
    ),
    groups=(
        Group("detention", ("admission.detained",), "detention"),
        Group("in_hospital", ("admission",), "admission, of any kind"),
    ),
)
STATES = (
    {"life": "alive", "care": "community", "work": "none"},
    {"life": "alive", "care": "community", "work": "job"},
    {"life": "alive", "care": "informal", "work": "none"},
    {"life": "alive", "care": "detained", "work": "none"},
    {"life": "dead"},
)
SHARES = np.array([0.75, 0.15, 0.05, 0.03, 0.02])
OUTCOMES = ("admission.informal", "admission.detained", "discharge", "restraint", "job_entry", "never", "death")
MEAN_COUNTS = np.array([0.4, 0.2, 0.6, 0.05, 0.1, 0.0, 0.02])
TRACKERS = ("admission", "discharge", "restraint", "job_entry", "never", "death", "detention", "in_hospital")


def problem(labels: Iterable[str] = ("Usual care", "Plan"), points: bool = True) -> DecisionProblem:
    ids = ("usual_care", "plan", "team", "both", "more", "most", "even_more", "last", "ninth", "tenth")
    strategies = tuple(
        Strategy(name, label, (Component("plan", ""),) if i else ())
        for i, (name, label) in enumerate(zip(ids, labels, strict=False))
    )
    averted = (
        EffectMeasure("admission_pp", "Admissions averted", "percentage point", ever="in_hospital"),
        EffectMeasure("detention_pp", "Detentions averted", "percentage point", ever="detention"),
    )
    effects = (EffectMeasure("qaly", "Quality-adjusted life-years", "QALY"), *(averted if points else ()))
    return DecisionProblem(
        id="toy",
        label="A toy",
        question="",
        pathway=PATHWAY,
        strategies=strategies,
        settings=(Setting("base", "Here", 1.5, (), "nhs", "qaly"),),
        costs=(
            CostItem("bed", "", "nhs", StateTime(When(care=("informal", "detained"))), "c_bed"),
            *([CostItem("plan", "", "nhs", Delivery("plan"), "c_plan")] if len(strategies) > 1 else []),
        ),
        utilities=(Utility(When(care="community"), "u_home"), Utility(When(), "u_ward")),
        effects=effects,
        perspectives=(Perspective("nhs", "NHS", ("nhs",)),),
        parameter_files=(),
        discount_costs=0.035,
        discount_effects=0.035,
        thresholds={"qaly": tuple(5000.0 * k for k in range(11))}
        | ({"admission_pp": (0.0, 500.0, 1000.0), "detention_pp": (0.0, 250.0, 500.0)} if points else {}),
    )


@dataclass(frozen=True)
class FakeDraws:
    """What figures and valuation ask of parameter draws."""

    names: tuple[str, ...]
    values: np.ndarray

    @property
    def replicate(self) -> np.ndarray:
        return np.arange(len(self.values)) % 8

    def column(self, name: str, /) -> np.ndarray:
        return self.engine(name)

    def engine(self, quantity: str, /) -> np.ndarray:
        return self.values[:, self.names.index(quantity)]


def fake_draws(draws: int) -> FakeDraws:
    means, spreads = np.array([180_000, 400, 0.7, 0.55]), np.array([20_000, 60, 0.02, 0.03])
    values = np.random.default_rng(1).normal(means, spreads, (draws, 4))
    return FakeDraws(("c_bed", "c_plan", "u_home", "u_ward"), values)


def statistics(draws: int, strategies: tuple[str, ...], difference: float) -> Statistics:
    """Synthetic sums; each strategy after the first has `difference` less of hospital, draw by draw a little other."""
    rng = np.random.default_rng(2)
    less = 1 - difference * np.arange(len(strategies)) * rng.normal(1, 0.8, (draws, 1))
    noise = difference * rng.normal(0, 0.05, (draws, len(strategies), len(PEOPLE)))
    factor = (less[:, :, None] + noise)[..., None]
    time = np.repeat((PEOPLE[:, None] * 1.5 * SHARES * _scaled(factor))[:, :, :, None, :], 3, axis=3)
    count = np.repeat((PEOPLE[:, None] * MEAN_COUNTS * factor)[:, :, :, None, :], 3, axis=3)
    ever = PEOPLE[:, None] * np.linspace(0.05, 0.4, len(TRACKERS)) * factor
    leaving = (1 - np.exp(-6 * GRID))[:, None] * SHARES[2:] * 100 * factor.mean(axis=2)[:, :, None, :]
    away = np.rint(leaving).astype(np.int64)
    home = 100 - away.sum(axis=-1, keepdims=True)
    occupancy = np.concatenate([home - home // 6, home // 6, away], axis=-1)
    given = np.broadcast_to(
        (np.arange(len(strategies)) > 0)[:, None, None, None] * PEOPLE[:, None, None], (*time.shape[:4], 1)
    )
    known = Statistics(strategies, STATES, OUTCOMES, TRACKERS, PEOPLE, 1.5, time, count, ever, ever, occupancy, GRID)
    return replace(known, components=("plan",), delivered=given)


def _scaled(factor: np.ndarray) -> np.ndarray:
    return np.where([False, False, True, True, False], factor, 1.0)


def fake_result(
    draws: int = 60,
    difference: float = 0.2,
    effect: str = "qaly",
    of: DecisionProblem | None = None,
    fixed: bool = False,
) -> Result:
    chosen = of or problem()
    drawn = cast(Any, fake_draws(draws))
    if not difference:
        drawn = replace(drawn, values=drawn.values * [1, 0, 1, 1])
    case = Case(chosen, chosen.settings[0], ParameterSet({}))
    options = Options(draws, int(PEOPLE.sum()), 1, fixed, "sobol", "nhs", effect, "splitmix64")
    found = statistics(draws, tuple(s.id for s in chosen.strategies), difference)
    result = Result(Asked(case, options), drawn, drawn, cast(Any, None), found)
    vars(result)["lacking"] = Lacking((), frozenset())  # made-up sums fit no pathway that could be searched
    return result
