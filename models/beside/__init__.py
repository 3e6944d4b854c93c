"""What a problem could be otherwise, run beside it."""
