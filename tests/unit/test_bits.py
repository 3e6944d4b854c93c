"""The same bits on other processors: as far as one processor can play another."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from parameters.arrays import cholesky
from parameters.distributions import Distribution
from parameters.sampling import carried, drawn_at
from simulate.present.terms.surroundings import settle

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
        settle()
        assert os.environ["OPENBLAS_CORETYPE"] == kind


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
