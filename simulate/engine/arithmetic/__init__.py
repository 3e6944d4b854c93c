"""How numbers are made: compilation, random numbers, and quantiles to the last bit."""
