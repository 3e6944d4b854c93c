"""The mathematics of distributions: their quantiles, and how they are found from what was published."""
