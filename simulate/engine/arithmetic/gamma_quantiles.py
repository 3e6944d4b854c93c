"""Quantiles of gamma variables with mean 1, many of one shape: Taylor series of their differential equation.

The quantile x is followed as a function of z = log(u / (1 - u)), of which it is smooth: the nearest singularity lies
at about pi from any real z. Below shape 1 that holds of log(x), with half of pi for the least shapes. The line of z is
cut into cells as wide as 1, or below shape 1 as 1/2. At the middle of a cell somebody is in, x is found by
``inverse_tail`` and the series by recurrence (Steinbrecher & Shaw 2008, doi 10.1017/S0956792508007341, have the
equation); everybody in the cell is then a polynomial. What a person gets depends on shape and uniform alone.
"""

from __future__ import annotations

import math

import numpy as np

from parameters.arrays import Floats
from simulate.engine.arithmetic.compiled import lean, njit
from simulate.engine.arithmetic.elementary import exp, log, log1p
from simulate.engine.arithmetic.incomplete_gamma import excess, exp_or_inf, inverse_tail, log_peak

ORDER = 16  # of the series, at which it is right to the last bits at the ends of a cell
WIDEST = 38.0  # |z| of every uniform the generators give is below 37
_SHARE = 1.0 / np.arange(1.0, ORDER + 2.0)


@njit
def unit_gammas(shape: Floats, uniform: Floats) -> Floats:
    """Quantiles of gammas with mean 1, [draws, people], of `shape` [draws] at `uniform` [draws, people] in (0, 1).

    Right to 3e-14 of themselves from shape 1 on, and to 3e-14 / shape below (``scripts/verify/ulp.py``): as far as a
    rounded z tells them.
    """
    out = np.empty(uniform.shape)
    cells = 4 * int(WIDEST) + 1
    table, known, work = np.empty((cells, ORDER + 1)), np.zeros(cells, np.bool_), np.empty((4, ORDER + 1))
    before = 0.0  # the shape that the table is of
    for d in range(uniform.shape[0]):
        k = shape[d]
        c = log_peak(k)
        if k != before:
            known[:] = False
            before = k
        width = cell_width(k)
        for p in range(uniform.shape[1]):
            u = uniform[d, p]
            z = log(u / (1.0 - u))
            if abs(z) > WIDEST - 1.0:
                out[d, p] = exp_or_inf(quantile_of(k, c, z))
                continue
            cell = math.floor(z / width + 0.5)
            i = int(cell) + cells // 2
            if not known[i]:
                expand(k, c, cell * width, table[i], work)
                known[i] = True
            value = polynomial(table[i], z - cell * width)
            out[d, p] = value if k >= 1.0 else exp(value)
    return out


@njit
def cell_width(k: float) -> float:
    """How wide cells are, in z: a power of two, so that their middles are exact."""
    return 1.0 if k >= 1.0 else 0.5


@njit
def quantile_of(k: float, c: float, z: float) -> float:
    """The logarithm of the quantile of a gamma of shape `k` and mean 1 at the probability 1 / (1 + exp(-z))."""
    return inverse_tail(k, c, abs(z) + log1p(exp(-abs(z))), z > 0.0)


@lean
def expand(k: float, c: float, z: float, out: Floats, work: Floats) -> None:
    """The series around `z` of the quantile x, or below shape 1 of log(x), to `out` [order]; `work` [4, order] is
    written on.

    With P the probability, r = k log(x)' and v = k x' = x r: r' = r (m + v - r), where m = 1 - 2 P, m' = (m m - 1) / 2.
    """
    x, r, m, q = work[0], work[1], work[2], work[3]
    log_x = quantile_of(k, c, z)
    e = exp(-abs(z))
    x[0] = exp_or_inf(log_x)
    r[0] = e / ((1.0 + e) * (1.0 + e)) / exp(-k * excess(log_x) - c)
    m[0] = (1.0 - e) / (1.0 + e) if z < 0.0 else (e - 1.0) / (1.0 + e)
    out[0] = x[0] if k >= 1.0 else log_x
    for n in range(ORDER):
        v, curve, turn = 0.0, 0.0, -1.0 if n == 0 else 0.0
        for j in range(n + 1):
            v += x[j] * r[n - j]
            turn += m[j] * m[n - j]
        q[n] = m[n] + (v - r[n])
        for j in range(n + 1):
            curve += r[j] * q[n - j]
        share = _SHARE[n]
        x[n + 1] = v / k * share
        r[n + 1], m[n + 1] = curve * share, turn * (0.5 * share)
        out[n + 1] = x[n + 1] if k >= 1.0 else r[n] / k * share


@lean
def polynomial(a: Floats, t: float) -> float:
    """a[0] + a[1] t + ..., its even and its odd powers apart, which a processor can add up at the same time."""
    square = t * t
    even, odd = a[ORDER], a[ORDER - 1]
    for i in range(ORDER // 2 - 1, 0, -1):
        even = even * square + a[2 * i]
        odd = odd * square + a[2 * i - 1]
    value: float = a[0] + (odd * t + even * square)
    return value
