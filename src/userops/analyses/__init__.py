"""The analyses, a folder each."""
