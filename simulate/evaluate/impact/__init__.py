"""What adopting a strategy does: to budgets, and to how health is shared out."""
