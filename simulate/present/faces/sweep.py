"""A sensitivity analysis, of whichever kind: its table, its figures, and the findings in few lines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from simulate.present.english.changes import follow_up_note
from simulate.present.english.numbers import about, amount, capital, clean, in_unit, number, percent, small
from simulate.present.english.sweeps import (
    idle_sentences,
    point_words,
    price_of_effect,
    switching_sentence,
    words_of,
)
from simulate.present.terminal.layout import drawn
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
    sign = found.result.case.money.sign
    error = "" if base["mcse"] is None else f" (MCSE {about(base['mcse'], sign)})"
    yield f"Base case {about(base['value'], sign)}{error}."
    rows = [r for r in summary["rows"] if r["outcome"] == "nmb" and r["direction"] != "none"]
    columns = ("Parameter", "From", "To", "Net benefit at the first", "At the second", "Swing", "MCSE")
    yield drawn(("One parameter at a time:", columns, [_swing_row(found, r, sign) for r in rows[:SHOWN]]))
    if len(rows) > SHOWN:
        yield f"  {len(rows) - SHOWN} that move it less are in one_way.csv"
    yield from idle_sentences(found.result, found.idle)


def _swing_row(found: Any, r: dict[str, Any], sign: str) -> list[str]:
    guess = ", which nobody measured" if found.result.case.parameters[r["parameter"]].measured is False else ""
    money = [about(round(r[k] or 0.0, 2), sign) for k in ("outcome_at_low", "outcome_at_high", "swing", "swing_mcse")]
    inputs = [in_unit(r[k], r["unit"]) for k in ("low_input", "high_input")]
    return [f"{clean(r['label'])} ({r['parameter']}){guess}", *inputs, *money]


def _two_way(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    yield _heading(found, summary)
    surface = found.surface()
    base = summary["rows"][0]["incremental_nmb"]
    low, high, usual = (about(float(x), found.result.case.money.sign) for x in (surface.min(), surface.max(), base))
    yield f"Over the grid from {low} to {high}; base case {usual}."
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
    columns = ("Parameter", "First", "+-", "Total", "+-")
    told = [
        [
            f"{clean(r['label'])} ({r['parameter']})",
            *(f"{r[k] or 0.0:.2f}" for k in ("first", "first_reach", "total", "total_reach")),
        ]
        for r in rows
    ]
    yield drawn(("Share of its variance:", columns, told))


def _comparisons(found: Any, summary: dict[str, Any]) -> Iterator[str]:
    rows = summary["rows"]
    key = "scenario" if found.kind == "scenarios" else "level"
    words = words_of(found.result)
    sign = found.result.case.money.sign
    told = [
        [
            f"{clean(str(r.get('label') or r[key]))}: {words.strategy(r['strategy'])}. {capital(str(r['verdict']))}.",
            about(r["cost_mean"], sign),
            number(r["effect_mean"]),
            about(r["nmb_mean"], sign),
            amount(r["wtp"], sign),
            "" if r["p_cost_effective"] is None else percent(r["p_cost_effective"]),
        ]
        for r in rows
    ]
    columns = (capital(key), "Difference in cost", "In effect", "Net benefit", "At", "Best in")
    yield drawn((f"Differences from the comparator, per {found.result.case.each}:", columns, told))
    if (named := _scenarios(found)) is not None:
        yield from _followed_longer(named)


def _followed_longer(found: Scenarios) -> Iterator[str]:
    for name, result in found.results.items():
        if note := follow_up_note(words_of(result)):
            yield f"{clean(found.scenarios[name].label)}: {small(note)}"
