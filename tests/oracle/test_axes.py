"""Axes are declared once, where the array is: what was lowered, simulated and kept has the axes that are declared."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from models.contract import ByLevel
from parameters.arrays import axes_of
from simulate.engine.kernel import layout
from simulate.engine.memory import array_shapes
from simulate.engine.statistics import AXES, BY_BATCH, BY_DRAW, EVERYBODY, SAVED, Statistics, collected
from tests.oracle import rich

MANY = {"row", "1 + n"}  # of different tables: as many as each needs
TABLES = axes_of(layout.Tables)


@cache
def everything() -> Statistics:
    return rich.go(rich.lowered(), 40)[0]


@pytest.mark.parametrize(("name", "axis"), [(n, i) for n, axes in AXES.items() for i in range(len(axes))])
def test_a_wrong_shape_is_refused(name: str, axis: int) -> None:
    """Any axis of any array, made one longer. Another array may be told, if it is the wrong one's size that counts."""
    whole = everything()
    array = getattr(whole, name)
    longer = np.concatenate([array, np.take(array, [0], axis=axis)], axis=axis)
    changes: dict[str, Any] = {name: longer}
    with pytest.raises(ValueError, match=r"^Statistics\.\w+: shape \(.*\); expected \(.*\)$"):
        replace(whole, **changes)


def test_every_array_of_statistics_declares_its_axes() -> None:
    whole = everything()
    arrays = {f.name for f in fields(whole) if isinstance(getattr(whole, f.name), np.ndarray)}
    assert set(AXES) == arrays
    assert set(BY_DRAW) == arrays - {"people", "grid"}
    assert set(BY_BATCH) == set(rich.BATCHED)
    assert set(EVERYBODY) == {*rich.BINNED, *rich.OF_PERSONS} - {"occupancy"}
    assert set(SAVED) == arrays - set(rich.OF_PERSONS)
    assert all(array.size for array in collected(whole, AXES).values()), "a fixture without it shows nothing"


@pytest.mark.parametrize("by", [(), (ByLevel("work", {"job": 0.5}),)], ids=["plain", "by level"])
def test_tables_have_the_axes_that_they_declare(by: tuple[ByLevel, ...]) -> None:
    first, *others = rich.PATHWAY.events
    lowered, _ = rich.lowered(replace(rich.PATHWAY, events=(replace(first, by=by), *others)))
    assert set(TABLES) == set(layout.Tables._fields) - {"horizon", "instant"}
    sizes: dict[str, int] = {}
    for name, axes in TABLES.items():
        array = getattr(lowered.tables, name)
        assert array.ndim == len(axes), name
        if name == "level_row" and not by:  # empty where no event goes by levels
            assert array.size == 0
            continue
        for axis, size in zip(axes, array.shape, strict=True):
            plain, one_more = axis.removesuffix(" + 1"), axis.endswith(" + 1")
            if plain.isdigit():
                assert size == int(plain), name
            elif plain not in MANY and not plain.startswith("1 + "):  # lists are as long as the longest
                assert sizes.setdefault(plain, size - one_more) == size - one_more, (name, axis)
    assert sizes["draw"] == rich.DRAWS


def test_a_chunk_of_draws_cuts_all_that_has_draws() -> None:
    lowered, _ = rich.lowered()
    part = layout.tables_of(lowered.tables, slice(0, 1))
    cut = {n for n in TABLES if getattr(part, n).shape != getattr(lowered.tables, n).shape}
    assert cut == set(layout.BY_DRAW)


def test_sums_have_the_axes_that_they_declare() -> None:
    lowered, _ = rich.lowered()
    shapes = array_shapes(lowered, 3, 40, 10, 7, together=False)
    declared = axes_of(layout.Output)
    assert set(shapes) == set(declared) - {"status"} == set(layout.SUMS_BY_DRAW) | {"history"}
    assert all(len(shapes[n]) == len(declared[n]) for n in shapes)
    assert all(shapes[n][0] == 3 for n in layout.SUMS_BY_DRAW)
    assert {n: shapes[n][axis] % 10 for n, axis in layout.CELLS.items()} == dict.fromkeys(layout.CELLS, 0)
    assert {n: declared[n].count("cell") + declared[n].count("slot") for n in declared} == {
        n: int(n in layout.CELLS) for n in declared
    }
