"""Who reads which parameter: the simulation, the valuation, a setting, or nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from models.contract import (
    CalibrationTarget,
    CostItem,
    DecisionProblem,
    EffectMeasure,
    ModelError,
    Setting,
    Strategy,
    parameter_names,
)
from models.quantities import Expression, names_in
from parameters.ground.once import once_each
from parameters.records import ParameterSet, Source


def sampled_names(problem: DecisionProblem, setting: Setting) -> tuple[str, ...]:
    """Every parameter the problem needs under a setting, each once, engine first, solved ones left out."""
    solved = {t.unknown for t in setting.targets} | set(setting.given)
    parts = (
        problem.pathway,
        problem.strategies,
        problem.costs,
        problem.utilities,
        problem.effects,
        problem.scales,
        setting,
    )
    names = dict.fromkeys([*(name for part in parts for name in parameter_names(part)), *discount_names(problem)])
    return tuple(n for n in names if n not in solved)


def discount_names(problem: DecisionProblem) -> list[str]:
    """The discount rates that have records, costs before effects."""
    return [q for q in (problem.discount_costs, problem.discount_effects) if isinstance(q, str)]


@once_each
def all_names(problem: DecisionProblem) -> tuple[str, ...]:
    """Every parameter the problem needs under some setting."""
    return tuple(dict.fromkeys(n for s in problem.settings for n in sampled_names(problem.under(s), s)))


@once_each
def known_names(problem: DecisionProblem) -> tuple[str, ...]:
    """Every parameter that some setting of the problem, a variant of one or a structure reads, each once."""
    more = [n for s in problem.settings for n in (*variant_names(s), *expression_names(s))]
    more += [n for s in problem.structures for a in s.alternatives for n in (*a.replace.values(), *names_in(a.weight))]
    return tuple(dict.fromkeys([*all_names(problem), *more]))


def expression_names(setting: Setting) -> list[str]:
    """Every parameter that is computed from others under the setting, by an expression that its record holds."""
    return [n for n, quantity in setting.given.items() if isinstance(quantity, Expression) and quantity.name == n]


def variant_names(setting: Setting) -> list[str]:
    """Every parameter that a variant of the setting puts in another's place, in order, with repeats."""
    return [n for v in setting.variants for n in v.replace.values()]


@once_each
def engine_names(problem: DecisionProblem) -> tuple[str, ...]:
    """Every parameter the simulation itself needs (pathway and strategies), each once, in order of appearance."""
    strategies = tuple(s.simulated(problem.pathway) for s in problem.strategies)
    return tuple(dict.fromkeys([*parameter_names(problem.pathway), *parameter_names(strategies)]))


def simulated_names(problem: DecisionProblem, setting: Setting) -> set[str]:
    """Parameters that the simulation reads, or the targets it is solved from; the others only value it."""
    return {*engine_names(problem), *parameter_names(setting), *discount_names(problem)}


# --- what is solved from what -----------------------------------------------------------------


def target_names(targets: Iterable[CalibrationTarget]) -> list[str]:
    """Every parameter that a published figure of these targets is read from, each once, in order of appearance."""
    return list(dict.fromkeys(n for t in targets for n in parameter_names(t)))


def solved_from(problem: DecisionProblem, setting: Setting) -> list[str]:
    """Everything known before solving: the engine's other parameters, then the published figures, each once."""
    unknown = {t.unknown for t in setting.targets}
    known = dict.fromkeys([*engine_names(problem), *target_names(setting.targets)])
    return [n for n in known if n not in unknown]


def setting_names(setting: Setting) -> set[str]:
    """Every parameter that a setting itself reads, its variants' among them."""
    return {*parameter_names(setting), *variant_names(setting)}


# --- what it is fitted to -----------------------------------------------------------------------


def fitted_names(problem: DecisionProblem, setting: Setting) -> list[str]:
    """Every parameter that the targets, the strategies and the natural history under a setting are read from."""
    declared = parameter_names((problem.strategies, problem.pathway))
    return [*parameter_names(setting.targets), *in_place(setting, declared)]


def in_place(setting: Setting, names: Iterable[str]) -> list[str]:
    """Those of `names` that are not solved for, or what the setting gives in their place."""
    solved = {t.unknown for t in setting.targets}
    return [n for name in names if name not in solved for n in names_in(setting.given.get(name, name))]


def cited_sources(records: ParameterSet, names: Iterable[str]) -> list[Source]:
    """Sources of the records of these names, and those that anchor what they assume, each once."""
    known = [records[n] for n in dict.fromkeys(names) if n in records]
    cited = dict.fromkeys(s for r in known for s in (r.source, r.anchor) if s is not None and s != "assumption")
    return [records.sources[s] for s in cited if s in records.sources]


def reads_of_trial(sources: Iterable[Source], source: Source) -> bool:
    """Whether any of `sources` reports the trial that `source` does, or puts it together with others."""
    return any(source.of_trial in (s.of_trial, *s.pools) for s in sources)


# --- what a result can still be told ----------------------------------------------------------


def given_as(setting: Setting, name: str) -> tuple[str, ...]:
    """The parameters that the setting gives as `name`, or as a product with it."""
    return readings(setting).get(name, ())


def readings(setting: Setting) -> dict[str, tuple[str, ...]]:
    """The parameters that the setting gives as another or as a product with it, by the name of that one."""
    found: dict[str, dict[str, None]] = {}
    for n, quantity in setting.given.items():
        for name in names_in(quantity):
            found.setdefault(name, {})[n] = None
    return {name: tuple(given) for name, given in found.items()}


def price_names(problem: DecisionProblem, setting: Setting, names: Iterable[str]) -> list[str]:
    """Those of `names` that value alone reads, by themselves or through a setting: they may change afterwards."""
    simulated = {*engine_names(problem), *parameter_names((setting.targets, setting.horizon))}
    given = tuple(Strategy(s.id, s.label, given=s.given) for s in problem.strategies)
    valued = {*parameter_names((problem.costs, problem.utilities, problem.effects, given))} - simulated
    as_they_are = {n for n, quantity in setting.given.items() if isinstance(quantity, str)} & valued
    given_by = readings(setting)
    free = [n for n in names if n not in simulated and (as_they_are | {n}).issuperset(given_by.get(n, ()))]
    return [n for n in free if n in valued or n in given_by]


def judged_names(
    problem: DecisionProblem, setting: Setting, items: tuple[CostItem, ...], effect: EffectMeasure
) -> set[str]:
    """Parameters that the simulation, these cost items or this effect read, by themselves or through the setting."""
    worth = problem.utilities if effect.is_qaly else (effect,)
    read = {*engine_names(problem), *parameter_names((items, worth, setting.targets))}
    read |= {n for s in problem.strategies for n in parameter_names(s.under((items, worth)))}
    read |= {n for q in (setting.horizon, problem.discount_costs, problem.discount_effects) for n in names_in(q)}
    return read | {n for name in read & set(setting.given) for n in names_in(setting.given[name])}


# --- what a calibration left in place of what is solved for ---------------------------------------

AUTHORS = "recovery-cea calibrate"  # of the source of a posterior, by which it is known


def source_of(problem: DecisionProblem, setting: str) -> str:
    """The id of the source that a posterior of a problem under a setting is cited by."""
    return f"posterior_of_{problem.id}_{setting}"


def with_calibrated(problem: DecisionProblem, name: str, records: ParameterSet) -> tuple[DecisionProblem, ParameterSet]:
    """The problem, the setting `name` of which solves for nothing that a record of one's own gives as calibrated.

    Such a record has the name of a target's unknown and the status ``calibrated``; any other of that name is refused
    where records are checked. Variants of figures that nothing is solved from any more are left out; of variants with
    weights, which stand together, all. Records that a model brings for such figures are no longer taken for its own.
    ``ModelError`` for a posterior of another problem or setting.
    """
    setting = problem.setting(name)
    brought = {n for n in (*records.extra, *records.own) if records[n].status == "calibrated"}
    of = {records[n].source for n in brought} - {source_of(problem, name)}
    if others := sorted(s for s in of if s in records.sources and records.sources[s].authors == AUTHORS):
        told = f"{records.sources[others[0]].title}; allowed: that of {problem.id}, setting {name}"
        raise ModelError(f"posterior of another problem or setting: {told}")
    targets = tuple(t for t in setting.targets if t.unknown not in brought)
    if targets == setting.targets:
        return problem, records
    fewer = _without_idle_variants(problem, replace(setting, targets=targets))
    found = replace(problem, settings=tuple(fewer if s.name == name else s for s in problem.settings))
    idle = {*known_names(problem)} - {*known_names(found)}
    return found, replace(records, own=tuple(n for n in records.own if n not in idle))


def _without_idle_variants(problem: DecisionProblem, setting: Setting) -> Setting:
    read = {*sampled_names(problem.under(setting), setting)}
    kept = tuple(v for v in setting.variants if read.issuperset(v.replace))
    if any(v.weight is not None for v in setting.variants if v not in kept):
        kept = tuple(v for v in kept if v.weight is None)
    return replace(setting, variants=kept)
