"""What presenting agrees on: what an analysis shows, and what an exit code says."""
