"""What was changed from the shipped case: parameters by file, script or ``--set``, and options other than the usual."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parameters import Parameter
from parameters.expressions.formula import Formula
from simulate.ask.case import Case
from simulate.ask.options import Options
from simulate.ask.reads import expression_names


@dataclass(frozen=True)
class Changed:
    """A parameter whose record is not the shipped one."""

    new: Parameter
    old: Parameter | None  # None where none is shipped
    source: str | None  # first author and year of what the new one cites; None where the user set it, or assumed it

    @property
    def how(self) -> str:
        """``set`` for a value of the command line or a script, else the name of the file it stands in."""
        return "set" if self.new.is_set else Path(self.new.file).name

    def row(self) -> dict[str, Any]:
        """As JSON holds it: estimates with their 95% intervals, each in its record's unit and price year."""
        old = None if self.old is None else _estimate(self.old)
        about = {"parameter": self.new.name, "label": self.new.label, "how": self.how, "source": self.source}
        return {**about, "status": self.new.status, "old": old, "new": _estimate(self.new)}


def changed_parameters(case: Case) -> list[Changed]:
    """Parameters of the case whose records differ from those shipped, in the order of the case."""
    records = case.parameters
    names = [*case.names(), *expression_names(case.setting)]
    mine = [n for n in names if n in records and (n in records.shipped or n in records.extra)]
    found = [_changed(case, records[n], records.shipped.get(n)) for n in mine]
    return [c for c in found if c.old is None or not _same(c.new, c.old)]


def _changed(case: Case, new: Parameter, old: Parameter | None) -> Changed:
    cited = None if new.is_set or new.status == "assumed" else case.parameters.sources.get(new.source)
    return Changed(new, old, None if cited is None else cited.short())


def _same(new: Parameter, old: Parameter) -> bool:
    return _estimate(new) == _estimate(old) and new.distribution == old.distribution


def changed_options(case: Case, options: Options) -> list[dict[str, Any]]:
    """Options that decide what is simulated or counted and are not the shipped base case's, each with the usual one."""
    first = case.usual or case.problem.settings[0].name
    cohort = None if options.cohort is None else Path(options.cohort.file).name
    chosen = {
        "setting": (case.setting.name, first),
        "perspective": (options.perspective, case.setting.perspective),
        "effect": (options.effect, case.setting.effect),
        "cohort": (cohort, None),
        "fixed": (options.fixed, False),
        "predictive": (options.predictive, False),
        "implementation": (options.implementation, 1.0),
        "exact": (options.exact, False),
    }
    return [{"option": k, "value": new, "usual": old} for k, (new, old) in chosen.items() if new != old]


def changes_of(case: Case, options: Options) -> dict[str, Any]:
    """Both, as JSON holds them; both empty for the shipped base case."""
    return {"parameters": [c.row() for c in changed_parameters(case)], "options": changed_options(case, options)}


def _estimate(record: Parameter) -> dict[str, Any]:
    if isinstance(record.distribution, Formula):
        told = {"value": None, "interval": None, "unit": record.unit, "price_year": None}
        return {**told, "expression": record.distribution.text}
    low, high = (float(x) for x in record.distribution.interval95())
    interval = [low, high] if low < high else None
    value = float(record.distribution.point)
    return {"value": value, "interval": interval, "unit": record.unit, "price_year": record.price_year}
