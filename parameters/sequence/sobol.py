"""Sobol's sequence, scrambled: points that fill a cube more evenly than chance does.

Scrambled are the bits of each dimension, by a random lower triangular matrix and a digital shift (Matoušek, J
Complexity 1998;14:527-556). The same generator gives the same points as ``scipy.stats.qmc.Sobol``, a test holds them
to it, whose import takes longer than all the drawing.

``joe_kuo.csv`` holds, a row a dimension, the primitive polynomial (its coefficients as bits) and the first direction
numbers, a published table: Joe and Kuo, SIAM J Sci Comput 2008;30:2635-2654, new-joe-kuo-6.21201.
"""

from __future__ import annotations

import csv
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

BITS = 30  # of a coordinate
MOST = 512  # dimensions in the table
TABLE = Path(__file__).with_name("joe_kuo.csv")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]  # coordinates x 2^BITS


def scrambled_sobol(points: int, dimensions: int, rng: np.random.Generator, columns: Ints | None = None) -> Floats:
    """The first `points` of a scramble, multiples of 2^-30 in [0, 1), float64 [points, dimensions].

    With `columns`, only those dimensions, in that order, as they are in the whole. ``ValueError`` for more dimensions
    than the table has or more points than differ.
    """
    if dimensions > MOST or points > 1 << BITS:
        raise ValueError(f"{points} points of {dimensions} dimensions; allowed: at most {1 << BITS} of {MOST}")
    rng = rng.spawn(1)[0]  # as scipy does
    places = np.arange(BITS, dtype=np.uint32)
    shift = rng.integers(2, size=(dimensions, BITS), dtype=np.uint32) @ (np.uint32(1) << places)
    mixed = rng.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32)
    kept = np.arange(dimensions) if columns is None else columns
    walked = _walked(points, shift[kept], _mixed(directions(dimensions)[kept], mixed[kept]))
    return np.asarray(walked * 0.5**BITS, dtype=np.float64)


def _mixed(directions: Words, matrices: Words) -> Words:
    """Direction numbers [dimension, bit], each times the lower triangle of its matrix [dimension, bit, bit], modulo 2.

    Rows and columns of a matrix go from the highest bit to the lowest, and its diagonal counts as 1.
    """
    lower = np.tril(matrices, -1) + np.eye(BITS, dtype=np.uint32)
    places = np.arange(BITS - 1, -1, -1, dtype=np.uint32)
    digits = (directions[:, None, :] >> places[:, None]) & np.uint32(1)  # [dimension, digit, bit]
    # Sums of at most 30 ones are exact in float32, whose products are quicker than those of whole numbers.
    sums = np.matmul(lower.astype(np.float32), digits.astype(np.float32)).astype(np.uint32)
    return np.asarray(((sums & np.uint32(1)) << places[:, None]).sum(axis=1), dtype=np.uint32)


def _walked(points: int, shift: Words, directions: Words) -> Words:
    """Points in the order of Gray's code, [point, dimension]: its second half is the first backwards, one bit more."""
    out = np.empty((1 << max(points - 1, 0).bit_length(), len(shift)), dtype=np.uint32)
    out[0] = shift
    for bit in range(len(out).bit_length() - 1):
        half = 1 << bit
        out[half : 2 * half] = out[half - 1 :: -1] ^ directions[:, bit]
    return out[:points]


@cache
def directions(dimensions: int) -> Words:
    """Unscrambled direction numbers of the first dimensions, [dimension, bit], as words of ``BITS`` bits."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(islice(csv.DictReader(file), dimensions))
    columns = [_column(int(r["polynomial"]), [int(m) for m in r["first"].split()]) for r in rows]
    return np.array(columns, dtype=np.uint32).reshape(dimensions, BITS)


def _column(polynomial: int, first: list[int]) -> list[int]:
    """Direction numbers of one dimension, [bit]: Bratley and Fox, ACM Trans Math Softw 1988;14:88-100, equation 2."""
    numbers, degree = list(first), polynomial.bit_length() - 1
    if degree == 0:
        numbers = [1] * BITS
    while len(numbers) < BITS:
        found = numbers[-degree] ^ (numbers[-degree] << degree)
        for k in range(1, degree):
            if polynomial >> (degree - k) & 1:
                found ^= numbers[-k] << k
        numbers.append(found)
    return [m << (BITS - 1 - k) for k, m in enumerate(numbers[:BITS])]
