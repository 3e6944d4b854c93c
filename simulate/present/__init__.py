"""What people see: tables, figures, reports and the command line."""
