"""The process the program runs in: whose packages are imported, and how it is ended."""
