"""A pathway with something of everything, under strategies with something of everything, and people from a file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.bases import Weight
from models.contract import (
    Branch,
    Characteristic,
    Component,
    Covariate,
    Domain,
    Effect,
    Event,
    Exponential,
    FixedTime,
    Frailty,
    Gamma,
    Gompertz,
    Group,
    History,
    Lengthening,
    LifeTable,
    LogLogistic,
    LogNormal,
    Mixture,
    Numeric,
    Pathway,
    PiecewiseConstant,
    StayBand,
    Strategy,
    Waning,
    Weibull,
    When,
)
from parameters.arrays import Floats
from simulate.engine import driver, tasks
from simulate.engine.arithmetic.random_numbers import SPLITMIX
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.effects import Lookup
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.quantities import make_lookup
from simulate.engine.lower.tables import Lowered, lower
from simulate.engine.lower.weighed import Weighed
from simulate.engine.statistics import Statistics

DRAWS, PEOPLE, HORIZON = 3, 120, 2.6
WARD = When(care=("informal", "detained"))
KINDS = ("x", "y", "z")

PATHWAY = Pathway(
    "rich",
    (
        Domain("life", ("alive", "dead"), absorbing=("dead",)),
        Domain("care", ("home", "informal", "detained")),
        Domain("work", ("none", "job")),
    ),
    (
        Event(
            "admission",
            When(care="home"),
            Weibull(0.8, "scale"),
            branches=(Branch("informal", 1.0, {"care": "informal"}), Branch("detained", 0.7, {"care": "detained"})),
        ),
        Event("discharge", WARD, LogNormal(0.1, 0.8), {"care": "home"}),
        Event("conversion", When(care="informal"), Exponential(2.0), {"care": "detained"}),
        Event("restraint", WARD, Exponential(3.0), lengthens=(Lengthening("discharge", pause=0.02),)),
        Event("review", WARD, FixedTime(0.08), lengthens=(Lengthening("discharge", slower=1.3),)),
        Event("contact", When(), PiecewiseConstant((0.0, 0.5, 1.5), (1.0, 2.0, 0.5)), clock="start"),
        Event("crisis", When(care="home"), Gamma(1.5, 0.6), clock="gap"),
        Event("job_entry", When(work="none", care="home"), LogLogistic(1.4, 1.2), {"work": "job"}),
        Event("job_loss", When(work="job"), Gompertz(0.8, -0.2), {"work": "none"}),
        Event("death", When(), LifeTable("life_table_uk", "male_qx", 8.0), {"life": "dead"}, clock="age"),
    ),
    {"life": "alive", "care": "home", "work": Mixture({"job": 0.3}, otherwise="none")},
    groups=(Group("harm", ("restraint", "admission.detained", "conversion")),),
    frailties=(Frailty("proneness", 1.2, ("admission", "crisis")),),
    characteristics=(
        Characteristic("age", Numeric("normal", 44.0, 13.0, low=18.0, high=90.0)),
        Characteristic("kind", Mixture({"x": 0.4, "y": 0.3}, otherwise="z")),
    ),
    correlations={("age", "kind"): 0.3},
    covariates=(
        Covariate("kind", "admission", "hazard", 1.6, level="x"),
        Covariate("age", "job_entry", "hazard", 0.98, centre=40.0),
        Covariate("kind", "discharge", "time", 1.4, level="y"),
        Covariate("kind", "admission", "odds", 2.5, level="z", branch="detained"),
    ),
    history=(History("scar", "harm", ("crisis", "admission", "job_loss"), 1.3, 2),),
)

EFFECTS = (
    Effect("admission", "hazard", "hr", end=2.0),
    Effect("admission", "odds", "odds", branch="detained", start=0.2, waning=Waning("exponential", 1.0, 0.25)),
    Effect("admission", "risk", "rr", branch="detained", start=1.0),
    Effect("discharge", "time", "tr", start=0.1, end=1.7),
    Effect("crisis", "hazard", "hr", waning=Waning("linear", 1.5)),
    Effect("death", "time", "tr", start=0.5),
    Effect("contact", "time", "tr", end=1.2),
    Effect("job_loss", "hazard", "hr", start=3.0, end=4.0),  # after the horizon
)
PLAN = Component("plan", "Plan", EFFECTS, uptake=0.6, fidelity=0.8, end=2.2)
SUPPORT = Component("support", "Support", (Effect("job_entry", "hazard", 2.0, start=0.3),), uptake=0.7, start=0.1)
USUAL = Strategy("usual", "Usual")
STRATEGIES = (USUAL, Strategy("plan", "Plan", (PLAN,)), Strategy("both", "Both", (PLAN, SUPPORT)))

EVERYTHING = Collect(
    nth={"restraint": 3, "harm": 2},
    bands=(StayBand(WARD, 0.0, 0.05), StayBand(WARD, 0.05)),
    years=True,
    ages=(0.0, 30.0, 45.0),
    people=True,
    moments=(HORIZON,),
    weighed=(Weighed("time", Weight((30.0, 50.0)), WARD), Weighed("event", Weight(powers=(("age", 1),)), name="harm")),
)
BATCHED = ("time", "count", "ever", "first", "nth", "bands", "delivered", "exposure", "present", "weighed")
BINNED = ("occupancy", "year_time", "year_count", "age_time", "age_count")
OF_PERSONS = ("person_time", "person_count")


def lowered(
    pathway: Pathway = PATHWAY,
    strategies: Sequence[Strategy] = STRATEGIES,
    collect: Collect = EVERYTHING,
    some: Floats | None = None,
) -> tuple[Lowered, Lookup]:
    """Tables for a few draws that differ; the parameter `some` is [draw]."""
    known = {"scale": 1.2, "hr": 0.6, "odds": 0.5, "rr": 0.8, "tr": 1.3}
    spread = np.linspace(1.0, 1.15, DRAWS)
    columns = {n: v * spread for n, v in known.items()} | ({} if some is None else {"some": some})
    lookup = make_lookup(lambda name: columns[name], DRAWS)
    rates = np.full(DRAWS, 0.035), np.full(DRAWS, 0.015)
    grid = np.array([0.0, 1.3, HORIZON])
    return lower(
        pathway, strategies, lookup, DRAWS, horizon=HORIZON, discount=rates, grid=grid, collect=collect
    ), lookup


def go(
    tables: tuple[Lowered, Lookup],
    people: int = PEOPLE,
    *,
    seed: int = 5,
    threads: int = 1,
    batches: int = 10,
    chunk: int = tasks.HISTORIES_A_CALL,
    histories: int = 0,
    file: PeopleFile | None = None,
    generator: int = SPLITMIX,
) -> tuple[Statistics, Floats]:
    """Statistics and history rows of a run."""
    return driver.simulate(
        *tables,
        people=people,
        seed=seed,
        threads=threads,
        batches=batches,
        chunk=chunk,
        histories=histories,
        file=file,
        generator=generator,
    )


def people(n: int = PEOPLE, seed: int = 1) -> PeopleFile:
    """People of many kinds, some of whom start on the ward some way into their stay."""
    rng = np.random.default_rng(seed)
    return PeopleFile(
        ids=tuple(f"person {i}" for i in range(n)),
        weight=rng.uniform(0.5, 3.0, n),
        characteristics={
            "age": rng.uniform(20.0, 80.0, n),
            "kind": np.array(KINDS, dtype=object)[rng.integers(0, 3, n)],
        },
        start={"care": np.array(["home", "informal"], dtype=object)[rng.integers(0, 2, n)]},
        elapsed=rng.uniform(0.0, 0.2, n),
    )


def rows(file: PeopleFile, order: Sequence[int] | npt.NDArray[np.int64]) -> PeopleFile:
    """Some people of a file, in another order."""
    where = np.asarray(order)
    return PeopleFile(
        ids=tuple(file.ids[i] for i in where),
        weight=file.weight[where],
        characteristics={n: v[where] for n, v in file.characteristics.items()},
        start={n: v[where] for n, v in file.start.items()},
        elapsed=file.elapsed[where],
    )


def equal(a: Statistics, b: Statistics, fields: Sequence[str] = (*BATCHED, *BINNED, *OF_PERSONS)) -> bool:
    """To the last bit."""
    return all(np.array_equal(getattr(a, f), getattr(b, f)) for f in fields)


def told(
    tables: tuple[Lowered, Lookup], history: Floats, ids: Sequence[object] | None = None
) -> set[tuple[object, ...]]:
    """History rows in words, so that models and orders of people can be compared."""
    names = tables[0].names
    return {
        (
            int(d),
            int(p) if ids is None else ids[int(p)],
            names.strategies[int(s)],
            t,
            _state(names.states[int(a)]),
            names.outcomes[int(o)],
            _state(names.states[int(b)]),
        )
        for d, p, s, t, a, o, b in history.tolist()
    }


def _state(state: object) -> str:
    assert hasattr(state, "items")
    return " ".join(f"{k}={v}" for k, v in sorted(state.items()))
