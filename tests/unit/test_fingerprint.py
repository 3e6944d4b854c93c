"""The libm fingerprint: the same from call to call and process to process, and sensitive to a single bit."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simulate.engine.keeping.fingerprint import FUNCTIONS, digest, grid, libm_fingerprint, libm_values


def test_it_is_a_short_name_and_stable() -> None:
    name = libm_fingerprint()
    assert len(name) == 32
    assert set(name) <= set("0123456789abcdef")
    assert libm_fingerprint() == name


@pytest.mark.parametrize("disable", ["0", "1"], ids=["compiled", "plain"])
def test_another_process_finds_the_same(checkout: Path, disable: str) -> None:
    """Also in plain Python: what the reference simulator computes with is what the kernel computes with."""
    code = "from simulate.engine.keeping.fingerprint import libm_fingerprint; print(libm_fingerprint())"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": disable, "PYTHONPATH": str(checkout)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == libm_fingerprint()


@pytest.mark.parametrize("function", range(len(FUNCTIONS)), ids=FUNCTIONS)
def test_one_bit_of_one_value_changes_it(function: int) -> None:
    values = libm_values()
    values.view(np.uint64)[function, 777] ^= np.uint64(1)
    assert digest(values) != libm_fingerprint()
    values.view(np.uint64)[function, 777] ^= np.uint64(1)
    assert digest(values) == libm_fingerprint()


def test_there_are_enough_values_and_they_are_what_they_say() -> None:
    values, points = libm_values(), grid().tolist()
    assert values.shape == (len(FUNCTIONS), len(points))
    assert values.size >= 100_000
    assert np.isfinite(values).all()
    assert values[0].tolist() == [math.log(u) for u in points]
    assert values[1].tolist() == [math.exp(1400.0 * u - 700.0) for u in points]
    assert values[2].tolist() == [
        math.pow(40.0 * u, 8.0 * v - 4.0) for u, v in zip(points, reversed(points), strict=True)
    ]
    assert values[3].tolist() == [math.erfc(31.0 * u - 4.0) for u in points]


def test_the_points_are_spread_and_the_same_everywhere() -> None:
    points = np.sort(grid())
    assert 0.0 < points[0] < 1e-4
    assert 1 - 1e-4 < points[-1] < 1.0
    assert np.diff(points).max() < 1e-4
    assert grid()[:2].tolist() == [2654435769 / 2**32, (2 * 2654435769 % 2**32) / 2**32]


def test_it_is_quick() -> None:
    libm_fingerprint()
    times = []
    for _ in range(5):
        start = time.thread_time()
        libm_fingerprint()
        times.append(time.thread_time() - start)
    assert min(times) < 0.05
