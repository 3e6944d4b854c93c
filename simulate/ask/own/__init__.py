"""A model of one's own: a Python file that the user names, and the same as data, which is read and never run."""
