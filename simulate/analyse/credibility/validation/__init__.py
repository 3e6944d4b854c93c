"""Published results that the model never saw, held against what trials of their size would find if it were true."""
