"""``recovery-cea doctor``: versions, processors, memory, and a small run against the readable reference."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

NEEDED = ("numpy", "scipy", "numba", "llvmlite", "matplotlib", "pandas", "pydantic", "typer", "rich", "scikit-learn")


def examine() -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    lines = [f"python {platform.python_version()} on {platform.platform()}"]
    well = True
    for name in ("recovery-cea", *NEEDED):
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name}: missing (install the project's ordinary dependencies)")
            well = False
    if not well:
        return lines, False
    from simulate.engine.driver import usable_threads
    from simulate.engine.fingerprint import libm_fingerprint
    from simulate.engine.jit import cache_directory

    lines.append(f"processors {usable_threads(None)} of {os.cpu_count()}")
    lines.append(f"compiled code is kept in {cache_directory()}")
    lines.append(f"libm fingerprint {libm_fingerprint()}: the same bits on machines that print the same")
    agree = _agrees()
    lines.append("a small run agrees with the reference simulator to the last bit" if agree else "KERNEL DISAGREES")
    return lines, agree


def _agrees() -> bool:
    """Whether kernel and reference give the same histories on a handful of people."""
    from simulate.case import load
    from simulate.running import compare_with_reference

    return not compare_with_reference(load("joint_crisis_plan"), draws=2, people=20, seed=1)
