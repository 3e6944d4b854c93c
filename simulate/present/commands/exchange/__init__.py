"""Commands that take in what other programs made, or hand ours on to them."""
