"""What is shown of whether a model is to be believed."""
