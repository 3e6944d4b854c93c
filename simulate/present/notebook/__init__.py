"""What Python shows: figures that take axes, tables of a notebook, and files."""
