"""What is kept between runs, as it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from parameters.files.content import MEBIBYTE
from parameters.units import number_of
from simulate.engine.keeping.inventory import Inventory, Kind
from simulate.present.terms.face import Face, kind_of

KIND = kind_of(__name__)
MOST = 10  # names of wrong files


def face(found: Inventory, gone: int | None) -> Face:
    """An inventory, after `gone` files were removed (None: nothing was to be)."""
    data = {
        "folder": None if found.folder is None else str(found.folder),
        "kinds": [_row(k) for k in found.kinds],
        "unfinished": found.unfinished,
        "verified": found.whole,
        "wrong": list(found.wrong),
        "removed": gone,
    }
    return Face(kind=KIND, data=data, data_file=None, lines=lambda: _lines(found, gone))


def _row(kind: Kind) -> dict[str, str | int]:
    told = {"steps": kind.steps, "most_steps": kind.most} if kind.steps else {}
    return {"what": kind.what, "files": kind.files, "bytes": kind.size, **told}


def _millions(steps: int) -> str:
    return f"{steps / 1e6:,.1f} million"


def _lines(found: Inventory, gone: int | None) -> Iterator[str]:
    if found.folder is None:
        yield "Nothing is kept between runs: there is no folder for it, or RECOVERY_CEA_STORE is empty."
        return
    yield f"Kept between runs, in {found.folder}:"
    if gone is not None:
        yield f"  removed: {number_of(gone, 'file')}; files of others stay"
    for kind in found.kinds:
        steps = f"; {_millions(kind.steps)} steps in all, {_millions(kind.most)} at most in one" * bool(kind.steps)
        yield f"  {kind.what}: {number_of(kind.files, 'file')}, {kind.size / MEBIBYTE:,.1f} MiB{steps}"
    if not found.kinds:
        yield "  nothing"
    if found.unfinished:
        yield f"  being written, or left by a run that was killed: {found.unfinished:,}"
    if found.whole:
        yield f"  not as they were written: {len(found.wrong):,}" + (
            " (they are made again when needed)" * bool(found.wrong)
        )
    for name in found.wrong[:MOST]:
        yield f"    {name}"
