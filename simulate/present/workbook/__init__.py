"""A result as an Excel workbook whose answer is worked out by formulas, so that a price can be changed in it."""

NAME = "results.xlsx"
