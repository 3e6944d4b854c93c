"""What no simulated person met, or hardly any: never seen is not zero."""
