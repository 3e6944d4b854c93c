"""Checks of money and worth: every line by hand, prices at 0 and doubled, utilities of 1, no discounting."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np

from models.contract import (
    ComponentTime,
    CostItem,
    Delivery,
    EventCount,
    Perspective,
    Product,
    StateTime,
    Strategy,
    Utility,
    When,
)
from models.quantities import computed
from models.states import alive_and, node_at
from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground import rewriting
from simulate.analyse.credibility.verification.ground.bench import WHOLE, Bench, lines_of, off, revalued, with_line
from simulate.analyse.credibility.verification.ground.verdicts import OWN_WEIGHTS, Check, Verdict, held, not_applicable
from simulate.analyse.impact import Population, impact
from simulate.engine import driver
from simulate.engine.statistics import COST_RATE, EFFECT_RATE
from simulate.evaluate.weighing import is_weighed
from simulate.result.payers import by_payer, columns_of, costs_by_item
from simulate.result.result import Result

NO_COSTS = "no cost items"
NO_UTILITIES = "no utilities"
MOST_PRICES = 4  # that are changed in turn
ENTERING = 100.0  # people, in the first calendar year


def costs_zero(bench: Bench) -> Verdict:
    """At prices of 0 nothing costs anything."""
    if not bench.problem.costs:
        return not_applicable(NO_COSTS)
    free = tuple(replace(c, unit_cost=0.0) for c in bench.problem.costs)
    cost = bench.run(rewriting.changed(bench.solved, costs=free)).cost
    return held([f"up to {np.abs(cost).max():.6g} a person"] if cost.any() else [], f"{number_of(len(free), 'line')}")


def line_by_hand(bench: Bench) -> Verdict:
    """Every line is what was used of it times its price, worked out again."""
    base, told = bench.base, lines_of(bench.base)
    items = [c for c in bench.problem.costs if _is_plain(c)]
    faults = []
    for item in items:
        by_hand = np.stack([_by_hand(base, item, k) for k in range(len(base.strategies))], axis=1)
        if off(told[item.name], by_hand) > WHOLE:
            faults.append(f"{item.name} is told as {told[item.name].mean():.6g}, and comes to {by_hand.mean():.6g}")
    if not items:
        return not_applicable("no line of time or events without weights")
    return held(faults, f"{number_of(len(items), 'line')}, every draw")


def _is_plain(item: CostItem) -> bool:
    if is_weighed(item) or not isinstance(item.basis, (StateTime, EventCount, Delivery, ComponentTime)):
        return False
    return not isinstance(item.basis, EventCount) or item.basis.counts_all


def _by_hand(result: Result, item: CostItem, k: int) -> Floats:
    """Money a person of one strategy, [draws]."""
    strategy = result.case.problem.strategies[k]
    price = np.full(len(result.cost), float(item.sign))
    for quantity in (item.unit_cost, *item.quantities):
        price = price * computed(
            strategy.under(quantity), result.draws.engine, lambda x: np.full(len(result.cost), float(x))
        )
    return np.asarray(price * _used(result, item, k, strategy))


def _used(result: Result, item: CostItem, k: int, strategy: Strategy) -> Floats:
    x, pathway, basis = result.counted, result.case.problem.pathway, item.basis
    if isinstance(basis, StateTime):
        if basis.component is not None and basis.component not in [c.name for c in strategy.components]:
            return np.zeros(len(result.cost))
        states = [j for j, state in enumerate(x.states) if alive_and(pathway, basis.when)(state)]
        sums = x.time[:, k, :, COST_RATE][..., states]
    elif isinstance(basis, EventCount):
        sums = x.count[:, k, :, COST_RATE][..., x.outcome_indices(pathway.resolve(basis.name))]
    else:
        given = x.delivered if isinstance(basis, Delivery) else x.exposure
        assert isinstance(basis, (Delivery, ComponentTime))
        sums = given[:, k, :, COST_RATE][..., x.component_indices(basis.component)]
    return np.asarray(sums.sum(axis=(1, 2)) / x.people.sum())


def lines_sum(bench: Bench) -> Verdict:
    """Total cost is the sum of its lines, from every perspective."""
    base, lines = bench.base, lines_of(bench.base)
    faults = []
    for seen in bench.problem.perspectives:
        counted = [c for c in bench.problem.costs if c.payer in seen.payers and c.kind in seen.kinds]
        total = sum((lines[c.name] for c in counted), np.zeros(base.cost.shape))
        size = sum((np.abs(lines[c.name]) for c in counted), np.zeros(base.cost.shape))
        told = base.value(perspective=seen.name).cost
        if off(told, total, size) > WHOLE:
            faults.append(f"{seen.name}: {told.mean():.6g}, lines {total.mean():.6g}")
    return held(faults, f"{number_of(len(bench.problem.perspectives), 'perspective')}")


def payers_sum(bench: Bench) -> Verdict:
    """Payers together pay all that is money."""
    items = bench.problem.costs
    if not items:
        return not_applicable(NO_COSTS)
    cost = costs_by_item(bench.base, bench.base.counted)
    columns = columns_of(items)
    if not columns:
        return not_applicable("every line is inside another's")
    money = cost[..., [k for k, i in enumerate(items) if i.kind != "opportunity"]]
    wrong = off(by_payer(cost, items, columns).sum(axis=-1), money.sum(axis=-1), np.abs(money).sum(axis=-1))
    return held([f"they differ by {wrong:.2g}"] if wrong > WHOLE else [], f"{number_of(len(columns), 'payer')}")


def doubled_price(bench: Bench) -> Verdict:
    """A doubled price doubles that line and no other."""
    if not bench.problem.costs:
        return not_applicable(NO_COSTS)
    base, before = bench.base, lines_of(bench.base)
    faults = []
    for item in bench.problem.costs:
        twice = with_line(bench.problem.costs, item.name, unit_cost=Product(item.unit_cost, 2.0))
        after = lines_of(revalued(base, costs=twice))
        faults += [] if off(after[item.name], 2 * before[item.name]) < WHOLE else [f"{item.name} is not doubled"]
        moved = [n for n in before if n != item.name and not np.array_equal(before[n], after[n])]
        faults += [f"{item.name} moves {', '.join(moved)}"] if moved else []
    return held(faults, f"{number_of(len(before), 'line')} in turn")


def price_afterwards(bench: Bench) -> Verdict:
    """A price changed after a run simulates nothing, and gives the bits of a fresh run."""
    case = bench.solved
    may = case.changeable()
    chosen = {n: v for n in bench.base.drawn.names if n in may and (v := _another(bench, n)) is not None}
    if not chosen:
        return not_applicable("no price that value alone reads")
    faults = []
    for name in list(chosen)[:MOST_PRICES]:
        runs = driver.kernel_runs
        after = bench.run(fixed=True).value(prices={name: chosen[name]})
        told = after.cost, after.effect
        faults += [f"{name}: something was simulated"] if driver.kernel_runs != runs else []
        fresh = bench.run(replace(case, parameters=case.parameters.with_fixed({name: chosen[name]})), fixed=True)
        if not (np.array_equal(told[0], fresh.cost) and np.array_equal(told[1], fresh.effect)):
            faults.append(f"{name} at {chosen[name]:.6g}: a fresh run has another cost or effect")
    return held(faults, f"{', '.join(list(chosen)[:MOST_PRICES])}")


def _another(bench: Bench, name: str) -> float | None:
    """Another value of a parameter that is allowed; None where none was found."""
    record = bench.solved.parameters[name]
    tried = (record.distribution.interval95()[1], 1.1 * record.distribution.point, 0.9 * record.distribution.point)
    return next((float(v) for v in tried if v != record.distribution.point and record.refusal(float(v)) is None), None)


def perspectives_nested(bench: Bench) -> Verdict:
    """A perspective that holds another has its cost, and that of the payers it adds."""
    base, lines, faults, pairs = bench.base, lines_of(bench.base), [], 0
    for narrow, wide in permutations(bench.problem.perspectives, 2):
        if not (set(narrow.payers) < set(wide.payers) and set(narrow.kinds) <= set(wide.kinds)):
            continue
        pairs += 1
        more = [lines[c.name] for c in bench.problem.costs if _counts(wide, c) and not _counts(narrow, c)]
        added = sum(more, np.zeros(base.cost.shape))
        costs = [base.value(perspective=p.name).cost for p in (narrow, wide)]
        if off(costs[1], costs[0] + added, sum(map(np.abs, lines.values()), np.zeros(1))) > WHOLE:
            faults.append(f"{wide.name} is not {narrow.name} and what its other payers pay")
    return held(faults, f"{number_of(pairs, 'pair')}") if pairs else not_applicable("no perspective holds another")


def _counts(seen: Perspective, item: CostItem) -> bool:
    return item.payer in seen.payers and item.kind in seen.kinds


def transfers_cancel(bench: Bench) -> Verdict:
    """What only changes hands, or is inside another line, moves no perspective that leaves it out."""
    apart = [c for c in bench.problem.costs if c.kind != "resource"]
    if not apart:
        return not_applicable("every line is a resource")
    base, faults = bench.base, []
    twice = tuple(replace(c, unit_cost=Product(c.unit_cost, 2.0)) if c in apart else c for c in bench.problem.costs)
    after = revalued(base, costs=twice)
    for seen in bench.problem.perspectives:
        left_out = not any(_counts(seen, c) for c in apart)
        before, then = (r.value(perspective=seen.name).cost for r in (base, after))
        faults += [f"{seen.name} moves with them"] if left_out and not np.array_equal(before, then) else []
    return held(faults, f"{number_of(len(apart), 'line')} at twice the price")


def utilities_one(bench: Bench) -> Verdict:
    """At utilities of 1 QALYs are years of life."""
    result = bench.run(rewriting.worth(bench.solved, (Utility(When(), 1.0),)), effect="tested_qalys")
    years = result.value(effect="tested_years").effect
    wrong = off(result.effect, years)
    return held([f"they differ by {wrong:.2g}"] if wrong > WHOLE else [], f"{years.mean():.4g} years a person")


def utilities_zero(bench: Bench) -> Verdict:
    """At utilities of 0 there are no QALYs."""
    result = bench.run(rewriting.worth(bench.solved, (Utility(When(), 0.0),)), effect="tested_qalys")
    return held([f"up to {np.abs(result.effect).max():.6g}"] if result.effect.any() else [], "exactly 0")


def qalys_by_hand(bench: Bench) -> Verdict:
    """QALYs are time in each state times what it is worth, worked out again."""
    utilities = bench.problem.utilities
    if not utilities:
        return not_applicable(NO_UTILITIES)
    if any(is_weighed(u) for u in utilities):
        return not_applicable("utilities go by age or characteristics")
    result = bench.run(rewriting.worth(bench.solved), effect="tested_qalys")
    by_hand = np.stack([_qalys(result, k) for k in range(len(result.strategies))], axis=1)
    wrong = off(result.effect, by_hand)
    return held(
        [f"told {result.effect.mean():.6g}, by hand {by_hand.mean():.6g}"] if wrong > WHOLE else [], "every draw"
    )


def _qalys(result: Result, k: int) -> Floats:
    """QALYs a person of one strategy, [draws]."""
    problem, x = result.case.problem, result.statistics
    total = np.zeros(len(result.cost))
    for j, state in enumerate(x.states):
        if alive_and(problem.pathway, When())(state) and node_at(problem.pathway, state) is None:
            total = total + x.time[:, k, :, EFFECT_RATE, j].sum(axis=1) * utility_of(result, state, k)
    for once in (u for u in problem.utilities if u.event is not None):
        outcomes = x.outcome_indices(problem.pathway.resolve(str(once.event)))
        total = total + x.count[:, k, :, EFFECT_RATE][..., outcomes].sum(axis=(1, 2)) * worth_of(result, once, k)
    return np.asarray(total / x.people.sum())


def utility_of(result: Result, state: dict[str, str], k: int = 0) -> Floats:
    """What a year in a state is worth under one strategy: the first level that holds, and every gain, [draws]."""
    found = [u for u in result.case.problem.utilities if u.event is None and u.when.holds(state)]
    levels, gains = ([u for u in found if u.role == role] for role in ("level", "gain"))
    return np.asarray(sum((worth_of(result, u, k) for u in (*levels[:1], *gains)), np.zeros(len(result.cost))))


def worth_of(result: Result, utility: Utility, k: int) -> Floats:
    """The value of a utility under one strategy, [draws]."""
    quantity = result.case.problem.strategies[k].under(utility.value)
    return np.asarray(computed(quantity, result.draws.engine, lambda x: np.full(len(result.cost), float(x))))


def no_discounting(bench: Bench) -> Verdict:
    """At rates of 0 discounted is undiscounted."""
    cycle = bench.problem.pathway.cycle
    if cycle is not None and cycle.events == "counted":
        return not_applicable("events of cycles count by the weights of moments once they are discounted")
    x = bench.run(rewriting.discounted_at(bench.solved, 0.0, 0.0)).statistics
    faults = []
    for name in ("time", "count", "delivered", "exposure", "bands", "nth"):
        values = getattr(x, name)
        if values.size and not (values[..., :1, :] == values).all():
            faults.append(f"{name} differs by {off(values, np.broadcast_to(values[..., :1, :], values.shape)):.2g}")
    return held(faults, "times, events and deliveries, the same bits")


def higher_rate(bench: Bench) -> Verdict:
    """A higher discount rate leaves less of everything, and of what costs."""
    low, high = (bench.run(rewriting.discounted_at(bench.solved, r, r)) for r in (0.03, 0.08))
    a, b, faults = low.statistics, high.statistics, []
    for name in ("time", "count", "delivered", "exposure"):
        if getattr(a, name).size and (getattr(b, name) - getattr(a, name)).max() > WHOLE * getattr(a, name).max():
            faults.append(f"{name}: more of it")
    if a.horizon > 0.01 and not b.time[..., COST_RATE, :].sum() < a.time[..., COST_RATE, :].sum():
        faults.append("time at the rate of costs is not less")
    if a.horizon > 0.01 and not b.time[..., EFFECT_RATE, :].sum() < a.time[..., EFFECT_RATE, :].sum():
        faults.append("time at the rate of effects is not less")
    return held(faults, "3% and 8% a year")


def discount_by_hand(bench: Bench) -> Verdict:
    """A year's worth every year, discounted, is what the formula says."""
    if not bench.counts_evenly:
        return not_applicable(OWN_WEIGHTS)
    rates = 0.05, 0.02
    result = bench.run(rewriting.discounted_at(rewriting.still(bench.solved), *rates))
    x, cycle, faults = result.statistics, bench.problem.pathway.cycle, []
    for where, rate, axis in (("costs", rates[0], COST_RATE), ("effects", rates[1], EFFECT_RATE)):
        force = np.log1p(rate) if bench.problem.discounting == "effective" else rate
        wanted = -np.expm1(-force * x.horizon) / force
        found = x.time[..., axis, :].sum(axis=3) / x.people
        most = 1e-9 if cycle is None else 0.6 * force * cycle.length
        if off(found, wanted) > most:
            faults.append(f"{where}: {found.mean():.6g} years at {rate:g} a year; the formula has {wanted:.6g}")
    return held(faults, f"{number_of(x.horizon, 'year')} at 5% and 2%")


def budget_adds_up(bench: Bench) -> Verdict:
    """What people of one year cost over all later ones is their number times what one costs more."""
    base, problem = bench.base, bench.problem
    if not problem.costs or problem.pathway.cycle is not None or len(base.strategies) < 2:
        return not_applicable(NO_COSTS if not problem.costs else "budgets are not told of cohorts in cycles")
    years = int(np.ceil(base.statistics.horizon)) + 1
    chosen = base.strategies[1]
    found = impact(base, Population(ENTERING, (1.0, *[0.0] * (years - 1))), strategy=chosen, threads=bench.threads)
    told = float(found.budget.query("payer == 'total'")["mean"].sum())
    cost = costs_by_item(base, base.counted)
    seen = problem.perspective(base.options.perspective)
    money = [k for k, item in enumerate(problem.costs) if item.kind != "opportunity"]  # else it is in another line
    counted = [k for k in money if _counts(seen, problem.costs[k])]
    by_hand = ENTERING * float((cost[:, 1, counted] - cost[:, 0, counted]).sum(axis=1).mean())
    size = ENTERING * float(np.abs(cost[:, :, counted]).sum(axis=2).max(initial=0.0))
    faults = [f"{told:.6g} in all calendar years; people times cost is {by_hand:.6g}"]
    return held(faults if off(told, by_hand, size) > 1e-6 else [], f"{ENTERING:g} people over {years} calendar years")


def order_of_costs(bench: Bench) -> Verdict:
    """In which order cost lines stand changes no total."""
    if len(bench.problem.costs) < 2:
        return not_applicable("fewer than two lines")
    backwards = tuple(reversed(bench.problem.costs))
    a, b = bench.run(fixed=True).cost, bench.run(rewriting.changed(bench.solved, costs=backwards), fixed=True).cost
    return held(
        [f"totals differ by {off(a, b):.2g}"] if off(a, b) > WHOLE else [],
        f"{number_of(len(backwards), 'line')} backwards",
    )


CHECKS = (
    Check("costs_zero", "Prices of 0 cost 0", costs_zero),
    Check("line_by_hand", "Each cost line is amount x price, by hand", line_by_hand),
    Check("lines_sum", "Total cost is the sum of its lines", lines_sum),
    Check("payers_sum", "Payers add up to the total", payers_sum),
    Check("doubled_price", "A doubled price doubles its line and no other", doubled_price),
    Check("price_afterwards", "A price changed afterwards is a fresh run, and simulates nothing", price_afterwards),
    Check("perspectives_nested", "A wider perspective adds what its payers pay", perspectives_nested),
    Check("transfers_cancel", "Transfers move no perspective without them", transfers_cancel),
    Check("utilities_one", "At utilities of 1 QALYs are life-years", utilities_one),
    Check("utilities_zero", "At utilities of 0 there are no QALYs", utilities_zero),
    Check("qalys_by_hand", "QALYs are time x utility, by hand", qalys_by_hand),
    Check("no_discounting", "At rates of 0 discounted is undiscounted", no_discounting),
    Check("higher_rate", "A higher discount rate lowers totals", higher_rate),
    Check("discount_by_hand", "Discounting follows its formula", discount_by_hand),
    Check("budget_adds_up", "Budget impact adds up to people x cost", budget_adds_up),
    Check("order_of_costs", "The order of cost lines changes no total", order_of_costs),
)
