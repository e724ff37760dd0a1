"""Definitions in Chinese, by name; the English ones are the docstrings of the code."""

DEFINITIONS: dict[str, str] = {}
