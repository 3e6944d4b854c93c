"""What hostile inputs are made of: values at every edge, and sound files with something in them changed."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import date, datetime
from datetime import time as dtime
from pathlib import Path
from typing import Any

import numpy as np

FORMS: dict[str, list[tuple[str, ...]]] = {
    "fixed": [("value",)],
    "beta": [("alpha", "beta"), ("mean", "se"), ("mean", "low", "high")],
    "gamma": [("shape", "scale"), ("mean", "se"), ("mean", "low", "high")],
    "normal": [("mean", "sd"), ("mean", "se"), ("mean", "low", "high")],
    "truncated_normal": [("mean", "sd", "min", "max"), ("mean", "se", "min"), ("mean", "low", "high", "max")],
    "lognormal": [("mu", "sigma"), ("mean", "se"), ("mean", "low", "high")],
    "uniform": [("min", "max"), ("mean", "se"), ("mean", "low", "high")],
    "triangular": [("min", "mode", "max"), ("mean", "se"), ("mean", "low", "high")],
    "pert": [("min", "mode", "max"), ("mean", "se"), ("mean", "low", "high")],
    "sample": [("values",), ("file", "column")],
    "dirichlet": [("counts",), ("mean", "se")],
    "multivariate_normal": [("mean", "covariance"), ("mean", "se", "correlation")],
}
NUMBERS = [0, 1, -1, 2, 0.5, 1e-9, 1e9, 1e49, 1e51, 1e300, 1e308, -1e308, 5e-324, 1e-300, 0.999999, 1.0000001, 2**63]
NUMBERS += [-0.0, 2.2250738585072014e-308, -5e-324, 1.7976931348623157e308, 10**399, 2**1023 - 1, 1e50]
WORDS = [
    "",
    " ",
    "x",
    "\x1b[31mred",
    "=1+1",
    "$x^2$",
    "<b>",
    "a" * 5000,
    "é",
    "\n",
    "nan",
    "../../x",
    "\u202e",
    "0",
    "%s",
    "\u2066x\u2069",
    "\u200b",
    "e\u0301" * 300,
    "\x00",
    "\ud800",
    "\u0663",
    "ａ",
    "𝟙",
    "CON",
    "a/b",
    "2023/24",
    "\u0662\u0660\u0662\u0663/\u0662\u0664",
    "2023/25",
    "9999/00",
]
DATES = [date(2024, 1, 1), datetime(2024, 1, 1, 12), dtime(12, 30)]


def value(rng: random.Random, depth: int = 0) -> Any:
    """A value of any type, numbers at the edges of what can be computed with among them."""
    pick = rng.randrange(12 if depth < 3 else 8)
    if pick < 4:
        return rng.choice(NUMBERS)
    if pick < 6:
        return rng.choice(WORDS)
    if pick == 6:
        return rng.choice([True, False, float("nan"), float("inf"), float("-inf"), *DATES])
    if pick == 7:
        return 10 ** rng.choice([30, 400, 4299, 5000]) if rng.random() < 0.3 else rng.uniform(-10, 10)
    if pick < 10:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {
        rng.choice(["value", "mean", "se", "low", "x y", "a"]): value(rng, depth + 1) for _ in range(rng.randrange(3))
    }


def toml(x: Any) -> str:
    """A value as TOML."""
    if isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, int):
        return hex(x) if x >= 10**4000 else str(x)
    if isinstance(x, float):
        return repr(x)
    if isinstance(x, (date, dtime)):
        return x.isoformat()
    if isinstance(x, list):
        return "[" + ", ".join(map(toml, x)) + "]"
    if isinstance(x, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in x.items()) + " }"
    return json.dumps(str(x))


def damaged(rng: random.Random, content: bytes) -> bytes:
    """The same with bytes cut, flipped, doubled or put in."""
    at, other = sorted((rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)))
    return rng.choice(
        [
            content[:at],
            content[:at] + content[other:],
            content[:at] + content[at:other] * 3 + content[other:],
            content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :],
            b"\xef\xbb\xbf" + content,
            content.decode("utf-8", "replace").encode("utf-16"),
            content[:at] + b"[" * rng.choice([50, 2000, 100_000]) + content[at:],
            content[:at] + b"9" * rng.choice([400, 5000]) + content[at:],
            content.replace(b"\n", b"\r\n"),
            content.replace(b"\n", b"\r"),
            content[:at] + b"\0" + content[at:],
            content.decode("utf-8", "replace").encode(rng.choice(["utf-32", "utf-16-be", "utf-7", "cp037"]), "replace"),
            content[:at] + "é£\u202e\u200b".encode(rng.choice(["cp1252", "utf-8"]), "ignore") + content[at:],
            content + b"\n" + content,
            content[:at] + b" " * rng.choice([1_000, 100_000]) + content[at:],
            content[:at] + b".a" * rng.choice([50, 5_000]) + content[at:],
            content[:at] + b"{a=" * rng.choice([50, 5_000]) + content[at:],
        ]
    )


def changed_json(rng: random.Random, found: Any) -> Any:
    """The same with one value somewhere inside changed."""
    if isinstance(found, dict) and found and rng.random() < 0.9:
        key = rng.choice(list(found))
        return {**found, key: changed_json(rng, found[key])}
    if isinstance(found, list) and found and rng.random() < 0.7:
        k = rng.randrange(len(found))
        return [*found[:k], changed_json(rng, found[k]), *found[k + 1 :]]
    return value(rng)


def as_json(x: Any) -> str:
    """As JSON; a number of thousands of digits as such."""
    if isinstance(x, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {as_json(v)}" for k, v in x.items()) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(map(as_json, x)) + "]"
    if isinstance(x, int) and not isinstance(x, bool) and x >= 10**4000:
        return "1" + "0" * 5000
    return json.dumps(x, default=str)


def changed_archive(rng: random.Random, path: Path) -> None:
    """An archive of arrays with one of them of another shape, type or size."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(members))
    content = io.BytesIO()
    shape = rng.choice([(), (0,), (10**9, 10**6), (2**40,), (3, 3), (10**30,)])
    kind = rng.choice(["<f8", "<U9", "|O", "<i8", "|b1", ">f8"])
    header = {"descr": kind, "fortran_order": rng.random() < 0.2, "shape": shape}
    np.lib.format.write_array_header_1_0(content, header)
    new = rng.choice([content.getvalue() + b"\0" * 72, damaged(rng, members[name]), b"", None])
    if rng.random() < 0.2:
        content = io.BytesIO()
        np.save(content, np.full((16, 2), rng.choice([np.nan, np.inf, 1e308, -1.0])))
        new = content.getvalue()
    members = {n: c for n, c in members.items() if n != name or new is not None}
    packing = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(path, "w", packing) as archive:
        for n, c in members.items():
            archive.writestr(n, new if n == name and new is not None else c)
