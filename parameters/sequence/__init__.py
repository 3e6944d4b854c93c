"""The low-discrepancy sequence that parameters are drawn by."""
