"""What is known of accounts, worked out a second time from what was printed; who printed it is in the bibliography."""

from __future__ import annotations

import numpy as np
import pytest

from parameters import PARAMETERS_DIR, load
from simulate.analyse.credibility.sanity import KNOWN

RECORDS = load([KNOWN])
WEEKS = 365.25 / 7
ON_DUTY = 0.3 * 20 * 24 * 365.25 / 7.5  # days of 7.5 hours
PRINTED = {  # the ends, from the printed figures
    "known_deaths_london": (1.95 * 0.0012, 4.17 * 0.0012),
    "known_hospital_before": (0.18, 0.52),
    "known_hospital_averted": ((1 - 0.737) * 519 / 4.4, (1 - 0.367) * 519 / 4.4),
    "known_support_year": (607 * WEEKS / 2, 607 * WEEKS * 1.5),
    "known_sick_days_ward": (ON_DUTY * 2 / 3 * 0.043 / 0.957, ON_DUTY * 0.056 / 0.944),
    "known_agency_day": (22.32 * 7.5, 28.80 * 7.5),
    "known_debt_advice": (201, 377),
    "known_return_debt_charity": (1, 3.60),
    "known_return_advice": (22.5 / 23.8, (22.5 + 13.4 + 19.5) / 23.8),
    "known_debt_avoidable": (0, 3.1e9 / 2.9e6),
    "known_month_on_benefit": (650, 650),
    "known_months_ill": (0, 12 * 0.46 / 2),
    "known_return_treatment": (2.3, 3.0),
    "known_loss_reducible": (0, 0.3 * 1035),
    "known_loss_reducible_2017": (0, 0.3 * 1300),
    "known_absence_day": (8.4e9 / 70e6, 8.4e9 / 70e6),
    "known_absence": (0, 4.3 * 15.8 / 137.3),
    "known_absence_and_presence": (0, 4.3 * 15.8 / 137.3 * (1 + 1.5)),
    "known_gain_home_care": (0, 0.2),
    "known_gain_community": (0.005, 0.054),
    "known_headroom": (0, (24 - 18.7) / 24),
    "known_difference_budgets": (-20 * WEEKS, 20 * WEEKS),
    "known_difference_community": (-2 * 512, 2 * 321),
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_ends_are_what_was_printed(name: str) -> None:
    ends = RECORDS[name].distribution.ppf(np.array([0.0, 1.0]))
    assert ends == pytest.approx(PRINTED[name], rel=2e-2 if name == "known_deaths_london" else 4e-3, abs=1e-9)


def test_who_printed_it_and_what_was_read_is_said() -> None:
    told = (PARAMETERS_DIR / "sources.toml").read_text(encoding="utf-8").split("\n[")
    for name in PRINTED:
        (entry,) = [t for t in told if t.startswith(f"{RECORDS[name].source}]")]
        assert "read" in entry, name
