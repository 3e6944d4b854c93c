"""The machine that simulates people: random numbers, tables, kernel, its readable twin, driver and statistics."""
