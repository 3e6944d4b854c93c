"""What was changed from the shipped case, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from parameters import Parameter
from parameters.expressions.formula import Formula
from simulate.present.english.numbers import clean, figure, in_unit, listed

if TYPE_CHECKING:
    from simulate.ask.changes import Changed

SHOWN = 4  # parameters named on a figure


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


def _short(changed: Changed) -> str:
    new, old = changed.new, changed.old
    was = "" if old is None else f" in place of {_value(old)}"
    return f"{clean(new.label)} {_value(new)}{was}, {whence(changed)}"


def _value(record: Parameter) -> str:
    """Its estimate, or how it is computed."""
    if isinstance(record.distribution, Formula):
        return clean(record.distribution.text)
    return in_unit(float(record.distribution.point), record.unit, 4)
