"""Plain English: numbers, glossary, models in words."""
