"""What is told beside results, in English."""
