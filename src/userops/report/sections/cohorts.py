"""Cohorts as a heat map, the latest ones."""

from __future__ import annotations

from userops.analyses.cohorts.tables import LATER_NOTE
from userops.core.table import Table
from userops.report.charts.chart import Chart
from userops.report.charts.heat import HeatCell, heat
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_COHORTS, _AGES = 13, 13
ALL = "all"
SMALL = 30  # users of a cohort below which a rate says little


def section(material: Material) -> Section:
    """The map; the workbook has the matrix whole."""
    title = material.say("section cohorts")
    long, matrix = material.tables.get("cohorts.long"), material.tables.get("cohorts.matrix")
    if long is None or matrix is None or not long.frame.height:
        return Section("cohorts", title, missing=material.nothing)
    long_rows = rows(long)
    of_all = {
        row["age"]: material.rate(row["numerator"], row["size"])
        if row["low"] is not None
        else material.say(
            "of", value=f"{row['value'] * 100:.1f} %", part=row["numerator"], whole=row["size"]
        )
        for row in long_rows
        if row["cohort"] == ALL and row["value"] is not None
    }
    prose = []
    if 1 in of_all:
        last = min(max(of_all), _AGES - 1)
        prose.append(
            material.say(
                f"cohorts sentence{_later_key(long)}",
                first=of_all[1],
                last=of_all[last],
                age=last,
                period=_period_name(material, long),
            )
        )
    names = [f"{name}" for name in matrix.columns][: 2 + _AGES]
    small = [row for row in long_rows if row["age"] == 0 and row["cohort"] != ALL]
    some_small = any(row["size"] < SMALL for row in small[-_COHORTS:])
    drawn = (material.say("cohorts faded", size=SMALL),) if some_small else ()
    table = grid(_latest(matrix, _COHORTS + 1), material.lang, title=material.say("as numbers"),
                 columns=names, rows=_COHORTS + 1, notes=False, folded=True)  # fmt: skip
    return Section(
        "cohorts",
        title,
        prose=tuple(prose),
        charts=(_chart(material, long),),
        grids=(table,),
        notes=tuple(material.note(note) for note in long.notes),
        drawn=drawn,
        window=material.until,
        tables=(matrix, long),
    )


def _latest(matrix: Table, rows: int) -> Table:
    """The last rows of a matrix, with the marks that are on them."""
    above = max(0, matrix.frame.height - rows)
    cut = frozenset((row - above, name) for row, name in matrix.cut if row >= above)
    return matrix.but(frame=matrix.frame.tail(rows), cut=cut)


def _period_name(material: Material, long: Table) -> str:
    """What cohorts are of: weeks are too few users in a small shop, and become months."""
    names = {len(str(name)) for name in long.frame["cohort"].unique() if name != ALL}
    return material.say("month") if names == {len("2025-01")} else material.say("week")


def _later_key(long: Table) -> str:
    """What sentences are named by that count who came in a period or later."""
    return " later" if LATER_NOTE in long.notes else ""


def _chart(material: Material, long: Table) -> Chart:
    long_rows = rows(long)
    cohorts = [
        str(name) for name in dict.fromkeys(row["cohort"] for row in long_rows) if name != ALL
    ]
    names = [ALL, *cohorts[-_COHORTS:]]
    sizes = {str(row["cohort"]): row["size"] for row in long_rows if row["age"] == 0}
    row_of_name = {name: row_ for row_, name in enumerate(names)}
    cells = [
        HeatCell(
            row_of_name[str(row["cohort"])],
            int(row["age"]),
            float(row["value"]),
            f"{row['value'] * 100:.0f}",
            _tip(material, row),
            bool(row["complete"]),
            is_small=row["cohort"] != ALL and row["size"] < SMALL,
        )
        for row in long_rows
        if str(row["cohort"]) in row_of_name and row["age"] < _AGES and row["value"] is not None
    ]
    ages = max((cell.column for cell in cells), default=0) + 1
    return heat(
        material.say(f"cohorts chart{_later_key(long)}", period=_period_name(material, long))
        + " (%)",
        material.say("cohorts text", count=len(names) - 1),
        [(material.word(name), f"{sizes.get(name, 0):,}") for name in names],
        [str(age) for age in range(ages)],
        cells,
        heads=(material.say("cohort head"), material.say("size head")),
    )


def _tip(material: Material, row: dict[str, object]) -> str:
    value, low, high = (
        f"{part * 100:.1f} %" if isinstance(part, float) else ""
        for part in (row["value"], row["low"], row["high"])
    )
    text = material.say(
        "cohort cell",
        cohort=material.word(str(row["cohort"])),
        age=row["age"],
        value=value,
        low=low,
        high=high,
    )
    return text if row["complete"] else f"{text}; {material.say('not whole')}"
