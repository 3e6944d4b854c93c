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

from models.shared.claims import Answer
from simulate import load, run
from simulate.analyse.credibility.claims import Answered, answer, read_claims
from simulate.present.figures import style
from simulate.present.figures.credibility import claims
from simulate.present.figures.decision import ceac

HERE = Path(__file__).resolve().parent
README = HERE.parent.parent / "README.md"
MODELS = HERE.parent.parent / "models" / "README.md"
PEOPLE = 200_000  # with --fixed, in the trials' settings
AT = (0.0, 250.0, 500.0, 1000.0)  # pounds per percentage point

PUBLISHED: Mapping[str, tuple[tuple[str, str, float, float], ...]] = {
    "henderson_2004": (
        ("Ever admitted, 15 months", "admission", 35 / 80, 24 / 80),
        ("Ever detained, 15 months", "detention", 21 / 80, 10 / 80),
        ("Bed-days per person", "bed_days", 36, 32),
    ),
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
    """Costs, effects and their difference, and how the difference hangs on the assumed effect on admission."""
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
    yield f"| ever admitted, % | {admitted[0]} | {admitted[1]} | assumed, see below | | |"
    yield f"| bed-days | {usual['bed_days']:.1f} | {plan['bed_days']:.1f} | follows from it | | |"
    yield ""
    yield from _probabilities(summary)
    yield ""
    yield from _assumption(summary)


def _row(label: str, a: Any, b: Any, d: Any, form: str, fine: str) -> str:
    cells = [form.format(x) for x in (a["mean"], b["mean"], d["mean"])]
    interval = f"{form.format(d['low'])} to {form.format(d['high'])}"
    return f"| {label} | {' | '.join(cells)} | {interval} | {fine.format(d['mcse'])} |"


def _probabilities(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "| £ per percentage point of detention averted | probability that the plan is best | EVPI, £ per person |"
    yield "|---|---|---|"
    for row, evpi in zip(summary["ceac"], summary["evpi"], strict=True):
        if row["threshold"] in AT:
            best = f"{row['corrected']['joint_crisis_plan']:.0%}"
            yield f"| {row['threshold']:,.0f} | {best} | {evpi['corrected']:,.0f} (MCSE {evpi['mcse']:.0f}) |"


def _assumption(summary: Mapping[str, Any]) -> Iterator[str]:
    yield "| standard error of ln RR, any admission (assumed) | difference in cost, £ | 95% interval | saves money |"
    yield "|---|---|---|---|"
    spread = {"se_0": "0 (no effect, for certain)", "se_005": "0.05", "se_020": "0.20"}
    rows = {spread[b["name"]]: b["incremental"][0] for b in summary["beside"]}
    rows["**0.10, base case**"] = summary["incremental"][0]
    for label in sorted(rows, key=lambda text: text.strip("*")):
        d = rows[label]
        interval = f"{d['cost']['low']:,.0f} to {d['cost']['high']:,.0f}"
        yield f"| {label} | {d['cost']['mean']:,.0f} | {interval} | {d['p_cost_saving']:.0%} |"


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
            theirs, ours = tuple(row["published"].values()), tuple(row["simulated"].values())
            yield _trial(name, row["label"] + unit, theirs, ours, form, "**not reproduced**")


def _trial(name: str, label: str, theirs: tuple[float, ...], ours: tuple[float, ...], form: str, remark: str) -> str:
    cells = [form.format(x) for pair in zip(theirs, ours, strict=True) for x in pair]
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
    write(README, {"answer": decision(result.summary())})
    write(MODELS, {"trials": trials(), "claims": tally(answers)})


if __name__ == "__main__":
    main()
