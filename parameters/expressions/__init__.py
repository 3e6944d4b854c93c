"""Expressions: a parameter as arithmetic on others, in a small language of our own, read and never run as code."""
