"""What the evidence behind a case can answer, and what no figure is given for, with why in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.contract import CostItem, EffectItem, Strategy, parameter_names
from models.quantities import names_in
from parameters import Parameter
from parameters.ground.brief import Brief
from simulate.ask.case import Case
from simulate.ask.options import Options


@dataclass(frozen=True, repr=False)
class Withheld(Brief):
    """Why something is not told, in words; "" where it is."""

    threshold: str  # a decision at any willingness to pay but 0
    icer: str
    probability: str  # of saving money, and of being best
    evpi: str
    strategies: tuple[str, ...] = ()  # those that rest on what nobody measured
    narrow: tuple[str, ...] = ()  # those whose intervals leave out what nobody measured

    def row(self) -> dict[str, str | list[str] | None]:
        """As JSON holds it: None for what is told, and of whom intervals leave out what nobody measured."""
        told = {n: getattr(self, n) or None for n in ("threshold", "icer", "probability", "evpi")}
        return {**told, "narrow": list(self.narrow)}


def withheld(case: Case, options: Options) -> Withheld:
    """What a result of the case, so valued, does not tell.

    An effect that is in the cost already, or counts who is reached, has no worth beside 0 and no ICER. What nobody
    measured has no probability, and nothing that rests on it. What places differ by is no error that a study takes
    away: where it is drawn, for one place, there is no EVPI. A scenario comes out as it was put in, as a claimed
    saving does, which is nobody's finding. A description compares nothing at all.
    """
    problem = case.problem
    if problem.described:
        why = problem.described
        return Withheld(why, why, why, why, tuple(s.id for s in problem.strategies))
    only_0 = problem.only_at_0(options.effect, options.perspective)
    priced = "" if only_0 == problem.effect(options.effect).unvalued else only_0
    resting = {s.id: unmeasured(case, options, s) for s in problem.strategies}
    if case.setting.claimed:
        told = case.setting.claimed
        everyone = tuple(s.id for s in problem.strategies)
        narrow = everyone if _unmeasured_by_anybody(case, options) else everyone[1:]
        return Withheld(only_0, priced, told, told, everyone[1:], narrow)
    names = list(dict.fromkeys(n for found in resting.values() for n in found))
    chance = f"nobody measured {_listed([case.parameters[n].label for n in names])}" if names else ""
    learnt = "what places differ by is drawn, and no study takes that away" if options.predictive else ""
    learnt = learnt or _judged_alone(case, options)
    those = tuple(s for s, found in resting.items() if found)
    everyone = tuple(resting) if _unmeasured_by_anybody(case, options) else those
    return Withheld(only_0, priced, chance, chance or learnt, those, everyone)


def unmeasured(case: Case, options: Options, strategy: Strategy) -> list[str]:
    """Parameters that nobody measured and by which a strategy changes costs, from this perspective, or the effect."""
    names = [n for n, record in _records(case) if record.measured is False]
    read = changed_by(case, options, strategy) if names else set()
    return [n for n in names if n in read]


def _judged_alone(case: Case, options: Options) -> str:
    """Why no study can be worth anything that is known: every spread in what strategies change is a judgement."""
    read = {n for s in case.problem.strategies for n in changed_by(case, options, s)}
    found = [record for n, record in _records(case) if n in read and np.ptp(record.distribution.interval95()) > 0]
    judged = [r.label for r in found if r.error_assumed]
    if not judged or not all(r.error_assumed or r.status == "assumed" for r in found):
        return ""
    return f"no error was read of {_listed(judged)}: the spread is assumed, and what research is worth would be too"


def changed_by(case: Case, options: Options, strategy: Strategy) -> set[str]:
    """Parameters by which a strategy changes costs, from this perspective, or the effect."""
    setting, components = case.setting, {c.name for c in strategy.components}
    its = tuple(x for x in _counted(case, options) if getattr(x.basis, "component", None) in components)
    pathway, counted = case.problem.pathway, tuple(_counted(case, options))
    worth = case.problem.utilities if case.problem.effect(options.effect).is_qaly else ()
    read = {*parameter_names((strategy.simulated(pathway), strategy.under(its)))}
    read |= {*parameter_names(strategy.under((counted, worth)))} - {*parameter_names((counted, worth))}
    read |= {n for t in setting.targets if t.unknown in read for n in parameter_names(t)}
    return read | {n for k in read & set(setting.given) for n in names_in(setting.given[k])}


def _unmeasured_by_anybody(case: Case, options: Options) -> bool:
    """Whether costs or effects that every strategy has rest on what nobody measured."""
    common = tuple(x for x in _counted(case, options) if not getattr(x.basis, "component", None))
    return any(record.measured is False and n in parameter_names(common) for n, record in _records(case))


def _counted(case: Case, options: Options) -> list[CostItem | EffectItem]:
    """Items of the perspective's costs and of the effect."""
    return [*case.problem.counted(options.perspective), *case.problem.effect(options.effect).items]


def held(case: Case, options: Options) -> set[str]:
    """Parameters that stand at their point estimates in every draw."""
    drawn = {"between_sites"} if options.predictive else set()
    return {n for n, record in _records(case) if record.is_held and record.kind not in drawn}


def _records(case: Case) -> list[tuple[str, Parameter]]:
    return [(n, case.parameters[n]) for n in case.names() if n in case.parameters]


def _listed(labels: list[str]) -> str:
    """Labels in a sentence, the first letter small where it begins a word."""
    small = [x[:1].lower() + x[1:] if x[1:2].islower() else x for x in labels]
    return "; nor ".join(small)
