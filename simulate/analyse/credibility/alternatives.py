"""Which structural alternatives of a problem can be told under a setting, with which weights, and all combinations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from models.contract import Alternative, ModelError, Structure, Variant, check_one_of, parameter_names
from models.quantities import computed, names_in
from parameters.expressions.formula import Formula
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from simulate.ask.case import Case
from simulate.ask.ranges import out_of_place
from simulate.ask.reads import sampled_names
from simulate.ask.unit_check import misfits
from simulate.evaluate.information.structural import WHOLE

MOST = 16  # combinations: each is a run
STATUS = "assumed"  # of every weight: nobody measures how probable a structure is


@dataclass(frozen=True, repr=False)
class Combination(Brief):
    """One alternative of each structure, with the product of their weights: structures are taken as independent."""

    alternatives: tuple[Alternative, ...]
    weight: float

    @property
    def name(self) -> str:
        """Its alternatives' names."""
        return "+".join(a.name for a in self.alternatives)

    @property
    def label(self) -> str:
        """Its alternatives' labels."""
        return "; ".join(a.label for a in self.alternatives)

    def split(self, case: Case) -> tuple[Case, Variant | None]:
        """The case that is solved for, and the variant of it that is simulated.

        What a variant of the setting replaces is left to that: its map was made for the variant too, so that the
        result has the bits of that variant beside a run. ``ModelError`` where the problem cannot be had with the
        natural history of its alternatives.
        """
        case = self._reshaped(case)
        replaced = {n: o for a in self.alternatives for n, o in a.replace.items()}
        as_variant = next((v for v in case.setting.variants if replaced and dict(v.replace) == replaced), None)
        records = case.parameters if as_variant is not None else case.parameters.replaced(replaced)
        fixed = {n: x for a in self.alternatives for n, x in a.fixed.items()}
        return replace(case, parameters=records.with_fixed(fixed) if fixed else records), as_variant

    def _reshaped(self, case: Case) -> Case:
        """The case with the natural history of its alternatives, one after the other; itself where none has any."""
        if not any(a.reshapes for a in self.alternatives):
            return case
        pathway = case.problem.pathway
        for alternative in self.alternatives:
            pathway = alternative.reshaped(pathway)
        setting = replace(case.setting, pathway=pathway)
        return replace(case, problem=case.problem.under(setting), setting=setting)


def drawn_alike(cases: Sequence[Case]) -> list[Case]:
    """The same cases, each with draws of every parameter that one of them reads: the first's, then what others add.

    So a parameter has the same draws under each, whichever of them leaves it unread.
    """
    every = tuple(dict.fromkeys(n for case in cases for n in case.names()))
    return [case if case.names() == every else replace(case, drawn=every) for case in cases]


def structures_of(case: Case, names: Sequence[str] = ()) -> tuple[Structure, ...]:
    """Those of the problem, or those of `names`, whose parameters the case's setting reads.

    ``ModelError`` with everything that is wrong: none at all, none under the setting, unknown names, parameters that
    the user has set, records that are missing or values that cannot be.
    """
    every, read = case.problem.structures, {*case.names()}
    if not every:
        raise ModelError(
            f"{case.problem.id}: no structural alternatives are declared; allowed: a problem that has some"
        )
    mistakes = Mistakes()
    for name in names:
        with mistakes.among():
            check_one_of(name, [s.name for s in every], f"{case.problem.id}.structures")
    mistakes.tell()
    asked = [s for s in every if s.name in names] if names else [s for s in every if _is_told(s, case, read)]
    where = f"setting {case.setting.name}"
    if not asked:
        told = "; ".join(f"{s.name} changes {', '.join([*s.changes, *_also(s)])}" for s in every)
        raise ModelError(f"{case.problem.id}, {where}: no structure can be told of what it reads ({told})")
    for structure in asked:
        for text in _wrong(structure, case):
            with mistakes.among():
                raise ModelError(f"Structure {structure.name}: {text}")
    count = math.prod(len(s.alternatives) for s in asked)
    with mistakes.among():
        if count > MOST:
            raise ModelError(f"structures: {count} combinations; allowed: at most {MOST}, so ask for fewer structures")
    mistakes.tell()
    return tuple(asked)


def _also(structure: Structure) -> list[str]:
    return ["the natural history"] if any(a.reshapes for a in structure.alternatives) else []


def _is_told(structure: Structure, case: Case, read: set[str]) -> bool:
    """Whether the setting reads what a structure changes, and solves for nothing that its pathways leave out."""
    return {*structure.changes} <= read and not any(_unsolved(a, case) for a in structure.alternatives)


def _unsolved(alternative: Alternative, case: Case) -> list[str]:
    """What the setting solves for and nothing reads any more under the alternative."""
    if not alternative.reshapes:
        return []
    left = {*parameter_names(alternative.reshaped(case.problem.pathway)), *parameter_names(case.problem.strategies)}
    left |= {n for q in case.setting.given.values() for n in names_in(q)}
    before = {*parameter_names(case.problem.pathway)}
    return [t.unknown for t in case.setting.targets if t.unknown in before - left]


def _wrong(structure: Structure, case: Case) -> Iterator[str]:
    """What keeps the alternatives of a structure from being run."""
    records, read = case.parameters, {*case.names()}
    for name in structure.changes:
        if name not in read:
            yield f"{name} is not read under setting {case.setting.name}"
        elif records[name].is_set:
            yield f"{name} is set for this run, and its alternatives change it; allowed: one of the two"
    for alternative in structure.alternatives:
        for other in alternative.replace.values():
            if other not in records:
                yield f"Alternative {alternative.name}: no parameter record for {other}"
        if unsolved := _unsolved(alternative, case):
            told = f"setting {case.setting.name} solves for {', '.join(unsolved)}, which nothing reads under it"
            yield f"Alternative {alternative.name}: {told}"
            continue
        yield from _wrong_pathway(alternative, case)
        others = {n: o for n, o in alternative.replace.items() if n in read and o in records}
        varied = replace(case.setting, variants=(Variant(alternative.name, alternative.label, others),))
        yield from (
            f"Alternative {alternative.name}: {p.key}: {p.text}" for p in misfits(case.problem, varied, records)
        )
        for name, value in alternative.fixed.items():
            if name in records and (refusal := records[name].refusal(value)) is not None:
                yield f"Alternative {alternative.name}: {name}: {refusal}"


def _wrong_pathway(alternative: Alternative, case: Case) -> Iterator[str]:
    """What keeps the natural history of an alternative from being run with the records there are."""
    if not alternative.reshapes:
        return
    where, records = f"Alternative {alternative.name}", case.parameters
    try:
        pathway = alternative.reshaped(case.problem.pathway)
        setting = replace(case.setting, pathway=pathway)
        problem = case.problem.under(setting)
    except ModelError as fault:
        yield f"{where}: {fault}"
        return
    names = [n for n in sampled_names(problem, setting) if n not in case.names()]
    if missing := [n for n in names if n not in records]:
        yield f"{where}: no parameter record for {', '.join(missing)}"
        return
    if computed_ones := [n for n in names if isinstance(records[n].distribution, Formula)]:
        told = f"{', '.join(computed_ones)}: computed from others, and nothing else reads it under the setting"
        yield f"{where}: {told}; allowed: a record with a distribution"
    found = (*misfits(problem, setting, records), *out_of_place(problem, setting, records))
    yield from (f"{where}: {p.key}: {p.text}" for p in found)


def weights_of(
    structures: Sequence[Structure], case: Case, given: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The weight of every alternative by its name: as `given`, whole structures at a time, or as declared.

    ``ModelError`` with everything that is wrong: names that there are not, no shares, and sums that are not 1.
    """
    mistakes, known = Mistakes(), [a.name for s in structures for a in s.alternatives]
    asked = dict(given or {})
    for name, value in asked.items():
        with mistakes.among():
            check_one_of(name, known, "weights")
        with mistakes.among():
            if not (math.isfinite(value) and 0 <= value <= 1):
                raise ModelError(f"weights: {name}: {value:g}; allowed: a share, 0 to 1")
    found: dict[str, float] = {}
    for structure in structures:
        with mistakes.among():
            found |= _weights(structure, case, asked)
    mistakes.tell()
    return found


def _weights(structure: Structure, case: Case, given: Mapping[str, float]) -> dict[str, float]:
    """Those of one structure, which add up to 1."""
    names = [a.name for a in structure.alternatives]
    if chosen := [n for n in names if n in given]:
        if missing := [n for n in names if n not in given]:
            told = f"given for {', '.join(chosen)} and not for {', '.join(missing)}; allowed: all of a structure"
            raise ModelError(f"weights: {structure.name}: {told}")
        found = {n: float(given[n]) for n in names}
    else:
        found = {a.name: _point(a, case) for a in structure.alternatives}
    if not (abs(sum(found.values()) - 1) <= WHOLE and min(found.values()) >= 0):
        told = ", ".join(f"{n} {w:g}" for n, w in found.items())
        raise ModelError(
            f"weights: {structure.name}: {told} come to {sum(found.values()):g}; must be shares that add up to 1"
        )
    return found


def _point(alternative: Alternative, case: Case) -> float:
    return float(computed(alternative.weight, lambda name: case.parameters[name].distribution.point, float))


def combinations(structures: Sequence[Structure], weights: Mapping[str, float]) -> tuple[Combination, ...]:
    """Every choice of one alternative of each structure, the first of all first."""
    choices = product(*(s.alternatives for s in structures))
    return tuple(Combination(c, math.prod(weights[a.name] for a in c)) for c in choices)


__all__ = ["MOST", "STATUS", "Combination", "combinations", "drawn_alike", "structures_of", "weights_of"]
