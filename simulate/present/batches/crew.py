"""Workers elsewhere that the analyses of a batch share: what one of them meets with is no matter of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from models.contract import ModelError
from simulate.engine.keeping.chunks import Portion
from simulate.engine.keeping.sealing import Arrays
from simulate.engine.keeping.workplace import Elsewhere, WorkersLost, here, using

MOST_IN_VAIN = 2  # times in a row: once may be the analysis's own


@dataclass
class Crew:
    """What was met with so far; where this process simulates everything, nothing ever is."""

    aside: set[str] = field(default_factory=set)  # keys of chunks that killed every worker they met
    in_vain: int = 0  # times in a row that the workers themselves failed, and nothing was done between

    @contextmanager
    def at_one(self) -> Iterator[None]:
        """Within, chunks are numbered as in a run by itself, and only its own are set aside."""
        there = here()
        if there.elsewhere is None:
            yield
            return
        with using(replace(there, elsewhere=self._through(there.elsewhere), met=0, aside=[])):
            yield

    def is_lost(self) -> bool:
        """Whether there is no use in giving them another analysis."""
        return self.in_vain >= MOST_IN_VAIN

    def _through(self, them: Elsewhere) -> Elsewhere:
        def sums(portions: Iterable[Portion], *more: Any) -> Iterator[tuple[Portion, Arrays | None]]:
            """As theirs; a chunk that was set aside before is so at once, and kills nobody again."""
            known = list[Portion]()

            def others() -> Iterator[Portion]:
                for portion in portions:
                    if portion.chunk.key in self.aside:
                        known.append(portion)
                    else:
                        yield portion

            try:
                for portion, found in them(others(), *more):
                    self.in_vain = 0
                    if found is None:
                        self.aside.add(portion.chunk.key)
                    yield portion, found
            except WorkersLost:
                self.in_vain = MOST_IN_VAIN
                raise
            except (OSError, ModelError):  # such as cannot do this
                self.in_vain += 1
                raise
            yield from ((portion, None) for portion in known)

        return sums
