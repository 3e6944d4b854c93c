"""From a question to a result."""
