"""What checks stand on: the bench a model is tested on, models rewritten, and what a check says."""
