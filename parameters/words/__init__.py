"""What is said of input that cannot be used: the lowest room of all, which every other one speaks from."""
