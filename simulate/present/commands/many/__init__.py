"""Commands for many analyses at once, and for one on many machines."""
