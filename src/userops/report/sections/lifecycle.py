"""Stages of life with the shop, and who moved between them."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.core.dates import to_date
from userops.core.table import Table
from userops.report.charts.chart import Chart
from userops.report.charts.flow import Node, Ribbon, flow
from userops.report.material import Material
from userops.report.parts import Grid, Section, grid, rows

# A stage keeps its colour wherever it stands.
_STYLES = {
    "registered": "c6", "new": "c6", "introduction": "c5", "growth": "c3", "maturity": "c1",
    "slump": "c2", "churned": "c4", "no order": "c6",
}  # fmt: skip
_ORDER = tuple(_STYLES)
_LEAVING = ("slump", "churned")


def section(material: Material) -> Section:
    """The flow, and a table of the stages."""
    title = material.say("section lifecycle")
    table, moves = (
        material.tables.get("lifecycle.summary"),
        material.tables.get("lifecycle.transitions"),
    )
    if table is None or moves is None or not int(table.frame["users"].sum() or 0):
        return Section("lifecycle", title, missing=material.nothing)
    users = {row["stage"]: row["users"] for row in rows(table)}
    staying = sum(users.get(stage, 0) for stage in ("introduction", "growth", "maturity"))
    sentence = material.say(
        "lifecycle sentence",
        users=sum(users.values()),
        kept=staying,
        slump=users.get("slump", 0),
        churned=users.get("churned", 0),
    )
    # What to do stands beside how many: a phone shows the first columns.
    first = [name for name in ("stage", "users", "action") if name in table.columns]
    others = [name for name in table.columns if name not in first and not name.endswith("_days")]
    columns = [*first, *others]
    return Section(
        "lifecycle",
        title,
        prose=(sentence, _leaving_sentence(material, moves)),
        charts=(_chart(material, moves),),
        window=material.until,
        grids=(
            grid(
                table, material.lang, title=material.say("stages title"), columns=columns,
                bars=("users_share", "revenue_share"),
            ),
            _moved(material, moves),
        ),
        notes=(material.say("stages and segments"),),
        tables=(table, moves),
    )  # fmt: skip


def _day(material: Material) -> str:
    return str(to_date(material.since)) if material.since is not None else ""


def _leaving_sentence(material: Material, moves: Table) -> str:
    leaving = [
        row
        for row in rows(moves)
        if row["to_stage"] in _LEAVING
        and row["from_stage"] in _ORDER
        and _ORDER.index(str(row["from_stage"])) < _ORDER.index(str(row["to_stage"]))
        and row["from_stage"] not in ("new", "registered")
    ]
    users = sum(row["users"] for row in leaving)
    revenue = sum(row["revenue"] for row in leaving)
    return material.say(
        "leaving sentence", day=_day(material), users=users, revenue=material.money(revenue)
    )


def _moved(material: Material, moves: Table) -> Grid:
    """Who changed stages, most first: the drawing in numbers."""
    changed = moves.frame.filter(pl.col("from_stage") != pl.col("to_stage")).sort(
        "users", "from_stage", "to_stage", descending=[True, False, False]
    )
    return grid(
        moves.but(frame=changed), material.lang, title=material.say("moved title", day=_day(material)),
        columns=("from_stage", "to_stage", "users", "share", "revenue"), notes=False, folded=True,
    )  # fmt: skip


def _chart(material: Material, moves: Table) -> Chart:
    transitions = rows(moves)
    sources = _nodes(material, transitions, "from_stage")
    targets = _nodes(material, transitions, "to_stage")
    ribbons = [
        Ribbon(
            material.word(row["from_stage"]),
            material.word(row["to_stage"]),
            row["users"],
            f"{material.word(row['from_stage'])} → {material.word(row['to_stage'])}: "
            f"{row['users']:,} ({row['share'] * 100:.1f} %)",
        )
        for row in transitions
    ]
    moves_ = [ribbon for ribbon in ribbons if ribbon.source != ribbon.target] or ribbons
    largest = max(moves_, key=lambda ribbon: ribbon.users)
    before, day = _day(material), material.window.as_of
    return flow(
        material.say("flow title", before=before, day=day),
        material.say(
            "flow text", before=before, day=day,
            users=largest.users, source=largest.source, target=largest.target,
        ),
        sources, targets, ribbons,
    )  # fmt: skip


def _nodes(material: Material, transitions: list[dict[str, Any]], side: str) -> list[Node]:
    present = {row[side] for row in transitions}
    ordered = [stage for stage in _ORDER if stage in present]
    return [
        Node(
            material.word(stage),
            f"{sum(row['users'] for row in transitions if row[side] == stage):,}",
            _STYLES[stage],
        )
        for stage in ordered
    ]
