"""What was run, what is assumed, and each strategy's costs, effects and events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from models.economics import AVERTED
from parameters.units import number_of
from simulate.ask.case import Case
from simulate.ask.changes import changed_parameters
from simulate.ask.reads import judged_names
from simulate.present.english.changes import changed_line
from simulate.present.english.numbers import (
    NARROW,
    amount,
    capital,
    clean,
    figure,
    in_unit,
    listed,
    number,
    percent,
    plural,
    prices_of,
    titled,
    to_error,
)
from simulate.present.english.payers import IN_SENTENCE
from simulate.present.terminal.layout import heading, make_table, numbered, text_line
from simulate.present.terminal.view import NONE, Row, View, gain, money, share_words

UNREAD = "Assumed too, and read by no cost or effect a person that is counted here:"
SHORT_NOTE = 40  # characters: such as that the user has set it


def question(v: View) -> Iterator[RenderableType]:
    """What is asked: problem, setting, perspective, effect, draws and people."""
    s, w = v.summary, v.words
    yield Text(titled(w.problem.label, w.problem.id), style="bold")
    yield text_line(f"Setting: {titled(w.setting.label, w.setting.name)}. Evidence: {s['evidence']}.")
    perspective = w.problem.perspective(s["perspective"])
    prices = prices_of(w.parameters.money)
    yield text_line(f"Costs: {titled(perspective.label, perspective.name)}, {prices}, per {v.each}.")
    yield text_line(f"Effect: {titled(v.measure.label, v.measure.name)}, {_per_unit(v)}.")
    people = f"{number_of(s['people'], 'person')}{' each' if v.several else ''}"
    draws = number_of(s["draws"], "parameter draw")
    how = f"{draws} of {people}, the same under every strategy" if v.simulates else f"{draws}; nobody is simulated"
    exact, cycle = s["exact"], w.problem.under(w.setting).pathway.cycle
    if cycle is not None:
        how += f": a cohort in cycles of {in_unit(cycle.length, 'years')}, in expectation"
    elif exact is not None:
        how += (
            f": expected values of what is judged here, to about {exact['grid_error']:.0e} of a year or event a person"
        )
    yield text_line(f"{how}; seed {s['seed']}; recovery-cea {s['version']}.")
    if exact is not None and exact["grid_error"] >= exact.get("wanted", math.inf):
        yield text_line(
            f"The finest grid and kinds of people do not bring that below {exact['wanted']:.0e}, as is aimed at: see"
            " the numerical errors.",
            "yellow",
        )
    yield from _draws_note(int(s["draws"]))


def changed(v: View) -> Iterator[RenderableType]:
    """What was changed from the shipped case; nothing where nothing was."""
    found = changed_parameters(Case(v.words.problem, v.words.setting, v.words.parameters))
    if found:
        yield heading("CHANGED from the shipped case:")
        yield numbered([changed_line(c) for c in found])
    for row in v.summary["changed"]["options"]:
        if row["option"] == "cohort":
            yield text_line(f"People: those of {row['value']}.")
        if row["option"] == "predictive":
            yield text_line("For one place: what places differ by is drawn too.")
        if row["option"] == "implementation":
            yield text_line(
                f"Made for {row['value']:.0%} of those offered it, drawn at random; the others have usual care. What is"
                " spent on the offer stays."
            )


def _per_unit(v: View) -> str:
    points = v.measure.ever is not None or v.measure.achieved is not None
    return f"in {plural(v.unit, 2)}" if points or v.is_count else f"in {plural(v.unit, 2)} per {v.each}"


def _draws_note(draws: int) -> Iterator[RenderableType]:
    if draws == 1:
        yield text_line("One draw: there is no parameter uncertainty, so no interval, probability or EVPI.", "yellow")
    elif draws & (draws - 1):
        below = 1 << (draws.bit_length() - 1)
        yield text_line(
            f"{draws:,} is no power of two, and powers of two are best: {below:,} or {2 * below:,}.", "yellow"
        )


def assumed(v: View) -> Iterator[RenderableType]:
    names: Sequence[str] = v.summary["assumed"]
    if v.words.setting.claimed:
        yield heading("PUT IN AS CLAIMED:")
        yield text_line(f"{capital(v.words.setting.claimed)}.")
    elif not names:
        yield heading("No parameter is assumed: each has published or derived evidence.")
    if not names:
        return
    order = ", most influential on the difference in cost first" if v.several else ""
    yield heading(f"ASSUMED, without published evidence{order}:")
    seen = _seen(v)
    for told, title in (([n for n in names if n in seen], ""), ([n for n in names if n not in seen], UNREAD)):
        if title and told:
            yield text_line(title)
        if told:
            yield numbered([f"{v.words.label_and_id(name)}: {_estimate(v, name)}" for name in told])


def _seen(v: View) -> set[str]:
    """Parameters that the simulation, and the costs and the effect of this run, read."""
    problem, setting = v.words.problem, v.words.setting
    return judged_names(problem, setting, problem.counted(v.summary["perspective"]), v.measure)


def _estimate(v: View, name: str) -> str:
    if name not in v.words.parameters:
        return NONE
    p = v.words.parameters[name]
    told = figure(p).removesuffix(", assumed")
    return f"{told} ({p.note})" if p.note and len(p.note) <= SHORT_NOTE else told


def _not_counted(v: View) -> list[str]:
    """What delivering a strategy costs payers whom the perspective leaves out, or in money that it does not count."""
    problem = v.words.problem.under(v.words.setting)
    seen = problem.perspective(v.summary["perspective"])
    spent = [c for c in problem.costs if c.sign > 0 and c.kind == "resource" and getattr(c.basis, "component", None)]
    apart = [c for c in spent if c.payer not in seen.payers or c.kind not in seen.kinds]
    return [f"{titled(c.label, c.name)} by {IN_SENTENCE[c.payer]}" for c in apart]


def strategies(v: View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["strategies"]
    error = "MCSE" if v.simulates else "" if v.summary["exact"] is None else "numerical error"
    interval = ", ".join(filter(None, ("mean", "95% interval" if v.several else "", error)))
    lines = [
        [
            f"Cost, {v.sign} per {v.each}\n{interval}",
            *(money(r["cost"], v.sign, v.several, v.is_narrow(r["id"]), noisy=v.simulates) for r in rows),
        ],
        [
            f"{level(v)}, {plural(v.unit, 2)}\n{interval}",
            *(
                gain(
                    _counted(v, r["effect"]),
                    v.several,
                    v.is_narrow(r["id"]) and not v.is_count,
                    noisy=v.simulates,
                )
                for r in rows
            ),
        ],
    ]
    for d in v.words.problem.days:
        told = (_plain(r[d.name], r["mcse"][d.name] if v.simulates else None) for r in rows)
        lines.append([f"{capital(clean(d.label))} per {v.each}", *told])
    if tracked := _tracked(v):
        lines.append(["Share with at least one, and mean number:", *("" for _ in rows)])
        lines += [_ever(v, name) for name in tracked]
    yield heading("Strategies")
    yield make_table(
        v.width, [f"Per {v.each}, over the follow-up", *(titled(r["label"], r["id"]) for r in rows)], lines
    )
    yield from _strategy_notes(v)


def takes_away(v: View) -> bool:
    """Whether the effect of one strategy alone is minus what happens under it."""
    return v.measure.ever is not None or v.measure.averted is not None


def level(v: View) -> str:
    """What the effect counts, of a strategy alone: of x averted, x."""
    return capital(v.measured.removesuffix(AVERTED)) if takes_away(v) else v.measured


def _counted(v: View, found: Row) -> Row:
    """A strategy's effect as what happens under it: an effect that averts it holds minus that."""
    if not takes_away(v):
        return found
    low, high = (None if x is None else -x for x in (found["high"], found["low"]))
    return {**found, "mean": 0.0 - found["mean"], "low": low, "high": high}


def _plain(mean: float | None, error: float | None) -> str:
    if mean is None:
        return NONE
    return number(mean) if error is None else f"{to_error(mean, error)}\nMCSE {number(error, 2)}"


def _tracked(v: View) -> list[str]:
    """Groups, then events that no group holds; without those that happen to nobody."""
    pathway = v.words.problem.pathway
    grouped = {o for g in pathway.groups for o in pathway.resolve(g.name)}
    loose = [e.name for e in pathway.events if not grouped & set(e.outcomes())]
    rows: Sequence[Row] = v.summary["strategies"]
    return [n for n in [g.name for g in pathway.groups] + loose if any(r["events"].get(n) != 0 for r in rows)]


def _ever(v: View, name: str) -> list[str]:
    rows: Sequence[Row] = v.summary["strategies"]
    cells = [_ever_cell(v, r, name) for r in rows]
    return [f"- {v.words.happening(name)}", *cells]


def _ever_cell(v: View, row: Row, name: str) -> str:
    share, error = row["ever"].get(name), row["mcse"]["ever"].get(name)
    mean, count_error = row["events"].get(name), row["mcse"]["events"].get(name)
    lines = [f"{share_words(share)}; {NONE if mean is None else number(mean)}"]
    if v.simulates and error is not None and count_error is not None:
        lines.append(f"MCSE {percent(error, 2)}; {number(count_error, 2)}")
    return "\n".join(lines)


def _strategy_notes(v: View) -> Iterator[RenderableType]:
    rows: Sequence[Row] = v.summary["strategies"]
    first = rows[0]["cost"]
    if len(rows) > 1 and (first["mean"], first["low"], first["high"]) == (0.0, 0.0, 0.0):
        nothing = v.words.strategy(v.strategies[0])
        yield text_line(f"{nothing} stands at {amount(0, v.sign)}: costs are told as differences from it.")
    if apart := _not_counted(v):
        yield text_line(f"Not counted from this perspective, though it is spent: {listed(apart)}.", "yellow")
    if any(v.is_narrow(s) for s in v.strategies):
        yield text_line(NARROW)
    if v.measure.ever is not None or v.measure.averted is not None:
        yield text_line(f"{v.measured}: {v.words.measured(v.measure)}.")
