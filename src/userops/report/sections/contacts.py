"""Contacts: what lists have brought so far, how they went, and who calls."""

from __future__ import annotations

from dataclasses import replace

from userops.report.material import Material
from userops.report.parts import Section, rows
from userops.report.sections import plain
from userops.report.sections.week import buyers_of_100
from userops.stats.means import FEWEST_BUYERS

_TABLES = ("effect", "outcomes", "weeks", "agents")


def section(material: Material) -> Section:
    """The tables, and what all lists brought in a sentence."""
    shown = plain.section("contacts", "contacts", _TABLES, material)
    return shown if shown.missing else replace(shown, prose=tuple(_prose(material)))


def _prose(material: Material) -> list[str]:
    table = material.tables.get("contacts.effect")
    row = next((row for row in rows(table) if row["reason"] == "all"), None) if table else None
    if row is None or row["revenue_difference"] is None:
        return []
    if row["fewest_buyers"] < FEWEST_BUYERS:
        return [buyers_of_100(material, row, "lists brought buyers", "lists unclear buyers")]
    value, low, high = (
        material.money(row[name]) for name in ("revenue_difference", "revenue_low", "revenue_high")
    )
    is_told = row["revenue_low"] > 0 or row["revenue_high"] < 0
    key = "lists brought" if is_told else "lists unclear"
    facts = {"listed": row["listed"], "held": row["held_back"]}
    return [material.say(key, value=value, low=low, high=high, **facts)]
