"""From files to canonical rows: the only part that knows where a row came from."""
