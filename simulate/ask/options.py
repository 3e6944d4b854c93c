"""How a run is asked for, checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, TypedDict

from models.contract import AGE, ModelError, StateTime, check_one_of
from models.states import check_utilities, subgroup_levels
from parameters.ground.brief import Brief
from parameters.ground.given import as_path, check_rows, check_texts, check_truths
from parameters.ground.spoken import option
from parameters.mistakes import Mistakes, as_spelt, short
from parameters.units import NOT_NEGATIVE, SHARE, number_of
from simulate.ask.case import Case
from simulate.ask.cohort_file import CohortFile, read_cohort
from simulate.ask.reads import follow_up
from simulate.engine.arithmetic.random_numbers import GENERATORS, POINTS, SCRAMBLES, SOBOL
from simulate.engine.lower.people import PeopleFile

DRAWS, PEOPLE = 1024, 1000  # unless asked otherwise
RNG = "splitmix64"
MOST_MOMENTS = 200  # at which it is told who is where
MOST_TOLD = 8  # of them, in a message
WHOLE = 1e-9  # of a cycle or the horizon, by which a moment may be off
METHODS = ("sobol", "random")
SHORT_NAMES = {"splitmix": "splitmix64", "philox": "philox4x32-10", "sobol": "sobol-owen"}


@dataclass(frozen=True, repr=False)
class Options(Brief):
    """How a case is run: complete, with every name in full and the people of a file read. Made by ``complete``."""

    draws: int
    people: int
    seed: int
    fixed: bool
    method: Literal["sobol", "random"]
    perspective: str
    effect: str
    rng: str
    subgroup: str | None = None  # a characteristic by whose levels people are told apart
    by_year: bool = False
    ages: tuple[float, ...] = ()
    occupancy: tuple[float, ...] = ()  # years since entry at which it is told who is where
    threshold: float | None = None  # money a unit of effect, at which one decision is told; None: as the setting has it
    thresholds: tuple[float, ...] = ()  # that of curves and tables; none: the problem's
    persons: bool = False  # keep the totals of every person
    cohort: CohortFile | None = None  # the people of a file, in place of drawn ones
    predictive: bool = False  # for one place: what places differ by is drawn too
    implementation: float = 1.0  # share of those offered a service for whom it is really made
    exact: bool = False  # expected values in place of simulated people

    @property
    def file(self) -> PeopleFile | None:
        """The people of the file as the engine takes them."""
        return None if self.cohort is None else self.cohort.of(self.people)

    def plain(self) -> Options:
        """The same, and nothing collected beyond what costs and effects need."""
        return replace(self, by_year=False, ages=(), occupancy=(), subgroup=None, persons=False)

    def drawing(self) -> dict[str, Any]:
        """The options on which draws and random numbers depend, by name; those at their defaults left out."""
        chosen: dict[str, Any] = {"fixed": True} if self.fixed else {"draws": self.draws}
        cohort = None if self.cohort is None else self.cohort.file
        chosen |= {"seed": self.seed, "method": self.method, "rng": self.rng, "cohort": cohort}
        chosen |= {"predictive": True} if self.predictive else {}
        chosen |= {"exact": True} if self.exact else {}
        chosen |= {"implementation": self.implementation}
        usual = {"draws": DRAWS, "method": "sobol", "rng": RNG, "cohort": None, "implementation": 1.0}
        return {name: value for name, value in chosen.items() if name not in usual or value != usual[name]}

    def words(self, more: Mapping[str, Any]) -> list[str]:
        """Those options, and `more`, as the command line takes them."""
        pairs = [
            (f"--{name}",) if value is True else (f"--{name}", str(value))
            for name, value in {**self.drawing(), **more}.items()
        ]
        return [word for pair in pairs for word in pair]


class Wishes(TypedDict, total=False):
    """What may be wished for of a run: the arguments of ``complete``, for those who hand them on."""

    draws: int
    people: int | None
    seed: int
    fixed: bool
    method: Literal["sobol", "random"]
    perspective: str | None
    effect: str | None
    rng: str
    subgroup: str | None
    by_year: bool
    ages: Sequence[float]
    occupancy: Sequence[float]
    threshold: float | None
    thresholds: Sequence[float]
    persons: bool
    cohort: str | Path | None
    predictive: bool
    implementation: float
    exact: bool
    least: int


def complete(
    case: Case,
    *,
    draws: int = DRAWS,
    people: int | None = None,
    seed: int = 1,
    fixed: bool = False,
    method: Literal["sobol", "random"] = "sobol",
    perspective: str | None = None,
    effect: str | None = None,
    rng: str = RNG,
    subgroup: str | None = None,
    by_year: bool = False,
    ages: Sequence[float] = (),
    occupancy: Sequence[float] = (),
    threshold: float | None = None,
    thresholds: Sequence[float] = (),
    persons: bool = False,
    cohort: str | Path | None = None,
    predictive: bool = False,
    implementation: float = 1.0,
    exact: bool = False,
    least: int = 1,
) -> Options:
    """Options from what was wished for: defaults filled in, names in full, the people of a file read.

    `people` are PEOPLE unless said; of a file its own, or each of them as often as it takes to be as many as said. One
    of fewer than `least` counts as one of so many. ``ModelError`` and ``InputError``, every mistake at once.
    """
    mistakes = Mistakes()
    given = {"method": method, "rng": rng, "perspective": perspective, "effect": effect, "subgroup": subgroup}
    truths = {"fixed": fixed, "by_year": by_year, "persons": persons, "predictive": predictive, "exact": exact}
    _check_kinds(case, given, truths, {"ages": ages, "occupancy": occupancy, "thresholds": thresholds})
    people_of_file = None
    with mistakes.among():
        people_of_file = None if cohort is None else read_cohort(as_path("cohort", cohort), case.problem.pathway)
    with mistakes.among():
        _check_fixed(draws, fixed=fixed)
    options = Options(
        draws=1 if fixed else draws,
        people=_so_many(people, people_of_file, least),
        seed=seed,
        fixed=bool(fixed),
        method=as_spelt(method, METHODS),  # type: ignore[arg-type]
        perspective=_perspective(case, perspective),
        effect=_effect(case, effect),
        rng=SHORT_NAMES.get(as_spelt(rng, SHORT_NAMES), as_spelt(rng, GENERATORS)),
        subgroup=subgroup,
        by_year=bool(by_year),
        ages=tuple(ages),
        occupancy=tuple(occupancy),
        threshold=threshold,
        thresholds=tuple(thresholds),
        persons=bool(persons),
        cohort=people_of_file,
        predictive=bool(predictive),
        implementation=implementation,
        exact=bool(exact) or case.problem.pathway.cycle is not None,
    )
    with mistakes.among():
        _check(options, case, effect_was_chosen=effect is not None)
    mistakes.tell()
    return options


def _check_kinds(
    case: Case, texts: Mapping[str, object], truths: Mapping[str, object], rows: Mapping[str, object]
) -> None:
    """Raise ``ModelError`` with all that is of another kind than it can be of."""
    mistakes = Mistakes()
    allowed = {
        "method": METHODS,
        "rng": GENERATORS,
        "perspective": [p.name for p in case.problem.perspectives],
        "effect": [e.name for e in case.problem.effects],
        "subgroup": ["the name of a characteristic"],
    }
    with mistakes.among():
        check_truths(**truths)
    with mistakes.among():
        check_texts(**{name: (value, ", ".join(allowed[name])) for name, value in texts.items()})
    with mistakes.among():
        check_rows(**rows)
    mistakes.tell()


def _check_fixed(draws: int, *, fixed: bool) -> None:
    """Raise ``ModelError`` where several draws are asked for beside the one at the point estimates."""
    if fixed and _is_whole(draws) and draws not in (1, DRAWS):
        raise ModelError(f"draws: {draws}; with fixed there is one, at the point estimates; allowed: one of the two")


def _so_many(people: int | None, cohort: CohortFile | None, least: int) -> int:
    """How many are simulated of those asked for."""
    if cohort is None:
        return PEOPLE if people is None else people
    if people is None or not _is_whole(people) or people < 1:  # which is told of below
        return max(len(cohort.people), least) if people is None else people
    return cohort.as_many(people)


def _perspective(case: Case, name: str | None) -> str:
    """The perspective asked for, in any case of letters; the setting's where none is."""
    return as_spelt(name, (p.name for p in case.problem.perspectives)) if name else case.setting.perspective


def _effect(case: Case, name: str | None) -> str:
    """The effect asked for, likewise."""
    return as_spelt(name, (e.name for e in case.problem.effects)) if name else case.setting.effect


def valued_as(options: Options, case: Case, perspective: str | None, effect: str | None) -> Options:
    """The same valued otherwise; ``ModelError`` on what is not allowed."""
    _check_kinds(case, {"perspective": perspective, "effect": effect}, {}, {})
    chosen = perspective or options.perspective, effect or options.effect
    other = replace(options, perspective=_perspective(case, chosen[0]), effect=_effect(case, chosen[1]))
    mistakes = Mistakes()
    _check_value(other, case, mistakes, effect_was_chosen=True)
    mistakes.tell()
    return other


def _check_generator(options: Options) -> None:
    """Refuse an unknown generator, and people whom Sobol's sequence cannot number."""
    check_one_of(options.rng, GENERATORS, "rng")
    if GENERATORS[options.rng] != SOBOL:
        return
    if options.cohort is not None:
        raise ModelError(
            f"rng: {options.rng} spreads drawn people evenly, and those of a file have their numbers by id;"
            " allowed: splitmix64, philox4x32-10"
        )
    if options.people > SCRAMBLES * POINTS:
        raise ModelError(
            f"rng: {options.rng} numbers at most {number_of(SCRAMBLES * POINTS, 'person')}; got {options.people}"
        )


def _check(options: Options, case: Case, *, effect_was_chosen: bool) -> None:
    mistakes = Mistakes()
    with mistakes.among():
        check_sizes(options.draws, options.people, options.seed)
    with mistakes.among():
        _ = options.file  # whose copies need names of their own
    with mistakes.among():
        check_one_of(options.method, METHODS, "method")
    with mistakes.among():
        _check_generator(options)
    _check_value(options, case, mistakes, effect_was_chosen=effect_was_chosen)
    with mistakes.among():
        subgroup_levels(case.problem.pathway, options.subgroup)
    with mistakes.among():
        _check_ages(options, case)
    with mistakes.among():
        _check_occupancy(options, case)
    with mistakes.among():
        if options.predictive and not any(case.parameters[n].kind == "between_sites" for n in case.names()):
            raise ModelError("predictive: no parameter of this setting is a spread between places; nothing would alter")
    with mistakes.among():
        _check_prices(options)
    with mistakes.among():
        _check_implementation(options, case)
    with mistakes.among():
        _check_exact(options, case)
    mistakes.tell()


def _check_prices(options: Options) -> None:
    """Raise ``ModelError`` unless willingness to pay is finite and not negative, and a grid of it rises."""
    one = () if options.threshold is None else (options.threshold,)
    for name, values in ((option("threshold"), one), (option("thresholds"), options.thresholds)):
        for value in values:
            number = isinstance(value, Real) and not isinstance(value, bool)
            refusal = NOT_NEGATIVE.refusal(float(value)) if number else "must be a number"
            if refusal is not None:
                raise ModelError(f"{name}: {short(value)}; {refusal}")
    if any(a >= b for a, b in pairwise(options.thresholds)):
        raise ModelError(f"{option('thresholds')}: {short(list(options.thresholds))}; must rise")


def _check_implementation(options: Options, case: Case) -> None:
    """Raise ``ModelError`` unless it is a share, and something here can be made for a share of people."""
    share, where = options.implementation, "implementation"
    refusal = SHARE.refusal(share) if isinstance(share, Real) and not isinstance(share, bool) else "must be a number"
    if refusal is not None:
        raise ModelError(f"{where}: {share!r}; {refusal}")
    if share == 1.0:
        return
    made = {c.name for s in case.problem.strategies for c in s.components if c.scalable}
    if not made:
        raise ModelError(
            f"{where}: {share:g}; nothing under setting {case.setting.name} of {case.problem.id} is declared to be"
            " offered to more people than it is made for; allowed: 1"
        )
    timed = [c.name for c in case.problem.costs if isinstance(c.basis, StateTime) and c.basis.component in made]
    if timed:
        raise ModelError(f"{where}: {share:g}; cost items priced for everybody: {', '.join(timed)}; allowed: 1")
    if given := [s.id for s in case.problem.strategies if s.given and any(c.scalable for c in s.components)]:
        raise ModelError(f"{where}: {share:g}; numbers given for everybody under {', '.join(given)}; allowed: 1")
    if options.persons:
        raise ModelError(f"{where}: {share:g}; totals of persons do not tell who had it made; allowed: 1")


def _check_exact(options: Options, case: Case) -> None:
    """Raise ``ModelError`` for what expected values do not tell, and for what says how people are simulated."""
    if not options.exact:
        return
    in_cycles = case.problem.pathway.cycle is not None  # then shares of a cohort are handed on, of however many people
    asked = {
        "cohort": options.cohort is not None,
        "subgroup": options.subgroup is not None,
        "by_year": options.by_year,
        "ages": bool(options.ages),
        "persons": options.persons,
        "people": options.cohort is None and options.people != PEOPLE and not in_cycles,
        "rng": options.rng != RNG,
    }
    wrong = [name for name, is_asked in asked.items() if is_asked]
    if wrong:
        raise ModelError(
            f"{'a pathway in cycles' if in_cycles else 'exact'}: expected values are those of"
            f" everybody, and nobody is simulated; allowed: without {', '.join(wrong)}"
        )


def _check_value(options: Options, case: Case, mistakes: Mistakes, *, effect_was_chosen: bool) -> None:
    with mistakes.among():
        case.problem.perspective(options.perspective)
    with mistakes.among():
        if case.problem.effect(options.effect).is_qaly and (effect_was_chosen or case.problem.utilities):
            check_utilities(case.problem)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_sizes(draws: int, people: int, seed: int) -> None:
    """Raise ``ModelError`` with everything that is wrong with how many are simulated, and with the seed."""
    mistakes = Mistakes()
    for name, size in (("draws", draws), ("people", people)):
        with mistakes.among():
            if not _is_whole(size):
                raise ModelError(f"{name}: {size!r}; must be a whole number")
            if size < 1:
                raise ModelError(f"{name}: {size}; need at least 1")
    with mistakes.among():
        if not _is_whole(seed) or not 0 <= seed < 2**64:
            raise ModelError(f"seed: {seed}; allowed 0 to 2^64 - 1, whole numbers")
    mistakes.tell()
    if draws > 1 and people < 2:
        raise ModelError("people: 1; several draws need at least 2, or noise between people passes for uncertainty")


def _check_ages(options: Options, case: Case) -> None:
    finite = all(math.isfinite(a) and a >= 0 for a in options.ages)
    if not finite or any(a >= b for a, b in pairwise(options.ages)):
        raise ModelError(f"ages: {', '.join(f'{a:g}' for a in options.ages)}; must rise, from 0 or more, in years")
    if options.ages and not any(c.name == AGE for c in case.problem.pathway.characteristics):
        raise ModelError(f"ages: pathway {case.problem.pathway.name} has no characteristic called age")


def _check_occupancy(options: Options, case: Case) -> None:
    """Raise ``ModelError`` unless the times rise from entry to the horizon, and are ends of its cycles, if any."""
    times = options.occupancy
    if not times:
        return
    if not all(isinstance(t, Real) and not isinstance(t, bool) and math.isfinite(t) for t in times):
        raise ModelError(f"occupancy: {short(times)}; must be numbers, years since entry")
    told = ", ".join(f"{t:g}" for t in times[:MOST_TOLD]) + (", ..." if len(times) > MOST_TOLD else "")
    if times[0] < 0 or any(a >= b for a, b in pairwise(times)):
        raise ModelError(f"occupancy: {told}; must rise, from 0 or more, in years since entry")
    if len(times) > MOST_MOMENTS:
        raise ModelError(f"occupancy: {len(times):,} times; allowed: at most {MOST_MOMENTS}")
    horizon = follow_up(case.setting, case.parameters)
    if times[-1] > horizon * (1 + WHOLE):
        raise ModelError(f"occupancy: {told}; people are followed for {horizon:g} years")
    cycle = case.problem.pathway.cycle
    if cycle is None:
        return
    between = [t for t in times if abs(t / cycle.length - round(t / cycle.length)) > WHOLE * max(1.0, t)]
    if between:
        told = ", ".join(f"{t:g}" for t in between[:MOST_TOLD])
        raise ModelError(
            f"occupancy: {told}; who is where is known at the ends of cycles of {cycle.length:g} years; allowed:"
            " multiples of that"
        )
