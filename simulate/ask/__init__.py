"""The question: a case, its options, the people of a file, and who reads which parameter."""
