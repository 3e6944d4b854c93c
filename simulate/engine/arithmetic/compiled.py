"""The one place where functions are compiled, and where the compiled code is kept.

The cache folder is named by a hash of every engine source and of the versions that matter, because
numba's own cache does not notice that an imported function has changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def source_hash() -> str:
    """Hex digest of the sources that are compiled and of the Python, numba, llvmlite and numpy versions."""
    digest = hashlib.blake2b(digest_size=12)
    for path in sorted(Path(__file__).parent.parent.rglob("*.py")):
        source = path.read_bytes()
        if b"njit" in source or path.name == "layout.py":
            digest.update(path.name.encode() + b"\0" + source + b"\0")
    for version in (sys.version, numba.__version__, llvmlite.__version__, np.__version__):
        digest.update(version.encode() + b"\0")
    return digest.hexdigest()


def cache_directory() -> Path:
    """Where this engine's compiled code is kept."""
    base = os.environ.get("RECOVERY_CEA_CACHE") or os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    folder = root / "recovery-cea" / "kernels" / source_hash()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home: compile again each time rather than fail
        folder = Path(tempfile.mkdtemp(prefix="recovery-cea-kernels-"))
    return folder


_CACHE = cache_directory()


def njit(function: F) -> F:
    """Compile `function` strictly (no fast maths), releasing the interpreter lock, cached on disk."""
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # numba sets it from the environment at run time
    numba.config.CACHE_DIR = str(_CACHE)  # type: ignore[attr-defined]
    try:
        # Nothing calls the kernels from C, and without the wrapper for it they compile sooner (not in numba's stubs).
        options = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
        return cast(F, numba.njit(**options)(function))  # type: ignore[call-overload]
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]
