"""Records in an Excel workbook, in place of a TOML file: which columns it has, and how it is read."""
