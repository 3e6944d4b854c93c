"""The calibration that a case and its variants share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from parameters.joint import Drawable
from simulate.ask.case import Case
from simulate.engine.keeping.sealing import key_of
from simulate.engine.keeping.store import Store
from simulate.engine.keeping.words import algebra, spelt
from simulate.engine.keeping.workplace import here
from simulate.engine.progress import StageProgress, say, silent
from simulate.solve import centre, search, surface
from simulate.solve.calibration import Calibration, calibrate
from simulate.solve.keeping import Array, Arrays, Keep


def solved_for(
    case: Case, *, fixed: bool, exact: bool = False, threads: int | None = None, progress: StageProgress = silent
) -> Calibration:
    """The calibration of a case; unless `fixed`, one map that serves the setting's variants too.

    `fixed` and `exact`: without noise of people, by expected values.
    """
    store = here().store
    made, taken = store.made, store.taken
    found = calibrate(
        case.problem,
        case.setting,
        case.parameters,
        fixed=fixed,
        exact=exact,
        covering=_covering(case),
        threads=threads,
        progress=progress,
        keep=keeper(store),
    )
    if store.taken > taken and store.made == made:
        say(progress, "solving for the engine's ratios: all kept from before")
    return found


def keeper(store: Store) -> Keep:
    """How a store keeps what solving found: by a hash of words, numbers, sizes, and whose arithmetic it is."""

    def keep(what: str, words: tuple[object, ...], given: Mapping[str, Array], make: Callable[[], Arrays]) -> Arrays:
        if not store.reads:
            return make()
        sizes = centre.SEARCH_PEOPLE, centre.CENTRE_PEOPLE, surface.DESIGN_PEOPLE, search.SEARCH_PEOPLE, search.PEOPLE
        return store.kept(what, key_of([algebra(), spelt((what, words, sizes)), spelt(given)]), make)

    return keep


def _covering(case: Case) -> dict[str, list[Drawable]]:
    """For each parameter that a variant replaces, the distributions that none of the others holds."""
    names: dict[str, list[str]] = {}
    for variant in case.setting.variants:
        for name, other in variant.replace.items():
            names.setdefault(name, [name]).append(other)
    return {name: _outermost([case.parameters[n].distribution for n in found]) for name, found in names.items()}


def _outermost(found: Sequence[Drawable]) -> list[Drawable]:
    """Those whose 95% interval lies inside none of the others'; the first of equal ones."""
    kept: list[Drawable] = []
    for d in sorted(found, key=lambda d: -np.ptp(d.interval95())):
        low, high = d.interval95()
        if not any(k.interval95()[0] <= low and high <= k.interval95()[1] for k in kept):
            kept.append(d)
    return kept
