"""Customers, the timeline of their orders, sessions, spend by period, and the sorted keys below them."""
