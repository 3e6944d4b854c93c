"""A small account of costs for tests, and every case of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import models as m
from models.catalogue import problem, problem_ids
from simulate import load
from simulate.ask.case import Case

PLACE = m.Pathway("account", (m.Domain("place", ("home", "ward")),), (), {"place": "home"})
COURSE = m.Component("course", "A course")
AVERTED = m.CostItem("averted", "Averted", "nhs", m.Delivery("course"), "c_day", ("days_averted",), sign=-1)
DAYS = m.EffectMeasure("days", "Days averted", "day", items=(m.EffectItem(m.Delivery("course"), "days_averted"),))


def account(*effects: m.EffectMeasure, costs: tuple[m.CostItem, ...] = (AVERTED,), **more: Any) -> m.DecisionProblem:
    seen = more.pop("perspective", "everybody")
    return m.DecisionProblem(
        id="course",
        label="A course",
        pathway=PLACE,
        strategies=(m.Strategy("usual", "Usual"), m.Strategy("course", "Course", (COURSE,))),
        settings=(m.Setting("base", "Base", horizon=1.0, effect=effects[0].name, perspective=seen),),
        costs=costs,
        effects=effects,
        **more,
    )


def numbers(**days: Any) -> dict[str, dict[str, Any]]:
    wide = {"unit": "days_difference", "distribution": {"normal": {"mean": 1.0, "se": 1.0}}}
    price = {"unit": "GBP_per_day", "price_year": "2023/24", "distribution": {"gamma": {"mean": 500.0, "se": 50.0}}}
    return {"days_averted": {**wide, **days}, "c_day": price}


def every_case() -> Iterator[Case]:
    for name in problem_ids():
        found, records = problem(name), load(name).parameters
        for setting in found.settings:
            yield Case(found.under(setting), setting, records)
