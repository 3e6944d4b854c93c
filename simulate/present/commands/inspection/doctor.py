"""``recovery-cea doctor``: versions, processors, memory, and a small run against the readable reference."""

from __future__ import annotations

import os
import platform

import typer

from simulate.present.commands import flags
from simulate.present.terms.exit_codes import FAILED

EXAMPLES = (
    "doctor",
    "doctor --json",
)


def doctor_command(as_json: flags.AsJson = False) -> None:
    """What this installation is made of, and whether it can run."""
    lines, well = examine()
    if as_json:
        from simulate.result.plain import json_text

        typer.echo(json_text({"well": well, "lines": lines}))
    else:
        typer.echo("\n".join(lines))
    if not well:
        raise typer.Exit(FAILED)


NEEDED = ("numpy", "scipy", "numba", "llvmlite", "matplotlib", "pandas", "pydantic", "typer", "rich", "threadpoolctl")


def examine() -> tuple[list[str], bool]:
    """Lines to print, and whether all is well."""
    from importlib.metadata import PackageNotFoundError, version

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
    from simulate.engine.arithmetic.cache import mend
    from simulate.engine.arithmetic.compiled import CACHE, CACHE_NOTE
    from simulate.engine.arithmetic.one_thread import blas_kinds
    from simulate.engine.keeping.fingerprint import engine_is_exact, libm_fingerprint
    from simulate.engine.tasks import usable_threads

    lines.append(f"processors {usable_threads(None)} of {os.cpu_count()}")
    lines.append(CACHE_NOTE or f"compiled code is kept in {CACHE}")
    if CACHE is not None and (damaged := mend(CACHE)):
        lines.append(f"of it, {len(damaged)} damaged files were thrown away: what they held is compiled again")
    exact = engine_is_exact()
    lines.append("the engine computes the bits it does everywhere" if exact else "THE ENGINE'S ARITHMETIC IS OFF")
    lines.append(f"libm fingerprint {libm_fingerprint()}, by which numpy and scipy compute")
    kinds = "; ".join(f"{name} {kind}" for name, kind in blas_kinds().items())
    lines.append(f"linear algebra by {kinds}, on one thread: likewise")
    agree = _agrees()
    lines.append("a small run agrees with the reference simulator to the last bit" if agree else "KERNEL DISAGREES")
    return lines, agree and exact


def _agrees() -> bool:
    """Whether kernel and reference give the same histories on a handful of people."""
    from simulate.analyse.credibility.verify import compare_with_reference
    from simulate.ask.case import load

    return not compare_with_reference(load("joint_crisis_plan"), draws=2, people=20, seed=1)
