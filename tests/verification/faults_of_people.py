"""Faults in what goes in, in people and what happens to them, and in what strategies do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from models.pathway import Pathway
from parameters import Draws, sampling
from parameters.book import reading
from simulate.analyse.sweep import cells
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine.statistics import Statistics
from simulate.evaluate import valuation
from simulate.evaluate.decision import frontier
from tests.verification.planting import (
    Fault,
    Patch,
    at,
    drawn,
    instead,
    lowered_as,
    plus,
    sampled,
    seeded,
    sums,
    told,
    with_every_effect,
    wrapped,
)

# --- inputs ---------------------------------------------------------------------------------------


def _by_order_of_records(found: Draws, parameters: Any, names: Any, *a: Any, **k: Any) -> Draws:
    order = [n for n in parameters if n in names]
    return replace(found, values=np.roll(found.values, order.index(names[0]), axis=0))


def _dirichlet_alone(parameters: Any, name: str, family: Any, u: Any) -> Any:
    return parameters[name].distribution.ppf(u[name])


def _three_digits(patch: Patch) -> None:
    patch.setattr(reading, "_number", lambda value: float(f"{value:.3g}"))


def _a_millionth_off(found: Draws, *a: Any) -> Draws:
    return replace(found, values=at(found.values, (slice(1, None), found.names.index("c_medicine")), 1 + 1e-6))


def _variant_and_more(found: Case, case: Case, variant: Any) -> Case:
    return replace(found, parameters=found.parameters.with_fixed({"c_visit": 1.0}))


def _without_quantities(patch: Patch) -> None:
    whole = valuation._item_cost
    patch.setattr(valuation, "_item_cost", lambda p, item, *a, **k: whole(p, replace(item, quantities=()), *a, **k))


INPUTS = (
    Fault("draws_within", "draws of shares are doubled", drawn(lambda x, law, u: 2 * x)),
    Fault("draws_match", "draws are a twentieth too large", drawn(lambda x, law, u: 1.05 * x)),
    Fault(
        "spread_as_written",
        "half of the standard error is used",
        drawn(lambda x, law, u: law.point + (x - law.point) / 2),
    ),
    Fault("correlations_hold", "correlations are forgotten", instead(sampling, "_correlated", lambda u, *a: u)),
    Fault(
        "independent_otherwise",
        "two parameters share their random numbers",
        wrapped(sampling, "uniforms", lambda u, *a, **k: u[:, [0, 0, *range(2, u.shape[1])]]),
    ),
    Fault(
        "fixed_do_not_vary",
        "fixed numbers are drawn 10% about their value",
        drawn(lambda x, law, u: x * (0.9 + 0.2 * u) if law.point == 900 else x),
    ),
    Fault(
        "point_estimates",
        "without uncertainty numbers are a hundredth off",
        sampled(lambda d, *a, fixed=False, **k: replace(d, values=d.values * (1.01 if fixed else 1.0))),
    ),
    Fault(
        "shares_make_a_whole", "shares of a whole are drawn each alone", instead(sampling, "_share", _dirichlet_alone)
    ),
    Fault("order_of_records", "random numbers go by the place of a record in its file", sampled(_by_order_of_records)),
    Fault(
        "unread_records",
        "random numbers go by how many records there are",
        sampled(lambda d, records, *a, **k: replace(d, values=np.roll(d.values, len(records), axis=0))),
    ),
    Fault("workbook_round_trip", "numbers of a workbook are read with three digits", _three_digits),
    Fault(
        "one_way_base",
        "a cell of a sweep is a millionth off",
        wrapped(cells, "changed", _a_millionth_off),
    ),
    Fault("every_record_moves", "the quantities of cost lines are forgotten", _without_quantities),
    Fault(
        "variants_change_what_they_name",
        "a variant fixes another record as well",
        wrapped(Case, "variant", _variant_and_more),
    ),
)

# --- people ---------------------------------------------------------------------------------------

STABLE, RELAPSE, DEAD = 0, 1, 2  # positions of the model's states
ALIVE = slice(0, 2)


def _back_to_life(x: Statistics, asked: Asked) -> Statistics:
    there = np.array(x.occupancy)
    there[:, :, -1, STABLE] += there[:, :, -1, DEAD]
    there[:, :, -1, DEAD] = 0
    return replace(x, occupancy=there)


def _twice_in_a_group(self: Pathway, name: str, where: str | None = None) -> tuple[str, ...]:
    for group in self.groups:
        if group.name == name:
            return tuple(o for member in group.members for o in _twice_in_a_group(self, member))
    return _RESOLVE(self, name, where)


_RESOLVE = Pathway.resolve


def _some_die(x: Statistics, asked: Asked) -> Statistics:
    there = np.array(x.occupancy)
    there[:, :, -1, DEAD] += 0.01 * there[:, :, -1, STABLE]
    return replace(x, occupancy=there)


def _per_year(x: Statistics, asked: Asked) -> Statistics:
    return replace(x, time=x.time / x.horizon)


def _one_group_twice(x: Statistics, asked: Asked) -> Statistics:
    levels = {n: replace(s, time=s.time * (2.0 if n == "male" else 1.0)) for n, s in x.subgroups.items()}
    return replace(x, subgroups=levels)


def _by_many_outcomes(x: Statistics, asked: Asked) -> Statistics:
    return replace(x, count=np.roll(x.count, len(x.outcomes), axis=2))


def _deaths_in_their_cycle(x: Statistics, asked: Asked) -> Statistics:
    time = np.array(x.time)
    time[..., STABLE] += 0.01 * time[..., DEAD]
    time[..., DEAD] *= 0.99
    return replace(x, time=time)


PEOPLE = (
    Fault(
        "occupancy_sums",
        "one person in a hundred is lost from a state",
        told("occupancy", lambda x: at(x, (..., 0), 0.99)),
    ),
    Fault("time_sums", "time in one state is a hundredth too long", told("time", lambda x: at(x, (..., 0), 1.01))),
    Fault("dead_stay_dead", "at the last time the dead are counted as alive", sums(_back_to_life)),
    Fault(
        "branches_sum", "a branch named twice in a group counts twice", instead(Pathway, "resolve", _twice_in_a_group)
    ),
    Fault(
        "ever_at_most_count", "somebody ever had what did not happen", told("ever", lambda x: plus(x, (..., 0), 1.0))
    ),
    Fault("ever_of_groups", "a group's people are those of one member", told("ever", lambda x: at(x, (..., 5), 0.5))),
    Fault("first_within_horizon", "the time to the first is in other units", told("first", lambda x: 12 * x)),
    Fault("no_mortality", "one in a hundred dies at the end", sums(_some_die)),
    Fault("sure_mortality", "part of the time after death is lived", sums(_deaths_in_their_cycle)),
    Fault("no_hazards", "every event is counted once too often", told("count", lambda x: x + 1.0)),
    Fault("shortest_horizon", "a year is added to every stay", told("time", lambda x: x + 1.0)),
    Fault("longer_horizon", "time is told as a share of the follow-up", sums(_per_year)),
    Fault("inert_event", "random numbers go by how many events there are", sums(_by_many_outcomes)),
    Fault("subgroups_add_up", "people at one level count twice", sums(_one_group_twice)),
    Fault(
        "years_add_up",
        "the last year is left out",
        told("year_time", lambda x: at(x, (slice(None), slice(None), slice(-1, None)), 0.0) if x.size else x),
    ),
    Fault("persons_add_up", "single people's time is a hundredth too long", told("person_time", lambda x: 1.01 * x)),
    Fault("labels_are_words", "random numbers go by a label", seeded(lambda asked, d: len(asked.case.problem.label))),
)

# --- effects --------------------------------------------------------------------------------------


def _by_place(x: Statistics, asked: Asked) -> Statistics:
    factor = 1 + 1e-9 * np.arange(len(x.strategies))
    return replace(x, time=x.time * factor[:, None, None, None])


def _as_offered(x: Statistics, asked: Asked) -> Statistics:
    return replace(x, delivered=x.delivered + 1.0)


def _by_fidelity(x: Statistics, asked: Asked) -> Statistics:
    whole = all(c.fidelity == 1.0 for s in asked.case.problem.strategies for c in s.components)
    return replace(x, delivered=x.delivered * (1.0 if whole else 0.5))


EFFECTS = (
    Fault(
        "null_effect",
        "a new strategy's events are a thousandth too many",
        told("count", lambda x: at(x, (slice(None), 1), 1.001)),
    ),
    Fault("same_strategy_twice", "what happens goes by the place of a strategy", sums(_by_place)),
    Fault("order_of_strategies", "what happens goes by the place of a strategy", sums(_by_place)),
    Fault(
        "swapped_arms",
        "the size of an increment is told without its sign",
        wrapped(frontier, "_mean", lambda x, *a: abs(x)),
    ),
    Fault("no_uptake", "delivery is charged for whoever is offered", sums(_as_offered)),
    Fault("no_fidelity", "delivery goes by fidelity", sums(_by_fidelity)),
    Fault(
        "late_effect",
        "the start of an effect is forgotten",
        lowered_as(lambda case: with_every_effect(case, lambda e: replace(e, start=None, end=None))),
    ),
    Fault(
        "whole_effect",
        "effects are held within a tenth and ten",
        lowered_as(lambda c: with_every_effect(c, lambda e: replace(e, parameter=0.1) if e.parameter == 1e-12 else e)),
    ),
    Fault(
        "no_implementation",
        "implementation is forgotten",
        instead(Asked, "delivered", property(lambda self: self.case)),
    ),
)
