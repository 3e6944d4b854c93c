"""SAVI's own example through ``recovery-cea evaluate``, beside what SAVI's own functions find in it.

    python scripts/verify/finished/savi.py SAVI/test_data

The example is in SAVI's repository (``test_data/brennan1000`` and ``brennan10000``: 19 parameters). The figures here
are of its functions ``calcEvpi``, ``gamFunc`` and ``gpFunc`` at 20,000 (``scripts*.R`` there, R 4.2.2, mgcv 1.8-41,
seed 1).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulate import Terms, read_psa

AT = 20_000.0
BESIDE = 3.0  # standard errors of both
NEXT_TO_NOTHING = 0.005  # of the EVPI: below it both are noise of the fit


@dataclass(frozen=True)
class Example:
    """One of SAVI's, and what it finds: values and their standard errors."""

    folder: str
    suffix: str
    evpi: float
    single: dict[int, tuple[float, float]]  # by number of the parameter; all others are worth less than one in 100
    group: dict[tuple[int, ...], tuple[float, float]]


EXAMPLES = [
    Example(
        "brennan1000", "", 2098.76624,
        {6: (1232.8521, 89.0626), 16: (931.8913, 103.3174), 15: (520.9633, 97.2103), 14: (455.0708, 105.5807),
         5: (77.2268, 56.5049)},
        {(5, 14): (493.7209, 108.9387), (5, 6, 14, 15, 16): (2016.9741, 33.0677)},
    ),
    Example(
        "brennan10000", "_3d", 2327.549382,
        {6: (1099.8720, 27.4876), 16: (756.1630, 31.4056), 3: (524.9969, 40.6373), 15: (414.8182, 27.2488),
         14: (359.7202, 32.5354), 5: (28.3085, 9.1707)},
        {(5, 14): (397.6181, 31.2238)},
    ),
]  # fmt: skip


def compared(example: Example, data: Path) -> Iterator[tuple[str, float, float, float]]:
    """What was compared, SAVI's figure, ours, and how many standard errors of both lie between."""
    files = [data / example.folder / f"{stem}{example.suffix}.csv" for stem in ("costs", "effects")]
    table = read_psa(*files, data / example.folder / "parameters.csv", terms=Terms(threshold=AT))
    found = float(table.evpi([AT])["value"].iloc[0])
    yield "EVPI", example.evpi, found, abs(found - example.evpi) / 1e-4
    named = {"+".join(map(str, members)): [f"theta{k}" for k in members] for members in example.group}
    worth = {row["group"]: row for row in [*table.evppi().to_dict("records"), *table.evppi(named).to_dict("records")]}
    theirs = {f"theta{k}": example.single.get(k, (0.0, NEXT_TO_NOTHING * found)) for k in range(1, 20)}
    theirs |= dict(zip(named, example.group.values(), strict=True))
    for label, (value, error) in theirs.items():
        ours = worth[label]
        yield label, value, ours["evppi"], abs(ours["evppi"] - value) / (error**2 + ours["se"] ** 2) ** 0.5


def main(data: Path) -> int:
    """Print every figure of both; 1 where one lies further off than ``BESIDE`` errors."""
    far = 0
    for example in EXAMPLES:
        print(f"{example.folder}{example.suffix}\n{'':<14}{'SAVI':>12}{'ours':>12}{'errors':>8}")
        for label, theirs, ours, errors in compared(example, data):
            far += errors > BESIDE
            print(f"{label:<14}{theirs:>12,.3f}{ours:>12,.3f}{errors:>8.2f}")
    return int(far > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
