"""The distribution of costs and health by subgroup, and what it is worth when inequality counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from simulate.present.english.numbers import AT_LEAST, about, number, percent
from simulate.present.english.sweeps import words_of
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.present.figures.style import Drawing
    from simulate.result.priorities.equity import Equity

KIND = kind_of(__name__)


def face(found: Equity) -> Face:
    """What an analysis of equity shows."""
    return Face(
        kind=KIND,
        data=found.summary(),
        lines=lambda: lines(found),
        tables={"groups": found.groups, "weighted": found.weighted},
        figures=lambda: figures(found),
        simulated=found.result,
        rests_on=found.result,
        manifest={"people": found.result.options.people, "baseline": asdict(found.baseline)},
    )


def figures(found: Equity) -> Iterator[Drawing]:
    """The worth by aversion, and the equity impact plane."""
    from simulate.present.figures.decision import equity

    yield equity.draw_weighted(found)
    yield equity.draw_plane(found)


def lines(found: Equity) -> Iterator[str]:
    """One line a level, then what it is worth by aversion."""
    sign = found.result.case.money.sign
    w = words_of(found.result)
    new, old = w.strategy(found.strategy), w.strategy(found.result.strategies[0])
    yield f"{new} against {old}, new minus comparator, per person, 95% intervals:"
    for r in found.groups.to_dict("records"):
        chance = r["p_cost_effective"]
        narrow = AT_LEAST * (chance != chance)
        yield (
            f"  {r['level']}: cost {about(r['cost_mean'], sign)} ({narrow}{about(r['cost_low'], sign)} to"
            f" {about(r['cost_high'], sign)}),"
            f" QALYs {number(r['effect_mean'])}, net health benefit {number(r['net_health_mean'])}"
            f" ({narrow}{number(r['net_health_low'])} to {number(r['net_health_high'])}); cost-effective with"
            f" probability {'not known' if chance != chance else percent(chance)}"
        )
    yield "\nEquity-weighted net health benefit, QALYs per person:"
    for r in found.weighted.to_dict("records"):
        between = f"{number(r['value_low'])} to {number(r['value_high'])}"
        yield f"  {r['index']} {r['aversion']:g}: {number(r['value_mean'])} ({between})"
