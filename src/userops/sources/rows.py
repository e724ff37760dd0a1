"""The careful way from raw rows to canonical ones: rules, rejects, reasons.

First each column is looked at as a whole (`profile`): what no single value can tell,
such as whether the day or the month comes first, is settled there or stops the run.
Then rows are read a batch at a time; what can't be read is refused by a named rule and
kept with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from userops import engine
from userops.errors import InputError
from userops.fields import Dataset, Field, Type
from userops.orders import Status, known_statuses
from userops.sources import values
from userops.sources.exports import Export
from userops.sources.files import Format
from userops.sources.reading import Reading
from userops.sources.records import LINE
from userops.table import Currency

_BATCH = 500_000
TOTALS = ("合计", "总计", "小计", "total", "totals", "sum", "grand total", "总和", "汇总")

DTYPES: dict[Type, type[pl.DataType] | pl.DataType] = {
    Type.ID: pl.String,
    Type.TEXT: pl.String,
    Type.TIME: pl.Datetime("us"),
    Type.MONEY: pl.Int64,
    Type.NUMBER: pl.Float64,
    Type.STATUS: pl.String,
    Type.CURRENCY: pl.String,
}
# What reading adds to a dataset's own fields.
FILE, DIGEST, FAULT, FAULT_COLUMN = "file", "digest", "fault", "fault_column"


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds for a whole export."""

    marks: Mapping[str, values.Marks]  # by time field
    decimals: Mapping[str, str]  # by money field
    statuses: Mapping[str, Status]
    currencies: Mapping[str, int]


def canonical(dataset: Dataset) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Columns of a dataset's canonical rows, and those that reading adds."""
    return {
        FILE: pl.UInt32,
        LINE: pl.Int64,
        **{field.name: DTYPES[field.type] for field in dataset.fields},
        DIGEST: pl.UInt64,
        FAULT: pl.String,
        FAULT_COLUMN: pl.String,
    }


def profile(export: Export, dataset: Dataset, how: Reading) -> Profile:
    """Look at an export's columns as a whole.

    Raises:
        InputError: something in them can't be told, or identifies nobody.
    """
    fields = [
        (dataset[taken.field], taken.column, f"c{taken.position}")
        for taken in export.taken.values()
    ]
    schema = export.rows.collect_schema()
    texts = {field.name for field, _, at in fields if schema[at] == pl.String}
    queries: dict[str, pl.LazyFrame] = {}
    for field, _, at in fields:
        cells = pl.col(at)
        if field.type is Type.TIME and field.name in texts and not how.date_format:
            queries[field.name] = export.rows.select(values.day_or_month(cells.str.strip_chars()))
        elif field.type is Type.MONEY and field.name in texts:
            queries[field.name] = export.rows.select(values.decimal_marks(cells))
        elif field.type in (Type.STATUS, Type.CURRENCY):
            text = values.clean_text(cells).alias("value")
            queries[field.name] = export.rows.group_by(text).agg(rows=pl.len()).sort("value")
        elif field.type is Type.ID and field.name in texts:
            queries[field.name] = export.rows.select(
                *_spoiled(cells, values.DAMAGED, "damaged"),
                *_spoiled(cells, values.MASKED, "masked"),
            )
    found = (
        dict(zip(queries, engine.collect_all(list(queries.values())), strict=True))
        if queries
        else {}
    )
    marks: dict[str, values.Marks] = {}
    decimals: dict[str, str] = {}
    statuses: dict[str, Status] = {}
    currencies: dict[str, int] = {}
    for field, column, _ in fields:
        if field.name not in found and field.type not in (Type.TIME, Type.MONEY):
            continue
        facts = (
            found[field.name].row(0, named=True)
            if field.name in found and len(found[field.name])
            else {}
        )
        match field.type:
            case Type.TIME:
                marks[field.name] = values.Marks(
                    date_format=how.date_format,
                    day_first=values.settle_day_first(export.name, column, facts)
                    if facts
                    else None,
                    spreadsheet=export.source.format is Format.EXCEL,
                    timezone=how.timezone,
                )
            case Type.MONEY:
                decimals[field.name] = (
                    values.settle_decimal(export.name, column, facts, how.decimal) if facts else "."
                )
            case Type.STATUS:
                counts = {
                    value: rows
                    for value, rows in found[field.name].iter_rows()
                    if value is not None
                }
                statuses = settle_statuses(export.name, column, counts, how)
            case Type.CURRENCY:
                currencies = {
                    value.upper(): rows for value, rows in found[field.name].iter_rows() if value
                }
            case Type.ID:
                _check_ids(export.name, field, column, facts)
            case _:
                pass
    return Profile(marks, decimals, statuses, currencies)


def _spoiled(column: pl.Expr, pattern: str, name: str) -> list[pl.Expr]:
    bad = column.filter(column.str.strip_chars().str.contains(pattern))
    return [bad.len().alias(name), bad.min().alias(f"{name}_example")]


def _check_ids(name: str, field: Field, column: str, facts: Mapping[str, object]) -> None:
    if facts["damaged"]:
        raise InputError(
            f"{name}: {column!r} holds {facts['damaged_example']}: a spreadsheet turned long ids into "
            f"rounded numbers ({facts['damaged']:,} rows), and the digits are gone",
            mend="export it again and don't save it from a spreadsheet, or name another column "
            f"with --map {field.name}=COLUMN",
        )
    if field.name == "user_id" and facts["masked"]:
        raise InputError(
            f"{name}: {column!r} is masked, as in {facts['masked_example']}: it can't tell users apart "
            f"({facts['masked']:,} rows)",
            mend=f"name a column that can, with --map {field.name}=COLUMN, or export it unmasked",
        )


def settle_statuses(
    name: str, column: str, counts: Mapping[str, int], how: Reading
) -> dict[str, Status]:
    """What each status found means.

    Raises:
        InputError: one is unknown; all such are listed with their counts.
    """
    known = known_statuses() | dict(how.statuses)
    meant = {value: known[value.casefold()] for value in counts if value.casefold() in known}
    unknown = {value: rows for value, rows in counts.items() if value not in meant}
    if unknown:
        listed = ", ".join(f"{value} ({rows:,})" for value, rows in unknown.items())
        example = next(iter(unknown))
        raise InputError(
            f"{name}: unknown in {column!r}: {listed}",
            mend=f"say what each means: --status {example}=valid, or =void, or =refunded",
        )
    return meant


def batches(
    export: Export, number: int, dataset: Dataset, facts: Profile, currency: Currency
) -> Iterator[pl.DataFrame]:
    """Canonical rows of an export, `file` being its `number`; refused ones with their fault."""
    for batch in engine.batches(export.rows, _BATCH):
        yield _canonical_batch(batch, export, number, dataset, facts, currency)


def _canonical_batch(
    batch: pl.DataFrame,
    export: Export,
    number: int,
    dataset: Dataset,
    facts: Profile,
    currency: Currency,
) -> pl.DataFrame:
    found: dict[str, pl.Series] = {}
    unread: list[tuple[str, str, pl.Series]] = []  # reason, column, rows
    for field in dataset.fields:
        taken = export.taken.get(field.name)
        if taken is None:
            found[field.name] = pl.Series(field.name, [None], DTYPES[field.type]).new_from_index(
                0, len(batch)
            )
            continue
        raw = batch[f"c{taken.position}"]
        value = _read(raw, field, facts, currency)
        found[field.name] = value.rename(field.name)
        if field.type in (Type.TIME, Type.MONEY, Type.NUMBER):
            said = batch.select(values.clean_text(pl.col(raw.name))).to_series().is_not_null()
            reason = {
                Type.TIME: "not a date",
                Type.MONEY: "not an amount",
                Type.NUMBER: "not a number",
            }
            unread.append((reason[field.type], taken.column, said & value.is_null()))
    fault, column = _faults(batch, export, found, unread)
    return pl.DataFrame(
        {
            FILE: pl.Series([number], dtype=pl.UInt32).new_from_index(0, len(batch)),
            LINE: batch[LINE],
            **found,
            DIGEST: batch.select(pl.struct(pl.exclude(LINE)).hash(seed=0)).to_series(),
            FAULT: fault,
            FAULT_COLUMN: column,
        },
        schema=canonical(dataset),
    )


def _read(raw: pl.Series, field: Field, facts: Profile, currency: Currency) -> pl.Series:
    match field.type:
        case Type.TIME:
            return values.read_times(raw, facts.marks.get(field.name, values.Marks()))
        case Type.MONEY:
            return values.read_amounts(
                raw, currency.places, facts.decimals.get(field.name, ".")
            ).minor
        case Type.NUMBER:
            return values.read_amounts(raw, 6, ".").minor / 10**6
        case Type.ID:
            if raw.dtype.is_float():  # whole numbers that met a null on their way
                whole = raw.cast(pl.Int64, strict=False)
                raw = pl.select(
                    pl.when(pl.lit(whole.cast(pl.Float64) == raw))
                    .then(pl.lit(whole).cast(pl.String))
                    .otherwise(pl.lit(raw).cast(pl.String))
                ).to_series()
            return pl.select(values.clean_id(pl.lit(raw))).to_series()
        case Type.STATUS:
            text = pl.select(values.clean_text(pl.lit(raw))).to_series()
            return text.replace_strict(
                list(facts.statuses), [str(status) for status in facts.statuses.values()],
                default=None, return_dtype=pl.String,
            )  # fmt: skip
        case Type.CURRENCY:
            return pl.select(values.clean_text(pl.lit(raw)).str.to_uppercase()).to_series()
        case Type.TEXT:
            return pl.select(values.clean_text(pl.lit(raw))).to_series()


def _cell(position: int) -> pl.Expr:
    return pl.col(f"c{position}").str.strip_chars()


def _faults(
    batch: pl.DataFrame,
    export: Export,
    found: Mapping[str, pl.Series],
    unread: list[tuple[str, str, pl.Series]],
) -> tuple[pl.Series, pl.Series]:
    """The first rule that refuses each row, and the column it speaks of; null for good rows."""
    taken = list(export.taken.values())
    texts = [taken for taken in taken if batch.schema[f"c{taken.position}"] == pl.String]

    nothing = pl.lit(False)
    heads = [_cell(one.position) == one.column.strip() for one in texts]
    rules: list[tuple[str, str, pl.Expr]] = []
    for one in texts:
        rules.append(
            (
                "a NUL character",
                one.column,
                pl.col(f"c{one.position}").str.contains("\0", literal=True),
            )
        )
    rules.append(
        ("the header again", "", pl.sum_horizontal(heads) >= 2 if len(heads) > 1 else nothing)
    )
    if (
        batch.schema["c0"] == pl.String
        and found["order_time" if "order_time" in found else "user_id"].has_nulls()
    ):
        # A total stands in any column taken, or in the first; its row has no date.
        total = pl.any_horizontal(
            *[
                _cell(at).str.to_lowercase().str.strip_chars("：: ").is_in(TOTALS)
                for at in (0, *(one.position for one in texts))
            ]
        )
        undated = next((found[field].is_null() for field in found if field.endswith("_time")), None)
        rules.append(
            (
                "a row of totals",
                "",
                total & (pl.lit(undated) if undated is not None else pl.lit(True)),
            )
        )
    rules += [(reason, column, pl.lit(rows)) for reason, column, rows in unread]
    why, where = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for reason, column, refused in reversed(rules):
        hit = refused.fill_null(False)
        why = pl.when(hit).then(pl.lit(reason)).otherwise(why)
        where = pl.when(hit).then(pl.lit(column)).otherwise(where)
    chosen = batch.select(why=why, where=where)
    return chosen["why"], chosen["where"]


_LACKS = {Type.ID: "no user", Type.TIME: "no date", Type.MONEY: "no amount"}


def need(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """The rows, those that lack a needed field refused for it."""
    reason = pl.col(FAULT)
    for name in dataset.needed:
        lacks = _LACKS.get(dataset[name].type, f"no {name}")
        # Rules that have refused a row stand; among needed fields the first declared wins.
        reason = (
            pl.when(reason.is_null() & pl.col(name).is_null()).then(pl.lit(lacks)).otherwise(reason)
        )
    return rows.with_columns(reason.alias(FAULT))
