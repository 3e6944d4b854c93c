"""What the targets of a block come to: at the point estimates, by the map for any draws, and one by one beyond it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.contract import CalibrationTarget
from parameters.arrays import Bools, Floats
from parameters.sampling import carried
from simulate.engine.arithmetic.elementary import exps
from simulate.engine.driver import NumericalError
from simulate.solve.centre import solve_centre
from simulate.solve.keeping import Array, Arrays, Keep, in_one_layout, not_kept
from simulate.solve.search import Search
from simulate.solve.simulator import Simulator
from simulate.solve.surface import Place, Surface, Values, fitted, placed
from simulate.solve.targets import nulls_of

SOLVED_PLACES = 24  # binary, of a ratio that was solved for: in later ones linear algebra differs
FRESH_POINTS = 256  # spread as the draws are, at which the map's error is measured: a few of them make half of it
FRESH_PEOPLE = 3_000  # at each of them, each of two times
FAR_STEPS = 6  # for a draw beyond the map, from its straight line, after Newton's
MOST_BEYOND = 16, 0.01  # draws beyond the map, or their share, that are solved one by one: it takes a second each


@dataclass(frozen=True, eq=False)
class Solution:
    """A block solved for at the point estimates, and how it is solved for elsewhere."""

    simulator: Simulator
    centre: Values  # engine-unit inputs at the point estimates, [1] each, with what earlier blocks are solved for
    x0: Floats  # [target] log engine parameters there
    achieved: Floats  # [target] figures there, on the scale they are solved on
    jacobian: Floats  # [figure, target]
    surface: Surface | None = None  # none where every draw is at the point estimates
    keep: Keep = not_kept
    last: list[tuple[Values, tuple[Floats, Bools]]] = field(default_factory=list, init=False, repr=False)

    @classmethod
    def at_centre(cls, simulator: Simulator, centre: Values, keep: Keep) -> Solution:
        """Solved for at the point estimates; ``CalibrationError`` naming the target that cannot be reached."""

        def solve() -> Arrays:
            x0, jacobian, achieved = solve_centre(simulator, centre)
            return {"x0": x0, "achieved": achieved, "jacobian": jacobian}

        mine = simulator.block.inputs(centre)
        found = in_one_layout(keep("point estimates", simulator.words(), mine, solve))
        return cls(simulator, mine, found["x0"], found["achieved"], found["jacobian"], keep=keep)

    def placed(self, design: Values, varying: Sequence[str]) -> Place:
        """Where a map is made, over a design with what earlier blocks are simulated at; `varying` are its inputs."""

        def place() -> Arrays:
            found = placed(self.simulator, design, self.centre, varying, self.x0, self.jacobian)
            names = np.array([varying.index(n) for n in found.names], dtype=np.int64)
            return {"names": names, "slopes": found.slopes, "x": found.x}

        given = {**self.simulator.block.inputs(design), **{f"{n} varies": np.ones(1) for n in varying}}
        found = self.kept("places of the map", given, place)
        return Place(tuple(varying[i] for i in found["names"]), found["slopes"], found["x"])

    def mapped(self, design: Values, place: Place, figures: Callable[[], Floats], by_person: bool) -> Solution:
        """The same with a map, from its `figures` [point, target] there, told with everybody's totals or without.

        Other people are drawn with them, and where they are needed for a figure of any block, all have them.
        """

        def fit() -> Arrays:
            return fitted(self.simulator, design, self.centre, place, figures(), self.x0, self.jacobian).arrays()

        given = {**self.simulator.block.inputs(design), **{f"{n} moves": np.ones(1) for n in place.names}}
        given |= {"at": place.x, "slopes there": place.slopes, "by person": np.array([by_person])}
        found = self.kept("map", given, fit)
        return replace(self, surface=Surface.of_arrays(place.names, found))

    @property
    def targets(self) -> tuple[CalibrationTarget, ...]:
        """Those of the block, in order."""
        return self.simulator.targets

    @property
    def alone(self) -> Bools:
        """Which ratios no other unknown of their strategy moves, [target]: exact, since the people are the same."""
        found = np.ones(len(self.targets), dtype=np.bool_)
        for j, u in enumerate(self.targets):
            others = [k for k, t in enumerate(self.targets) if t.strategy == u.strategy and k != j]
            found[j] = not self.jacobian[j, others].any()
        return found

    def read(self, values: Values) -> tuple[Floats, Bools]:
        """Log engine parameters [draws, target] by the map alone, and whether they are the map's."""
        if self.surface is None:
            rows = max(len(v) for v in values.values())
            return np.repeat(self.x0[None, :], rows, axis=0), np.ones(rows, dtype=np.bool_)
        return self.surface.read(self.targets, values)

    def near(self, values: Values, x: Floats) -> tuple[Floats, Floats]:
        """Where a search for draws beyond the map begins, and with which slopes [draws, figure, target]."""
        if self.surface is None:
            return x, np.repeat(self.jacobian[None, :, :], len(x), axis=0)
        return self.surface.near(self.targets, values, x)

    def at(self, values: Values) -> tuple[Floats, Bools]:
        """The same, draws beyond the map solved one by one; nothing twice for those that it was last asked for."""
        mine = self.simulator.block.inputs(values)
        if not (self.last and _alike(self.last[0][0], mine)):
            x, solved = self.read(values)
            found = (x, solved) if self.surface is None else with_far(self, mine, x, solved)
            self.last[:] = [({n: v.copy() for n, v in mine.items()}, found)]
        x, solved = self.last[0][1]
        return x.copy(), solved.copy()

    def columns(self, values: Values, x: Floats) -> dict[str, Floats]:
        """Engine parameters [draws] by name, in engine units: exactly 1 where what was published says so.

        Solved ones carry seven digits, more than their map is good to.
        """
        solved = carried(exps(x), SOLVED_PLACES)
        solved[nulls_of(self.targets, self.alone, values, len(x))] = 1.0
        return {t.unknown: solved[:, j] for j, t in enumerate(self.targets)}

    def kept(self, what: str, given: Mapping[str, Array], make: Callable[[], Arrays]) -> Arrays:
        """What is found from `given`, the block and its point estimates: made, or as it was kept, to the last bit."""
        centre = {f"{n} at the centre": v for n, v in self.centre.items()}
        all_given = {**given, **centre, "x0": self.x0, "jacobian": self.jacobian}
        return in_one_layout(self.keep(what, self.simulator.words(), all_given, make))

    def searched(self, values: Values) -> Search:
        """Newton's method for these inputs, one by one."""
        return Search(self.simulator, self.targets, self.alone, self.x0, self.jacobian, self.centre, values)


def with_far(solution: Solution, values: Values, x: Floats, solved: Bools) -> tuple[Floats, Bools]:
    """`x` with the draws that are not `solved` solved one by one, exactly: of very many, those furthest out."""
    far = np.flatnonzero(~solved)
    most = max(MOST_BEYOND[0], int(MOST_BEYOND[1] * len(x)))
    if len(far) > most:
        out = np.abs(x[far] - solution.x0).max(axis=1)
        far = np.sort(far[np.argsort(-out, kind="stable")[:most]])
    if not len(far):
        return x, solved
    some = {n: np.broadcast_to(v, (len(x),))[far] for n, v in values.items()}
    start, slopes = solution.near(some, x[far])

    def search() -> Arrays:
        solution.simulator.steps.begin("solving for draws beyond the map, one by one")
        found, good = solution.searched(some).solved_from(start, slopes, FAR_STEPS)
        return {"x": found, "good": good}

    out, done = x.copy(), solved.copy()
    try:
        kept = solution.kept("draws beyond the map", {**some, "from": start, "slopes": slopes}, search)
    except NumericalError:
        return x, solved
    good = far[kept["good"]]
    out[good], done[good] = kept["x"][kept["good"]], True
    return out, done


def _alike(some: Values, others: Values) -> bool:
    return some.keys() == others.keys() and all(np.array_equal(v, others[n]) for n, v in some.items())
