"""Tables and lines of text, one face an analysis."""
