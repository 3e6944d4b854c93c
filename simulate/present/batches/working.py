"""A batch at work: each analysis in its own folder, whatever becomes of the others."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from models.contract import ModelError
from simulate.analyse.batch.analysis import Analysis
from simulate.analyse.batch.file import Batch
from simulate.analyse.batch.table import DONE, FAILED, KEPT, REFUSED, Outcome, rows_of
from simulate.engine.memory import ResourceError
from simulate.engine.progress import Renamed, StageProgress
from simulate.present.batches.crew import Crew
from simulate.present.batches.places import Places
from simulate.present.faces.looks.batch import left_in_words
from simulate.present.faces.run import KIND, face
from simulate.present.folder.finished import is_finished
from simulate.present.folder.hold import let_go
from simulate.present.folder.output import claim, write
from simulate.present.folder.place import Place
from simulate.present.terms.interrupts import came
from simulate.result.stored import read_kept, read_result
from simulate.running.known import Known
from simulate.running.running import answered

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # for the others neither
SHARED = 0.1  # of the work of an analysis, where another was simulated alike before it


def work(batch: Batch, places: Places, *, threads: int | None, tell: StageProgress) -> Iterator[Outcome]:
    """What becomes of each, in the order in which they are run.

    ``OSError`` where nothing more can be written; where workers elsewhere are lost for good, what they fail with.
    """
    known, left, crew = Known(), TimeLeft(batch), Crew()
    for k, analysis in enumerate(batch.in_order(), 1):
        place, telling = places.each[analysis.name], left.telling(k, tell)
        with crew.at_one():
            outcome = tried(analysis, place, known, threads=threads, tell=telling, crew=crew)
        left.done(analysis, outcome)
        yield outcome


def finished(batch: Batch, places: Places) -> set[str]:
    """Names of the analyses that would be taken as they stand in their folders."""
    found = set()
    for analysis in batch.in_order():
        place = places.each[analysis.name]
        if place.folder.is_dir():
            asked, wanted = analysis.asked(analysis.case())
            if is_finished(place, KIND, asked.told, analysis.figures, until=wanted is not None):
                found.add(analysis.name)
    return found


def tried(
    analysis: Analysis, place: Place, known: Known, *, threads: int | None = None, tell: StageProgress, crew: Crew
) -> Outcome:
    """What becomes of one analysis, its failure among that; but not of what would become of all others too: being
    interrupted, a full disk, workers that are lost."""
    try:
        return one(analysis, place, known, threads=threads, tell=tell)
    except Exception as fault:  # a fault of ours too is only that analysis's
        if came() or crew.is_lost() or _is_of_the_disk(fault):
            raise
        return Outcome(analysis, FAILED, error=_words(fault))
    finally:
        let_go(place.folder)


def one(analysis: Analysis, place: Place, known: Known, *, threads: int | None = None, tell: StageProgress) -> Outcome:
    """One analysis run and written as ``run`` does it, or taken as it stands in its folder, if that is finished."""
    case = analysis.case()
    asked, wanted = analysis.asked(case)
    if is_finished(place, KIND, asked.told, analysis.figures, until=wanted is not None):
        tell("reading what is there", 0, 0)
        with suppress(ModelError):  # of another day's program, which tells it otherwise: run again
            kept = read_kept(place.folder)
            return Outcome(analysis, KEPT, None, rows_of(read_result(place.folder), kept.summary))
    claim(place, KIND)
    try:
        result = answered(asked, wanted, variants=analysis.variants, threads=threads, progress=tell, known=known)
    except (ResourceError, MemoryError):
        if known.latest is None:
            raise
        known.latest = None  # it takes room, and saves time only
        result = answered(asked, wanted, variants=analysis.variants, threads=threads, progress=tell, known=known)
    tell("valuing and writing", 0, 0)
    shown = face(result, which=analysis.figures)
    write(shown, place.folder, [*analysis.command(), "--out", str(place.folder)], place=place)
    return Outcome(analysis, DONE, round(sum(result.seconds.values()), 3), rows_of(result, shown.data))


def _is_of_the_disk(fault: BaseException | None) -> bool:
    """Whether nothing can be written there, also as it is told to people."""
    return isinstance(fault, OSError) and (fault.errno in NO_ROOM or _is_of_the_disk(fault.__cause__))


def _words(fault: Exception) -> str:
    """What a failure says, on one line."""
    named = {c.__name__ for c in type(fault).__mro__}
    ours = named & {"InputError", "ModelError", "NumericalError", "ResourceError", "OSError", "MemoryError"}
    text = " ".join(str(fault).split()) or type(fault).__name__
    return text if ours else f"{type(fault).__name__}: {text}"


class TimeLeft:
    """How long the rest will take, by how long what was run took; each counts by its histories."""

    def __init__(self, batch: Batch) -> None:
        seen: set[tuple[object, ...]] = set()
        self.sizes: dict[str, float] = {}
        for analysis in batch.in_order():
            alike = batch.alike[analysis.name]
            size = float(analysis.words.get("draws", 1024)) * float(analysis.words.get("people", 1000))
            self.sizes[analysis.name] = size * (SHARED if alike in seen else 1.0)
            seen.add(alike)
        self.worked = self.seconds = 0.0
        self.begun = time.monotonic()

    def done(self, analysis: Analysis, outcome: Outcome) -> None:
        """One less; what was there already, or failed, says nothing of how long the others take."""
        size, now = self.sizes.pop(analysis.name), time.monotonic()
        if outcome.status == DONE:
            self.worked, self.seconds = self.worked + size, self.seconds + now - self.begun
        self.begun = now

    def telling(self, k: int, tell: StageProgress) -> StageProgress:
        """Tells the stages of the `k`-th, with the time left as it is known before it."""
        names = list(self.sizes)
        first = f"{k} of {k - 1 + len(names)}, {names[0]}: "
        left = sum(self.sizes.values()) * self.seconds / self.worked if self.worked else None
        last = "" if left is None else f" ({left_in_words(left)} left in all)"
        return Renamed(tell, lambda what: f"{first}{what}{last}")


def in_file_order(batch: Batch, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """As they stand in the file, not as they were run, with those that were refused."""
    found = {o.analysis.name: o for o in (*refused(batch), *outcomes)}
    return [found[a.name] for a in batch.analyses]


def refused(batch: Batch) -> list[Outcome]:
    """What becomes of those that cannot be run."""
    named = {a.name: a for a in batch.analyses}
    return [Outcome(named[n], REFUSED, error="; ".join(map(str, wrong))) for n, wrong in batch.refused.items()]
