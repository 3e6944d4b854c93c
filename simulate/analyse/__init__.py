"""Analyses that simulate again."""
