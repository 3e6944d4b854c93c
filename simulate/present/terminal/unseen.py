"""What no simulated person met, or hardly any: what it could be worth, and how many people it takes to see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from parameters.units import number_of
from simulate.present.english.numbers import about, capital, listed, number, plural
from simulate.present.terminal.layout import heading, numbered, text_line
from simulate.present.terminal.view import Row, View

MOST = 10  # told one by one


def unseen(v: View) -> Iterator[RenderableType]:
    """What is priced and nobody met, with what it may be worth; nothing where there is none."""
    rows: Sequence[Row] = v.summary["unseen"]
    if not rows:
        return
    alike = [list(g) for _, g in groupby(rows, key=lambda r: (r["what"], r["name"], r["counted"], r["seen"]))]
    yield heading("Not seen, or hardly ever: what follows is not zero")
    yield numbered([_line(v, found) for found in alike[:MOST]])
    if len(alike) > MOST:
        yield text_line(f"And {len(alike) - MOST} more, worth less: see unseen in the JSON summary.")
    if any(r["counted"] == "simulated" for r in rows):
        yield text_line(
            "Limits hold with 95% confidence, and MCSE includes them. Simulate more people, or more draws.", "yellow"
        )


def _line(v: View, rows: Sequence[Row]) -> str:
    """The same thing under one or several strategies."""
    first = max(rows, key=lambda r: float(r["expected"] or 0.0))
    seen = "nobody" if first["seen"] == 0 else f"only {number(first['seen'])}"
    who = listed(v.words.strategy(s) for s in dict.fromkeys(r["strategy"] for r in rows))
    head = f"{capital(_name(v, first))}: met by {seen} of {number_of(first['people'], 'person')} under {who}."
    if first["counted"] == "expected":
        return f"{head} Costs and effects count it by what its hazard lets expect, {_one_in(first['expected'])}."
    at_most = max(rows, key=lambda r: float(r["cost_at_most"]))
    could = [about(at_most["cost_at_most"], v.sign)] if at_most["cost_at_most"] else []
    effect = max(float(r["effect_at_most"]) for r in rows)
    could += [f"{number(effect)} {plural(v.unit, effect)}"] if effect else []
    needed = min((r["people_needed"] for r in rows if r["people_needed"]), default=None)
    people = (
        ""
        if needed is None
        else f" Its hazard lets expect {_one_in(first['expected'])}; {number_of(needed, 'person')} would see"
    )
    told = "" if needed is None else " it with 95% probability."
    return (
        f"{head} It may be {_one_in(first['limit'])} or fewer, worth up to {listed(could)} per {v.each}.{people}{told}"
    )


def _name(v: View, row: Row) -> str:
    return v.words.happening(row["name"]) if row["what"] == "event" else f"{row['what']} {row['name']}"


def _one_in(rate: float) -> str:
    """A mean number a person as people told apart: 1 for so many people."""
    return f"{number(rate)} a person" if rate >= 0.5 else f"1 for {number(1 / rate)} people"
