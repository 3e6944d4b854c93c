"""Records that a calibration left, in place of what a setting would solve for."""

from __future__ import annotations

from dataclasses import replace

from models.contract import DecisionProblem, Setting
from parameters import ParameterSet
from simulate.ask.reads import sampled_names


def with_calibrated(problem: DecisionProblem, name: str, records: ParameterSet) -> DecisionProblem:
    """The problem, the setting `name` of which solves for nothing that a record of one's own gives as calibrated.

    Such a record has the name of a target's unknown and the status ``calibrated``; any other of that name is refused
    where records are checked. Variants of figures that nothing is solved from any more are left out; of variants with
    weights, which stand together, all.
    """
    setting = problem.setting(name)
    brought = {n for n in (*records.extra, *records.own) if records[n].status == "calibrated"}
    targets = tuple(t for t in setting.targets if t.unknown not in brought)
    if targets == setting.targets:
        return problem
    fewer = _without_idle_variants(problem, replace(setting, targets=targets))
    return replace(problem, settings=tuple(fewer if s.name == name else s for s in problem.settings))


def _without_idle_variants(problem: DecisionProblem, setting: Setting) -> Setting:
    read = {*sampled_names(problem.under(setting), setting)}
    kept = tuple(v for v in setting.variants if read.issuperset(v.replace))
    if any(v.weight is not None for v in setting.variants if v not in kept):
        kept = tuple(v for v in kept if v.weight is None)
    return replace(setting, variants=kept)
