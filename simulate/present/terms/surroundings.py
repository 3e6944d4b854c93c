"""What the program ``recovery-cea`` takes from its environment, settled before anything heavy is imported.

Libraries read variables of their own. One that holds nonsense would end us with a traceback, and some change results.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simulate.engine.arithmetic.one_thread import ONE_PROCESSOR
from simulate.engine.arithmetic.temporary import home_folder, is_usable, own_temporary_folder
from simulate.process.interrupts import PROGRAM

# How many threads linear algebra has changes the last digits of its sums, and idle ones spin. Our own threads are
# those of --threads.
ONE_THREAD = (
    *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
    *("OMP_NUM_THREADS", "GOTO_NUM_THREADS"),
)


_put_aside: dict[str, str] = {}  # what was asked of linear algebra, by variable


def _is_number(least: int, most: int = 1 << 20) -> Callable[[str], bool]:
    return lambda text: len(text) < 20 and text.isascii() and text.isdigit() and least <= int(text) <= most


# What is heeded, with what it may be. Anything else of numba's is for those who mend numba.
HEEDED: dict[str, Callable[[str], bool]] = {
    "SOURCE_DATE_EPOCH": _is_number(0, 1 << 40),
    "NUMBA_NUM_THREADS": _is_number(1),
    "NUMBA_DISABLE_JIT": lambda text: text in ("0", "1"),
    "NUMBA_OPT": lambda text: text in ("0", "1", "2", "3"),
}


_quiet: list[bool] = []  # holds something while a command is to say nothing


def be_quiet(asked: bool) -> None:
    """Whether the command that is read now is to say nothing but errors and notes."""
    _quiet[:] = [True] * asked


def is_quiet() -> bool:
    return bool(_quiet)


def settle() -> None:
    """Put the variables that libraries read into an order in which they can be imported; a line for each put aside."""
    ours = dict.fromkeys(ONE_THREAD, "1")
    if platform.machine() in ("x86_64", "AMD64"):
        ours["OPENBLAS_CORETYPE"] = ONE_PROCESSOR
    _put_aside.update({n: os.environ[n] for n, wanted in ours.items() if os.environ.get(n) not in (None, "", wanted)})
    os.environ.update(ours)
    os.environ["MPLBACKEND"] = "Agg"  # figures are files
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"  # what else is installed is not ours to run, nor to look through
    for name in [n for n in os.environ if n.startswith("NUMBA_") or n in HEEDED]:
        if name not in HEEDED or not HEEDED[name](os.environ[name]):
            print(f"note: {name}={os.environ[name]!r} is not heeded", file=sys.stderr)
            del os.environ[name]
    if not all(_could_write(folder) for folder in _matplotlib_folders()):
        own = own_temporary_folder()
        if own is not None:
            os.environ["MPLCONFIGDIR"] = str(own / "matplotlib")


@contextmanager
def without_their_docstrings() -> Iterator[None]:
    """Within, matplotlib is imported without writing docstrings of all its properties: a third of the time it takes.

    In the program alone, where nobody reads them; Python that uses us finds them as they are.
    """
    if not PROGRAM or "matplotlib" in sys.modules:
        yield
        return
    from matplotlib import artist as artists

    written, artists.kwdoc = artists.kwdoc, lambda artist: ""
    try:
        yield
    finally:
        artists.kwdoc = written


def put_aside_note() -> str:
    """Which variables for linear algebra ``settle`` put aside, as one sentence; empty where there were none."""
    if not _put_aside:
        return ""
    from parameters.mistakes import short  # brings numpy with it

    told = ", ".join(f"{name}={short(value)}" for name, value in sorted(_put_aside.items()))
    return f"not heeded, so that linear algebra gives the same digits everywhere: {told}"


def _matplotlib_folders() -> list[Path | None]:
    """Where matplotlib keeps its settings and its list of fonts; None for a home that is not there."""
    if chosen := os.environ.get("MPLCONFIGDIR"):
        return [Path(chosen)]
    home = home_folder()
    named = {"XDG_CONFIG_HOME": ".config", "XDG_CACHE_HOME": ".cache"}
    given = {name: os.environ.get(name) for name in named}
    return [Path(given[n] or "") if given[n] else home and home / folder for n, folder in named.items()]


def _could_write(folder: Path | None) -> bool:
    """Whether `folder` could be made and written to; nothing is left there."""
    return folder is not None and is_usable(next(p for p in (folder, *folder.absolute().parents) if p.exists()))
