"""Figures of how far the model may be believed."""
