"""CHEERS 2022 and CHEERS-VOI, filled in as far as the run can answer; the rest is marked for the author.

Items and their numbers are those of Husereau and others 2022 (doi:10.1016/j.jval.2021.10.008), by their titles; what
CHEERS-VOI adds (Kunst and others 2023, doi:10.1016/j.jval.2023.06.014) is told in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from simulate.present.english.changes import notes_of
from simulate.present.english.numbers import amount, capital, clean, duration, listed, prices_of, sentence, titled
from simulate.present.report.parts.blocks import Block, Line, Section, grid, section
from simulate.present.report.parts.material import Material
from simulate.result.judgement import default_threshold

Answer = Callable[[Material], str]

AUTHOR = "For the author."
NOT_HERE = "Not part of this run."


class Item(NamedTuple):
    """An item: its part, number and title, and what the run answers ("" where only the author can)."""

    part: str
    number: int
    title: str
    answer: Answer


def _author(m: Material) -> str:
    return ""


def _with_author(told: Answer, what: str) -> Answer:
    """An answer that the author has to complete."""
    return lambda m: f"{told(m)} {AUTHOR[:-1]}: {what}."


def _title(m: Material) -> str:
    versus = f"{listed(m.labels[1:])} against {m.labels[0]}" if len(m.labels) > 1 else m.labels[0]
    return f"Economic evaluation, by a model: {clean(m.words.problem.label)}; {versus}."


def _background(m: Material) -> str:
    return sentence(m.words.problem.question) if m.words.problem.question else ""


def _population(m: Material) -> str:
    of_file = next((o["value"] for o in m.summary["changed"]["options"] if o["option"] == "cohort"), None)
    if of_file is not None:
        return f"The people of the file {clean(str(of_file))}."
    traits = [clean(c.label) or c.name for c in m.words.problem.pathway.characteristics]
    told = f" They differ by {listed(traits)}." if traits else ""
    return f"{sentence(m.words.setting.label)}{told} In full: recovery-cea describe {m.words.problem.id}."


def _setting(m: Material) -> str:
    notes = " ".join(sentence(clean(n)) for n in notes_of(m.words))
    return f"{sentence(m.words.setting.label)} {notes}".strip()


def _comparators(m: Material) -> str:
    return f"{capital(listed(m.labels))}; the first is the comparator."


def _perspective(m: Material) -> str:
    seen = m.words.problem.perspective(m.summary["perspective"])
    return f"{titled(seen.label, seen.name)}."


def _horizon(m: Material) -> str:
    return (
        f"{capital(duration(m.result.statistics.horizon))}; effects and costs are followed to its end and no further."
    )


def _discount(m: Material) -> str:
    costs = m.words.told(m.words.problem.discount_costs, "per_year_effective")
    effects = m.words.told(m.words.problem.discount_effects, "per_year_effective")
    return f"Costs {costs}; effects that are discounted {effects}."


def _outcomes(m: Material) -> str:
    others = [clean(e.label) or e.name for e in m.words.problem.effects if e.name != m.view.measure.name]
    told = f" Also told: {listed(others)}." if others else ""
    return f"{titled(m.view.measure.label, m.view.measure.name)}.{told}"


def _measurement(m: Material) -> str:
    return f"{capital(m.words.measured(m.view.measure))}. Each number with its source: see the parameters."


def _valuation(m: Material) -> str:
    if not m.view.measure.is_qaly:
        return f"{capital(m.view.measured)} is counted and not valued by preferences."
    names = [u.value for u in m.words.problem.utilities if isinstance(u.value, str)]
    sources = dict.fromkeys(m.words.source(m.words.parameters[n].source) for n in names if n in m.words.parameters)
    return f"Quality of life from {listed(sources)}." if sources else "Quality of life: see the parameters."


def _costs(m: Material) -> str:
    items = m.words.problem.counted(m.summary["perspective"])
    return f"Quantities times unit costs: {listed(clean(i.label) for i in items)}." if items else "No cost is counted."


def _currency(m: Material) -> str:
    return f"All money in {prices_of(m.words.parameters.money)}; each record's own price year stands in the parameters."


def _model(m: Material) -> str:
    kind = m.words.problem.kind.replace("_", " ")
    return f"Model of the kind {kind}; its states and events: see What can happen. The program is open (MIT licence)."


def _analytics(m: Material) -> str:
    number_, draws = len(m.summary["assumed"]), m.summary["draws"]
    return f"{draws:,} draws of the parameters; {number_} are assumed, each named in What was assumed."


def _heterogeneity(m: Material) -> str:
    rows = m.summary["subgroups"]
    return f"By {clean(rows[0]['characteristic'])}: see Scenarios." if rows else ""


def _uncertainty(m: Material) -> str:
    if not m.view.several:
        return "One draw: parameter uncertainty was not sampled."
    return (
        "Parameters are sampled from their distributions; variants stand in Scenarios, Monte Carlo error beside every"
        " mean."
    )


def _parameters(m: Material) -> str:
    return "Every value, interval, distribution, unit, price year and source: see the parameters."


def _results(m: Material) -> str:
    return "See The answer and The strategies side by side."


def _effect_of_uncertainty(m: Material) -> str:
    kept = m.summary["withheld"]["probability"]
    return sentence(f"Not told: {kept}") if kept else "See The decision, What it hangs on, and Scenarios."


def _limits(m: Material) -> str:
    return "What was assumed, what nobody met in the simulation, and what it should not be used for are told above."


ITEMS = (
    Item("Title", 1, "Title", _with_author(_title, "the title itself")),
    Item("Abstract", 2, "Abstract", _author),
    Item("Introduction", 3, "Background and objectives", _with_author(_background, "context and relevance")),
    Item("Methods", 4, "Health economic analysis plan", _author),
    Item("Methods", 5, "Study population", _population),
    Item("Methods", 6, "Setting and location", _setting),
    Item("Methods", 7, "Comparators", _with_author(_comparators, "why these")),
    Item("Methods", 8, "Perspective", _with_author(_perspective, "why this one")),
    Item("Methods", 9, "Time horizon", _with_author(_horizon, "why it is long enough")),
    Item("Methods", 10, "Discount rate", _discount),
    Item("Methods", 11, "Selection of outcomes", _outcomes),
    Item("Methods", 12, "Measurement of outcomes", _measurement),
    Item("Methods", 13, "Valuation of outcomes", _valuation),
    Item("Methods", 14, "Measurement and valuation of resources and costs", _costs),
    Item("Methods", 15, "Currency, price date, and conversion", _currency),
    Item("Methods", 16, "Rationale and description of model", _with_author(_model, "why a model of this kind")),
    Item("Methods", 17, "Analytics and assumptions", _analytics),
    Item("Methods", 18, "Characterising heterogeneity", _heterogeneity),
    Item("Methods", 19, "Characterising distributional effects", _author),
    Item("Methods", 20, "Characterising uncertainty", _uncertainty),
    Item("Methods", 21, "Approach to engagement with patients and others affected by the study", _author),
    Item("Results", 22, "Study parameters", _parameters),
    Item("Results", 23, "Summary of main results", _results),
    Item("Results", 24, "Effect of uncertainty", _effect_of_uncertainty),
    Item("Results", 25, "Effect of engagement with patients and others affected by the study", _author),
    Item(
        "Discussion", 26, "Study findings, limitations, generalisability, and current knowledge",
        _with_author(_limits, "what is known elsewhere, and for whom else it holds"),
    ),
    Item("Other relevant information", 27, "Source of funding", _author),
    Item("Other relevant information", 28, "Conflicts of interest", _author),
)  # fmt: skip


def _is_told(m: Material) -> bool:
    """Whether the run tells what knowing more would be worth."""
    return m.view.several and not m.summary["withheld"]["evpi"] and len(m.labels) > 1


def _voi_measures(m: Material) -> str:
    if not _is_told(m):
        return sentence(f"None is told: {m.summary['withheld']['evpi'] or 'one draw, or one strategy'}")
    return "Perfect information on everything (EVPI) and on single parameters (EVPPI); of trials: recovery-cea voi."


def _voi_method(m: Material) -> str:
    if not _is_told(m):
        return NOT_HERE
    noise = m.summary["noise"]
    taken = f"; noise between simulated people is taken out by {noise['method']}" if noise else ""
    return f"EVPI from the draws{taken}; EVPPI by penalised splines, with standard errors."


def _voi_price(m: Material) -> str:
    if not _is_told(m):
        return NOT_HERE
    at = amount(default_threshold(m.result), m.sign)
    return f"EVPI at every price of the figure; EVPPI at {at} per {m.view.per}."


def _voi_parameters(m: Material) -> str:
    return "Those whose intervals stand in the parameters; a spread that is assumed gives a worth that is assumed."


def _voi_results(m: Material) -> str:
    return "See The decision (EVPI) and What it hangs on (EVPPI)." if _is_told(m) else NOT_HERE


VOI = (
    ("Which values of information are told, and why", _voi_measures),
    ("How they are worked out, and how exactly", _voi_method),
    ("The willingness to pay they are told at", _voi_price),
    ("Which parameters are uncertain, and where their distributions come from", _voi_parameters),
    ("Who would benefit, for how long, and from when: the population's value", _author),
    ("The designs and costs of research that are weighed (EVSI, ENBS)", _author),
    ("What is uncertain and no parameter: structure, transfer, implementation", _author),
    ("The values, with their errors, and what follows for research", _voi_results),
)


def checklists(m: Material) -> Section | None:
    """Both checklists."""
    return section("cheers", "Reporting checklists: CHEERS 2022 and CHEERS-VOI", _blocks(m))


def _blocks(m: Material) -> Iterator[Block]:
    rows = [[item.part, str(item.number), item.title, item.answer(m).strip() or AUTHOR] for item in ITEMS]
    yield Line("What the run can answer is filled in; the rest is marked for the author.")
    yield grid(
        ["Part", "Item", "Title", "Reported"], rows, left=4, name="cheers-table", caption="CHEERS 2022, 28 items"
    )
    told = [[subject, answer(m).strip() or AUTHOR] for subject, answer in VOI]
    caption = "What CHEERS-VOI asks for besides, in our own words: check against its published list before submission"
    yield grid(["Subject", "Reported"], told, left=2, name="cheers-voi-table", caption=caption)
