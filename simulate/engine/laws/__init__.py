"""Hazard families, tabulated hazards and quantiles."""
