"""The report: one self-contained page of what a run found, for people who were not there."""
