"""From a case to a result: draws, calibration, simulation. Valuation waits until it is asked for."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TypedDict

from models.contract import ModelError, Variant
from models.states import follows_people
from parameters import Draws, sample
from parameters.ground.given import check_threads, check_truths
from simulate.ask.answerable import held
from simulate.ask.asked import Asked
from simulate.ask.case import AnyCase, Case, as_case
from simulate.ask.options import DRAWS
from simulate.engine import driver
from simulate.engine.arithmetic.one_thread import on_one_thread
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.keeping.workplace import here
from simulate.engine.progress import Progress, StageProgress, of_stage, silent
from simulate.engine.statistics import Statistics, of_strategies, valued_alone
from simulate.result.result import Result
from simulate.running.expected import expected, refuse_inexact
from simulate.running.forecast import affordable, refuse_unaffordable
from simulate.running.known import Known, OneAtATime
from simulate.running.lowering import collected, joined, lower_apart, unfollowed
from simulate.running.request import asked_for
from simulate.running.sharing import unchanged
from simulate.running.telling.so_far import with_worth
from simulate.running.wanted_error import WantedError
from simulate.solve.calibration import Calibration


class Lacking(ModelError):
    """Chunks that were to be there and are not: those of these `shards`, from 1."""

    def __init__(self, shards: set[int]):
        super().__init__(f"chunks of these shards are not there, or not whole: {', '.join(map(str, sorted(shards)))}")
        self.shards = shards


class LevelRuns(TypedDict, total=False):
    """Arguments of ``run`` for those who say themselves how many draws and people, and by which subgroup."""

    seed: int
    threads: int | None
    method: Literal["sobol", "random"]
    perspective: str | None
    effect: str | None
    variants: bool
    rng: str
    cohort: str | Path | None
    predictive: bool
    implementation: float
    by_year: bool
    ages: Sequence[float]
    occupancy: Sequence[float]
    exact: bool
    persons: bool
    until_mcse: WantedError | str | None
    progress: StageProgress | None


@on_one_thread
def run(
    case: AnyCase,
    *,
    draws: int = DRAWS,
    people: int | None = None,
    seed: int = 1,
    threads: int | None = None,
    fixed: bool = False,
    method: Literal["sobol", "random"] = "sobol",
    perspective: str | None = None,
    effect: str | None = None,
    variants: bool = False,
    rng: str = "splitmix64",
    cohort: str | Path | None = None,
    predictive: bool = False,
    implementation: float = 1.0,
    exact: bool = False,
    subgroup: str | None = None,
    by_year: bool = False,
    ages: Sequence[float] = (),
    occupancy: Sequence[float] = (),
    threshold: float | None = None,
    thresholds: Sequence[float] = (),
    persons: bool = False,
    until_mcse: WantedError | str | None = None,
    progress: StageProgress | None = None,
) -> Result:
    """Simulate a case (or the id of a problem, or what else ``load`` takes) and return what can be asked of it.

    `draws` parameter draws x `people` people x every strategy; with `fixed`, one draw at the
    published point estimates. `perspective` and `effect` default to the setting's and can be changed
    afterwards without simulating again. With `variants` the setting's named variants are run beside.
    The same arguments give the same bits on any number of `threads`, and `rng` ("splitmix64", "philox4x32-10" or
    "sobol-owen", in short "splitmix", "philox" or "sobol", which spreads people evenly) changes all of them.
    `cohort` is a CSV of people to simulate instead of drawn ones, each as often as it takes to be `people` where that
    is said; with `predictive` what places differ by is drawn too.
    `implementation` is the share of those offered a service for whom it is made (see ``Asked.delivered``).
    With `exact` nobody is simulated: statistics are expected values by renewal equations, of what the perspective and
    effect read alone, where the pathway allows it.
    `subgroup` names the characteristic by whose levels
    results are also told; `by_year` and `ages` (at which bands begin) ask for bins, `persons` for the
    totals of every person, `occupancy` for who is where at these times, years
    since entry. `threshold` is the willingness to pay, money a unit of effect, at which one decision is told, and
    `thresholds` that of curves and tables; else they are the setting's.
    With `until_mcse`, such as "50@30000", the run is repeated with more draws until mean incremental net benefit has
    this standard error. Memory is forecast first: ``ResourceError`` before anything runs.
    ``NumericalError`` tells how to replay the history at fault.
    """
    check_truths(variants=variants)
    check_threads(threads)
    case = as_case(case)
    asked, wanted = asked_for(
        case,
        draws=draws,
        people=people,
        seed=seed,
        fixed=fixed,
        method=method,
        perspective=perspective,
        effect=effect,
        rng=rng,
        cohort=cohort,
        predictive=predictive,
        implementation=implementation,
        exact=exact,
        subgroup=subgroup,
        by_year=by_year,
        ages=ages,
        occupancy=occupancy,
        threshold=threshold,
        thresholds=thresholds,
        persons=persons,
        until_mcse=until_mcse,
    )
    return answered(asked, wanted, variants=variants, threads=threads, progress=progress or silent)


@on_one_thread
def answered(
    asked: Asked,
    wanted: WantedError | None,
    *,
    variants: bool,
    threads: int | None,
    progress: StageProgress,
    known: Known | None = None,
) -> Result:
    """Solved for, simulated until it is precise enough, with the setting's variants beside it.

    What it shares with what is `known` is taken from there, which then knows of it too. Errors as ``run``.
    """
    held_whole, known = known is not None, Known() if known is None else known
    beside = len(asked.case.setting.variants) if variants and not asked.options.fixed else 0
    whole = held_whole and (asked.options.exact or affordable(asked, threads=threads, variants=beside))
    refuse_inexact(asked) if asked.options.exact else refuse_unaffordable(asked, threads=threads, variants=beside)
    started = time.perf_counter()
    o = asked.options
    to_solve = asked.told.case if o.exact and o.fixed else asked.case
    calibration = known.calibration(to_solve, fixed=o.fixed, exact=o.exact, threads=threads, progress=progress)
    solved = time.perf_counter()
    before = known.results()
    result = simulated(asked, calibration, threads=threads, progress=of_stage(progress, "simulating"), known=before)
    while wanted is not None and not here().aside and (more := wanted.draws_after(result)) is not None:
        asked = asked.but(draws=more)
        refuse_unaffordable(asked, threads=threads, variants=beside)
        here().met = 0  # a replay counts its chunks from here
        telling = of_stage(progress, "simulating more")
        result = simulated(asked, calibration, threads=threads, progress=telling, known=before)
    seconds = {"calibration": solved - started, "simulation": time.perf_counter() - solved}
    others = _beside(asked, result, threads, progress, known, whole=whole) if beside else {}
    if (share := here().share) is not None and share.lacking:
        raise Lacking(share.lacking)
    if aside := here().aside:
        raise driver.NumericalError(_aside_words(asked, aside, here().at_least, variants=bool(beside)))
    known.latest = replace(result, variants=others, seconds=seconds)
    return known.latest


def _aside_words(asked: Asked, numbers: Sequence[int], of: int, *, variants: bool) -> str:
    """Which chunks nobody could do, and what simulates each again by itself."""
    options, case = asked.options, asked.case
    own = options.cohort is not None and options.people == len(options.cohort.people)
    more: dict[str, object] = {} if own else {"people": options.people}
    more |= {"subgroup": options.subgroup} if options.subgroup is not None else {}
    more |= {"by-year": True} if options.by_year else {}
    more |= {"ages": ",".join(f"{a:g}" for a in options.ages)} if options.ages else {}
    more |= {"occupancy": ",".join(map(repr, options.occupancy))} if options.occupancy else {}
    more |= {} if variants else {"no-variants": True}
    shares = [f"{k}/{of}" for k in sorted({1 + n % of for n in numbers})]
    if case.asked is None:
        how = f"the share {', '.join(shares)} of it alone"
    else:
        words = [*case.asked, *options.words(more)]
        how = "; ".join(f"recovery-cea run {shlex.join([*words, '--shard', share])}" for share in shares)
    told = ", ".join(str(n + 1) for n in sorted(numbers))
    return (
        f"every process that simulated chunk {told} was killed; the others are done, and kept where there is a store;"
        f" replay: {how}"
    )


def _beside(
    asked: Asked, base: Result, threads: int | None, progress: StageProgress, known: Known, *, whole: bool
) -> dict[str, Result]:
    """The setting's variants, each with the same people; strategies that a variant leaves alone are the base case's.

    Unless they are to be held `whole`, each is valued and its statistics are let go before the next is simulated.
    """
    found, latest = {}, OneAtATime()
    for v in asked.case.setting.variants:
        find = partial(simulated, asked, base.calibration, threads=threads, variant=v)
        telling = of_stage(progress, f"beside it: {v.label}")
        result = find(progress=telling, known=(base, *known.results(v.name)), for_values=not whole)
        if not whole:
            again = latest.of(v.name, on_one_thread(partial(_again, find, base)))
            result = result.condensed(again, valued=here().share is None and not here().aside)
        found[v.name] = result
    return found


def _again(find: Callable[..., Result], base: Result) -> Statistics:
    """All statistics of a variant, with what it shares with the base case."""
    return find(known=(base,)).statistics


@on_one_thread
def drawn_for(asked: Asked) -> Draws:
    """The parameter draws of a run."""
    case, options = asked.case, asked.options
    return sample(
        case.parameters,
        case.names(),
        options.draws,
        options.seed,
        method=options.method,
        fixed=options.fixed,
        correlations=_correlations(case),
        held=held(case, options),
    )


def _correlations(case: Case) -> dict[tuple[str, str], float]:
    """Those of the problem; a pair of which the setting uses neither is left out."""
    names = set(case.names())
    return {pair: rho for pair, rho in case.problem.correlations.items() if set(pair) <= names}


def simulated(
    asked: Asked,
    calibration: Calibration,
    *,
    threads: int | None = None,
    progress: Progress = silent,
    variant: Variant | None = None,
    known: Sequence[Result] = (),
    for_values: bool = False,
) -> Result:
    """The result of a case that has been solved for, or of a variant of it; `for_values` with what they read alone.

    What it shares with one of the results that are `known` is taken from there, and has the bits that it would have.
    """
    chosen = asked.variant(variant)
    drawn = drawn_for(chosen)
    ready = calibration.apply(drawn)
    told = chosen.told
    if variant is None and not asked.options.exact:
        progress = with_worth(progress, chosen, drawn, ready, calibration)
    try:
        statistics = _completed(told, ready, known, threads=threads, progress=progress, for_values=for_values)
    except driver.NumericalError as fault:
        raise _replayable(fault, asked, variant) from fault
    return Result(told, drawn, ready, calibration, statistics)


def _completed(
    asked: Asked, draws: Draws, known: Sequence[Result], *, threads: int | None, progress: Progress, for_values: bool
) -> Statistics:
    """Statistics of every strategy; only those are simulated that the result most like it does not hold."""
    every = tuple(s.id for s in asked.case.problem.strategies)
    shared = [(unchanged(asked, draws, other), other) for other in known if asked.case.problem.pathway.events]
    here, like = max(shared, key=lambda found: len(found[0]), default=([], None))
    find = expected if asked.options.exact else simulate_draws
    cut = valued_alone if for_values else _as_it_is
    if like is None or not here:
        return cut(find(asked, draws, threads=threads, progress=progress))
    left = [s for s in every if s not in here]
    if not left:
        return of_strategies(every, [cut(like.statistics)])
    some = cut(find(asked, draws, threads=threads, progress=progress, only=left))
    return of_strategies(every, [some, cut(like.statistics)], spent=[some])


def _as_it_is(statistics: Statistics) -> Statistics:
    return statistics


def _replayable(fault: driver.NumericalError, asked: Asked, variant: Variant | None) -> driver.NumericalError:
    """The same with what to type to see that person's history."""
    place = fault.place
    if place is None:
        return fault
    which = {"draw": place.draw, "person": place.person}
    if variant is not None:
        which["variant"] = variant.name
    if asked.case.asked is None:
        words = [f"{name}={value!r}" for name, value in {**asked.options.drawing(), **which}.items()]
        how = f"simulate.trace(case, {', '.join(words)})"
    else:
        how = f"recovery-cea trace {shlex.join([*asked.case.asked, *asked.options.words(which)])}"
    return driver.NumericalError(f"{fault}; replay: {how}", place)


def simulate_draws(
    asked: Asked,
    draws: Draws,
    *,
    threads: int | None = None,
    progress: Progress = silent,
    same_people: bool = False,
    only: Sequence[str] | None = None,
) -> Statistics:
    """Statistics for draws that already hold every engine parameter; on request the same people in each.

    Of all strategies, or of `only` these, in this order: they are what they are among all.
    """
    case, options = asked.delivered, asked.options
    if not follows_people(case.problem.pathway):
        return unfollowed(case, draws, options.people, collected(asked), only=only)
    found = []
    for part in lower_apart(case, draws, collected(asked)):
        wanted = part.wanted(only)
        if wanted is None or wanted:
            statistics, _ = driver.simulate(
                part.lowered,
                part.lookup,
                people=options.people,
                seed=options.seed,
                threads=threads,
                progress=progress,
                generator=GENERATORS[options.rng],
                file=options.file,
                same_people=same_people,
                only=wanted,
                workplace=here(),
            )
            found.append((part, statistics))
    return joined(case, found, only)
