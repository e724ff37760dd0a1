"""Members: who rose, who fell, and whose level ends soon."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from userops.core.dates import to_date
from userops.report.material import Material
from userops.report.parts import Section
from userops.report.sections import plain

_TABLES = ("levels", "movements", "expiring")


def section(material: Material) -> Section:
    """The tables, and what became of the levels in a sentence."""
    shown = plain.section("members", "members", _TABLES, material)
    if shown.missing:
        return shown
    return replace(shown, prose=tuple(_prose(material)), window=material.until)


def _prose(material: Material) -> list[str]:
    moved, falling = (material.tables.get(f"members.{name}") for name in ("movements", "expiring"))
    told = []
    if moved is not None and moved.frame.height and material.since is not None:
        counts = dict(moved.frame.group_by("movement").agg(pl.col("users").sum()).iter_rows())
        up, down = counts.get("up", 0), counts.get("down", 0)
        told.append(material.say("levels moved", up=up, down=down, day=to_date(material.since)))
    if falling is not None and falling.frame.height:
        told.append(material.say("levels end", users=falling.frame.height))
    return told
