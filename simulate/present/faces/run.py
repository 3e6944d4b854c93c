"""A run: summary, tables by threshold, draw, year, age and subgroup, statistics, figures, and a page on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.present.terms.face import REPORT, Face, Simulated, chosen_figures, figures_hint, kind_of, written
from simulate.present.workbook import NAME

if TYPE_CHECKING:
    import pandas as pd

    from simulate.evaluate.decision.table import Table
    from simulate.present.figures.style import Drawing
    from simulate.result.result import Result

KIND = kind_of(__name__)


def face(result: Result, which: str = "all") -> Face:
    """What a run shows, with the figures asked for (see ``chosen_figures``)."""
    summary, options = result.summary(), result.options
    others: dict[str, Callable[[Path], object]] = {**_workbook(result), "statistics.npz": result.statistics.save}

    def lines() -> list[str]:
        from simulate.present.terminal.summary import summary_lines

        return [*summary_lines(summary, result.case.problem, result.case.parameters), *_left_out(others)]

    def page(path: Path, made: Mapping[str, Any]) -> None:
        from simulate.present.report import report

        report.save(path, report.page(result, summary, made))

    return Face(
        kind=KIND,
        data=summary,
        lines=lines,
        tables=tables(result),
        others=others,
        pages={REPORT: page},
        figures=chosen_figures(which, lambda: figures(result)),
        hint=figures_hint(which, ", or recovery-cea figures with this folder"),
        simulated=result,
        tells_changes=True,
        manifest={
            "people": options.people,
            "collected": {
                "subgroup": options.subgroup,
                "by_year": options.by_year,
                "ages": list(options.ages),
                **({"occupancy": list(options.occupancy)} if options.occupancy else {}),
            },
            **({} if options.threshold is None else {"wtp": float(options.threshold)}),
            **({"wtp_grid": list(options.thresholds)} if options.thresholds else {}),
            "sampling": result.drawn.manifest(),
        },
    )


def face_again(asked: Simulated, files: Mapping[str, bytes], manifest: Mapping[str, Any], which: str) -> Face:
    """What a run showed when its `files` were written: nothing is worked out again."""
    summary = json.loads(files["summary.json"])

    def lines() -> list[str]:
        from simulate.present.terminal.summary import summary_lines

        return [*summary_lines(summary, asked.case.problem, asked.case.parameters), *_left_out(files)]

    listed = dict.fromkeys("figures/" if name.startswith("figures/") else name for name in files)
    return Face(
        kind=KIND,
        data=summary,
        data_file=None,
        lines=lines,
        others={name: written(content) for name, content in files.items()},
        hint=figures_hint(which, ", or recovery-cea figures with this folder"),
        simulated=asked,
        tells_changes=True,
        listed=tuple(sorted(listed, key=_rank)),
        manifest=manifest,
    )


def _workbook(result: Result) -> dict[str, Callable[[Path], object]]:
    """What writes the workbook, by its name; none of more draws than one is quickly written of."""
    from simulate.present.workbook.plan import MOST_DRAWS, Plan
    from simulate.present.workbook.results import workbook_as

    plan = Plan.of(result)
    return {} if plan.refusal(MOST_DRAWS) else {NAME: lambda path: path.write_bytes(workbook_as(plan))}


def _left_out(files: Container[str]) -> list[str]:
    """How to get the workbook, where none was written."""
    return [] if NAME in files else ["", f"No {NAME}: `recovery-cea export workbook` with this folder makes one."]


def _rank(name: str) -> tuple[int, str]:
    """The order in which files are named: summary, report, tables, statistics, workbook, figures."""
    kinds = (name == "summary.json", name == REPORT, name.endswith(".csv"), name.endswith((".npz", ".xlsx")), True)
    return kinds.index(True), name


def figures(result: Result) -> Iterator[Drawing | None]:
    """Every figure of a run, most telling first, None for one that it has nothing to show in."""
    from simulate.present.figures.decision import ceac, cost_difference, evpi, frontier, loss, plane
    from simulate.present.figures.pathway import diagram, events, occupancy, survival

    yield plane.draw(result)
    yield cost_difference.draw(result)
    yield ceac.draw(result)
    yield frontier.draw(result)
    yield ceac.draw_per_point(result)
    yield events.draw(result)
    yield occupancy.draw(result)
    yield survival.draw(result)
    yield diagram.draw(result)
    yield loss.draw(result)
    yield evpi.draw(result)


def tables(result: Result) -> dict[str, pd.DataFrame | Table]:
    """By name, in alphabetical order, those that were asked for among them."""
    options = result.options
    return {
        **({"by_age": result.by_age()} if options.ages else {}),
        **({"by_year": result.by_year()} if options.by_year else {}),
        "ceac": result.ceac_table,
        "evpi": result.evpi_table,
        "incremental": result.incremental_table,
        **({"occupancy": result.occupancy()} if options.occupancy else {}),
        "psa": result.psa_table,
        **({} if options.subgroup is None else {"subgroups": result.subgroups()}),
    }
