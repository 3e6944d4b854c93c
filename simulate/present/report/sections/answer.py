"""The answer in plain English, how sure it is, and what was changed from the base case."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.present.english.numbers import AT_LEAST, about, capital, clean, number, percent, sentence
from simulate.present.report.parts.blocks import Block, Grid, Heading, Line, Section, of_terminal, section
from simulate.present.report.parts.material import Material, Row
from simulate.present.terminal import strategies
from simulate.present.terminal.beside import noise
from simulate.present.terminal.decision import incremental

TOLD = ("cohort", "predictive", "implementation")  # as the terminal tells them
SWITCHES = {
    "fixed": "One draw, every parameter at its published estimate.",
    "exact": "Expected values: nobody is simulated.",
}


def asked(m: Material) -> Section | None:
    """What was asked."""
    pieces = [*of_terminal(strategies.question(m.view))][1:]  # the title of the page is the problem's
    question = clean(m.words.problem.question)
    return section("question", "What was asked", [*([Line(sentence(question))] if question else []), *pieces])


def answer(m: Material) -> Section | None:
    """The verdict first, then the figures behind it."""
    pieces = [*of_terminal(incremental(m.view))]
    notes = next((k for k, b in enumerate(pieces) if k and isinstance(b, Heading)), len(pieces))
    main, rest = pieces[:notes], pieces[notes:]
    lines = [b for b in main if isinstance(b, Line)]
    tables = [b for b in main if isinstance(b, Grid)]
    return section("answer", "The answer", [*lines, *_how_sure(m), *tables, *rest])


def _how_sure(m: Material) -> Iterator[Block]:
    """Strength of evidence, what is assumed, and by how much chance in the simulation may move it."""
    s, used = m.summary, [n for n in m.result.case.names() if n in m.words.parameters]
    assumed = len(s["assumed"])
    counted = f" Of {len(used)} parameters {assumed or 'none'} {'is' if assumed == 1 else 'are'} assumed."
    grade = "nobody has graded it" if s["evidence"] == "not graded" else s["evidence"]
    yield Line(f"Strength of evidence: {grade}.{counted if used else ''}")
    for row in s["incremental"]:
        yield from _error(m, row)


def _error(m: Material, row: Row) -> Iterator[Block]:
    cost, effect, sign = row["cost"], row["effect"], m.sign
    name = f"{m.words.strategy(row['strategy'])}: " if len(m.labels) > 2 else ""
    told = []
    if m.view.several:
        told.append(
            f"{name}the evidence{_and_people(m)} a difference in cost of"
            f" {AT_LEAST * m.view.is_narrow(row['strategy'])}{about(cost['low'], sign)} to"
            f" {about(cost['high'], sign)} per {m.view.each} (95% interval over draws)"
        )
    if row["p_cost_saving"] is not None and m.view.several:
        told.append(f"it saves money in {percent(row['p_cost_saving'])} of draws")
    if m.view.simulates and cost["mcse"] is not None and "numerical_error" not in cost:
        error = f"{about(cost['mcse'], sign)}"
        told.append(f"Monte Carlo error: {error} of the cost and {number(effect['mcse'] or 0.0, 2)} of the effect")
    if told:
        yield Line(sentence(capital("; ".join(told))))


def _and_people(m: Material) -> str:
    """What leaves an interval over draws open beside the evidence, and the verb that follows."""
    people = f" and chance between the {m.summary['people']:,} people of each draw leave open"
    return people if m.view.simulates else " leaves open"


def changed(m: Material) -> Section | None:
    """What was changed from the base case; that nothing was, is said too."""
    pieces = [b for b in of_terminal(strategies.changed(m.view)) if not isinstance(b, Heading)]
    for row in options_changed(m):
        if row["option"] in SWITCHES:
            pieces.append(Line(SWITCHES[row["option"]]))
        elif row["option"] not in TOLD:
            usual = "" if row["usual"] is None else f", in place of {clean(str(row['usual']))}"
            pieces.append(Line(f"{capital(row['option'])}: {clean(str(row['value']))}{usual}."))
    if not pieces:
        pieces = [Line("Nothing: this is the base case as it is shipped.")]
    return section("changed", "What was changed from the base case", pieces)


def options_changed(m: Material) -> list[Row]:
    """Options other than the base case's; that a cohort in cycles is followed in expectation is none."""
    cycles = m.words.problem.under(m.words.setting).pathway.cycle is not None
    return [row for row in m.summary["changed"]["options"] if not (cycles and row["option"] == "exact")]


def strategies_compared(m: Material) -> Section | None:
    """Costs, effects and events of each strategy."""
    pieces = [b for b in of_terminal(strategies.strategies(m.view)) if not isinstance(b, Heading)]
    return section("strategies", "The strategies side by side", pieces)


def chance(m: Material) -> Section | None:
    """What chance between simulated people does to it."""
    pieces = [b for b in of_terminal(noise(m.view)) if not isinstance(b, Heading)]
    return section("noise", "Chance in the simulation", pieces)
