"""The result of a run on a terminal, or as plain text: what is assumed first, then what was found.

Labels and notes come from files: they reach rich as ``Text``, never as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from models.contract import DecisionProblem
from simulate.present.english.glossary import Glossary
from simulate.present.terminal.beside import breakeven, noise, scaled, subgroups, variants
from simulate.present.terminal.decision import decision, in_short, incremental
from simulate.present.terminal.evidence import calibrated, published
from simulate.present.terminal.layout import plain_console
from simulate.present.terminal.strategies import assumed, changed, question, strategies
from simulate.present.terminal.unseen import unseen
from simulate.present.terminal.view import Row, View

if TYPE_CHECKING:
    from parameters import ParameterSet

SECTIONS = (
    question,
    changed,
    assumed,
    strategies,
    incremental,
    unseen,
    decision,
    calibrated,
    published,
    scaled,
    breakeven,
    variants,
    subgroups,
    noise,
    in_short,
)


def summary_lines(
    summary: Row, problem: DecisionProblem, parameters: ParameterSet, *, console: Console | None = None
) -> list[str]:
    """What ``Result.summary`` holds as lines for `console`, standard output when not given; with colour on a terminal.

    Money is money of the base price year per person; intervals are over draws, chance between the people of
    each included; MCSE is the Monte Carlo standard error of the mean before it.
    """
    out = console or plain_console()
    view = View(summary, Glossary(problem, problem.setting(summary["setting"]), parameters), out.width)
    with out.capture() as printed:
        for section in SECTIONS:
            for piece in section(view):
                out.print(piece)
    return [line.rstrip() for line in printed.get().rstrip("\n").split("\n")]  # rich fills lines up with spaces
