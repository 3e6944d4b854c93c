"""A batch: one table over all its analyses, a line for each, and what failed or was refused at the end; or what would
be run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from parameters.money.currencies import sign_in
from parameters.units import number_of
from simulate.analyse.batch.forecast import A_DRAW, FIGURE_SECONDS, WRITING, paces
from simulate.analyse.batch.table import BAD, table
from simulate.engine.tasks import usable_threads
from simulate.present.english.numbers import about, number
from simulate.present.terms.face import Face, kind_of

if TYPE_CHECKING:
    from simulate.analyse.batch.file import Batch
    from simulate.analyse.batch.forecast import Forecast
    from simulate.analyse.batch.table import Outcome

KIND = kind_of(__name__)
FILE = "analyses.toml"  # the copy of its file
MOST_LINES = 40  # of analyses that did not fail


def face(batch: Batch, outcomes: Sequence[Outcome]) -> Face:
    """What a batch shows; its analyses have folders of their own."""
    told = [_told(o) for o in outcomes]
    return Face(
        kind=KIND,
        data={"kind": KIND, "file": batch.path.name, "analyses": told},
        lines=lambda: lines(outcomes),
        tables={"batch": table(outcomes)},
        others={FILE: lambda path: path.write_bytes(batch.content)},
    )


def _told(outcome: Outcome) -> dict[str, Any]:
    """An analysis with its verdicts, and where it is best."""
    verdicts = {r["strategy"]: r["verdict"] for r in outcome.rows if "verdict" in r}
    return {**outcome.about(), "folder": outcome.analysis.name, "verdicts": verdicts}


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line a strategy of each analysis, and then those that failed and those that were refused."""
    good = [o for o in outcomes if o.status not in BAD]
    for outcome in good[:MOST_LINES]:
        yield f"{outcome.analysis.name}: {outcome.status}"
        first = {r["strategy"]: r for r in reversed(outcome.rows) if "verdict" in r}
        for strategy, r in reversed(first.items()):
            cost = "not known" if r["cost_mean"] is None else about(r["cost_mean"], sign_in(r))
            increments = f"cost {cost}, effect {_known(r['effect_mean'])}"
            yield f"  {strategy}: {increments}, {r['verdict']}"
    if len(good) > MOST_LINES:
        yield f"and {len(good) - MOST_LINES:,} more, in batch.csv"
    for status in BAD:
        if bad := [o for o in outcomes if o.status == status]:
            yield f"\n{len(bad)} of {len(outcomes)} {status}:"
            yield from (f"  {o.analysis.name}: {o.error}" for o in bad)


def _known(value: float | None) -> str:
    return "not known" if value is None else number(value)


# --- before it is run ------------------------------------------------------------------------------------


def forecast_face(found: Sequence[Forecast], refused: Sequence[Outcome], free: int, threads: int | None) -> Face:
    """What a batch would take; `free` bytes are free where it goes. Nothing is written of it."""
    about = ("name", "problem", "setting", "status", "error")
    rows = [*(f.row() for f in found), *({n: o.about()[n] for n in about} for o in refused)]
    trials = [
        {"of": name, "draws": p.draws, "people": p.people, "seconds": p.seconds, "histories": p.histories}
        for name, p in paces(found).items()
    ]
    whole = {"seconds": sum(f.seconds for f in found), "memory": max((f.memory for f in found), default=0)}
    whole |= {"disk": sum(f.disk for f in found), "free": free, "threads": usable_threads(threads)}
    data = {"kind": KIND, "dry_run": True, **whole, "analyses": rows, "trials": trials}
    return Face(kind=KIND, data=data, lines=lambda: forecast_lines(data), data_file=None)


def forecast_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """The whole, a line an analysis, and by what trial time was told."""
    rows = told["analyses"]
    counts = Counter(row["status"] for row in rows)
    kinds = ", ".join(f"{counts[k]} {words}" for k, words in STATUSES.items() if counts[k])
    size = f"{_bytes(told['memory'])} of memory at most, {_bytes(told['disk'])} of disk ({_bytes(told['free'])} free)"
    takes = f"{left_in_words(told['seconds']).capitalize()}, {size}"
    yield f"{len(rows)} analyses{': ' * bool(kinds)}{kinds}. {takes}. Nothing was run.\n"
    if large := [row["name"] for row in rows if not row.get("fits", True)]:
        yield f"  {len(large):,} would be refused, as they do not fit in the memory that is free now.\n"
    for row in rows:
        if row["status"] == "refused":
            yield f"  {row['name']}: {STATUSES['refused']}: {row['error']}"
            continue
        least = "at least " * row["at_least"]
        sizes = number_of(row["draws"], "draw") + f" of {number_of(row['people'], 'person')}" * bool(row["people"])
        if row["status"] == "kept":
            yield f"  {row['name']}: {sizes}, {STATUSES['kept']}"
            continue
        last = f", {STATUSES['shared']}" if row["status"] == "shared" else ""
        takes = f"{least}{left_in_words(row['seconds'])}, {_bytes(row['memory'])}, {_bytes(row['disk'])} of disk"
        yield f"  {row['name']}: {sizes}, {takes}{last}{', more memory than is free' * (not row['fits'])}"
    threads = number_of(told["threads"], "thread")
    yield f"\nTime is for an empty store and {threads}, at the pace of trials on one, here and now:"
    for trial in told["trials"]:
        pace = trial["histories"] / trial["seconds"] / 1e6 if trial["seconds"] else 0.0
        words = f"{pace:.2g} million histories a second" if pace else "nobody is simulated"
        sizes = f"{number_of(trial['draws'], 'draw')} of {number_of(trial['people'], 'person')}"
        yield f"  {trial['of']}: {words} ({sizes})"
    each = f"{WRITING:g} s and {1000 * A_DRAW:g} ms a draw"
    yield f"Solving counts by its histories; valuing and writing {each}, and {FIGURE_SECONDS:g} s a figure."


STATUSES = {"run": "to be simulated", "shared": "simulated with another", "kept": "there already", "refused": "refused"}


def _bytes(size: float) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{max(size / 2**20, 0.1):.1f} MiB"


def left_in_words(seconds: float) -> str:
    """Roughly, as people say it."""
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s"
    return f"about {round(seconds / 60)} min" if seconds < 5400 else f"about {seconds / 3600:,.1f} h"
