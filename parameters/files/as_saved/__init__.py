"""Tables as files hold them: text, workbooks, Parquet; and the numbers in their cells."""
