"""Where a benchmark ran, and ``results.json``, in which each program keeps a section of its own: with ``--keep`` alone.

A program that is only tried rewrites no file of a checkout.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["RECOVERY_CEA_STORE"] = ""  # what earlier runs found is not timed: every figure is of work that is done

KEEP = "--keep" in sys.argv  # for every program that imports this, and taken out before it reads its own options
sys.argv = [word for word in sys.argv if word != "--keep"]

RESULTS = Path(__file__).resolve().parent / "results.json"
PACKAGES = ("recovery-cea", "numba", "llvmlite", "numpy", "scipy")


def machine() -> dict[str, Any]:
    """The processor, its load (the mean number of busy threads in the last minute) and the versions that matter."""
    return {
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def cpu() -> str:
    """The processor's name and, where the name says little, its family and model."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = (line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
    known = {key.strip(): value.strip() for key, value in reversed(list(lines))}
    return f"{known.get('model name', '')} (family {known.get('cpu family')}, model {known.get('model')})"


def save(section: str, found: dict[str, Any]) -> None:
    """Put `found` under `section` in ``results.json`` and leave the others, if that is asked for by ``--keep``."""
    if not KEEP:
        print("nothing is written; with --keep benchmarks/results.json holds this run", file=sys.stderr)
        return
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**kept, section: found}, indent=2) + "\n", encoding="utf-8")
