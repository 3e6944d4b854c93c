"""Which changed record moved the decision, and by how much: one record at a time from the old numbers to the new.

Every step is simulated with the same people and the same quantiles of every draw, so that a step that changes a price
alone is exact, and any other is as near as people who meet the same luck can be. A record is put in `first`, with all
others old, and `last`, with all others new; where records act on each other the two differ, and what the steps first do
not add up to is the remainder. Of few records the Shapley value is told too, the mean over every order in which they
could be put in, which does add up (Shapley, A value for n-person games, 1953; Owen, SIAM/ASA J Uncertainty
Quantification 2014;2:245-251).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.contract import ModelError
from parameters import ParameterSet
from parameters.arrays import Floats
from parameters.ground.brief import Brief
from parameters.ground.spoken import option
from parameters.mistakes import Mistakes
from simulate.analyse.comparison.mixed import Mixed, Subset, case_of, subsets_of
from simulate.analyse.comparison.otherwise import told_otherwise
from simulate.analyse.comparison.records import Change, changes
from simulate.analyse.comparison.sides import Side, sides_of
from simulate.analyse.comparison.steps import Worth, run_all
from simulate.ask.asked import Asked, ask
from simulate.ask.case import Case
from simulate.ask.options import DRAWS, Options, Wishes
from simulate.ask.own.model import OwnModel
from simulate.ask.reads import expression_names
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.progress import StageProgress, silent
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.decision.equality import RELATIVE
from simulate.evaluate.uncertainty.precision import is_close, mcse_of_draws, number_or_none
from simulate.process.shown import Finding
from simulate.result.judgement import refuse_judgement
from simulate.result.stored import wishes_in
from simulate.running.forecast import refuse_unaffordable

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("nmb", "cost", "effect")
MOST = 200  # changed records that are put in one at a time


@dataclass(frozen=True, eq=False, repr=False)
class Moved(Brief, Finding):
    """The old numbers, the new ones, and what each changed record does between them.

    Increments are new strategy minus comparator; a step is what comes after it less what came before.
    """

    names: tuple[str, str]
    asked: Asked  # of the new side
    strategies: tuple[str, ...]
    threshold: float
    changes: tuple[Change, ...]  # those that move something could, first; then those told
    runs: Mapping[Subset, Worth]
    notes: tuple[str, ...]

    @property
    def case(self) -> Case:
        """The case of the new side."""
        return self.asked.case

    @property
    def options(self) -> Options:
        """How both were run."""
        return self.asked.options

    @cached_property
    def moving(self) -> tuple[Change, ...]:
        """Changes whose steps were run: those that the setting reads, and that alter what is drawn."""
        return tuple(c for c in self.changes if _moves(c))

    @property
    def old(self) -> Worth:
        """With every record old."""
        return self.runs[frozenset()]

    @property
    def new(self) -> Worth:
        """With every record new."""
        return self.runs[self._all]

    @property
    def _all(self) -> Subset:
        return frozenset(c.name for c in self.moving)

    @property
    def same_decision(self) -> bool:
        """Whether the same strategy is best before and after."""
        return self.old.best == self.new.best

    def is_close(self, worth: Worth) -> bool:
        """Whether another strategy is as good within Monte Carlo error, so that chance could make it the best."""
        nothing = np.zeros_like(next(iter(worth.increments.values()))["nmb"])
        gain = {worth.comparator: nothing} | {s: told["nmb"] for s, told in worth.increments.items()}
        return is_close(np.stack([*gain.values()], axis=1), [*gain].index(worth.best), worth.replicate)

    @property
    def shares(self) -> bool:
        """Whether every subset was run, so that Shapley values can be told."""
        return len(self.runs) == 2 ** len(self.moving) and bool(self.moving)

    def step(self, name: str, before: Subset, strategy: str, outcome: str) -> Floats:
        """What putting a record in does to an increment in each draw, [draw]; exactly 0 where but for rounding none."""
        return self._apart(before | {name}, before, strategy, outcome)

    def _apart(self, after: Subset, before: Subset, strategy: str, outcome: str) -> Floats:
        """An increment of one run less that of another, [draw]; net benefit by what became of cost and effect."""
        if outcome == "nmb":
            cost, effect = (self._apart(after, before, strategy, o) for o in ("cost", "effect"))
            return benefit_at(self.threshold, cost, effect)
        one, other = self.runs[after], self.runs[before]
        difference = one.increments[strategy][outcome] - other.increments[strategy][outcome]
        size = one.sizes[strategy][outcome] + other.sizes[strategy][outcome]
        return np.where(np.abs(difference) <= RELATIVE * size, 0.0, difference)

    def first(self, name: str, strategy: str, outcome: str) -> Floats:
        """The step with all others old, [draw]."""
        return self.step(name, frozenset(), strategy, outcome)

    def last(self, name: str, strategy: str, outcome: str) -> Floats:
        """The step with all others new, [draw]."""
        return self.step(name, self._all - {name}, strategy, outcome)

    def shapley(self, name: str, strategy: str, outcome: str) -> Floats | None:
        """The mean of the step over all orders, [draw]; None where not every subset was run."""
        if not self.shares:
            return None
        others, total = sorted(self._all - {name}), np.zeros(len(self.first(name, strategy, outcome)))
        for size in range(len(others) + 1):
            weight = 1 / (len(self.moving) * math.comb(len(others), size))
            for some in combinations(others, size):
                total = total + weight * self.step(name, frozenset(some), strategy, outcome)
        return total

    def all_together(self, strategy: str, outcome: str) -> Floats:
        """What all changes do together, [draw]."""
        return self._apart(self._all, frozenset(), strategy, outcome)

    def remainder(self, strategy: str, outcome: str) -> Floats:
        """What the first steps do not add up to, [draw]: what records do to each other; 0 where it is but rounding."""
        whole = self.all_together(strategy, outcome)
        steps = np.array([whole, *(-self.first(c.name, strategy, outcome) for c in self.moving)])
        rest = steps.sum(axis=0)
        return np.where(np.abs(rest) <= RELATIVE * np.abs(steps).sum(axis=0), 0.0, rest)

    # --- tables -----------------------------------------------------------------------------------

    @cached_property
    def sorted_changes(self) -> tuple[Change, ...]:
        """Changes that were run, the one that moves net benefit most first."""

        def size(change: Change) -> float:
            steps = [f(change.name, s, "nmb") for s in self.strategies[1:] for f in (self.first, self.last)]
            return max(abs(float(x.mean())) for x in steps)

        return tuple(sorted(self.moving, key=lambda c: -size(c)))

    def rows(self) -> list[dict[str, Any]]:
        """One row a changed record and new strategy, the greatest first, then all together and the remainder."""
        found = [self._row(c, s) for c in self.sorted_changes for s in self.strategies[1:]]
        for s in self.strategies[1:]:
            row = {"record": "all together", "strategy": s}
            found.append(
                row | {k: v for o in OUTCOMES for k, v in self._told(o, "first", self.all_together(s, o)).items()}
            )
            rest = {"record": "what they do to each other", "strategy": s}
            found.append(
                rest | {k: v for o in OUTCOMES for k, v in self._told(o, "first", self.remainder(s, o)).items()}
            )
        return found

    def _row(self, change: Change, strategy: str) -> dict[str, Any]:
        row: dict[str, Any] = {"record": change.name, "strategy": strategy}
        for outcome in OUTCOMES:
            for how in ("first", "last", "shapley"):
                values = getattr(self, how)(change.name, strategy, outcome)
                row |= self._told(outcome, how, values)
        alone, without = self.runs[frozenset({change.name})], self.runs[self._all - {change.name}]
        row |= {"p_before": self.old.chances[strategy], "p_first": alone.chances[strategy]}
        row |= {"best_before": self.old.best, "best_first": alone.best, "best_without": without.best}
        return {**row, "turns_it_alone": alone.best != self.old.best, "needed": without.best != self.new.best}

    def _told(self, outcome: str, how: str, values: Floats | None) -> dict[str, float | None]:
        """Mean over draws and its MCSE."""
        if values is None:
            return {f"{outcome}_{how}": None, f"{outcome}_{how}_mcse": None}
        error = float(mcse_of_draws(values, self.old.replicate)) if len(values) > 1 else math.nan
        return {f"{outcome}_{how}": float(values.mean()), f"{outcome}_{how}_mcse": number_or_none(error)}

    def ends(self) -> list[dict[str, Any]]:
        """One row a side and new strategy: mean increments with their MCSE, probability of being best, and the best."""
        found = []
        for side, worth in (("old", self.old), ("new", self.new)):
            for s in self.strategies[1:]:
                row: dict[str, Any] = {"side": side, "strategy": s}
                row |= {k: v for o in OUTCOMES for k, v in self._told(o, "mean", worth.increments[s][o]).items()}
                found.append({**row, "p_cost_effective": worth.chances[s], "best": worth.best})
        return found

    def table(self) -> pd.DataFrame:
        """The same as a frame: a row a changed record and new strategy, then all together and what is left.

        ``<outcome>_<how>`` is the mean over draws of the step, put in ``first``, ``last``, and ``shapley``, each with
        its ``_mcse``: of ``nmb`` and ``cost`` money per person, of ``effect`` in the effect's unit per person.
        """
        import pandas as pd

        return pd.DataFrame(self.rows())

    def summary(self) -> dict[str, Any]:
        """What ``recovery-cea compare --why --json`` prints."""
        o = self.options
        return {
            "sides": list(self.names),
            "problem": self.case.problem.id,
            "setting": self.case.setting.name,
            "perspective": o.perspective,
            "effect": o.effect,
            "wtp": self.threshold,
            "draws": len(next(iter(self.old.increments[self.strategies[1]].values()))),
            "people": o.people,
            "seed": o.seed,
            "sign": "new minus comparator; steps: after minus before",
            "same_decision": self.same_decision,
            "best": [self.old.best, self.new.best],
            "close": [self.is_close(self.old), self.is_close(self.new)],
            "ends": self.ends(),
            "rows": self.rows(),
            "changes": [c.row() for c in self.changes],
            "runs": len(self.runs),
            "notes": list(self.notes),
        }


@on_one_thread
def moved(
    old: str | Path,
    new: str | Path,
    problem: str | OwnModel | None = None,
    *,
    setting: str | None = None,
    shapley: bool = False,
    threads: int | None = None,
    progress: StageProgress | None = None,
    **wishes: Any,
) -> Moved:
    """What moved a decision between two sides, each the folder of a run, a file of numbers, or a folder of them.

    What ``recovery-cea compare --why`` tells. `problem` is that of files; `setting` and `wishes` are as for ``run``, by
    default those of the new side's run. With `shapley` every subset of up to six changed records is run (Shapley, A
    value for n-person games, 1953). The same people and quantiles of draws in every step; money and effects are per
    person, steps after less before: ``table()`` has a row a record, ``same_decision`` whether the same strategy is
    best. ``ModelError`` or ``InputError`` with everything wrong, before anything is run.
    """
    tell = progress or silent
    sides = sides_of(Path(old), Path(new), problem)
    mistakes, name = Mistakes(), sides[1].problem.settings[0].name
    with mistakes.among():
        name = _setting(sides, setting)
    wanted, more = _wishes(sides, wishes)
    whole, lacking = _whole(sides, name)
    cases = [case_of(sides[1].problem, name, records) for records in whole]
    with mistakes.among():
        asked = ask(cases[1], **wanted).to_be_judged()
        o = asked.options
        refuse_judgement(cases[1], o.threshold, effect=o.effect, perspective=o.perspective)
    mistakes.tell()
    refuse_unaffordable(asked, threads=threads)
    read = {n for c in cases for n in (*c.names(), *expression_names(c.setting))}
    found = changes(*whole, read)
    moving = [c for c in found if _moves(c)]
    if len(moving) > MOST:
        raise ModelError(f"{old} and {new}: {len(moving)} records changed; allowed: at most {MOST}")
    mixed = Mixed(sides[1].problem, name, whole, {c.name: c for c in moving})
    subsets = subsets_of([c.name for c in moving], every=shapley)
    runs, threshold = run_all(asked, mixed, subsets, wanted.get("threshold"), threads, tell)
    ends = [runs[f(runs, key=len)] for f in (min, max)]
    pairs = zip(sides, ends, strict=True)
    again = [n for s, end in pairs for n in told_otherwise(s, name, wanted, end.comparator, end.increments)]
    told = (*sides[0].notes, *sides[1].notes, *more, *lacking, *again)
    order = tuple(sorted(found, key=lambda c: (not _moves(c), c.name)))
    strategies = tuple(s.id for s in cases[1].problem.strategies)
    return Moved((sides[0].name, sides[1].name), asked, strategies, threshold, order, runs, tuple(told))


def _moves(change: Change) -> bool:
    return change.read and change.alters


# --- what both are asked --------------------------------------------------------------------------


def _setting(sides: tuple[Side, Side], setting: str | None) -> str:
    """The setting of both, by name."""
    problem = sides[1].problem
    theirs = [str(s.kept.manifest["setting"]) for s in sides if s.kept is not None]
    if setting is None and len(set(theirs)) > 1:
        raise ModelError(f"setting: {' and '.join(theirs)}; the sides are of different ones: give {option('setting')}")
    chosen = setting if setting is not None else theirs[0] if theirs else problem.settings[0].name
    return problem.setting(chosen).name


def _wishes(sides: tuple[Side, Side], given: Mapping[str, Any]) -> tuple[Wishes, list[str]]:
    """Options of both: as given, or as those of the later side's run; and where the other's were others."""
    runs = [(s, wishes_in(Path(s.name), s.kept.manifest, s.kept.summary)) for s in sides if s.kept is not None]
    chosen = {k: v for k, v in given.items() if v is not None}
    base: Wishes = runs[-1][1] if runs else {"draws": DRAWS}
    wishes: Wishes = {**base, **chosen}  # type: ignore[typeddict-item]  # names of options
    if "draws" in chosen:
        wishes["fixed"] = wishes["draws"] == 1
    notes = []
    people = [(s, (s.kept.manifest.get("cohort") or {}).get("sha256")) for s in sides if s.kept is not None]
    for side, _ in (pair for pair in people if pair[1] != people[-1][1]):
        notes.append(f"in {side.name} stands a run of other people: those of {people[-1][0].name} are in both")
    for side, theirs in runs:
        unlike = [k for k, v in theirs.items() if k != "cohort" and k not in chosen and wishes.get(k) != v]
        if unlike:
            told = ", ".join(_told_option(k, theirs[k]) for k in unlike)  # type: ignore[literal-required]
            notes.append(f"in {side.name} stands a run with {told}: both are run as the later one here")
    return wishes, notes


def _told_option(name: str, value: Any) -> str:
    """An option as a run had it: its name with its value, or alone where it is a switch."""
    word = option(name)
    return f"{word} {value}" if value is not None and not isinstance(value, bool) else word if value else f"no {word}"


def _whole(sides: tuple[Side, Side], setting: str) -> tuple[tuple[ParameterSet, ParameterSet], list[str]]:
    """The numbers of either side, and which records a run's folder has no word of that today's model reads."""
    notes, whole = list[str](), [s.fixed for s in sides]
    if len({s.money.name for s in whole}) > 1:
        raise ModelError(f"money: {' and '.join(s.money.name for s in whole)}; the sides are in different ones")
    for k, side in enumerate(sides):
        other = whole[1 - k]
        lacking = [n for n in other if n not in whole[k] and n not in other.extra]
        if lacking and side.kept is not None:
            whole[k] = replace(whole[k], records={**whole[k].records, **{n: other[n] for n in lacking}})
            read = {*case_of(sides[1].problem, setting, whole[k]).names()}
            if needed := [n for n in lacking if n in read]:
                notes.append(
                    f"in {side.name} there is no record of {', '.join(needed)}: the other side's is used for both"
                )
    return (whole[0], whole[1]), notes


__all__ = ["Moved", "Worth", "moved"]
