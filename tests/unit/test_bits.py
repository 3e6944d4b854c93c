"""The same bits on other processors: as far as one processor can play another."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from parameters.arrays import cholesky
from parameters.distributions import Distribution
from parameters.sampling import carried, drawn_at
from simulate.engine.arithmetic import one_thread
from simulate.present.terms import surroundings
from simulate.present.terms.surroundings import ONE_THREAD, put_aside_note, settle

OLDER = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable",
}
DRAWN = """
import hashlib
from parameters import sample
from simulate.ask.case import load
case = load("joint_crisis_plan")
print(hashlib.sha256(sample(case.parameters, case.names(), 1024, 1).values.tobytes()).hexdigest())
"""


def test_values_are_carried_with_ten_digits() -> None:
    x = np.array([0.1, 1 / 3, 123456.789012345678, 3e-9, 0.0, -2.5, 1.0])
    found = carried(x)
    assert np.abs(found - x).max() <= np.abs(x).max() * 2.0**-33
    assert (carried(found) == found).all()
    assert (found[4:] == x[4:]).all()
    away = np.nextafter(np.nextafter(x, np.inf), np.inf)  # as another library may have it
    assert (carried(away) == found)[x != 0].all()


def test_what_is_given_is_drawn_as_it_is() -> None:
    u = np.array([0.3, 0.7])
    assert (drawn_at(Distribution("fixed", {"value": 0.1}), u) == 0.1).all()
    wide = Distribution("gamma", {"shape": 2.0, "scale": 3.0})
    assert (drawn_at(wide, u) == carried(wide.ppf(u))).all() and (drawn_at(wide, u) != wide.ppf(u)).any()


def test_the_root_of_a_covariance() -> None:
    x = np.random.default_rng(1).normal(size=(9, 5))
    matrix = x.T @ x
    assert np.abs(cholesky(matrix) - np.linalg.cholesky(matrix)).max() < 1e-13
    with pytest.raises(ValueError, match="not positive definite"):
        cholesky(np.array([[1.0, 2.0], [2.0, 1.0]]))


def test_the_program_holds_linear_algebra_to_one_kind_of_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, kind in (("x86_64", "Nehalem"), ("aarch64", "SkylakeX")):
        monkeypatch.setattr(os, "environ", {**os.environ, "OPENBLAS_CORETYPE": "SkylakeX"})
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        monkeypatch.setattr(surroundings, "_put_aside", {})
        settle()
        assert os.environ["OPENBLAS_CORETYPE"] == kind
        assert ("OPENBLAS_CORETYPE='SkylakeX'" in put_aside_note()) == (kind != "SkylakeX")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ""),
        ({"OMP_NUM_THREADS": "1", "OPENBLAS_CORETYPE": ""}, ""),
        ({"OMP_NUM_THREADS": "8"}, "OMP_NUM_THREADS='8'"),
        ({"OPENBLAS_NUM_THREADS": "-4", "MKL_NUM_THREADS": "2"}, "MKL_NUM_THREADS='2', OPENBLAS_NUM_THREADS='-4'"),
        ({"OPENBLAS_CORETYPE": "Z" * 9_999, "OMP_NUM_THREADS": "1"}, f"OPENBLAS_CORETYPE='{'Z' * 76}..."),
    ],
)
def test_what_is_asked_of_linear_algebra_is_told(
    given: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {*ONE_THREAD, "OPENBLAS_CORETYPE"}
    monkeypatch.setattr(os, "environ", {**{k: v for k, v in os.environ.items() if k not in ours}, **given})
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(surroundings, "_put_aside", {})
    settle()
    settle()  # in a process of ours, everything is as we want it
    assert put_aside_note().endswith(told) and bool(put_aside_note()) == bool(told)


def seen(prefix: str, internal: str, architecture: str | None, api: str = "blas") -> dict[str, Any]:
    """A library as threadpoolctl tells of it."""
    found = {"prefix": prefix, "filepath": prefix, "internal_api": internal, "user_api": api, "version": "9.1"}
    return found if architecture is None else {**found, "architecture": architecture}


USUAL = seen("libopenblas", "openblas", "Nehalem")
THREADS = seen("libgomp", "openmp", None, api="openmp")  # no linear algebra: what else is loaded is of no concern


@pytest.mark.parametrize(
    ("libraries", "built", "told"),
    [
        ([USUAL], "scipy-openblas", ""),
        ([THREADS, USUAL, USUAL], "blas", ""),
        ([USUAL, seen("libopenblas", "openblas", "SkylakeX")], "scipy-openblas", "libopenblas 2 9.1 SkylakeX"),
        ([seen("libmkl_rt", "mkl", None)], "mkl", "by libmkl_rt 9.1"),
        ([THREADS, seen("libblis", "blis", "zen")], "blas", "by libblis 9.1 zen"),
        ([USUAL], "accelerate", "numpy's accelerate 3, scipy's accelerate 3"),
        ([], "accelerate", "by numpy's accelerate 3, scipy's accelerate 3"),
        ([THREADS], "blas", "by numpy's blas 3, scipy's blas 3"),
    ],
)
def test_another_linear_algebra_is_told(
    libraries: list[dict[str, Any]], built: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import scipy

    @cache
    def controller() -> Any:
        return SimpleNamespace(info=lambda: libraries)

    monkeypatch.setattr(one_thread, "_controller", controller)
    for package in (np, scipy):
        config = {"Build Dependencies": {"blas": {"name": built, "version": "3"}}}
        monkeypatch.setattr(package, "show_config", lambda mode, config=config: config)
    assert one_thread.digits_note() == ""  # nobody has asked for any
    kinds = one_thread.blas_kinds()
    assert kinds and "libgomp" not in str(kinds)
    assert one_thread.digits_note().endswith(told) and bool(one_thread.digits_note()) == bool(told)
    assert all(part in told or part in str(USUAL) for part in kinds) or not told


def test_draws_are_those_of_an_older_processor(checkout: Path) -> None:
    def drawn(more: dict[str, str]) -> str:
        environment = {**os.environ, "PYTHONPATH": str(checkout), **more}
        return subprocess.run(
            [sys.executable, "-c", DRAWN], env=environment, check=True, capture_output=True
        ).stdout.decode()

    assert drawn({}) == drawn(OLDER)


@pytest.mark.slow
def test_every_file_of_a_run_is_that_of_other_processors(checkout: Path) -> None:
    """Also on one core, with more threads, and with the linear algebra of others; two minutes."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    script = checkout / "scripts" / "verify" / "bits.py"
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
