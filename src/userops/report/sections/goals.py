"""Goals against what was reached, and whether the pace will do."""

from __future__ import annotations

from typing import Any

from userops.analyses.kpis import measures
from userops.core.table import Kind
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section, rows

_STYLES = {"reached": "good", "on pace": "good", "nearly": "fair", "not yet": "fair"}


def section(material: Material) -> Section:
    """A row a goal."""
    title = material.say("section goals")
    table = material.tables.get("kpis.goals")
    if table is None or not table.frame.height:
        goals_are_set = "goals" in dict(material.settings)
        missing = material.nothing if goals_are_set else material.say("missing goals")
        return Section("goals", title, missing=missing)
    goal_rows = rows(table)
    names = (
        "goal",
        "goal_to",
        "target",
        "actual",
        "achieved",
        "elapsed",
        "pace",
        "projected",
        "status",
    )
    numbers = {"target", "actual", "achieved", "elapsed", "pace", "projected"}
    head = tuple(Cell(material.label(name), "n" if name in numbers else "t") for name in names)
    goal_cells = tuple(tuple(_cell(material, name, row) for name in names) for row in goal_rows)
    prose = tuple(_sentence(material, row) for row in goal_rows if row["achieved"] is not None)
    notes = tuple(material.note(note) for note in table.notes)
    return Section(
        "goals", title, prose[:3], grids=(Grid("", head, goal_cells, notes=notes),), tables=(table,)
    )


def _amount(material: Material, metric: str, value: float | None) -> str:
    """A goal's number in the kind of its measure; money stands in whole units here."""
    if value is None:
        return "–"
    kind = measures.KINDS[metric]
    if kind is Kind.MONEY:
        return material.money(value * 10**material.currency.places)
    if kind is Kind.RATE:
        return f"{value * 100:.1f} %"
    return f"{value:,.0f}"


def _cell(material: Material, name: str, row: dict[str, Any]) -> Cell:
    value = row[name]
    if name == "goal":
        return Cell(material.label(value))
    if name in ("target", "actual", "projected"):
        return Cell(_amount(material, row["goal"], value), "n")
    if name == "status":
        return Cell(material.word(value or ""), f"t {_STYLES.get(value or '', 'poor')}")
    if name == "goal_to":
        return Cell(value.isoformat())
    bar = f"{min(value, 1.0) * 100:.1f}" if name == "achieved" and value is not None else None
    return Cell("–" if value is None else f"{value * 100:.1f} %", "n", bar)


def _sentence(material: Material, row: dict[str, Any]) -> str:
    return material.say(
        "goal sentence",
        name=material.label(row["goal"]),
        actual=_amount(material, row["goal"], row["actual"]),
        target=_amount(material, row["goal"], row["target"]),
        achieved=f"{row['achieved'] * 100:.1f} %",
        elapsed=f"{row['elapsed'] * 100:.0f} %",
        status=material.word(row["status"] or ""),
    )
