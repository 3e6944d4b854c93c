"""The words that a hash is made of: every declaration and number in one spelling, and whose arithmetic it is."""

from __future__ import annotations

import hashlib
import platform
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np

from parameters.files.loaded import are_changed
from simulate.engine.arithmetic.one_thread import blas_kinds
from simulate.engine.keeping.fingerprint import libm_fingerprint

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("simulate/engine", "simulate/solve", "simulate/evaluate", "simulate/running", "parameters")  # with all below
FILES = ("models", "simulate/ask")  # without what is below: of models, what there is to say, not what is said
PACKAGES = ("simulate", "models", "parameters")
LOOK = 1.0  # seconds between two looks at whether they were changed
CHANGED = f"changed while the program ran ({secrets.token_hex(16)})"
KINDS = (
    "*.py",
    "*.toml",
    "*.csv",
    "*.R",
    "*.txt",
    "*.html",
    "*.css",
    "*.js",
)  # of files that the packages hold, but pages


def spelt(thing: object) -> bytes:
    """A value of declarations, records or arrays as bytes: equal for equal ones alone; ``TypeError`` for another kind.

    Names of classes and fields are in it, so that nothing is taken for another. Nothing depends on the process.
    """
    return b"".join(_spelt(thing))


def _spelt(thing: object) -> Iterator[bytes]:
    if isinstance(thing, np.generic):
        yield from _spelt(thing.item())
    elif thing is None or isinstance(thing, (bool, int, float, str)):
        yield f"{type(thing).__name__} {thing!r};".encode()
    elif isinstance(thing, np.ndarray) and thing.dtype == object:
        yield f"objects {thing.shape} ".encode()
        yield from _spelt(thing.ravel().tolist())
    elif isinstance(thing, np.ndarray):
        yield f"array {thing.dtype.str} {thing.shape} ".encode() + np.ascontiguousarray(thing).tobytes() + b";"
    elif isinstance(thing, Mapping):
        yield f"mapping {len(thing)}(".encode()
        for name, value in thing.items():
            yield from _spelt(name)
            yield from _spelt(value)
        yield b")"
    elif isinstance(thing, (tuple, list)):
        yield f"sequence {len(thing)}(".encode()
        for value in thing:
            yield from _spelt(value)
        yield b")"
    elif isinstance(thing, (set, frozenset)):
        yield f"set {len(thing)}(".encode() + b"".join(sorted(spelt(value) for value in thing)) + b")"
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield f"{type(thing).__module__}.{type(thing).__qualname__}(".encode()
        for field in fields(thing):
            yield field.name.encode() + b"="
            yield from _spelt(getattr(thing, field.name))
        yield b")"
    else:
        raise TypeError(f"{type(thing).__name__}: not spelt")


def arithmetic() -> bytes:
    """Whose arithmetic simulates, in one spelling: see ``arithmetic_parts``."""
    return spelt(arithmetic_parts())


def algebra() -> bytes:
    """Whose arithmetic solves and values, in one spelling: see ``algebra_parts``."""
    return spelt(algebra_parts())


def arithmetic_parts() -> dict[str, str]:
    """The sources that numbers go through, the versions of what they use, and what the engine's functions answer.

    All that the sums of a simulation depend on beside what is simulated: they use no linear algebra.
    """
    return {**_parts(), "sources": SOURCES.digest()}


@cache
def _parts() -> dict[str, str]:
    import numba
    import scipy

    return {
        "python": sys.version,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
        "machine": platform.machine(),
        "functions": libm_fingerprint(),
    }


def algebra_parts() -> dict[str, str]:
    """The same, and for which processor linear algebra works: what is solved for, or valued, has its digits.

    The command line has it work for one processor everywhere, and Python for the one at hand.
    """
    return {**arithmetic_parts(), "blas": _blas()}


@cache
def _blas() -> str:
    return ", ".join(f"{name} {kind}" for name, kind in blas_kinds().items())


def program() -> str:
    """A hash of every source and every shipped number of the program, models among them: 64 hex digits."""
    return PROGRAM.digest()


def sources() -> list[Path]:
    """The files of code, and of tables that code reads, that what is found may depend on; not those that tell it."""
    deep = [p for room in ROOMS for kind in ("*.py", "*.csv") for p in (ROOT / room).rglob(kind)]
    return sorted([*deep, *(p for room in FILES for p in (ROOT / room).glob("*.py"))])


def everything() -> list[Path]:
    """Every source and every shipped number."""
    return sorted(p for name in PACKAGES for kind in KINDS for p in (ROOT / name).rglob(kind))


class Files:
    """Files of the program, hashed when that is first asked for.

    Once one of them was changed after this process began to load them, what it runs is not what they hold: then the
    hash is a word of this process alone, by which nothing of it is ever taken for what another found, or the reverse.
    """

    def __init__(self, which: Callable[[], list[Path]]):
        self.which = which
        self._digest, self._paths = "", list[Path]()
        self._looked = -LOOK
        self._lock = Lock()

    def digest(self) -> str:
        """64 hex digits, or that word."""
        with self._lock:
            if self._digest == CHANGED:
                return CHANGED
            now = time.monotonic()
            if not self._digest:
                self._paths = self.which()
                digest = hashlib.sha256()
                for path in self._paths:
                    digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
                self._digest = digest.hexdigest()
            if now - self._looked >= LOOK:
                self._looked = now
                if are_changed(self._paths):
                    self._digest = CHANGED
            return self._digest

    def is_still(self) -> bool:
        """Whether nothing of them was changed up to this moment."""
        self._looked = -LOOK
        return self.digest() != CHANGED

    @property
    def are_changed(self) -> bool:
        """Whether that was found."""
        return self._digest == CHANGED


SOURCES, PROGRAM = Files(sources), Files(everything)
