"""``recovery-cea parameters``: the records of a problem as an Excel workbook, which ``--parameters`` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulate.present.commands import flags

What = Annotated[str, typer.Argument(metavar="export", help="What is done: `export` writes them to a new workbook.")]
Book = Annotated[Path, typer.Argument(metavar="BOOK.xlsx", help="A file that is not there yet.")]

EXAMPLES = ("parameters export joint_crisis_plan book.xlsx",)


def parameters_command(what: What, problem: flags.Problem, book: Book) -> None:
    """Every number of a problem in a workbook: change some there, and run with `--parameters BOOK.xlsx`."""
    from models.contract import ModelError, check_one_of
    from parameters.mistakes import why
    from simulate.ask.case import whole
    from simulate.ask.reads import known_names
    from simulate.present.folder.room import write_new
    from simulate.present.workbook.parameters import book_of

    check_one_of(what, ["export"], "parameters")
    if book.suffix.lower() != ".xlsx":
        raise ModelError(f"{book}: allowed: a name that ends in .xlsx")
    found, records = whole(flags.model_of(problem))
    names = [n for n in known_names(found) if n in records]
    content = book_of(records, names)
    try:
        write_new({book: content})
    except FileExistsError as fault:
        raise ModelError(f"{book}: is there already; allowed: a new file") from fault
    except OSError as fault:
        raise OSError(f"{book}: cannot be written: {why(fault)}") from fault
    typer.echo(f"Written: {book}, {len(names)} parameters of {found.id}.")
    typer.echo(f"Next, once some are changed: recovery-cea run {problem} --parameters {book}")
