"""Published results beside ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.contract import ItemCost, PublishedResult
from parameters.arrays import Floats
from parameters.outcomes.intervals import Contrast
from parameters.units import FIGURE_SCALES, from_engine
from simulate.ask.reads import cited_sources, fitted_names, reads_of_trial
from simulate.evaluate.measures import measure, needs_people
from simulate.evaluate.uncertainty.precision import number_or_none
from simulate.evaluate.valuation import cost_by_item
from simulate.result.scales import times_of
from simulate.result.valued import Valued

# Of what was published: how far off ours has to be, beside lying beyond every interval, to be told as not reproduced;
# and where the prices are of a year that nobody knows.
FAR, FAR_IN_OTHER_PRICES = 0.25, 1.0


def shown_row(result: Valued, item: PublishedResult) -> dict[str, Any]:
    """One published result and ours, by strategy.

    Ours is None where it needs totals that the run did not keep, or where the run counts other costs or effects than
    the setting does, which is what was published. `intervals` are ours, 95% over draws, and those that were published;
    a strategy that has none is left out.
    """
    told = figures_of(result, item)
    ours = None if told is None else told[0]
    simulated = {s: None if ours is None else number_or_none(float(ours[i])) for i, s in enumerate(result.strategies)}
    if item.is_relative:
        del simulated[result.strategies[0]]
    return {
        "id": item.id or None,
        "label": item.label,
        "unit": item.unit,
        "price_year": item.price_year or None,
        "published": dict(item.published),
        "simulated": simulated,
        "intervals": _intervals(result, item, told),
        "published_intervals": {s: list(x[:2]) for s in item.published if (x := item.interval(s)) is not None},
        "source": item.source,
        "note": item.note,
        "contrast": item.contrast,
        "difference": item.is_relative,
        "by_construction": item.by_construction,
        "alike": _alike(result, item),
        "missed": missed(result, item),
    }


def _intervals(result: Valued, item: PublishedResult, told: tuple[Floats, Floats] | None) -> dict[str, list[float]]:
    """Our 95% interval over draws by strategy, without those that have no such figure; none where an end is unknown."""
    if told is None or len(told[1]) < 2:
        return {}
    draws = dict(zip(result.strategies, told[1].T, strict=True))
    if item.is_relative:
        del draws[result.strategies[0]]
    with np.errstate(invalid="ignore"):  # between two infinite ratios
        ends = {s: np.quantile(x, [0.025, 0.975]) for s, d in draws.items() if (x := d[~np.isnan(d)]).size > 1}
    return {s: [float(low), float(high)] for s, (low, high) in ends.items() if np.isfinite([low, high]).all()}


def misses(result: Valued, strategy: str) -> bool:
    """Whether a published difference in cost or effect, which nothing was fitted to, does not come out."""
    return any(strategy in missed(result, item) for item in differences(result))


def differences(result: Valued) -> list[PublishedResult]:
    """The published differences that the setting answers for: not targets of validation that are of other trials."""
    case = result.case
    fitted = cited_sources(case.parameters, fitted_names(case.problem, case.setting))
    apart = [item for item in case.setting.shown if item.contrast == "difference"]
    return [i for i in apart if i.role is None or reads_of_trial(fitted, case.parameters.sources[i.source])]


def missed(result: Valued, item: PublishedResult) -> dict[str, list[float]]:
    """Strategies under which a cost or effect that was not put in is not reproduced: our 95% interval over draws.

    The published figure lies outside that interval and further than `FAR` of itself from ours, and ours lies outside
    the interval that it has itself. Empty for figures of events: what a small trial counts of them is chance.
    """
    told = None if item.by_construction or item.statistic not in ("cost", "effect") else figures_of(result, item)
    if told is None:
        return {}
    ours, draws = told
    own_money = FIGURE_SCALES[item.unit].currency == result.case.money.currency
    far = FAR if item.price_year or not own_money else FAR_IN_OTHER_PRICES
    found = {}
    for i, s in enumerate(result.strategies):
        if s not in item.published:
            continue
        was, (low, high) = item.published[s], np.quantile(draws[:, i], [0.025, 0.975])
        interval = item.interval(s)
        agrees = low <= was <= high or (interval is not None and interval.low <= ours[i] <= interval.high)
        if not agrees and abs(ours[i] - was) > far * abs(was):
            found[s] = [float(low), float(high)]
    return found


def figures_of(result: Valued, item: PublishedResult) -> tuple[Floats, Floats] | None:
    """Ours as it was published, in its unit: means [strategies], of a ratio that of the means, and draws [draws or 1,
    strategies]; None where the run kept or counts something else. Of a contrast the comparator's is 0, or 1.
    """
    if not _alike(result, item):
        return None
    if item.statistic == "icer":
        d_cost, d_effect = ((x - x[:, :1]).mean(axis=0) for x in (result.cost, result.effect))
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (d_cost / d_effect)[None, :]
    else:
        found = by_strategy(result, item)
        if found is None:
            return None
        values = found
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, values = (against_first(x, item.contrast) for x in (values.mean(axis=0)[None, :], values))
        return in_unit(result, item, mean[0]), in_unit(result, item, values)
    return in_unit(result, item, values[0]), in_unit(result, item, values)


def by_strategy(result: Valued, item: PublishedResult) -> Floats | None:
    """The item's statistic under each strategy, at its scale, in the engine's units, [draws, strategies], or None."""
    values = _values(result, item)
    if values is None or not item.scale:
        return values
    return values * times_of(result, next(s for s in result.case.problem.scales if s.name == item.scale))


def in_unit(result: Valued, item: PublishedResult, values: Floats) -> Floats:
    """`values` of the engine, of any shape, in the unit and price year that the item was published in."""
    return from_engine(values, item.unit, item.price_year or None, result.case.money)


def against_first(values: Floats, contrast: Contrast) -> Floats:
    """Each strategy's against the first one's, [draws, strategies]: as it is, less it, or over it (of odds, theirs)."""
    if contrast == "value":
        return values
    if contrast == "difference":
        return np.asarray(values - values[:, :1])
    weighed = values / (1 - values) if contrast == "odds_ratio" else values
    return np.asarray(weighed / weighed[:, :1])


def _alike(result: Valued, item: PublishedResult) -> bool:
    """Whether the run counts the costs and effects that the setting does, of which the figure was published."""
    setting, asked = result.case.setting, result.options
    cost, effect = asked.perspective == setting.perspective, asked.effect == setting.effect
    return {"cost": cost, "effect": effect, "icer": cost and effect}.get(str(item.statistic), True)


def _values(result: Valued, item: PublishedResult) -> Floats | None:
    """[draws, strategies], or None."""
    if item.statistic == "cost":
        return result.cost
    if item.statistic == "effect":
        return result.effect
    if isinstance(item.statistic, ItemCost):
        return cost_by_item(result.case.problem, result.draws, result.counted)[item.statistic.item]
    assert not isinstance(item.statistic, str)
    if needs_people((item.statistic,)) and result.statistics.person_time.size == 0:
        return None
    return measure(item.statistic, result.statistics, result.case.problem)
