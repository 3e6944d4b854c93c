"""``recovery-cea guide``: the pages that stand beside the code they describe, on the terminal."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from simulate.process.guard import HOME

FIRST = (
    "tutorial",
    "howto",
    "models",
    "parameters",
    "analyse",
    "result",
    "running",
)  # in the order in which they are wanted
COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)

EXAMPLES = (
    "guide",
    "guide models",
)


def guide_command(
    page: Annotated[str | None, typer.Argument(metavar="[PAGE]", help="Print this page. [default: list them]")] = None,
) -> None:
    """The pages of the manual: their names, or one of them."""
    known = pages()
    if page is None:
        width = max(map(len, known))
        typer.echo("".join(f"{name:{width}}  {title(text)}\n" for name, text in known.items()), nl=False)
        return
    from models.contract import check_one_of

    check_one_of(page, known, "guide")
    typer.echo(COMMENT.sub("", known[page]).rstrip())


def pages() -> dict[str, str]:
    """The text of every page of the three packages by name, which is its folder's; Markdown."""
    found = {}
    for top in ("models", "parameters", "simulate"):
        for path in sorted((HOME / top).rglob("README.md")):
            found[path.parent.name] = path.read_text(encoding="utf-8")
    return {name: found[name] for name in sorted(found, key=lambda n: (_place(n), n))}


def title(text: str) -> str:
    """What a page is about: its heading."""
    return text.split("\n", 1)[0].removeprefix("# ")


def _place(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)
