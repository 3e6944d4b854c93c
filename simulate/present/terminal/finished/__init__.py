"""Tables that other programs made, as text."""
