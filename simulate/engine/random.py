"""Random numbers as a pure function of (seed, draw, person, stream, occurrence): no state anywhere.

Each key is absorbed by one full splitmix64 finaliser (Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195).
A *stream* is the hash of an event's name and the purpose of the number, so adding an event changes
nobody's other events. All unsigned arithmetic of the project lives in this module.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from simulate.engine.jit import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S12 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(12)
_ULP = 2.0**-52

PURPOSES = ("time", "branch", "frailty", "baseline")


@njit
def absorb(key: np.uint64, value: np.uint64) -> np.uint64:
    """The next key: `value` mixed into `key` by a full splitmix64 round (a bijection of each)."""
    z = (key ^ value) + _GOLDEN
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@njit
def person_key(seed: np.uint64, draw: np.uint64, person: np.uint64) -> np.uint64:
    """The key of one person in one parameter draw."""
    return absorb(absorb(absorb(_GOLDEN, np.uint64(seed)), np.uint64(draw)), np.uint64(person))


@njit
def uniform(key: np.uint64, stream: np.uint64, occurrence: int) -> float:
    """A uniform strictly inside (0, 1), with 52 bits (with 53 the half step could round up to 1)."""
    x = absorb(absorb(key, stream), np.uint64(occurrence))
    return (float(x >> _S12) + 0.5) * _ULP


@njit
def exponential(key: np.uint64, stream: np.uint64, occurrence: int) -> float:
    """A unit exponential, by inversion."""
    return -math.log(uniform(key, stream, occurrence))


@njit
def uniforms(seed: np.uint64, draws: npt.NDArray[np.uint64], people: int, stream: np.uint64) -> npt.NDArray[np.float64]:
    """One uniform for each person of each draw: float64 [draws, people]."""
    out = np.empty((draws.shape[0], people))
    for d in range(draws.shape[0]):
        for person in range(people):
            out[d, person] = uniform(person_key(seed, draws[d], np.uint64(person)), stream, 0)
    return out


def stream(name: str, purpose: str) -> np.uint64:
    """The stream of `name` (an event, branch, frailty or domain) for one of ``PURPOSES``: blake2b, 64 bits."""
    if purpose not in PURPOSES:
        raise ValueError(f"purpose {purpose!r}; allowed: {', '.join(PURPOSES)}")
    digest = hashlib.blake2b(f"{purpose}\0{name}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


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
