"""One decision problem a file; ``models.catalogue`` finds them by name."""
