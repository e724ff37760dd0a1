"""Stages of users' lives with the shop, and who moved."""
