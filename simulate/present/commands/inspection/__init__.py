"""Commands that look at models, files and the installation; no analysis, nothing written."""
