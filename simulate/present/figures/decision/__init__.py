"""Figures a decision is read from: value, uncertainty, budgets, equity."""
