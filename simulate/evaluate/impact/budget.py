"""What adopting a strategy does to budgets: by calendar year and payer, as a return, by month, and if done better.

Amounts are money, undiscounted. Increments are new minus comparator: a positive impact is money spent, a saving is
comparator minus new.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from models.economics import Kind, Payer
from parameters.arrays import Floats
from parameters.units import MONTHS_PER_YEAR
from simulate.evaluate.decision.acceptability import refuse_not_finite, refuse_repeated
from simulate.evaluate.uncertainty.precision import mean_and_interval

if TYPE_CHECKING:
    import pandas as pd

Timing = Literal["uniform", "start"]
Column = tuple[Payer, Kind]
COLUMN_ENDS: Mapping[Kind, str | None] = {  # of a column's name, after the payer's; None: another item contains it
    "resource": "",
    "transfer": "_transfers",
    "opportunity": None,
}
TOTAL = "total"


def payer_name(column: Column) -> str:
    """The payer, and that of its transfers apart."""
    payer, kind = column
    return f"{payer}{COLUMN_ENDS[kind]}"


def budget_impact(
    cumulative: npt.ArrayLike,
    months: npt.ArrayLike,
    entering: npt.ArrayLike,
    uptake: npt.ArrayLike,
    *,
    payers: Sequence[str] | None = None,
    counted: Sequence[bool] | None = None,
    prevalent: float = 0.0,
    timing: Timing = "uniform",
    new: int = 1,
    comparator: int = 0,
) -> pd.DataFrame:
    """One row a calendar year and payer, and a ``total``: ``mean``, ``low``, ``high`` (95%), new minus comparator.

    Arguments are those of ``impact_by_draw``; the total is over the payers `counted` (all, when not given).
    """
    import pandas as pd

    found = impact_by_draw(
        cumulative, months, entering, uptake, prevalent=prevalent, timing=timing, new=new, comparator=comparator
    )
    names, kept = _payers(found.shape[2], payers, counted)
    whole = np.concatenate([found, found[:, :, kept].sum(axis=2, keepdims=True)], axis=2)
    rows = [
        {"calendar_year": c + 1, "payer": name, **mean_and_interval(whole[:, c, p])}
        for c in range(whole.shape[1])
        for p, name in enumerate([*names, TOTAL])
    ]
    return pd.DataFrame(rows)


def impact_by_draw(
    cumulative: npt.ArrayLike,
    months: npt.ArrayLike,
    entering: npt.ArrayLike,
    uptake: npt.ArrayLike,
    *,
    prevalent: float = 0.0,
    timing: Timing = "uniform",
    new: int = 1,
    comparator: int = 0,
) -> Floats:
    """What an open cohort adds to the budget, new minus comparator, money, [draws, calendar years, payers].

    `cumulative` [draws, strategies, times, payers] is cost per person from entry up to `months` [times] since then (0,
    then rising), undiscounted: at 0 what falls due on entry. Between two of these times cost is even, and nothing is
    counted after the last.

    `entering` [calendar years] people become eligible in each calendar year, and `uptake` [calendar years] of those who
    enter in a year get the new strategy; the others, and everybody without the decision, get the comparator. They enter
    evenly through the year (``uniform``), or all on its first day (``start``). `prevalent` people are eligible at the
    start and enter on the first day, with the uptake of the first year. ``ValueError`` names what does not fit.
    """
    cost, at, people, share = (np.asarray(x, dtype=np.float64) for x in (cumulative, months, entering, uptake))
    _check(cost, at, people, share, prevalent, new, comparator)
    more = cost[:, new] - cost[:, comparator]  # [draw, time, payer]
    whole = _spread(more, at, "start")
    spread = whole if timing == "start" else _spread(more, at, timing)
    found = np.zeros((len(cost), len(people), cost.shape[3]))
    for c in range(len(people)):
        for k in range(max(0, c - spread.shape[1] + 1), c + 1):
            found[:, c] += people[k] * share[k] * spread[:, c - k]
        if c < whole.shape[1]:
            found[:, c] += prevalent * share[0] * whole[:, c]
    return found


def _spread(cumulative: Floats, months: Floats, timing: Timing) -> Floats:
    """Cost of one entrant by calendar year from the year of entry, [draw, calendar year, payer].

    Who enters a part u of a year before its end has cost C(u) by then, C(1 + u) a year later, and so on: on average the
    integral of the cumulative cost C over each year since entry, if u is even; C at its end, if all enter at the start.
    """
    ends = np.arange(1, math.ceil(float(months[-1]) / MONTHS_PER_YEAR) + 2) * MONTHS_PER_YEAR
    knots = np.union1d(months, np.append(0.0, ends))
    level = np.stack([np.interp(knots, months, unit) for unit in np.eye(len(months))], axis=1)  # [knot, time]
    if timing == "start":
        upto = level[np.isin(knots, ends)]
    else:
        area = (level[1:] + level[:-1]) / 2 * np.diff(knots)[:, None] / MONTHS_PER_YEAR
        upto = np.add.reduceat(area, np.flatnonzero(np.isin(knots, np.append(0.0, ends[:-1]))), axis=0)
    weights = np.diff(upto, axis=0, prepend=0.0)  # [calendar year, time]
    return np.asarray(np.einsum("ct,dtp->dcp", weights, cumulative))


def _check(
    cost: Floats, months: Floats, people: Floats, share: Floats, prevalent: float, new: int, comparator: int
) -> None:
    if cost.ndim != 4 or not all(cost.shape):
        raise ValueError(f"cumulative: shape {cost.shape}; must be [draws, strategies, times, payers], none empty")
    refuse_not_finite(cost, "cumulative")
    refuse_not_finite(months, "months")
    if months.shape != cost.shape[2:3] or len(months) < 2 or months[0] != 0 or (np.diff(months) <= 0).any():
        raise ValueError(f"months: {months}; must be 0 and then rise, one for each of {cost.shape[2]} times, 2 or more")
    if people.ndim != 1 or people.shape != share.shape or not len(people):
        raise ValueError(f"entering and uptake: shapes {people.shape} and {share.shape}; one of each a calendar year")
    if not (np.isfinite(people).all() and (people >= 0).all() and 0 <= prevalent < np.inf):
        raise ValueError("entering and prevalent: must be finite numbers of people, 0 or more")
    if not ((share >= 0) & (share <= 1)).all():
        raise ValueError("uptake: must lie in 0 to 1")
    for name, position in (("new", new), ("comparator", comparator)):
        if not 0 <= position < cost.shape[1]:
            raise ValueError(f"{name}: {position}; must be a position from 0 to {cost.shape[1] - 1}")


# --- return on investment ---------------------------------------------------------------------------


def return_on_investment(
    delivery: npt.ArrayLike,
    saving: npt.ArrayLike,
    *,
    payers: Sequence[str] | None = None,
    counted: Sequence[bool] | None = None,
    cashable: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """What comes back for each pound of delivery: one row a payer and a ``total`` over those `counted`.

    `delivery` [draws, payers]: cost of delivering the new strategy, new minus comparator, money per person. `saving`
    [draws, payers]: fall of every other cost, comparator minus new, and `cashable` that part of it that frees money,
    where it is known. Columns: ``delivery_cost``; ``gross_saving``; ``per_pound``, the ratio of the mean gross saving
    to the mean delivery cost of all payers counted (so that payers add up), with the 2.5th and 97.5th centile of the
    ratio over draws; ``net_saving``, gross saving less the payer's own delivery cost; ``p_net_saving``, the share of
    draws in which it is positive; ``cashable_saving`` and ``cashable_per_pound``, NaN where not known. Where delivery
    costs nothing there is no ratio: NaN.
    """
    import pandas as pd

    spent, saved = (np.asarray(x, dtype=np.float64) for x in (delivery, saving))
    if spent.ndim != 2 or spent.shape != saved.shape:
        raise ValueError(f"delivery and saving: shapes {spent.shape} and {saved.shape}; both must be [draws, payers]")
    refuse_not_finite(spent, "delivery")
    refuse_not_finite(saved, "saving")
    names, kept = _payers(spent.shape[1], payers, counted)
    free = np.full(saved.shape, np.nan) if cashable is None else np.asarray(cashable, dtype=np.float64)
    if free.shape != saved.shape:
        raise ValueError(f"cashable: shape {free.shape}; must be that of saving, {saved.shape}")
    invested = spent[:, kept].sum(axis=1)
    rows = [
        _returned(name, bool(kept[p]), spent[:, p], saved[:, p], free[:, p], invested) for p, name in enumerate(names)
    ]
    total = [x[:, kept].sum(axis=1) for x in (spent, saved, free)]
    return pd.DataFrame([*rows, _returned(TOTAL, True, total[0], total[1], total[2], invested)])


def _returned(name: str, counted: bool, spent: Floats, saved: Floats, free: Floats, invested: Floats) -> dict[str, Any]:
    net = saved - spent
    low, high = _ratio_interval(saved, invested)
    gross = {f"gross_saving_{k}": v for k, v in mean_and_interval(saved).items()}
    left = {f"net_saving_{k}": v for k, v in mean_and_interval(net).items()}
    return {
        "payer": name,
        "counted": counted,
        "delivery_cost": float(spent.mean()),
        **gross,
        "per_pound": _ratio(saved, invested),
        "per_pound_low": low,
        "per_pound_high": high,
        **left,
        "p_net_saving": float((net > 0).mean()),
        "cashable_saving": float(free.mean()),
        "cashable_per_pound": _ratio(free, invested),
    }


def _ratio(saved: Floats, invested: Floats) -> float:
    return float(saved.mean() / invested.mean()) if invested.mean() > 0 else float("nan")


def _ratio_interval(saved: Floats, invested: Floats) -> tuple[float, float]:
    if not (invested > 0).all():
        return float("nan"), float("nan")
    low, high = np.quantile(saved / invested, [0.025, 0.975])
    return float(low), float(high)


# --- payback ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Payback:
    """When a strategy has paid for itself."""

    month: float | None  # from which the mean cumulative net saving stays at 0 or more; None: not in the follow-up
    within: float  # months
    probability: float | None  # share of draws that pay back within so many months; None where it is not told


def payback(cumulative: npt.ArrayLike, months: npt.ArrayLike, within: float = 12.0) -> Payback:
    """The month from which the cumulative net saving is never below 0 again, and how likely it is within `within`.

    `cumulative` [draws, times]: net saving from entry up to `months` [times] (rising), comparator minus new, money.
    """
    values, at = np.asarray(cumulative, dtype=np.float64), np.asarray(months, dtype=np.float64)
    if values.ndim != 2 or values.shape[1:] != at.shape or not len(values) or (np.diff(at) <= 0).any():
        raise ValueError(f"cumulative: shape {values.shape}; must be [draws, times] for {at.shape} rising months")
    mean = _paid_from(values.mean(axis=0)[None], at)[0]
    found = _paid_from(values, at)
    return Payback(float(mean) if np.isfinite(mean) else None, within, float((found <= within).mean()))


def paid_back(cumulative: Floats, months: Floats) -> Floats:
    """Share of draws whose `cumulative` net saving [draws, times] is never below 0 from each month on, [times]."""
    return np.asarray((_paid_from(cumulative, months)[:, None] <= months).mean(axis=0))


def _paid_from(values: Floats, at: Floats) -> Floats:
    """The first time from which a row stays at 0 or more, [rows]; infinite where it ends below."""
    below = values < 0
    first = below.shape[1] - np.argmax(below[:, ::-1], axis=1)  # after the last time below 0
    first = np.where(below.any(axis=1), first, 0)
    return np.append(at, np.inf)[first]


# --- implementation ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gain:
    """The expected gain in net benefit from delivering a strategy better, full minus today's."""

    mean: float  # money per eligible person
    low: float
    high: float
    probability: float | None  # that it is positive; None where it is not told
    population: float  # money, of `people` eligible persons


def value_of_implementation(today: npt.ArrayLike, full: npt.ArrayLike, people: float = 1.0) -> Gain:
    """What raising uptake and fidelity from today's to full is worth, before what that itself would cost.

    `today` and `full` [draws]: net benefit of the strategy as delivered today and in full, per eligible person, on
    the same people and draws. (Fenwick, Claxton & Sculpher 2008, Med Decis Making 28:21, call it that.)
    """
    a, b = (np.asarray(x, dtype=np.float64) for x in (today, full))
    refuse_not_finite(a, "today")
    refuse_not_finite(b, "full")
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise ValueError(f"today and full: shapes {a.shape} and {b.shape}; both must be [draws]")
    gain = b - a
    found = mean_and_interval(gain)
    return Gain(found["mean"], found["low"], found["high"], float((gain > 0).mean()), found["mean"] * people)


# --- shared -----------------------------------------------------------------------------------------


def _payers(
    n: int, payers: Sequence[str] | None, counted: Sequence[bool] | None
) -> tuple[list[str], npt.NDArray[np.bool_]]:
    names = [f"payer_{p + 1}" for p in range(n)] if payers is None else list(payers)
    kept = np.ones(n, dtype=np.bool_) if counted is None else np.asarray(counted, dtype=np.bool_)
    refuse_repeated(names, "payers")
    if len(names) != n or kept.shape != (n,):
        raise ValueError(f"payers and counted: {len(names)} and {len(kept)} given for {n} payers")
    return names, kept
