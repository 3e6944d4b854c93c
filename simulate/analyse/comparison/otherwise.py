"""What a run's folder has otherwise than comes out here: numbers of other sources, or of a file that was changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from parameters.arrays import Floats
from parameters.files.content import digest_of
from simulate.analyse.comparison.sides import Side
from simulate.ask.options import Wishes
from simulate.evaluate.decision.equality import RELATIVE
from simulate.result.stored import wishes_in

PSA = "psa.csv"
DIGITS = range(6, 18)  # of two numbers: as many as tell them apart
JUDGING = ("threshold", "cohort")  # what alters no cost, or is a path: people are told apart by their hash


def told_otherwise(
    side: Side,
    setting: str,
    wanted: Wishes,
    comparator: str,
    increments: Mapping[str, Mapping[str, Floats]],
) -> Iterator[str]:
    """What is to be said of a side's folder; nothing of one that has what comes out here, or was asked otherwise.

    `increments` by strategy and outcome, [draw]: those of the side's numbers, against the `comparator`, as `wanted`.
    """
    if side.kept is None:
        return
    recorded, there = side.kept.manifest.get("files", {}), side.kept.place / PSA
    if PSA in recorded and digest_of(there) != recorded[PSA]:
        yield f"{there} was changed since the run wrote it: no number of it is used here"
    if not _asked_alike(side, setting, wanted):
        return
    for strategy, told in increments.items():
        for outcome in ("cost", "effect"):
            yield from _apart(side, f"{outcome}_{comparator}", f"{outcome}_{strategy}", told[outcome])


def _asked_alike(side: Side, setting: str, wanted: Wishes) -> bool:
    """Whether its run was asked what is asked here, so that the same has to come out."""
    assert side.kept is not None
    made, asked = side.kept.manifest, dict[str, Any](wanted)
    theirs = wishes_in(Path(side.name), made, side.kept.summary)
    people = asked.get("cohort")
    mine = None if people is None else digest_of(Path(people))
    same = all(asked.get(k) == v for k, v in theirs.items() if k not in JUDGING)
    return same and made["setting"] == setting and (made.get("cohort") or {}).get("sha256") == mine


def _apart(side: Side, first: str, column: str, here: Floats) -> Iterator[str]:
    """In how many draws a difference is another than here, and where most."""
    assert side.kept is not None
    psa, where = side.kept.psa, f"in {side.kept.place / PSA}"
    if missing := [c for c in (first, column) if c not in psa]:
        yield f"{where} there is no {' and no '.join(missing)}: it was written of another problem"
        return
    there = psa[column] - psa[first]
    if len(there) != len(here):
        yield f"{where} there are {len(there):,} rows of {len(here):,} draws"
        return
    size = np.abs(psa[column]) + np.abs(psa[first])
    gap = np.abs(there - here)
    if other := int(np.count_nonzero(gap > RELATIVE * size)):
        k = int(gap.argmax())
        draw, mean = (_told_apart(float(a), float(b)) for a, b in ((there[k], here[k]), (there.mean(), here.mean())))
        yield (
            f"{where} the difference {column} - {first} is another in {other:,} of {len(here):,} draws, most in draw"
            f" {k + 1}: {draw[0]} there, {draw[1]} by today's program. On average {mean[0]} there and {mean[1]} here,"
            " and that is used"
        )


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see which is which."""
    for digits in DIGITS:
        told = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if told[0] != told[1]:
            break
    return told


__all__ = ["told_otherwise"]
