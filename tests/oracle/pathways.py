"""Random pathways for hypothesis: any domains, events, families, clocks, branches, effects, people, lengthening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from models.contract import (
    AtOnce,
    Branch,
    ByLevel,
    Characteristic,
    Component,
    Covariate,
    Domain,
    Effect,
    Empirical,
    Event,
    Exponential,
    FixedTime,
    Frailty,
    Gamma,
    GeneralisedGamma,
    Gompertz,
    Group,
    History,
    Lengthening,
    LifeTable,
    LogLogistic,
    LogNormal,
    Mixture,
    Normal,
    Numeric,
    Pathway,
    PiecewiseConstant,
    Spline,
    Strategy,
    Waning,
    Weibull,
    WeibullPH,
    When,
)
from simulate.engine.laws.splines import SCALES

Draw = Callable[..., Any]

CARE = ("home", "ward", "unit")
WORK = ("none", "job")


def number(draw: Draw, low: float, high: float) -> float:
    return float(draw(st.floats(low, high, allow_nan=False).map(lambda x: round(x, 4))))


def hazard(draw: Draw, clock: str) -> Any:
    kinds = [
        "exponential",
        "weibull",
        "ph",
        "gompertz",
        "loglogistic",
        "lognormal",
        "gamma",
        "gg",
        "pieces",
        "empirical",
        "spline",
        "normal",
    ]
    kinds += ["life", "life"] if clock == "age" else ["fixed"]
    kind = draw(st.sampled_from(kinds))
    if kind == "life":
        return LifeTable("life_table_uk", draw(st.sampled_from(["male_qx", "female_qx"])), number(draw, 0.5, 40.0))
    if kind == "exponential":
        return Exponential(number(draw, 0.0, 4.0))
    if kind == "gompertz":
        return Gompertz(number(draw, 0.01, 1.0), number(draw, -0.5, 0.1))
    if kind == "lognormal":
        return LogNormal(number(draw, 0.05, 2.0), number(draw, 0.2, 1.5))
    if kind == "gg":
        return GeneralisedGamma(number(draw, 0.1, 2.0), number(draw, 0.3, 1.5), number(draw, -1.5, 1.5))
    if kind == "pieces":
        return PiecewiseConstant((0.0, 0.25, 1.0), tuple(number(draw, 0.0, 3.0) for _ in range(3)))
    if kind == "empirical":
        return Empirical(tuple(number(draw, 0.05, 3.0) for _ in range(draw(st.integers(1, 5)))))
    if kind == "spline":
        knots = (-2.0, number(draw, -1.5, -0.5), 1.0)
        return Spline(knots, (number(draw, -2.0, 0.5), number(draw, 0.7, 2.0), 0.0), draw(st.sampled_from([*SCALES])))
    if kind == "normal":
        return Normal(number(draw, 0.0, 1.5), number(draw, 0.1, 1.0))
    if kind == "fixed":
        return FixedTime(number(draw, 0.1, 1.5))
    family = {"weibull": Weibull, "ph": WeibullPH, "loglogistic": LogLogistic, "gamma": Gamma}[kind]
    return family(number(draw, 0.4, 2.5), number(draw, 0.1, 2.0))


def event(draw: Draw, i: int) -> Event:
    clock = draw(st.sampled_from(["sojourn", "sojourn", "gap", "start", "age"]))
    when = draw(
        st.sampled_from(
            [When(), When(care="home"), When(care=("ward", "unit")), When(work="job"), When(care="home", work="none")]
        )
    )
    what = draw(st.sampled_from(["nothing", "care", "work", "dies", "branches", "branches"]))
    becomes: dict[str, str] = {}
    branches: tuple[Branch, ...] = ()
    if what == "care":
        becomes = {"care": draw(st.sampled_from(CARE))}
    elif what == "work":
        becomes = {"work": draw(st.sampled_from(WORK))}
    elif what == "dies":
        becomes = {"life": "dead"}
    elif what == "branches":
        names = ("one", "two", "three")[: draw(st.integers(1, 3))]
        moves = st.sampled_from([{"care": "home"}, {"care": "ward"}, {"care": "unit"}, {"work": "job"}, {}])
        ends = [(n, number(draw, 0.1, 2.0), draw(moves)) for n in names]
        branches = tuple(Branch(*end, restart=bool(end[2]) and draw(st.booleans())) for end in ends)
    priority = draw(st.integers(0, 1))
    law = hazard(draw, clock)
    return Event(f"e{i}", when, law, becomes, branches, clock, priority, by=by_level(draw, when, law, clock))


def by_level(draw: Draw, when: When, law: Any, clock: str) -> tuple[ByLevel, ...]:
    """Ratios by the levels that the condition leaves open, of a hazard or, on the clock of the sojourn, a time."""
    out = []
    for domain, levels in (("care", CARE), ("work", WORK)):
        left = when.levels.get(domain, levels)
        kinds = ([] if isinstance(law, FixedTime) else ["hazard"]) + (["time"] if clock == "sojourn" else [])
        if len(left) > 1 and kinds and draw(st.integers(0, 2)) == 0:
            kind = draw(st.sampled_from(kinds))
            ratio = st.one_of(st.sampled_from([0.0, 1.0] if kind == "hazard" else [1.0]), st.floats(0.3, 2.5))
            out.append(ByLevel(domain, {x: round(draw(ratio), 3) for x in left[1:]}, kind))
    return tuple(out)


def lengthened(draw: Draw, events: list[Event]) -> list[Event]:
    """Some events that lengthen a stay on the sojourn clock."""
    stays = [e.name for e in events if e.clock == "sojourn"]
    if not stays:
        return events
    out = []
    for e in events:
        more: tuple[Lengthening, ...] = ()
        if draw(st.booleans()):
            stay = draw(st.sampled_from(stays))
            rate = e.hazard.rate if isinstance(e.hazard, Exponential) else 0.0
            assert isinstance(rate, float)
            pause = number(draw, 0.0, min(0.3, 0.9 / max(rate, 0.1)))
            either = [Lengthening(stay, pause=pause), Lengthening(stay, slower=number(draw, 1.0, 2.0))]
            either += [Lengthening(stay, forward=pause), Lengthening(stay, faster=number(draw, 1.0, 2.0))]
            more = (draw(st.sampled_from(either)),)
        out.append(replace(e, lengthens=more))
    return out


def effect(draw: Draw, events: list[Event]) -> Effect:
    target = draw(st.sampled_from(events))
    window = draw(st.sampled_from([(None, None), (0.3, None), (None, 0.9), (0.2, 1.1), (0.7, 5.0)]))
    waning = draw(st.sampled_from([None, None, "exponential", "linear"]))
    fades = None if waning is None else Waning(waning, number(draw, 0.2, 2.0), draw(st.sampled_from([1 / 12, 0.25])))
    ratio = draw(st.one_of(st.just(1.0), st.floats(0.3, 2.5).map(lambda x: round(x, 3))))
    kinds = ["hazard", "time", *(["odds", "risk"] if target.branches else [])]
    kind = draw(st.sampled_from(kinds))
    branch = draw(st.sampled_from([b.name for b in target.branches])) if kind in ("odds", "risk") else None
    start, end = window
    ratio = min(ratio, 1.0) if kind == "risk" else ratio
    return Effect(target.name, kind, ratio, branch, start, end, waning=fades)


def component(draw: Draw, name: str, events: list[Event]) -> Component:
    effects = tuple(effect(draw, events) for _ in range(draw(st.integers(0, 4))))
    uptake = draw(st.sampled_from([1.0, 1.0, 0.6, "p_uptake"]))
    fidelity = draw(st.sampled_from([1.0, 1.0, 0.5, 0.0]))
    start = draw(st.sampled_from([0.0, 0.0, 0.25]))
    return Component(name, name, effects, uptake, fidelity, start, draw(st.sampled_from([None, 1.0])))


def people(draw: Draw, events: list[Event]) -> dict[str, Any]:
    names = [e.name for e in events]
    traits = (
        Characteristic("age", Numeric("normal", 40.0, 12.0, low=18.0, high=90.0)),
        Characteristic("group", Mixture({"a": 0.3, "b": "p_b"}, otherwise="c")),
        Characteristic("severity", Numeric(draw(st.sampled_from(["lognormal", "gamma", "uniform"])), 1.0, 1.5)),
    )
    covariates = [Covariate("severity", draw(st.sampled_from(names)), "hazard", 1.3, centre=1.0)]
    covariates.append(Covariate("group", draw(st.sampled_from(names)), "time", 0.8, level="b"))
    branched = [e for e in events if e.branches]
    if branched:
        target = draw(st.sampled_from(branched))
        covariates.append(Covariate("group", target.name, "odds", 2.9, level="a", branch=target.branches[0].name))
    source = draw(st.sampled_from([*names, *(o for e in events for o in e.outcomes())]))
    history = History(
        "scar", source, tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))), 1.25, 3
    )
    return {
        "characteristics": traits,
        "correlations": draw(st.sampled_from([{}, {("age", "severity"): 0.4}])),
        "covariates": tuple(covariates),
        "history": (history,) if draw(st.booleans()) else (),
        "frailties": (
            Frailty("proneness", "v", tuple(names[:2])),
            Frailty("other", 0.5, (names[-1],), distribution="lognormal"),
        ),
    }


@st.composite
def problems(draw: Draw) -> tuple[Pathway, tuple[Strategy, ...]]:
    """A pathway and two or three strategies."""
    events = lengthened(draw, [event(draw, i) for i in range(draw(st.integers(2, 6)))])
    if draw(st.booleans()):  # nobody stays on the unit
        ends = (Branch("up", number(draw, 0.1, 2.0), {"care": "ward"}), Branch("out", 1.0, {"care": "home"}))
        events.append(Event("node", When(care="unit"), AtOnce(), branches=ends, priority=1))
    pathway = Pathway(
        "random",
        (
            Domain("life", ("alive", "dead"), absorbing=("dead",)),
            Domain("care", CARE),
            Domain("work", WORK),
        ),
        tuple(events),
        {"life": "alive", "care": draw(st.sampled_from(CARE)), "work": Mixture({"job": 0.4}, otherwise="none")},
        groups=(Group("either", (events[0].name, events[-1].outcomes()[0])),),
        **people(draw, events),
    )
    first, second = component(draw, "first", events), component(draw, "second", events)
    strategies = (Strategy("usual", ""), Strategy("new", "", (first,)), Strategy("both", "", (first, second)))
    return pathway, strategies[: draw(st.integers(2, 3))]
