"""A table of draws in the files that other programs read, with a script that comes to the same decision tables there.

The scripts need nothing but the language itself; where the program is installed too they show how it takes the files.
Draws are handed on as they are: chance between simulated people is in them, and no other program takes it out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.contract import ModelError, check_one_of
from parameters.files.as_saved.workbooks import library
from simulate.evaluate.decision.table import Table
from simulate.result.finished.likeness import constant
from simulate.result.finished.psa_table import PsaTable

PROGRAMS = {
    "savi": "costs effects",
    "bcea": "c e",
    "voi": "c e",
    "arrow": "",
    "xarray": "",
}  # stems of the two files of each
COMMON = "tables.R"


@dataclass(frozen=True, eq=False)
class HandedOn:
    """Files for another program."""

    to: str
    table: PsaTable
    tables: Mapping[str, Table]  # by stem, as CSV
    others: Mapping[str, Callable[[Path], object]]  # by name, each by what writes it
    left_out: tuple[str, ...]  # parameters that are the same in every draw


def hand_on(table: PsaTable, to: str) -> HandedOn:
    """The files of a table for one of ``PROGRAMS``; ``ModelError`` for another, or without costs and effects.

    ``MissingExtra`` where a Parquet file cannot be written.
    """
    check_one_of(to, list(PROGRAMS), "program")
    if table.of_benefit:
        raise ModelError(f"{to}: the table holds net benefit at one price; other programs take costs and effects")
    ours = {
        "our_ceac": table.ceac_table,
        "our_evpi": table.evpi_table,
        "our_incremental": table.incremental_table,
    }
    fixed = constant(table.parameters)
    if to in ARRAYS:
        file, written_by = ARRAYS[to]
        return HandedOn(to, table, ours, {file: _written(written_by(table)), **_script("python.txt", "py")}, ())
    costs, effects = PROGRAMS[to].split()
    tables = {costs: _columns(table, table.cost), effects: _columns(table, table.effect), **ours}
    varying = [k for k in range(len(table.names)) if not fixed[k]]
    if varying:
        tables["parameters"] = Table({table.names[k]: table.parameters[:, k] for k in varying})
    left = tuple(name for name, same in zip(table.names, fixed.tolist(), strict=True) if same)
    return HandedOn(to, table, tables, _script(f"{to}.R", "R", COMMON), left)


def _columns(table: PsaTable, values: Any) -> Table:
    return Table({s: values[:, i] for i, s in enumerate(table.strategies)})


def _script(stem: str, ending: str, *beside: str) -> dict[str, Callable[[Path], object]]:
    """Scripts as they stand beside this file: the one to run, and what it reads."""
    folder = files("simulate.result.finished").joinpath("scripts")
    names = {f"reproduce.{ending}": stem, **{name: name for name in beside}}
    return {name: _written(folder.joinpath(source).read_bytes()) for name, source in names.items()}


def _written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _parquet(table: PsaTable) -> bytes:
    parquet = library("pyarrow.parquet", "Parquet files", "pyarrow")
    arrow = library("pyarrow", "Parquet files", "pyarrow")
    out = io.BytesIO()
    parquet.write_table(arrow.table({n: np.asarray(x) for n, x in table.psa_table.columns.items()}), out)
    return out.getvalue()


def _netcdf(table: PsaTable) -> bytes:
    """NetCDF with the dimensions draw, strategy and parameter, whose names are coordinates: as xarray reads it."""
    from scipy.io import netcdf_file

    out = io.BytesIO()
    names: dict[str, tuple[str, ...]] = {"strategy": table.strategies, "parameter": table.names}
    values = {"cost": table.cost, "effect": table.effect, "parameters": table.parameters}
    with netcdf_file(out, "w", version=2) as data:
        data.createDimension("draw", len(table))
        for axis, known in names.items():
            if known:
                letters = [name.encode() for name in known]
                width = max(map(len, letters))
                data.createDimension(axis, len(known))
                data.createDimension(f"{axis}_letters", width)
                told = data.createVariable(axis, "c", (axis, f"{axis}_letters"))
                told[:] = np.array(letters, dtype=f"S{width}").view("S1").reshape(-1, width)
                told._Encoding = "utf-8"  # by which xarray makes words of letters
        for name, array in values.items():
            if array.shape[1]:
                axis = "parameter" if name == "parameters" else "strategy"
                data.createVariable(name, "d", ("draw", axis))[:] = array
        data.flush()
        return out.getvalue()  # before it is closed


ARRAYS: Mapping[str, tuple[str, Callable[[PsaTable], bytes]]] = {
    "arrow": ("psa.parquet", _parquet),
    "xarray": ("psa.nc", _netcdf),
}
