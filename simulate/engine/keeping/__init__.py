"""What is kept between runs: files that verify, the words that name them, and the chunks of a simulation."""
