"""Old numbers with some records new: the cases that are run, and which of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from models.contract import DecisionProblem, ModelError
from parameters import ParameterSet
from parameters.ground.spoken import option
from simulate.analyse.comparison.records import Change
from simulate.ask.case import Case, of_records

WITHOUT_MORE, MOST_SHARED = 3, 6  # records whose Shapley value takes no more runs, and at most
Subset = frozenset[str]  # of changed records: those that are new


def case_of(problem: DecisionProblem, setting: str, records: ParameterSet) -> Case:
    """The case; what the user fixed leaves the setting without its variants, as in a run."""
    fixed = {n: float(p.distribution.point) for n, p in records.items() if p.is_set}
    return of_records(problem, setting, records, fixed)


@dataclass(frozen=True, eq=False)
class Mixed:
    """Cases of the old numbers with some records new."""

    problem: DecisionProblem
    setting: str
    whole: tuple[ParameterSet, ParameterSet]
    changes: Mapping[str, Change]

    def case(self, new: Subset) -> Case:
        """The case with these records new and all others old."""
        old, other = self.whole
        if len(new) == len(self.changes):
            return case_of(self.problem, self.setting, other if new else old)
        records = dict(old.records)
        for name in new:
            change = self.changes[name]
            records = {n: p for n, p in records.items() if n not in change.names}
            records |= {p.name: p for p in (change.new or change.old)}
        ordered = {n: records[n] for n in (*old, *records) if n in records}
        sources = {**other.sources, **old.sources}
        return case_of(self.problem, self.setting, replace(old, records=ordered, sources=sources))


def subsets_of(names: Sequence[str], *, every: bool) -> list[Subset]:
    """None new, each new alone, each old alone, all new; and every other of few."""
    whole = frozenset(names)
    if len(names) <= WITHOUT_MORE or (every and len(names) <= MOST_SHARED):
        return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]
    if every:
        raise ModelError(f"{option('shapley')}: {len(names)} records changed; allowed: at most {MOST_SHARED}")
    return list(dict.fromkeys([frozenset(), *(frozenset({n}) for n in names), *(whole - {n} for n in names), whole]))


__all__ = ["Mixed", "Subset", "case_of", "subsets_of"]
