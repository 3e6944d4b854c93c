"""A finished table of draws as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from parameters.units import number_of
from simulate.present.english.finished import money
from simulate.present.english.numbers import clean, number, percent, plural
from simulate.present.terminal.layout import drawn, plain_console

if TYPE_CHECKING:
    import pandas as pd

    from simulate.result.finished.evaluation import Evaluation
    from simulate.result.finished.psa_table import PsaTable

NOT_CORRECTED = (
    "No person was simulated here: if the draws hold chance between simulated people, it is not known and left in, and"
    " bends these probabilities and the value of information upwards. Standard errors take draws as independent."
)


def finished_lines(found: Evaluation) -> list[str]:
    """What was read, the ranking, increments, the frontier, and what it is worth to know more."""
    width = plain_console().width
    return [line if "\n" in line else textwrap.fill(clean(line), width) for line in _lines(found)]


def _lines(found: Evaluation) -> Iterator[str]:
    table = found.table
    for said in table.said:
        of_file = any(said.startswith(f"{file}: ") for file in table.files)
        yield f"Read {said}." if of_file else f"{said[:1].upper()}{said[1:]}."
    yield _terms(table)
    yield from (f"Warning: {warning}." for warning in table.warnings())
    yield drawn(ranking(table))
    yield drawn(differences(table))
    yield from frontier(table)
    yield from _learning(found)
    yield NOT_CORRECTED


def _terms(table: PsaTable) -> str:
    size = f"{number_of(len(table), 'draw')} of {len(table.strategies)} strategies, against {table.comparator}"
    terms = table.terms
    if table.of_benefit:
        return f"{size}; net benefit in {terms.currency} per person, at a price that was chosen before."
    better = "" if terms.effect.upper().startswith(("QALY", "LIFE")) else ", more being better,"
    nobody = ", which is nobody's price" if terms.assumed else ""
    return (
        f"{size}; costs in {terms.currency}, effects in {plural(terms.effect, 2)}{better} per person"
        f" (--currency, --effect); a single decision at {money(table, table.threshold)} per {terms.effect}{nobody}"
        " (--wtp)."
    )


def ranking(table: PsaTable) -> tuple[str, Sequence[str], list[list[str]]]:
    """Title, columns and cells of the strategies by net benefit."""
    rows = [
        [
            f"{row['rank']}. {row['strategy']}",
            *([] if table.of_benefit else [money(table, row["cost"]), number(row["effect"], 5)]),
            _with_interval(table, row, "net_benefit"),
            percent(row["p_best"]),
            money(table, row["expected_loss"]),
            *([] if table.of_benefit else [row["status"]]),
        ]
        for row in table.ranking_table().rows()
    ]
    middle = ["net benefit, 95% interval", "is best", "expected loss"]
    if table.of_benefit:
        return "By net benefit", ["strategy", *middle], rows
    at = f"By net benefit at {money(table, table.threshold)} per {table.terms.effect}"
    return at, ["strategy", "cost", "effect", *middle, "place"], rows


def differences(table: PsaTable) -> tuple[str, Sequence[str], list[list[str]]]:
    """The same of each strategy against the comparator."""
    rows, places = [], {r["strategy"]: r["status"] for r in table.ranking_table().rows() if not table.of_benefit}
    for row in table.differences_table().rows():
        told = [str(row["strategy"])]
        if not table.of_benefit:
            effect = f"{number(row['effect'])}\n({number(row['effect_low'])} to {number(row['effect_high'])})"
            icer = "" if row["icer"] != row["icer"] else money(table, row["icer"])
            if icer and "dominated" in places[row["strategy"]]:
                icer += f"\nbut {places[row['strategy']]}"  # by others than the comparator: nobody pays by this ratio
            told += [_with_interval(table, row, "cost"), effect, icer, row["verdict"]]
        rows.append([*told, _with_interval(table, row, "net_benefit")])
    words = [] if table.of_benefit else ["cost", "effect", "ICER", "verdict"]
    title = f"Each against {table.comparator}: mean difference, 95% interval over draws"
    return title, ["strategy", *words, "net benefit"], rows


def _with_interval(table: PsaTable, row: dict[str, Any], name: str) -> str:
    low, high = (money(table, row[f"{name}_{end}"]) for end in ("low", "high"))
    return f"{money(table, row[name])}\n({low} to {high})"


def frontier(table: PsaTable) -> Iterator[str]:
    """Which strategy is best from which price on."""
    if table.of_benefit:
        return
    rows = [row for row in table.incremental_table.rows() if row["status"] in ("reference", "on frontier")]
    steps = [
        row["strategy"] + ("" if row["icer"] != row["icer"] else f" (from {money(table, row['icer'])})") for row in rows
    ]
    yield f"Best by willingness to pay for a {table.terms.effect}: {', then '.join(steps)}."
    beyond = [s for s in table.switches() if s.threshold > table.thresholds.max()]
    if beyond:
        yield f"The thresholds end below {len(beyond)} of these; for curves that reach them: --wtp-grid."


def _learning(found: Evaluation) -> Iterator[str]:
    from simulate.result.finished.evaluation import study_words, worth_showing

    table = found.table
    value, error = (table.evpi([table.threshold])[name].iloc[0] for name in ("value", "mcse"))
    yield f"Knowing everything (EVPI) is worth {money(table, value)} per person, standard error {money(table, error)}."
    if found.parameters is None:
        yield "No value of learning parameters: the table holds none, or too few draws."
        return
    rows = [
        [str(row["group"]), money(table, row["evppi"]), money(table, row["se"]), str(row["method"])]
        for row in worth_showing(found.parameters).to_dict("records")
    ]
    yield drawn(("Worth of learning exactly (EVPPI), per person", ["parameters", "value", "error", "method"], rows))
    yield from left_out(found.parameters)
    if found.samples is not None and found.study is not None:
        sizes = [
            [f"{row['n']:,}", money(table, row["evsi"]), money(table, row["se"])]
            for row in found.samples.to_dict("records")
        ]
        title = f"Worth of a study (EVSI), per person: it {study_words(found.study)}"
        yield drawn((title, ["people an arm", "value", "error"], sizes))


def left_out(parameters: pd.DataFrame) -> Iterator[str]:
    """That parameters were not fitted, and how they would be."""
    left = int(parameters["evppi"].isna().sum())
    if left:
        were = "was" if left == 1 else "were"
        yield (
            f"{number_of(left, 'parameter')} {were} not fitted: by a quick look others explain more of net benefit;"
            " name them in a group to have them fitted. The greatest of so many values is partly luck."
        )
