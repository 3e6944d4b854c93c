"""Who reads which parameter: the simulation, the valuation, a setting, or nobody."""

from __future__ import annotations

from models.contract import DecisionProblem, Setting, parameter_names


def sampled_names(problem: DecisionProblem, setting: Setting) -> tuple[str, ...]:
    """Every parameter the problem needs under a setting, each once, engine first, solved ones left out."""
    solved = {t.unknown for t in setting.targets} | set(setting.given)
    parts = (
        problem.pathway,
        problem.strategies,
        problem.costs,
        problem.utilities,
        problem.effects,
        problem.scales,
        setting,
    )
    discounting = [q for q in (problem.discount_costs, problem.discount_effects) if isinstance(q, str)]
    names = dict.fromkeys([*(name for part in parts for name in parameter_names(part)), *discounting])
    return tuple(n for n in names if n not in solved)


def all_names(problem: DecisionProblem) -> tuple[str, ...]:
    """Every parameter the problem needs under some setting."""
    return tuple(dict.fromkeys(n for s in problem.settings for n in sampled_names(problem.under(s), s)))


def known_names(problem: DecisionProblem) -> set[str]:
    """Every parameter that some setting of the problem, or a variant of one, reads."""
    replacing = (n for s in problem.settings for v in s.variants for n in v.replace.values())
    return {*all_names(problem), *replacing}


def engine_names(problem: DecisionProblem) -> list[str]:
    """Every parameter the simulation itself needs (pathway and strategies), each once, in order of appearance."""
    return list(dict.fromkeys([*parameter_names(problem.pathway), *parameter_names(problem.strategies)]))


def simulated_names(problem: DecisionProblem, setting: Setting) -> set[str]:
    """Parameters that the simulation reads, or the targets it is solved from; the others only value it."""
    discount = [q for q in (problem.discount_costs, problem.discount_effects) if isinstance(q, str)]
    return {*parameter_names((problem.pathway, problem.strategies, setting)), *discount}
