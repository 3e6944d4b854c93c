"""From a case to a result: draws, calibration, simulation. Valuation waits until it is asked for."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from models.contract import Variant
from parameters import Draws, sample
from simulate.ask.case import Case
from simulate.ask.options import DRAWS, PEOPLE, Options
from simulate.engine import driver
from simulate.engine.arithmetic.random_numbers import GENERATORS
from simulate.engine.lower.collect import Collect
from simulate.engine.lower.people import PeopleFile
from simulate.engine.progress import StageProgress
from simulate.engine.statistics import Statistics
from simulate.evaluate.bases import needed
from simulate.evaluate.measures import needs_people
from simulate.result.result import Result
from simulate.running.asked import asked_for
from simulate.running.forecast import refuse_unaffordable
from simulate.running.lowering import account, lower_case
from simulate.running.solving import solved_for
from simulate.running.wanted_error import Target
from simulate.solve.calibration import Calibration


def run(
    case: Case,
    *,
    draws: int = DRAWS,
    people: int = PEOPLE,
    seed: int = 1,
    threads: int | None = None,
    fixed: bool = False,
    method: Literal["sobol", "random"] = "sobol",
    perspective: str | None = None,
    effect: str | None = None,
    variants: bool = False,
    rng: str = "splitmix64",
    cohort: str | Path | None = None,
    subgroup: str | None = None,
    by_year: bool = False,
    ages: Sequence[float] = (),
    persons: bool = False,
    until_mcse: Target | str | None = None,
    progress: StageProgress | None = None,
) -> Result:
    """Simulate a case and return what can be asked of it.

    `draws` parameter draws x `people` people x every strategy; with `fixed`, one draw at the
    published point estimates. `perspective` and `effect` default to the setting's and can be changed
    afterwards without simulating again. With `variants` the setting's named variants are run beside.
    The same arguments give the same bits on any number of `threads`, and `rng` ("splitmix64" or
    "philox4x32-10", in short "splitmix" or "philox") changes all of them. `cohort` is a CSV of people
    to simulate instead of `people` drawn ones. `subgroup` names the characteristic by whose levels
    results are also told; `by_year` and `ages` (at which bands begin) ask for bins, `persons` for the
    totals of every person. With `until_mcse`, such as "50@30000", the run is repeated with more draws
    until the mean incremental net benefit has this standard error. Memory is forecast first:
    ``ResourceError`` before anything runs.
    ``NumericalError`` tells how to replay the history at fault.
    """
    options, file, wanted = asked_for(
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
        subgroup=subgroup,
        by_year=by_year,
        ages=ages,
        persons=persons,
        until_mcse=until_mcse,
    )
    refuse_unaffordable(case, collected(case, options), draws=options.draws, people=options.people, threads=threads)
    tell = progress or (lambda what, done, total: None)
    started = time.perf_counter()
    calibration = solved_for(case, fixed=fixed, threads=threads, progress=tell)
    solved = time.perf_counter()
    result = simulated(case, options, calibration, threads, lambda d, n: tell("simulating", d, n), file)
    while wanted is not None and (more := wanted.draws_after(result)) is not None:
        options = replace(options, draws=more)
        refuse_unaffordable(case, collected(case, options), draws=more, people=options.people, threads=threads)
        result = simulated(case, options, calibration, threads, lambda d, n: tell("simulating more", d, n), file)
    seconds = {"calibration": solved - started, "simulation": time.perf_counter() - solved}
    beside: dict[str, Result] = {}
    if variants and not fixed:
        for variant in case.setting.variants:
            beside[variant.name] = simulated(
                case, options, calibration, threads, _beside(tell, variant), file, variant=variant
            )
    return replace(result, variants=beside, seconds=seconds)


def drawn_for(case: Case, options: Options) -> Draws:
    """The parameter draws of a run."""
    return sample(
        case.parameters,
        case.names(),
        options.draws,
        options.seed,
        method=options.method,
        fixed=options.fixed,
        correlations=_correlations(case),
    )


def _correlations(case: Case) -> dict[tuple[str, str], float]:
    """Those of the problem; a pair of which the setting uses neither is left out."""
    names = set(case.names())
    return {pair: rho for pair, rho in case.problem.correlations.items() if set(pair) & names}


def _beside(tell: StageProgress, variant: Variant) -> Callable[[int, int], None]:
    return lambda done, total: tell(f"beside it: {variant.label}", done, total)


def simulated(
    case: Case,
    options: Options,
    calibration: Calibration,
    threads: int | None,
    progress: Callable[[int, int], None],
    file: PeopleFile | None = None,
    *,
    variant: Variant | None = None,
) -> Result:
    """The result of a case that has been solved for, or of a variant of it; `options` are checked ones."""
    chosen = case if variant is None else case.variant(variant)
    drawn = drawn_for(chosen, options)
    ready = calibration.apply(drawn)
    try:
        statistics = simulate_draws(chosen, ready, options, threads, progress, file)
    except driver.NumericalError as fault:
        raise _replayable(fault, case, options, variant) from fault
    return Result(chosen, options, drawn, ready, calibration, statistics)


def _replayable(
    fault: driver.NumericalError, case: Case, options: Options, variant: Variant | None
) -> driver.NumericalError:
    """The same with what to type to see that person's history."""
    place = fault.place
    if place is None:
        return fault
    which = {"draw": place.draw, "person": place.person}
    if variant is not None:
        which["variant"] = variant.name
    if case.asked is None:
        words = [f"{name}={value!r}" for name, value in {**options.drawing(), **which}.items()]
        how = f"simulate.trace(case, {', '.join(words)})"
    else:
        how = f"recovery-cea trace {shlex.join([*case.asked, *options.words(which)])}"
    return driver.NumericalError(f"{fault}; replay: {how}", place)


def simulate_draws(
    case: Case,
    draws: Draws,
    options: Options,
    threads: int | None,
    progress: Callable[[int, int], None] | None = None,
    file: PeopleFile | None = None,
    *,
    same_people: bool = False,
) -> Statistics:
    """Statistics of a case for draws that already hold every engine parameter; on request the same people in each."""
    if not case.problem.pathway.events:
        return account(case, draws, options.people, years=options.by_year)
    lowered, lookup = lower_case(case, draws, collected(case, options))
    statistics, _ = driver.simulate(
        lowered,
        lookup,
        people=options.people,
        seed=options.seed,
        threads=threads,
        progress=progress,
        generator=GENERATORS[options.rng],
        file=file,
        same_people=same_people,
    )
    return statistics


def collected(case: Case, options: Options) -> Collect:
    """What the cost items need and the options ask for."""
    return replace(
        needed(case.problem),
        years=options.by_year,
        ages=options.ages,
        people=options.persons or (options.fixed and needs_people(tuple(x.statistic for x in case.setting.shown))),
        subgroup=options.subgroup,
    )
