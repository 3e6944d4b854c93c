"""Ten years with schizophrenia in the UK: three lines of antipsychotics, relapses, side effects, heart and stroke.

A man of 25 takes amisulpride, then olanzapine or, under the second strategy, risperidone as a long-acting injection,
and clozapine in the end. Half of the relapses lead to the next line; who stopped a medicine takes it again when he
relapses. Medicines differ in relapses, side effects and what they do to weight, fats and blood pressure, and by these
in diabetes, coronary disease and stroke.

Three lines of the published code are not followed: there, survival to a year is that of the last two years alone, risk
factors lag an event behind, and prices with and without earlier disease are swapped. Coronary disease has the hazard of
the medicine taken, where there what is left of its time is stretched: £3 and less than 0.0001 QALYs apart. Who loses
his white cells loses a share of the QALYs of the stable, whatever else he has.
"""

from fnmatch import fnmatch
from itertools import pairwise

import models as m

SOURCE = "zhoujunwen/HE-DES-Schizophrenia-UK on GitHub, run_model.r: the example of one person"
EXACT = {"ola": {"cost": "139306", "effect": "6.1802"}, "ris2": {"cost": "141711", "effect": "6.2094"}}

DRUGS = ("ami", "ola", "clo")
NEXT = {"ami": {"next": "ola"}, "ola": {"next": "clo", "agc": "clo"}, "clo": {}}  # after a relapse
PLACES: dict[str, str | tuple[str, ...]] = {**{d: d for d in DRUGS}, "off": tuple(f"{d}_off" for d in DRUGS)}
DEATHS = m.LifeTable("life_table_uk", "male_qx", "death_m_smr")
EVENTS = [
    m.Event("starts", m.When(), m.FixedTime(0.0), clock="start"),
    m.Event("recovers", m.When(phase="relapse"), m.FixedTime("rcvr_time"), {"phase": "stable"}),
    m.Event("dies", m.When(), DEATHS, {"life": "dead"}, clock="age"),
]
for d in DRUGS:
    ends = {"same": d, **NEXT[d]}.items()
    after = [m.Branch(end, f"p_{end}_{d}", {"phase": "relapse", "drug": to}) for end, to in ends]
    after += [m.Branch("fatal", "p_fatal_ola", {"life": "dead"})] if d == "ola" else []
    on, off = m.When(drug=d, phase="stable"), m.When(drug=f"{d}_off", phase="stable")
    EVENTS += [
        m.Event(f"relapse_{d}", on, m.Exponential(f"r_relapse_{d}"), branches=tuple(after)),
        m.Event(f"relapse_{d}_off", off, m.Exponential("r_relapse_off"), branches=tuple(after)),
        m.Event(f"stops_{d}", on, m.Exponential(f"r_stop_{d}"), {"drug": f"{d}_off"}),
        m.Event(f"td_{d}", m.When(drug=d, td="no"), m.Exponential(f"r_td_{d}"), {"td": "yes"}),
    ]
for x, drugs in PLACES.items():
    EVENTS += [m.Event(f"db_{x}", m.When(drug=drugs, db="no"), m.Exponential(f"r_db_{x}"), {"db": "yes"})]
    for db, longer, more in (("no", 1.0, 1.0), ("yes", "chd1_m_ar_db", "strk_m_hr_db")):
        chd = m.Weibull("k_chd", m.Product(f"t_chd_{x}", longer))
        for y, law in (("chd", chd), ("strk", m.Exponential(m.Product(f"r_strk_{x}", more)))):
            fatal = f"death_{y}_m_prop"
            after = [m.Branch("lived", m.Complement(fatal), {y: "yes"}), m.Branch("fatal", fatal, {"life": "dead"})]
            when = m.When({"drug": drugs, "db": db, y: "no"})
            EVENTS += [m.Event(f"{y}_{x}_{db}", when, law, branches=tuple(after), clock="start")]
COUNTED: dict[str, tuple[str, str, str | float]] = {  # which events, what each costs, and in QALYs
    "to_ami": ("starts", "c_side_ami", "u_side_ami"),
    "to_ola": ("relapse_ami*.next", "c_side_ola", "u_side_ola"),
    "to_clo": ("relapse_ola*.next relapse_ola*.agc", "c_side_clo", "u_side_clo"),
    "agranulocytosis": ("*.agc", "cost_agc", "u_agc"),
    "relapse": ("relapse_*", "cost_rlps", 0.0),
    "dyskinesia": ("td_*", "cost_td", 0.0),
    "vascular_death": ("chd*.fatal strk*.fatal", "cost_vd_cvd0", 0.0),
    "other_death": ("dies relapse*.fatal", "cost_nvd_cvd0", 0.0),
}
ENDS = [o for e in EVENTS for o in e.outcomes()]
GROUPS = {g: tuple(o for o in ENDS if any(fnmatch(o, p) for p in like.split())) for g, (like, *_) in COUNTED.items()}
LEVELS = {"drug": (*DRUGS, *(f"{d}_off" for d in DRUGS)), "phase": ("stable", "relapse"), "life": ("alive", "dead")}
LEVELS |= dict.fromkeys(("td", "db", "chd", "strk"), ("no", "yes"))
PRICES: dict[str, m.Basis] = {f"cost_y_{d}": m.StateTime(m.When(drug=d)) for d in DRUGS}
PRICES |= {f"cost_y_{x}": m.StateTime(m.When(phase=p)) for x, p in (("rcvr", "stable"), ("rlps", "relapse"))}
PRICES |= {price: m.EventCount(group) for group, (_, price, _) in COUNTED.items()}
for x, *bands in (("chd", 0.0, 1.0, 2.0, 3.0), ("strk", 0.0, 1.0, 2.0, 3.0), ("db", 0.0, 10.0)):  # years since
    for a, b in pairwise([*bands, float("inf")]):
        PRICES[f"c_{x}_{a:.0f}"] = m.StayBand(m.When({x: "yes"}), a, b)
OF_A_DRUG = ("r_relapse", "r_stop", "r_td", "r_db", "t_chd", "r_strk", "cost_y", "c_side", "u_side")
PROBLEM = m.DecisionProblem(
    id="schizophrenia",
    label="Antipsychotics in schizophrenia",
    pathway=m.Pathway(
        "schizophrenia",
        tuple(m.Domain(x, levels, x, ("dead",) if x == "life" else ()) for x, levels in LEVELS.items()),
        tuple(EVENTS),
        {x: levels[0] for x, levels in LEVELS.items()},
        tuple(m.Group(g, members) for g, members in GROUPS.items()),
        characteristics=(m.Characteristic("age", m.Numeric("normal", 25.0, 0.0)),),
    ),
    strategies=(
        m.Strategy("ola", "Amisulpride, olanzapine, clozapine"),
        m.Strategy("ris2", "Risperidone, not olanzapine", given={f"{x}_ola": f"{x}_ris2" for x in OF_A_DRUG}),
    ),
    settings=(m.Setting("base", "A man of 25, for ten years", horizon=10.0),),
    money=m.Money("GBP", "2020/21"),
    costs=tuple(m.CostItem(price, price, "nhs", basis, price) for price, basis in PRICES.items()),
    utilities=(
        m.Utility(m.When(phase="stable"), "qol_rcvr"),
        m.Utility(m.When(phase="relapse"), "qol_rlps"),
        *(m.Utility(m.When({x: "yes"}), f"qol_md_{x}", "gain") for x in ("td", "db", "chd", "strk")),
        *(m.Utility(m.When(), worth, "event", event) for event, (_, _, worth) in COUNTED.items() if worth),
    ),
)
