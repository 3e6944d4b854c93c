"""Two folders of results held against each other: file by file, and number by number within their errors."""

from __future__ import annotations

from simulate.analyse.comparison.verdict import Comparison, compare

__all__ = ["Comparison", "compare"]
