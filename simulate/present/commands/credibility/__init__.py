"""Commands that ask whether a model is to be believed: what it could be otherwise, and what it is held against."""
