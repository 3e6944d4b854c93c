"""Faults in costs and worth, in the decision, in Monte Carlo error, and in the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from models.economics import Perspective
from models.problem import DecisionProblem
from parameters import Draws
from simulate.ask.asked import Asked
from simulate.engine import driver
from simulate.engine import statistics as kept
from simulate.engine.lower import tables
from simulate.engine.statistics import Statistics
from simulate.evaluate import valuation
from simulate.evaluate.decision import acceptability, frontier
from simulate.evaluate.impact import budget
from simulate.evaluate.information import partial
from simulate.evaluate.uncertainty import precision
from simulate.result import valued
from simulate.result.valued import Valued
from simulate.running import running
from simulate.solve import calibration
from tests.verification.planting import (
    Fault,
    Patch,
    Plant,
    at,
    instead,
    sampled,
    seeded,
    sums,
    wrapped,
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


COSTS = (
    Fault("costs_zero", "a pound is added to every total", wrapped(valuation, "cost_batches", lambda x, *a: x + 1.0)),
    Fault(
        "line_by_hand",
        "a cost line is a hundredth too dear",
        wrapped(valuation, "_item_cost", lambda x, *a, **k: 1.01 * x),
    ),
    Fault("lines_sum", "the total counts one line twice", wrapped(valuation, "cost_batches", lambda x, *a: 1.1 * x)),
    Fault("payers_sum", "what only changes hands is lost", lambda p: p.setitem(budget.COLUMN_ENDS, "transfer", None)),
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
