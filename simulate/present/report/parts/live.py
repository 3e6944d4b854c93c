"""What the page carries so that a reader can move prices, perspective, effect and willingness to pay in it.

Numbers are little-endian float64 as base64, one for each draw, strategy and cost line, as ``result.parts`` takes the
result apart; what is the same in every draw is a plain number, and a strategy's column that is another's says so.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from parameters.arrays import Floats
from parameters.money.currencies import CURRENCIES, signed
from parameters.money.willingness import plain_grid
from parameters.units import UNITS
from simulate.ask.answerable import Withheld
from simulate.evaluate.uncertainty.precision import reach_of
from simulate.evaluate.uncertainty.told import degrees_of
from simulate.present.english.numbers import capital, clean, plural, unit_name, worded, year_named
from simulate.present.report.parts.material import Material
from simulate.result.finished.psa_table import PsaTable
from simulate.result.judgement import LIKELY, default_threshold
from simulate.result.parts.prices import Parts, Price, PricedLine, taken_apart

LARGEST = 4_500_000  # characters of numbers that a page carries at most
ALL = "all"  # the only perspective and effect of a table
MOST_PRICES = (8, 4, 2, 0)  # as many as there is room for

Data = Mapping[str, Any]


def live_data(m: Material) -> Data | None:
    """All that the page's program works with; None where it would be too large, or there is nothing to compare."""
    if len(m.labels) < 2 or _is_large(len(m.result.cost)):
        return None
    for most in MOST_PRICES:
        found = _data(m, taken_apart(m.result, most))
        if size_of(found) <= LARGEST:
            return found
    return None


def _is_large(draws: int) -> bool:
    """Whether one column of so many draws is already more than a page may carry."""
    return 8 * draws > LARGEST


def size_of(data: Any) -> int:
    """Characters of all words within."""
    if isinstance(data, Mapping):
        return sum(map(size_of, data.values()))
    return sum(map(size_of, data)) if isinstance(data, list) else len(data) if isinstance(data, str) else 8


def _data(m: Material, parts: Parts) -> Data:
    result, options = m.result, m.result.options
    replicate = result.replicate
    degrees = degrees_of(len(result.cost), len(result.statistics.people), replicate)
    reach = reach_of(degrees) if len(result.cost) > 1 else math.nan
    names = [p.name for p in parts.prices]
    return {
        "problem": m.words.problem.id,
        "draws": len(result.cost),
        "replicates": 0 if replicate is None else len(np.unique(replicate)),
        "reach": None if math.isnan(reach) else reach,
        "likely": LIKELY,
        "borne": LIKELY,
        "simulated": m.view.simulates,
        "strategies": list(result.strategies),
        "labels": list(m.labels),
        "sign": signed(m.sign, ""),
        "each": clean(m.view.each),
        "prices": [_price(m, p) for p in parts.prices],
        "lines": [_line(line, names) for line in parts.lines],
        "perspectives": [
            {
                "name": p.name,
                "label": worded(p.label, p.name),
                "lines": [k for k, x in enumerate(parts.lines) if x.payer in p.payers and x.kind in p.kinds],
                "lacking": list(parts.lacking_cost[p.name]),
            }
            for p in m.words.problem.perspectives
        ],
        "effects": [
            {**_effect(m, name, values), "lacking": list(parts.lacking_effect[name])}
            for name, values in parts.effects.items()
        ],
        "withheld": [
            {"perspective": p, "effect": e, **_kept(found)} for (p, e), found in parts.withheld.items() if _kept(found)
        ],
        "usual": {
            "perspective": options.perspective,
            "effect": options.effect,
            "threshold": default_threshold(result),
        },
    }


def _kept(found: Withheld) -> dict[str, Any]:
    """What is withheld, without what is told."""
    told = {n: getattr(found, n) for n in ("threshold", "icer", "probability", "evpi")}
    return {n: why for n, why in (told | {"strategies": list(found.strategies)}).items() if why}


def _price(m: Material, price: Price) -> dict[str, Any]:
    record = m.words.parameters[price.name]
    unit, (low, high) = UNITS[record.unit], record.distribution.interval95()
    point = float(record.distribution.point)
    reach = max(abs(point), abs(low), abs(high))
    return {
        "name": price.name,
        "label": capital(clean(record.label)),
        "unit": unit_name(record.unit, year_named(record)),
        "factor": price.factor,
        "point": point,
        "mean": float((price.drawn / price.factor).mean()),
        "from": max(unit.low, -2 * reach if low < 0 else 0.0),
        "to": _round_up(2 * reach),
        "least": None if math.isinf(unit.low) else unit.low,
        "greatest": None if math.isinf(unit.high) else unit.high,
        "values": _column(price.drawn),
    }


def _round_up(value: float) -> float:
    """The next round number."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value)


def _line(line: PricedLine, names: list[str]) -> dict[str, Any]:
    return {"prices": [names.index(n) for n in line.prices], "amount": _columns(line.amount)}


def _effect(m: Material, name: str, values: Floats) -> dict[str, Any]:
    measure = m.words.problem.effect(name)
    step = CURRENCIES[m.words.parameters.money.currency].step
    return {
        "name": name,
        "label": worded(measure.label, measure.name),
        "unit": clean(measure.unit),
        "units": clean(plural(measure.unit, 2)),
        "per": clean(measure.per),
        "thresholds": [float(x) for x in m.words.problem.thresholds.get(name) or plain_grid(step)],
        "values": _columns(values),
    }


def _columns(values: Floats) -> list[Any]:
    """By strategy, `values` [draws, strategies]."""
    found: list[Any] = []
    for i in range(values.shape[1]):
        alike = next((j for j in range(i) if np.array_equal(values[:, i], values[:, j])), None)
        found.append(_column(values[:, i]) if alike is None else {"as": alike})
    return found


def _column(values: Floats) -> float | str:
    """`values` [draws]."""
    if len(values) and np.all(values == values[0]):
        return float(values[0])
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")


def live_table(table: PsaTable, per: str) -> Data | None:
    """The same of a finished table, whose costs nobody can take apart: only the willingness to pay moves."""
    if _is_large(len(table)):
        return None
    order = [table.reference, *(i for i in range(len(table.strategies)) if i != table.reference)]
    none = "the table holds net benefit at a price already chosen"
    only = {"name": ALL, "label": "as in the table"}
    at = [float(x) for x in table.thresholds]
    found = {
        "problem": "",
        "draws": len(table),
        "replicates": 0,
        "reach": reach_of(len(table) - 1) if len(table) > 1 else None,
        "likely": LIKELY,
        "borne": 0.0,  # an evaluation tells every ratio, and beside it that draws do not bear its sign
        "simulated": True,  # its draws are the chance that there is
        "strategies": [table.strategies[i] for i in order],
        "labels": [clean(table.strategies[i]) for i in order],
        "sign": signed(table.terms.currency, ""),
        "each": "person",
        "prices": [],
        "lines": [{"prices": [], "amount": _columns(table.cost[:, order])}],
        "perspectives": [{**only, "lines": [0]}],
        "effects": [
            {**only, "unit": per, "units": plural(per, 2), "per": per, "thresholds": at}
            | {"values": _columns(table.effect[:, order])}
        ],
        "withheld": [{"perspective": ALL, "effect": ALL, "threshold": none, "icer": none}] if table.of_benefit else [],
        "usual": {"perspective": ALL, "effect": ALL, "threshold": float(table.threshold)},
    }
    return found if size_of(found) <= LARGEST else None
