"""Coefficients that were estimated together, as a regression gives them: means, and how their errors go together."""
