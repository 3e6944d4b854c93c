"""Hostile tables of draws: sound ones with cells, names, marks, separators, encodings and bytes changed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from scripts.verify.hostile_kinds import CELLS, Escaped
from scripts.verify.hostile_values import NUMBERS, damaged

SEPARATORS = [",", ",", ";", ";", "\t", "|", " ", ":", "", ",;"]
ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"]
COSTS = ["cost_", "costs_", "c_", "Cost ", "COST.", "cost", "_cost", "", "nb_", "c.c_"]
EFFECTS = ["effect_", "qaly_", "e_", "Effect ", "EFFECT.", "effects", "_effect", "", "nb_"]
NAMES = ["A", "B", "usual care", "ü", "1", "2", "A", "cost_A", "é\u202e", "\x1b[0m", "=1+2", "x" * 300, ""]
OTHERS = ["draw", "", "index", "p", "u", "c_p", "e_p", "cost_", "strategy", "sample", "everything", "p", "ICER", "ly_A"]
MARKS = [".", ".", ",", ",", "'"]
TEXTS = [
    "NA",
    "1.234",
    "1,234",
    "1.234,5",
    "1,234.5",
    "1 234",
    "1_0",
    "£5",
    "5%",
    "1e400",
    "-",
    "0x1",
    "1e-320",
    "TRUE",
]


@dataclass(frozen=True)
class Asked:
    """Files, and what is said of them."""

    files: list[Path]
    words: dict[str, Any]


def _number(rng: random.Random, mark: str) -> str:
    found = rng.choice([rng.random(), rng.uniform(-1e4, 1e4), 10 ** rng.uniform(-40, 40), rng.choice([0.0, 1.0, 0.1])])
    return f"{found:.{rng.choice([0, 2, 3, 6])}f}".replace(".", mark) if abs(found) < 1e15 else repr(found)


def _cell(rng: random.Random, mark: str, wild: float) -> str:
    if rng.random() >= wild:
        return _number(rng, mark)
    return rng.choice([rng.choice(CELLS), rng.choice(TEXTS), str(rng.choice(NUMBERS))])


def _header(rng: random.Random) -> list[str]:
    costs, effects = (rng.choice(kind) if rng.random() < 0.5 else kind[0] for kind in (COSTS, EFFECTS))
    names = rng.sample(NAMES, rng.randrange(0, 4)) if rng.random() < 0.5 else ["A", "B", "C"][: rng.randrange(2, 4)]

    def joined(word: str, name: str) -> str:
        return f"{name}{word}" if word.startswith("_") else f"{word}{name}"

    found = [joined(costs, n) for n in names] + [joined(effects, n) for n in names]
    found += rng.sample(OTHERS, rng.randrange(0, 4)) if rng.random() < 0.6 else ["p", "q"]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        if found:
            found[rng.randrange(len(found))] = rng.choice([*NAMES, *found])
    return found


def _long(rng: random.Random, mark: str, wild: float) -> list[list[str]]:
    rows = [["draw", "strategy", rng.choice(["cost", "costs"]), rng.choice(["qaly", "effect"]), "p"]]
    for draw in range(rng.randrange(1, 15)):
        p = _number(rng, mark)
        rows += [[str(draw), s, _cell(rng, mark, wild), _cell(rng, mark, wild), p] for s in ("A", "B")]
    return rows if rng.random() < 0.7 else [*rows[: -rng.randrange(1, 3)], rows[-1]]


def _rows(rng: random.Random) -> list[list[str]]:
    mark, wild = rng.choice(MARKS), rng.choice([0.0, 0.0, 0.0, 0.02, 0.3])
    if rng.random() < 0.15:
        return _long(rng, mark, wild)
    header = _header(rng)
    draws, rows = rng.choice([0, 1, 2, 12, 60]), [header]
    fixed = {k: _number(rng, mark) for k in range(len(header)) if rng.random() < 0.1}
    for _ in range(draws):
        row = [fixed.get(k) or _cell(rng, mark, wild) for k in range(len(header))]
        if wild and rng.random() < 0.05:
            row = row[: rng.randrange(len(row) + 1)] + ["1"] * rng.randrange(3)
        rows.append(row)
    return rows


def _written(rng: random.Random, path: Path, rows: list[list[str]]) -> Path:
    separator, quoted = rng.choice(SEPARATORS), rng.random() < 0.2
    lines = [separator.join(f'"{cell}"' if quoted else cell for cell in row) for row in rows]
    text = rng.choice(["\n", "\r\n", "\n", "\r", "\n\n"]).join(lines)
    content = text.encode(rng.choice(ENCODINGS), "replace")
    if rng.random() < 0.1:
        content = rng.choice([b"PK\x03\x04", b"PAR1", b"sep=;\n", b"\xef\xbb\xbf", b"\x00"]) + content
    path.write_bytes(damaged(rng, content) if rng.random() < 0.15 else content)
    return path


def _nearly_sound(rng: random.Random, folder: Path) -> list[Path]:
    """Tables that can be read, of numbers at every edge: huge, tiny, all alike, moving together, few draws."""
    names = ["A", "B", "C", "ü d"][: rng.randrange(2, 5)]
    header = [f"{word}_{name}" for word in ("cost", "effect") for name in names]
    header += rng.sample(["p", "q", "r", "s", "t"], rng.randrange(0, 5))
    scale = [10 ** rng.uniform(-45, 45) if rng.random() < 0.3 else 10 ** rng.uniform(-3, 4) for _ in header]
    kinds = [rng.choice(["spread", "spread", "spread", "few", "same", "zero", "copy", "one"]) for _ in header]
    rows = [header]
    for draw in range(rng.choice([1, 2, 3, 9, 12, 20, 60])):
        row: list[float] = []
        for k, kind in enumerate(kinds):
            found = {"few": rng.choice([0.0, 1.0]), "same": 1.0, "zero": 0.0, "one": float(draw == 0)}.get(kind)
            made = rng.gauss(1, 1) if found is None else found
            row.append(-3 * row[k - 1] if kind == "copy" and k else scale[k] * made)
        rows.append([repr(x) for x in row])
    path = folder / "psa.csv"
    path.write_text("\n".join(",".join(cells) for cells in rows), encoding="utf-8")
    return [path]


def make_table(rng: random.Random, folder: Path) -> Asked:
    """One table, or several files of one, with words that may help."""
    words: dict[str, Any] = {}
    helping: dict[str, list[Any]] = {
        "separator": ["comma", ";", "x", ""],
        "decimal": ["point", "comma", "x"],
        "strategies": [["A", "B"], ["A"], []],
        "comparator": ["B", "x"],
        "ignore": [["p"], ["x"]],
        "sheet": ["costs"],
    }
    for name, choices in helping.items():
        if rng.random() < 0.08:
            words[name] = rng.choice(choices)
    if rng.random() < 0.25:
        return Asked(_nearly_sound(rng, folder), {"comparator": "B"} if rng.random() < 0.3 else {})
    stems = rng.choice(
        [["psa"]] * 12 + [["costs", "effects"], ["c", "e", "parameters"], ["one", "two"], ["e", "c_e"], []]
    )
    rows = _rows(rng)
    files = [_written(rng, folder / f"{stem}.csv", rows if rng.random() < 0.7 else _rows(rng)) for stem in stems]
    if files and rng.random() < 0.1:
        words[rng.choice(["costs", "effects", "parameters", "net_benefit"])] = rng.choice(files)
    return Asked(files, words)


def read_table(asked: Asked, folder: Path) -> None:
    """Read, and asked for everything that the command tells; every figure in it is finite or missing."""
    from simulate import read_psa
    from simulate.present.faces.exchange.evaluate import face
    from simulate.present.faces.exchange.worth import face as worth
    from simulate.result.finished.evaluation import evaluate
    from simulate.result.finished.learning import learn_of_table
    from simulate.result.plain import json_text
    from simulate.result.voi import Population

    with mock.patch("sys.stdout.isatty", return_value=False):
        table = read_psa(*asked.files, **asked.words)
        faces = [face(evaluate(table), "none"), worth(learn_of_table(table, population=Population(100.0, 5.0)), "none")]
        for shown in faces:
            json_text(shown.data)
        text = "\n".join(line for shown in faces for line in shown.lines())
    if "nan" in text.split() or "\x1b" in text:
        raise Escaped(f"told as {text[:300]!r}")
