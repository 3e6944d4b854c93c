"""What runs on many machines, and many runs, show."""
