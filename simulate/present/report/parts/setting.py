"""Sections set as one page: styles and program inside, everything escaped, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulate.present.report.parts.blocks import Section

NEGATIVE = re.compile(r"((?<![\w-])-[^\s\w-]?[\d.,]*\d%?)")
PAGE_FILES = Path(__file__).resolve().parent.parent / "page_files"
STYLE, PROGRAMS = "report.css", ("valuation.js", "page.js")


LIVE = "live"  # the name of the section that the program fills
LIVE_FIGURES = (
    ("live-ceac", "Raw shares of draws in which each strategy is best; thick: of what is best on average"),
    ("live-plane", "Differences in cost and effect, a point a draw; circles: means; dashed: the willingness to pay"),
    ("live-loss", "Expected loss, raw; the least of them is the raw EVPI"),
)


def set_page(title: str, sections: Sequence[Section], data: Mapping[str, Any] | None = None) -> str:
    """The page as HTML. `data` is what its program works with; without any there is no program in the page."""
    style = _file(STYLE)
    programs = [_file(name) for name in PROGRAMS] if data is not None else []
    return (
        _environment()
        .get_template("report.html")
        .render(
            title=title,
            sections=sections,
            policy=policy([style], programs),
            style=Markup(style),  # ours, and without anything that would end it
            programs=[Markup(text) for text in programs],
            data=None if data is None else Markup(_data(data)),
            live_figures=LIVE_FIGURES,
            data_key=[] if data is None else [(f"s{k % 8}", label) for k, label in enumerate(data["labels"])],
        )
    )


def policy(styles: Sequence[str], programs: Sequence[str]) -> str:
    """What a browser may do with the page: show what is in it, by these styles and programs, and nothing else."""
    allowed = {
        "default-src": ["'none'"],
        "script-src": [_hash(text) for text in programs] or ["'none'"],
        "style-src": [_hash(text) for text in styles],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(words)}" for name, words in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(data: Mapping[str, Any]) -> str:
    """JSON in which nothing can end the element that holds it."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _file(name: str) -> str:
    text = (PAGE_FILES / name).read_text(encoding="utf-8")
    if "</" in text:
        raise ValueError(f"{name}: holds </, which would end the element that it stands in")
    return text


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGE_FILES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["unbroken"] = unbroken
    return made


def unbroken(text: str) -> Markup:
    """Words escaped, with no line broken behind the sign of a figure below nothing."""
    parts = NEGATIVE.split(text)
    kept = Markup('<span class="u">{}</span>')
    return Markup("").join(kept.format(part) if k % 2 else part for k, part in enumerate(parts))
