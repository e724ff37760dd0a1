"""Points: what is owed, and what runs out soon."""

from __future__ import annotations

from dataclasses import replace

from userops.report.material import Material
from userops.report.parts import Section, rows
from userops.report.sections import plain

_TABLES = ("summary", "cohorts", "expiring")


def section(material: Material) -> Section:
    """The tables, and what points come to in a sentence."""
    shown = plain.section("points", "points", _TABLES, material)
    if shown.missing:
        return shown
    return replace(shown, prose=tuple(_prose(material)), window=material.until)


def _prose(material: Material) -> list[str]:
    summary, expiring = (material.tables.get(f"points.{name}") for name in ("summary", "expiring"))
    told = []
    if summary is not None and summary.frame.height:
        row = rows(summary)[0]
        facts = {"users": row["users"], "points": row["outstanding"]}
        if row.get("liability_expected") is None:
            told.append(material.say("points owed", **facts))
        else:
            cost = material.money(row["liability_expected"])
            told.append(material.say("points owed cost", cost=cost, **facts))
    if expiring is not None and expiring.frame.height:
        last, points = expiring.frame["last_day"].max(), int(expiring.frame["points"].sum())
        told.append(material.say("points end", points=points, day=last))
    return told
