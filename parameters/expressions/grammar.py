"""The language of expressions: numbers, names, + - * / ^ ( ) and a few functions. Read, and never run as code.

    sum      product { (+ | -) product }
    product  signed { (* | /) signed }
    signed   [+ | -] signed | power
    power    atom [ ^ signed ]
    atom     number | name | function ( sum { , sum } ) | ( sum )

A power binds closer than a sign and from the right, as on paper: -x^2 is -(x^2), and a^b^c is a^(b^c). Words for spans
of time (year, month, week, day) are numbers with a unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 2_000  # characters
MOST = 400  # numbers, names, functions and operations
DEEPEST = 40  # parentheses, functions, signs and powers within each other

FUNCTIONS = {"exp": 1, "log": 1, "sqrt": 1, "logit": 1, "expit": 1, "min": 2, "max": 2}  # with arguments, or at least
SEVERAL = ("min", "max")  # take any number from two on

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[-+*/^(),])"
)
_SAID_OTHERWISE = {
    "**": "^",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "²": "^2",
    "%": "/ 100",
    "[": "(",
    "]": ")",
}


_INVERSE = dict.fromkeys(("inv_logit", "invlogit", "ilogit", "plogis", "logistic", "sigmoid"), "write expit")
_ELSEWHERE = {  # what other programs call them
    **_INVERSE,
    "ln": "log is the natural logarithm",
    "qlogis": "write logit",
    "pow": "write a ^ b",
    "cloglog": "write log(-log(1 - p))",
    "pmin": "write min",
    "pmax": "write max",
}


class ExpressionError(ValueError):
    """What is wrong with an expression, and at which column, counted from 1."""

    def __init__(self, column: int, text: str):
        self.column, self.text = column, text
        super().__init__(f"column {column}: {text}")


@dataclass(frozen=True)
class Node:
    """A piece of an expression: a number, a name, a span of time, or a function or operation of others."""

    kind: str  # number, name, span, one of FUNCTIONS, or one of + - * / ^ and neg
    column: int
    value: float = 0.0  # of a number or a span, years
    name: str = ""  # of a name or span
    parts: tuple[Node, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Every parameter that it names, each once, in order."""
        return tuple(dict.fromkeys(node.name for node in self.walk() if node.kind == "name"))

    def walk(self) -> Iterator[Node]:
        """Itself and all within."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def is_constant(self) -> bool:
        """Whether it names nothing and has no unit."""
        return all(node.kind not in ("name", "span") for node in self.walk())


def parsed(text: str, spans: Mapping[str, float]) -> Node:
    """The expression that a text is; ``ExpressionError`` where it is none, or too long, many or deep.

    `spans` are the words for spans of time, with what each comes to.
    """
    if len(text) > LONGEST:
        raise ExpressionError(LONGEST, f"{len(text):,} characters; allowed: {LONGEST:,}, in records of their own")
    reader = _Reader(list(_tokens(text)), len(text) + 1, spans)
    found = reader.sum(0)
    left = reader.next
    if left.kind != "end":
        raise ExpressionError(left.column, f"{_told(left)} where the expression should end{_hint(left)}")
    return found


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, sign, end
    text: str
    column: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at] in " \t\n":
            at += 1
            continue
        found = _TOKEN.match(text, at)
        two = next((w for w in _SAID_OTHERWISE if text.startswith(w, at)), None)
        if two is not None:
            raise ExpressionError(at + 1, f"{two!r} is none of the signs; write {_SAID_OTHERWISE[two]}")
        if found is None:
            raise ExpressionError(at + 1, f"{text[at]!a} is none of the signs; allowed: + - * / ^ ( ) and ,")
        assert found.lastgroup is not None
        yield _Token(found.lastgroup, found[0], at + 1)
        at = found.end()


def _hint(token: _Token) -> str:
    if token.kind in ("number", "name") or token.text == "(":
        return "; a * is never left out"
    return "; write 1.5 and not 1,5" if token.text == "," else ""


class _Reader:
    """Reads tokens from left to right, by the rules above."""

    def __init__(self, tokens: list[_Token], end: int, spans: Mapping[str, float]):
        self.tokens, self.at, self.end, self.spans, self.nodes = tokens, 0, end, spans, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _Token("end", "", self.end)

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def node(self, kind: str, column: int, *parts: Node, value: float = 0.0, name: str = "") -> Node:
        self.nodes += 1
        if self.nodes > MOST:
            raise ExpressionError(column, f"more than {MOST} pieces; allowed: fewer, in records of their own")
        return Node(kind, column, value, name, parts)

    def sum(self, depth: int) -> Node:
        return self._joined("+-", depth)

    def _joined(self, signs: str, depth: int) -> Node:
        def read() -> Node:
            return self._joined("*/", depth) if signs == "+-" else self.signed(depth)

        found = read()
        while self.next.kind == "sign" and self.next.text in signs:
            sign = self.take()
            found = self.node(sign.text, sign.column, found, read())
        return found

    def signed(self, depth: int) -> Node:
        """A sign before what follows, whose power binds closer: -2^2 is -4; powers from the right."""
        self._refuse_deep(depth)
        if self.next.kind == "sign" and self.next.text in "+-":
            sign = self.take()
            inner = self.signed(depth + 1)
            return inner if sign.text == "+" else self.node("neg", sign.column, inner)
        base = self.atom(depth)
        if self.next.text != "^":
            return base
        sign = self.take()
        return self.node("^", sign.column, base, self.signed(depth + 1))

    def atom(self, depth: int) -> Node:
        """A number, a name, a function of what stands in its brackets, or something in brackets."""
        token = self.take()
        if token.kind == "number":
            return self.node("number", token.column, value=_number(token))
        if token.kind == "name":
            return self._named(token, depth)
        if token.text == "(":
            found = self.sum(depth + 1)
            self._close(token)
            return found
        what = "the end" if token.kind == "end" else _told(token)
        raise ExpressionError(token.column, f"{what} where a number, a name or ( should stand")

    def _named(self, token: _Token, depth: int) -> Node:
        called = self.next.text == "("
        if called and token.text not in FUNCTIONS:
            close = get_close_matches(token.text[:40].lower(), FUNCTIONS, n=1)
            near = f"; did you mean {close[0]}?" if close else ""
            near = f"; {_ELSEWHERE[token.text]}" if token.text in _ELSEWHERE else near
            raise ExpressionError(
                token.column, f"{token.text[:40]} is no function; allowed: {', '.join(FUNCTIONS)}{near}"
            )
        if called:
            return self._call(token, depth)
        if token.text in FUNCTIONS:
            raise ExpressionError(token.column, f"{token.text} is a function; write {token.text}(...)")
        if token.text in self.spans:
            return self.node("span", token.column, value=self.spans[token.text], name=token.text)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", token.text):
            raise ExpressionError(token.column, f"{_told(token)} is no name; allowed: small letters, digits and _")
        return self.node("name", token.column, name=token.text)

    def _call(self, token: _Token, depth: int) -> Node:
        opening = self.take()
        parts = [self.sum(depth + 1)]
        while self.next.text == ",":
            self.take()
            parts.append(self.sum(depth + 1))
        self._close(opening)
        wanted = FUNCTIONS[token.text]
        if len(parts) != wanted and not (token.text in SEVERAL and len(parts) > wanted):
            several = " or more" if token.text in SEVERAL else ""
            told = f"{token.text} of {len(parts)}; allowed: {wanted}{several}"
            raise ExpressionError(token.column, told + ("; write 1.5 and not 1,5" if len(parts) > wanted else ""))
        return self.node(token.text, token.column, *parts)

    def _close(self, opening: _Token) -> None:
        token = self.take()
        if token.text != ")":
            what = "the end" if token.kind == "end" else _told(token)
            told = f"{what} where ) should close the ( of column {opening.column}{_hint(token)}"
            raise ExpressionError(token.column, told)

    def _refuse_deep(self, depth: int) -> None:
        if depth > DEEPEST:
            told = f"more than {DEEPEST} within each other; allowed: fewer, in records of their own"
            raise ExpressionError(self.next.column, told)


def _number(token: _Token) -> float:
    value = float(token.text)
    if not math.isfinite(value):
        raise ExpressionError(token.column, f"{token.text[:40]} is out of range; allowed: a finite number")
    return value


def _told(token: _Token) -> str:
    return repr(token.text[:40])
