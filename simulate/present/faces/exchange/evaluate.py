"""A finished table of draws: the decision by it, how sure that is, and what it is worth to know more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.present.terms.face import REPORT, Face, chosen_figures, figures_hint, kind_of

if TYPE_CHECKING:
    import pandas as pd

    from simulate.evaluate.decision.table import Table
    from simulate.present.figures.style import Drawing
    from simulate.result.finished.evaluation import Evaluation

KIND = kind_of(__name__)


def face(found: Evaluation, which: str = "all") -> Face:
    """What a finished table shows, with the figures asked for (see ``chosen_figures``)."""

    def lines() -> list[str]:
        from simulate.present.terminal.finished.text import finished_lines

        return finished_lines(found)

    summary = found.summary()

    def page(path: Path, made: Mapping[str, Any]) -> None:
        from simulate.present.report import report

        report.save(path, report.page_of_table(found, summary, made))

    return Face(
        kind=KIND,
        data=summary,
        pages={REPORT: page},
        lines=lines,
        tables=tables(found),
        figures=chosen_figures(which, lambda: figures(found)),
        hint=figures_hint(which),
        manifest={"read": dict(found.table.files)},
    )


def figures(found: Evaluation) -> Iterator[Drawing | None]:
    """Every figure, most telling first, None for one that it has nothing to show in."""
    from simulate.present.figures.finished import curves, learning, scatter

    yield scatter.draw_plane(found.table)
    yield curves.draw_ceac(found.table)
    yield scatter.draw_frontier(found.table)
    yield learning.draw_parameters(found)
    yield curves.draw_loss(found.table)
    yield curves.draw_evpi(found.table)
    yield learning.draw_study(found)


def tables(found: Evaluation) -> dict[str, pd.DataFrame | Table]:
    """By name, in alphabetical order, those that there is something to tell in."""
    table = found.table
    return {
        "ceac": table.ceac_table,
        "differences": table.differences_table(),
        "evpi": table.evpi_table,
        **({} if found.parameters is None else {"evppi": found.parameters}),
        **({} if found.samples is None else {"evsi": found.samples}),
        "expected_loss": table.loss_table,
        **({} if table.of_benefit else {"incremental": table.incremental_table}),
        "psa": table.psa_table,
        "ranking": table.ranking_table(),
    }
