"""Which inputs an outcome hangs on."""
