"""Commands that ask whether a model is to be believed."""
