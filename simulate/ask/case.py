"""A decision problem with its setting and its parameter records: all that a run needs to be told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from numbers import Real
from pathlib import Path
from typing import Any

from models.catalogue import problem as find_problem
from models.catalogue import problem_ids
from models.contract import DecisionProblem, ModelError, Setting, Variant, check_one_of
from models.quantities import Product, Quantity, computed, names_in, put
from models.states import check_reached
from parameters import PARAMETERS_DIR, InputError, Money, ParameterSet
from parameters import Problem as InputProblem
from parameters import inline as given_inline
from parameters import load as load_parameters
from parameters.expressions.formula import Formula
from parameters.ground.brief import Brief
from parameters.ground.given import RECORDS, as_paths, check_by_name, check_texts
from parameters.ground.spoken import option
from parameters.joint import TOGETHER, DirichletShare
from parameters.loading import named_in
from parameters.mistakes import Mistakes, as_float, as_spelt, short, spelling_hint
from parameters.records import at_their_records
from parameters.sampling import copula
from parameters.units import FIGURE_SCALES
from simulate.ask.expressions.in_place import told_by_text, with_names
from simulate.ask.expressions.placing import with_expressions
from simulate.ask.misuse import coming_once, misgiven, misused
from simulate.ask.own.file import read_model
from simulate.ask.own.model import OwnModel
from simulate.ask.own.naming import is_model_file
from simulate.ask.ranges import out_of_place, with_ranges
from simulate.ask.reads import (
    changeable_names,
    known_names,
    refuse_stale,
    sampled_names,
    simulated_names,
    target_names,
    variant_names,
    with_calibrated,
)
from simulate.ask.unit_check import misfits, misread
from simulate.process.shown import Shown


@dataclass(frozen=True, repr=False)
class Case(Brief, Shown):
    """A problem under one setting, with the records it draws on.

    `asked` are the words by which the command line loads the same; None where it cannot. `usual` is the problem's first
    setting: one with strategies of its own stands alone in its problem.
    """

    problem: DecisionProblem
    setting: Setting
    parameters: ParameterSet
    asked: tuple[str, ...] | None = None
    usual: str | None = None
    own: OwnModel | None = None  # where it is a model of one's own: what it was read from
    drawn: tuple[str, ...] = ()  # names to sample, where others are drawn beside them: all that it needs and more

    @property
    def typed(self) -> str:
        """The word of the command line for the problem: its id, or the file of one's own model."""
        return self.problem.id if self.own is None else str(self.own.path)

    @property
    def each(self) -> str:
        """Whom or what costs and effects are told for."""
        return self.setting.each or self.problem.each

    @property
    def money(self) -> Money:
        """What every cost and willingness to pay of it is in."""
        return self.parameters.money

    def names(self) -> tuple[str, ...]:
        """Parameters sampled for this case, in the order of their dimensions."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return self.drawn or sampled_names(self.problem, self.setting)

    def simulated(self) -> list[str]:
        """Those that the simulation reads, or the targets it is solved from; the others only value it."""
        read = simulated_names(self.problem, self.setting)
        return [n for n in self.names() if n in read]

    def changeable(self) -> frozenset[str]:
        """Those that may be changed after a run without another (``reads.changeable_names``)."""
        return self._changeable

    @cached_property
    def _changeable(self) -> frozenset[str]:
        return frozenset(changeable_names(self.problem, self.setting, self.parameters).intersection(self.names()))

    def uncertain(self) -> list[str]:
        """Those whose 95% interval has a width."""
        intervals = {n: self.parameters[n].distribution.interval95() for n in self.names()}
        return [n for n, (low, high) in intervals.items() if high > low]

    def variant(self, variant: Variant) -> Case:
        """The same case with the variant's replacements."""
        return replace(self, parameters=self.parameters.replaced(dict(variant.replace)))


AnyCase = Case | str | Path | DecisionProblem | OwnModel  # what ``load`` takes, or what it gives


def as_case(case: AnyCase) -> Case:
    """A case as it is; anything else as ``load`` gives it, with nothing changed. Errors as ``load``."""
    return case if isinstance(case, Case) else load(case)


def load(
    problem: str | Path | DecisionProblem | OwnModel,
    setting: str | None = None,
    *,
    parameters: str | Path | Sequence[str | Path] = (),
    inline: Mapping[str, Mapping[str, Any]] | None = None,
    changes: Mapping[str, float] | None = None,
) -> Case:
    """A case by id (or a problem of your own, or a ``Path`` to the Python file of one, which is run), checked in full.

    `setting` defaults to the problem's first; `parameters` are files whose records replace those of
    the same name; `inline` are records given in a script (see ``parameters.inline``); `changes` fix
    parameters at a value in their own unit and price year, and drop the setting's variants of them.
    Raises ``ModelError`` or ``parameters.InputError``; a ``UserWarning`` tells of cycles that come but once.
    """
    files = as_paths("parameters", parameters)
    check_texts(setting=(setting, "the name of a setting"))
    check_by_name(option("changes"), changes)
    check_by_name("inline", inline, RECORDS)
    own = read_model(problem) if isinstance(problem, Path) else problem if isinstance(problem, OwnModel) else None
    found = own.problem if own is not None else declared(problem)
    names = [s.name for s in found.settings]
    chosen = found.setting(as_spelt(setting, names)) if setting is not None else found.settings[0]
    try:
        read = _records(found, files) if own is None else own.records(files)
    except InputError as fault:
        raise InputError([*fault.problems, *unread(found, own, files, fault.problems)]) from fault
    records = read.joined(given_inline(inline or {}, money=read.money_given))
    fixed = dict(changes or {})
    case = of_records(found, chosen.name, records, fixed)
    refuse_stale(case.setting, records, case.parameters)
    for text in coming_once(chosen.pathway or found.pathway):
        warnings.warn(text, UserWarning, stacklevel=2)
    typed = str(own.path) if own is not None else problem
    asked = None if inline or not isinstance(typed, str) else _asked(typed, setting, files, fixed)
    return replace(case, asked=asked, own=own)


def of_records(
    problem: DecisionProblem, setting: str, records: ParameterSet, changes: Mapping[str, float] | None = None
) -> Case:
    """The case of a problem, under the setting of that name, with these records: checked in full, no file read.

    Errors as ``load``.
    """
    found, records = with_names(*with_calibrated(problem, setting, records))
    fixed = dict(changes or {})
    with told_by_text(records):
        whole = with_expressions(found, records, sampled_names)
        refuse(whole, whole.setting(setting), records, fixed)
        ready = records.with_fixed(fixed) if fixed else records
        found = with_expressions(found, ready, sampled_names) if fixed else whole
    chosen = with_ranges(found, found.setting(setting))
    return Case(found.under(chosen), _without_variants_of(chosen, fixed), ready, None, found.settings[0].name)


def whole(problem: str | DecisionProblem | OwnModel) -> tuple[DecisionProblem, ParameterSet]:
    """A problem with all its settings, expressions in their places, and the records that it is written with.

    Raises ``ModelError`` or ``parameters.InputError``.
    """
    own = problem if isinstance(problem, OwnModel) else None
    found = own.problem if own is not None else declared(problem)
    records = _records(found, ()) if own is None else own.records(())
    return with_expressions(*with_names(found, records), sampled_names), records


def declared(problem: object) -> DecisionProblem:
    """That of an id, or itself. A word is never taken for a file, whoever wrote it: that file would be run."""
    if isinstance(problem, str) and is_model_file(problem):
        raise ModelError(f"{short(problem)} is a file; allowed: an id, or pathlib.Path({problem!r}), which runs it")
    if isinstance(problem, str):
        return find_problem(problem)
    if not isinstance(problem, DecisionProblem):
        told = "allowed: the id of a problem, a DecisionProblem, or pathlib.Path of a model's file"
        raise ModelError(f"{short(problem)} is no problem; {told}")
    return problem


def _records(problem: DecisionProblem, parameters: Sequence[str | Path]) -> ParameterSet:
    files = [PARAMETERS_DIR / name for name in problem.parameter_files]
    found = load_parameters(files, extra=[Path(p) for p in parameters], money=problem.money)
    usual = Money()
    if found.money_given is not None and problem.id in problem_ids() and found.money.name != usual.name:
        told = f"{found.money.name}; allowed for a problem of the catalogue: {usual.name}, in which it is told"
        raise ModelError(f"[money]: {told}")
    return found


def refuse(
    problem: DecisionProblem, setting: Setting, records: ParameterSet, changes: Mapping[str, float] | None = None
) -> None:
    """Raise ``InputError`` or ``ModelError`` with everything that is wrong with a problem under a setting.

    That is: records of the user's that it does not read, changes that cannot be, records that are missing, and numbers
    whose unit or size cannot stand where the problem puts them. What passes here can be drawn from.
    """
    mistakes, under = Mistakes(), problem.under(setting)
    with mistakes.among():
        wrong = [*_unknown_records(problem, records)] if records.extra or records.own else []
        wrong += [*_wrong_changes(problem, records, changes)] if changes else []
        wrong += [*misfits(under, setting, records), *out_of_place(under, setting, records)]
        wrong += [*misread(under, setting, records), *misused(under, setting, records)]
        wrong += misgiven(problem, setting, records)
        if wrong:
            raise InputError(wrong)
    with mistakes.among():
        check_reached(problem)
    names = sampled_names(under, setting)
    with mistakes.among():
        priced = dict.fromkeys([*names, *variant_names(setting)])
        if unpriced := [*at_their_records((records[n] for n in priced if n in records), records.money_given)]:
            raise InputError(unpriced)
    with mistakes.among():
        _refuse_shown(problem, setting, records.money)
    with mistakes.among():
        missing = sorted({n for n in (*names, *variant_names(setting)) if n not in records})
        if missing:
            raise ModelError(f"{problem.id}: no parameter record for {', '.join(missing)}{_close(missing, records)}")
    with mistakes.among():
        _refuse_correlations(problem, names, records)
    with mistakes.among():
        _refuse_weights(setting, records)
    pathways = [problem.pathway, *(s.pathway for s in problem.settings if s.pathway is not None)]
    for alternative in (a for s in problem.structures for a in s.alternatives):
        with mistakes.among():
            alternative.check_against(*pathways)
    with mistakes.among():
        _refuse_unsaid_gains(under, setting, records)
    mistakes.tell()


def _refuse_shown(problem: DecisionProblem, setting: Setting, money: Money) -> None:
    """Published figures of money that ours cannot be told in."""
    ours = problem.id in problem_ids()
    for shown in setting.shown:
        currency = FIGURE_SCALES[shown.unit].currency
        if currency and (told := money.refusal(currency, shown.price_year or None, ours=ours)):
            raise ModelError(f"PublishedResult {shown.label}: {told}")


def _refuse_unsaid_gains(problem: DecisionProblem, setting: Setting, records: ParameterSet) -> None:
    """Prices and quantities that plain numbers put below 0, as often a slip: a gain is said by the item's sign.

    As they stand, under each strategy, and as the setting gives what they are made of.
    """
    told: dict[tuple[str, Quantity], str] = {}
    for c in problem.costs:
        factors = [("unit_cost", c.unit_cost), *((f"quantities[{k}]", q) for k, q in enumerate(c.quantities))]
        for field, factor in factors:
            for under, whose in [
                (factor, ""),
                *((s.under(factor), f" under strategy {s.id}") for s in problem.strategies),
            ]:
                quantity = put(under, setting.given)
                if _is_turned(quantity, records):
                    where = f"CostItem {c.name}.{field}{whose}"
                    told.setdefault((f"{c.name}.{field}", quantity), f"{where}: {_spelt(quantity)}")
    if told:
        allowed = "allowed: 0 or more, and sign=-1 where it is a gain"
        raise ModelError("\n".join(f"{text}; {allowed}" for text in told.values()))


def _is_turned(price: Quantity, records: ParameterSet) -> bool:
    """Whether a price, or a product, is below 0 though none of its parameters is."""
    names = {*names_in(price)}
    if not isinstance(price, (int, float, Product)) or not names <= {*records}:
        return False
    if any(isinstance(records[n].distribution, Formula) for n in names):
        return False  # what it comes to is not known before it stands in its place
    points = {n: records[n].distribution.point for n in names}
    return min(points.values(), default=0.0) >= 0.0 > computed(price, points.__getitem__, float)


def _spelt(price: Quantity) -> str:
    return f"{price:g}" if isinstance(price, (int, float)) else str(price)


def _refuse_correlations(problem: DecisionProblem, names: Sequence[str], records: ParameterSet) -> None:
    """Correlations of what nobody reads, or that cannot be drawn; not those with another setting's parameter."""
    elsewhere = [name for pair in problem.correlations for name in pair if name not in names]
    known = known_names(problem) if elsewhere else ()  # which takes a while
    for name in elsewhere:
        check_one_of(name, known, f"{problem.id}.correlations")
    together = [n for pair in problem.correlations for n in pair if n in names and n in records]
    for name in together:
        if records[name].distribution.kind in TOGETHER:
            told = "is drawn together with others, whose draws say how they go together; allowed: none of these"
            raise ModelError(f"{problem.id}.correlations: {name} {told}")
    _refuse_still(problem, together, records)
    try:
        copula(names, {pair: rho for pair, rho in problem.correlations.items() if set(pair) <= set(names)})
    except ValueError as fault:
        raise ModelError(f"{problem.id}.correlations: {fault}") from fault


def _refuse_still(problem: DecisionProblem, names: Iterable[str], records: ParameterSet) -> None:
    """Correlations of what is fixed, which say nothing; not of what a run or a user's file fixed."""
    fixed = {n for n in names if records[n].distribution.kind == "fixed" and not records[n].is_set}
    if still := sorted(fixed - records.shipped.keys()):
        is_fixed = "is fixed, and goes" if len(still) == 1 else "are fixed, and go"
        told = f"{is_fixed} together with nothing; allowed: parameters with a distribution"
        raise ModelError(f"{problem.id}.correlations: {', '.join(still)} {told}")


def _refuse_weights(setting: Setting, records: ParameterSet) -> None:
    """Base cases side by side whose weights are no shares of a whole."""
    weights = {v.name: weight_of(v, records) for v in setting.variants}
    given = {name: w for name, w in weights.items() if w is not None}
    if given and not (min(given.values()) >= 0 and abs(sum(given.values()) - 1) < 1e-9):
        told = ", ".join(f"{name} {w:g}" for name, w in given.items())
        raise ModelError(f"Setting {setting.name}: weights of variants: {told}; must be shares that add up to 1")


def weight_of(variant: Variant, records: ParameterSet) -> float | None:
    """The weight of a variant at the point estimates; None for one that is no base case of its own."""
    if variant.weight is None:
        return None
    return computed(variant.weight, lambda name: records[name].distribution.point, float)


def _asked(
    problem: str, setting: str | None, parameters: Sequence[str | Path], changes: Mapping[str, float]
) -> tuple[str, ...]:
    """A problem's id and the options of the command line that give this case."""
    chosen = () if setting is None else ("--setting", setting)
    files = (word for file in parameters for word in ("--parameters", str(file)))
    fixed = (word for name, value in changes.items() for word in ("--set", f"{name}={value!r}"))
    return (problem, *chosen, *files, *fixed)


def _close(missing: Sequence[str], records: Iterable[str]) -> str:
    """For a single missing record, the nearest spelling there is."""
    close = get_close_matches(missing[0], list(records), n=1) if len(missing) == 1 else []
    return f"; did you mean {close[0]}?" if close else ""


def _unknown_records(problem: DecisionProblem, records: ParameterSet) -> Iterator[InputProblem]:
    """Records of the user's own files that the problem would pass over in silence, one each (a Dirichlet is one)."""
    known = known_names(problem)
    brought = dict.fromkeys([*records.own, *records.extra])
    families = {records[n].belongs_to for n in brought if n in known} - {None}
    told: set[str] = set()
    for name in brought:
        record = records[name]
        written = record.belongs_to or name
        if name not in known and record.belongs_to not in families and written not in told:
            told.add(written)
            lacking = [n for n in known if n not in records]  # a record that is there already was hardly meant
            meant = lacking if get_close_matches(written, lacking, n=1) else known
            yield InputProblem(*record.place, written, _not_read(written, meant, problem))


def unread(
    problem: DecisionProblem, own: OwnModel | None, parameters: Sequence[str | Path], told: Sequence[InputProblem]
) -> Iterator[InputProblem]:
    """Names in the user's files, which cannot be loaded for what is `told`, that the problem does not read."""
    beside = [*(PARAMETERS_DIR / name for name in problem.parameter_files), *(() if own is None else own.files)]
    known = known_names(problem)
    passed = {*known, *(p.key for p in told), *re.findall(r"\w+", "" if own is None else str(own.numbers))}
    for name, place in named_in([Path(p) for p in parameters], beside).items():
        if name not in passed and not any(n.startswith(f"{name}_") for n in known):  # as shares of a whole are called
            yield InputProblem(*place, name, _not_read(name, known, problem))


def _wrong_changes(
    problem: DecisionProblem, records: ParameterSet, changes: Mapping[str, float]
) -> Iterator[InputProblem]:
    known = known_names(problem)
    for name, value in changes.items():
        if name not in known:
            yield InputProblem(option("changes"), 0, name, _not_read(name, known, problem))
        elif not isinstance(value, Real) or isinstance(value, bool):
            yield InputProblem(option("changes"), 0, name, f"{short(value)} is no number; allowed: one such as 450.5")
        elif name in records and (text := _beyond_the_whole(name, changes, records)) is not None:
            yield InputProblem(option("changes"), 0, name, text)
        elif name in records and (refusal := records[name].refusal(as_float(value))) is not None:
            yield InputProblem(option("changes"), 0, name, refusal)


def _beyond_the_whole(name: str, changes: Mapping[str, float], records: ParameterSet) -> str | None:
    """What is wrong with shares of one whole that are set to more than all of it; None where nothing is."""
    drawn, family = records[name].distribution, records[name].belongs_to
    if not isinstance(drawn, DirichletShare):
        return None
    mine = {n: v for n, v in changes.items() if n in records and records[n].belongs_to == family}
    if not all(isinstance(v, Real) for v in mine.values()):
        return None  # which is told of each
    total, all_set = sum(map(as_float, mine.values())), len(mine) == len(drawn.counts)
    if total <= 1 + 1e-9 and not (all_set and total < 1 - 1e-9):
        return None
    most = "1" if all_set else "at most 1"
    return f"is a share of {family}, of which {', '.join(mine)} come to {total:g}; allowed: {most}"


def _not_read(name: str, known: Iterable[str], problem: DecisionProblem) -> str:
    """Why a name is no use, and what may have been meant."""
    published = target_names(t for s in problem.settings for t in s.targets if t.unknown == name)
    if published:
        return f"is solved for by {problem.id}; change what it is solved from: {', '.join(published)}"
    hint = spelling_hint(name, sorted(known)) or f"; see recovery-cea describe {problem.id}"
    return f"is no parameter of {problem.id}{hint}"


def _without_variants_of(setting: Setting, fixed: Iterable[str]) -> Setting:
    """The setting without the variants that would replace what the user fixed."""
    kept = tuple(v for v in setting.variants if not set(v.replace) & set(fixed))
    return replace(setting, variants=kept)
