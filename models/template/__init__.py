"""The model that ``recovery-cea init`` writes for a beginning: a file of declarations, and its numbers beside it."""
