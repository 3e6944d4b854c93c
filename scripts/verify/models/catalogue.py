"""``verify`` of every problem of the catalogue: a row a setting, with ``base`` the first alone; fails where one does.

python scripts/verify/models/catalogue.py [base] [ID ...]
"""

from __future__ import annotations

import sys
import time

from models.catalogue import problem, problem_ids
from simulate.analyse.credibility.verification.verification import Verification, verify
from simulate.ask.case import load

HEAD = "| problem | setting | pass | fail | suspicious | not applicable | seconds | failed, or suspicious |"


def row(found: Verification, seconds: float) -> str:
    """A row of the table."""
    counts, case = found.counts, found.case
    told = "; ".join(f"`{x.check}`: {x.why}" for x in found.lines if x.status in ("fail", "suspicious"))
    numbers = " | ".join(str(counts[s]) for s in ("pass", "fail", "suspicious", "not applicable"))
    return f"| {case.problem.id} | {case.setting.name} | {numbers} | {seconds:.1f} | {told} |"


def main(words: list[str]) -> int:
    """Print the table of the problems named, of all where none is."""
    ids = [w for w in words if w != "base"] or list(problem_ids())
    print(f"{HEAD}\n|---|---|---|---|---|---|---|---|")
    failed = 0
    for name in ids:
        settings = [None] if "base" in words else [s.name for s in problem(name).settings]
        for setting in settings:
            started = time.process_time()
            found = verify(load(name, setting), threads=1)
            failed += len(found.failed)
            print(row(found, time.process_time() - started), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
