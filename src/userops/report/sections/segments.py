"""Segments and tiers, what became of them since the earlier day, and whom to call."""

from __future__ import annotations

from userops.core.dates import to_date
from userops.core.table import Kind, Table
from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section, grid, rows
from userops.report.takeaway import with_file

_RANK = {"high": 3, "middle": 2, "low": 1, "new": 1}


def section(material: Material) -> Section:
    """Bars by segment, tables by segment and tier, the moves between tiers."""
    title = material.say("section segments")
    table = material.tables.get("kpis.segments")
    if table is None or not int(table.frame["users"].sum() or 0):
        return Section("segments", title, missing=material.nothing)
    since = to_date(material.since) if material.since is not None else None
    lang = material.lang
    tiers, moves = material.tables["kpis.tiers"], material.tables["kpis.tier_moves"]
    grids = [
        grid(
            table, lang, signed=("users_change",), title="", bars=("users_share", "revenue_share"), rows=20,
            columns=("segment", "users", "users_change", "action", "users_share", "revenue", "revenue_share", "mean_monetary"),
        ),
        grid(
            tiers, lang, signed=("users_change",), title=material.say("tiers title", day=since), bars=("users_share", "revenue_share"),
            columns=("tier", "users", "users_change", "action", "users_share", "revenue", "revenue_share", "mean_frequency"),
        ),
    ]  # fmt: skip
    if moves.frame.height:
        grids.append(_pivot(material, moves, material.say("moves title", day=since)))
    winback = material.tables.get("kpis.winback")
    if winback is not None and winback.frame.height:
        count = material.whole["kpis.winback"].frame.height
        shown = grid(winback, lang, title=material.say("call title"), rows=8, row_count=count)
        columns = list(winback.columns)
        grids.append(with_file(material, shown, winback, columns, "kpis.winback", "winback"))
    return Section(
        "segments",
        title,
        prose=(_leading_segment(material, table), _moves_sentence(material, moves)),
        charts=(_chart(material, table, "segment"), _chart(material, tiers, "tier")),
        grids=tuple(grids),
        window=material.until,
        tables=(table, tiers, moves, *((winback,) if winback is not None else ())),
    )


def _leading_segment(material: Material, table: Table) -> str:
    leading = max(rows(table), key=lambda row: row["revenue"])
    return material.say(
        "segments sentence",
        users=int(table.frame["users"].sum()),
        day=material.window.as_of,
        name=material.word(str(leading["segment"])),
        share=material.shown(Kind.RATE, leading["users_share"]),
        revenue=material.shown(Kind.RATE, leading["revenue_share"]),
    )


def _moves_sentence(material: Material, moves: Table) -> str:
    up = down = 0
    for before, after, users in moves.frame.select("from_tier", "to_tier", "users").iter_rows():
        step = _RANK.get(after, 0) - _RANK.get(before, 0)
        if before in _RANK and after in _RANK:
            up += users * (step > 0)
            down += users * (step < 0)
    day = to_date(material.since) if material.since is not None else ""
    return material.say("moves sentence", day=day, up=up, down=down)


def _chart(material: Material, table: Table, group: str) -> Chart:
    chart_bars = [
        Bar(
            material.word(row[group]),
            float(row["users"]),
            f"{row['users']:,}  ({row['users_change']:+,})".replace("-", "−"),
            before=float(row["users_before"]),
        )
        for row in rows(table)
    ]
    largest = max(chart_bars, key=lambda bar: bar.value)
    day = to_date(material.since) if material.since is not None else ""
    return bars(
        material.say(f"{group} chart", day=day),
        material.say("segments text", name=largest.name, users=int(largest.value)),
        chart_bars,
    )


_TIERS = ("high", "middle", "low", "new", "first order", "no order")


def _pivot(material: Material, moves: Table, title: str) -> Grid:
    """Tier then by tier now."""
    counts = {(row["from_tier"], row["to_tier"]): row["users"] for row in rows(moves)}
    tiers_before = [tier for tier in _TIERS if any(pair[0] == tier for pair in counts)]
    tiers_now = [tier for tier in _TIERS if any(pair[1] == tier for pair in counts)]
    head = [Cell(f"{material.label('from_tier')} \\ {material.label('to_tier')}")]
    return Grid(
        title,
        (*head, *(Cell(material.word(tier), "n") for tier in tiers_now)),
        tuple(
            (
                Cell(material.word(before)),
                *(
                    Cell(
                        f"{counts[before, after]:,}" if (before, after) in counts else "",
                        "n same" if before == after else "n",
                    )
                    for after in tiers_now
                ),
            )
            for before in tiers_before
        ),
    )
