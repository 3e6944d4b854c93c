"""Five years after a bone marrow transplant: recovery, adverse event, relapse and death, in three periods.

2,279 people of the European registry, six states and twelve transitions, each with its occurrences a year at risk by
days since the transplant (`ebmt4.csv`, counted from the registry's data). A Markov model in continuous time: what has
happened before matters by the state alone.
"""

import csv
from pathlib import Path
from typing import Any

import models as m
from parameters.units import DAYS_PER_YEAR

SOURCE = (
    "Data ebmt4 of the R package mstate: de Wreede LC, Fiocco M, Putter H. Journal of Statistical Software"
    " 2011;38(7); Fiocco M, Putter H, van Houwelingen HC. Statistics in Medicine 2008;27:4340-58"
)
EXACT = {
    "from_1985": {"effect": "3.0376", "ever rel": "0.1597", "ever dead": "0.2945"},
    "from_1990": {"effect": "3.5163", "ever rel": "0.1637", "ever dead": "0.1909"},
    "from_1995": {"effect": "3.4680", "ever rel": "0.1611", "ever dead": "0.2074"},
}

with Path(__file__).with_suffix(".csv").open(encoding="utf-8") as file:
    ROWS = {f"{r['from']}_{r['to']}_{r['day']}": r for r in csv.DictReader(file)}
STATES, LEFT = ("tx", "rec", "ae", "both", "rel", "dead"), ("rel", "dead")
ENDS = dict.fromkeys((r["from"], r["to"]) for r in ROWS.values())
DAYS = tuple(dict.fromkeys(r["day"] for r in ROWS.values()))
STARTS = tuple(float(day) / DAYS_PER_YEAR for day in DAYS)
LAWS = {(a, b): m.PiecewiseConstant(STARTS, tuple(f"{a}_{b}_{day}" for day in DAYS)) for a, b in ENDS}
EVENTS = tuple(m.Event(f"{a}_{b}", m.When(state=a), LAWS[a, b], {"state": b}, clock="start") for a, b in ENDS)
PROBLEM = m.DecisionProblem(
    id="ebmt4",
    label="After a bone marrow transplant",
    pathway=m.Pathway(
        "ebmt4",
        (m.Domain("state", STATES, "State", LEFT),),
        EVENTS,
        {"state": "tx"},
        tuple(m.Group(end, tuple(f"{a}_{b}" for a, b in ENDS if b == end)) for end in LEFT),
    ),
    strategies=tuple(
        m.Strategy(f"from_{year}", f"From {year}", given={name: float(r[year]) for name, r in ROWS.items()})
        for year in ("1985", "1990", "1995")
    ),
    settings=(m.Setting("base", "Five years", horizon=5.0, effect="free"),),
    effects=(
        m.EffectMeasure("free", "Years without relapse", "year", years=m.When(state=STATES[:4]), unvalued="None is."),
    ),
    discount_effects=0.0,
)
RATE = {"unit": "per_year", "source": "de_wreede_2011", "status": "derived", "note": "Events over years at risk."}
NUMBERS: dict[str, Any] = {n: {**RATE, "distribution": {"fixed": {"value": float(r["1995"])}}} for n, r in ROWS.items()}
NUMBERS["sources"] = {
    "de_wreede_2011": {
        "authors": "de Wreede LC, Fiocco M, Putter H",
        "year": 2011,
        "title": "mstate: An R Package for the Analysis of Competing Risks and Multi-State Models",
        "journal": "Journal of Statistical Software 38(7)",
        "design": "registry",
        "supports": "the data ebmt4",
    }
}
