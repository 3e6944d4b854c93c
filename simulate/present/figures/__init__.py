"""The figures, one module a kind: each turns a result into a drawing and the numbers behind it."""
