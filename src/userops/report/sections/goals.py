"""Goals against what was reached, and whether the pace will do."""

from __future__ import annotations

from typing import Any

from userops.analyses.goals.tables import ALL, KINDS
from userops.core.table import Kind
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section, rows

_SHOWN = (
    "goal", "goal_to", "target", "actual", "achieved", "expected", "pace", "projected", "chance",
    "needed_per_day", "status",
)  # fmt: skip
_WORDS = ("goal", "goal_to", "status")
_STYLES = {"reached": "good", "on pace": "good", "nearly": "fair", "not yet": "fair"}


def section(material: Material) -> Section:
    """A row a goal."""
    title = material.say("section goals")
    table = material.tables.get("goals.goals")
    if table is None or not table.frame.height:
        goals_are_set = "goals" in dict(material.settings)
        missing = material.nothing if goals_are_set else material.say("missing goals")
        return Section("goals", title, missing=missing)
    goal_rows = [row for row in rows(table) if row["goal"] != ALL]
    head = tuple(Cell(material.label(name), "t" if name in _WORDS else "n") for name in _SHOWN)
    goal_cells = tuple(tuple(_cell(material, name, row) for name in _SHOWN) for row in goal_rows)
    by_weight = sorted(goal_rows, key=lambda row: -(row["weight"] or 0))
    prose = [_sentence(material, row) for row in by_weight if row["achieved"] is not None]
    notes = tuple(material.note(note) for note in table.notes)
    grids = (Grid("", head, goal_cells, notes=notes),)
    texts = (*_score(material, rows(table)[-1], len(goal_rows)), *prose[:3])
    return Section("goals", title, texts, grids=grids, tables=(table,), window=_window(goal_rows))


def _window(goal_rows: list[dict[str, Any]]) -> str:
    """The goals' period, where it's the same of all."""
    periods = {(row["goal_from"], row["goal_to"]) for row in goal_rows}
    return " – ".join(map(str, periods.pop())) if len(periods) == 1 else ""


def _score(material: Material, row: dict[str, Any], goals: int) -> tuple[str, ...]:
    """All goals in one number, where they are several."""
    if row["score"] is None or goals < 2:
        return ()
    return (material.say("goal score", score=f"{row['score'] * 100:.1f} %"),)


def _amount(material: Material, metric: str, value: float | None) -> str:
    """A goal's number in the kind of its measure; money stands in whole units here."""
    if value is None:
        return "–"
    kind = KINDS[metric]
    if kind is Kind.MONEY:
        return material.money(value * 10**material.currency.places)
    if kind is Kind.RATE:
        return f"{value * 100:.1f} %"
    return f"{value:,.0f}"


def _cell(material: Material, name: str, row: dict[str, Any]) -> Cell:
    value = row[name]
    if name == "goal":
        return Cell(material.label(value))
    if name == "projected":
        return Cell(_projected(material, row), "n")
    if name == "needed_per_day" and value is not None and row["goal"] != "revenue":
        return Cell(f"{value:,.1f}", "n")
    if name in ("target", "actual", "needed_per_day"):
        return Cell(_amount(material, row["goal"], value), "n")
    if name == "status":
        return Cell(material.word(value or ""), f"t {_STYLES.get(value or '', 'poor')}")
    if name == "goal_to":
        return Cell(value.isoformat())
    bar = f"{min(value, 1.0) * 100:.1f}" if name == "achieved" and value is not None else None
    return Cell("–" if value is None else f"{value * 100:.1f} %", "n", bar)


def _projected(material: Material, row: dict[str, Any]) -> str:
    """What's projected, with its interval where there's one."""
    value, low, high = (
        _amount(material, row["goal"], row[name])
        for name in ("projected", "projected_low", "projected_high")
    )
    if row["projected_low"] is None or low == high:
        return value
    return material.say("goal range", value=value, low=low, high=high)


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
