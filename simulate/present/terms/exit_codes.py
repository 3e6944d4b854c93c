"""What a command's exit code says."""

DONE = 0
FAILED = 1  # a comparison or validation did not hold
BAD_INPUT = 2
NUMERICAL = 3
RESOURCES = 4  # input and output, memory, something not installed
INTERRUPTED = 130
