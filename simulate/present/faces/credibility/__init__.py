"""What is shown of how far a model is to be believed."""
