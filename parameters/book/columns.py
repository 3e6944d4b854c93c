"""The sheets and columns of a workbook of records: what is written has them, and what is read may."""

from __future__ import annotations

RECORDS, TABLES, SOURCES = "Parameters", "Tables", "Sources"  # sheets; the last two where there is something in them
# Arguments of distributions, each a column; `value` is that of `fixed`, or of a record that has no distribution.
ARGUMENTS = (
    "mean", "se", "sd", "low", "high", "min", "mode", "max", "alpha", "beta", "shape", "scale", "mu", "sigma", "p",
)  # fmt: skip
INTERVAL = ("interval_low", "interval_high")  # as published
NUMBERS = (*ARGUMENTS, *INTERVAL)
TRUTHS = ("price_year_assumed", "error_assumed", "measured")
TEXTS = ("label", "unit", "price_year", "source", "status", "kind", "anchor", "among", "note")
COLUMNS = (
    "id", "label", "unit", "price_year", "value", "distribution", *ARGUMENTS, "together", *INTERVAL, "source", "status",
    "price_year_assumed", "error_assumed", "measured", "kind", "anchor", "among", "note",
)  # fmt: skip
# Of a record: shares (`counts`, or `mean`) of a dirichlet, `mean` and `covariance` of a multivariate_normal, `values`
# of a sample. `of` and `with` are names of shares and coefficients.
TABLE_COLUMNS = ("id", "part", "of", "with", "value")
SOURCE_COLUMNS = (
    "id", "authors", "year", "title", "journal", "design", "supports", "doi", "n", "url", "trial", "pools",
    "countries", "calibrated_to",
)  # fmt: skip
SOURCE_LISTS = ("pools", "countries", "calibrated_to")  # those that hold several, parted by commas in a cell
