"""Structural alternatives side by side and averaged: tables, figures, and the finding in few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulate.evaluate.decision.table import Table
from simulate.present.english.numbers import about, capital, clean, listed, number, percent, sentence, small, worded
from simulate.present.english.sweeps import price_of_effect, words_of
from simulate.present.terminal.layout import drawn
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.credibility.structure import Structures
    from simulate.present.figures.style import Drawing

KIND = kind_of(__name__)
TOLD = 5  # parameters whose EVPPI is printed beside the structures'


def face(found: Structures) -> Face:
    """What structural alternatives show."""
    summary = found.summary()
    return Face(
        kind=KIND,
        data=summary,
        lines=lambda: lines(found, summary),
        tables=tables(found),
        figures=lambda: figures(found),
        simulated=found,
        manifest={"people": found.options.people, "weights": dict(found.weights)},
    )


def tables(found: Structures) -> dict[str, Table]:
    """Increments, acceptability, the joint sample, and what structures and parameters are worth knowing."""
    told = {"structure": found.rows, "evppi_of_structure": found.learnt_rows(), "evppi": found.parameters}
    more = {name: _table(rows) for name, rows in told.items() if rows}
    return {"structure": more.pop("structure"), "ceac": found.ceac_table, "psa": found.average.psa_table, **more}


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def figures(found: Structures) -> Iterator[Drawing | None]:
    """Increments of each alternative, and acceptability of each and on average."""
    from simulate.present.figures.credibility import structure

    yield structure.draw_increments(found)
    yield structure.draw_acceptability(found)


def lines(found: Structures, summary: dict[str, Any]) -> Iterator[str]:
    """What was run, the increments, what the structure is worth knowing, and the finding."""
    w, result = words_of(found.average), found.average
    at = price_of_effect(result, found.threshold)
    yield f"{worded(w.problem.label, w.problem.id)}: structural alternatives with the same draws and people, at {at}."
    yield from _weight_lines(found, summary)
    yield drawn(
        (
            f"Differences from {w.strategy(found.strategies[0])}, per {result.case.each}:",
            ("Structure", "Weight", "In cost", "In effect", "Net benefit", "95% interval", "Best in", "EVPI"),
            [_cells(found, row) for row in summary["rows"]],
        )
    )
    yield from _learnt_lines(found, summary)
    yield from _short(found, summary)


def _weight_lines(found: Structures, summary: dict[str, Any]) -> Iterator[str]:
    """Each structure, its alternatives and their weights, and why these."""
    for structure in found.structures:
        rows = [r for r in summary["weights"] if r["structure"] == structure.name]
        yield ""
        yield f"{capital(clean(structure.label))} ({structure.name}). {sentence(rows[0]['reason'])}"
        for r in rows:
            how = f" [{'; '.join(r['changes'])}]" if r["changes"] else " [as the model has it]"
            yield f"  {r['alternative']}: {clean(r['label'])}: weight {percent(r['weight'])}, {r['status']}{how}"


def _cells(found: Structures, row: dict[str, Any]) -> list[str]:
    sign, w = found.case.money.sign, words_of(found.average)
    several = len(found.strategies) > 2
    name = row["structure"].replace("+", ",\n") + (f",\n{w.strategy(row['strategy'])}" if several else "")
    span = "" if row["nmb_low"] is None else f"{about(row['nmb_low'], sign)} to {about(row['nmb_high'], sign)}"
    return [
        name,
        percent(row["weight"]),
        about(row["cost_mean"], sign),
        number(row["effect_mean"]),
        about(row["nmb_mean"], sign),
        span,
        "" if row["p_cost_effective"] is None else percent(row["p_cost_effective"]),
        "" if row["evpi"] is None else about(row["evpi"], sign),
    ]


def _learnt_lines(found: Structures, summary: dict[str, Any]) -> Iterator[str]:
    """What knowing a structure is worth, beside the parameters that are worth most."""
    if found.withheld:
        yield f"What it is worth to know the structure is not told: {clean(found.withheld)}."
        return
    sign = found.case.money.sign
    rows = [
        (
            r["structure"],
            about(r["evppi"], sign),
            _error(r["se"], sign),
            about(r["plain"], sign),
            about(r["bias"], sign),
        )
        for r in summary["evppi_of_structure"]
    ]
    heads = ("Knowing", "Is worth", "MCSE", "As draws are", "Bias taken off")
    yield drawn((f"What it is worth to know the structure, {sign} per {found.case.each}:", heads, rows))
    others = summary["evppi"][1 : 1 + TOLD]
    worth = [f"{r['group']} {about(r['evppi'], sign)}" for r in others if r["evppi"] > 0]
    if worth:
        yield f"Beside it, each parameter by itself while the structure is unknown: {listed(worth)}."


def _error(value: float | None, sign: str) -> str:
    return "unknown" if value is None else about(value, sign)


def _short(found: Structures, summary: dict[str, Any]) -> Iterator[str]:
    """Whether the choice of structure turns the decision or the sign of net benefit."""
    w, names = words_of(found.average), [c.name for c in found.combinations]
    first = dict(zip(names, found.best, strict=False))
    average = w.strategy(found.best[-1])
    others = [n for n, s in first.items() if s != found.best[-1]]
    if others:
        told = listed(f"{w.strategy(first[n])} with {n.replace('+', ' and ')}" for n in others)
        yield f"The structure decides: on average {small(average)} is best; {small(told)}."
    else:
        yield f"{capital(average)} is best under every structure, and on average."
    if close := [n.replace("+", " and ") for n, x in zip([*names, "the average"], found.close, strict=True) if x]:
        yield f"Within Monte Carlo error of another strategy's: what is best with {listed(close)}; ask for more draws."
    yield "The weights are assumed: nobody measures how probable a structure is."
