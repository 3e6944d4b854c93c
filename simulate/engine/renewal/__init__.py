"""Expected statistics by renewal equations: nobody is drawn, so there is no Monte Carlo error of people."""
