"""HIV: zidovudine alone, or with lamivudine for two years.

A Markov model in yearly cycles, as printed: transitions counted in a year, a risk ratio on each, time counted at the
end of each cycle.
"""

import models as m

SOURCE = (
    "Chancellor JV et al. PharmacoEconomics 1997;12:54-66, as in Briggs A, Claxton K, Sculpher M."
    " Decision Modelling for Health Economic Evaluation. OUP 2006, example 2.5 and its workbook, as told in the"
    " tests of the R package heemod"
)
PUBLISHED = {
    "mono": {"cost": "44663.4535637", "effect": "7.9912066"},
    "both": {"cost": "50601.6513312", "effect": "8.9373889"},
}

COUNTS = {"a": (1251, 350, 116, 17), "b": (0, 731, 512, 15), "c": (0, 0, 1312, 437)}  # of transitions in a year
PRICES = {"a": 2756.0, "b": 3052.0, "c": 9007.0}  # care for a year
PATHWAY = m.markov(
    "hiv",
    {state: [n / sum(row) for n in row] for state, row in COUNTS.items()},
    m.Cycle(1.0, counted="end"),
    states=(*COUNTS, "dead"),
)
SLOWER = tuple(m.Effect(e.name, "risk", 0.509) for e in PATHWAY.events)
ALIVE = m.When(state=tuple(COUNTS))
PROBLEM = m.DecisionProblem(
    id="hiv",
    label="HIV: zidovudine, with or without lamivudine",
    pathway=PATHWAY,
    strategies=(
        m.Strategy("mono", "Zidovudine"),
        m.Strategy("both", "With lamivudine", (m.Component("lamivudine", "Lamivudine", SLOWER, end=2.0),)),
    ),
    settings=(m.Setting("base", "Everybody at CD4 200 to 500", horizon=20.0, effect="life_years"),),
    costs=(
        *(m.CostItem(f"care_{s}", "Care", "nhs", m.StateTime(m.When(state=s)), p) for s, p in PRICES.items()),
        m.CostItem("zidovudine", "Zidovudine", "nhs", m.StateTime(ALIVE), 2278.0),
        m.CostItem("lamivudine", "Lamivudine", "nhs", m.ComponentTime("lamivudine"), 2086.5),
    ),
    effects=(m.EffectMeasure("life_years", "Life-years", "life-year", years=ALIVE, beyond_cost="It is life."),),
    money=m.Money("GBP", "1995/96", m.PriceLevels((("1995/96", 1.0),), "one year")),  # of a year that is not told
    discount_costs=0.06,
    discount_effects=0.0,
)
