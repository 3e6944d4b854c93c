"""Draws handed on to other programs: what is written reads back the same, and the scripts come to our tables."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.contract import ModelError
from simulate import read_psa
from simulate.result.finished.handing_on import ARRAYS, PROGRAMS, hand_on

pytestmark = pytest.mark.usefixtures("solved_once")

Command = Callable[..., Any]
R_PROGRAMS = [name for name in PROGRAMS if name not in ARRAYS]


@pytest.fixture
def folder(command: Command, checkout: Path, tmp_path: Path) -> Path:
    """The German example, evaluated."""
    done = command(
        "evaluate", checkout / "scripts/examples/psa_german.csv", "--comparator", "Gruppe", "--figures", "none",
        "--out", tmp_path / "found", "--wtp-grid", "0,2000,30000", "--wtp", 2000,
    )  # fmt: skip
    assert done.code == 0, done.err
    return tmp_path / "found"


@pytest.mark.parametrize("to", R_PROGRAMS)
def test_what_is_handed_on_reads_back_the_same(command: Command, folder: Path, to: str) -> None:
    done = command("export", to, folder)
    assert done.code == 0, done.err
    assert "left out of the parameters: Diskontsatz" in done.out
    out = folder / f"export-{to}"
    stems = PROGRAMS[to].split()
    ours = read_psa(folder / "psa.csv")
    theirs = read_psa(costs=out / f"{stems[0]}.csv", effects=out / f"{stems[1]}.csv", parameters=out / "parameters.csv")
    assert (theirs.strategies, theirs.names) == (ours.strategies, ours.names[:-1])
    assert (theirs.cost == ours.cost).all() and (theirs.effect == ours.effect).all()
    assert (theirs.parameters == ours.parameters[:, :-1]).all()
    for name in ("ceac", "evpi", "incremental"):
        assert (out / f"our_{name}.csv").read_bytes() == (folder / f"{name}.csv").read_bytes()
    script = (out / "reproduce.R").read_text(encoding="utf-8")
    assert all(f"{stem}.csv" in script for stem in stems) and (out / "tables.R").is_file()


@pytest.mark.parametrize("to", R_PROGRAMS)
def test_the_script_comes_to_our_tables_where_there_is_r(command: Command, folder: Path, to: str) -> None:
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("needs R (Rscript), which is not installed")
    assert command("export", to, folder).code == 0
    out = folder / f"export-{to}"
    done = subprocess.run([program, out / "reproduce.R"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "The same decision tables" in done.stdout, done.stderr
    first = next(path for path in (out / "costs.csv", out / "c.csv") if path.is_file())
    first.write_text(first.read_text(encoding="utf-8").replace("\n7", "\n17").replace("\n8", "\n18"), encoding="utf-8")
    done = subprocess.run([program, out / "reproduce.R"], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0 and "cost differs from the table" in done.stderr


def test_the_parquet_file_and_its_script(command: Command, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    assert command("export", "arrow", folder).code == 0
    out = folder / "export-arrow"
    ours, theirs = read_psa(folder / "psa.csv"), read_psa(out / "psa.parquet")
    assert np.array_equal(theirs.cost, ours.cost) and theirs.names == ours.names
    runpy.run_path(str(out / "reproduce.py"))
    assert "The same decision tables" in capsys.readouterr().out


def test_the_dataset_and_its_script(command: Command, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    xarray: Any = pytest.importorskip("xarray")
    assert command("export", "xarray", folder).code == 0
    out = folder / "export-xarray"
    ours = read_psa(folder / "psa.csv")
    with xarray.open_dataset(out / "psa.nc", engine="scipy") as found:
        assert dict(found.sizes) == {"draw": len(ours), "strategy": len(ours.strategies), "parameter": len(ours.names)}
        assert tuple(found["strategy"].values.tolist()) == ours.strategies
        assert tuple(found["parameter"].values.tolist()) == ours.names
        assert np.array_equal(found["cost"], ours.cost) and np.array_equal(found["effect"], ours.effect)
        assert np.array_equal(found["parameters"], ours.parameters)
    runpy.run_path(str(out / "reproduce.py"))
    assert "The same decision tables" in capsys.readouterr().out


def test_a_run_is_handed_on_with_its_naive_tables(small_run: Any, command: Command, tmp_path: Path) -> None:
    done = command("export", "savi", small_run.folder, "--out", tmp_path / "savi", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["program"], told["draws"]) == ("savi", 64) and told["strategies"] == [
        s["id"] for s in small_run.summary["strategies"]
    ]
    found = read_psa(*((tmp_path / "savi" / f"{name}.csv") for name in ("costs", "effects", "parameters")))
    assert found.cost.shape[0] == 64 and "c_bed_day" in found.names
    curve = (tmp_path / "savi" / "our_evpi.csv").read_text(encoding="utf-8").splitlines()[1:]
    naive = [row["value"] for row in small_run.summary["evpi"]]
    assert [float(line.split(",")[1]) for line in curve] == pytest.approx(naive, rel=1e-9, abs=1e-9)


def test_what_cannot_be_handed_on_is_refused(command: Command, folder: Path, tmp_path: Path) -> None:
    done = command("export", "excel", folder)
    assert done.code == 2 and "allowed: savi, bcea, voi, arrow, xarray" in done.err
    assert "no folder written by run or evaluate" in command("export", "savi", tmp_path).err
    with (folder / "psa.csv").open("a", encoding="utf-8") as out:
        out.write("\n")
    done = command("export", "savi", folder)
    assert done.code == 2 and "is not as it was written" in done.err
    (tmp_path / "nb.csv").write_text("nb_A,nb_B\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(ModelError, match="net benefit at one price"):
        hand_on(read_psa(tmp_path / "nb.csv"), "bcea")
