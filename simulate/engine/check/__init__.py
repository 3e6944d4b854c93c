"""What the kernel is held against: the readable reference simulator, the twin, the fingerprint."""
