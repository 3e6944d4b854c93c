"""Records that hold an expression become what each setting gives in their place: computed, draw by draw, and not drawn.

An expression of expressions is written out, so that what is given names drawn records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from models.contract import DecisionProblem, Setting
from models.quantities import Complement, Expression, Product, Quantity, Quotient, Sum, names_in, parts_of
from parameters import InputError, Parameter, ParameterSet, Problem
from parameters.expressions.formula import Formula
from parameters.expressions.grammar import Node
from parameters.mistakes import spelling_hint
from simulate.ask.expressions.dimensions import misfit
from simulate.ask.expressions.nodes import as_node, written_out

MOST = 4_000  # pieces of an expression, once the expressions that it names are written out
DEEPEST = 150

ReadBy = Callable[[DecisionProblem, Setting], Iterable[str]]


def with_expressions(problem: DecisionProblem, records: ParameterSet, read_by: ReadBy) -> DecisionProblem:
    """The problem with the expressions that its settings read among what these give; itself where there are none.

    `read_by` tells the names that a setting reads. ``InputError`` with everything that is wrong with any expression.
    """
    formulas = {n: r.distribution for n, r in records.items() if isinstance(r.distribution, Formula)}
    if not formulas:
        return problem
    solved = {t.unknown for s in problem.settings for t in s.targets}
    wrong = [p for name in formulas for p in _wrong(records[name], formulas, records, solved)]
    wrong = wrong or list(_in_circles(formulas, records)) or list(_too_long(formulas, records))
    wrong += [p for s in problem.settings for p in _wrong_variants(s, formulas, records)]
    wrong += _wrong_places(problem, formulas, records)
    if wrong:
        raise InputError(wrong)
    settings = tuple(_given(problem, s, formulas, records, read_by) for s in problem.settings)
    return replace(problem, settings=settings)


# --- what is wrong ---------------------------------------------------------------------------------------


def _wrong(
    record: Parameter, formulas: Mapping[str, Formula], records: ParameterSet, solved: set[str]
) -> Iterator[Problem]:
    """Names that are no records, and units that cannot be."""
    formula = formulas[record.name]
    lacking = False
    for node in formula.tree.walk():
        if node.kind == "name" and (node.name not in records or node.name in solved):
            lacking = True
            told = f"column {node.column}: {node.name} is solved for; allowed: what is known before"
            if node.name not in solved:
                told = f"column {node.column}: {node.name} is no record{spelling_hint(node.name, records)}"
            yield _problem(record, told)
        if node.kind == "span" and node.name in records:
            lacking = True
            yield _problem(
                record, f"column {node.column}: {node.name} is a span of time, and a record; rename the record"
            )
    if not lacking and (told := misfit(formula.tree, record.unit, lambda n: records[n].unit, records.money.currency)):
        yield _problem(record, told)


def _in_circles(formulas: Mapping[str, Formula], records: ParameterSet) -> Iterator[Problem]:
    """Expressions that are computed from themselves, each circle once."""
    done: set[str] = set()
    for start in formulas:
        path: list[str] = []
        left: list[tuple[str, Iterator[str]]] = [(start, iter(formulas[start].tree.names()))]
        while left:
            name, inside = left[-1]
            if not path or path[-1] != name:
                path.append(name)
            following = next((n for n in inside if n in formulas and n not in done), None)
            if following is None:
                left.pop()
                path.pop()
                done.add(name)
            elif following in path:
                circle = [*path[path.index(following) :], following]
                yield _problem(records[following], f"is computed from itself: {' from '.join(circle)}")
                done.update(circle)
            else:
                left.append((following, iter(formulas[following].tree.names())))


def _too_long(formulas: Mapping[str, Formula], records: ParameterSet) -> Iterator[Problem]:
    """Expressions that name so many others, or others so deeply, that nobody can write them out; the first."""
    sizes: dict[str, tuple[int, int]] = {}
    for name in _in_order(formulas):
        sizes[name] = _size(formulas[name].tree, sizes)
        if sizes[name][0] > MOST or sizes[name][1] > DEEPEST:
            told = f"comes to {sizes[name][0]:,} pieces, {sizes[name][1]} within each other, with all that it names"
            yield _problem(records[name], f"{told}; allowed: {MOST:,} and {DEEPEST}")
            return


def _size(node: Node, sizes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    if node.kind == "name":
        return sizes.get(node.name, (1, 1))
    found = [_size(part, sizes) for part in node.parts]
    return 1 + sum(n for n, _ in found), 1 + max((d for _, d in found), default=0)


def _in_order(formulas: Mapping[str, Formula]) -> list[str]:
    """Expressions, those that others name before them; there are no circles."""
    order: dict[str, None] = {}
    left = list(formulas)
    while left:
        name = left.pop()
        before = [n for n in formulas[name].tree.names() if n in formulas and n not in order]
        if name in order:
            continue
        if before:
            left += [name, *before]
        else:
            order[name] = None
    return list(order)


def _wrong_variants(setting: Setting, formulas: Mapping[str, Formula], records: ParameterSet) -> Iterator[Problem]:
    for variant in setting.variants:
        named = [*(n for pair in variant.replace.items() for n in pair), *names_in(variant.weight or ())]
        for name in dict.fromkeys(n for n in named if n in formulas):
            yield _problem(records[name], f"stands in variant {variant.name}; allowed: the records that it names")


def _wrong_places(
    problem: DecisionProblem, formulas: Mapping[str, Formula], records: ParameterSet
) -> Iterator[Problem]:
    """Expressions for what other analyses change by the record's name, or that stand in no draw."""
    rates = {"discount_costs": problem.discount_costs, "discount_effects": problem.discount_effects}
    found = [*rates.items(), *((f"setting {s.name}: horizon", s.horizon) for s in problem.settings)]
    found += [("breakevens", b.parameter) for b in problem.breakevens]
    found += [("correlations", name) for pair in problem.correlations for name in pair]
    for where, quantity in found:
        if isinstance(quantity, str) and quantity in formulas:
            yield _problem(records[quantity], f"stands at {where}; allowed: a record that is drawn or fixed")


def _problem(record: Parameter, text: str) -> Problem:
    return Problem(*record.place, f"{record.name}.value", text)


# --- what is given -----------------------------------------------------------------------------------------


def _given(
    problem: DecisionProblem,
    setting: Setting,
    formulas: Mapping[str, Formula],
    records: ParameterSet,
    read_by: ReadBy,
) -> Setting:
    """The setting with the expressions that are read under it."""
    own = {n: q for n, q in setting.given.items() if n not in formulas}
    stated = {n: q for n, q in setting.given.items() if n in formulas}  # in an expression's place
    written: dict[str, Node] = {n: as_node(q) for n, q in {**own, **stated}.items()}
    for name in _in_order(formulas):
        if name not in written:
            written[name] = written_out(formulas[name].tree, written)

    def expression(name: str) -> Expression:
        return Expression(formulas[name].text, records[name].unit, written[name], name)

    def put(quantity: Quantity) -> Quantity:
        """A quantity that the setting gives, with expressions for the names of such."""
        if isinstance(quantity, str):
            return expression(quantity) if quantity in formulas and quantity not in stated else quantity
        if isinstance(quantity, (Product, Sum)):
            return type(quantity)(*map(put, parts_of(quantity)))
        if isinstance(quantity, Complement):
            return Complement(put(quantity.of))
        return Quotient(put(quantity.above), put(quantity.below)) if isinstance(quantity, Quotient) else quantity

    plain = replace(setting, given={n: put(q) for n, q in setting.given.items()})
    under = replace(problem, settings=(plain, *(s for s in problem.settings if s is not setting))).under(plain)
    named = [n for quantity in setting.given.values() for n in names_in(quantity)]
    read = _reached([*read_by(under, plain), *named], {n: f for n, f in formulas.items() if n not in stated})
    return replace(plain, given={**plain.given, **{n: expression(n) for n in formulas if n in read}})


def _reached(names: Iterable[str], formulas: Mapping[str, Formula]) -> set[str]:
    """The expressions among the names, and all that these are computed through."""
    left, found = [n for n in names if n in formulas], set[str]()
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [n for n in formulas[name].tree.names() if n in formulas]
    return found
