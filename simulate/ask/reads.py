"""Who reads which parameter: the simulation, the valuation, a setting, or nobody; and how long people are followed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np

from models.contract import (
    CalibrationTarget,
    CostItem,
    DecisionProblem,
    EffectMeasure,
    ModelError,
    Quantity,
    Setting,
    parameter_names,
)
from models.quantities import Expression, computed, names_in
from parameters.expressions.formula import Formula
from parameters.ground.once import once_each
from parameters.joint import DirichletShare
from parameters.records import Parameter, ParameterSet, Source
from parameters.units import to_engine


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
    more += _of_alternative_pathways(problem)
    return tuple(dict.fromkeys([*all_names(problem), *more]))


def _of_alternative_pathways(problem: DecisionProblem) -> list[str]:
    """Every parameter that the natural history reads, of the problem or of a setting, under some structure.

    What every setting solves for or gives is no record's to say.
    """
    reshaping = [a for s in problem.structures for a in s.alternatives if a.reshapes]
    own = [problem.pathway, *(s.pathway for s in problem.settings if s.pathway is not None)]
    made = [{*s.given, *(t.unknown for t in s.targets)} for s in problem.settings]
    held = set.intersection(*made) if made else set[str]()
    return [n for a in reshaping for p in own for n in parameter_names(a.reshaped(p)) if n not in held]


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


# --- what may be changed after a run ------------------------------------------------------------


def leaves(setting: Setting, quantity: Quantity) -> Iterator[str]:
    """The parameters that a quantity comes down to, through what the setting gives as others."""
    for name in names_in(quantity):
        given = setting.given.get(name)
        yield from (name,) if given is None else names_in(given)


def simulated_names(problem: DecisionProblem, setting: Setting) -> set[str]:
    """Parameters that the simulation reads, by themselves or through the setting; the others only value it.

    What targets are solved from, the horizon and discount rates are among them, and what is solved for.
    """
    itself = parameter_names(replace(setting, given={}))
    read = {*engine_names(problem), *itself, *discount_names(problem), *(t.unknown for t in setting.targets)}
    return read | {leaf for name in read for leaf in leaves(setting, name)}


def changeable_names(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> set[str]:
    """Parameters that may be changed after a run, without another: the one rule, for whatever changes any.

    Those with a record that the simulation does not read, but for what the setting gives, which is its parameters'
    own matter, and shares of a Dirichlet, of which the others share what one leaves. A result valued at other prices,
    the tornado and the workbook take all of them. Who can do less takes those of them that it can do: the report's
    controls multiply lines by unit prices (``result.parts.prices.prices_apart``).
    """
    held = {*simulated_names(problem, setting), *setting.given}
    return {n for n, r in records.items() if n not in held and not isinstance(r.distribution, DirichletShare)}


# --- what a result can still be told ----------------------------------------------------------


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


def calibrated_to(names: Iterable[str], setting: Setting, records: ParameterSet) -> tuple[str, ...]:
    """What a posterior is found from, as its source keeps it: these records' units, values and intervals; the horizon.

    Names that have no record are left out.
    """
    return (*(_as_read(records[n]) for n in names if n in records), f"horizon: {_plain(setting.horizon)}")


def _as_read(record: Parameter) -> str:
    shape = record.distribution
    if isinstance(shape, Formula):
        return f"{record.name}: {record.unit} {_plain(shape.text)}"
    numbers = (f"{x:.12g}" for x in (shape.point, *shape.interval95()))
    return f"{record.name}: {record.unit} {' '.join(numbers)}"


def _plain(value: object) -> str:
    """In one line, and without what parts the items of a list in a cell."""
    return " ".join(str(value).replace(",", ";").split())


def draws_told(columns: Mapping[str, tuple[str, Sequence[float]]]) -> str:
    """The draws of a posterior, unit and values by name in any order, as its source keeps them: by their hash."""
    told = (f"{n} {unit} {' '.join(repr(float(x)) for x in values)}" for n, (unit, values) in sorted(columns.items()))
    return f"draws: {sha256(chr(10).join(told).encode()).hexdigest()}"


def refuse_stale(setting: Setting, given: ParameterSet, read: ParameterSet) -> None:
    """Raise ``ModelError`` for a posterior among records as `given` that is not as it was calibrated, or is stale.

    That is, found from other numbers than those that are `read`, by what its source says: so whichever way its file
    came in, and whatever lies beside that.
    """
    for source in sorted({given[n].source for n in (*given.extra, *given.own)} & {*given.sources}):
        if given.sources[source].authors == AUTHORS and (told := _unlike(source, setting, given, read)):
            raise ModelError(f"{given.sources[source].title}: {told}; calibrate again")


def _unlike(source: str, setting: Setting, given: ParameterSet, read: ParameterSet) -> str:
    """What a posterior's source says that is so no longer; "" where all is."""
    told = given.sources[source].calibrated_to
    then = [text.partition(":")[0] for text in told]
    if not {"draws", "horizon"} <= {*then}:
        return "does not say what it was calibrated to"
    mine = {n: r for n, r in given.items() if r.source == source}
    drawn = draws_told({n: (r.unit, getattr(r.distribution, "values", ())) for n, r in mine.items()})
    now = (drawn, *calibrated_to([n for n in then if n not in mine], setting, read))
    changed = [n for n, text in zip(then, told, strict=True) if text not in now]
    if "draws" in changed:
        return "its draws are not those that were calibrated"
    return f"calibrated to another {', '.join(changed)}" if changed else ""


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


# --- how long people are followed -------------------------------------------------------------------


def follow_up(setting: Setting, parameters: ParameterSet, instead: Mapping[str, Parameter] | None = None) -> float:
    """Years of follow-up of a setting at the point estimates, with `instead` in the place of other records."""

    def point(name: str) -> float:
        p = (instead or {}).get(name) or parameters[name]
        return float(to_engine(np.array([p.distribution.point]), p.unit, p.price_year, parameters.money)[0])

    return float(computed(setting.given.get(str(setting.horizon), setting.horizon), point, float))


def longer_follow_up(
    problem: DecisionProblem, setting: Setting, parameters: ParameterSet
) -> tuple[float, float] | None:
    """Years of follow-up as asked for and the setting's own, at the points; None where it is no longer than that."""
    try:
        own = problem.setting(setting.name)
    except ModelError:  # a setting that stands alone
        own = setting
    asked, usual = follow_up(setting, parameters), follow_up(own, parameters, parameters.shipped)
    return (asked, usual) if asked > usual and not math.isclose(asked, usual) else None
