"""How sure an average is: Monte Carlo errors, and person-level noise taken out of a decision."""
