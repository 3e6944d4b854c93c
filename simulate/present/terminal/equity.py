"""The distribution of costs and health by subgroup as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulate.present.english.numbers import about, number, percent
from simulate.present.terminal.impact import frame_rows

if TYPE_CHECKING:
    from simulate.result.priorities.equity import Equity


def told_equity(found: Equity) -> Iterator[str]:
    """One line a level, then what it is worth by aversion."""
    yield f"{found.strategy} against {found.result.strategies[0]}, new minus comparator, per person, 95% intervals:"
    for r in frame_rows(found.groups):
        yield (
            f"  {r['level']}: cost {about(r['cost_mean'])} ({about(r['cost_low'])} to {about(r['cost_high'])}), QALYs"
            f" {number(r['effect_mean'])}, net health benefit {number(r['net_health_mean'])}"
            f" ({number(r['net_health_low'])} to {number(r['net_health_high'])}); cost-effective with probability"
            f" {percent(r['p_cost_effective'])}"
        )
    yield "\nEquity-weighted net health benefit, QALYs per person:"
    for r in frame_rows(found.weighted):
        between = f"{number(r['value_low'])} to {number(r['value_high'])}"
        yield f"  {r['index']} {r['aversion']:g}: {number(r['value_mean'])} ({between})"
