"""What else it could be: variants, other sizes, from where on it pays, and subgroups."""

from __future__ import annotations

from simulate.present.report.parts.blocks import Section, of_terminal, section
from simulate.present.report.parts.material import Material
from simulate.present.terminal import beside


def scenarios(m: Material) -> Section | None:
    """Variants on the same random numbers, results for other sizes, break-even values, and people told apart."""
    parts = (beside.variants, beside.scaled, beside.breakeven, beside.subgroups)
    return section("scenarios", "Scenarios", [b for part in parts for b in of_terminal(part(m.view))])
