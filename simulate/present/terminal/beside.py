"""What stands beside the main result: other sizes, break-even values, variants, subgroups, Monte Carlo noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType

from simulate.evaluate.uncertainty.precision import reach_of
from simulate.present.english.numbers import (
    AT_LEAST,
    about,
    bare,
    capital,
    in_unit,
    number,
    percent,
    plural,
    sentence,
    spaced,
    titled,
)
from simulate.present.terminal.layout import heading, make_table, text_line
from simulate.present.terminal.strategies import level, takes_away
from simulate.present.terminal.view import NONE, Row, View, increments, share_words


def scaled(v: View) -> Iterator[RenderableType]:
    """Results for so much time as each scale says, a table for each."""
    labels = {x.name: x.label for x in v.words.problem.scales}
    for scale, group in groupby(v.summary["scaled"], key=lambda r: r["scale"]):
        rows = list(group)
        yield heading(f"For {labels[scale]}")
        several = len(v.strategies) > 2
        columns = [
            "",
            *(v.words.strategy(s) for s in v.strategies),
            *([] if several else ["Difference, new minus comparator"]),
        ]
        by_measure = {r["measure"]: [x for x in rows if x["measure"] == r["measure"]] for r in rows}
        told = {m: x for m, x in by_measure.items() if m in ("cost", "effect") or _moved(x)}
        yield make_table(v.width, columns, [_scaled_row(v, m, x, several) for m, x in told.items()])
        if several:
            yield text_line(f"Beneath: the difference from {v.words.strategy(v.strategies[0])}, with its 95% interval.")
        if len(told) < len(by_measure):
            yield text_line("Events of which no strategy changes the number are left out.")


def _moved(rows: Sequence[Row]) -> bool:
    """Whether some strategy changes it, in some draw that the interval knows of."""
    return any(r["difference"] is not None and any(x != 0 for x in r["difference"].values()) for r in rows)


def _scaled_row(v: View, measure: str, rows: Sequence[Row], several: bool) -> list[str]:
    less = measure == "effect" and takes_away(v)  # what happened stands beside what is averted of it
    told = {"cost": f"Cost, {v.sign}", "effect": f"{v.measured}, {plural(v.unit, 2)}"}
    if less:
        told["effect"] = f"{level(v)}, {plural(v.unit, 2)} (difference: averted)"
    tell: Callable[[float], str] = (lambda x: about(x, v.sign)) if measure == "cost" else number
    cells = [NONE if r["mean"] is None else tell(-r["mean"] if less else r["mean"]) for r in rows]
    differences = [
        "" if r["difference"] is None else _interval(r["difference"], tell, v.is_narrow(r["strategy"])) for r in rows
    ]
    name = told.get(measure) or capital(v.words.happening(measure))
    if several:
        return [name, *("\n".join(filter(None, pair)) for pair in zip(cells, differences, strict=True))]
    return [name, *cells, differences[-1]]


def breakeven(v: View) -> Iterator[RenderableType]:
    """From where on a strategy costs no more than the comparator."""
    rows: Sequence[Row] = v.summary["breakeven"]
    if not rows:
        return
    yield heading("Pays for itself")
    for row in rows:
        value = NONE if row["value"] is None else in_unit(row["value"], row["unit"])
        where = f"{row['label']}: {row['pays_from']} {value}{_between(row)}"
        yield text_line(f"{v.words.strategy(row['strategy'])}: {where}; {_how_likely(row)}.")


def _between(row: Row) -> str:
    """The interval of where a strategy starts to pay for itself, in the unit of the point before it."""
    if row["low"] is None:
        return ""
    low, high = bare(row["low"], row["unit"]), bare(row["high"], row["unit"])
    if low == high:
        return ""
    beyond = "; beyond 0% to 100%, it pays at any share or at none" if _is_beyond(row) else ""
    return f" (95% interval {AT_LEAST * row['narrow']}{low} to {high}{beyond})"


def _is_beyond(row: Row) -> bool:
    """Whether a share would have to be none at all or more than all in some draws."""
    return bool(row["unit"] == "probability" and (row["low"] < 0 or row["high"] > 1))


def _how_likely(row: Row) -> str:
    """How probable it is that the strategy pays for itself, where that can be said."""
    if row["probability"] is None:
        return "how probable that is nobody has measured"
    return f"probability at the values drawn {percent(row['probability'])}"


def _interval(found: Row, tell: Callable[[float], str], narrow: bool) -> str:
    if found["mean"] is None:
        return NONE
    return f"{tell(found['mean'])} ({AT_LEAST * narrow}{tell(found['low'])} to {tell(found['high'])})"


def variants(v: View) -> Iterator[RenderableType]:
    """The named variants under the main result, on the same random numbers."""
    rows: Sequence[Row] = v.summary["beside"]
    if not rows:
        return
    yield heading("Variants beside the main result, on the same random numbers")
    pairs = [("Main result", r) for r in v.summary["incremental"]]
    pairs += [(capital(titled(b["label"], b["name"])), r) for b in rows for r in b["incremental"]]
    if len(v.strategies) > 2:
        pairs = [(f"{label}: {v.words.strategy(row['strategy'])}", row) for label, row in pairs]
    yield increments(v, pairs, "Variant")


def subgroups(v: View) -> Iterator[RenderableType]:
    """Results for the people at each level of a characteristic."""
    rows: Sequence[Row] = v.summary["subgroups"]
    if not rows:
        return
    name = str(rows[0]["characteristic"])
    label = v.words.problem.pathway.characteristic(name).label
    yield heading(f"Differences by {titled(label, name)}, from the same simulation")
    pairs = [(_level(r), i) for r in rows for i in r["incremental"]]
    if len(v.strategies) > 2:
        pairs = [(f"{label}: {v.words.strategy(row['strategy'])}", row) for label, row in pairs]
    if pairs:
        yield increments(v, pairs, "People")
    for row in rows:
        if row["people"] is None:
            yield text_line(f"In some draw nobody is {spaced(row['level'])}: simulate more people.", "yellow")


def _level(row: Row) -> str:
    return f"{capital(spaced(row['level']))}, {number(row['people'])} a draw"


def noise(v: View) -> Iterator[RenderableType]:
    """How much of the variance is chance between people, what was done about it, and what to doubt."""
    noise: Row = v.summary["noise"]
    if not noise:
        yield from _of_one_draw(v)
        return
    if not v.simulates:
        told = [] if v.summary["withheld"]["probability"] else noise["warnings"]
        yield from (text_line(f"Warning: {sentence(warning)}", "yellow") for warning in told)
        return
    yield heading("Monte Carlo noise")
    flip = "is not known, because of what was not seen."
    if noise["p_flip"] is not None:
        flip = f"is {_at_most(share_words(noise['p_flip'], 2))}, where the choice is closest."
    turned = f" The probability that Monte Carlo error alone makes another strategy look best {flip}"
    yield text_line(
        f"Noise between people is at most {share_words(noise['share_of_variance'], 2)} of the variance of incremental"
        f" net benefit, and is taken out by {noise['method']}.{'' if v.summary['withheld']['probability'] else turned}"
    )
    yield from _errors_and_warnings(v, noise)


def _of_one_draw(v: View) -> Iterator[RenderableType]:
    """What the errors of a run of one draw rest on."""
    degrees = v.summary.get("mcse_degrees")
    if degrees:
        yield heading("Monte Carlo error")
        yield text_line(
            f"Errors come from {degrees + 1} batches of people and are t with {degrees} degrees of freedom: 95%"
            f" intervals reach {reach_of(degrees):.2f} of them either side, and an error is itself known to some"
            f" {share_words(1 / math.sqrt(2 * degrees))} only."
        )


def _errors_and_warnings(v: View, noise: Row) -> Iterator[RenderableType]:
    yield text_line(
        f"Errors are t with {noise['degrees']} degrees of freedom: 95% intervals reach"
        f" {reach_of(noise['degrees']):.2f} of them either side."
    )
    for warning in noise["warnings"]:
        yield text_line(f"Warning: {sentence(warning)}", "yellow")


def _at_most(share: str) -> str:
    if share == "0%":
        return "as good as 0"
    return share if share.startswith("less than") else f"at most {share}"
