"""Commands for many analyses at once."""
