"""Unknown engine parameters as a posterior: priors, what was published of each target, and draws of both together."""
