"""Statistical tests of random numbers, each fed block by block and holding counts only.

A block is int64 [people, columns] of 52-bit integers, in the order in which the kernel asks for them: one draw,
its people down, the occurrences of each stream across. Uniforms are (block + 0.5) / 2^52.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats

from parameters.arrays import Floats, Ints
from simulate.engine.arithmetic.compiled import njit

Counts = npt.NDArray[np.int32]

BITS = 52
LEAST = 16  # expected numbers in a cell


class Result(NamedTuple):
    """One test: its statistic and the probability of one as large or larger."""

    name: str
    statistic: float
    p: float

    @property
    def two_sided(self) -> float:
        """The probability of one as far out on either side: too even is as bad as too uneven."""
        return min(1.0, 2 * min(self.p, 1 - self.p))


class Test(Protocol):
    """Something that takes blocks and in the end has results."""

    def add(self, block: Ints) -> None:
        """Take one block in."""

    def results(self) -> Iterator[Result]:
        """What all blocks so far amount to."""


def chi_square(name: str, observed: npt.ArrayLike, expected: npt.ArrayLike) -> Result:
    """Pearson's, with `expected` a number for all cells or one for each."""
    seen = np.asarray(observed, dtype=np.float64).ravel()
    wanted = np.broadcast_to(np.asarray(expected, dtype=np.float64), seen.shape)
    statistic = float(((seen - wanted) ** 2 / wanted).sum())
    return Result(name, statistic, float(stats.chi2.sf(statistic, len(seen) - 1)))


def poisson_count(name: str, seen: int, mean: float) -> Result:
    """A count, its tail shared fairly at the value itself."""
    return Result(name, float(seen), float(stats.poisson.sf(seen, mean) + 0.5 * stats.poisson.pmf(seen, mean)))


# --- frequencies ----------------------------------------------------------------------------------


@njit
def _count(values: Ints, shift: int, mask: int, counts: Counts) -> None:
    for value in values:
        counts[(value >> shift) & mask] += 1


@dataclass
class Frequency:
    """Chi-square of how often each value of `bits` bits occurs, the highest ones or, `low`, the lowest."""

    bits: int
    low: bool = False
    counts: Counts = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(1 << self.bits, dtype=np.int32)

    def add(self, block: Ints) -> None:
        _count(block.ravel(), 0 if self.low else BITS - self.bits, (1 << self.bits) - 1, self.counts)

    def results(self) -> Iterator[Result]:
        where = "lowest" if self.low else "highest"
        n = float(self.counts.sum(dtype=np.int64))
        yield chi_square(f"frequency, {where} {self.bits} bits", self.counts, n / len(self.counts))


@njit
def _bits(values: Ints, counts: Ints) -> None:
    for value in values:
        for b in range(BITS):
            counts[b] += (value >> b) & 1


@dataclass
class SingleBits:
    """Each of the 52 bits is set half of the time."""

    n: int = 0
    counts: Ints = field(default_factory=lambda: np.zeros(BITS, dtype=np.int64))

    def add(self, block: Ints) -> None:
        _bits(block.ravel(), self.counts)
        self.n += block.size

    def results(self) -> Iterator[Result]:
        z = (self.counts - self.n / 2) / math.sqrt(self.n / 4)
        yield Result("each of 52 bits", float((z * z).sum()), float(stats.chi2.sf((z * z).sum(), BITS)))


# --- serial ---------------------------------------------------------------------------------------


@njit
def _tuples(values: Ints, size: int, shift: int, bits: int, counts: Counts) -> None:
    mask = (1 << bits) - 1
    for i in range(0, len(values) - size + 1, size):
        cell = 0
        for j in range(size):
            cell = (cell << bits) | ((values[i + j] >> shift) & mask)
        counts[cell] += 1


@dataclass
class Serial:
    """Chi-square of `size` numbers in a row, not overlapping, by `bits` bits of each."""

    size: int
    bits: int
    low: bool = False
    counts: Counts = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(1 << (self.size * self.bits), dtype=np.int32)

    def add(self, block: Ints) -> None:
        _tuples(block.ravel(), self.size, 0 if self.low else BITS - self.bits, self.bits, self.counts)

    def results(self) -> Iterator[Result]:
        where = "lowest" if self.low else "highest"
        n = float(self.counts.sum(dtype=np.int64))
        yield chi_square(f"serial, {self.size} by their {where} {self.bits} bits", self.counts, n / len(self.counts))


@njit
def _gaps(values: Ints, low: int, high: int, since: int, counts: Ints) -> int:
    last = len(counts) - 1
    for value in values:
        if low <= value < high:
            counts[min(since, last)] += 1
            since = 0
        else:
            since += 1
    return since


@dataclass
class Gap:
    """Knuth's: how many numbers pass between two that fall into an interval."""

    low: float
    high: float
    expected_events: float
    since: int = 0
    counts: Ints = field(init=False)

    def __post_init__(self) -> None:
        p = self.high - self.low
        longest = max(1, math.floor(math.log(LEAST / (self.expected_events * p)) / math.log1p(-p)))
        self.counts = np.zeros(longest + 1, dtype=np.int64)

    def add(self, block: Ints) -> None:
        low, high = (math.ceil(x * 2**BITS) for x in (self.low, self.high))
        self.since = int(_gaps(block.ravel(), low, high, self.since, self.counts))

    def results(self) -> Iterator[Result]:
        p, n = self.high - self.low, len(self.counts) - 1
        law = np.append(p * (1 - p) ** np.arange(n), (1 - p) ** n)
        yield chi_square(f"gap, {self.low:g} to {self.high:g}", self.counts, law * self.counts.sum())


# --- birthday spacings ----------------------------------------------------------------------------


@njit
def _repeats(ascending: Ints) -> int:
    repeats = 0
    for i in range(1, len(ascending)):
        repeats += ascending[i] == ascending[i - 1]
    return repeats


@dataclass
class BirthdaySpacings:
    """Marsaglia's: of `birthdays` in a year of 2^bits days, how many spacings occur again, summed over years.

    A birthday is `parts` numbers in a row, `bits / parts` bits of each, the highest or the lowest. Poisson of mean
    birthdays^3 / (4 x 2^bits) a year where years x birthdays^3 <= 2^(5 bits / 4) (L'Ecuyer & Simard 2001).
    """

    birthdays: int
    bits: int
    parts: int = 1
    low: bool = False
    years: int = 0
    repeats: int = 0
    waiting: list[Ints] = field(default_factory=list)

    def add(self, block: Ints) -> None:
        """Take the birthdays of a block in; a year ends with every `birthdays` of them, and the rest wait."""
        each = self.bits // self.parts
        some = block.ravel()[: block.size // self.parts * self.parts].reshape(-1, self.parts)
        part = some & ((1 << each) - 1) if self.low else some >> (BITS - each)
        day = part[:, 0]
        for i in range(1, self.parts):
            day = (day << each) | part[:, i]
        self.waiting.append(day)
        while sum(map(len, self.waiting)) >= self.birthdays:
            days = np.concatenate(self.waiting)
            self._year(days[: self.birthdays])
            self.waiting = [days[self.birthdays :].copy()]

    def _year(self, days: Ints) -> None:
        self.repeats += int(_repeats(np.sort(np.diff(np.sort(days)))))
        self.years += 1

    def results(self) -> Iterator[Result]:
        if self.years:
            what = "each" if self.parts == 1 else f"{self.parts} in a row"
            name = f"birthday spacings, {what}, {'lowest' if self.low else 'highest'} {self.bits} bits"
            mean = self.years * self.birthdays**3 / 2.0 ** (self.bits + 2)
            yield poisson_count(name, self.repeats, mean)


# --- across streams, people and draws -------------------------------------------------------------


def _uniform(block: Ints) -> Floats:
    return np.asarray(((block + 0.5) * 2.0**-BITS - 0.5) * math.sqrt(12.0))  # mean 0, variance 1


def _correlations(name: str, sums: Floats, n: int) -> Iterator[Result]:
    """From sums of products of unit variance: the sum of squared z, and the largest of them."""
    z = sums.ravel() / math.sqrt(n)
    total, largest = float((z * z).sum()), float(np.abs(z).max())
    yield Result(f"{name}: {len(z)} correlations", total, float(stats.chi2.sf(total, len(z))))
    one = 2 * stats.norm.sf(largest)
    yield Result(f"{name}: the largest correlation", largest, float(-math.expm1(len(z) * math.log1p(-one))))


@njit
def _pair_cells(a: Ints, b: Ints, bits: int, counts: Counts) -> None:
    for i in range(len(a)):
        counts[((a[i] >> (BITS - bits)) << bits) | (b[i] >> (BITS - bits))] += 1


@njit
def _differences(a: Ints, b: Ints, counts: Ints) -> None:
    for i in range(len(a)):
        x, n = a[i] ^ b[i], 0
        while x:
            x &= x - 1
            n += 1
        counts[n] += 1


@dataclass
class Pairs:
    """Numbers that ought to know nothing of each other: joint cells, and how many of their 52 bits differ."""

    name: str
    bits: int
    cells: Counts = field(init=False)
    differ: Ints = field(default_factory=lambda: np.zeros(BITS + 1, dtype=np.int64))

    def __post_init__(self) -> None:
        self.cells = np.zeros(1 << (2 * self.bits), dtype=np.int32)

    def take(self, a: Ints, b: Ints, *, cells: bool = True) -> None:
        """Numbers of equal place belong together; no number may be in two pairs that go to cells."""
        left, right = np.ascontiguousarray(a).ravel(), np.ascontiguousarray(b).ravel()
        if cells:
            _pair_cells(left, right, self.bits, self.cells)
        _differences(left, right, self.differ)

    def results(self) -> Iterator[Result]:
        """Chi-square of the cells, and of the number of bits that differ, its rare ends joined."""
        n = float(self.cells.sum(dtype=np.int64))
        yield chi_square(f"{self.name}: cells of {self.bits} bits each", self.cells, n / len(self.cells))
        law = stats.binom(BITS, 0.5).pmf(np.arange(BITS + 1)) * self.differ.sum()
        kept = np.flatnonzero(law >= LEAST)
        inside = slice(kept[0], kept[-1] + 1)
        seen = [self.differ[: kept[0]].sum(), *self.differ[inside], self.differ[kept[-1] + 1 :].sum()]
        wanted = [law[: kept[0]].sum(), *law[inside], law[kept[-1] + 1 :].sum()]
        joined = _ends_joined(np.array(seen, dtype=np.float64), np.array(wanted))
        yield chi_square(f"{self.name}: bits that differ", *joined)


def _ends_joined(seen: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """The first and last cells added to their neighbours, since few are expected in them."""
    out = []
    for x in (seen, wanted):
        middle = x[1:-1].copy()
        middle[0] += x[0]
        middle[-1] += x[-1]
        out.append(middle)
    return out[0], out[1]


@dataclass
class AcrossStreams:
    """Columns of one person: every pair of (stream, occurrence), and neighbouring streams at equal occurrence."""

    occurrences: int
    bits: int
    n: int = 0
    sums: Any = 0.0
    pairs: Pairs = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = Pairs("streams", self.bits)

    def add(self, block: Ints) -> None:
        u = _uniform(block)
        self.sums = self.sums + u.T @ u
        self.n += len(u)
        streams = block.reshape(len(block), -1, self.occurrences)
        self.pairs.take(streams[:, :-1:2], streams[:, 1::2])

    def results(self) -> Iterator[Result]:
        yield from _correlations("streams", self.sums[np.triu_indices(len(self.sums), 1)], self.n)
        yield from self.pairs.results()


@dataclass
class AcrossPeople:
    """Each column of a person against each of the person `lag` later in the draw."""

    lag: int
    bits: int
    n: int = 0
    sums: Any = 0.0
    pairs: Pairs = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = Pairs(f"people {self.lag} apart", self.bits)

    def add(self, block: Ints) -> None:
        u = _uniform(block)
        self.sums = self.sums + u[: -self.lag].T @ u[self.lag :]
        self.n += len(u) - self.lag
        people = block[: len(block) // (2 * self.lag) * (2 * self.lag)].reshape(-1, 2, self.lag, block.shape[1])
        self.pairs.take(people[:, 0], people[:, 1])

    def results(self) -> Iterator[Result]:
        yield from _correlations(f"people {self.lag} apart", self.sums, self.n)
        yield from self.pairs.results()


@dataclass
class AcrossDraws:
    """Each column of a person in one draw against each of the same person in the next."""

    bits: int
    n: int = 0
    sums: Any = 0.0
    before: Ints | None = None
    odd: bool = False
    pairs: Pairs = field(init=False)

    def __post_init__(self) -> None:
        self.pairs = Pairs("draws", self.bits)

    def add(self, block: Ints) -> None:
        if self.before is not None:
            self.sums = self.sums + _uniform(self.before).T @ _uniform(block)
            self.n += len(block)
            self.pairs.take(self.before, block, cells=self.odd)
        self.before, self.odd = block.copy(), not self.odd

    def results(self) -> Iterator[Result]:
        if self.n:
            yield from _correlations("draws", self.sums, self.n)
            yield from self.pairs.results()


# --- the battery ----------------------------------------------------------------------------------


def battery(numbers: int, occurrences: int) -> list[Test]:
    """Every test at the resolution that so many numbers allow."""

    def bits(most: int, size: int = 1) -> int:
        return min(most, int(math.log2(numbers / size / LEAST)) // size)

    tests: list[Test] = [Frequency(b) for b in sorted({8, bits(16), bits(24)})]
    tests += [Frequency(b, low=True) for b in sorted({8, bits(20)})]
    tests += [SingleBits(), Serial(2, bits(11, 2)), Serial(3, bits(7, 3)), Serial(4, bits(5, 4))]
    tests += [Serial(2, bits(11, 2), low=True), Serial(3, bits(7, 3), low=True)]
    tests += [Gap(a, b, numbers) for a, b in ((0.0, 1 / 16), (0.5, 0.625), (0.96875, 1.0))]
    tests += birthdays(numbers)
    pairs = bits(10, 2)
    tests += [AcrossStreams(occurrences, pairs), AcrossPeople(1, pairs), AcrossPeople(2, pairs)]
    return [*tests, AcrossDraws(pairs)]


def birthdays(numbers: int) -> list[Test]:
    """Years as long as the Poisson law of so many of them allows."""
    if numbers < 1 << 26:
        single, low, double = (1 << 14, 42), (1 << 14, 42), (1 << 15, 44)
    else:
        single, low, double = (1 << 17, BITS), (1 << 15, 48), (1 << 22, 62)
    found: list[Test] = [BirthdaySpacings(*single), BirthdaySpacings(*low, low=True)]
    return found + [BirthdaySpacings(*double, parts=2, low=x) for x in (False, True)]
