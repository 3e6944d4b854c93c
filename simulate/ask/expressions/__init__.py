"""Expressions of records, put where a problem reads them."""
