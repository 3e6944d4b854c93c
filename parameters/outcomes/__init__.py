"""What was published of outcomes: how sure the figures are, by the people they are of."""
