"""The definition of anything by name, from the docstrings that the code itself is read by."""

from __future__ import annotations

from userops.words import Lang


def explain(name: str | None, lang: Lang) -> str:
    """What a metric, column, table, segment, tier or status means."""
    raise NotImplementedError
