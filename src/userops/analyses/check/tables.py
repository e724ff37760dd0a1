"""The tables of `userops check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from userops.analyses.check.findings import CheckedRows, findings
from userops.core.dates import Window
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.datasets.fields import Dataset, Type


@dataclass(frozen=True, slots=True)
class Origin:
    """One export as it was read: format, encoding, delimiter, and the columns taken."""

    file: str
    format: str
    encoding: str
    delimiter: str
    source: str
    columns: Sequence[tuple[str, str, str, str, str]]  # field, column, why, passed over, reason
    rows: int
    filled: Mapping[str, float | None] = field(default_factory=dict)  # by field


@dataclass(frozen=True, slots=True)
class Checked:
    """What the tables are made from: the exports, what's in them, and what became of their rows.

    `contents` are items and their values, `statuses` rows that were not refused by status;
    `dated` says whether rows have a day, `named` whether examples may name users.
    """

    origins: Sequence[Origin]
    contents: Sequence[tuple[str, str]]
    statuses: Mapping[str, int]
    window: Window
    row_facts: CheckedRows
    dated: bool = True
    named: bool = True
    last_row: int | None = None  # its day


REJECTS = {
    "file": Kind.TEXT,
    "line": Kind.COUNT,
    "column": Kind.TEXT,
    "reason": Kind.WORD,
    "raw": Kind.TEXT,
}
SUMMARY = {"topic": Kind.WORD, "item": Kind.WORD, "value": Kind.TEXT}
COLUMNS = {
    "file": Kind.TEXT,
    "field": Kind.ID,
    "column": Kind.TEXT,
    "why": Kind.WORD,
    "passed_over": Kind.TEXT,
    "filled": Kind.RATE,
    "reason": Kind.TEXT,
}


def check(checked: Checked, wanted: Sequence[str]) -> tuple[Table, ...]:
    """Those wanted of the tables of `userops check`: summary, rejects, findings, columns."""
    window, money = checked.window, checked.row_facts.currency
    makers: Mapping[str, Callable[[], Table]] = {
        "summary": lambda: _summary(checked),
        "rejects": lambda: Table("rejects", checked.row_facts.rejects, REJECTS, window, money),
        "findings": lambda: findings(checked.row_facts, window, named=checked.named),
        "columns": lambda: Table("columns", _columns(checked), COLUMNS, window, money),
    }
    return tuple(make() for name, make in makers.items() if name in wanted)


def _columns(checked: Checked) -> pl.DataFrame:
    rows = [
        (origin.file, *taken[:4], origin.filled.get(taken[0]), taken[4])
        for origin in checked.origins
        for taken in origin.columns
    ]
    types = {name: pl.Float64 if kind is Kind.RATE else pl.String for name, kind in COLUMNS.items()}
    return pl.DataFrame(rows, schema=types, orient="row")


def _summary(checked: Checked) -> Table:
    rows = [*_files(checked), *_contents(checked), *_rows(checked)]
    frame = pl.DataFrame(
        [(topic, item, str(value)) for topic, item, value in rows],
        schema=dict.fromkeys(SUMMARY, pl.String),
        orient="row",
    )
    said = tuple(value if isinstance(value, Note) else None for _, _, value in rows)
    money = checked.row_facts.currency
    return Table("summary", frame, SUMMARY, checked.window, money, said={"value": said})


def _files(checked: Checked) -> Iterator[tuple[str, str, str]]:
    for origin in checked.origins:
        reading = (origin.format, origin.encoding, origin.delimiter, origin.source)
        value = Note(
            "{rows} {unit}, {reading}",
            rows=str(origin.rows),
            unit=Word("row" if origin.rows == 1 else "rows"),
            reading=tuple(map(Word, filter(None, reading))),
        )
        yield "files", origin.file, value


def _contents(checked: Checked) -> Iterator[tuple[str, str, str]]:
    window = checked.window
    if checked.dated:
        yield "time", "first day", str(window.first_day or "")
        yield "time", "last day", str(window.as_of or "")
    if window.timezone:
        yield "time", "time zone", window.timezone
    for item, value in checked.contents:
        yield "contents", item, value
    for status, count in checked.statuses.items():
        yield "statuses", status, str(count)


def _rows(checked: Checked) -> Iterator[tuple[str, str, str]]:
    tally = checked.row_facts.tally
    yield "rows", "read", str(tally.read)
    yield "rows", "used", str(tally.used)
    for topic, reasons in (("refused", tally.refused), ("left out", tally.left_out)):
        for reason, count in reasons.items():
            yield topic, reason, str(count)


def order_contents(users: pl.DataFrame, currency: Currency) -> Iterator[tuple[str, str]]:
    """What orders hold: `users` are `orders, amount` (minor units), a row a user."""
    yield "users", str(len(users))
    yield "orders", str(users["orders"].sum())
    yield "net revenue", _money(int(users["amount"].sum()), currency.places)
    yield "currency", currency.code or Note("not said")


def row_contents(
    rows: pl.DataFrame, dataset: Dataset, currency: Currency
) -> Iterator[tuple[str, str]]:
    """What the rows of another dataset hold, as far as it has such fields."""
    if "user_id" in rows.columns:
        yield "users", str(rows["user_id"].drop_nulls().n_unique())
    if dataset.holds(Type.MONEY):
        yield "currency", currency.code or Note("not said")


def _money(minor: int, places: int) -> str:
    """Minor units as a decimal, exactly."""
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**places)
    return f"{sign}{whole}" + (f".{part:0{places}d}" if places else "")
