"""What sections of a report are made of."""
