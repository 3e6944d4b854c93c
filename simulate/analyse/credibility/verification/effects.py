"""Checks of what strategies do: none where there is no effect, and the other way round where they are swapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.contract import Component, Effect, Empirical, ModelError, Product
from parameters.arrays import Floats
from parameters.units import number_of
from simulate.analyse.credibility.verification.ground import rewriting
from simulate.analyse.credibility.verification.ground.bench import WHOLE, Bench, differing_arms, lines_of, off
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict, held, not_applicable
from simulate.evaluate.decision import frontier
from simulate.result.result import Result

NO_EFFECTS = "no component has an effect on an event"
BY_STRATEGY = ("time", "count", "ever", "first", "occupancy")
NEVER = 1e-12  # a hazard ratio


def _has_effects(bench: Bench) -> bool:
    return any(c.effects for s in bench.problem.strategies for c in s.components)


def _moved(result: Result) -> Iterator[str]:
    """Strategies under which people fare otherwise than under the first."""
    for k, name in enumerate(result.strategies[1:], 1):
        if found := differing_arms(result.statistics, 0, k):
            yield f"{name} differs from {result.strategies[0]} in {', '.join(found)}"


def null_effect(bench: Bench) -> Verdict:
    """At ratios of 1 people fare alike under every strategy."""
    if not _has_effects(bench):
        return _no_items(bench)
    case = rewriting.with_effects(bench.solved, lambda e: replace(e, parameter=rewriting.pinned(e.parameter, 1.0)))
    count = sum(len(c.effects) for s in bench.problem.strategies for c in s.components)
    return held(_moved(bench.run(case)), f"{number_of(count, 'effect')} at 1: the same histories, to the last bit")


def _no_items(bench: Bench) -> Verdict:
    """Of an account: items of an effect at 0 come to none."""
    named = [e.name for e in bench.problem.effects if e.items]
    if not named:
        return not_applicable(NO_EFFECTS)
    effects = tuple(
        replace(
            e,
            items=tuple(replace(i, value=rewriting.pinned(i.value, 0.0)) for i in e.items),
            counts="",
            direction=e.direction,
        )
        if e.items and not e.counts
        else e
        for e in bench.problem.effects
    )
    result = bench.run(rewriting.changed(bench.solved, effects=effects))
    measured = [n for n in named if not bench.problem.effect(n).counts]
    faults = [f"{n} is not 0" for n in measured if result.value(effect=n).effect.any()]
    return held(faults, "effects at 0 come to exactly 0") if measured else not_applicable("only people reached count")


def same_strategy_twice(bench: Bench) -> Verdict:
    """A strategy beside its own copy differs from it in nothing."""
    problem = bench.problem
    copies = tuple(replace(s, id=f"{s.id}_again", label=f"{s.label}, again") for s in problem.strategies)
    result = bench.run(rewriting.changed(bench.solved, strategies=(*problem.strategies, *copies)))
    n = len(problem.strategies)
    faults = []
    for k, strategy in enumerate(problem.strategies):
        alike = np.array_equal(result.cost[:, k], result.cost[:, n + k])
        alike &= np.array_equal(result.effect[:, k], result.effect[:, n + k])
        if not alike or differing_arms(result.statistics, k, n + k):
            faults.append(f"{strategy.id} differs from its own copy")
    return held(faults, f"{n} copies: increments of exactly 0")


def order_of_strategies(bench: Bench) -> Verdict:
    """In which order strategies stand changes nothing of any."""
    backwards = tuple(reversed(bench.problem.strategies))
    a, b = bench.run(fixed=True), bench.run(rewriting.changed(bench.solved, strategies=backwards), fixed=True)
    faults = []
    for name in a.strategies:
        i, j = (r.strategies.index(name) for r in (a, b))
        moved = [n for n in BY_STRATEGY if not np.array_equal(_arm(a, n, i), _arm(b, n, j))]
        faults += [f"{name} differs in {', '.join(moved)}"] if moved else []
        if max(off(a.cost[0, i], b.cost[0, j]), off(a.effect[0, i], b.effect[0, j])) > WHOLE:  # ties take the first's
            faults.append(f"{name} has another cost or effect")
    return held(faults, "backwards, at the point estimates: the same bits")


def _arm(result: Result, name: str, k: int) -> Floats:
    """An array of one strategy of a run."""
    return np.asarray(getattr(result.statistics, name)[:, k])


def swapped_arms(bench: Bench) -> Verdict:
    """Seen from the other strategy every increment has the other sign."""
    base, names = bench.base, bench.base.strategies
    there = {c.strategy: c for c in frontier.versus(base.cost, base.effect, names)}
    faults = []
    for k, name in enumerate(names[1:], 1):
        back = next(c for c in frontier.versus(base.cost, base.effect, names, k) if c.strategy == names[0])
        forth = there[name]
        if forth.mean_cost != -back.mean_cost or forth.mean_effect != -back.mean_effect:
            faults.append(f"{name}: increments of {forth.mean_cost:.6g} and, seen from it, {back.mean_cost:.6g}")
        by_hand = float((base.cost[:, k] - base.cost[:, 0]).mean())
        if abs(by_hand - forth.mean_cost) > WHOLE * np.abs(base.cost).max():
            faults.append(f"{name}: the increment is told as {forth.mean_cost:.6g} and is {by_hand:.6g}")
    return held(faults, f"{len(names) - 1} against {names[0]}")


def no_uptake(bench: Bench) -> Verdict:
    """Where nobody takes anything up nothing differs, and nothing is paid for it."""
    if not any(s.components for s in bench.problem.strategies):
        return not_applicable("strategies have no components")
    if any(s.given for s in bench.problem.strategies):
        return not_applicable("strategies differ by numbers given for everybody")

    def of(component: Component) -> Component:
        return replace(component, uptake=Product(component.uptake, 0.0))

    result = bench.run(rewriting.with_components(rewriting.without_priced_holders(bench.solved), of))
    faults = list(_moved(result))
    for name in ("delivered", "exposure"):
        faults += [f"{name} all the same"] if getattr(result.statistics, name).any() else []
    faults += ["costs differ"] if (result.cost != result.cost[:, :1]).any() else []
    faults += ["effects differ"] if (result.effect != result.effect[:, :1]).any() else []
    return held(faults, "increments of exactly 0, and nothing delivered")


def no_fidelity(bench: Bench) -> Verdict:
    """A service that is delivered without any fidelity does nothing, and is delivered all the same."""
    if not _has_effects(bench):
        return not_applicable(NO_EFFECTS)

    def of(component: Component) -> Component:
        return replace(component, fidelity=Product(component.fidelity, 0.0))

    result = bench.run(rewriting.with_components(bench.solved, of), fixed=True)
    faults, base = list(_moved(result)), bench.run(fixed=True)
    if not np.array_equal(result.statistics.delivered, base.statistics.delivered):
        faults.append("another number of people have it delivered")
    return held(faults, "the same histories, and as many people served")


def late_effect(bench: Bench) -> Verdict:
    """An effect that begins after the follow-up does nothing."""
    if not _has_effects(bench):
        return not_applicable(NO_EFFECTS)
    after = 2 * bench.base.statistics.horizon
    case = rewriting.with_effects(bench.solved, lambda e: replace(e, start=after, end=2 * after))
    return held(_moved(bench.run(case)), f"from {number_of(after, 'year')} on: the same histories")


def whole_effect(bench: Bench) -> Verdict:
    """An event whose hazard ratio is next to 0 does not happen under that strategy."""
    pathway = bench.problem.pathway
    found = [
        (s.id, c.name, e)
        for s in bench.problem.strategies
        for c in s.components
        for e in c.effects
        if e.ratio == "hazard" and e.branch is None and not isinstance(pathway.event(e.event).hazard, Empirical)
    ]  # after the last of the times observed everybody has had it, whatever the ratio
    if not found:
        return not_applicable("no effect is a hazard ratio of an event")
    result = bench.run(rewriting.with_components(bench.solved, _prevented), fixed=True)
    x, faults = result.statistics, []
    for strategy, _, effect in found:
        outcomes = x.outcome_indices(pathway.resolve(effect.event))
        happened = float(x.count[0, x.strategy_index(strategy), :, 0][..., outcomes].sum() / x.people.sum())
        if happened > 1e-6:
            faults.append(f"{strategy}: {effect.event} still happens {happened:.3g} times a person")
    return held(faults, f"{number_of(len(found), 'effect')}")


def _prevented(component: Component) -> Component:
    def of(effect: Effect) -> Effect:
        if effect.ratio != "hazard" or effect.branch is not None:
            return effect
        return replace(effect, parameter=NEVER, start=0.0, end=None, waning=None)

    whole = {"uptake": 1.0, "fidelity": 1.0, "start": 0.0, "end": None}
    return replace(component, effects=tuple(map(of, component.effects)), **whole)  # type: ignore[arg-type]


def no_implementation(bench: Bench) -> Verdict:
    """Made for nobody, what is scalable does nothing, and costs nothing."""
    scalable = {c.name for s in bench.problem.strategies for c in s.components if c.scalable}
    if not scalable:
        return not_applicable("nothing is declared to be made for a share of those offered it")
    try:
        result = bench.run(implementation=0.0)
    except ModelError as refusal:
        return not_applicable(f"refused: {refusal}")
    x, faults = result.statistics, []
    for name in scalable:
        at = x.component_indices(name)
        faults += [f"{name} is delivered all the same"] if x.delivered[..., at].any() else []
    for item in bench.problem.costs:
        if getattr(item.basis, "component", None) in scalable and lines_of(result)[item.name].any():
            faults.append(f"{item.name} is paid all the same")
    for k, s in enumerate(bench.problem.strategies):
        others = any(c.effects for c in s.components if c.name not in scalable)
        if k and not others and differing_arms(x, 0, k):
            faults.append(f"under {s.id} people still fare otherwise")
    return held(faults, f"{', '.join(sorted(scalable))}: nothing done, nothing paid")


CHECKS = (
    Check("null_effect", "Effects of 1 give increments of exactly 0", null_effect),
    Check("same_strategy_twice", "A strategy and its copy have the same bits", same_strategy_twice),
    Check("order_of_strategies", "The order of strategies changes none of them", order_of_strategies),
    Check("swapped_arms", "Swapped arms swap signs", swapped_arms),
    Check("no_uptake", "Without uptake increments are 0", no_uptake),
    Check("no_fidelity", "Without fidelity nothing is done, and all is delivered", no_fidelity),
    Check("late_effect", "An effect after the follow-up does nothing", late_effect),
    Check("whole_effect", "A hazard ratio next to 0 prevents its event", whole_effect),
    Check("no_implementation", "Made for nobody, nothing is done or paid", no_implementation),
)
