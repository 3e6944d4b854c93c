"""What is raised of a distribution that cannot be."""

from __future__ import annotations


class DistributionError(ValueError):
    """A distribution that cannot be: each of its `faults` says what is wrong and what is allowed."""

    def __init__(self, *faults: str):
        self.faults = faults
        super().__init__("; ".join(faults))
