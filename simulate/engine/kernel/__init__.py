"""The compiled kernel: random numbers, layout, histories."""
