"""The CHEERS 2022 items with where the pack answers each, to be ticked by whoever reviews it.

Items are those that the report fills in, by number and title.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from parameters.units import number_of
from simulate.present.english.numbers import clean, duration, percent, prices_of
from simulate.present.report.sections.checklists import ITEMS
from simulate.result.per_person import follows_people

if TYPE_CHECKING:
    from models.contract import Quantity
    from simulate.result.result import Result

AUTHORS = "not in the pack: the authors' to write"


class Item(NamedTuple):
    """An item of the checklist: its number and name, where it is answered, and in short how."""

    number: int
    name: str
    where: str
    told: str = ""


MODEL, PRICES, TABLES = "model.txt", "results/results.xlsx, sheet Parameters", "results/incremental.csv"


def items(result: Result) -> list[Item]:
    """All twenty-eight."""
    told = _told(result)
    return [Item(n, name, where, clean(told.get(n, ""))) for n, name, where in _items()]


def _items() -> Iterator[tuple[int, str, str]]:
    for item, where in zip(ITEMS, PLACES, strict=True):
        yield item.number, item.title, where


PLACES = (  # of the items, in their order
    MODEL,  # 1: Title
    AUTHORS,  # 2: Abstract
    MODEL,  # 3: Background and objectives
    AUTHORS,  # 4: Health economic analysis plan
    MODEL,  # 5: Study population
    MODEL,  # 6: Setting and location
    MODEL,  # 7: Comparators
    MODEL,  # 8: Perspective
    MODEL,  # 9: Time horizon
    MODEL,  # 10: Discount rate
    MODEL,  # 11: Selection of outcomes
    MODEL,  # 12: Measurement of outcomes
    f"{MODEL}; {PRICES}",  # 13: Valuation of outcomes
    f"{MODEL}; results/results.xlsx, sheets Statistics and Prices",
    f"{MODEL}; results/inputs/price_index.toml",  # 15: Currency, price date, and conversion
    MODEL,  # 16: Rationale and description of model
    f"{MODEL}; {PRICES}, the assumed first",  # 17: Analytics and assumptions
    "results/subgroups.csv, where it was asked for",  # 18: Characterizing heterogeneity
    "not in the pack, unless `recovery-cea equity` was run",  # 19: Characterizing distributional effects
    "results/psa.csv, results/ceac.csv, results/evpi.csv",  # 20: Characterizing uncertainty
    AUTHORS,  # 21: Approach to engagement with patients and others affected by the study
    f"{PRICES}; results/inputs/; {MODEL}",  # 22: Study parameters
    f"{TABLES}; results/results.xlsx, sheet Answer",  # 23: Summary of main results
    "results/ceac.csv, results/evpi.csv; results/summary.json, assumed and noise",  # 24: Effect of uncertainty
    AUTHORS,  # 25: Effect of engagement with patients and others affected by the study
    f"{AUTHORS}; beginning with {MODEL}",  # 26: Study findings, limitations, generalizability, and current knowledge
    AUTHORS,  # 27: Source of funding
    AUTHORS,  # 28: Conflicts of interest
)


def _told(result: Result) -> Mapping[int, str]:
    """What is known of an item here, by number."""
    case, o = result.case, result.options
    problem, setting = case.problem, case.setting
    labels = {s.id: s.label for s in problem.strategies}
    costs, effects = (_rate(result, q) for q in (problem.discount_costs, problem.discount_effects))
    effect = problem.effect(o.effect)
    people = f" of {number_of(o.people, 'person')}" if follows_people(result) else ", with nobody simulated"
    return {
        1: problem.label,
        6: setting.label,
        7: "; ".join(labels.get(s, s) for s in result.strategies),
        8: problem.perspective(o.perspective).label,
        9: duration(result.statistics.horizon),
        10: f"costs {costs}, effects {effects} a year",
        11: f"{effect.label}, in {effect.unit}",
        15: prices_of(case.money),
        20: f"{number_of(o.draws, 'draw')}{people}, seed {o.seed}",
    }


def _rate(result: Result, rate: Quantity) -> str:
    """A discount rate at the estimates."""
    if isinstance(rate, (int, float)):
        return percent(rate)
    if not isinstance(rate, str) or rate not in result.case.parameters:
        return "by an expression"
    return percent(float(result.case.parameters[rate].distribution.point))


def as_markdown(found: list[Item], title: str) -> str:
    """A list with boxes to be ticked, as many editors show it."""
    return "\n".join([f"# {clean(title)}", "", *(f"- [ ] {_line(item)}" for item in found), ""])


def _line(item: Item) -> str:
    told = f" ({_plain(item.told)})" if item.told else ""
    return f"**{item.number} {item.name}**: {item.where}{told}"


def _plain(text: str) -> str:
    """A text of files in Markdown, none of it read as markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|!" else c for c in text)


def as_html(found: list[Item], title: str) -> str:
    """The same as a page by itself, with boxes that can be ticked and room for a note; nothing is loaded by it."""
    return "\n".join([_HEAD.format(title=escape(clean(title))), *_rows(found), "</table>", "</body>", "</html>", ""])


_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ font-family: sans-serif; max-width: 70em; margin: 2em auto }}
td, th {{ border: 1px solid #999; padding: .4em; text-align: left; vertical-align: top }}
table {{ border-collapse: collapse; width: 100% }} input[type=text] {{ width: 98% }}</style>
</head>
<body>
<h1>{title}</h1>
<p>Tick what is answered to your satisfaction, and print the page or save it as PDF.</p>
<table>
<tr><th>Done</th><th>No.</th><th>CHEERS 2022</th><th>Where in the pack</th><th>In short</th><th>Note</th></tr>"""


def _rows(found: list[Item]) -> Iterator[str]:
    for item in found:
        cells = (str(item.number), item.name, item.where, item.told)
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        box = f'<input type="checkbox" aria-label="item {item.number}">'
        yield f'<tr><td>{box}</td>{told}<td><input type="text" aria-label="note on item {item.number}"></td></tr>'
