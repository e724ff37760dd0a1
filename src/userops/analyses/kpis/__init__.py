"""Headline measures, goals, and what a change of revenue comes from."""
