"""From bytes to records: containers, encodings, separators, workbooks, JSON lines."""
