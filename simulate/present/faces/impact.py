"""Budget impact by year and payer, what comes back for a pound, payback by month, and better delivery."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from parameters import Money
from parameters.money.currencies import signed
from simulate.present.english.numbers import AT_LEAST, NARROW, about, percent, titled
from simulate.present.english.payers import payback_words, payer_words
from simulate.present.english.prose import people_words
from simulate.present.english.sweeps import price_of_effect, words_of
from simulate.present.terms.face import Face, kind_of
from simulate.result.per_person import follows_people

if TYPE_CHECKING:
    import pandas as pd

    from simulate.analyse.impact import Impact
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)


def face(found: Impact) -> Face:
    """What the impact on budgets shows."""
    return Face(
        kind=KIND,
        data=found.summary(),
        lines=lambda: lines(found),
        tables=tables(found),
        figures=lambda: figures(found),
        simulated=found.result,
        rests_on=found.result,
        manifest={"people": found.result.options.people, "strategy": found.strategy},
    )


def tables(found: Impact) -> dict[str, pd.DataFrame]:
    """By calendar year, by payer, and by month since entry."""
    code = found.result.case.money.currency.lower()
    return {
        "budget": _renamed(found.budget, f"new_minus_comparator_{code}"),
        "returns": found.returns,
        "months": _renamed(found.months, f"saving_per_person_{code}"),
    }


def figures(found: Impact) -> Iterator[Drawing]:
    """Money by calendar year, and by month since entry."""
    from simulate.present.figures.decision import budget

    yield budget.draw_years(found)
    yield budget.draw_months(found)


def lines(found: Impact) -> Iterator[str]:
    """Total by year, returns by payer, payback, and what better delivery is worth."""
    money = found.result.case.money
    sign, one = money.sign, signed(money.sign, "1")
    years = [r for r in found.budget.to_dict("records") if r["payer"] == "total"]
    narrow = AT_LEAST * (found.strategy in found.result.withheld.strategies)
    w = words_of(found.result)
    new, old = w.strategy(found.strategy), w.strategy(found.result.strategies[0])
    yield f"{new} against {old}, undiscounted, {_year(money)}."
    yield "\nBudget impact of the payers counted, new minus comparator (positive: money spent), with 95% interval:"
    for row in years:
        between = f"{narrow}{about(row['low'], sign)} to {about(row['high'], sign)}"
        yield f"  year {row['calendar_year']}: {about(row['mean'], sign)} ({between})"
    if narrow:
        yield NARROW
    yield f"\nFor each {found.result.case.each}, comparator minus new (positive: money saved):"
    for row in found.returns.to_dict("records"):
        back = row[f"per_{money.unit}"]
        told = f"{'-' * (round(back, 2) < 0)}{signed(sign, f'{abs(back):,.2f}')}"
        ratio = "" if back != back else f"; {told} back for each {one} spent"
        chance = row["p_net_saving"]
        positive = (
            "how often that is positive nobody has measured" if chance != chance else f"positive in {percent(chance)}"
        )
        name = "all payers counted" if row["payer"] == "total" else payer_words(row["payer"])
        yield (
            f"  {name}: delivery {about(row['delivery_cost'], sign)}, gross saving"
            f" {about(row['gross_saving_mean'], sign)}, net saving {about(row['net_saving_mean'], sign)}"
            f" ({positive}){ratio}"
        )
    if found.unknown_cashable:
        yield f"  cashable share not given (--cashable ITEM=SHARE): {_items(found)}"
    yield "\n" + payback_words(found)
    if follows_people(found.result):
        yield (
            "\nIntervals and probabilities over draws hold what the evidence leaves open and chance between the"
            f" {found.result.options.people:,} people of each draw."
        )
        if words := people_words({"cost": found.by_people}):
            yield f"Warning: {words} So it is with the probabilities."
    if found.gains:
        yield f"\nBetter implementation, at {price_of_effect(found.result, found.threshold or 0.0)}:"
    for name, gain in found.gains.items():
        between = f"{narrow}{about(gain.low, sign)} to {about(gain.high, sign)}"
        yield f"  Full {name}: {about(gain.mean, sign)} of net benefit a {found.result.case.each} ({between})"


def _year(money: Money) -> str:
    return f"{money.sign} of {'the base year' if money.is_usual else money.price_year}"


def _renamed(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """The frame whose mean, low and high say what they are of, with its sign and unit."""
    return frame.rename(columns={"mean": what, "low": f"{what}_low", "high": f"{what}_high"})


def _items(found: Impact) -> str:
    """Cost items whose cashable share is not given, by label and id."""
    labels = {c.name: c.label for c in found.result.case.problem.costs}
    return ", ".join(titled(labels.get(name, ""), name) for name in found.unknown_cashable)
