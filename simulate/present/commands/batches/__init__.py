"""Commands for many runs, or for one on many machines."""
