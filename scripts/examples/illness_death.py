"""A pathway of your own: healthy, sick and back, or dead; two treatments; parameters written in the script.

    python3 scripts/start.py python scripts/examples/illness_death.py

Four Weibull times, each counted afresh in every spell. The new treatment stretches them. Numbers: the reference
workload of ``benchmarks/``, made up, so that they stand here as assumptions.
"""

from math import log
from typing import Any

import models as m
from simulate import load, run

# event: from, to, shape and scale (years) with the standard errors of their logarithms, log time ratio of the new drug
TIMES = {
    "falls_ill": ("healthy", "sick", 0.7503619, 0.0490, 4.3832176, 0.1126, 0.2869342),
    "dies_healthy": ("healthy", "dead", 0.8541327, 0.0774, 13.2414151, 0.1903, 0.2551924),
    "recovers": ("sick", "healthy", 1.0333375, 0.0413, 1.7777500, 0.0778, -0.2633561),
    "dies_sick": ("sick", "dead", 0.7148296, 0.0597, 3.7564362, 0.1561, -0.2044805),
}
HEALTH = m.Domain("health", ("healthy", "sick", "dead"), "Health", absorbing=("dead",))
EVENTS = tuple(
    m.Event(e, m.When(health=a), m.Weibull(f"k_{e}", f"t_{e}"), {"health": b}) for e, (a, b, *_) in TIMES.items()
)
OLD = m.Component("old_drug", "Old drug")
NEW = m.Component("new_drug", "New drug", tuple(m.Effect(e, "time", f"tr_{e}") for e in TIMES))
PROBLEM = m.DecisionProblem(
    id="illness_death",
    label="Reversible illness and death",
    pathway=m.Pathway("illness_death", (HEALTH,), EVENTS, {"health": "healthy"}),
    strategies=(m.Strategy("old", "Old drug", (OLD,)), m.Strategy("new", "New drug", (NEW,))),
    settings=(m.Setting("base", "Everybody healthy at entry, 40 years", horizon=40.0),),
    costs=(
        m.CostItem("care_healthy", "Care while healthy", "nhs", m.StateTime(m.When(health="healthy")), 1000.0),
        m.CostItem("care_sick", "Care while sick", "nhs", m.StateTime(m.When(health="sick")), 1600.0),
        m.CostItem("old_drug", "Old drug", "nhs", m.ComponentTime("old_drug"), 5000.0),
        m.CostItem("new_drug", "New drug", "nhs", m.ComponentTime("new_drug"), 10000.0),
    ),
    utilities=(m.Utility(m.When(health="healthy"), "u_healthy"), m.Utility(m.When(health="sick"), "u_sick")),
    discount_costs=0.03,
    discount_effects=0.03,
    discounting="continuous",
)


def record(label: str, unit: str, kind: str, **arguments: float) -> dict[str, Any]:
    return {"label": label, "unit": unit, "distribution": {kind: arguments}}


INLINE = {
    f"u_{x}": record(f"Utility, {x}", "utility", "fixed", value=u) for x, u in (("healthy", 0.65), ("sick", 0.85))
}
for event, (_, _, shape, shape_se, scale, scale_se, log_ratio) in TIMES.items():
    what = event.replace("_", " ")
    INLINE[f"k_{event}"] = record(f"Shape, {what}", "ratio", "lognormal", mu=log(shape), sigma=shape_se)
    INLINE[f"t_{event}"] = record(f"Scale, {what}", "years", "lognormal", mu=log(scale), sigma=scale_se)
    INLINE[f"tr_{event}"] = record(f"Time ratio, {what}", "ratio", "lognormal", mu=log_ratio, sigma=0.05)

if __name__ == "__main__":
    result = run(load(PROBLEM, inline=INLINE), draws=256, people=500, seed=1)
    print(result.incremental().to_string(index=False))
