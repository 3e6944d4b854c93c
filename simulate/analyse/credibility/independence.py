"""Whether a claim that is called reproduced rests on other people than everything its setting was fitted to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.contract import DecisionProblem, Setting, parameter_names
from models.quantities import names_in
from models.shared.claims import Claim
from parameters import ParameterSet
from simulate.ask.case import load

Arms = set[tuple[str, str]]  # of trials: which, and the strategy that the arm had


def dependent(claims: Iterable[Claim]) -> list[str]:
    """What is called reproduced and shares an arm of a trial with something fitted, or says that it does not."""
    return [f"{c.id}: {text}" for c in claims if c.status == "reproduced" for text in _faults(c)]


def _faults(claim: Claim) -> Iterator[str]:
    if claim.independence in ("", "none") or not claim.source:
        yield "reproduced; it needs a source, and independence: same trial, other outcome, or other trial"
        return
    case = load(claim.problem, claim.setting or None)
    if claim.source not in case.parameters.sources:
        yield f"source {claim.source!r} is in no bibliography"
        return
    trial = case.parameters.sources[claim.source].of_trial
    fitted = fitted_arms(case.problem, case.setting, case.parameters)
    if claim.independence == "other trial" and trial in {name for name, _ in fitted}:
        yield f"other trial; {trial} is fitted under setting {case.setting.name}"
    shared = sorted(arm for name, arm in fitted & {(trial, s) for s in _arms(claim, case.problem)})
    if shared:
        yield f"reproduced, and {trial}'s arm {', '.join(shared)} is fitted: by_construction"


def _arms(claim: Claim, problem: DecisionProblem) -> set[str]:
    """Strategies whose people the claim is of: one where it tells of one, else those that are compared."""
    figure = claim.figure
    new = figure.strategy if figure is not None and figure.strategy else problem.strategies[-1].id
    alone = figure is not None and figure.kind in ("shown", "target") and bool(figure.strategy)
    return {new} if alone else {problem.strategies[0].id, new}


def fitted_arms(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> Arms:
    """The arms of trials that a setting reads anything of, by the trial.

    What strategies change and a ratio that is solved for are of the new arm and of the comparator's; a level that is
    solved for is of its own strategy's; everything else is a baseline, and of the comparator's. What is assumed is of
    the trial that anchors it, too.
    """
    first, others = problem.strategies[0].id, [s.id for s in problem.strategies[1:]]
    found: Arms = set()
    for name, arms in _read(problem, setting, first, others):
        if name in records:
            record = records[name]
            cited = [record.source, *([record.anchor] if record.anchor else [])]
            sources = [records.sources[s] for s in cited if s != "assumption"]
            found |= {(trial, arm) for s in sources for trial in (s.of_trial, *s.pools) for arm in arms}
    return found


def _read(
    problem: DecisionProblem, setting: Setting, first: str, others: list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    both = (first, *others)
    for target in setting.targets:
        compared = (target.strategy,) if target.scale == "value" else (first, target.strategy)
        yield from ((n, compared) for n in parameter_names(target))
    solved = {t.unknown for t in setting.targets}
    for quantities, arms in ((problem.strategies, both), (problem.pathway, (first,))):
        for name in parameter_names(quantities):
            if name not in solved:
                yield from ((n, arms) for n in names_in(setting.given.get(name, name)))
