"""What it is worth to learn more: some of the parameters, or a study's data."""
