"""What a model is held against: published trials, claims, sanity tables, the reference simulator."""
