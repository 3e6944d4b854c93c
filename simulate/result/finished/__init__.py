"""A finished table of draws, made elsewhere: read from a file, and asked what needs no people."""
