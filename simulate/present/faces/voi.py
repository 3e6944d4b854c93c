"""The value of learning more: everything, parameters, a trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from parameters import Parameter
from parameters.files.content import digest_of
from parameters.units import number_of
from simulate.evaluate.information.partial import DEGREES
from simulate.present.english.numbers import about, amount, capital, clean
from simulate.present.english.sweeps import price_of_effect, words_of
from simulate.present.folder.manifest import MANIFEST
from simulate.present.terminal.layout import drawn
from simulate.present.terms.face import Face, chosen_figures, figures_hint, kind_of

if TYPE_CHECKING:
    from simulate.present.figures.style import Drawing
    from simulate.result.voi import Learning

KIND = kind_of(__name__)
MADE_FROM = (MANIFEST, "psa.csv", "statistics.npz")  # files of the run's folder


def face(found: Learning, source: Path, *, assumed_delay: bool = False, which: str = "all") -> Face:
    """What learning more about the result in the folder `source` shows, with the figures asked for.

    `assumed_delay`: the time until a trial's answer is used was not given.
    """
    samples = {} if found.samples is None else {"evsi": found.samples}
    return Face(
        kind=KIND,
        data=found.summary(),
        data_file="voi.json",
        lines=lambda: lines(found, assumed_delay),
        tables={"evpi": found.result.evpi(), "evppi": found.parameters, **samples},
        figures=chosen_figures(which, lambda: figures(found)),
        hint=figures_hint(which),
        about=found.result.case,
        rests_on=found.result,
        manifest={"made_from": {name: digest_of(source / name) for name in MADE_FROM}},
    )


def figures(found: Learning) -> Iterator[Drawing | None]:
    """The worth of parameters, of a trial, and of everything, most telling first; None for what was not asked for."""
    from simulate.present.figures.decision import evpi, information

    yield information.draw_parameters(found)
    yield information.draw_trial(found)
    yield evpi.draw(found.result)


def lines(found: Learning, assumed_delay: bool = False) -> Iterator[str]:
    """The findings as lines of text."""
    known = found.benefit
    price = price_of_effect(found.result, known.threshold)
    yield f"Value of information, {found.result.case.money.sign} per {found.result.case.each}, at {price}: {found.why}."
    yield (
        f"Noise between simulated people, {known.noise_share:.0%} of the variance of incremental net benefit, is taken"
        " out; naive: left in."
    )
    yield (
        f"Errors are Student's t, of all parameters together with {known.degrees} degrees of freedom, of others with"
        f" {DEGREES}."
    )
    yield from (f"Warning: {warning}." for warning in known.warnings)
    yield ""
    yield from _parameter_lines(found)
    if found.trial is not None:
        yield ""
        yield from _trial_lines(found, assumed_delay)


def _parameter_lines(found: Learning) -> Iterator[str]:
    from simulate.result.voi import worth_showing

    shown, w = worth_showing(found.parameters), words_of(found.result)
    sign = w.sign
    told = []
    for row in shown.to_dict("records"):
        group = str(row["group"])
        known = group in w.parameters
        name = f"{w.label_and_id(group)}{_guessed(w.parameters[group])}" if known else capital(clean(group))
        people = [about(row["population"], sign)] if found.population else []
        told.append([name, *(amount(row[k], sign) for k in ("evppi", "se", "naive")), *people])
    columns = ("What is learnt", "Value", "Error", "Naive", *(["To the population"] if found.population else []))
    yield drawn((f"Value of learning, a {found.result.case.each}:", columns, told))
    more = len(found.parameters) - len(shown)
    if more > 0:
        yield f"  and {more} that are worth no more, in evppi.csv"


def _guessed(p: Parameter) -> str:
    """Where the spread of a parameter is assumed, that its worth is too."""
    if p.status == "assumed":
        return " (assumed, its spread and with it the worth)"
    return " (its spread assumed, and with it the worth)" if p.error_assumed else ""


def _trial_lines(found: Learning, assumed_delay: bool) -> Iterator[str]:
    assert found.trial is not None and found.samples is not None
    paid = found.cost is not None
    w = words_of(found.result)
    new, old = w.strategy(found.trial.strategy), w.strategy(found.result.strategies[0])
    yield f"A trial of {new} against {old}: {found.trial.words}."
    yield f"  {'people an arm':<16}{f'EVSI, {w.sign}':>9}{'error':>9}" + (
        f"{f'ENBS, {w.sign}':>16}{'error':>16}" if paid else ""
    )
    for row in found.samples.to_dict("records"):
        net = f"{row['enbs']:>16,.0f}{row['enbs_se']:>16,.0f}" if paid else ""
        yield f"  {row['n']:<16,}{row['evsi']:>9,.0f}{row['se']:>9,.0f}{net}"
    if found.cost is None or found.population is None:
        yield "For what is left after paying for it (ENBS), give --fixed-cost, --cost-per-person, --population-per-year"
        yield "and --years."
        return
    yield _verdict(found)
    delay = " (assumed: its follow-up; --study-years)" if assumed_delay else ""
    yield f"Nobody benefits for {number_of(found.cost.years, 'year')}{delay}; costs and population are as given."


def _verdict(found: Learning) -> str:
    assert found.samples is not None
    if found.best is None:
        return "No size is worth its cost."
    edge = found.best in (found.samples["n"].min(), found.samples["n"].max())
    tried = ", the end of the sizes tried: try others" if edge else ""
    return f"Best size: {number_of(found.best, 'person')} an arm{tried}."
