"""Segments and tiers by purchases and by use."""
