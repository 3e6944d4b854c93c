"""Setting priorities: among programmes under a budget, and among groups of people."""
