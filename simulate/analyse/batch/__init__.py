"""Many named analyses from one file: read, checked, run so that what they share is simulated once, and told as one."""
