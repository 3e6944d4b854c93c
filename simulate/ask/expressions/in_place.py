"""Expressions that stand in a problem in place of a quantity: each becomes a record, and its name stands there.

What a strategy gives for what such an expression names holds in it too: there the strategy has a record of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any

from models.contract import DecisionProblem, ModelError, Strategy
from models.quantities import COMPOSITES, Expression, Quantity, parameter_names, parts_of, rewritten, said
from parameters import InputError, Parameter, ParameterSet
from parameters.expressions.formula import Formula, evaluated
from parameters.expressions.grammar import Node
from parameters.mistakes import SeveralMistakes
from parameters.units import PURE, RATE, SPANS, TIME, UNITS
from simulate.ask.expressions.nodes import as_node, written_out

NOTE = "Stands in the model in place of a number."


def with_names(problem: DecisionProblem, records: ParameterSet) -> tuple[DecisionProblem, ParameterSet]:
    """The problem with names in place of expressions, and the records with theirs; themselves where there are none."""
    found: dict[tuple[str, str], Expression] = {}

    def named(part: str | Expression) -> Quantity:
        """The name that stands in place of an expression without one."""
        if isinstance(part, str) or part.name:
            return part
        if not part.tree.names():
            return _known(part)
        key = part.text, part.unit
        if key not in found:
            found[key] = replace(part, name=_free(f"expression_{len(found) + 1}", records))
        return found[key].name

    new = rewritten(problem, named)
    if not found:
        return problem, records
    expressions = {e.name: e for e in found.values()}
    strategies, own, elsewhere = [], dict[str, Expression](), _read_by_name(new, records)
    for strategy in new.strategies:
        of_it = dict(_of_strategy(strategy, expressions, records))
        own |= {e.name: e for e in of_it.values() if e.tree.names()}
        inside = {n for name in of_it for n in expressions[name].tree.names()} - elsewhere
        given: dict[str, Quantity] = {n: q for n, q in strategy.given.items() if n not in inside}
        given |= {name: e.name if e.name in own else _known(e) for name, e in of_it.items()}
        strategies.append(replace(strategy, given=given) if of_it else strategy)
    where = _places(problem)
    made = {name: _record(problem.id, e, where.get((e.text, e.unit), "")) for name, e in (expressions | own).items()}
    return replace(new, strategies=tuple(strategies)), replace(records, records={**records.records, **made})


def _of_strategy(
    strategy: Strategy, expressions: Mapping[str, Expression], records: ParameterSet
) -> Iterator[tuple[str, Expression]]:
    """Expressions that name what a strategy gives, as they are under it, by their own names."""
    nodes = {name: _node(name, quantity, records) for name, quantity in strategy.given.items()}
    values = {q for q in strategy.given.values() if isinstance(q, str)}
    for name, expression in expressions.items():
        if name not in values and nodes.keys() & set(expression.tree.names()):
            own = _free(f"{name}_{strategy.id}", records)
            text = f"{expression.text} with {', '.join(n for n in expression.tree.names() if n in nodes)} as given"
            yield name, replace(expression, text=text, tree=written_out(expression.tree, nodes), name=own)


def _read_by_name(problem: DecisionProblem, records: ParameterSet) -> set[str]:
    """Parameters that stand somewhere themselves or in a record's expression, and not in one in place alone."""
    formulas = (r.distribution for r in records.values() if isinstance(r.distribution, Formula))
    pathways = (problem.pathway, *(s.pathway for s in problem.settings if s.pathway is not None))
    valued = problem.costs, problem.utilities, problem.effects
    named = parameter_names((pathways, valued, tuple(s.components for s in problem.strategies)))
    return {*named, *(n for f in formulas for n in f.tree.names())}


def _known(expression: Expression) -> float:
    """What an expression without names comes to, in engine units."""
    return float(evaluated(expression.tree, _no_names))


def _no_names(name: str) -> Any:
    raise AssertionError(name)


def _node(name: str, quantity: Quantity, records: ParameterSet) -> Node:
    """What a strategy gives for a name; a plain number is one of what the name measures, in engine units."""
    node = as_node(quantity)
    measures = UNITS[records[name].unit].dimension if name in records else PURE
    if node.kind == "number" and measures in (TIME, RATE):
        return Node("*" if measures == TIME else "/", 0, parts=(node, Node("span", 0, SPANS["year"], "year")))
    return node


def _free(name: str, records: ParameterSet) -> str:
    """The name, or the next like it that no record has."""
    return name if name not in records else _free(f"{name}_", records)


def _places(problem: DecisionProblem) -> dict[tuple[str, str], str]:
    """Where each expression stands first, by its text and unit, in words."""
    found: dict[tuple[str, str], str] = {}

    def walk(thing: object, where: str) -> None:
        """Note each expression at and below a declaration."""
        if isinstance(thing, Expression):
            found.setdefault((thing.text, thing.unit), where)
        elif isinstance(thing, (tuple, Mapping)):
            for item in thing.values() if isinstance(thing, Mapping) else thing:
                walk(item, where)
        elif isinstance(thing, COMPOSITES):
            walk(parts_of(thing), where)
        elif is_dataclass(thing) and not isinstance(thing, type):
            own = said(thing) if " " in said(thing) or not where else where
            for field in fields(thing):
                walk(getattr(thing, field.name), f"{own}.{field.name}")

    walk(problem, "")
    return found


@contextmanager
def told_by_text(records: ParameterSet) -> Iterator[None]:
    """What is refused within, with the text of an expression in place of the name that its record has."""
    texts = {
        n: r.distribution.text for n, r in records.items() if r.note == NOTE and isinstance(r.distribution, Formula)
    }
    try:
        yield
    except (InputError, ModelError) as fault:
        if not texts:
            raise
        raise _by_text(fault, texts) from fault


def _by_text(fault: InputError | ModelError, texts: Mapping[str, str]) -> InputError | ModelError:
    if isinstance(fault, SeveralMistakes):
        return SeveralMistakes([_by_text(part, texts) for part in fault.parts])  # type: ignore[arg-type]
    if isinstance(fault, InputError):
        return InputError([replace(p, key=_named(p.key, texts), text=_named(p.text, texts)) for p in fault.problems])
    return ModelError(_named(str(fault), texts))


def _named(told: str, texts: Mapping[str, str]) -> str:
    """A refusal without names of ours: of a record, its field has none either."""
    for name, text in texts.items():
        told = re.sub(rf"\b{re.escape(name)}\b(\.(value|unit)\b)?", lambda _, text=text: f'"{text}"', told)  # type: ignore[misc]
    return told


def _record(problem: str, expression: Expression, where: str) -> Parameter:
    tree: Node = expression.tree
    return Parameter(
        name=expression.name,
        label=f"expression of {', '.join(tree.names())}",
        unit=expression.unit,
        distribution=Formula(expression.text, tree),
        source="assumption",
        status="derived",
        note=NOTE,
        file=f"{problem}: {where}" if where else problem,
    )
