"""One page for who commissions a service: what changes for a thousand people, in people, days, work and money."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.contract import CostItem
from models.quantities import computed
from parameters.arrays import Floats
from parameters.units import DAYS_PER_YEAR, UNITS
from simulate.engine.statistics import UNDISCOUNTED
from simulate.evaluate.bases import amount as amount_of
from simulate.evaluate.weighing import is_weighed
from simulate.present.english.numbers import about, amount, capital, clean, duration, number, sentence
from simulate.present.report.parts.blocks import Block, Heading, Line, Listing, Section, grid, of_terminal, section
from simulate.present.report.parts.material import Material
from simulate.present.report.sections.answer import options_changed
from simulate.present.report.sections.payers import difference, paid
from simulate.present.terminal.decision import by_people, incremental
from simulate.present.terminal.strategies import strategies
from simulate.result.per_person import days, event_counts

THOUSAND = 1000


def commissioner(m: Material) -> Section | None:
    """A page in plain English."""
    whom = f"{THOUSAND:,} people" if m.view.each == "person" else f"one {m.view.each}"
    return section("commissioner", f"One page for a commissioner: {whom}", _blocks(m, whom))


def _blocks(m: Material, whom: str) -> Iterator[Block]:
    if len(m.labels) < 2:
        return
    verdicts = [b for b in of_terminal(incremental(m.view)) if isinstance(b, Line)]
    yield from verdicts[: len(list(by_people(m.view))) + len(m.labels) - 1]
    size = THOUSAND if m.view.each == "person" else 1
    rows = [*_happened(m, size), *_days(m, size), *_work(m, size), *_money(m, size)]
    horizon = duration(m.result.statistics.horizon)
    noisy = ", chance between simulated people left in" * m.view.simulates
    spread = f" Of differences 95% intervals over draws{noisy}." * m.view.several
    gains = " Money below 0 is a gain." if any(np.any(p.cost.mean(axis=0) < 0) for p in paid(m)) else ""
    plain = f" Nothing here is discounted{'; the answer above is' * _discounts(m)}.{gains}"
    beneath = f", and beneath the difference from {m.labels[0]}" if len(m.labels) > 2 else ""
    apart = [] if len(m.labels) > 2 else [f"Difference: {m.labels[1]}"]
    yield grid(
        [f"For {whom} over {horizon}", *m.labels, *apart],
        rows,
        caption=f"Means{beneath}; events that no strategy changes are left out.{spread}{plain}",
    )
    yield from _untold(m)
    yield Heading("Do not use it for")
    yield Listing(tuple(_not_for(m)))


def _discounts(m: Material) -> bool:
    """Whether the run's costs are."""
    rate = m.words.problem.discount_costs
    return bool(np.any(computed(rate, m.result.draws.engine, np.asarray) > 0))


def _row(m: Material, label: str, each: Floats, size: float, sign: str | None = None) -> list[str]:
    """A figure by strategy and the differences, `each` [draws, strategies] times `size`."""
    whole = each * size

    def tell(x: float) -> str:
        return number(x) if sign is None else about(x, sign)

    means = [tell(float(x)) for x in whole.mean(axis=0)]
    moved = []
    for i in range(1, whole.shape[1]):
        moved.append(difference(m, whole, i, tell))
    if len(moved) == 1:
        return [capital(label), *means, *moved]
    return [capital(label), means[0], *(f"{mean}\n{apart}" for mean, apart in zip(means[1:], moved, strict=True))]


def _happened(m: Material, size: float) -> Iterator[list[str]]:
    """Groups of events, and events that no group holds."""
    pathway = m.words.problem.pathway
    grouped = {o for g in pathway.groups for o in pathway.resolve(g.name)}
    names = [g.name for g in pathway.groups] + [e.name for e in pathway.events if not grouped & set(e.outcomes())]
    counts = event_counts(m.result)
    for name in names:
        if np.any(counts[name] != counts[name][:, :1]):
            yield _row(m, m.words.happening(name), counts[name], size)


def _days(m: Material, size: float) -> Iterator[list[str]]:
    """Days that the problem tells, and how many are taken up at any one time."""
    told = days(m.result)
    for d in m.words.problem.days:
        if np.any(told[d.name]):
            label = clean(d.label)
            yield _row(m, label, told[d.name], size)
            horizon = m.result.statistics.horizon * DAYS_PER_YEAR
            yield _row(m, f"{label}: places in use at any one time, on average", told[d.name] / horizon, size)


def _work(m: Material, size: float) -> Iterator[list[str]]:
    """Hours of paid work that cost items are priced by, and how many people are given what."""
    x, problem = m.result.counted, m.words.problem
    for item in problem.costs:
        hours = None if is_weighed(item) or item.sign < 0 else _hours(m, item)
        if hours is not None:
            used = x.per_person(amount_of(problem, item.basis, x, UNDISCOUNTED)) * hours[:, None]
            if np.any(used):
                yield _row(m, f"Hours of work: {clean(item.label)}", used, size)


def _hours(m: Material, item: CostItem) -> Floats | None:
    """Hours of work for one of the item's basis, [draws]; None for what is not priced by the hour."""
    priced = item.unit_cost
    record = m.words.parameters.get(priced) if isinstance(priced, str) else None
    if record is None or UNITS[record.unit].dimension.work != -1:
        return None
    one = np.ones(len(m.result.cost))
    hours = one
    for quantity in item.quantities:
        hours = hours * computed(quantity, m.result.draws.engine, lambda x: x * one)
    return hours


def _money(m: Material, size: float) -> Iterator[list[str]]:
    found = paid(m)
    for p in found:
        apart = "" if p.counted else " (not counted in the results)"
        yield _row(m, f"Money: {p.name}{apart}", p.cost, size, m.sign)
    counted = [p.cost for p in found if p.counted]
    if len(counted) > 1:
        yield _row(m, "Money in all that is counted in the results", sum(counted[1:], counted[0]), size, m.sign)


def _untold(m: Material) -> Iterator[Block]:
    """What is spent and not counted, as the strategies' section says it."""
    told = [b for b in of_terminal(strategies(m.view)) if isinstance(b, Line) and b.warns]
    yield from told


def _not_for(m: Material) -> Iterator[str]:
    """What no reader should take from it."""
    kept, setting = m.summary["withheld"], m.words.setting
    yield "Decisions about one person: these are averages over many."
    yield f"Other people, places or times than the setting's: {sentence(setting.label)}"
    if (grade := m.summary["evidence"]) != "strong":
        graded = "nobody has graded the evidence" if grade == "not graded" else f"the evidence is graded {grade}"
        yield f"As proof that it works: {graded}; what is assumed stands below."
    yield "As cash: what is used less is not money in hand until somebody closes, cuts or sells it."
    yield "Rosters or capacity: days and hours are means over the follow-up, and peaks are higher."
    if kept["threshold"]:
        yield sentence(f"A choice at any willingness to pay but {amount(0, m.sign)}: {kept['threshold']}")
    if kept["probability"]:
        yield sentence(f"How sure the choice is: {kept['probability']}")
    if kept["narrow"]:
        yield "How wide the uncertainty is: intervals leave out what nobody measured."
    if m.summary["changed"]["parameters"] or options_changed(m):
        yield "As the base case: this run was changed from it, as said above."
