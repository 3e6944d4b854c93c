"""Which records of two sets of numbers differ: in what is drawn, in what is said of it, or in the file they stand in.

By content alone. Where a record stands, what its source is called there, and how its distribution is spelt alter
nothing that is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from parameters import Parameter, ParameterSet
from parameters.distributions import Distribution
from parameters.expressions.formula import Formula
from parameters.expressions.grammar import Node
from parameters.ground.brief import Brief

Kind = Literal["changed", "added", "removed", "told", "moved"]
DRAWN = ("unit", "price_year", "kind", "measured")  # of a record, beside its distribution: what its values depend on
SAID = ("status", "label", "note", "interval", "error_assumed", "price_year_assumed", "among")  # sources as cited
CITED = ("source", "anchor")  # by id: the same work may have another on either side
PROBES = np.array([0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.999])  # where quantiles of two distributions are compared
SAME = 1e-12  # of a quantile, within which it is the same


@dataclass(frozen=True, repr=False)
class Change(Brief):
    """A record, or several that were written in one, as either side has it; empty where a side has none of its own."""

    name: str
    kind: Kind  # told: other words, the same numbers; moved: the same words too, in another file
    old: tuple[Parameter, ...]
    new: tuple[Parameter, ...]
    cited: Mapping[str, tuple[str, str]]  # what is cited, in full, by field; "" for none
    read: bool  # whether the setting reads it

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters it is of."""
        return tuple(dict.fromkeys(p.name for p in (*self.old, *self.new)))

    @property
    def alters(self) -> bool:
        """Whether what is drawn is another."""
        return self.kind not in ("told", "moved")

    @property
    def cited_otherwise(self) -> dict[str, tuple[str, str]]:
        """What is cited otherwise, by field: another work, and not the same under another id."""
        return {n: pair for n, pair in self.cited.items() if pair[0] != pair[1]}

    @property
    def files(self) -> tuple[str, str]:
        """The names of the files that it stands in, "" for none."""
        one, other = (Path(side[0].file).name if side else "" for side in (self.old, self.new))
        return one, other

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
        if not self.alters and one.distribution != other.distribution:
            found["spelling"] = (_spelt(one), _spelt(other))
        return {**found, **self.cited_otherwise}

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
            "source": list(self.cited["source"]),
            "files": list(self.files),
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
        cited = {n: (_cited(n, one, old), _cited(n, other, new)) for n in CITED}
        change = Change(name, "changed", one, other, cited, bool(matter & {*names}))
        both = [all(p.name in s.extra for p in side) for s, side in ((old, one), (new, other))]
        kind = _kind(change, elsewhere=change.files[0] != change.files[1] and not all(both))
        if kind is not None:
            found.append(replace(change, kind=kind))
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


def _kind(change: Change, *, elsewhere: bool) -> Kind | None:
    """How two records differ; None where they do not. Of two files of the user's own no word is needed."""
    one, other = change.old, change.new
    if not one or not other:
        return "added" if other else "removed"
    if [p.name for p in one] != [p.name for p in other] or not all(map(_drawn_alike, one, other)):
        return "changed"
    said = [tuple(getattr(p, n) for n in SAID) for p in (*one, *other)]
    spelt = all(p.distribution == q.distribution for p, q in zip(one, other, strict=True))
    if said[: len(one)] != said[len(one) :] or change.cited_otherwise or not spelt:
        return "told"
    return "moved" if elsewhere else None


def _drawn_alike(one: Parameter, other: Parameter) -> bool:
    """Whether the same is drawn of both: of the same distribution, however it is written, in the same unit."""
    a, b = one.distribution, other.distribution
    if any(getattr(one, n) != getattr(other, n) for n in DRAWN):
        return False
    if isinstance(a, Formula) and isinstance(b, Formula):
        return _shape(a.tree) == _shape(b.tree)
    if not (isinstance(a, Distribution) and isinstance(b, Distribution)):
        return a == b
    pairs = (a.ppf(PROBES), b.ppf(PROBES)), (a.point, b.point)
    return a == b or all(np.allclose(x, y, rtol=SAME, atol=0.0) for x, y in pairs)


def _shape(node: Node) -> tuple[Any, ...]:
    """A piece of an expression, wherever it stands in its text."""
    return node.kind, node.value, node.name, tuple(map(_shape, node.parts))


def _spelt(record: Parameter) -> str:
    drawn = record.distribution
    if isinstance(drawn, Formula):
        return drawn.text
    return f"{drawn.kind} of " + ", ".join(f"{n} {x:g}" for n, x in drawn.arguments.items())


def _cited(field: str, some: tuple[Parameter, ...], records: ParameterSet) -> str:
    """The source, or the anchor, of records written in one, in full; "" for none."""
    sources: Mapping[str, Any] = records.sources
    name = str(getattr(some[0], field) or "") if some else ""
    return str(sources[name].cite()) if name in sources else name


__all__ = ["DRAWN", "SAID", "Change", "changes"]
