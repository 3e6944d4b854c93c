"""Random numbers as a pure function of (seed, draw, person, stream, occurrence): no state anywhere.

Each key is absorbed by one full splitmix64 finaliser (Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195).
The number itself comes from one more absorption (``SPLITMIX``, the default) or from ten rounds of
Philox4x32 (``PHILOX``; Salmon et al. 2011, doi 10.1145/2063384.2063405), a second opinion of another construction.

``SOBOL`` makes people more alike than chance would: person p of a draw is point p // ``SCRAMBLES`` of Sobol's sequence
in the p mod ``SCRAMBLES``-th of as many independent scrambles, which are the batches that errors come from. What a
person needs first has a dimension each (see ``lower.places``); the rest, and what each word ends in, is as by default.
Scrambled is each bit by those above it (Owen 1995, doi 10.1007/978-1-4612-2552-2_19), by a hash of the word turned
about, in which no bit depends on higher ones (Laine and Karras 2011, doi 10.1111/j.1467-8659.2011.01962.x; Burley 2020,
JCGT 9(4):1-20), here of two more rounds, and a shift, so that each number is uniform whatever the hash does.
A *stream* is the hash of an event's name and the purpose of the number, so adding an event changes
nobody's other events. All unsigned arithmetic of the project lives in this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from parameters.sequence.sobol import BITS, directions
from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import log

SPLITMIX, PHILOX, SOBOL = 0, 1, 2
GENERATORS = {"splitmix64": SPLITMIX, "philox4x32-10": PHILOX, "sobol-owen": SOBOL}

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32, _S12 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32), np.uint64(12)
_ULP = 2.0**-52

_LOW = np.uint64(0xFFFFFFFF)
_ZERO = np.uint64(0)
_PHILOX_M0, _PHILOX_M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_PHILOX_W0, _PHILOX_W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10

SCRAMBLES = 10  # of a draw, under SOBOL
POINTS = 1 << 24  # of a scramble at most
DIMENSIONS = 64  # numbers of a person that are points of Sobol's sequence, at most
_SCRAMBLES, _POINT = np.uint64(SCRAMBLES), np.uint64(POINTS - 1)
_ONE, _S8, _S20 = np.uint64(1), np.uint64(8), np.uint64(20)
_PLACE, _TAIL = np.uint64(0xFF), np.uint64((1 << 20) - 1)
_HALF, _ODD = np.uint32(16), np.uint32(1)
_MIX_32 = tuple(np.uint32(x) for x in (0x3D20ADEA, 0x05526C56, 0x53A22864))
_SWAPS = tuple(
    (np.uint32(bits), np.uint32(mask))
    for bits, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF))
)

PURPOSES = ("time", "branch", "frailty", "baseline", "uptake")


@njit
def absorb(key: np.uint64, value: np.uint64) -> np.uint64:
    """The next key: `value` mixed into `key` by a full splitmix64 round (a bijection of each)."""
    z = (key ^ value) + _GOLDEN
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@njit
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Philox4x32-10 of a counter of four words and a key of two; every word is 32 bits held in 64."""
    for _ in range(_ROUNDS):
        m0, m1 = c0 * _PHILOX_M0, c2 * _PHILOX_M1
        c0, c1, c2, c3 = (m1 >> _S32) ^ c1 ^ k0, m1 & _LOW, (m0 >> _S32) ^ c3 ^ k1, m0 & _LOW
        k0, k1 = (k0 + _PHILOX_W0) & _LOW, (k1 + _PHILOX_W1) & _LOW
    return c0, c1, c2, c3


@njit
def philox_bits(key: np.uint64, stream: np.uint64, occurrence: np.uint64) -> np.uint64:
    """64 bits: the first two words of Philox keyed by `key`, at counter (stream low, high, occurrence, 0)."""
    low, high, _, _ = philox(stream & _LOW, stream >> _S32, occurrence & _LOW, _ZERO, key & _LOW, key >> _S32)
    return (high << _S32) | low


@njit
def draw_key(seed: np.uint64, draw: np.uint64) -> np.uint64:
    """The key of one parameter draw."""
    return absorb(absorb(_GOLDEN, np.uint64(seed)), np.uint64(draw))


@njit
def person_key(seed: np.uint64, draw: np.uint64, person: np.uint64) -> np.uint64:
    """The key of one person in one parameter draw."""
    return absorb(draw_key(seed, draw), np.uint64(person))


@njit
def key_of(generator: int, this_draw: np.uint64, person: np.uint64) -> np.uint64:
    """The key of one person, from that of the draw; under ``SOBOL`` a scramble's, its last bits the point."""
    if generator == SOBOL:
        return (absorb(this_draw, person % _SCRAMBLES) & ~_POINT) | (person // _SCRAMBLES & _POINT)
    return absorb(this_draw, person)


@njit
def turned_about(x: np.uint32) -> np.uint32:
    """A word with its bits in reverse."""
    for bits, mask in _SWAPS:
        x = np.uint32(((x >> bits) & mask) | ((x & mask) << bits))
    return np.uint32((x >> _HALF) | (x << _HALF))


@njit
def sobol_bits(key: np.uint64, stream: np.uint64, dimension: np.uint64) -> np.uint64:
    """52 bits: a scrambled point of Sobol's sequence to 32 bits, the rest at random."""
    point, x, row = key & _POINT, np.uint32(0), 0
    while point:
        if point & _ONE:
            x ^= _DIRECTIONS[dimension, row]
        point >>= _ONE
        row += 1
    scramble = absorb(absorb(key & ~_POINT, ~stream), dimension)
    seed = np.uint32(scramble & _LOW)
    x = np.uint32(x ^ np.uint32(x * _MIX_32[0]))
    x = np.uint32(x + seed)
    x = np.uint32(x * np.uint32((seed >> _HALF) | _ODD))
    x = np.uint32(x ^ np.uint32(x * _MIX_32[1]))
    x = np.uint32(x ^ np.uint32(x * _MIX_32[2]))
    word = np.uint64(turned_about(x)) ^ (scramble >> _S32)
    return (word << _S20) | (absorb(scramble, key & _POINT) & _TAIL)


@njit
def uniform(generator: int, key: np.uint64, stream: np.uint64, occurrence: int | np.uint32) -> float:
    """A uniform strictly inside (0, 1), with 52 bits (with 53 the half step could round up to 1)."""
    if generator == SOBOL and stream & _PLACE:
        dimension = (stream & _PLACE) - _ONE + np.uint64(occurrence) * ((stream >> _S8) & _PLACE)
        if dimension < DIMENSIONS:
            return (float(sobol_bits(key, stream, dimension)) + 0.5) * _ULP
    if generator != PHILOX:
        x = absorb(absorb(key, stream), np.uint64(occurrence))
    else:
        x = philox_bits(key, stream, np.uint64(occurrence))
    return (float(x >> _S12) + 0.5) * _ULP


@njit
def exponential(generator: int, key: np.uint64, stream: np.uint64, occurrence: int | np.uint32) -> float:
    """A unit exponential, by inversion."""
    return -log(uniform(generator, key, stream, occurrence))


@njit
def uniforms(
    generator: int,
    seed: np.uint64,
    draws: npt.NDArray[np.uint64],
    people: npt.NDArray[np.uint64],
    stream: np.uint64,
) -> npt.NDArray[np.float64]:
    """One uniform for each person of each draw, by their keys: float64 [draws, people]."""
    out = np.empty((draws.shape[0], people.shape[0]))
    for d in range(draws.shape[0]):
        this_draw = draw_key(seed, draws[d])
        for person in range(people.shape[0]):
            out[d, person] = uniform(generator, key_of(generator, this_draw, people[person]), stream, 0)
    return out


def stream(name: str, purpose: str) -> np.uint64:
    """The stream of `name` (an event, branch, frailty or domain) for one of ``PURPOSES``: blake2b, 64 bits."""
    if purpose not in PURPOSES:
        raise ValueError(f"purpose {purpose!r}; allowed: {', '.join(PURPOSES)}")
    return hashed(f"{purpose}\0{name}")


def placed(stream: np.uint64, first: int, apart: int) -> np.uint64:
    """A stream for ``SOBOL``, of which 48 bits are kept: occurrence n has dimension `first` + n x `apart`.

    Those from ``DIMENSIONS`` on are no points of Sobol's sequence.
    """
    place = min(apart, DIMENSIONS) << 8 | (first + 1) if first < DIMENSIONS else 0
    return np.uint64((int(stream) & ~0xFFFF) | place)


def _turned_directions() -> npt.NDArray[np.uint32]:
    """Direction numbers as words of 32 bits turned about, [dimension, bit of the point]."""
    numbers = (directions(DIMENSIONS)[:, : POINTS.bit_length() - 1] << np.uint32(32 - BITS)).tolist()
    return np.array([[int(f"{n:032b}"[::-1], 2) for n in row] for row in numbers], dtype=np.uint32)


_DIRECTIONS = _turned_directions()


def hashed(text: str) -> np.uint64:
    """The key of a text: 64 bits of its blake2b."""
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def streams(names: Iterable[str], purpose: str) -> npt.NDArray[np.uint64]:
    """Streams of many names, uint64 [names]; ``ValueError`` on a collision (never seen, always checked)."""
    given = list(names)
    found = np.array([stream(name, purpose) for name in given], dtype=np.uint64)
    if len(set(found.tolist())) != len(given):
        raise ValueError(f"two of these names share a random stream; rename one: {', '.join(given)}")
    return found


def seed_key(seed: int) -> np.uint64:
    """Any integer seed from 0 to 2^64 - 1 as the generator's first key."""
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed {seed}: allowed 0 to 2^64 - 1")
    return np.uint64(seed)
