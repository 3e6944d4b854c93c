"""A result taken apart, for who puts it together again elsewhere."""
