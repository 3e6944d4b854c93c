"""Whether a command writes the same bytes on other processors: it is run again as each of them would run it.

    python scripts/verify/bits.py                          run joint_crisis_plan, small, in every setup
    python scripts/verify/bits.py run ward_restraint ...   another command (no --out)

A setup takes cores away, gives linear algebra more threads or the routines of an older processor, or hides instructions
from numpy or from the C library. A line for every file that differs from the first setup's; exit 1 if any does.
Of `manifest.json` what names the machine itself is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAM = "import sys; sys.argv[0] = 'recovery-cea'; from simulate.present.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-P", "-c", PROGRAM]
SMALL = ("run", "joint_crisis_plan", "--draws", "64", "--people", "100")
OLD_NUMPY = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL"}
OLD_LIBC = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable"}
SETUPS: Mapping[str, Mapping[str, str]] = {  # what the environment of a setup adds; CORES is ours
    "as it is": {},
    "one core": {"CORES": "0"},
    "eight BLAS threads": {"OPENBLAS_NUM_THREADS": "8", "OMP_NUM_THREADS": "8"},
    "BLAS of Nehalem (2008)": {"OPENBLAS_CORETYPE": "Nehalem"},
    "BLAS of Haswell (2013)": {"OPENBLAS_CORETYPE": "Haswell"},
    "numpy without AVX": OLD_NUMPY,
    "libc without FMA": OLD_LIBC,
    "all of an old processor": {"OPENBLAS_CORETYPE": "Nehalem", **OLD_NUMPY, **OLD_LIBC},
}
OF_THE_MACHINE = ("libm", "blas", "seconds", "seal", "files")  # of a manifest; the last two hash what is compared


def written(setup: Mapping[str, str], words: Sequence[str]) -> dict[str, str]:
    """The hash of every file that the command writes in a setup."""
    added = dict(setup)
    cores = added.pop("CORES", None)
    mine = {k: v for k, v in os.environ.items() if "BLAS" not in k}
    environment = {**mine, **added, "RECOVERY_CEA_STORE": ""}  # what another setup found proves nothing
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "out"
        call = [*(["taskset", "-c", cores] if cores else []), *COMMAND, *words, "--out", "out"]
        done = subprocess.run(call, env=environment, cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr.strip()}")
        if keep := os.environ.get("KEEP_BITS"):
            subprocess.run(["cp", "-r", str(folder), f"{keep}/{'_'.join(setup) or 'base'}"], check=True)
        return {str(p.relative_to(folder)): _hash(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def _hash(path: Path) -> str:
    content = path.read_bytes()
    if path.name == "manifest.json":
        whole = json.loads(content)
        content = json.dumps(_without_machine(whole), sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _without_machine(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_machine(v) for k, v in value.items() if k not in OF_THE_MACHINE}
    return value


def differing(words: Sequence[str], setups: Sequence[str]) -> dict[str, list[str]]:
    """The files that differ from the first setup's, by setup."""
    usual = written(SETUPS[next(iter(SETUPS))], words)
    out = {}
    for name in setups:
        found = written(SETUPS[name], words)
        out[name] = sorted(n for n in usual.keys() | found.keys() if usual.get(n) != found.get(n))
        print(f"{name}: {len(usual) - len(out[name])} of {len(usual)} files equal; {', '.join(out[name])}", flush=True)
    return out


if __name__ == "__main__":
    sys.exit(any(differing(sys.argv[1:] or SMALL, list(SETUPS)[1:]).values()))
