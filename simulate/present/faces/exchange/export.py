"""Draws handed on to another program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from parameters.units import number_of
from simulate.present.english.numbers import listed
from simulate.present.terms.face import Face, kind_of, written
from simulate.present.workbook import NAME

if TYPE_CHECKING:
    from simulate.result.finished.handing_on import HandedOn

KIND = kind_of(__name__)
NAMES = {"savi": "SAVI", "bcea": "BCEA", "voi": "voi", "arrow": "Arrow", "xarray": "xarray"}
WORKBOOK = "workbook"
SCRIPT = dict.fromkeys(("arrow", "xarray"), "python reproduce.py")


def face(found: HandedOn, source: Path, withheld: Mapping[str, str]) -> Face:
    """The files for one program, from the results in the folder `source`; and what these `withheld`."""
    data = {
        "kind": KIND,
        "program": found.to,
        "made_from": str(source),
        "draws": len(found.table),
        "strategies": list(found.table.strategies),
        "left_out": list(found.left_out),
        "withheld": dict(withheld),
    }
    return Face(
        kind=KIND,
        data=data,
        lines=lambda: _lines(found, source, withheld),
        tables=found.tables,
        others=found.others,
        manifest={"made_from": dict(found.table.files)},
    )


def workbook_face(content: bytes, source: Path) -> Face:
    """The workbook of the run in the folder `source`."""
    lines = (f"The answer of {source} as formulas: change a price in {NAME}, and it follows without another run.",)
    data = {"kind": KIND, "program": WORKBOOK, "made_from": str(source)}
    return Face(kind=KIND, data=data, lines=lambda: lines, others={NAME: written(content)})


def _lines(found: HandedOn, source: Path, withheld: Mapping[str, str]) -> Iterator[str]:
    draws, strategies = len(found.table), len(found.table.strategies)
    yield f"{number_of(draws, 'draw')} of {strategies} strategies of {source} for {NAMES[found.to]}."
    yield f"`{SCRIPT.get(found.to, 'Rscript reproduce.R')}` there comes to the same decision tables."
    yield "Draws are as they are: chance between simulated people is in them, and no other program takes it out."
    if found.left_out:
        yield f"The same in every draw, and left out of the parameters: {listed(found.left_out)}."
    for why in dict.fromkeys(withheld.values()):
        yield f"What the results withhold another program will print all the same. Do not use it: {why}."
