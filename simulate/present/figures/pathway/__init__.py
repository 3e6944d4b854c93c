"""Figures of what happens to people."""
