"""The stable summary of a result: what the command line prints as JSON and every table is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from parameters.arrays import Floats
from parameters.joint import Sample
from parameters.money.model_money import usual
from parameters.units import DAYS_PER_YEAR, number_of
from simulate.ask.case import weight_of
from simulate.ask.changes import changes_of
from simulate.engine.renewal.chances import CLOSE
from simulate.evaluate.decision.acceptability import benefit_at
from simulate.evaluate.decision.table import Table
from simulate.evaluate.rare.lacking import unseen_rows
from simulate.evaluate.uncertainty.precision import mcse, mean_and_interval, number_or_none, weighted_mean
from simulate.evaluate.uncertainty.told import degrees_of, share_of_people
from simulate.result.breakeven import breakeven_rows
from simulate.result.judgement import blind_to, default_threshold, judged, tied
from simulate.result.per_person import cost_of_one, days, event_counts, ever, follows_people, occupancy
from simulate.result.plain import rows_of
from simulate.result.published import shown_row
from simulate.result.scales import scaled_rows
from simulate.result.valued import Valued

MOST_NAMED = 5  # parameters in a warning


def summary_of(result: Valued) -> dict[str, Any]:
    """Everything the command line prints as JSON; see the README for the fields."""
    from importlib.metadata import version

    return {
        "problem": result.case.problem.id,
        "setting": result.case.setting.name,
        "kind": result.case.problem.kind,
        "evidence": result.case.problem.evidence,
        "each": result.case.each,
        "perspective": result.options.perspective,
        "effect": result.options.effect,
        "draws": len(result.cost),
        "people": result.options.people,
        "seed": result.options.seed,
        "version": version("recovery-cea"),
        **_money_row(result),
        "exact": _exact_row(result),
        **({"occupancy": rows_of(occupancy(result))} if result.options.occupancy else {}),
        **({} if result.options.threshold is None else {"wtp": float(result.options.threshold)}),
        "changed": changes_of(result.case, result.options),
        "strategies": _strategy_rows(result),
        "incremental": incremental_rows(result),
        "withheld": result.withheld.row(),
        "ceac": _ceac_rows(result),
        "evpi": rows_of(result.evpi_table),
        "cost_of_one": cost_of_one(result),
        "assumed": result.assumed(),
        "calibrated": _calibrated_rows(result),
        "calibration_extended": result.calibration.unsolved(result.drawn),
        "shown": [shown_row(result, item) for item in result.case.setting.shown],
        "scaled": [row for scale in result.case.problem.scales for row in scaled_rows(result, scale)],
        "breakeven": [row for b in result.case.problem.breakevens for row in breakeven_rows(result, b)],
        "beside": _beside_rows(result),
        "noise": _noise_row(result),
        "mcse_degrees": _degrees(result),
        "unseen": unseen_rows(result.judged),
        "subgroups": _subgroup_rows(result),
    }


def _money_row(result: Valued) -> dict[str, Any]:
    """What money is in, where it is not what a model has that says nothing; and whose thresholds are nobody's."""
    money = result.case.money
    told = {} if money.name == usual().name else {"currency": money.currency, "price_year": money.price_year}
    return {**told, **({"thresholds_assumed": True} if result.assumes_thresholds else {})}


def subgroup_table(result: Valued) -> list[dict[str, Any]]:
    """The summary's subgroups as rows of a table, one a level and strategy."""
    return [row for found in _subgroup_rows(result) for row in _flat(found, result.strategies)]


def _exact_row(result: Valued) -> dict[str, float] | None:
    """Of expected values: by how much grid and kinds of people may move a time, a count or a share a person."""
    error = result.statistics.grid_error
    return None if error is None else {"grid_error": error, "wanted": CLOSE}


def _off(result: Valued, name: str, i: int, versus: int | None = None) -> dict[str, float]:
    """The numerical error of a mean cost or effect, or of its difference from another strategy's; none of people's."""

    def told(x: Valued) -> Floats:
        values: Floats = getattr(x, name)
        return values[:, i] if versus is None else values[:, i] - values[:, versus]

    error = result.numerical_error(told)
    return {} if error is None else {"numerical_error": error}


def _strategy_rows(result: Valued) -> list[dict[str, Any]]:
    counts, shares, spent = event_counts(result), ever(result), days(result)
    errors, lacking = _errors(result), result.lacking
    labels = {s.id: s.label for s in result.case.problem.strategies}
    return [
        {
            "id": s,
            "label": labels[s],
            "cost": described(result, result.values.cost[:, i], lacking.cost((s,))) | _off(result, "cost", i),
            "effect": described(result, result.values.effect[:, i], lacking.effect((s,))) | _off(result, "effect", i),
            "events": {name: float(v[:, i].mean()) for name, v in counts.items()},
            "ever": {name: float(v[:, i].mean()) for name, v in shares.items()},
            **{name: float(v[:, i].mean()) for name, v in spent.items()},
            "mcse": {name: _at(found, i) for name, found in errors.items()},
        }
        for i, s in enumerate(result.strategies)
    ]


def _errors(result: Valued) -> dict[str, dict[str, Floats] | Floats]:
    """MCSE of every mean count, share and number of days, by name, each [strategies]."""
    x, pathway = result.statistics, result.case.problem.pathway
    people = x.people[:, None]
    counts, shares = x.count[:, :, :, 0] / people, x.ever / people
    names = [e.name for e in pathway.events] + [g.name for g in pathway.groups]
    columns = {n: x.outcome_indices(pathway.resolve(n)) for n in names}
    states = {d.name: x.state_indices(d.when.holds) for d in result.case.problem.days}
    spent = {n: (x.time[:, :, :, 0][..., s] / people).sum(axis=-1) * DAYS_PER_YEAR for n, s in states.items()}
    return {
        "events": {n: _error(result, counts[..., c].sum(axis=-1)) for n, c in columns.items()},
        "ever": {n: _error(result, shares[..., i]) for i, n in enumerate(x.trackers)},
        **{n: _error(result, v) for n, v in spent.items()},
    }


def described(result: Valued, batches: Floats, unseen: float = 0.0) -> dict[str, float | None]:
    """Mean, 95% interval over draws and MCSE of per-person batch means [draws, batches].

    The MCSE holds the error from what was `unseen`, which batches cannot tell.
    """
    people = result.values.people
    error = float(np.hypot(mcse(batches, people, result.replicate), unseen))
    return {**mean_and_interval(weighted_mean(batches, people)), "mcse": number_or_none(error)}


def net_benefit_table(result: Valued, threshold: float | None) -> Table:
    """One row a strategy: mean net monetary benefit and its increment over the first strategy, money per person.

    Each with its 95% interval over draws and its MCSE, which holds the error from what nobody met.
    """
    at = default_threshold(result) if threshold is None else float(result.thresholds_of([threshold])[0])
    batches = benefit_at(at, result.values.cost, result.values.effect)
    first, rows = result.strategies[0], list[dict[str, Any]]()
    for i, s in enumerate(result.strategies):
        one = described(result, batches[:, i], _unseen(result, (s,), at))
        unseen = _unseen(result, (s, first), at) if i else 0.0
        against = _apart(result, float(i > 0), batches[:, i] - batches[:, 0], unseen)
        rows.append({"strategy": s, "threshold": at} | _named("nmb", one) | _named("incremental", against))
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def _unseen(result: Valued, strategies: tuple[str, ...], threshold: float) -> float:
    return float(np.hypot(result.lacking.cost(strategies), threshold * result.lacking.effect(strategies)))


def _named(name: str, found: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name if part == "mean" else f"{name}_{part}": value for part, value in found.items()}


def _apart(result: Valued, mean: float, batches: Floats, unseen: float = 0.0) -> dict[str, float | None]:
    """The same of increments, whose `mean` is exactly 0 where it is nothing but rounding."""
    found = described(result, batches, unseen)
    return found if mean else {**found, "mean": 0.0}


def _error(result: Valued, batches: Floats) -> Floats:
    """MCSE of the mean of batch means [draws, strategies, batches], [strategies]."""
    return np.asarray(mcse(batches, result.values.people, result.replicate))


def incremental_rows(result: Valued) -> list[dict[str, Any]]:
    """Every other strategy against the first; worked out once, since a variant's statistics are let go then."""
    if "increments" not in result.once:
        result.once["increments"] = _incremental_rows(result)
    return deepcopy(result.once["increments"])


def _incremental_rows(result: Valued) -> list[dict[str, Any]]:
    rows, lacking = [], result.lacking
    for found in judged(result):
        c, i = found.comparison, result.strategies.index(found.comparison.strategy)
        pair, chance = (c.strategy, c.versus), c.strategy in result.withheld.strategies
        d_cost = result.values.cost[:, i] - result.values.cost[:, 0]
        d_effect = result.values.effect[:, i] - result.values.effect[:, 0]
        rows.append(
            {
                "strategy": c.strategy,
                "versus": c.versus,
                "cost": _apart(result, c.mean_cost, d_cost, lacking.cost(pair)) | _off(result, "cost", i, 0),
                "effect": _apart(result, c.mean_effect, d_effect, lacking.effect(pair)) | _off(result, "effect", i, 0),
                "icer": found.icer,
                "verdict": found.verdict,
                "blind_to": blind_to(result),
                "p_cost_saving": None if chance else c.p_cost_saving,
                "told": {"cost": found.cost_told, "effect": found.effect_told},
                "by_people": {
                    "cost": share_of_people(d_cost, result.values.people),
                    "effect": share_of_people(d_effect, result.values.people),
                },
                "p_same_sign": {"cost": None, "effect": None}
                if chance
                else {"cost": found.p_cost, "effect": found.p_effect},
                "unseen": found.unseen,
            }
        )
    return rows


def _ceac_rows(result: Valued) -> list[dict[str, Any]]:
    rows = list(result.ceac_table.rows())
    ties = tied(result, [row["optimal"] for row in rows])
    return [
        {
            "threshold": float(row["threshold"]),
            "probability": {s: number_or_none(row[f"probability_{s}"]) for s in result.strategies},
            "corrected": {s: number_or_none(row[f"corrected_{s}"]) for s in result.strategies},
            "optimal": row["optimal"],
            "tied": others,
        }
        for row, others in zip(rows, ties, strict=True)
    ]


def _calibrated_rows(result: Valued) -> list[dict[str, Any]]:
    c = result.calibration
    return [
        {
            "parameter": t.unknown,
            "label": t.label,
            "unit": t.unit,
            "value": float(c.value[j]),
            "published": str(t.published),
            "target": float(c.published[j]),
            "achieved": float(c.achieved[j]),
            "map_error": number_or_none(c.error[j]),
            "map_error_share": number_or_none(c.share[j]),
            "map_is_coarse": bool(c.coarse[j]),
        }
        for j, t in enumerate(c.targets)
    ]


def _beside_rows(result: Valued) -> list[dict[str, Any]]:
    labels = {v.name: v.label for v in result.case.setting.variants}
    return [
        {
            "name": name,
            "label": labels[name],
            "weight": weight_of(result.case.setting.variant(name), result.case.parameters),
            "incremental": incremental_rows(other),
        }
        for name, other in result.variants.items()
    ]


def _subgroup_rows(result: Valued) -> list[dict[str, Any]]:
    """Cost, effect and increments by level; lists are empty where nobody is at a level in some draw."""
    rows: list[dict[str, Any]] = []
    for level in result.subgroup_levels:
        row: dict[str, Any] = {"characteristic": result.options.subgroup, "level": level}
        if level not in result.statistics.subgroups:
            rows.append({**row, "people": None, "strategies": [], "incremental": []})
            continue
        mine = result.subgroup(level)
        told = [
            {
                "id": s,
                "cost": described(mine, mine.values.cost[:, i]),
                "effect": described(mine, mine.values.effect[:, i]),
            }
            for i, s in enumerate(result.strategies)
        ]
        people = float(mine.statistics.people.sum())
        rows.append({**row, "people": people, "strategies": told, "incremental": incremental_rows(mine)})
    return rows


def _noise_row(result: Valued) -> dict[str, Any]:
    if not result.noise_is_known:
        return {}
    c = result.corrected
    turned = any(row["unseen"] for row in incremental_rows(result))
    return {
        "share_of_variance": number_or_none(float(np.max(c.noise_share))),
        "p_flip": None if turned else number_or_none(float(np.max(c.p_flip))),
        "method": c.method,
        "degrees": c.degrees,
        "warnings": [*c.warnings, *_rows_used_again(result)],
    }


def _rows_used_again(result: Valued) -> Iterator[str]:
    """Of samples with fewer rows than there are draws: which, and what that means."""
    draws, named = len(result.cost), dict[tuple[str, int], list[str]]()
    for name in result.drawn.names:
        record = result.case.parameters.get(name)
        if record is not None and isinstance(record.distribution, Sample):
            rows = len(record.distribution.values)
            if rows < draws:
                named.setdefault((record.distribution.together, rows), []).append(name)
    for (_, rows), names in named.items():
        told = ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
        yield (
            f"{told}: {number_of(draws, 'draw')} of {number_of(rows, 'row')} take each about {draws / rows:.2g} times;"
            f" what is known of them is known from {number_of(rows, 'row')}, and more draws add nothing to it"
        )


def _degrees(result: Valued) -> int | None:
    """Degrees of freedom of every MCSE; None where one draw was told of and nobody simulated."""
    if not follows_people(result) and len(result.cost) == 1:
        return None
    return degrees_of(len(result.cost), len(result.statistics.people), result.replicate)


def _at(found: dict[str, Floats] | Floats, i: int) -> dict[str, float | None] | float | None:
    """The figures of strategy `i`."""
    if isinstance(found, dict):
        return {name: number_or_none(float(v[i])) for name, v in found.items()}
    return number_or_none(float(found[i]))


def _flat(found: Mapping[str, Any], strategies: Sequence[str]) -> list[dict[str, Any]]:
    """One level of the summary's subgroups, a row a strategy."""
    told = {row["id"]: row for row in found["strategies"]}
    against = {row["strategy"]: row for row in found["incremental"]}
    rows = []
    for s in strategies:
        row = {"characteristic": found["characteristic"], "level": found["level"], "people": found["people"]}
        row["strategy"] = s
        for prefix, source in (("", told.get(s, {})), ("incremental_", against.get(s, {}))):
            for name in ("cost", "effect"):
                row |= {f"{prefix}{name}_{k}": source.get(name, {}).get(k) for k in ("mean", "low", "high", "mcse")}
        row |= {k: against.get(s, {}).get(k) for k in ("icer", "verdict", "p_cost_saving")}
        rows.append(row)
    return rows


__all__ = ["incremental_rows", "subgroup_table", "summary_of"]
