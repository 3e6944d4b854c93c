"""``recovery-cea evaluate``: the decision by a finished table of draws, made by any program; nothing is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.present.commands import flags
from simulate.present.terms.reading import grid, wrong_groups, wrong_sizes
from simulate.present.terms.reading import group as group_of

if TYPE_CHECKING:
    from simulate.result.finished.evaluation import Study
    from simulate.result.finished.psa_table import Terms

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FILE...", help="One table of draws, or one file each of costs, effects, parameters."),
]
Costs = Annotated[
    Path | None, typer.Option("--costs", metavar="FILE", help="This file holds costs, a strategy a column.")
]
Effects = Annotated[Path | None, typer.Option("--effects", metavar="FILE", help="This file holds effects.")]
Parameters = Annotated[Path | None, typer.Option("--parameters", metavar="FILE", help="This file holds parameters.")]
Benefit = Annotated[
    Path | None, typer.Option("--net-benefit", metavar="FILE", help="This file holds net benefit at one price.")
]
Strategies = Annotated[
    str | None, typer.Option(metavar="A,B", help="What has a cost and an effect; all other columns are parameters.")
]
Comparator = Annotated[
    str | None, typer.Option(metavar="NAME", help="What others are compared with. [default: the first]")
]
EffectUnit = Annotated[
    str,
    typer.Option("--effect", metavar="WORD", help="The unit of effect, more being better, such as 'DALY averted'."),
]
Currency = Annotated[
    str | None, typer.Option(metavar="NAME", help="A sign, a code or a word before money. [default: as the catalogue]")
]
Wtp = Annotated[
    float | None,
    typer.Option(
        metavar="MONEY",
        help="Willingness to pay a unit of effect, at which one decision is told. [default: 20000, of yen 2000000]",
    ),
]
WtpGrid = Annotated[
    str | None,
    typer.Option(
        metavar="LOW:HIGH:STEP",
        help="Willingness to pay of curves and tables; or A,B,C. [default: 50 steps of 1000, or so]",
    ),
]
Separator = Annotated[
    str | None, typer.Option(metavar="NAME", help="Between cells: comma, semicolon, tab, bar. [default: as seen]")
]
Decimal = Annotated[
    str | None, typer.Option(metavar="NAME", help="The mark of decimals: point, comma. [default: as seen]")
]
Sheet = Annotated[str | None, typer.Option(metavar="NAME", help="Of a workbook that has several.")]
Ignore = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="Leave it out; repeatable.")]
Group = Annotated[
    list[str] | None, typer.Option("--group", metavar="NAME=A,B", help="Parameters learnt together; repeatable.")
]
StudyOf = Annotated[
    str | None,
    typer.Option(metavar="shares:A,B|means:A,B,SD", help="Also the worth of a study of these two parameters."),
]
Sizes = Annotated[str | None, typer.Option(metavar="N,N,N", help="People an arm. [default: 25 to 1600]")]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Of the study's simulated data.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder. [default: runs/evaluate-FILE]")]

EXAMPLES = (
    "evaluate psa.csv",
    "evaluate --costs c.csv --effects e.csv --wtp 20000 --wtp-grid 0:50000:1000",
)


def evaluate_command(
    files: Files = None,
    costs: Costs = None,
    effects: Effects = None,
    parameters: Parameters = None,
    net_benefit: Benefit = None,
    strategies: Strategies = None,
    comparator: Comparator = None,
    effect: EffectUnit = "QALY",
    currency: Currency = None,
    wtp: Wtp = None,
    wtp_grid: WtpGrid = None,
    separator: Separator = None,
    decimal: Decimal = None,
    sheet: Sheet = None,
    ignore: Ignore = None,
    group: Group = None,
    study: StudyOf = None,
    sizes: Sizes = None,
    seed: Seed = 1,
    figures: flags.Figures = "main",
    out: Out = None,
    overwrite: flags.Overwrite = False,
    quiet: flags.Quiet = False,
    as_json: flags.SummaryAsJson = False,
) -> None:
    """A finished table of draws: which strategy, how sure, and what it is worth to know more."""
    from simulate.present.faces.exchange.evaluate import KIND, face
    from simulate.present.folder.output import claim
    from simulate.present.folder.place import place_for
    from simulate.present.terminal.progress import progress_bar
    from simulate.result.finished.evaluation import evaluate
    from simulate.result.finished.reading import read_psa

    wrong = _wrong(group or [], sizes, study, wtp)
    terms, declared = _checked(wrong, figures, (effect, currency, wtp_grid, wtp), study)
    kinds = {"costs": costs, "effects": effects, "parameters": parameters, "net_benefit": net_benefit}
    table = read_psa(
        *(files or []),
        **kinds,
        strategies=None if strategies is None else [name.strip() for name in strategies.split(",")],
        comparator=comparator,
        terms=terms,
        separator=separator,
        decimal=decimal,
        sheet=sheet,
        ignore=ignore or (),
    )
    flags.refuse(_no_price(table.of_benefit, {"--wtp": wtp, "--wtp-grid": wtp_grid}), "evaluate")
    first = next(file for file in [*(files or []), costs, net_benefit, effects] if file is not None)
    place = place_for(out, Path("runs") / f"evaluate-{first.stem}", overwrite)
    claim(place, KIND)
    with progress_bar(quiet=as_json, beside=place.folder) as tell:
        found = evaluate(table, groups=_groups(group), study=declared, sizes=_sizes(sizes), seed=seed, progress=tell)
    flags.deliver(face(found, flags.figures_of(figures)), place, as_json=as_json)


def _groups(texts: Sequence[str] | None) -> dict[str, list[str]] | None:
    return dict(group_of(text) for text in texts) if texts else None


def _sizes(text: str | None) -> Sequence[int]:
    from simulate.result.finished.evaluation import SIZES

    return SIZES if text is None else [int(n) for n in text.split(",")]


def _checked(
    wrong: Iterator[tuple[str, str]],
    figures: str,
    words: tuple[str, str | None, str | None, float | None],
    study: str | None,
) -> tuple[Terms, Study | None]:
    """The terms and the study asked for; what is wrong with any option is told at once."""
    from parameters.mistakes import Mistakes
    from simulate.result.finished.evaluation import study_of
    from simulate.result.finished.psa_table import Terms

    mistakes, terms, declared = Mistakes(), Terms(), None
    with mistakes.among():
        flags.figures_of(figures)
    with mistakes.among():
        flags.refuse(wrong, "evaluate")
    with mistakes.among():
        terms = _terms(*words)
    with mistakes.among():
        declared = None if study is None else study_of(study)
    mistakes.tell()
    return terms, declared


def _wrong(groups: Sequence[str], sizes: str | None, study: str | None, wtp: float | None) -> Iterator[tuple[str, str]]:
    from parameters.units import NOT_NEGATIVE

    yield from wrong_groups(groups, "--group")
    yield from wrong_sizes(sizes)
    if sizes is not None and study is None:
        yield "--sizes", "is of a study; give --study as well"
    if wtp is not None and (text := NOT_NEGATIVE.refusal(wtp)) is not None:
        yield "--wtp", text


def _no_price(of_benefit: bool, given: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Options of a willingness to pay, where a table holds net benefit at one already chosen."""
    for option, value in given.items():
        if of_benefit and value is not None:
            yield option, "the table holds net benefit at a price already chosen; leave it out"


def _terms(effect: str, currency: str | None, wtp_grid: str | None, wtp: float | None) -> Terms:
    """What costs and effects are told in; ``ModelError`` for words that are none, and thresholds that are none."""
    from models.contract import ModelError
    from parameters.money.currencies import USUAL, sign_of
    from parameters.units import NOT_NEGATIVE
    from simulate.present.english.numbers import clean
    from simulate.result.finished.psa_table import Terms

    word = USUAL if currency is None else currency
    for option, text in (("--effect", effect), ("--currency", word)):
        if not clean(text) or len(text) > 40:
            raise ModelError(f"{option}: {text[:40]!r}; allowed: a word or a few")
    price = wtp if wtp is None or NOT_NEGATIVE.refusal(wtp) is None else None  # what is none is told already
    return Terms.of(clean(effect), sign_of(clean(word)), grid(wtp_grid, "--wtp-grid") or None, price)
