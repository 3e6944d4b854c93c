"""A cohort in cycles: expected values of a discrete-time Markov model, in place of simulated people."""
