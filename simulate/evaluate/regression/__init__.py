"""Smoothers and regressions, one a file."""
