"""A table as its readers need it: in words where people read, with notes where programs do."""

from __future__ import annotations

from dataclasses import replace

from userops.core.table import Kind, Table
from userops.language import words
from userops.language.words import Lang

PEOPLE = frozenset({"table", "md", "html"})  # formats whose cells can say something
LISTS = frozenset({"csv", "tsv", "xlsx"})  # which programs read, and people in a spreadsheet


def for_audience(table: Table, fmt: str, lang: Lang) -> Table:
    """The table for whoever reads a format."""
    if fmt in PEOPLE:
        return for_people(table, lang)
    return for_programs(_for_lists(table, lang) if fmt in LISTS else table)


def _for_lists(table: Table, lang: Lang) -> Table:
    """The table with its lines to people in their language; keys stay what programs know."""
    import polars as pl

    if lang == "en":
        return table
    texts = {
        name: notes
        for name, notes in table.said.items()
        if table.columns[name] in (Kind.TEXT, Kind.SENTENCE)
    }
    cells = {
        name: pl.Series(
            name,
            [
                words.phrase(note or value, lang, analysis=table.analysis)
                if note or value
                else None
                for note, value in zip(
                    texts.get(name, (None,) * table.frame.height), table.frame[name], strict=True
                )
            ],
            dtype=pl.String,
        )
        for name, kind in table.columns.items()
        if kind is Kind.SENTENCE or name in texts
    }
    return replace(table, frame=table.frame.with_columns(**cells))


def for_people(table: Table, lang: Lang) -> Table:
    """The table with what is said where a cell is empty, or in place of its text, standing there."""
    import polars as pl

    if not table.said:
        return table
    cells = {
        name: pl.Series(
            name,
            [
                words.phrase(note, lang, analysis=table.analysis)
                if note is not None
                else _text(value)
                for note, value in zip(notes, table.frame[name], strict=True)
            ],
            dtype=pl.String,
        )
        for name, notes in table.said.items()
    }
    counts = [name for name in cells if table.columns[name] is not Kind.TEXT]
    kinds = {**table.columns, **dict.fromkeys(counts, Kind.COUNT_OR_TEXT)}
    varied = {name: one for name, one in table.varied.items() if name not in cells}
    return replace(
        table,
        frame=table.frame.with_columns(**cells),
        columns=kinds,
        varied=varied,
        said={},
        else_noted=(),
    )


def for_programs(table: Table) -> Table:
    """The table with notes in place of what people read in empty cells."""
    if not table.else_noted:
        return table
    return replace(table, notes=(*table.notes, *table.else_noted), said={}, else_noted=())


def _text(value: object) -> str | None:
    return None if value is None else str(value)
