"""The strict way from raw rows to canonical ones: rules, rejects, reasons.

What no single value can tell is settled beforehand (`profiles`). Then rows are read a batch at a time;
what can't be read is refused by a named rule and kept with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from userops.core import progress
from userops.core.table import Currency
from userops.datasets.fields import Dataset, Field, Type
from userops.datasets.orders import Status
from userops.engines import query as engine
from userops.readers.exports import Export
from userops.readers.files.records import BLANK, DESCRIPTION, LINE
from userops.readers.strict import formulas
from userops.readers.strict.profiles import Profile
from userops.readers.values import amounts, times
from userops.readers.values import text as text_values

# Rows at a time, and cells where there are many columns.
_BATCH, _CELLS, _LEAST = 500_000, 20_000_000, 1_000
# What a row of totals says: alone, or before a colon and what is added up.
_TOTALS = (
    "合计|总计|小计|总和|汇总|共计|合計|總計|小計|計|総計|합계|총계|total|totals|sum|summary|subtotal|sub-total|"
    "sub total|grand total|overall|overall total|total general|total général|sous-total|summe|gesamt|"
    "gesamtsumme|zwischensumme|suma|suma total|soma|totale|totaal|итого|всего|jumlah|toplam|razem|tổng|"
    "tổng cộng|รวม"
)
TOTALS = rf"(?i)^[\s*—–-]*(?:{_TOTALS})[\s*—–-]*(?:[:：].*)?$"
# Rows and lines that are none, or about others: neither read nor refused.
A_TOTAL = "a row of totals"
A_REMARK = "a remark"
PASSED_OVER = (A_TOTAL, A_REMARK, DESCRIPTION, BLANK)
# A remark (how many records there are, whose they are) fills this many cells at most, of rows this wide.
_REMARK_CELLS, _REMARK_WIDTH = 2, 5

# A remark that stands in the first column, whatever that's of: called so, or a sentence.
_REMARK = (
    r"(?i)^[\s*※＊#（(\[【]*(?:"
    r"(?:备注|備註|说明|說明|注|註|注释|提示|声明|数据|统计|制表|导出|生成|报表|打印|以上|本表)\p{Han}{0,6}[\d\s）)\]】]*[:：]"
    r"|(?:notes?|remarks?|disclaimer|source|generated|exported|printed|report(?:ed)?)(?:\s*\d*\s*[:：]|\s.*\s)"
    r"|(?:以上|本表|注意)\p{Han}{3,})|\p{Han}.*[。；;，,！].*\p{Han}|\p{Han}.*。\s*$"
)
_LEAST_BESIDE = 3  # columns of a table in which one cell alone is a remark

DTYPES: dict[Type, type[pl.DataType] | pl.DataType] = {
    Type.ID: pl.String,
    Type.TEXT: pl.String,
    Type.TIME: pl.Datetime("us"),
    Type.MONEY: pl.Int64,
    Type.NUMBER: pl.Float64,
    Type.STATUS: pl.String,
    Type.CURRENCY: pl.String,
}
# Where a lone dash or stroke says that there's nothing.
_FIGURES = (Type.TIME, Type.MONEY, Type.NUMBER)
# What reading adds to a dataset's own fields.
FILE, DIGEST, FAULT, FAULT_COLUMN = "file", "digest", "fault", "fault_column"
# What is counted of amounts while reading.
ROUNDED, NEGATIVE, ABSURD = "rounded", "negative", "absurd"
# What is counted of users: by the word that stands for one where there is none.
NOBODY = "nobody "
WHO = ("user_id", "anonymous_id")
ABSURD_FROM = 10**9


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


def batches(
    export: Export, number: int, dataset: Dataset, facts: Profile, currency: Currency
) -> Iterator[pl.DataFrame]:
    """Canonical rows of an export, `file` being its `number`; refused ones with their fault.

    Rows that say nothing in any column have the fault BLANK: they're no rows.
    """
    rows = max(_LEAST, min(_BATCH, _CELLS // max(len(export.header), 1)))
    for batch in engine.batches(export.rows, rows):
        yield _canonical_batch(batch, export, number, dataset, facts, currency)
        progress.advance(len(batch))


def _canonical_batch(
    batch: pl.DataFrame,
    export: Export,
    number: int,
    dataset: Dataset,
    facts: Profile,
    currency: Currency,
) -> pl.DataFrame:
    columns_read: dict[str, pl.Series] = {}
    unread: list[tuple[str, str, pl.Series]] = []  # reason, column, rows
    for field_ in dataset.fields:
        taken = export.taken.get(field_.name)
        if taken is None:
            said_of_all = export.defaults.get(field_.name)
            columns_read[field_.name] = constant(field_, said_of_all).new_from_index(0, len(batch))
            continue
        value = _read(batch, taken.column, taken.position, field_, facts, currency)
        said = _said(batch[f"c{taken.position}"])
        if field_.type in _FIGURES and batch.schema[f"c{taken.position}"] == pl.String:
            said &= ~batch[f"c{taken.position}"].str.contains(text_values.DASH).fill_null(False)
        if field_.type is Type.ID:
            said &= value.is_not_null()
        for other, position in taken.blank:
            more = _read(batch, other, position, field_, facts, currency)
            value = value.zip_with(said, more)
            said |= more.is_not_null()
        if not taken.is_plain:
            value = formulas.applied(value, taken, batch, export.name, facts, currency)
        columns_read[field_.name] = value.rename(field_.name)
        if field_.type in _FIGURES:
            reason = {
                Type.TIME: "not a date",
                Type.MONEY: "not an amount",
                Type.NUMBER: "not a number",
            }
            unread.append((reason[field_.type], taken.column, said & value.is_null()))
    if export.maker and export.maker.void_unpaid and "status" in columns_read:
        columns_read["status"] = _with_unpaid(batch, export, columns_read)
    fault, column = _faults(batch, export, dataset, columns_read, unread)
    return pl.DataFrame(
        {
            FILE: pl.Series([number], dtype=pl.UInt32).new_from_index(0, len(batch)),
            LINE: batch[LINE],
            **columns_read,
            DIGEST: batch.select(export.row_key(batch.schema)).to_series(),
            FAULT: fault,
            FAULT_COLUMN: column,
        },
        schema=canonical(dataset),
    )


def constant(field: Field, text: str | None) -> pl.Series:
    """What all rows say in a field, as it's read."""
    value = pl.Series(field.name, [text], pl.String)
    if field.type is Type.TIME:
        return value.str.to_date("%Y-%m-%d").cast(DTYPES[Type.TIME])
    return value.cast(DTYPES[field.type])


def _with_unpaid(
    batch: pl.DataFrame, export: Export, columns_read: Mapping[str, pl.Series]
) -> pl.Series:
    """Statuses, void where an order was never paid: no time of payment, and nothing paid."""
    status, taken = columns_read["status"], export.taken.get("order_time")
    if taken is None or not taken.blank:
        return status
    unpaid = ~_said(batch[f"c{taken.position}"]) & (columns_read["amount"] == 0).fill_null(False)
    if "refund" in export.taken:
        unpaid &= (columns_read["refund"] == 0) | columns_read["refund"].is_null()
    return status.set(unpaid, str(Status.VOID))


def _said(column: pl.Series) -> pl.Series:
    """Which cells of a column say anything."""
    if column.dtype.is_temporal():
        return column.is_not_null()
    return pl.select(text_values.clean_text(pl.lit(column))).to_series().is_not_null()


def _read(
    batch: pl.DataFrame,
    column: str,
    position: int,
    field: Field,
    facts: Profile,
    currency: Currency,
) -> pl.Series:
    raw = batch[f"c{position}"]
    if field.type is not Type.TIME and (raw.dtype == pl.Date or isinstance(raw.dtype, pl.Datetime)):
        raw = pl.select(times.as_text(pl.lit(raw), raw.dtype)).to_series()
    match field.type:
        case Type.TIME:
            read = times.read_times(raw, facts.time_styles.get(position, times.TimeStyle()))
            facts.assumed.update({(what, column): rows for what, rows in read.counts.items()})
            return read.values
        case Type.MONEY:
            # What's counted in 万 has so many places more.
            places = max(currency.places + facts.powers.get(position, 0), 0)
            money = amounts.read_amounts(raw, places, facts.decimals.get(position, "."))
            facts.assumed[ROUNDED, column] += int(money.rounded.sum())
            facts.assumed[NEGATIVE, column] += int((money.minor < 0).sum())
            facts.assumed[ABSURD, column] += int(
                (money.minor >= ABSURD_FROM * 10**currency.places).sum()
            )
            return money.minor
        case Type.NUMBER:
            numbers = amounts.read_numbers(raw, facts.decimals.get(position, "."))
            power = facts.powers.get(position, 0)
            return numbers * 10.0**power if power else numbers
        case Type.ID:
            if raw.dtype.is_float():  # whole numbers that met a null on their way
                whole = raw.cast(pl.Int64, strict=False)
                raw = pl.select(
                    pl.when(pl.lit(whole.cast(pl.Float64) == raw))
                    .then(pl.lit(whole).cast(pl.String))
                    .otherwise(pl.lit(raw).cast(pl.String))
                ).to_series()
            ids = pl.select(text_values.clean_id(pl.lit(raw))).to_series()
            return _users(ids, column, facts) if field.name in WHO else ids
        case Type.STATUS:
            text = pl.select(text_values.clean_text(pl.lit(raw))).to_series()
            return text.replace_strict(
                list(facts.statuses), [str(status) for status in facts.statuses.values()],
                default=None, return_dtype=pl.String,
            )  # fmt: skip
        case Type.CURRENCY:
            return pl.select(text_values.clean_text(pl.lit(raw)).str.to_uppercase()).to_series()
        case Type.TEXT:
            return pl.select(text_values.clean_text(pl.lit(raw), field.says)).to_series()


def _users(ids: pl.Series, column: str, facts: Profile) -> pl.Series:
    """Ids that are somebody's; words for nobody are counted."""
    nobody = pl.select(facts.no_user.is_it(pl.lit(ids))).to_series().fill_null(False)
    if not nobody.any():
        return ids
    for word, rows in ids.filter(nobody).value_counts().iter_rows():
        if word not in facts.no_user.ids:
            facts.assumed[NOBODY + word, column] += rows
    return ids.set(nobody, None)


def _cell(position: int) -> pl.Expr:
    return pl.col(f"c{position}").str.strip_chars()


def is_header_again(export: Export, types: Mapping[str, pl.DataType]) -> pl.Expr:
    """Whether a row repeats the names of its columns, of those by position that are texts."""
    heads = [
        _cell(one.position) == one.column.strip()
        for one in export.taken.values()
        if types[f"c{one.position}"] == pl.String
    ]
    return pl.sum_horizontal(heads) >= 2 if len(heads) > 1 else pl.lit(False)


def _faults(
    batch: pl.DataFrame,
    export: Export,
    dataset: Dataset,
    columns_read: Mapping[str, pl.Series],
    unread: list[tuple[str, str, pl.Series]],
) -> tuple[pl.Series, pl.Series]:
    """The first rule that refuses each row, and the column it speaks of; null for good rows."""
    taken = list(export.taken.values())
    texts = [taken for taken in taken if batch.schema[f"c{taken.position}"] == pl.String]

    blank, remark = _saying_nothing(batch, export, columns_read)
    remark |= _remarks(batch, export, columns_read)
    rules: list[tuple[str, str, pl.Expr]] = [
        (BLANK, "", pl.lit(blank)),
        (A_REMARK, "", pl.lit(remark)),
    ]
    rules += [
        ("a NUL character", one.column, pl.col(f"c{one.position}").str.contains("\0", literal=True))
        for one in texts
    ]
    user = export.taken.get("user_id")
    if user is not None and user in texts:
        masked = _cell(user.position).str.contains(text_values.STARRED)
        rules.append(("a masked user", user.column, masked))
    rules.append(("the header again", "", is_header_again(export, batch.schema)))
    if batch.schema["c0"] == pl.String:
        rules.append((A_TOTAL, "", _totals(batch, export, dataset, columns_read)))
    rules += [(reason, column, pl.lit(rows)) for reason, column, rows in unread]
    why, where = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for reason, column, refused in reversed(rules):
        hit = refused.fill_null(False)
        why = pl.when(hit).then(pl.lit(reason)).otherwise(why)
        where = pl.when(hit).then(pl.lit(column)).otherwise(where)
    chosen = batch.select(why=why, where=where)
    return chosen["why"], chosen["where"]


def _totals(
    batch: pl.DataFrame, export: Export, dataset: Dataset, columns_read: Mapping[str, pl.Series]
) -> pl.Expr:
    """Whether a row is one of totals: called so in a column that's taken or the first, without a date.

    The field that totals leave blank says nothing, or calls it so itself.
    """
    texts = [f"c{one.position}" for one in export.taken.values()]
    texts = [column for column in texts if batch.schema[column] == pl.String]
    absent = export.taken.get(dataset.absent_in_totals)
    may_be = columns_read[dataset.absent_in_totals].is_null()
    if absent is not None and f"c{absent.position}" in texts:
        named = batch.select(_cell(absent.position).str.contains(TOTALS)).to_series()
        may_be |= named.fill_null(False)
    if dataset.named_totals or said_of_all(export, dataset.absent_in_totals):
        may_be = pl.repeat(True, len(batch), dtype=pl.Boolean, eager=True)
    # Few rows may be: only then are other columns worth a look.
    if not may_be.any():
        return pl.lit(False)
    called = pl.any_horizontal(
        pl.col(column).str.strip_chars().str.contains(TOTALS) for column in sorted({"c0", *texts})
    )
    dated = next((one.name for one in dataset.fields if one.type is Type.TIME), None)
    told = dated is not None and not said_of_all(export, dated)
    undated = pl.lit(columns_read[dated].is_null()) if dated and told else pl.lit(True)
    return called & undated & pl.lit(may_be)


def said_of_all(export: Export, field: str) -> bool:
    """Whether no column says a field, but the file's name or somebody does of all rows: also of totals."""
    return field in export.defaults and field not in export.taken


def _saying_nothing(
    batch: pl.DataFrame, export: Export, columns_read: Mapping[str, pl.Series]
) -> tuple[pl.Series, pl.Series]:
    """Which rows say nothing in any column, also in those that no field is taken from; and remarks.

    A remark says nothing in any column that's taken, and something in one or two of many; a number
    of an order that has no digit is none. What's there and can't be read isn't nothing.
    """
    fields = pl.DataFrame(columns_read)
    if "order_id" in columns_read:
        number = pl.col("order_id")
        fields = fields.with_columns(pl.when(number.str.contains(r"\d")).then(number))
    # Few rows say nothing in the fields: only their cells are worth a look.
    silent = fields.select(pl.all_horizontal(pl.all().is_null())).to_series()
    where = silent.arg_true()
    blank, remark = (pl.repeat(False, len(batch), dtype=pl.Boolean, eager=True) for _ in range(2))
    if where.is_empty():
        return blank, remark
    cells = batch.drop(LINE)[where]
    said = cells.select(
        pl.col(name).is_not_null()
        if type != pl.String
        else pl.col(name).str.strip_chars(text_values.BLANKS).fill_null("") != ""
        for name, type in cells.schema.items()
    )
    taken = {f"c{one.position}" for name, one in export.taken.items() if name != "order_id"}
    untaken = said.select(pl.lit(True) if not taken else ~pl.any_horizontal(sorted(taken)))
    told = said.select(pl.sum_horizontal(pl.all())).to_series()
    remarks = untaken.to_series() & (told > 0) & (told <= _REMARK_CELLS)
    remarks &= cells.width >= _REMARK_WIDTH
    return blank.scatter(where, told == 0), remark.scatter(where, remarks)


def _remarks(
    batch: pl.DataFrame, export: Export, columns_read: Mapping[str, pl.Series]
) -> pl.Series:
    """Which rows have a remark in the first cell, whatever column that is, and nothing in the others."""
    none = pl.repeat(False, len(batch), dtype=pl.Boolean, eager=True)
    if batch.schema["c0"] != pl.String or len(export.header) < _LEAST_BESIDE:
        return none
    others = [
        columns_read[name].is_null() for name, one in export.taken.items() if one.position != 0
    ]
    if not others:
        return none
    where = pl.select(pl.all_horizontal(others)).to_series().arg_true()
    if where.is_empty():
        return none
    cells = batch.drop(LINE)[where]
    alone = [
        pl.col(name).cast(pl.String).str.strip_chars(text_values.BLANKS).fill_null("") == ""
        for name in cells.columns[1:]
    ]
    remark = pl.col("c0").str.contains(_REMARK) & pl.all_horizontal(alone)
    return none.scatter(where, cells.select(remark.fill_null(value=False)).to_series())


def lacking(field: Field) -> str:
    """Why a row is refused that says nothing in a needed field."""
    if field.name == "user_id":
        return "no user"
    return {Type.TIME: "no date", Type.MONEY: "no amount"}.get(field.type, f"no {field.name}")


def need(rows: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """The rows, those that lack a needed field refused for it."""
    reason = pl.col(FAULT)
    # What doesn't count needs nothing: an unpaid order has no date of payment.
    counts = pl.lit(True)
    if dataset.holds(Type.STATUS):
        counts = pl.col("status").is_null() | (pl.col("status") == Status.VALID)
    for name in dataset.needed:
        lacks = lacking(dataset[name])
        says = (name, *dataset[name].instead)
        silent = pl.all_horizontal(pl.col(one).is_null() for one in says)
        # Rules that have refused a row stand; among needed fields the first declared wins.
        reason = pl.when(reason.is_null() & silent & counts).then(pl.lit(lacks)).otherwise(reason)
    return rows.with_columns(reason.alias(FAULT))
