"""Tables behind the elementary functions, computed to 50 digits when they are imported: the same on every machine.

Each number is cut into its nearest double and what that leaves. ``decimal`` rounds by specification, on any processor.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import numpy as np

from parameters.arrays import Floats

CELLS = 128  # of a doubling, for exp; and for log, whose arguments are brought to 11 / 16 to 11 / 8
_SHORT = 42  # binary places of the parts that are multiplied or added up without rounding
_FEW = 10  # binary places of the reciprocals in log
NODES, TERMS = 96, 14  # of exp(x^2) erfc(x): 16 nodes from 0 to 1, then 16 in every doubling up to 32

_DIGITS = Context(prec=50)
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582")


def _short(x: Decimal) -> float:
    """The nearest number with so few binary places that small multiples of it are exact."""
    return float((x * 2**_SHORT).to_integral_value()) / 2.0**_SHORT


def _cut(x: Decimal) -> tuple[float, float]:
    """The nearest double and, nearly, the rest."""
    high = float(x)
    return high, float(x - Decimal(high))


def _powers() -> Floats:
    """2^(i / CELLS), and the rest: [i, 2]."""
    return np.array([_cut(Decimal(2) ** (Decimal(i) / CELLS)) for i in range(CELLS)])


def _logarithms() -> Floats:
    """By node from 11 / 16 on: short reciprocals of it, minus their logarithms, short, and the rest: [node, 3].

    Nodes are 1 / 256 apart up to 1, and 1 / 128 from there: as far as numbers whose binary places differ by the same.
    """
    out = []
    for i in range(CELLS + 1):
        node = (176 + i) / 256 if i < 80 else (48 + i) / 128
        reciprocal = round(2**_FEW / node) / 2.0**_FEW
        log = -Decimal(reciprocal).ln()
        out.append((reciprocal, _short(log), float(log - Decimal(_short(log)))))
    return np.array(out)


def _node(i: int) -> Decimal:
    """The middle of the i-th stretch."""
    octave, place = divmod(i, 16)
    if octave == 0:
        return (Decimal(place) + Decimal("0.5")) / 16
    return (1 + (Decimal(place) + Decimal("0.5")) / 16) * Decimal(2 ** (octave - 1))


def _scaled_erfc(x: Decimal) -> Decimal:
    """exp(x^2) erfc(x): Kummer's series below 2 (DLMF 7.6.2), Laplace's continued fraction from there (7.9.1)."""
    if x < 2:
        total, term, n = Decimal(0), x, 0
        while term > Decimal("1e-55"):
            total += term
            n += 1
            term *= 2 * x * x / (2 * n + 1)
        found: Decimal = (x * x).exp() - 2 * total / _PI.sqrt()
        return found
    below = x
    for n in range(200, 0, -1):
        below = x + Decimal(n) / 2 / below
    return 1 / (below * _PI.sqrt())


def _erfc_series() -> Floats:
    """By node: its place, the value there, what that leaves, and the series around it from its first power on.

    By the equation g' = 2 x g - 2 / sqrt(pi): [node, 3 + TERMS].
    """
    out = np.empty((NODES, 3 + TERMS))
    for i in range(NODES):
        x = _node(i)
        a = [_scaled_erfc(x)]
        a.append(2 * x * a[0] - 2 / _PI.sqrt())
        for n in range(1, TERMS):
            a.append((2 * x * a[n] + 2 * a[n - 1]) / (n + 1))
        out[i] = float(x), *_cut(a[0]), *map(float, a[1:])
    return out


with localcontext(_DIGITS):
    LN2 = Decimal(2).ln()
    LN2_SHORT = _short(LN2)
    LN2_REST = float(LN2 - Decimal(LN2_SHORT))
    STEP_SHORT = _short(LN2 / CELLS)
    STEP_REST = float(LN2 / CELLS - Decimal(STEP_SHORT))
    STEPS = float(CELLS / LN2)
    POWERS, LOGARITHMS, ERFC = _powers(), _logarithms(), _erfc_series()
