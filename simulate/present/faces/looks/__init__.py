"""What is shown of looks at a model or at two folders: nothing is simulated for an answer, and nothing written."""
