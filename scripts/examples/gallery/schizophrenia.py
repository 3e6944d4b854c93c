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

from itertools import pairwise
from math import inf

import models as m

SOURCE = "zhoujunwen/HE-DES-Schizophrenia-UK on GitHub, run_model.r: the example of one person"
EXACT = {"ola": {"cost": "139306", "effect": "6.1802"}, "ris2": {"cost": "141711", "effect": "6.2094"}}

# What a relapse under each medicine may end in, and the medicine then taken; "off" is who has stopped one.
DRUGS = {"ami": {"same": "ami", "next": "ola"}, "clo": {"same": "clo"}}
DRUGS |= {"ola": {"same": "ola", "next": "clo", "agc": "clo", "fatal": ""}}
LEVELS = {"drug": (*DRUGS, *(f"{d}_off" for d in DRUGS)), "phase": ("rcvr", "rlps"), "life": ("alive", "dead")}
LEVELS |= dict.fromkeys(("td", "db", "chd", "strk"), ("no", "yes"))
BY = {x: m.ByLevel("drug", {d: f"hr_{x}_{d}" for d in DRUGS}) for x in ("td", "db", "chd", "strk")}
DEAD, DEATHS = {"life": "dead"}, m.LifeTable("life_table_uk", "male_qx", "death_m_smr")
EVENTS = [m.Event("dies", m.When(), DEATHS, DEAD, clock="age")]
EVENTS += [m.Event("starts", m.When(), m.FixedTime(0.0), clock="start")]
EVENTS += [m.Event("recovers", m.When(phase="rlps"), m.FixedTime("rcvr_time"), {"phase": "rcvr"})]
for d, after in DRUGS.items():
    ways = [m.Branch(x, f"p_{x}_{d}", {"phase": "rlps", "drug": to} if to else DEAD) for x, to in after.items()]
    either, by = m.When(drug=(d, f"{d}_off"), phase="rcvr"), m.ByLevel("drug", {d: f"hr_relapse_{d}"})
    EVENTS += [m.Event(f"relapse_{d}", either, m.Exponential("r_relapse_off"), branches=(*ways,), by=(by,))]
    EVENTS += [m.Event(f"stops_{d}", m.When(drug=d, phase="rcvr"), m.Exponential(f"r_stop_{d}"), {"drug": f"{d}_off"})]
# The hazard ratios of the medicine taken, and of diabetes, follow both as they change.
EVENTS += [m.Event("td", m.When(drug=(*DRUGS,), td="no"), m.Exponential("r_td_ami"), {"td": "yes"}, by=(BY["td"],))]
EVENTS += [m.Event("db", m.When(db="no"), m.Exponential("r_db_off"), {"db": "yes"}, by=(BY["db"],))]
for x, law in (("chd", m.Weibull("k_chd", "t_chd_off")), ("strk", m.Exponential("r_strk_off"))):
    lived, fatal = m.Branch("lived", f"p_lived_{x}", {x: "yes"}), m.Branch("fatal", f"death_{x}_m_prop", DEAD)
    both = BY[x], m.ByLevel("db", {"yes": f"hr_{x}_db"})
    EVENTS += [m.Event(x, m.When({x: "no"}), law, branches=(lived, fatal), clock="start", by=both)]
# How often: what begins with a medicine, and what is paid for or lost each time.
COUNTED = {"side_ami": ["starts"], "side_ola": ["relapse_ami.next"], "agc": ["relapse_ola.agc"]}
COUNTED |= {"side_clo": ["relapse_ola.next", "relapse_ola.agc"], "relapse": [f"relapse_{d}" for d in DRUGS]}
COUNTED |= {"vascular_death": ["chd.fatal", "strk.fatal"], "other_death": ["dies", "relapse_ola.fatal"]}
# Costs by what they are counted on, then QALYs.
PRICES: dict[str, m.Basis] = {f"c_{x}": m.EventCount(x) for x in ("td", *COUNTED)}
PRICES |= {f"cost_y_{x}": m.StateTime(m.When({of: x})) for of in ("drug", "phase") for x in LEVELS[of][:3]}
for x, *years in (("chd", 0.0, 1.0, 2.0, 3.0, inf), ("strk", 0.0, 1.0, 2.0, 3.0, inf), ("db", 0.0, 10.0, inf)):
    PRICES |= {f"c_{x}_{a:.0f}": m.StayBand(m.When({x: "yes"}), a, b) for a, b in pairwise(years)}
WORTH = [m.Utility(m.When(phase=x), f"qol_{x}") for x in LEVELS["phase"]]
WORTH += [m.Utility(m.When({x: "yes"}), f"qol_md_{x}", "gain") for x in BY]
WORTH += [m.Utility(m.When(), f"u_{x}", "event", x) for x in ("side_ami", "side_ola", "side_clo", "agc")]
# All of it together; under the second strategy what is of olanzapine is of risperidone.
DOMAINS = tuple(m.Domain(x, levels, x, ("dead",) if x == "life" else ()) for x, levels in LEVELS.items())
START, AGE = {x: levels[0] for x, levels in LEVELS.items()}, m.Characteristic("age", m.Numeric("normal", 25.0, 0.0))
GROUPS = tuple(m.Group(x, (*members,)) for x, members in COUNTED.items())
PATHWAY = m.Pathway("schizophrenia", DOMAINS, tuple(EVENTS), START, GROUPS, characteristics=(AGE,))
GIVEN = ("hr_relapse", "r_stop", "hr_td", "hr_db", "hr_chd", "hr_strk", "cost_y", "c_side", "u_side")
RIS2 = m.Strategy("ris2", "Risperidone, not olanzapine", given={f"{x}_ola": f"{x}_ris2" for x in GIVEN})
OLA = m.Strategy("ola", "Amisulpride, olanzapine, clozapine")
BASE, NAME = m.Setting("base", "A man of 25, for ten years", horizon=10.0), "Antipsychotics in schizophrenia"
COSTS = tuple(m.CostItem(x, x, "nhs", basis, x) for x, basis in PRICES.items())
PROBLEM = m.DecisionProblem("schizophrenia", NAME, PATHWAY, (OLA, RIS2), (BASE,), costs=COSTS, utilities=tuple(WORTH))
