"""A report as a workbook: a cover, then one sheet a table, the tables whole."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from userops.core.table import Kind, Table
from userops.language.words import column, title
from userops.render.style import Style
from userops.render.workbook import Graph, Sheet, write_sheets
from userops.render.workbook_cover import Cover
from userops.report.parts import Section

if TYPE_CHECKING:
    from userops.language.words import Lang
    from userops.report.build import Report

# Section and table: a chart's kind, what runs along it, what it shows.
_GRAPHS: dict[tuple[str, str], tuple[str, str, tuple[str, ...]]] = {
    ("headline", "periods"): ("line", "period", ("revenue",)),
    ("sales", "sales"): ("line", "period", ("revenue_returning", "revenue_new")),
    ("sales", "categories"): ("bar", "category", ("revenue",)),
    ("changes", "change_by_tier"): ("bar", "entry_tier", ("revenue_change",)),
    ("changes", "change_by_channel"): ("bar", "channel", ("revenue_change",)),
    ("segments", "segments"): ("bar", "segment", ("users", "users_before")),
    ("segments", "tiers"): ("bar", "tier", ("users", "users_before")),
    ("lifecycle", "summary"): ("bar", "stage", ("users",)),
    ("repurchase", "windows"): ("line", "days", ("rate", "km_rate")),
    ("replenishment", "categories"): ("bar", "category", ("median_days",)),
    ("ltv", "channels"): ("bar", "channel", ("ltv_to_date", "cac")),
    ("activity", "summary"): ("line", "period", ("active_users", "new_users")),
    ("funnel", "steps"): ("bar", "step", ("users",)),
}


def workbook(report: Report) -> bytes:
    """The workbook's bytes, the same for the same report."""
    lang: Lang = "zh" if report.lang.startswith("zh") else "en"
    sheets = [
        _sheet(section, table, lang) for section in report.sections for table in section.tables
    ]
    sink = BytesIO()
    write_sheets(sheets, sink, Style(lang=lang), _cover(report))
    return sink.getvalue()


def _sheet(section: Section, table: Table, lang: Lang) -> Sheet:
    graph_columns = _GRAPHS.get((section.name, table.name))
    table_title = title(table.name, lang, analysis=table.analysis)
    graph = None
    if graph_columns and all(
        name in table.columns for name in (graph_columns[1], *graph_columns[2])
    ):
        sheet_name = " · ".join(
            column(name, lang, analysis=table.analysis) for name in graph_columns[2]
        )
        graph = Graph(
            graph_columns[0], f"{table_title}: {sheet_name}", graph_columns[1], graph_columns[2]
        )
    sheet_name = table_title if table_title == section.title else f"{section.title} - {table_title}"
    scale: tuple[str, ...] = ()
    if table.name == "matrix":  # age 0 is everyone, and would leave the rest pale
        ages = [name for name, kind in table.columns.items() if kind in (Kind.RATE, Kind.MONEY)]
        scale = tuple(ages[1:])
    bars = tuple(name for name in ("users_share", "revenue_share") if name in table.columns)
    return Sheet(table, sheet_name if len(sheet_name) <= 31 else table_title, graph, scale, bars)


def _cover(report: Report) -> Cover:
    lines = (report.banner, report.subtitle, " · ".join(report.facts))
    blocks: list[tuple[str, tuple[tuple[str, ...], ...]]] = []
    if report.since_last is not None:
        blocks.append((report.words["since last"], tuple((line,) for line in report.since_last)))
    for section in report.sections:
        if section.actions:
            things = [
                (action.title, action.stake, report.words["listed"].join(action.facts))
                for action in section.actions
            ]
            blocks.append((section.title, (*things, *((line,) for line in section.prose))))
        elif section.figures:
            rows = tuple(
                (
                    figure.label,
                    figure.value,
                    figure.change,
                    report.words["listed"].join(figure.beside),
                )
                for figure in section.figures
            )
            blocks.append((section.title, rows))
        elif section.missing:
            blocks.append((section.title, ((section.missing,),)))
        elif section.entries:
            blocks.append(
                (section.title, tuple((entry.word, entry.text) for entry in section.entries))
            )
        elif section.prose:
            section_lines = [(sentence,) for sentence in section.prose]
            if not section.tables:
                for grid in section.grids:
                    section_lines += [tuple(cell.text for cell in row)[:2] for row in grid.rows]  # type: ignore[misc]
            blocks.append((section.title, tuple(section_lines)))
    return Cover(report.title, report.title, tuple(filter(None, lines)), tuple(blocks))
