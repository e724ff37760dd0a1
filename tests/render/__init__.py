"""Tests of userops.render."""
