"""Random numbers as a pure function of (seed, draw, person, stream, occurrence): no state anywhere.

Each key is absorbed by one full splitmix64 finaliser (Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195).
The number itself comes from one more absorption (``SPLITMIX``, the default) or from ten rounds of
Philox4x32 (``PHILOX``; Salmon et al. 2011, doi 10.1145/2063384.2063405), a second opinion of another construction.
A *stream* is the hash of an event's name and the purpose of the number, so adding an event changes
nobody's other events. All unsigned arithmetic of the project lives in this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from simulate.engine.arithmetic.compiled import njit
from simulate.engine.arithmetic.elementary import log

SPLITMIX, PHILOX = 0, 1
GENERATORS = {"splitmix64": SPLITMIX, "philox4x32-10": PHILOX}

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
def uniform(generator: int, key: np.uint64, stream: np.uint64, occurrence: int | np.uint32) -> float:
    """A uniform strictly inside (0, 1), with 52 bits (with 53 the half step could round up to 1)."""
    if generator == SPLITMIX:
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
        for person in range(people.shape[0]):
            out[d, person] = uniform(generator, person_key(seed, draws[d], people[person]), stream, 0)
    return out


def stream(name: str, purpose: str) -> np.uint64:
    """The stream of `name` (an event, branch, frailty or domain) for one of ``PURPOSES``: blake2b, 64 bits."""
    if purpose not in PURPOSES:
        raise ValueError(f"purpose {purpose!r}; allowed: {', '.join(PURPOSES)}")
    return hashed(f"{purpose}\0{name}")


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
