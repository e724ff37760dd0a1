"""Exports damaged at random: whatever comes of them, it's no fault, no wrong number and no lost row."""
