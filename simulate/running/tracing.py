"""Individual histories, event by event, as they happen in a run: for looking at, and for replaying a fault."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from models.contract import ModelError, Pathway, check_one_of
from models.states import follows_people, is_absorbed
from parameters.ground.brief import Brief
from parameters.mistakes import Mistakes
from parameters.units import DAYS_PER_YEAR
from simulate.ask.asked import ask
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import DRAWS, Options
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.driver import NumericalError, of_strategies
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.people import PeopleFile
from simulate.engine.lower.tables import Lowered
from simulate.engine.progress import StageProgress, silent
from simulate.engine.replay import Replayed, replay
from simulate.process.shown import Finding
from simulate.running.lowering import Part, lower_apart
from simulate.running.running import drawn_for
from simulate.running.solving import solved_for

if TYPE_CHECKING:
    import pandas as pd

State = Mapping[str, str]

ENTRY, END = "(entry)", "(end of follow-up)"  # beside the ids of events, which hold no parentheses
SHOWN = 20  # people, unless asked otherwise


@dataclass(frozen=True)
class Step:
    """One row of a history: an outcome (``event`` or ``event.branch``), ENTRY or END, and the states around it."""

    person: int | str
    strategy: str
    time: float  # years since entry
    event: str
    before: State | None  # None at entry
    after: State


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Brief, Finding):
    """Histories of some people of one draw; where one could not be finished, `faults` says why."""

    case: Case
    options: Options
    draw: int
    variant: str | None
    horizon: float  # years
    steps: tuple[Step, ...]
    faults: tuple[NumericalError, ...] = ()

    @property
    def people(self) -> tuple[int | str, ...]:
        """Whose histories these are, in order."""
        return tuple(dict.fromkeys(s.person for s in self.steps))

    @property
    def strategies(self) -> tuple[str, ...]:
        """Ids of the strategies traced, comparator first."""
        found = {s.strategy for s in self.steps}
        return tuple(s.id for s in self.case.problem.strategies if s.id in found)

    def step_rows(self) -> list[dict[str, Any]]:
        """One mapping a step: person, strategy, years, days, event, from, to (states in words)."""
        pathway = self.case.problem.pathway
        return [
            {
                "person": s.person,
                "strategy": s.strategy,
                "years": s.time,
                "days": s.time * DAYS_PER_YEAR,
                "event": s.event,
                "from": "" if s.before is None else in_words(pathway, s.before),
                "to": in_words(pathway, s.after),
            }
            for s in self.steps
        ]

    def table(self) -> pd.DataFrame:
        """The steps as a tidy table."""
        import pandas as pd

        return pd.DataFrame(self.step_rows(), columns=["person", "strategy", "years", "days", "event", "from", "to"])


class Follows(TypedDict, total=False):
    """Whose histories may be asked for: the arguments of ``follow``."""

    people: int
    person: int | str | None
    strategy: str | None
    draw: int
    seed: int
    draws: int
    fixed: bool
    method: Literal["sobol", "random"]
    rng: str
    cohort: str | Path | None
    variant: str | None
    predictive: bool
    implementation: float
    threads: int | None
    progress: StageProgress | None


def trace(case: AnyCase, **asked: Unpack[Follows]) -> pd.DataFrame:
    """The histories of some people as a tidy table: person, strategy, years, days, event, from, to.

    A row an event, with the time since entry. Options are those of ``follow``: how many `people`, or which `person`, of
    which `draw`; all else as in ``run``. A history that cannot be finished ends where the fault arose, with a
    ``RuntimeWarning``; ``ModelError`` for what is not there.
    """
    found = follow(as_case(case), **asked)
    for fault in found.faults:
        warnings.warn(str(fault), RuntimeWarning, stacklevel=2)
    return found.table()


def follow(
    case: Case,
    *,
    people: int = SHOWN,
    person: int | str | None = None,
    strategy: str | None = None,
    draw: int = 0,
    seed: int = 1,
    draws: int = DRAWS,
    fixed: bool = False,
    method: Literal["sobol", "random"] = "sobol",
    rng: str = "splitmix64",
    cohort: str | Path | None = None,
    variant: str | None = None,
    predictive: bool = False,
    implementation: float = 1.0,
    threads: int | None = None,
    progress: StageProgress | None = None,
) -> Trace:
    """Histories of the first `people`, or of `person` alone, in one `draw` of a run with these options.

    They are those of ``run(case, seed=seed, draws=draws, ...)`` to the last bit, from the same kernel:
    how many people a run has does not matter. `person` is a number, or an id of the file `cohort`;
    `strategy` shows one strategy alone; `variant` is one of the setting's.
    """
    if not follows_people(case.problem.pathway):
        kind = "an account" if case.problem.pathway.cycle is None else "a cohort in cycles"
        raise ModelError(f"{case.problem.id}: nothing happens to single people in {kind}; allowed: a pathway")
    two = 2  # a history does not depend on how many people there are
    asked = ask(
        case,
        draws=draws,
        people=two if cohort is None else None,
        least=two,
        seed=seed,
        fixed=fixed,
        method=method,
        rng=rng,
        cohort=cohort,
        predictive=predictive,
        implementation=implementation,
    )
    options, file = asked.options, _with_copy(asked.options, person)
    varied, mistakes = case, Mistakes()
    persons: Sequence[int] = ()
    with mistakes.among():
        if not 0 <= draw < options.draws:
            raise ModelError(f"draw: {draw}; allowed 0 to {options.draws - 1}")
    with mistakes.among():
        if strategy is not None:
            check_one_of(strategy, [s.id for s in case.problem.strategies], "strategy")
    with mistakes.among():
        varied = case if variant is None else case.variant(case.setting.variant(variant))
    with mistakes.among():
        persons = _persons(people, person, file)
    mistakes.tell()
    tell = progress or silent
    calibration = solved_for(case, fixed=fixed, threads=threads, progress=tell)
    chosen = asked.of(varied)
    parts = lower_apart(chosen.delivered, calibration.apply(drawn_for(chosen)), Collect())
    found = _replayed(parts, options, draw, persons, file)
    order = [s.id for s in case.problem.strategies]
    each = (sorted((s for x in both for s in _steps(*x)), key=lambda s: order.index(s.strategy)) for both in found)
    steps = tuple(s for both in each for s in both if strategy in (None, s.strategy))
    faults = tuple(one.fault for both in found for _, one in both if one.fault is not None)
    return Trace(varied, options, draw, variant, parts[0].lowered.tables.horizon, steps, faults)


def _replayed(
    parts: Sequence[Part], options: Options, draw: int, persons: Sequence[int], file: PeopleFile | None
) -> list[list[tuple[Lowered, Replayed]]]:
    """What happened to each person under the strategies of each part."""
    found: list[list[tuple[Lowered, Replayed]]] = [[] for _ in persons]
    kernel = GENERATORS[options.rng]
    for part in parts:
        mine = of_strategies(part.lowered, part.mine)
        told = replay(mine, part.lookup, draw=draw, persons=persons, seed=options.seed, generator=kernel, file=file)
        for both, one in zip(found, told, strict=True):
            both.append((mine, one))
    return found


def _with_copy(options: Options, person: int | str | None) -> PeopleFile | None:
    """The people of the file; as often as it takes to hold a `person` such as ``anna/3``."""
    if options.cohort is None:
        return None
    own, (name, _, copy) = options.cohort.people, str(person).rpartition("/")
    many = int(copy) if name in own.ids and copy.isdecimal() and len(copy) < 9 and str(person) not in own.ids else 1
    return own if many <= 1 else own.times(many)


def _persons(people: int, person: int | str | None, file: PeopleFile | None) -> Sequence[int]:
    """Positions of the people asked for."""
    if person is None:
        if people < 1:
            raise ModelError(f"people: {people}; need at least 1")
        return range(people if file is None else min(people, len(file)))
    if file is not None:
        check_one_of(str(person), file.ids, "person")
        return [file.ids.index(str(person))]
    try:
        number = int(person)
    except ValueError:
        number = -1
    if not 0 <= number < 2**64:
        raise ModelError(f"person: {person!r}; allowed: a number from 0, or with a cohort an id of its file")
    return [number]


def _steps(lowered: Lowered, one: Replayed) -> Iterator[Step]:
    """Rows of one person, strategy by strategy."""
    names = lowered.names
    stopped = None if one.fault is None or one.fault.place is None else one.fault.place.strategy
    for s, strategy in enumerate(names.strategies):
        state = names.states[one.start]
        yield Step(one.person, strategy, 0.0, ENTRY, None, state)
        for _, _, _, time, before, outcome, after in one.rows[one.rows[:, 2] == s].tolist():
            state = names.states[int(after)]
            yield Step(one.person, strategy, time, names.outcomes[int(outcome)], names.states[int(before)], state)
        if strategy == stopped:
            return  # the kernel went no further
        if not is_absorbed(lowered.pathway, state):
            yield Step(one.person, strategy, lowered.tables.horizon, END, state, state)


def in_words(pathway: Pathway, state: State) -> str:
    """A joint state in words: the levels that people move between, or the one that ended everything."""
    moving = [d.name for d in pathway.domains if len(set(d.levels) - set(d.absorbing)) > 1]
    levels = [level for domain, level in state.items() if domain in moving or len(state) < len(pathway.domains)]
    return ", ".join(x.replace("_", " ") for x in levels or state.values())


__all__ = ["END", "ENTRY", "Step", "Trace", "follow", "in_words", "trace"]
