"""Checks of the numbers that go in: what is drawn is what the records say, and each moves what it should."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.contract import parameter_names
from models.quantities import Quantity, computed, names_in
from parameters import PARAMETERS_DIR, Draws, Parameter, ParameterSet, sample
from parameters import load as load_records
from parameters.arrays import Floats
from parameters.coefficients.normal import Coefficient
from parameters.distributions import Distribution
from parameters.expressions.formula import Formula
from parameters.joint import DirichletShare
from parameters.units import UNITS, number_of
from simulate.analyse.credibility.verification.ground.bench import SEEDS, Bench, differing, lines_of, off
from simulate.analyse.credibility.verification.ground.verdicts import Check, Verdict, doubted, held, not_applicable
from simulate.analyse.sweep.cells import Cell, simulate_cells
from simulate.analyse.sweep.idle import nulls
from simulate.ask.asked import ask
from simulate.ask.case import Case
from simulate.process.shown import presenter
from simulate.result.result import Result
from simulate.running.running import drawn_for
from simulate.solve.given import point_of

MANY = 4096  # draws
CHANCE = 6.0  # standard errors
MOVED_BY = 400, 20_000  # people, and more of them for what moves nothing among few
NO_UNCERTAINTY = "no parameter is uncertain"


def _records(bench: Bench) -> dict[str, Parameter]:
    return {n: bench.solved.parameters[n] for n in bench.solved.names()}


def _varying(bench: Bench) -> dict[str, Parameter]:
    """Records that are drawn by themselves, and vary."""
    found = {}
    for name, record in _records(bench).items():
        low, high = record.distribution.interval95()
        if high > low and not record.is_held and not isinstance(record.distribution, Formula):
            found[name] = record
    return found


def _drawn(case: Case, draws: int = MANY) -> Draws:
    pairs = {p: r for p, r in case.problem.correlations.items() if set(p) <= set(case.names())}
    held_still = [n for n in case.names() if case.parameters[n].is_held]
    return sample(case.parameters, case.names(), draws, SEEDS[0], method="random", correlations=pairs, held=held_still)


def draws_within(bench: Bench) -> Verdict:
    """No draw leaves what its unit and its distribution allow."""
    faults, drawn = [], _drawn(bench.solved)
    for name, record in _records(bench).items():
        values, unit = drawn.column(name), UNITS[record.unit]
        low, high = record.distribution.reach() if hasattr(record.distribution, "reach") else (-np.inf, np.inf)
        slack = 1e-9 * max(abs(values).max(), 1e-300)
        wrong = unit.range.refusal(float(values.min())) or unit.range.refusal(float(values.max()))
        if wrong or values.min() < low - slack or values.max() > high + slack:
            faults.append(f"{name}: drawn from {values.min():.6g} to {values.max():.6g}")
    return held(faults, f"{number_of(len(drawn.names), 'parameter')}, {number_of(MANY, 'draw')}")


def draws_match(bench: Bench) -> Verdict:
    """Draws have the middle, the mean and the tails of their records."""
    varying, drawn, faults = _varying(bench), _drawn(bench.solved), []
    for name, record in varying.items():
        faults += list(_unlike(name, drawn.column(name), record))
    return (
        held(faults, f"{number_of(len(varying), 'parameter')}, {number_of(MANY, 'draw')}")
        if varying
        else not_applicable(NO_UNCERTAINTY)
    )


def _unlike(name: str, values: Floats, record: Parameter) -> Iterator[str]:
    """Where draws differ from their record by more than chance."""
    u = (np.arange(MANY) + 0.5) / MANY
    law = np.asarray(record.distribution.ppf(u))
    error = law.std() / np.sqrt(len(values))
    if abs(values.mean() - law.mean()) > CHANCE * error + 1e-9 * abs(law.mean()):
        yield f"{name}: mean of draws {values.mean():.6g}, of its record {law.mean():.6g}"
    if len(np.unique(law)) < MANY // 2:
        return  # of two or a few values
    for share in (0.025, 0.5, 0.975):
        below = float((values < np.quantile(law, share)).mean())
        if abs(below - share) > CHANCE * np.sqrt(share * (1 - share) / len(values)) + 2 / MANY:
            yield f"{name}: {below:.3g} of draws lie below the {share:.1%} point of its record"
    point, kinds = record.distribution.point, ("gamma", "beta", "normal")
    means = isinstance(record.distribution, Distribution) and record.distribution.kind in kinds
    if means and abs(values.mean() - point) > CHANCE * error + 1e-3 * abs(point):
        yield f"{name}: mean of draws {values.mean():.6g}, its published estimate {point:.6g}"


def spread_as_written(bench: Bench) -> Verdict:
    """Draws have the standard error that their record states."""
    drawn, faults, looked = _drawn(bench.solved), [], 0
    for name, record in _varying(bench).items():
        stated = getattr(record.distribution, "arguments", {})
        if "se" not in stated or record.distribution.kind not in ("gamma", "beta", "normal"):
            continue
        looked += 1
        found = float(drawn.column(name).std())
        if not 0.85 < found / float(stated["se"]) < 1.15:
            faults.append(f"{name}: draws spread by {found:.4g}, the standard error is {float(stated['se']):.4g}")
    return (
        held(faults, f"{number_of(looked, 'record')}")
        if looked
        else not_applicable("no record states a standard error")
    )


def correlations_hold(bench: Bench) -> Verdict:
    """Parameters that are declared to go together do."""
    case = bench.solved
    pairs = {p: r for p, r in case.problem.correlations.items() if set(p) <= set(_varying(bench))}
    if not pairs:
        return not_applicable("no correlations are declared")
    drawn, faults = _drawn(case), []
    for (a, b), rho in pairs.items():
        found, wanted = float(_of_ranks(drawn, (a, b))[0, 1]), 6 / np.pi * np.arcsin(rho / 2)
        if abs(found - wanted) > CHANCE / np.sqrt(MANY):
            faults.append(f"{a}, {b}: {found:.3f} of ranks; {rho:g} declared gives {wanted:.3f}")
    return held(faults, f"{number_of(len(pairs), 'pair')}")


def _of_ranks(drawn: Draws, names: Sequence[str]) -> Floats:
    """Correlations of ranks, [names, names]."""
    ranks = np.array([drawn.column(n).argsort().argsort() for n in names], dtype=np.float64)
    return np.asarray(np.corrcoef(ranks))


def independent_otherwise(bench: Bench) -> Verdict:
    """Parameters that are not declared to go together do not."""
    case, drawn = bench.solved, _drawn(bench.solved)
    alone = [
        n
        for n, r in _varying(bench).items()
        if not isinstance(r.distribution, (DirichletShare, Coefficient))
        and getattr(r.distribution, "together", None) is None
    ]
    if len(alone) < 2:
        return not_applicable("fewer than two parameters are drawn alone")
    found = _of_ranks(drawn, alone)
    declared = {frozenset(p) for p in case.problem.correlations}
    tied = {n for p in declared for n in p}
    faults = [
        f"{a} and {b}: {found[i, j]:.3f} of ranks"
        for i, a in enumerate(alone)
        for j, b in enumerate(alone[:i])
        if abs(found[i, j]) > CHANCE / np.sqrt(MANY) and not {a, b} <= tied
    ]
    return held(faults, f"{number_of(len(alone), 'parameter')}")


def fixed_do_not_vary(bench: Bench) -> Verdict:
    """What is fixed is the same in every draw, and what is uncertain is not."""
    drawn, faults = bench.base.drawn, []
    for name, record in _records(bench).items():
        low, high = record.distribution.interval95()
        width = float(np.ptp(drawn.column(name)))
        if (record.is_held or low == high) and width > 0:
            faults.append(f"{name} is fixed, and varies by {width:.3g}")
        if (
            name in _varying(bench)
            and len(np.unique(np.asarray(record.distribution.ppf(np.linspace(0.1, 0.9, 9))))) > 2
            and width == 0
        ):
            faults.append(f"{name} is uncertain, and the same in every draw")
    return held(faults, f"{number_of(len(drawn.names), 'parameter')}, {len(_varying(bench))} uncertain")


def point_estimates(bench: Bench) -> Verdict:
    """Without uncertainty every parameter stands at its published estimate."""
    drawn = bench.run(fixed=True).drawn
    faults = [
        f"{n}: {drawn.column(n)[0]:.6g}, published {r.distribution.point:.6g}"
        for n, r in _records(bench).items()
        if drawn.column(n)[0] != r.distribution.point
    ]
    return held(faults, f"{number_of(len(drawn.names), 'parameter')}")


def shares_make_a_whole(bench: Bench) -> Verdict:
    """Shares of one whole add up to 1 in every draw."""
    names = [n for n, r in _records(bench).items() if isinstance(r.distribution, DirichletShare)]
    families: dict[str, list[str]] = {}
    for n in names:
        families.setdefault(str(bench.solved.parameters[n].belongs_to), []).append(n)
    whole = {
        f: m for f, m in families.items() if len(m) == sum(p.belongs_to == f for p in bench.solved.parameters.values())
    }
    if not whole:
        return not_applicable("no shares of one whole are read together")
    drawn, faults = bench.base.drawn, []
    for family, members in whole.items():
        total = np.sum([drawn.column(n) for n in members], axis=0)
        faults += [f"{family}: {total.min():.6g} to {total.max():.6g}"] if off(total, 1.0) > 1e-8 else []
    return held(faults, ", ".join(whole))


def order_of_records(bench: Bench) -> Verdict:
    """In which order records stand changes nothing."""
    records = bench.solved.parameters
    backwards = replace(records, records=dict(reversed(list(records.records.items()))))
    found = bench.run(replace(bench.solved, parameters=backwards))
    faults = [f"{n} moves" for n in differing(bench.base.statistics, found.statistics)]
    faults += [] if np.array_equal(bench.base.cost, found.cost) else ["costs move"]
    return held(faults, f"{number_of(len(records), 'record')} backwards: the same bits")


def unread_records(bench: Bench) -> Verdict:
    """A record that is not read has no influence."""
    records = bench.solved.parameters
    some = next(iter(records.values()), None)
    if some is None:
        return not_applicable("no records")
    read = set(bench.solved.names())
    wholes = {r.belongs_to for n, r in records.items() if n in read} - {None}  # drawn together, whatever is read
    others = {
        n: replace(r, distribution=Distribution("fixed", {"value": 0.123}))
        for n, r in records.items()
        if n not in read and r.belongs_to not in wholes
    }
    more = {**records.records, **others, "tested_unread": replace(some, name="tested_unread")}
    found = bench.run(replace(bench.solved, parameters=replace(records, records=more)))
    faults = [f"{n} moves" for n in differing(bench.base.statistics, found.statistics)]
    faults += [] if np.array_equal(bench.base.cost, found.cost) else ["costs move"]
    return held(faults, f"{number_of(len(others) + 1, 'record')} changed: the same bits")


def workbook_round_trip(bench: Bench) -> Verdict:
    """Records written to a workbook and read again give the same bits."""
    records = bench.solved.parameters
    names = [n for n in bench.solved.names() if n in records]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.xlsx"
        path.write_bytes(presenter().workbook(records, names))
        again = _read_beside(bench.case, path)
    found = bench.run(replace(bench.solved, parameters=records.joined(again)))
    faults = [] if np.array_equal(found.drawn.values, bench.base.drawn.values) else ["parameters are drawn otherwise"]
    faults += [] if np.array_equal(found.cost, bench.base.cost) else ["costs move"]
    return held(faults, f"{number_of(len(names), 'record')}: the same bits")


def _read_beside(case: Case, path: Path) -> ParameterSet:
    """A file of records read beside those of the model, as ``run --parameters`` reads it."""
    if case.own is not None:
        return case.own.records((path,))
    files = [PARAMETERS_DIR / name for name in case.problem.parameter_files]
    return load_records(files, extra=[path], money=case.parameters.money_given)


def one_way_base(bench: Bench) -> Verdict:
    """A parameter moved to where it stands moves nothing, and the base of a sweep is the base case."""
    points = {n: r.distribution.point for n, r in _records(bench).items() if not isinstance(r.distribution, Formula)}
    fixed = bench.run(fixed=True)
    cells = [{n: p} for n, p in points.items()]
    result = simulate_cells(bench.solved, cells, people=fixed.options.people, threads=bench.threads)
    faults = [
        f"{n} at its own estimate moves cost or effect"
        for k, n in enumerate(points, 1)
        if (result.cost[k] != result.cost[0]).any() or (result.effect[k] != result.effect[0]).any()
    ]
    faults += ["the base of a sweep is not the base case"] if _is_another(result, fixed) else []
    return held(faults, f"{number_of(len(points), 'parameter')}")


def _is_another(swept: Result, fixed: Result) -> bool:
    """Whether the first cell of a sweep has other histories than the base case; or costs, where both count alike.

    Rare events are counted by expectation, and which are rare is judged of all cells together.
    """
    a, b = swept.statistics, fixed.statistics
    alike = np.array_equal(a.time[0], b.time[0]) and np.array_equal(a.count[0], b.count[0])
    return not alike or (swept.expected == fixed.expected and bool((swept.cost[0] != fixed.cost[0]).any()))


def every_record_moves(bench: Bench) -> Verdict:
    """Every parameter that is read and uncertain moves something that is told."""
    names = [n for n in _varying(bench) if n != bench.solved.setting.horizon]
    if not names:
        return not_applicable(NO_UNCERTAINTY)
    still = names
    for people in MOVED_BY:
        still = _unmoved(bench, still, people) if still else []
    given, scaled = bench.solved.setting.given, {n for s in bench.problem.scales for n in names_in(s.years)}
    scaled |= {n for name in scaled if name in given for n in names_in(given[name])}
    scaled |= _of_later(bench)
    faults = [
        f"{n} moves no time, event, cost line or effect between the ends of its interval"
        for n in still
        if n not in scaled
    ]
    return doubted(faults, f"{number_of(len(names), 'parameter')}, each at both ends")


def _unmoved(bench: Bench, names: Sequence[str], people: int) -> list[str]:
    """Those of `names` that move nothing between the ends of their intervals."""
    case, n = _awake(bench.solved), 2 * len(names) + 1
    woken = {name: away for name, _, away in nulls(case)}
    ends = {name: case.parameters[name].distribution.interval95() for name in names}
    cells: list[Cell] = [{**woken, name: end} for name in names for end in ends[name]]
    result = simulate_cells(case, cells, people=people, threads=bench.threads)
    x = result.statistics
    told = [*lines_of(result).values(), *(x.per_person(a).reshape(n, -1) for a in (x.time, x.count))]
    told += [
        result.value(effect=e.name).effect for e in case.problem.effects if not e.is_qaly or case.problem.utilities
    ]
    return [name for k, name in enumerate(names) if not any((a[1 + 2 * k] != a[2 + 2 * k]).any() for a in told)]


def _of_later(bench: Bench) -> set[str]:
    """What prices a component that starts when follow-up has ended: in another setting it is paid."""
    case = bench.solved

    def years(quantity: Quantity) -> float:
        return computed(quantity, lambda name: point_of(case.parameters, case.setting, name), float)

    end = years(case.setting.horizon)
    late = {c.name for s in bench.problem.strategies for c in s.components if years(c.start) >= end}
    priced = [x for x in bench.problem.costs if getattr(x.basis, "component", None) in late]
    return {*parameter_names(tuple(priced))}


def _awake(case: Case) -> Case:
    """The case without what its setting puts at 0, which hides what it is multiplied by."""
    given = {n: q for n, q in case.setting.given.items() if q != 0.0 or n not in case.parameters}
    return replace(case, setting=replace(case.setting, given=given))


def variants_change_what_they_name(bench: Bench) -> Verdict:
    """A variant of the setting changes the records that it names, and draws all others as before."""
    variants = bench.case.setting.variants
    if not variants:
        return not_applicable("the setting has no variants")
    faults, asked = [], ask(bench.case, draws=64)
    base = drawn_for(asked)
    for variant in variants:
        drawn = drawn_for(asked.variant(variant))
        tied = {n for pair in bench.case.problem.correlations for n in pair}
        moved = {n for n in base.names if not np.array_equal(base.column(n), drawn.column(n))}
        faults += [f"{variant.name} moves {n}" for n in sorted(moved - set(variant.replace) - tied)]
        faults += [f"{variant.name} moves nothing" for _ in [0] if not moved]
    return held(faults, ", ".join(v.name for v in variants))


CHECKS = (
    Check("draws_within", "Draws stay within their support", draws_within),
    Check("draws_match", "Draws have the means and tails of their records", draws_match),
    Check("spread_as_written", "Draws spread by the standard errors stated", spread_as_written),
    Check("correlations_hold", "Declared correlations are drawn", correlations_hold),
    Check("independent_otherwise", "What is not correlated is drawn independently", independent_otherwise),
    Check("fixed_do_not_vary", "What is fixed does not vary, what is uncertain does", fixed_do_not_vary),
    Check("point_estimates", "Without uncertainty, the published estimates", point_estimates),
    Check("shares_make_a_whole", "Shares of a whole add up to 1", shares_make_a_whole),
    Check("order_of_records", "The order of records changes nothing", order_of_records),
    Check("unread_records", "Records that are not read change nothing", unread_records),
    Check("workbook_round_trip", "Records in a workbook are the records", workbook_round_trip),
    Check("one_way_base", "One way at the base is the base", one_way_base),
    Check("every_record_moves", "Every uncertain record moves something", every_record_moves),
    Check("variants_change_what_they_name", "A variant changes what it names, no more", variants_change_what_they_name),
)
