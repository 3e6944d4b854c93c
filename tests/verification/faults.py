"""Faults planted in the program, each with the check that must catch it: the table that proves the checks.

Each is what a slip of a line would do: a sum off by a hundredth, a sign turned, an argument not handed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from models.contract import Effect
from models.economics import Perspective
from models.pathway import Pathway
from models.problem import DecisionProblem
from parameters import Draws, sampling
from simulate.analyse.sweep import cells
from simulate.ask.asked import Asked
from simulate.ask.case import Case
from simulate.engine import driver
from simulate.engine import statistics as kept
from simulate.engine.lower import tables
from simulate.engine.statistics import Statistics
from simulate.evaluate import valuation
from simulate.evaluate.decision import acceptability, frontier
from simulate.evaluate.impact import budget
from simulate.evaluate.information import partial
from simulate.evaluate.uncertainty import precision
from simulate.result import payers, valued
from simulate.result.valued import Valued
from simulate.running import running
from simulate.solve import calibration

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


class Fault(NamedTuple):
    """The check that must fail, what is planted in words, and how; the setting of the model it is planted under."""

    check: str
    words: str
    plant: Plant
    setting: str = "base"


# --- ways of planting -----------------------------------------------------------------------------


def wrapped(where: Any, name: str, change: Callable[..., Any]) -> Plant:
    """What a function returns, changed: `change` is given that and the function's own arguments."""
    whole = getattr(where, name)

    def plant(patch: Patch) -> None:
        patch.setattr(where, name, lambda *a, **k: change(whole(*a, **k), *a, **k))

    return plant


def instead(where: Any, name: str, other: Any) -> Plant:
    """Another thing in a name's place."""
    return lambda patch: patch.setattr(where, name, other)


def sums(change: Callable[[Statistics, Asked], Statistics]) -> Plant:
    """What a simulation leaves behind, changed."""
    return wrapped(running, "simulate_draws", lambda found, asked, *a, **k: change(found, asked))


def seeded(seed: Callable[[Asked, Draws], int]) -> Plant:
    """People of another seed than was asked for."""
    whole = running.simulate_draws

    def other(asked: Asked, draws: Draws, **more: Any) -> Statistics:
        return whole(asked.but(seed=seed(asked, draws)), draws, **more)

    return instead(running, "simulate_draws", other)


def told(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Plant:
    """One array of what a simulation leaves behind, changed."""
    return sums(lambda x, asked: replace(x, **{name: change(np.array(getattr(x, name)))}))


def drawn(change: Callable[[np.ndarray, Any, np.ndarray], np.ndarray]) -> Plant:
    """Draws of one parameter, changed: given them, the distribution and the uniforms."""
    return wrapped(sampling, "drawn_at", lambda values, law, u: change(values, law, u))


def sampled(change: Callable[..., Draws]) -> Plant:
    """The draws of a run, changed."""
    return wrapped(running, "sample", change)


def lowered_as(change: Callable[[Case], Case]) -> Plant:
    """Another case than asked for reaches the simulator."""
    whole = running.lower_apart
    return instead(running, "lower_apart", lambda case, *a: whole(change(case), *a))


def with_every_effect(case: Case, change: Callable[[Effect], Effect]) -> Case:
    def of(strategy: Any) -> Any:
        parts = tuple(replace(c, effects=tuple(map(change, c.effects))) for c in strategy.components)
        return replace(strategy, components=parts)

    return replace(case, problem=replace(case.problem, strategies=tuple(map(of, case.problem.strategies))))


def at(array: np.ndarray, place: Any, factor: float) -> np.ndarray:
    array[place] *= factor
    return array


def plus(array: np.ndarray, place: Any, more: float) -> np.ndarray:
    array[place] += more
    return array


# --- inputs ---------------------------------------------------------------------------------------


def _by_order_of_records(found: Draws, parameters: Any, names: Any, *a: Any, **k: Any) -> Draws:
    order = [n for n in parameters if n in names]
    return replace(found, values=np.roll(found.values, order.index(names[0]), axis=0))


def _dirichlet_alone(parameters: Any, name: str, family: Any, u: Any) -> Any:
    return parameters[name].distribution.ppf(u[name])


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


EFFECTS_ = (
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

# --- costs ----------------------------------------------------------------------------------------


def _price_squared(patch: Patch) -> None:
    whole = valuation._item_cost

    def squared(problem: Any, item: Any, lookup: Any, *a: Any, **k: Any) -> Any:
        return whole(problem, item, lookup, *a, **k) * lookup(item.unit_cost)

    patch.setattr(valuation, "_item_cost", squared)


def _of_qalys(change: Callable[[Any], Any]) -> Plant:
    return wrapped(valuation, "_effect", lambda found, p, measure, *a: change(found) if measure.is_qaly else found)


def _counting(change: Callable[[Perspective, DecisionProblem], Any]) -> Plant:
    return instead(DecisionProblem, "counted", lambda self, name: change(self.perspective(name), self))


def _without_first_payer(seen: Perspective, problem: DecisionProblem) -> Any:
    payers_ = seen.payers[1:] or seen.payers
    return tuple(c for c in problem.costs if c.payer in payers_ and c.kind in seen.kinds)


def _whatever_kind(seen: Perspective, problem: DecisionProblem) -> Any:
    return tuple(c for c in problem.costs if c.payer in seen.payers)


def _plain_rates(discount: Any, continuous: bool) -> Any:
    return np.stack([np.asarray(r) for r in discount], axis=1)


COSTS_ = (
    Fault("costs_zero", "a pound is added to every total", wrapped(valuation, "cost_batches", lambda x, *a: x + 1.0)),
    Fault(
        "line_by_hand",
        "a cost line is a hundredth too dear",
        wrapped(valuation, "_item_cost", lambda x, *a, **k: 1.01 * x),
    ),
    Fault("lines_sum", "the total counts one line twice", wrapped(valuation, "cost_batches", lambda x, *a: 1.1 * x)),
    Fault("payers_sum", "what only changes hands is lost", lambda p: p.setitem(payers.COLUMN_ENDS, "transfer", None)),  # type: ignore[arg-type]
    Fault("doubled_price", "a price is multiplied twice", _price_squared),
    Fault(
        "price_afterwards",
        "prices asked for afterwards are forgotten",
        instead(Valued, "value", lambda self, **k: self),
    ),
    Fault("perspectives_nested", "a perspective forgets its first payer", _counting(_without_first_payer)),
    Fault("transfers_cancel", "a perspective counts what it leaves out", _counting(_whatever_kind)),
    Fault("utilities_one", "QALYs are a thousandth too many", _of_qalys(lambda x: 1.001 * x)),
    Fault("utilities_zero", "something is added to every QALY", _of_qalys(lambda x: x + 0.001)),
    Fault(
        "qalys_by_hand",
        "utilities are a hundredth too high",
        wrapped(valuation, "state_utilities", lambda found, *a, **k: [(j, 1.01 * u) for j, u in found]),
    ),
    Fault(
        "no_discounting",
        "a tenth of a per cent is added to every rate",
        wrapped(tables, "forces_of_interest", lambda x, *a: x + 0.001),
    ),
    Fault(
        "higher_rate", "the sign of the discount rate is wrong", wrapped(tables, "forces_of_interest", lambda x, *a: -x)
    ),
    Fault(
        "discount_by_hand",
        "a yearly rate is used as a force of interest",
        instead(tables, "forces_of_interest", _plain_rates),
    ),
    Fault(
        "budget_adds_up",
        "the last calendar year of a budget is lost",
        wrapped(budget, "_spread", lambda x, *a: at(x, (slice(None), slice(-1, None)), 0.0)),
    ),
    Fault(
        "order_of_costs",
        "the last cost line is not added up",
        instead(
            DecisionProblem,
            "counted",
            lambda self, name: [c for c in self.costs if c.payer in self.perspective(name).payers][:-1],
        ),
    ),
)

# --- the decision ---------------------------------------------------------------------------------

DECISION = (
    Fault(
        "ceac_sums",
        "the second best is counted as best too",
        instead(acceptability, "_wins", lambda loss: (loss <= np.sort(loss, axis=0)[1]).mean(axis=1)),
    ),
    Fault(
        "ceac_at_nothing",
        "costs are added to net benefit",
        instead(acceptability, "benefit_at", lambda t, c, e: np.asarray(t * e + c)),
    ),
    Fault(
        "ceaf_is_best",
        "the frontier takes the worst",
        instead(acceptability, "best", lambda worth, *a: np.asarray(worth).argmin(axis=-1)),
    ),
    Fault(
        "net_benefit_is_linear",
        "willingness to pay enters by a power",
        instead(acceptability, "benefit_at", lambda t, c, e: np.asarray(t**1.01 * e - c)),
    ),
    Fault(
        "icer_by_hand",
        "ratios are effect over cost",
        wrapped(
            frontier,
            "incremental_columns",
            lambda t, *a: type(t)({**t.columns, "icer": 1 / np.asarray(t.columns["icer"], dtype=np.float64)}),
        ),
    ),
    Fault("dominance_by_hand", "extended dominance is forgotten", instead(frontier, "_above_line", lambda *a: False)),
    Fault(
        "evpi_by_hand",
        "EVPI is the greatest expected loss",
        instead(acceptability, "evpi", lambda c, e, t: acceptability.expected_loss(c, e, t).max(axis=1)),
    ),
    Fault("nothing_to_learn", "a penny is added to EVPI", wrapped(acceptability, "evpi", lambda x, *a: x + 0.01)),
    Fault(
        "evppi_within_evpi",
        "EVPPI is not held below EVPI, and five times too large",
        lambda p: (
            p.setattr(partial, "_ceiling", lambda b: np.inf),
            wrapped(partial, "_gain", lambda x, *a: 5 * x + 1e4)(p),
        )[0],
    ),
    Fault(
        "money_has_no_unit",
        "thresholds are cut off at 30,000",
        instead(acceptability, "benefit_at", lambda t, c, e: np.asarray(np.minimum(t, 30_000) * e - c)),
    ),
    Fault(
        "decision_as_told",
        "the EVPI told is a hundredth too large",
        wrapped(Valued, "_evpi_at", lambda t, *a: type(t)({**t.columns, "value": 1.01 * t.columns["value"]})),
    ),
)

# --- chance ---------------------------------------------------------------------------------------


def _biased_generator(x: Statistics, asked: Asked) -> Statistics:
    return replace(x, time=x.time * (1.2 if asked.options.rng.startswith("philox") else 1.0))


CHANCE = (
    Fault(
        "other_seeds",
        "Monte Carlo error is told in hundredths",
        wrapped(precision, "_standard_error", lambda x, *a: 0.01 * x),
    ),
    Fault(
        "error_is_true",
        "Monte Carlo error is told a third as large",
        wrapped(precision, "_standard_error", lambda x, *a: 0.3 * x),
    ),
    Fault(
        "error_falls",
        "Monte Carlo error does not go by people",
        instead(precision, "_standard_error", lambda m, s: np.ones(m.shape[1:])),
    ),
    Fault("other_generator", "one generator's times are too long", sums(_biased_generator)),
    Fault(
        "expected_values",
        "expected times are a tenth too long",
        wrapped(running, "expected", lambda x, *a, **k: replace(x, time=1.1 * x.time)),
    ),
    Fault(
        "mean_over_draws", "only the first batch is told", instead(valued, "weighted_mean", lambda x, people: x[..., 0])
    ),
)

# --- the program ----------------------------------------------------------------------------------


def _counting_calls() -> Plant:
    calls: list[int] = []

    def seed(asked: Asked, draws: Draws) -> int:
        calls.append(1)
        return asked.options.seed + len(calls)

    return seeded(seed)


def _by_threads(
    found: Statistics, asked: Asked, draws: Draws, *, threads: int | None = None, **more: Any
) -> Statistics:
    return replace(found, time=found.time * (1.0 if threads == 1 else 1 + 1e-12))


def _by_chunk(found: Any, *a: Any, chunk: int = 0, **more: Any) -> Any:
    statistics, history = found
    return replace(statistics, time=statistics.time * (1 + 1e-12 * (chunk == 700))), history


def _solved_badly(patch: Patch) -> None:
    whole = calibration._values
    patch.setattr(calibration, "_values", lambda s: {n: 1.3 * x for n, x in whole(s).items()})


ENGINE = (
    Fault("same_seed", "random numbers go by how often one has run", _counting_calls()),
    Fault("seeds_differ", "the seed is forgotten", seeded(lambda asked, draws: 1)),
    Fault("threads_do_not_matter", "sums are added up by thread", wrapped(running, "simulate_draws", _by_threads)),
    Fault("chunks_do_not_matter", "sums are added up by piece of work", wrapped(driver, "simulate", _by_chunk)),
    Fault(
        "draws_stand_alone",
        "draws go by how many there are",
        sampled(lambda d, records, names, draws, *a, **k: replace(d, values=np.roll(d.values, draws // 16, axis=0))),
    ),
    Fault("people_stand_alone", "people go by how many there are", seeded(lambda asked, draws: asked.options.people)),
    Fault(
        "as_the_reference",
        "hazards reach the kernel a hundredth too high",
        wrapped(tables, "hazard_parameters", lambda x, *a, **k: 1.01 * np.asarray(x)),
    ),
    Fault(
        "kept_and_read",
        "files are read in single precision",
        wrapped(kept, "_array", lambda x, *a: x.astype(np.float32).astype(np.float64) if x.dtype == np.float64 else x),
    ),
    Fault("solved_is_reached", "a solved ratio is a third too large", _solved_badly, "solved"),
)

FAULTS = (*INPUTS, *PEOPLE, *EFFECTS_, *COSTS_, *DECISION, *CHANCE, *ENGINE)
