"""Budget impact and league tables as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from simulate.present.figures.budget import payback_words, payer_words
from simulate.present.words import about, number, percent, pounds

if TYPE_CHECKING:
    import pandas as pd

    from simulate.equity import Equity
    from simulate.impact import Impact
    from simulate.league import League
    from simulate.virtual import VirtualTrials


def told(found: Impact) -> Iterator[str]:
    """Total by year, returns by payer, payback, and what better delivery is worth."""
    years = [r for r in _rows(found.budget) if r["payer"] == "total"]
    yield f"{found.strategy} against {found.result.strategies[0]}, undiscounted, £ of the base year."
    yield "\nBudget impact of the payers counted, new minus comparator (positive: money spent), with 95% interval:"
    for row in years:
        yield f"  year {row['calendar_year']}: {about(row['mean'])} ({about(row['low'])} to {about(row['high'])})"
    yield "\nFor each person, comparator minus new (positive: money saved):"
    for row in _rows(found.returns):
        back = row["per_pound"]
        ratio = "" if back != back else f"; {'-' * (round(back, 2) < 0)}£{abs(back):,.2f} back for each £1 spent"
        name = "all payers counted" if row["payer"] == "total" else payer_words(row["payer"])
        yield (
            f"  {name}: delivery {about(row['delivery_cost'])}, gross saving {about(row['gross_saving_mean'])},"
            f" net saving {about(row['net_saving_mean'])} (positive in {percent(row['p_net_saving'])}){ratio}"
        )
    if found.unknown_cashable:
        yield f"  cashable share not given (--cashable ITEM=SHARE): {', '.join(found.unknown_cashable)}"
    yield "\n" + payback_words(found)
    if found.gains:
        unit = found.result.case.problem.effect(found.result.options.effect or "").unit
        yield f"\nBetter implementation, at {pounds(found.threshold or 0.0)} per {unit}:"
    for name, gain in found.gains.items():
        yield f"  Full {name}: {about(gain.mean)} of net benefit a person ({about(gain.low)} to {about(gain.high)})"


def told_league(found: League) -> Iterator[str]:
    """One line a programme, best first within its unit of effect, and what the budget reaches."""
    for unit, group in groupby(_rows(found.table), key=lambda r: r["unit"]):
        rows = list(group)
        yield f"\nPer {unit}, at £{rows[0]['threshold']:,.0f} each; new minus comparator, 95% intervals:"
        for r in rows:
            share = r["funded"]
            place = "funded" if share == 1 else f"{percent(share)} funded" if share else "not funded"
            yield (
                f"  {r['programme']} ({r['setting']}): cost {about(r['cost'])} ({about(r['cost_low'])} to"
                f" {about(r['cost_high'])}), effect {number(r['effect'])}, {r['verdict']}; cost-effective with"
                f" probability {percent(r['p_cost_effective'])}; {r['people']:,.0f} people, outlay"
                f" {about(r['outlay'])}: {place}"
            )


def told_equity(found: Equity) -> Iterator[str]:
    """One line a level, then what it is worth by aversion."""
    yield f"{found.strategy} against {found.result.strategies[0]}, new minus comparator, per person, 95% intervals:"
    for r in _rows(found.groups):
        yield (
            f"  {r['level']}: cost {about(r['cost_mean'])} ({about(r['cost_low'])} to {about(r['cost_high'])}), QALYs"
            f" {number(r['effect_mean'])}, net health benefit {number(r['net_health_mean'])}"
            f" ({number(r['net_health_low'])} to {number(r['net_health_high'])}); cost-effective with probability"
            f" {percent(r['p_cost_effective'])}"
        )
    yield "\nEquity-weighted net health benefit, QALYs per person:"
    for r in _rows(found.weighted):
        between = f"{number(r['value_low'])} to {number(r['value_high'])}"
        yield f"  {r['index']} {r['aversion']:g}: {number(r['value_mean'])} ({between})"


def told_virtual(found: VirtualTrials) -> Iterator[str]:
    """What was repeated, then a line a figure, and where the published one lies."""
    people = " and ".join(f"{n:,}" for n in found.arms.values())
    yield f"{found.trials:,} virtual trials of {people} people: {' and '.join(found.arms)}; means and 90% bands."
    for r in _rows(found.table()):
        tell = percent if r["kind"] == "probability" else number
        yield f"\n{r['figure']}: published {tell(r['published'])}"
        for name, words in (("modelled", "effects as modelled"), ("no_effect", "no effect at all   ")):
            mean, low, high = (tell(r[f"{name}_{k}"]) for k in ("mean", "low", "high"))
            yield f"  {words}: {mean} ({low} to {high}); {percent(r[f'{name}_rank'])} of the trials lie below it"
    yield "\nA published figure that is common under both says little of the service."


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
