"""What a reader may move in the page itself, said before the controls."""

from __future__ import annotations

from simulate.present.report.parts.blocks import Block, Line, Section
from simulate.present.report.parts.material import Material
from simulate.present.report.parts.setting import LIVE

TITLE = "Move it yourself"


def of_table(draws: int) -> Section:
    """The same of a finished table, of which only the willingness to pay can be moved."""
    words = f"Move the willingness to pay: the figures follow at once, from the {draws:,} draws that this page carries."
    return Section(LIVE, TITLE, (Line(words),))


def revaluation(m: Material) -> Section:
    """What follows when something is moved, and what does not; the page's program puts controls and figures below."""
    lines: list[Block] = [
        Line(
            "Move a price, the perspective, the effect or the willingness to pay: the figures below follow at once,"
            f" from the {m.summary['draws']:,} draws that this page carries. Nothing is simulated, and nothing leaves"
            " this page."
        ),
        Line(
            "Probabilities, expected loss and EVPI here are raw: shares and means of the draws as they are, as in the"
            " columns probability_ of ceac.csv and value of evpi.csv. Where people are simulated, chance between them"
            " is left in; what it comes to without stands under The decision, for the run as it was."
        ),
        Line(
            "A price that is moved stands at one value in every draw, as --set puts it; all others keep what was drawn."
        ),
    ]
    if m.result.lacking.found:
        lines.append(Line("Monte Carlo errors hold what nobody met, too: that stands as it is at the prices drawn."))
    return Section(LIVE, TITLE, tuple(lines))
