"""Engine parameters solved for, so that published targets come out."""
