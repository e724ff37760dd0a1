"""Any analysis' section that has no module of its own: its tables, one below the other."""

from __future__ import annotations

from userops.analyses import ANALYSES
from userops.core.messages import Note
from userops.core.shown import visible
from userops.core.table import Table
from userops.language import words
from userops.report.material import Material
from userops.report.parts import Section, grid


def section(name: str, analysis: str, tables: tuple[str, ...], material: Material) -> Section:
    """The tables of a section as a reader sees them; without any, why it's absent."""
    title = visible(words.title(name, material.lang, analysis=analysis))
    shown_tables = [
        table
        for table_name in tables
        if (table := material.tables.get(f"{analysis}.{table_name}")) is not None
        and table.frame.height
    ]
    if not shown_tables:
        missing = material.missing.get(name) or _no_exports(analysis, tables, material)
        return Section(name, title, missing=missing or material.nothing)
    return Section(
        name,
        title,
        grids=tuple(grid(table, material.lang, notes=False) for table in shown_tables),
        notes=tuple(dict.fromkeys(material.note(note) for note in _notes(shown_tables))),
        tables=tuple(shown_tables),
    )


def _no_exports(analysis: str, tables: tuple[str, ...], material: Material) -> str:
    """Which exports the tables of a section would need, where none of them was read; else nothing."""
    needs = ANALYSES[analysis].in_report.needs
    named = list(dict.fromkeys(needs.get(table, "") for table in tables))
    if any("." in one or not one or one in material.tallies for one in named):
        return ""
    options = [f"--{one.replace('_', '-')} FILE" for one in named]
    return material.say("missing exports", options=", ".join(options))


def _notes(tables: list[Table]) -> list[Note]:
    return [note for table in tables for note in table.notes]
