"""Who is in the groups, who left and what they had bought, and what joining did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from userops.core.table import Kind, Table
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_LONGEST = 13
_LINES = (("members_end", "c1"), ("joined", "c2"), ("left", "c3"))
_TREND = (
    "period", "members_start", "joined", "left", "members_end", "active", "activity_rate",
    "converted", "conversion_rate", "group_revenue", "revenue_share", "complete",
)  # fmt: skip
_GROUPS = (
    "group", "owner", "members_end", "joined", "left", "activity_rate", "conversion_rate",
    "group_orders", "group_revenue",
)  # fmt: skip
_LEAVERS = (
    "user_id", "group_id", "left", "tenure_days", "reason", "messages", "orders", "revenue",
    "days_since_order",
)  # fmt: skip


def section(material: Material) -> Section:
    """The groups' trend, each of them, who left last, and what joining did."""
    material = material.of("community")
    title = material.say("section community")
    names = ("summary", "groups", "leavers", "lift")
    tables = {name: material.tables.get(f"community.{name}") for name in names}
    summary = tables["summary"]
    if summary is None or not summary.frame.height:
        return Section("community", title, missing=material.say("missing community"))
    latest = summary.but(frame=summary.frame.tail(_LONGEST))
    told = rows(latest)
    grids = [grid(latest, material.lang, title="", columns=_TREND, rows=_LONGEST, notes=False)]
    if (groups := tables["groups"]) is not None and groups.frame.height:
        largest = groups.but(frame=groups.frame.sort("members_end", "group_id", descending=[True, False]))  # fmt: skip
        grids.append(grid(largest, material.lang, title=material.say("community groups"), columns=_GROUPS, notes=False))  # fmt: skip
    if (leavers := tables["leavers"]) is not None and leavers.frame.height:
        whole = material.whole.get("community.leavers", leavers)
        grids.append(grid(leavers, material.lang, title=material.say("community leavers"), columns=_LEAVERS, rows=8, notes=False, row_count=whole.frame.height))  # fmt: skip
    shown = tuple(table for table in tables.values() if table is not None)
    return Section(
        "community",
        title,
        (*_prose(material, told), *_on_lift(material, tables["lift"])),
        charts=(_chart(material, latest, told),) if len(told) > 1 else (),
        grids=tuple(grids),
        notes=tuple(dict.fromkeys(material.note(note) for table in shown for note in table.notes)),
        tables=shown,
    )


def _prose(material: Material, told: list[dict[str, Any]]) -> Iterator[str]:
    """The last whole period in words."""
    last = ([row for row in told if row["complete"]] or told)[-1]
    if last["members_end"] is not None:
        left = "–" if last["left"] is None else f"{last['left']:,}"
        yield material.say(
            "community sentence",
            period=material.period_name,
            day=last["period"],
            members=last["members_end"],
            joined=last["joined"] or 0,
            left=left,
        )
    if last["active"] is not None and last["activity_rate"] is not None:
        rate = f"{last['activity_rate'] * 100:.1f} %"
        yield material.say("community active", active=last["active"], rate=rate)
    if last["converted"] is not None and last["matched"]:
        yield material.say(
            "community bought",
            converted=last["converted"],
            matched=last["matched"],
            revenue=material.money(last["group_revenue"]),
        )


def _on_lift(material: Material, table: Table | None) -> Iterator[str]:
    """What joining did, as far as it can be told."""
    if table is None or not table.frame.height:
        return
    row = rows(table)[0]
    if row["verdict"] == "differed before":
        yield material.say("community withheld")
    elif row["difference"] is not None and row["naive"] is not None:
        yield material.say(
            "community unclear" if row["verdict"] == "can't tell" else "community lift",
            days=row["days"],
            difference=material.money(row["difference"]),
            low=material.money(row["difference_low"]),
            high=material.money(row["difference_high"]),
            naive=material.money(row["naive"]),
        )


def _chart(material: Material, table: Table, told: list[dict[str, Any]]) -> Chart:
    def line(column: str, style: str) -> Line:
        name = material.label(column)
        points = [
            Point(
                f"{row['period']:%m-%d}",
                row[column],
                f"{row['period']}: {name} {row[column]:,}"
                + ("" if row["complete"] else f" ({material.say('not whole')})"),
                whole=row["complete"],
            )
            for row in told
            if row[column] is not None
        ]
        return Line(name, points, style)

    text = material.say("and").join(
        f"{row['period']} {row['members_end']:,}" for row in told[-2:] if row["members_end"] is not None
    )  # fmt: skip
    drawn = [line(column, style) for column, style in _LINES]
    return lines(
        material.say("community chart", period=material.period_name), text,
        [one for one in drawn if one.points], Kind.COUNT, table.currency, material.lang,
    )  # fmt: skip
