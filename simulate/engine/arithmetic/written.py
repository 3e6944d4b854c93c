"""One function written out of many: a long loop is cut into named pieces, and compiled as if it never had been.

The compiler's own inlining hands a tuple of arrays on from piece to piece as hundreds of numbers, copied at every call
and every field, which takes it half a minute. Here each call of a piece is replaced by what the piece says, before the
compiler sees anything, and each field of the tuples becomes a variable. Where a field is known beforehand (a part of
the kernel that a pathway has no use for), what hangs on it is left out: lean and full kernel are of the same pieces.

Only the engine's own sources are written out, never anything that was given. Pieces may call pieces, in a statement of
their own (``x = piece(...)``, ``piece(...)``, ``return piece(...)``), and return where they end, not within loops.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

PIECES: set[FunctionType] = set()  # functions that are written out where they are called


def written_out(function: FunctionType, name: str, known: Mapping[str, bool]) -> FunctionType:
    """`function` as one function called `name`, without calls of pieces; fields in `known` ("run.full") are constants.

    Every field of a parameter is read once, at the start. ``TypeError`` where a piece cannot be written out.
    """
    writer = _Writer(function, known)
    tree = ast.Module([writer.whole(name)], [])
    for node in ast.walk(ast.fix_missing_locations(tree)):
        if isinstance(node, (ast.stmt, ast.expr, ast.arg)):  # lines are of several files: no node ends on another
            node.end_lineno, node.end_col_offset = node.lineno, node.col_offset
    whole = compile(tree, function.__code__.co_filename, "exec")
    found = FunctionType(next(c for c in whole.co_consts if isinstance(c, CodeType)), writer.names, name)
    found.__module__ = function.__module__
    return found


@cache
def _sources(path: str) -> dict[str, tuple[str, int]]:
    """The functions of a file: the text of each, and its first line."""
    text = Path(path).read_text(encoding="utf-8")
    lines = text.splitlines()
    found = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {f.name: ("\n".join(lines[f.lineno - 1 : f.end_lineno]), f.lineno) for f in found}


def _parsed(function: FunctionType) -> ast.FunctionDef:
    """A function's source anew, its lines numbered as in its file."""
    text, first = _sources(function.__code__.co_filename)[function.__name__]
    tree = ast.parse(text)
    ast.increment_lineno(tree, first - 1)
    found = tree.body[0]
    assert isinstance(found, ast.FunctionDef)
    return found


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    """Names that are assigned to."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _returns(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(statement))


def _is_truth(node: ast.expr, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


class _Writer:
    """What is written so far: the names used, of every file, and the fields read."""

    def __init__(self, function: FunctionType, known: Mapping[str, bool]):
        self.function, self.known = function, known
        self.names: dict[str, Any] = {"__builtins__": __builtins__, "__name__": function.__module__}
        self.fields: dict[str, tuple[str, str]] = {}  # variable -> parameter, field
        self.calls = 0

    def whole(self, name: str) -> ast.FunctionDef:
        """The function without calls of pieces."""
        tree = _parsed(self.function)
        given = {a.arg for a in tree.args.args}
        body = _Piece(self, self.function, given, {}).statements(tree.body)
        used = {node.id for s in body for node in ast.walk(s) if isinstance(node, ast.Name)}
        if both := _stored(body) & set(self.names):
            raise TypeError(f"{name}: {', '.join(sorted(both))} is a variable, and something else in a piece's file")
        read = [
            ast.Assign([ast.Name(variable, ast.Store())], ast.Attribute(ast.Name(owner, ast.Load()), field, ast.Load()))
            for variable, (owner, field) in sorted(self.fields.items())
            if variable in used  # else what it was read for is left out
        ]
        arguments = ast.arguments(
            posonlyargs=[], args=[ast.arg(a.arg) for a in tree.args.args], kwonlyargs=[], kw_defaults=[], defaults=[]
        )
        return ast.FunctionDef(name, arguments, [*read, *body], [], lineno=tree.lineno, col_offset=0)


class _Piece(ast.NodeTransformer):
    """One function on its way into another: `given` are the parameters of the whole, `means` what names stand for."""

    def __init__(self, writer: _Writer, function: FunctionType, given: set[str], means: dict[str, ast.expr]):
        self.writer, self.function, self.given, self.means = writer, function, given, means

    # --- statements

    def statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        """Statements with their pieces written out."""
        return [new for statement in body for new in self._statement(statement)]

    def _statement(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant):
            return []  # a docstring
        if isinstance(s, ast.AnnAssign) and s.value is not None:
            s = ast.copy_location(ast.Assign([s.target], s.value), s)
        if isinstance(s, (ast.Assign, ast.Expr, ast.Return)) and (piece := self._piece_of(s.value)) is not None:
            assert isinstance(s.value, ast.Call)
            if isinstance(s, ast.Return):
                return self._called(piece, s.value, None, returned=True)
            return self._called(piece, s.value, self.visit(s.targets[0]) if isinstance(s, ast.Assign) else None)
        if isinstance(s, ast.If):
            return self._if(s)
        if isinstance(s, (ast.For, ast.While)):
            body = self.statements(s.body) or [ast.Pass()]
            if isinstance(s, ast.While):
                return [ast.copy_location(ast.While(self.visit(s.test), body, []), s)]
            return [ast.copy_location(ast.For(self.visit(s.target), self.visit(s.iter), body, []), s)]
        return [self.visit(s)]

    def _if(self, s: ast.If) -> list[ast.stmt]:
        test = self.visit(s.test)
        if isinstance(test, ast.Constant):
            return self.statements(s.body if test.value else s.orelse)
        body = self.statements(s.body)
        return [ast.copy_location(ast.If(test, body or [ast.Pass()], self.statements(s.orelse)), s)]

    # --- calls

    def _piece_of(self, node: ast.expr | None) -> FunctionType | None:
        """The piece that an expression calls, if it does."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found = self.function.__globals__.get(node.func.id)
            if isinstance(found, FunctionType) and found in PIECES:
                return found
        return None

    def _called(
        self, piece: FunctionType, call: ast.Call, target: ast.expr | None, returned: bool = False
    ) -> list[ast.stmt]:
        """What a piece says, under its caller's names; what it returns goes to `target`."""
        tree, number = _parsed(piece), self.writer.calls + 1
        self.writer.calls = number
        own = _stored(tree.body)
        means: dict[str, ast.expr] = {n: ast.Name(f"{n}_{number}", ast.Load()) for n in own}
        first: list[ast.stmt] = []
        for parameter, argument in zip([a.arg for a in tree.args.args], call.args, strict=True):
            value = self.visit(argument)
            if parameter not in own and isinstance(value, (ast.Name, ast.Constant)):
                means[parameter] = value  # nothing changes it while the piece lasts
            else:
                means[parameter] = ast.Name(f"{parameter}_{number}", ast.Load())
                first.append(
                    ast.copy_location(ast.Assign([ast.Name(f"{parameter}_{number}", ast.Store())], value), call)
                )
        body = tree.body if returned else _ended(tree.body, target, piece)
        return first + _Piece(self.writer, piece, self.given, means).statements(body)

    # --- expressions

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call of a piece within an expression, which nothing can be written for: ``TypeError``."""
        if (piece := self._piece_of(node)) is not None:
            raise TypeError(f"{self.function.__name__}: calls the piece {piece.__name__} within an expression")
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """What a name stands for here: what was passed, a variable of the piece, or a name of its file."""
        meant = self.means.get(node.id)
        if isinstance(meant, ast.Name):
            return ast.copy_location(ast.Name(meant.id, node.ctx), node)
        if meant is not None:
            return meant
        scope, names = self.function.__globals__, self.writer.names
        if node.id in scope and isinstance(node.ctx, ast.Load) and scope[node.id] is not names.get(node.id):
            if node.id in names:
                raise TypeError(f"{self.function.__name__}: {node.id} is something else in another piece's file")
            names[node.id] = scope[node.id]
        return node

    def visit__Outer(self, node: _Outer) -> ast.AST:
        """A name of the caller: as it is."""
        return ast.copy_location(ast.Name(node.id, node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A field of what is given: its value where that is known, else the variable that holds it."""
        found = self.generic_visit(node)
        assert isinstance(found, ast.Attribute)
        if not (isinstance(found.value, ast.Name) and found.value.id in self.given):
            return found
        owner = found.value.id
        if (value := self.writer.known.get(f"{owner}.{found.attr}")) is not None:
            return ast.copy_location(ast.Constant(value), node)
        variable = f"{owner}__{found.attr}"
        self.writer.fields[variable] = owner, found.attr
        return ast.copy_location(ast.Name(variable, found.ctx), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """``not`` of what is known."""
        found = self.generic_visit(node)
        if isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
            return ast.copy_location(ast.Constant(not node.operand.value), node)
        return found

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """``and`` and ``or`` without what is known, or what settles them."""
        self.generic_visit(node)
        settles = isinstance(node.op, ast.Or)  # the value that settles it, of which the other changes nothing
        left = [v for v in node.values if not _is_truth(v, not settles)]
        if any(_is_truth(v, settles) for v in left):
            return ast.copy_location(ast.Constant(settles), node)
        if not left:
            return ast.copy_location(ast.Constant(not settles), node)
        return left[0] if len(left) == 1 else ast.copy_location(ast.BoolOp(node.op, left), node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """The branch that is taken where that is known."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node


class _Outer(ast.Name):
    """A name of the caller within a piece: it stays as it is."""


def _outer(target: ast.expr) -> ast.expr:
    """The caller's target, to stay as it is within a piece."""
    if isinstance(target, ast.Tuple):
        return ast.Tuple([_outer(x) for x in target.elts], ast.Store())
    if isinstance(target, ast.Name):
        return _Outer(target.id, ast.Store())
    raise TypeError("a piece's result goes to a variable, or to several")


def _ended(body: Sequence[ast.stmt], target: ast.expr | None, piece: Callable[..., Any]) -> list[ast.stmt]:
    """Statements that assign to `target` where they returned, and come to the same end."""
    out: list[ast.stmt] = []
    for i, s in enumerate(body):
        if isinstance(s, ast.Return):
            if target is not None and s.value is not None:
                out.append(ast.copy_location(ast.Assign([_outer(target)], s.value), s))
            return out
        if not _returns(s):
            out.append(s)
            continue
        if not isinstance(s, ast.If) or not isinstance(s.body[-1], ast.Return):
            raise TypeError(f"{piece.__name__}: returns within a loop, or where not all of a branch does")
        after = _ended([*s.orelse, *body[i + 1 :]], target, piece)
        return [*out, ast.copy_location(ast.If(s.test, _ended(s.body, target, piece), after), s)]
    return out
