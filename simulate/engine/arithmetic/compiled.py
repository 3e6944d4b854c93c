"""The one place where functions are compiled, and where the compiled code is kept.

``njit`` is for functions of numbers, and for those that make arrays. ``lean`` is for functions that are handed
arrays, or tuples of them, and make none: they count no references, and counting them at every call is what makes
handing arrays on dear (measured: twelve-fold). ``written`` is for lean functions that call a ``piece``, which is
written out where it is called, so that a long loop can be cut into named parts at no cost (see ``written_out``).

The cache folder is named by a hash of every compiled source and of the versions that matter, because
numba's own cache does not notice that an imported function has changed. What is in it is verified before it is loaded.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

from parameters.files.loaded import is_changed, is_stale
from simulate.engine.arithmetic.cache import SealedCache, cache_folder
from simulate.engine.arithmetic.written import PIECES, written_out

F = TypeVar("F", bound=Callable[..., Any])


ENGINE = Path(__file__).parent.parent
ROOT = ENGINE.parent.parent
MADE_OF = ("simulate/engine", "parameters")  # with all below: what compiled code has constants of, its tables among it


def compiled_sources() -> list[Path]:
    """The files that compiled code may be made of: any of the engine, and what it takes constants from."""
    found = [p for room in MADE_OF for p in (ROOT / room).rglob("*.py")]
    return sorted([*found, *ENGINE.rglob("*.csv"), *(ROOT / "parameters" / "sequence").rglob("*.csv")])


def source_hash() -> str:
    """Hex digest of the sources that are compiled and of the Python, numba, llvmlite and numpy versions."""
    digest = hashlib.blake2b(digest_size=12)
    for path in compiled_sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for version in (sys.version, numba.__version__, llvmlite.__version__, np.__version__):
        digest.update(version.encode() + b"\0")
    return digest.hexdigest()


CACHE, CACHE_NOTE = cache_folder(source_hash())  # where this engine's compiled code is kept; why not in the usual place


def njit(function: F) -> F:
    """Compile `function` strictly (no fast maths), releasing the interpreter lock, cached on disk."""
    return _compiled(function)


def lean(function: F) -> F:
    """As ``njit``, without reference counts: for a function that is handed arrays and neither makes nor returns any."""
    return _compiled(function, _nrt=False)


def piece(function: F) -> F:
    """A part of a ``written`` function; called from elsewhere it is plain Python."""
    PIECES.add(cast(FunctionType, function))
    return function


def written(function: F, name: str | None = None, known: Mapping[str, bool] | None = None) -> F:
    """As ``lean``, of a function and the pieces it calls, under another `name` and with constants (``written_out``)."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # set from the environment at run time
        return function  # pieces are functions like any other
    whole = written_out(cast(FunctionType, function), name or function.__name__, known or {})
    return cast(F, _compiled(whole, _nrt=False))


def _compiled(function: F, **more: Any) -> F:
    # Nothing calls the kernels from C, and without the wrapper for it they compile sooner (not in numba's stubs).
    options = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, **more}
    found = numba.njit(**options)(function)
    if CACHE is not None and isinstance(found, Dispatcher) and not _is_changed(function):
        # else numba is switched off, or this is not what the folder is named by
        found._cache = _kept(function, CACHE)  # type: ignore[attr-defined]  # what enable_caching() sets
    return cast(F, found)


def _is_changed(function: Callable[..., Any]) -> bool:
    """Whether the file of a function is not what the cache folder is named by."""
    path = Path(str(sys.modules[function.__module__].__file__))
    return is_changed(path) or is_stale(path)


def _kept(function: Callable[..., Any], folder: Path) -> SealedCache:
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # numba sets it from the environment at run time
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    try:
        return SealedCache(function)
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]
