"""Which strategy to choose, and how sure that is: net benefit, acceptability, the frontier."""
