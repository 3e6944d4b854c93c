"""The files by which a run takes a posterior: records that name the columns of a table of draws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from models.contract import ModelError, parameter_names
from models.quantities import names_in
from parameters.ground.spoken import option
from parameters.mistakes import short
from simulate.analyse.credibility.calibration import Calibrated, figure_records
from simulate.ask.reads import AUTHORS, calibrated_to, cited_sources, draws_told, engine_names, source_of

RECORDS, DRAWS = "posterior.toml", "posterior.csv"


def records(found: Calibrated) -> str:
    """A TOML file of a record for each parameter of a posterior, its draws a column of ``posterior.csv`` beside it."""
    return "\n".join([*_source(found), *_records(found)])


def _source(found: Calibrated) -> Iterator[str]:
    case, targets = found.case, found.case.setting.targets
    read = {r.source for t in targets for r in figure_records(case, t.unknown)}
    years = [case.parameters.sources[s].year for s in read if s in case.parameters.sources]
    where = f"{case.problem.id}, setting {case.setting.name}"
    yield f"# A posterior of {where}, for `recovery-cea run` in place of what it solves for.\n"
    yield f"[sources.{source_of(found.case.problem, found.case.setting.name)}]"
    yield f"authors = {_quoted(AUTHORS)}"
    yield f"year = {max(years, default=2024)}"
    yield f"title = {_quoted(f'Posterior of what is solved for: {where}')}"
    yield 'journal = "Unpublished"'
    yield 'design = "calibration"'
    yield 'supports = "joint draws of engine parameters, given the published figures of the targets"'
    yield from _people(found)
    yield "calibrated_to = ["
    yield from (f"    {_quoted(text)}," for text in _found_from(found))
    yield "]\n"


def _people(found: Calibrated) -> Iterator[str]:
    """Whose people it was learnt of: a trial that it was fitted to is no other trial to what its draws are put in."""
    case, learnt = found.case, [p.name for p in found.posterior.priors[found.unknowns :]]
    read = [r.name for t in case.setting.targets for r in figure_records(case, t.unknown)]
    cited = cited_sources(case.parameters, [*read, *learnt])
    trials = dict.fromkeys(trial for s in cited for trial in (s.of_trial, *s.pools))
    if known := [t for t in trials if t in case.parameters.sources]:
        yield f"pools = [{', '.join(_quoted(t) for t in known)}]"
    if countries := dict.fromkeys(country for s in cited for country in s.countries):
        yield f"countries = [{', '.join(_quoted(c) for c in countries)}]"


def _records(found: Calibrated) -> Iterator[str]:
    for j, prior in enumerate(found.posterior.priors):
        yield f"[{prior.name}]"
        yield f"label = {_quoted(prior.label or prior.name)}"
        yield f"unit = {_quoted(prior.unit)}"
        if j >= found.unknowns and (year := found.case.parameters[prior.name].price_year):
            yield f"price_year = {_quoted(year)}"
        yield f'distribution = {{ sample = {{ file = "{DRAWS}", column = "{prior.name}" }} }}'
        yield f"source = {_quoted(source_of(found.case.problem, found.case.setting.name))}"
        yield 'status = "calibrated"'
        if j < found.unknowns:
            read = figure_records(found.case, prior.name)
            told = f"Given what was published as {', '.join(r.name for r in read)}"
            if any(r.status == "assumed" or r.error_assumed for r in read):
                yield "error_assumed = true"
                told += ", of which the figure or its error is assumed"
            yield f"note = {_quoted(told + '.')}"
        yield ""


def _quoted(text: str) -> str:
    """Text as TOML writes it."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def posterior_records(place: Path) -> Path:
    """The file of records that a posterior in a folder, or beside a table of draws, is read by.

    ``ModelError`` where there is none.
    """
    file = place / RECORDS if place.is_dir() else place.with_name(RECORDS) if place.name == DRAWS else place
    if file.suffix != ".toml" or not file.is_file():
        told = f"allowed: a folder of recovery-cea calibrate, or the {RECORDS} or {DRAWS} in one"
        raise ModelError(f"{option('posterior')} {short(str(place))}: no posterior; {told}")
    return file


def _found_from(found: Calibrated) -> tuple[str, ...]:
    """The draws, and what the simulation and the targets of a calibration read but for what it learnt of."""
    case, drawn = found.case, found.draws()
    names = [*engine_names(case.problem), *parameter_names(case.setting.targets), *names_in(case.setting.horizon)]
    read = dict.fromkeys(r for n in names for r in names_in(case.setting.given.get(n, n)))
    learnt = {p.name: (p.unit, drawn[p.name].tolist()) for p in found.posterior.priors}
    return draws_told(learnt), *calibrated_to([n for n in read if n not in learnt], case.setting, case.parameters)
