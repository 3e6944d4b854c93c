"""What is handed to a reviewer: a run's folder, what it was made with, a second reckoning, and what to look for."""
