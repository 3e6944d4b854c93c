"""What was changed in words: from the shipped case, and between old numbers and new, with what that did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from parameters import Parameter
from parameters.expressions.formula import Formula
from simulate.ask.reads import longer_follow_up
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import (
    about,
    amount,
    capital,
    clean,
    duration,
    figure,
    in_unit,
    listed,
    number,
    percent,
    small,
    titled,
)

if TYPE_CHECKING:
    from simulate.analyse.comparison.moved import Moved
    from simulate.analyse.comparison.records import Change
    from simulate.ask.changes import Changed

SHOWN = 4  # parameters named on a figure
MOST_MOVED = 12  # records of other files that are named


def changed_line(changed: Changed) -> str:
    """A changed parameter: label, id, the new figure with where it comes from, and the shipped one."""
    new, old = changed.new, changed.old
    shipped = "none is shipped" if old is None else f"shipped: {figure(old)}"
    told = figure(new).removesuffix(", assumed") if new.is_set else figure(new)
    return f"{clean(new.label)} ({new.name}): {told}, {whence(changed)} ({shipped})"


def whence(changed: Changed) -> str:
    """Who says so: the user of this run, or a source in a file."""
    if changed.how == "set":
        return "set by the user for this run"
    return f"{clean(changed.source)}, in {clean(changed.how)}" if changed.source else f"in {clean(changed.how)}"


def changed_note(found: Sequence[Changed]) -> str:
    """The same in a line for a figure's subtitle; empty where nothing was changed."""
    if not found:
        return ""
    told = [_short(c) for c in found[:SHOWN]]
    more = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return f"Changed from the shipped case: {listed([*told, *more])}."


def notes_of(w: Glossary) -> tuple[str, ...]:
    """What the setting says of itself, and of a follow-up longer than its own."""
    return (*w.setting.notes, *filter(None, (follow_up_note(w),)))


def follow_up_note(w: Glossary) -> str:
    """What a follow-up longer than the setting's own takes for granted; empty where it is none."""
    found = longer_follow_up(w.problem, w.setting, w.parameters)
    if found is None:
        return ""
    asked, own = map(duration, found)
    return (
        f"People are followed for {asked}, and for {own} in the setting as it is: effects seen in that time are carried"
        " on as they are, but where they are declared to wane or end. What delivery costs is counted as declared: what"
        " is paid once is not paid again."
    )


def _short(changed: Changed) -> str:
    new, old = changed.new, changed.old
    was = "" if old is None else f" in place of {_value(old)}"
    return f"{clean(new.label)} {_value(new)}{was}, {whence(changed)}"


def _value(record: Parameter) -> str:
    """Its estimate, or how it is computed."""
    if isinstance(record.distribution, Formula):
        return clean(record.distribution.text)
    return in_unit(float(record.distribution.point), record.unit, 4)


# --- between old numbers and new -----------------------------------------------------------------------

Row = dict[str, Any]
KINDS = {
    "changed": "changed",
    "added": "added",
    "removed": "no longer there",
    "told": "told otherwise, the same numbers",
}


def glossary(found: Moved) -> Glossary:
    """Words of the later side's case."""
    return Glossary(found.case.problem, found.case.setting, found.case.parameters)


def price(found: Moved) -> str:
    """The willingness to pay, with what it is for."""
    measure = found.case.problem.effect(found.options.effect)
    return f"{amount(found.threshold, found.case.money.sign)} per {clean(measure.per)}"


def verdict(found: Moved) -> str:
    """Whether the decision is another, in a sentence."""
    w, at = glossary(found), price(found)
    old, new = w.strategy(found.old.best), w.strategy(found.new.best)
    if found.same_decision:
        return f"The decision stands: {small(new)} is best before and after, at {at}."
    return f"The decision is another: {small(old)} was best, and now {small(new)} is, at {at}."


def culprits(found: Moved, rows: list[Row]) -> Iterator[str]:
    """Which records turned it: alone, or such that without them it would not have turned."""
    if found.same_decision:
        alone = sorted({r["record"] for r in rows if r.get("turns_it_alone")})
        if alone:
            yield f"By itself {listed(alone)} would turn it; the others turn it back."
        return
    alone = [r["record"] for r in rows if r.get("turns_it_alone")]
    needed = [r["record"] for r in rows if r.get("needed")]
    if alone:
        yield f"By itself it is turned by {listed(dict.fromkeys(alone))}."
    if needed:
        yield f"Without {listed(dict.fromkeys(needed), 'or')} it would not have turned."
    if not alone and not needed:
        yield "No record turns it by itself, and none had to be changed for it: several of them together do."


def doubts(found: Moved) -> Iterator[str]:
    """Where chance could have made another strategy the best."""
    close = [when for when, worth in (("before", found.old), ("after", found.new)) if found.is_close(worth)]
    if close:
        yield f"What is best {listed(close)} lies within Monte Carlo error of another: ask for more draws and people."


def ends(found: Moved) -> Iterator[str]:
    """Increments before and after, a sentence a strategy."""
    w, sign = glossary(found), found.case.money.sign
    rows = found.ends()
    for s in found.strategies[1:]:
        old, new = (next(r for r in rows if r["side"] == side and r["strategy"] == s) for side in ("old", "new"))
        chance = ""
        if old["p_cost_effective"] is not None and new["p_cost_effective"] is not None:
            chance = f"; best in {percent(old['p_cost_effective'])}, now {percent(new['p_cost_effective'])}"
        yield (
            f"{capital(w.strategy(s))}, against {small(w.strategy(found.strategies[0]))}: net benefit"
            f" {about(old['nmb_mean'], sign)}, now {about(new['nmb_mean'], sign)} per {found.case.each}; cost"
            f" {about(old['cost_mean'], sign)}, now {about(new['cost_mean'], sign)}; effect"
            f" {number(old['effect_mean'])}, now {number(new['effect_mean'])}{chance}."
        )


def heads(found: Moved) -> tuple[str, ...]:
    """The columns of the table of steps; with Shapley values where there are any that tell more."""
    shares = ("Shapley",) if _tells_shares(found) else ()
    return ("Record", "Net benefit", "+-", "Put in last", *shares, "Cost", "Effect", "Best in")


def _tells_shares(found: Moved) -> bool:
    return found.shares and len(found.moving) > 1


def cells(found: Moved, row: Row) -> tuple[str, ...]:
    """A row of the table of steps."""
    sign, several = found.case.money.sign, len(found.strategies) > 2
    name = row["record"] + (f", {glossary(found).strategy(row['strategy'])}" if several else "")
    error = row["nmb_first_mcse"]
    last = row.get("nmb_last")
    chance = row.get("p_first")
    return (
        clean(name),
        about(row["nmb_first"], sign),
        "unknown" if error is None else about(error, sign),
        "" if last is None else about(last, sign),
        *(("" if row.get("nmb_shapley") is None else about(row["nmb_shapley"], sign),) if _tells_shares(found) else ()),
        about(row["cost_first"], sign),
        number(row["effect_first"]),
        ""
        if chance is None
        else f"{percent(row['p_before'])} to {percent(chance)}"
        if row["p_before"] is not None
        else "",
    )


def told(change: Change) -> str:
    """A changed record: what it was, what it is, and what is said of it otherwise."""
    old, new = (listed(figure(p) for p in side[:3]) if side else "none" for side in (change.old, change.new))
    first = f"{titled(change.label, change.name)}, {KINDS[change.kind]}"
    if not change.alters:
        return f"{first}: {listed(_said(change))}."
    said = [x for x in _said(change) if not x.startswith("label")]
    whence = f", now of {change.files[1]}" if "" not in change.files and change.files[0] != change.files[1] else ""
    return f"{first}: {old}; now {new}{whence}{'. ' + capital('; '.join(said)) if said else ''}."


def by_kind(found: Moved) -> tuple[list[str], list[str], list[str]]:
    """What differs of the records, in words: what is drawn otherwise, what is told otherwise, and all else in a line.

    The first two of records that the setting reads, a line each.
    """
    read = [c for c in found.changes if c.read]
    altered, said = ([told(c) for c in read if c.alters], [told(c) for c in read if c.kind == "told"])
    rest = []
    if moved := [c for c in read if c.kind == "moved"]:
        names = ", ".join(f"{c.name} ({c.files[0]}, now {c.files[1]})" for c in moved[:MOST_MOVED])
        more = f" and {len(moved) - MOST_MOVED} more" if len(moved) > MOST_MOVED else ""
        rest.append(f"Word for word the same, in another file: {names}{more}.")
    for words, kept in (
        ("Drawn otherwise", [c.name for c in found.changes if not c.read and c.alters]),
        ("Told otherwise", [c.name for c in found.changes if not c.read and c.kind == "told"]),
    ):
        if kept:
            rest.append(f"{words}, and not read under this setting: {', '.join(kept)}.")
    return altered, said, rest


def _said(change: Change) -> list[str]:
    """What else is said of a record, field by field; of notes, that they are others."""
    found = []
    for name, (one, other) in change.said().items():
        if name == "note":
            found.append("another note")
        elif name in ("source", "status", "anchor", "label", "among", "spelling"):
            before, after = (clean(str(x or "none")) for x in (one, other))
            found.append(f"{name}: {before}, now {after}")
        else:
            found.append(f"another {name.replace('_', ' ')}")
    return found


def reading(found: Moved) -> str:
    """How the table is to be read."""
    shares = " The Shapley value is the mean over every order; its column adds up." if _tells_shares(found) else ""
    return (
        "Each record is put in first, all others old, and last, all others new: the same people and the same quantiles"
        " of every draw, so that a changed price is exact. The error is that of draws, of the difference."
        f"{shares}"
    )
