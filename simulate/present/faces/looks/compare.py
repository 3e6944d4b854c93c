"""Two folders of results held against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from simulate.analyse.comparison.estimates import MAIN
from simulate.analyse.comparison.verdict import BEYOND, LEVEL, ROUNDED, SAME, WITHIN
from simulate.present.english.numbers import clean, listed, number
from simulate.present.terminal.layout import make_table, plain_console
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.comparison.folders import Difference
    from simulate.analyse.comparison.verdict import Comparison, Judged

KIND = kind_of(__name__)
VERDICTS = {
    SAME: "every number is the same",
    ROUNDED: "the same but for rounding",
    WITHIN: "the same within Monte Carlo error",
    BEYOND: "DIFFERENT, by more than Monte Carlo error",
}
MOST = 20  # that differ and are named


def face(found: Comparison) -> Face:
    """What a comparison shows; it has no figure, and nothing is written of it."""
    return Face(kind=KIND, data=found.summary(), data_file=None, lines=lambda: lines(found))


def lines(found: Comparison) -> Iterator[str]:
    """The verdict, files, what the two were made of, and the numbers that tell most."""
    yield clean(verdict_line(found))
    yield ""
    yield from _file_lines(found)
    yield from _made_lines(found)
    for place, alone in zip(found.names, found.strategies, strict=True):
        if alone:
            yield clean(f"Strategies of {place} alone: {listed(alone)}.")
    if found.verdict != SAME or not found.files.identical:
        yield from _number_lines(found)
    if any(d.kind in ("input", "parameter") for d in found.differences):
        yield "Which changed record moved the decision, and by how much: the same command with --why."


def verdict_line(found: Comparison) -> str:
    """Whether the two are the same, in a sentence."""
    one, other = found.names
    bits = "the same to the bit" if found.files.identical else VERDICTS[found.verdict]
    return f"{one} and {other}: {bits}."


def _file_lines(found: Comparison) -> Iterator[str]:
    files = found.files
    yield f"Files: {len(files.same)} the same to the bit, {len(files.differing)} differ{_named(files.differing)}."
    for place, alone, changed in zip(found.names, files.only, found.changed, strict=True):
        if alone:
            yield clean(f"Only in {place}: {_short(alone)}.")
        if changed:
            yield clean(f"Changed in {place} since it was written: {_short(changed)}.")


def _made_lines(found: Comparison) -> Iterator[str]:
    if not found.differences:
        yield "Options, inputs, program and versions: the same, by the manifests."
        return
    yield "Made otherwise:"
    for kind, group in groupby(found.differences, key=lambda d: d.kind):
        rows = list(group)
        yield from (clean(f"  {kind} {d.name}: {_values(d)}") for d in rows[:MOST])
        if len(rows) > MOST:
            yield f"  and {len(rows) - MOST} more of kind {kind}"
        if kind == "arithmetic":
            yield "  (by which numpy and scipy compute: last digits may differ by it)"


def _values(told: Difference) -> str:
    if told.kind == "input":
        return "in one folder alone" if None in told.values else "other contents"
    return f"{_value(told.values[0])}; {_value(told.values[1])}"


def _value(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return listed(map(str, value[:MOST]))
    text = number(value, 6) if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number_lines(found: Comparison) -> Iterator[str]:
    counts = found.counts
    yield ""
    yield _errors(found)
    yield (
        f"Numbers: {counts[SAME]} the same, {counts[ROUNDED]} but for rounding, {counts[WITHIN]} within error,"
        f" {counts[BEYOND]} beyond. Chance alone calls two runs different once in {1 / LEVEL:.0f} comparisons."
    )
    yield ""
    out = plain_console()
    with out.capture() as printed:
        heads = ("", "first", "second", "difference", "error", "allowed", "")
        out.print(make_table(out.width, heads, [cells(n) for n in _telling(found)]))
    yield from (line.rstrip() for line in printed.get().splitlines())
    more = counts[BEYOND] - MOST
    if more > 0:
        yield f"and {more} more beyond error, with --json"


def _errors(found: Comparison) -> str:
    if not found.paired:
        return "Errors: of two independent runs, since their draws are not the same."
    people = "and people" if found.same_people else "though not the same people"
    return f"Errors: of differences between draws that go together (the same seed and draws, {people})."


def _telling(found: Comparison) -> list[Judged]:
    """Costs, effects and their differences; what lies beyond error; and of each other group the furthest out."""
    main = [n for n in found.numbers if n.estimate.name.group in MAIN]
    others = [n for n in found.numbers if n.estimate.name.group not in MAIN]
    beyond = [n for n in others if n.verdict == BEYOND][:MOST]
    furthest: dict[str, Judged] = {}
    for n in others:
        group = n.estimate.name.group
        if n.verdict == WITHIN and _out(n) > _out(furthest.get(group)):
            furthest[group] = n
    return [*main, *beyond, *furthest.values()]


def _out(found: Judged | None) -> float:
    """How far out a difference lies, of what is allowed."""
    return abs(found.apart) / found.allowed if found is not None and found.allowed > 0 else 0.0


def cells(found: Judged) -> tuple[str, ...]:
    """A number as a row of the table: both values, their difference, its error, and what is allowed of it."""
    e = found.estimate
    name = ", ".join(part for part in e.name if part)
    error = number(e.error) if math.isfinite(e.error) else "unknown"
    figures = (*(number(v, 6) for v in e.values), number(found.apart), error, number(found.allowed))
    return (name, *figures, "BEYOND" if found.verdict == BEYOND else found.verdict)


def _named(names: tuple[str, ...]) -> str:
    return f" ({_short(names)})" if names else ""


def _short(names: tuple[str, ...]) -> str:
    more = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")


__all__ = ["KIND", "cells", "face", "lines", "verdict_line"]
