"""Which records of two sets of numbers differ: in what is drawn, or only in what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from parameters import Parameter, ParameterSet
from parameters.expressions.formula import Formula
from parameters.ground.brief import Brief

Kind = Literal["changed", "added", "removed", "told"]
DRAWN = ("distribution", "unit", "price_year", "kind", "measured")  # of a record: what its values depend on
SAID = ("source", "status", "label", "note", "interval", "error_assumed", "price_year_assumed", "anchor", "among")


@dataclass(frozen=True, repr=False)
class Change(Brief):
    """A record, or several that were written in one, as either side has it; empty where a side has none of its own."""

    name: str
    kind: Kind  # told: other words, the same numbers
    old: tuple[Parameter, ...]
    new: tuple[Parameter, ...]
    sources: tuple[str, str]  # cited in full, "" for none
    read: bool  # whether the setting reads it

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters it is of."""
        return tuple(dict.fromkeys(p.name for p in (*self.old, *self.new)))

    @property
    def label(self) -> str:
        """What it is called, by the new side where that has it."""
        return (self.new or self.old)[0].label

    def said(self) -> dict[str, tuple[Any, Any]]:
        """What is said of it otherwise, by field; of both sides alone."""
        if not (self.old and self.new):
            return {}
        one, other = self.old[0], self.new[0]
        found = {n: (getattr(one, n), getattr(other, n)) for n in SAID if getattr(one, n) != getattr(other, n)}
        if self.sources[0] != self.sources[1]:
            found["source"] = self.sources
        return found

    def row(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "record": self.name,
            "label": self.label,
            "parameters": list(self.names),
            "kind": self.kind,
            "read": self.read,
            "old": [_row(p) for p in self.old],
            "new": [_row(p) for p in self.new],
            "source": list(self.sources),
            "said": {name: list(pair) for name, pair in self.said().items()},
        }


def _row(record: Parameter) -> dict[str, Any]:
    told = {"parameter": record.name, "unit": record.unit, "price_year": record.price_year, "status": record.status}
    if isinstance(record.distribution, Formula):
        return {**told, "value": None, "interval": None, "expression": record.distribution.text}
    low, high = (float(x) for x in record.distribution.interval95())
    interval = [low, high] if low < high else None
    return {**told, "value": float(record.distribution.point), "interval": interval}


def changes(old: ParameterSet, new: ParameterSet, read: Iterable[str]) -> list[Change]:
    """Every record that differs between two sets, in the order of the new one; `read` are the names that matter."""
    matter = {*read}
    families = _families(old, new)
    found = []
    for name, names in families.items():
        one, other = (tuple(s[n] for n in names if n in s) for s in (old, new))
        kind = _kind(one, other, name, old, new)
        if kind is not None:
            cited = _cited(one, old), _cited(other, new)
            found.append(Change(name, kind, one, other, cited, bool(matter & {*names})))
    return found


def _families(old: ParameterSet, new: ParameterSet) -> dict[str, list[str]]:
    """Names by the record they were written in."""
    found: dict[str, list[str]] = {}
    for records in (new, old):
        for name, p in records.items():
            of = found.setdefault(p.belongs_to or name, [])
            if name not in of:
                of.append(name)
    return found


def _kind(
    one: tuple[Parameter, ...], other: tuple[Parameter, ...], name: str, old: ParameterSet, new: ParameterSet
) -> Kind | None:
    """How two records differ; None where they do not."""
    if [_drawn(p) for p in one] != [_drawn(p) for p in other]:
        if not one or not other:
            return "added" if other else "removed"
        theirs = [any(p.name in s.extra for p in side) for s, side in ((old, one), (new, other))]
        return "changed" if theirs[0] == theirs[1] else "added" if theirs[1] else "removed"
    said = [tuple(getattr(p, n) for n in SAID) for p in (*one, *other)]
    same = said[: len(one)] == said[len(one) :] and _cited(one, old) == _cited(other, new)
    return None if same else "told"


def _drawn(record: Parameter) -> tuple[Any, ...]:
    return record.name, *(getattr(record, n) for n in DRAWN)


def _cited(some: tuple[Parameter, ...], records: ParameterSet) -> str:
    sources: Mapping[str, Any] = records.sources
    found = [sources[p.source].cite() if p.source in sources else p.source for p in some]
    return found[0] if found else ""


__all__ = ["DRAWN", "SAID", "Change", "changes"]
