"""What a run found, and what explains it; nothing here simulates."""
