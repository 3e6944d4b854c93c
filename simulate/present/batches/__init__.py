"""Many analyses at work: where each answer goes, and what becomes of each."""
