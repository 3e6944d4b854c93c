"""What is shown of tables that other programs made."""
