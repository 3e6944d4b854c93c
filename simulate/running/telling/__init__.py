"""What is told of a run while it runs."""
