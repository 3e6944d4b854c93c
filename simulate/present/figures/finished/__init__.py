"""Figures of a finished table of draws: no person noise is known, so none is taken out and no band is drawn of it."""
