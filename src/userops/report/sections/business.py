"""The business: what users brought less what they cost, per head, and what the change comes from."""

from __future__ import annotations

from typing import Any

from userops.core.table import Table
from userops.report.material import Material
from userops.report.parts import Section, grid, rows
from userops.report.sections.headline import direction

_EFFECTS = ("users_effect", "value_effect", "traffic_effect", "delivery_effect")


def section(material: Material) -> Section:
    """The last whole period beside the one before."""
    title = material.say("section business")
    table = material.tables.get("business.summary")
    if table is None or not table.frame.height:
        missing = material.say("missing business") if material.comparison else material.nothing
        return Section("business", title, missing=missing)
    change = material.tables.get("business.change")
    periods = rows(table)
    prose = _sentence(material, periods[-1], rows(change)[0] if change is not None else None)
    grids = [grid(table, material.lang, title="", columns=_told(table), notes=False)]
    if change is not None:
        grids.append(
            grid(
                change,
                material.lang,
                title=material.say("business change"),
                columns=_told(change),
                signed=("business_value_change", *_EFFECTS),
                alike=(
                    "business_value_before",
                    "business_value",
                    "business_value_change",
                    *_EFFECTS,
                ),
                notes=False,
            )
        )
    notes = tuple(dict.fromkeys(material.note(note) for note in table.notes))
    tables = (table,) if change is None else (table, change)
    return Section(
        "business",
        title,
        prose,
        grids=tuple(grids),
        notes=notes,
        tables=tables,
        window=material.days(material.comparison.now) if material.comparison else "",
    )


def _told(table: Table) -> list[str]:
    """Columns that say something: of a team that nobody told of there's nothing to show."""
    return [name for name in table.frame.columns if table.frame[name].count()]


def _sentence(
    material: Material, now: dict[str, Any], change: dict[str, Any] | None
) -> tuple[str, ...]:
    """What the business came to, and whether that's more; nothing where costs aren't known."""
    if now["business_value"] is None:
        return ()
    value = material.money(now["business_value"])
    more = None if change is None else change["business_value_change"]
    if change is None or more is None:
        return (material.say("business alone", value=value, users=now["users"]),)
    side = {"up": "up", "down": "down", "flat": "same"}[direction(float(more))]
    by = material.money(abs(more), beside=now["business_value"])
    return (
        material.say(
            "business sentence",
            value=value,
            users=now["users"],
            change=material.say(side, by=by),
        ),
    )
