"""The value of learning more of a finished table: everything, parameters, a study."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulate.present.terms.face import Face, chosen_figures, figures_hint, kind_of

if TYPE_CHECKING:
    from simulate.present.figures.style import Drawing
    from simulate.result.finished.learning import TableLearning

KIND = kind_of(__name__)


def face(learnt: TableLearning, which: str = "all") -> Face:
    """What learning more of a table is worth, with the figures asked for (see ``chosen_figures``)."""

    def lines() -> list[str]:
        from simulate.present.terminal.finished.worth import worth_lines

        return worth_lines(learnt)

    samples = {} if learnt.samples is None else {"evsi": learnt.samples}
    return Face(
        kind=KIND,
        data=learnt.summary(),
        data_file="voi.json",
        lines=lines,
        tables={"evpi": learnt.found.table.evpi_table, "evppi": learnt.parameters, **samples},
        figures=chosen_figures(which, lambda: figures(learnt)),
        hint=figures_hint(which),
        manifest={"made_from": dict(learnt.found.table.files)},
    )


def figures(learnt: TableLearning) -> Iterator[Drawing | None]:
    """The worth of parameters, of a study, and of everything, most telling first; None for what was not asked for."""
    from simulate.present.figures.finished import curves, learning

    yield learning.draw_parameters(learnt.found)
    yield learning.draw_study(learnt.found)
    yield curves.draw_evpi(learnt.found.table)
