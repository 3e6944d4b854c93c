"""Draw the pages' figures and write their tables of results, from the simulation itself.

    python3 scripts/start.py python scripts/readme/draw.py

Run it whenever a change alters numbers. It writes ``ceac_per_point.png`` and ``claims.png`` beside this file, and
replaces what stands between the marks ``<!-- NAME -->`` and ``<!-- end NAME -->`` in ``README.md`` and
``models/README.md``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from models.shared.admissions import USUAL
from models.shared.claims import Answer
from models.shared.crisis_plan import PLAN
from simulate import load, run
from simulate.analyse.credibility.claims import Answered, answer, read_claims
from simulate.analyse.sweep import one_way, threshold_value
from simulate.present.figures import style
from simulate.present.figures.credibility import claims
from simulate.present.figures.decision import ceac
from simulate.result.per_person import cost_of_one

HERE = Path(__file__).resolve().parent
README = HERE.parent.parent / "README.md"
MODELS = HERE.parent.parent / "models" / "README.md"
PEOPLE = 200_000  # with --fixed, in the trials' settings
CELLS = 20_000  # people of a cell of a sweep
SHOWN = 10  # parameters of the tornado
AT = (0.0, 250.0, 500.0, 1000.0)  # pounds per percentage point

Figures = tuple[float | None, ...]  # of usual care and the plan; none where only their difference is told
PUBLISHED: Mapping[str, tuple[tuple[str, str, float, float], ...]] = {
    "henderson_2004": (
        ("Ever admitted, 15 months", "admission", 35 / 80, 24 / 80),
        ("Ever detained, 15 months", "detention", 21 / 80, 10 / 80),
    ),
    "henderson_2004_predicted": (),
    "crimson_2013": (("Ever detained, 18 months", "detention", 56 / 280, 49 / 267),),
}


# --- the base case ----------------------------------------------------------------------------


def picture(draw: Callable[[], style.Drawing | None]) -> None:
    """What `draw` draws, as PNG."""
    with style.house_style(), tempfile.TemporaryDirectory() as folder:
        drawing = draw()
        assert drawing is not None
        (png,) = [p for p in style.write(drawing, Path(folder)) if p.suffix == ".png"]
        shutil.copyfile(png, HERE / png.name)


def decision(summary: Mapping[str, Any]) -> Iterator[str]:
    """Costs, effects and their difference, and how the difference hangs on the reading of the evidence."""
    usual, plan = summary["strategies"]
    (difference,) = summary["incremental"]
    yield "| per person, 18 months | usual care | joint crisis plan | difference | 95% interval | MCSE |"
    yield "|---|---|---|---|---|---|"
    yield _row("cost, £ of 2023/24", usual["cost"], plan["cost"], difference["cost"], "{:,.0f}", "{:.0f}")
    before, after = ({"mean": -s["effect"]["mean"]} for s in (usual, plan))
    averted = {k: difference["effect"][k] for k in ("mean", "low", "high", "mcse")}
    fewer = {"mean": -averted["mean"], "low": -averted["high"], "high": -averted["low"], "mcse": averted["mcse"]}
    yield _row("ever detained, %", before, after, fewer, "{:.1f}", "{:.2f}")
    admitted = [f"{100 * s['ever']['admission']:.1f}" for s in (usual, plan)]
    yield f"| ever admitted, % | {admitted[0]} | {admitted[1]} | read in two ways, see below | | |"
    yield f"| bed-days | {usual['bed_days']:.1f} | {plan['bed_days']:.1f} | follows from it | | |"
    yield ""
    yield from _probabilities(summary)
    yield ""
    yield from _readings(summary)


def _row(label: str, a: Any, b: Any, d: Any, form: str, fine: str) -> str:
    cells = [form.format(x) for x in (a["mean"], b["mean"], d["mean"])]
    interval = f"{form.format(d['low'])} to {form.format(d['high'])}"
    return f"| {label} | {' | '.join(cells)} | {interval} | {fine.format(d['mcse'])} |"


def _probabilities(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "| £ per percentage point averted | £ per person spared detention | plan is best | EVPI, £ per person |"
    yield "|---|---|---|---|"
    for row, evpi in zip(summary["ceac"], summary["evpi"], strict=True):
        if row["threshold"] in AT:
            best = f"{row['corrected']['joint_crisis_plan']:.0%}"
            value = f"{evpi['corrected']:,.0f} (MCSE {evpi['mcse']:.0f})"
            yield f"| {row['threshold']:,.0f} | {100 * row['threshold']:,.0f} | {best} | {value} |"


READINGS = {  # variant: what is read of it, the ratio that it leaves at 1, the fixed reading
    "voluntary_unchanged": ("voluntary admissions unchanged", "rr_voluntary_jcp", 1.0),
    "combined_unchanged": ("admissions as a whole unchanged", "rr_admission_jcp", 0.0),
}
SPREADS = {"se_0": "none", "se_005": "0.05", "se_020": "0.20"}


def _readings(summary: Mapping[str, Any]) -> Iterator[str]:
    """The base cases side by side, their average, and where each would turn."""
    yield "| base case | weight | difference in cost, £ | 95% interval | saves money | costs as much at a ratio of |"
    yield "|---|---|---|---|---|---|"
    rows = {b["name"]: b for b in summary["beside"]}
    for name, (label, ratio, reading) in READINGS.items():
        told = _difference(rows[name]["incremental"][0])
        yield f"| {label} | {rows[name]['weight']:.0%} | {told} | {_switch(ratio, reading)} |"
    yield f"| **both, drawn by weight** | | {_difference(summary['incremental'][0])} | |"
    yield ""
    yield "| standard error of both ratios, in place of 0.10 | difference in cost, £ | 95% interval | saves money |"
    yield "|---|---|---|---|"
    for name, label in SPREADS.items():
        yield f"| {label} | {_difference(rows[name]['incremental'][0])} |"


def _difference(row: Mapping[str, Any]) -> str:
    cost = row["cost"]
    return f"{cost['mean']:,.0f} | {cost['low']:,.0f} to {cost['high']:,.0f} | {row['p_cost_saving']:.0%}"


def _switch(ratio: str, reading: float) -> str:
    """At which ratio of admissions the difference in cost is nil, at the point estimates."""
    case = load("joint_crisis_plan", changes={"reading_voluntary_unchanged": reading})
    found = threshold_value(case, ratio, threshold=0.0, people=CELLS)
    low, high = found.range
    return ", ".join(f"{at.value:.2f}" for at in found.inside) or f"none from {low:.2f} to {high:.2f}"


def tornado() -> Iterator[str]:
    """What moves the difference in cost most, and what the price of a bed-day does to it."""
    table = one_way(load("joint_crisis_plan"), threshold=0.0, people=CELLS).table()
    table = table[table["outcome"] == "cost"].sort_values("swing", ascending=False).head(SHOWN)
    yield "| parameter | from | to | difference in cost, £, at the first | at the second |"
    yield "|---|---|---|---|---|"
    for row in table.to_dict("records"):
        inputs = f"{row['low_input']:.3g} | {row['high_input']:.3g}"
        yield f"| {row['label']} | {inputs} | {row['outcome_at_low']:,.0f} | {row['outcome_at_high']:,.0f} |"


def a_detention() -> Iterator[str]:
    """What one detention costs in the model, under usual care: its days on the ward and what goes with it."""
    one = cost_of_one(run(load("joint_crisis_plan"), fixed=True, people=PEOPLE))
    assert one is not None
    total = one["stay"] + one["process"]
    yield (
        f"One detention costs {total:,.0f} pounds in the model: {one['days']:.0f} days on the ward"
        f" ({one['stay']:,.0f}) and assessment and hearings ({one['process']:,.0f}). `run` tells it too."
    )


# --- the trials -------------------------------------------------------------------------------


def trials() -> Iterator[str]:
    """Published against simulated, solved for and predicted."""
    yield "| setting | figure | usual care: published | simulated | plan: published | simulated | |"
    yield "|---|---|---|---|---|---|---|"
    for name, rows in PUBLISHED.items():
        result = run(load("joint_crisis_plan", name), fixed=True, people=PEOPLE)
        for label, statistic, usual, plan in rows:
            ours = result.days()["bed_days"][0] if statistic == "bed_days" else result.ever()[statistic][0]
            form = "{:.1f}" if statistic == "bed_days" else "{:.3f}"
            yield _trial(name, label, (usual, plan), tuple(ours), form, "solved for")
        for row in result.published_beside_ours():
            form = "{:,.0f}" if row["unit"] == "GBP" else "{:.1f}"
            unit = ", £" if row["unit"] == "GBP" else ""
            theirs = tuple(row["published"].get(s) for s in (USUAL, PLAN))
            ours = tuple(row["simulated"].get(s) if s in row["published"] else None for s in (USUAL, PLAN))
            predicted = REMARKS.get(name, {}).get(row["label"], "**predicted**")
            remark = "solved for" if row["by_construction"] else predicted
            yield _trial(name, row["label"] + unit, theirs, ours, form, remark)


DETAINED_DAYS = "days per person detained **predicted**, the share solved for"
REMARKS = {  # of figures that stand beside ours
    "henderson_2004": {
        "Mean days detained, the plan": DETAINED_DAYS,
        "Mean cost per person": "**not reproduced**",
        "Difference in cost, the trial's own": (
            "**not independent**: voluntary days were fitted after the difference in cost had been seen"
        ),
    },
    "henderson_2004_predicted": {
        "Mean days detained, the plan": DETAINED_DAYS,
        "Mean voluntary days, the plan": "**predicted**: **not reproduced**",
        "Mean cost per person": "**not reproduced**",
        "Difference in cost, the trial's own": "**predicted**: **not reproduced**",
    },
}


def _trial(name: str, label: str, theirs: Figures, ours: Figures, form: str, remark: str) -> str:
    cells = ["" if x is None else form.format(x) for pair in zip(theirs, ours, strict=True) for x in pair]
    return f"| `{name}` | {label} | {' | '.join(cells)} | {remark} |"


# --- the claims -------------------------------------------------------------------------------


def tally(answers: Sequence[Answered]) -> Iterator[str]:
    """How many claims are answered how."""
    found = Counter(a.claim.status for a in answers)
    kinds = get_args(Answer)
    yield f"| {' | '.join(kind.replace('_', ' ') for kind in kinds)} |"
    yield f"|{'---|' * len(kinds)}"
    yield f"| {' | '.join(str(found[kind]) for kind in kinds)} |"


# --- the file ---------------------------------------------------------------------------------


def write(page: Path, tables: Mapping[str, Iterator[str]]) -> None:
    """Each of `tables` between its marks in `page`."""
    text = page.read_text(encoding="utf-8")
    for name, lines in tables.items():
        text = replaced(text, name, lines)
    page.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, lines: Iterator[str]) -> str:
    """`text` with `lines` between the marks of `name`."""
    marks = re.compile(f"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    body = "\n" + "\n".join(lines) + "\n\n"
    found, count = marks.subn(lambda m: m[1] + body + m[2], text)
    if count != 1:
        raise SystemExit(f"the marks of {name!r} stand in its page {count} times; need them once")
    return found


def main() -> None:
    """Run the analyses, answer the claims, and write."""
    result = run(load("joint_crisis_plan"), draws=1024, people=1000, seed=1, variants=True)
    answers = answer(read_claims())
    picture(lambda: ceac.draw_per_point(result))
    picture(lambda: claims.draw(answers))
    write(README, {"answer": decision(result.summary()), "detention": a_detention(), "tornado": tornado()})
    write(MODELS, {"trials": trials(), "claims": tally(answers)})


if __name__ == "__main__":
    main()
