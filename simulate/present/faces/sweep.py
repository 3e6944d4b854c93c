"""A sensitivity analysis, of whichever kind: its table, its figures, and the findings in few lines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from simulate.present.english.numbers import bare, clean, in_unit
from simulate.present.english.sweeps import (
    idle_sentences,
    point_words,
    price_of_effect,
    switching_sentence,
    words_of,
)
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.sweep import Sweep
    from simulate.analyse.sweep.scenario_file import Scenarios
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)
SHOWN = 15  # rows on a terminal


def face(found: Sweep) -> Face:
    """What a sensitivity analysis shows."""
    summary, named = found.summary(), _scenarios(found)
    return Face(
        kind=KIND,
        data=summary,
        lines=lambda: lines(found, summary),
        tables={found.kind: found.table()},
        others={} if named is None else {"scenarios.toml": lambda path: path.write_bytes(named.content)},
        figures=lambda: figures(found),
        simulated=found.result,
        rests_on=found.result,
        manifest={"sweep": found.kind, "people": found.result.options.people, **_file_row(named)},
        listed=(f"{found.kind}.csv", "summary.json", "figures/"),
    )


def _scenarios(found: Sweep) -> Scenarios | None:
    """Scenarios, which come from a file; None for any other sweep."""
    from simulate.analyse.sweep.scenario_file import Scenarios

    return found if isinstance(found, Scenarios) else None


def _file_row(named: Scenarios | None) -> dict[str, Any]:
    if named is None:
        return {}
    return {"scenarios": {"file": str(named.file), "sha256": hashlib.sha256(named.content).hexdigest()}}


def figures(found: Any) -> Iterator[Drawing]:
    """The figures of a kind: three tornadoes, or one of the others."""
    from simulate.present.figures.sensitivity import sweep, sweep_dots

    if found.kind == "one_way":
        yield from (sweep.draw_tornado(found, outcome) for outcome in ("nmb", "cost", "effect"))
        return
    one: dict[str, Callable[[Any], Drawing]] = {
        "two_way": sweep.draw_two_way,
        "threshold": sweep.draw_switching,
        "scenarios": sweep_dots.draw_scenarios,
        "subgroups": sweep_dots.draw_subgroups,
        "sobol": sweep_dots.draw_sobol,
    }
    yield one[found.kind](found)


def lines(found: Sweep, summary: dict[str, Any]) -> list[str]:
    """The findings as lines of text."""
    kinds: dict[str, Callable[[Any, dict[str, Any]], Iterator[str]]] = {
        "one_way": _one_way,
        "two_way": _two_way,
        "threshold": _threshold,
        "sobol": _sobol,
    }
    return list(kinds.get(found.kind, _comparisons)(found, summary))


def _heading(found: Any, summary: dict[str, Any]) -> str:
    w = words_of(found.result)
    return (
        f"{w.strategy(summary['strategy'])} against {w.strategy(summary['versus'])}: incremental net benefit,"
        f" {w.sign} per {found.result.case.each}, at {price_of_effect(found.result, summary['wtp'])}."
    )


def _one_way(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    base = summary["base"]["nmb"]
    yield _heading(found, summary)
    yield f"Base case {base['value']:,.0f}" + ("" if base["mcse"] is None else f" (MCSE {base['mcse']:,.0f})")
    rows = [r for r in summary["rows"] if r["outcome"] == "nmb" and r["direction"] != "none"]
    wide = 2 + max((len(r["parameter"]) for r in rows), default=10)
    yield f"  {'':<{wide}}{'low':>10}{'high':>10}{'at low':>10}{'at high':>10}{'swing':>10}{'MCSE':>8}"
    for r in rows[:SHOWN]:
        yield (
            f"  {r['parameter']:<{wide}}{r['low_input']:>10.4g}{r['high_input']:>10.4g}{r['outcome_at_low']:>10,.0f}"
            f"{r['outcome_at_high']:>10,.0f}{r['swing']:>10,.0f}{r['swing_mcse'] or 0:>8,.0f}"
        )
        reach = f"{bare(r['low_input'], r['unit'])} to {in_unit(r['high_input'], r['unit'])}"
        guess = found.result.case.parameters[r["parameter"]].measured is False
        yield f"    {clean(r['label'])}: {reach}{', which nobody measured' if guess else ''}"
    if len(rows) > SHOWN:
        yield f"  {len(rows) - SHOWN} that move it less are in one_way.csv"
    yield from idle_sentences(found.result, found.idle)


def _two_way(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    yield _heading(found, summary)
    surface = found.surface()
    base = summary["rows"][0]["incremental_nmb"]
    yield f"Over the grid from {surface.min():,.0f} to {surface.max():,.0f}; base case {base:,.0f}."
    if surface.min() >= 0 or surface.max() <= 0:
        yield "The decision does not switch anywhere on the grid."
    else:
        yield f"The new strategy is worth having in {(surface > 0).mean():.0%} of the grid's cells."


def _threshold(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    yield _heading(found, summary)
    yield switching_sentence(found)
    unit = summary["parameter"]["unit"]
    for s in (*summary["switches"], *summary["outside"]):
        yield f"  {point_words(s['value'], unit, s['mcse'])}: {s['how']}"
    yield from idle_sentences(found.result, found.idle)


def _sobol(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    yield _heading(found, summary)
    rows = [r for r in summary["rows"] if r["outcome"] == "nmb"][:SHOWN]
    wide = 2 + max(len(r["parameter"]) for r in rows)
    yield f"  {'share of its variance':<{wide}}{'first':>8}{'+-':>7}{'total':>8}{'+-':>7}"
    for r in rows:
        numbers = (r[k] or 0.0 for k in ("first", "first_reach", "total", "total_reach"))
        yield f"  {r['parameter']:<{wide}}" + "".join(
            f"{x:>{w}.2f}" for x, w in zip(numbers, (8, 7, 8, 7), strict=True)
        )
        yield f"    {clean(r['label'])}"


def _comparisons(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    rows = summary["rows"]
    key = "scenario" if found.kind == "scenarios" else "level"
    names = [f"{r[key]}: {words_of(found.result).strategy(r['strategy'])}" for r in rows]
    wide = 2 + max(map(len, names))
    sign = found.result.case.money.sign
    first = f"increments per {found.result.case.each}"
    yield f"  {first:<{wide}}{f'cost, {sign}':>9}{'effect':>9}{f'at {sign}':>8}{f'NMB, {sign}':>9}{'best':>7}  verdict"
    for name, r in zip(names, rows, strict=True):
        chance = "" if r["p_cost_effective"] is None else f"{r['p_cost_effective']:.0%}"
        yield (
            f"  {name:<{wide}}{r['cost_mean']:>9,.0f}{r['effect_mean']:>9.3g}{r['wtp']:>8,.0f}{r['nmb_mean']:>9,.0f}"
            f"{chance:>7}  {r['verdict']}"
        )
