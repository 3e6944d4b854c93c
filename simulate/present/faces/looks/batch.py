"""A batch: one table over all its analyses, a line for each, and what failed at the end; or what would be run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from simulate.analyse.batch.table import FAILED, table
from simulate.present.english.numbers import about, number
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.batch.file import Batch
    from simulate.analyse.batch.table import Outcome

KIND = kind_of(__name__)
MOST_LINES = 40  # of analyses that did not fail


def face(batch: Batch, outcomes: Sequence[Outcome]) -> Face:
    """What a batch shows; its analyses have folders of their own."""
    told = [_told(o) for o in outcomes]
    return Face(
        kind=KIND,
        data={"kind": KIND, "file": batch.path.name, "analyses": told},
        lines=lambda: lines(outcomes),
        tables={"batch": table(outcomes)},
        others={"analyses.toml": lambda path: path.write_bytes(batch.content)},
    )


def _told(outcome: Outcome) -> dict[str, Any]:
    """An analysis with its verdicts, and where it is best."""
    verdicts = {r["strategy"]: r["verdict"] for r in outcome.rows if "verdict" in r}
    return {**outcome.about(), "folder": outcome.analysis.name, "verdicts": verdicts}


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line a strategy of each analysis, and then the failures."""
    good, bad = ([o for o in outcomes if (o.status == FAILED) == failed] for failed in (False, True))
    for outcome in good[:MOST_LINES]:
        yield f"{outcome.analysis.name}: {outcome.status}"
        first = {r["strategy"]: r for r in reversed(outcome.rows) if "verdict" in r}
        for strategy, r in reversed(first.items()):
            increments = f"cost {_known(about, r['cost_mean'])}, effect {_known(number, r['effect_mean'])}"
            yield f"  {strategy}: {increments}, {r['verdict']}"
    if len(good) > MOST_LINES:
        yield f"and {len(good) - MOST_LINES:,} more, in batch.csv"
    if bad:
        yield f"\n{len(bad)} of {len(outcomes)} failed:"
        yield from (f"  {o.analysis.name}: {o.error}" for o in bad)


def _known(words: Any, value: float | None) -> str:
    return "not known" if value is None else str(words(value))
