"""Folders of budgets, league tables and equity: tables that say their sign, a summary, figures and a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.case import Case
from simulate.options import Options
from simulate.present.output import MANIFEST, Kind, _copy_inputs, _csv, _json, _made, _whole

if TYPE_CHECKING:
    import pandas as pd

    from simulate.impact import Impact

_NEW, _OLD = "new_minus_comparator", "comparator_minus_new"


def signed(frame: pd.DataFrame, signs: Mapping[str, str]) -> pd.DataFrame:
    """The table with the sign said in its headers; `signs` maps a column's beginning to what stands in its place."""
    renamed = {}
    for column in frame.columns:
        start = next((s for s in signs if column == s or column.startswith(f"{s}_")), None)
        renamed[column] = column if start is None else f"{signs[start]}{column.removeprefix(start)}"
    return frame.rename(columns=renamed)


def write_impact(found: Impact, folder: Path, command: Sequence[str] = ()) -> dict[str, Any]:
    """Write the impact on budgets into `folder`, whole or not at all, and return its summary."""
    return _whole(folder, "impact", lambda made: _fill_impact(found, made, command))


def _fill_impact(found: Impact, folder: Path, command: Sequence[str]) -> dict[str, Any]:
    from simulate.present.gallery import draw_impact

    summary = found.summary()
    _json(folder / "impact.json", summary)
    _csv(signed(found.budget, {k: f"impact_{_NEW}_{k}" for k in ("mean", "low", "high")}), folder / "budget_impact.csv")
    _csv(signed(found.returns, RETURN_SIGNS), folder / "return_on_investment.csv")
    sides = {k: f"net_saving_{_OLD}_{k}" for k in ("mean", "low", "high")}
    _csv(signed(found.months, sides), folder / "cumulative.csv")
    if found.gains:
        import pandas as pd

        rows = [{"raised_to_full": name, **vars(gain)} for name, gain in found.gains.items()]
        sides = {k: f"gain_full_minus_today_{k}" for k in ("mean", "low", "high", "population")}
        _csv(signed(pd.DataFrame(rows), sides), folder / "implementation.csv")
    finish(folder, "impact", [(found.result.case, found.result.options)], command)
    draw_impact(found, folder / "figures")
    return summary


RETURN_SIGNS = {
    "delivery_cost": f"delivery_cost_{_NEW}",
    "gross_saving": f"gross_saving_{_OLD}",
    "net_saving": f"net_saving_{_OLD}",
    "cashable_saving": f"cashable_saving_{_OLD}",
}


def finish(folder: Path, kind: Kind, runs: Sequence[tuple[Case, Options]], command: Sequence[str]) -> None:
    """Copies of the inputs and the manifest; of several runs, one entry each."""
    if len(runs) == 1:
        (case, options), place = runs[0], folder / "inputs"
        told = _made(kind, case, options, _copy_inputs(case, options, place), command)
        _json(folder / MANIFEST, {**told, "people": options.people})
        return
    (folder / "inputs").mkdir()
    made = [_made(kind, c, o, _copy_inputs(c, o, folder / "inputs" / c.problem.id), command) for c, o in runs]
    _json(folder / MANIFEST, {"kind": kind, "command": made[0]["command"], "runs": made})
