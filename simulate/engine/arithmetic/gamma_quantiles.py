"""Quantiles of gamma variables with mean 1, many of one shape: Taylor series of their differential equation.

The quantile x is followed as a function of z = log(u / (1 - u)), of which it is smooth: the nearest singularity lies
at about pi from any real z (shapes from 1 on) or at pi times the shape. The line of z is cut into cells, as wide as 1
or, below shape 1, as a power of two no greater than the shape. At the middle of a cell somebody is in, x is found by
``inverse_tail`` and its series by recurrence (Steinbrecher & Shaw 2008, doi 10.1017/S0956792508007341, have the
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
LEAST_SERIES = 2.0**-4  # shape below which cells would be too many to pay
WIDEST = 38.0  # |z| of every uniform the generators give is below 37


@njit
def unit_gammas(shape: Floats, uniform: Floats) -> Floats:
    """Quantiles of gammas with mean 1, [draws, people], of `shape` [draws] at `uniform` [draws, people] in (0, 1).

    Right to 3e-14 of themselves from shape 1 on, and to 3e-14 / shape below (``scripts/verify/ulp.py``): as far as a
    rounded z tells them.
    """
    out = np.empty(uniform.shape)
    cells = 2 * int(WIDEST / LEAST_SERIES) + 1
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
            if k < LEAST_SERIES or abs(z) > WIDEST - 1.0:
                out[d, p] = exp_or_inf(quantile_of(k, c, z))
                continue
            cell = math.floor(z / width + 0.5)
            i = int(cell) + cells // 2
            if not known[i]:
                expand(k, c, cell * width, table[i], work)
                known[i] = True
            out[d, p] = polynomial(table[i], z - cell * width)
    return out


@njit
def cell_width(k: float) -> float:
    """How wide cells are, in z: a power of two, so that their middles are exact."""
    width = 1.0
    while width > k and width > LEAST_SERIES:
        width *= 0.5
    return width


@njit
def quantile_of(k: float, c: float, z: float) -> float:
    """The logarithm of the quantile of a gamma of shape `k` and mean 1 at the probability 1 / (1 + exp(-z))."""
    return inverse_tail(k, c, abs(z) + log1p(exp(-abs(z))), z > 0.0)


@lean
def expand(k: float, c: float, z: float, x: Floats, work: Floats) -> None:
    """The coefficients `x` [order] of the quantile's series around `z`; `work` [4, order] is written on.

    With P the probability and f the density, x' = v = P (1 - P) / f, so v' = v q where q = m + k v - (k - 1) r,
    r = v / x and m = 1 - 2 P, of which m' = (m m - 1) / 2.
    """
    v, r, m, q = work[0], work[1], work[2], work[3]
    log_x = quantile_of(k, c, z)
    e = exp(-abs(z))
    x[0] = exp_or_inf(log_x)
    v[0] = e / ((1.0 + e) * (1.0 + e)) * x[0] / (k * exp(-k * excess(log_x) - c))
    m[0] = (1.0 - e) / (1.0 + e) if z < 0.0 else (e - 1.0) / (1.0 + e)
    for n in range(ORDER):
        r[n], q[n] = v[n], 0.0
        for j in range(1, n + 1):
            r[n] -= x[j] * r[n - j]
        r[n] /= x[0]
        q[n] = m[n] + k * v[n] - (k - 1.0) * r[n]
        v[n + 1], m[n + 1] = 0.0, -1.0 if n == 0 else 0.0
        for j in range(n + 1):
            v[n + 1] += v[j] * q[n - j]
            m[n + 1] += m[j] * m[n - j]
        v[n + 1] /= n + 1.0
        m[n + 1] *= 0.5 / (n + 1.0)
        x[n + 1] = v[n] / (n + 1.0)


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
