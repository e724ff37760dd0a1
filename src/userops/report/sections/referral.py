"""Who brought whom: of wide tables the columns that a reader of a week's report asks for."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.core.shown import visible
from userops.core.table import Table
from userops.language import words
from userops.report.material import Material
from userops.report.parts import SHOWN_ROWS, Grid, Section, grid, rows

_NAME = "referral"
_EFFECTIVE = ("invited", "effective", "effective_rate")
_MONEY = ("gmv", "cost", "cost_per_effective", "roas", "to_recover")
_DIFFERENCES = ("difference", "low", "high")
_SHOWN: dict[str, tuple[str, ...]] = {
    "summary": ("cohort", "leaders", *_EFFECTIVE, "low", "high", "mean_effective", "k", *_MONEY),
    "leaders": ("leader_id", *_EFFECTIVE, "low", "high", "orders", *_MONEY),
    "groups": ("group_id", "leaders", *_EFFECTIVE, "effective_per_leader", *_MONEY),
    "signs": ("leader_id", "sign", "users", "evidence", "at_risk"),
    "compared": (
        "measure", "days", "referred_users", "matched", "referred", "others", "difference", "low",
        "high", "evidence",
    ),
}  # fmt: skip


def section(material: Material) -> Section:
    """All leaders and by month of joining, the best of them, groups, signs, and the comparison."""
    title = visible(words.title(_NAME, material.lang, analysis=_NAME))
    tables = [
        table
        for name in _SHOWN
        if (table := material.tables.get(f"{_NAME}.{name}")) is not None and table.frame.height
    ]
    if not tables:
        missing = material.say("missing referral") if material.comparison else material.nothing
        return Section(_NAME, title, missing=missing)
    notes = dict.fromkeys(material.note(note) for table in tables for note in table.notes)
    return Section(
        _NAME,
        title,
        tuple(_prose(material)),
        grids=tuple(_grid(table, material) for table in tables),
        notes=tuple(notes),
        tables=tuple(tables),
    )


def _prose(material: Material) -> Iterator[str]:
    """What all leaders brought, and at what cost."""
    summary = material.tables.get(f"{_NAME}.summary")
    if summary is None or summary.frame.is_empty():
        return
    row = rows(summary)[0]
    if row["invited"] and row["observed"]:
        yield material.say(
            "referral sentence",
            leaders=row["inviting"],
            invited=row["invited"],
            rate=material.rate(row["observed_effective"], row["observed"]),
        )
    if row["orders"]:
        money = {name: material.money(row[name]) for name in ("gmv", "cost") if row[name]}
        told = "referral brought" if "cost" in money else "referral brought free"
        yield material.say(told, **{"gmv": material.money(0), **money})


def _grid(table: Table, material: Material) -> Grid:
    """A table's columns that say anything."""
    columns = [
        name for name in _SHOWN[table.name] if table.frame[name].null_count() < table.frame.height
    ]
    if table.name == "summary":  # of many months the last ones
        months = table.frame.slice(1).filter(pl.col("invited") > 0)
        frame = pl.concat([table.frame.head(1), months.tail(SHOWN_ROWS - 1)])
        return grid(
            table.but(frame=frame), material.lang, columns=columns, notes=False,
            row_count=1 + months.height,
        )  # fmt: skip
    signed = _DIFFERENCES if table.name == "compared" else ()
    return grid(table, material.lang, columns=columns, signed=signed, notes=False)
