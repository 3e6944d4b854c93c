"""What was solved for, and published results beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from models.contract import CalibrationTarget, MeanTime, TrialFigure, is_share, parameter_names
from parameters.units import DAYS_PER_YEAR, number_of
from simulate.present.english.glossary import Glossary
from simulate.present.english.numbers import FIGURE_UNITS, capital, clean, in_unit, listed, number, percent, sentence
from simulate.present.terminal.layout import heading, make_table, numbered, text_line
from simulate.present.terminal.view import NONE, Row, View, shown_figure

NOT_KEPT = "not kept"


def calibrated(v: View) -> Iterator[RenderableType]:
    """What was solved for, from which published figure, and how nearly it comes out."""
    rows: Sequence[Row] = v.summary["calibrated"]
    if not rows:
        return
    yield heading("Calibration: solved for at the point estimates")
    yield numbered([_calibrated_line(v.words, r) for r in rows])
    if any(r["map_error"] is not None for r in rows):
        yield text_line(
            "Map error: root mean square, over fresh points, of the logarithm of the ratio of the engine parameter read"
            " off the map to the exact one, and no less than the check of it could have seen."
        )
    if v.summary["calibration_extended"]:
        yield text_line(
            f"Of {number_of(v.summary['draws'], 'draw')} {v.summary['calibration_extended']:,} lie beyond the map and"
            " were not solved for one by one: their parameters were carried on by a straight line, and are less certain"
            " than the map error tells."
        )


def _calibrated_line(w: Glossary, row: Row) -> str:
    name, target = row["parameter"], w.solved().get(row["parameter"])
    value = f"{capital(w.label_and_id(name))}: {in_unit(row['value'], row['unit'])}."
    what = "Its figure" if target is None else f"{capital(_target_words(w, target))}{_where_from(w, target)}"
    figures = f"target {_target_figure(target, row['target'])}, achieved {_target_figure(target, row['achieved'])}"
    error = "" if row["map_error"] is None else f", map error {number(row['map_error'], 2)}"
    return f"{value} {what}: {figures}{error}."


def _where_from(w: Glossary, target: CalibrationTarget) -> str:
    """Where a target's figure comes from."""
    records = [w.parameters[n] for n in parameter_names(target) if n in w.parameters]
    found = dict.fromkeys("assumed" if p.status == "assumed" else w.source(p.source) for p in records)
    return f" ({listed(found)})" if found else ""


TARGETS = {"value": "", "risk_ratio": "ratio of ", "odds_ratio": "odds ratio of ", "difference": "difference in "}


def _target_words(w: Glossary, target: CalibrationTarget) -> str:
    """A target's statistic, and whose it is, in few words."""
    kind = TARGETS[target.scale]
    statistic = w.statistic(target.statistic).replace(" by the end of follow-up", "").rstrip(",")
    versus = "" if target.scale == "value" else f" to {w.strategy(w.problem.strategies[0].id)}"
    return f"{kind}{statistic}, {w.strategy(target.strategy)}{versus}"


def _target_figure(target: CalibrationTarget | None, value: float) -> str:
    """A target's figure: ratios as they are, shares in percent, times (which come in years) in days."""
    if target is None or target.scale not in ("value", "difference"):
        return number(value, 4)
    if is_share(target.statistic):
        return percent(value)
    if isinstance(target.statistic, MeanTime):
        return f"{number(value * DAYS_PER_YEAR)} days"
    return number(value)


def published(v: View) -> Iterator[RenderableType]:
    """What trials printed beside what is simulated here; nothing where the setting shows none."""
    rows: Sequence[Row] = v.summary["shown"]
    printed = [_probability(v, f) for f in _probabilities(v)]
    if not rows and not printed:
        return
    yield heading("Published results beside ours")
    yield from _table_of_published(v, rows) if rows else ()
    if printed:
        yield numbered(printed)
        yield text_line(
            "A trial's probabilities are of chance among its own people, ours of what the parameters leave open: like"
            f" is beside like in `recovery-cea virtual-trials {v.words.problem.id} --setting {v.words.setting.name}`."
        )


def _probabilities(v: View) -> list[TrialFigure]:
    """Probabilities that the setting's trial printed."""
    trial = v.words.setting.trial
    return [] if trial is None else [f for f in trial.published if f.kind == "probability"]


def _probability(v: View, figure: TrialFigure) -> str:
    """One of them, and ours where the run counts the same costs and effect and tells one at that price."""
    setting = v.words.setting
    alike = (figure.perspective or setting.perspective, figure.effect or setting.effect) == (
        v.summary["perspective"],
        v.summary["effect"],
    )
    ours = [r["probability"][v.strategies[1]] for r in v.summary["ceac"] if r["threshold"] == figure.threshold]
    told = f", {percent(ours[0])} of draws here" if alike and v.several and ours and ours[0] is not None else ""
    note = f". {sentence(clean(figure.note))}" if figure.note else "."
    return f"{clean(figure.label)}: {percent(figure.value)} printed ({v.words.source(figure.source)}){told}{note}"


def _table_of_published(v: View, rows: Sequence[Row]) -> Iterator[RenderableType]:
    columns = ["", "Source", *(f"{v.words.strategy(s)}: published, ours" for s in v.strategies)]
    yield make_table(v.width, columns, [_shown_row(v, r) for r in rows], left=2)
    for row in rows:
        if row["note"]:
            yield text_line(f"{row['label']}: {sentence(row['note'])}")
    if any(x is None and r["alike"] for r in rows for x in r["simulated"].values()) and v.several:
        yield text_line(f"{capital(NOT_KEPT)}: each person's time is kept in one draw alone; ask for it with --fixed.")
    if not all(r["alike"] for r in rows):
        yield text_line("Not compared: this run counts other costs or effects than the setting, and the figure, do.")
    if any(r["by_construction"] for r in rows):
        yield text_line(
            "By construction: put in or solved for, so that agreement shows nothing. The others were never fitted."
        )


CONTRASTS = {"value": "", "difference": "difference", "risk_ratio": "new over old", "odds_ratio": "odds, new over old"}


def _shown_row(v: View, row: Row) -> list[str]:
    cells = [_shown_cell(row, s, first=s == v.strategies[0], several=v.several) for s in v.strategies]
    unit = FIGURE_UNITS[row["unit"]]
    unit = f"{unit} of {row['price_year']}" if row["price_year"] else unit
    contrast = CONTRASTS[row["contrast"]] or ("difference" if row["difference"] else "")
    marks = [unit, contrast, "by construction" if row["by_construction"] else ""]
    return [", ".join([row["label"], *(m for m in marks if m)]), v.words.source(row["source"]), *cells]


def _shown_cell(row: Row, strategy: str, *, first: bool, several: bool) -> str:
    """Published and ours, or why not; nothing where the row compares with this very strategy."""
    if first and row["difference"]:
        return ""
    was, ours = row["published"].get(strategy), row["simulated"].get(strategy)
    lacking = "not compared" if not row["alike"] else NOT_KEPT if several else NONE
    missed = ", not reproduced" if strategy in row["missed"] else ""
    return "\n".join(
        [
            "not printed" if was is None else shown_figure(row, was),
            lacking if ours is None else f"{shown_figure(row, ours)}{missed}",
        ]
    )
