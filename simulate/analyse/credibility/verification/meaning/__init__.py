"""What a model means, and what happens in it."""
