"""Light rules on Spark: a row as canonical columns, or what about it is in doubt.

What they read they read as the strict way does; the rest they leave to it, row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.core.dates import FIRST_DAY, LAST_DAY
from userops.core.errors import UsageError
from userops.datasets.fields import Type
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS, SUMS_OF_MONEY, Status
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions
from userops.readers.spark.exports import BROKEN, ELSEWHERE, TEXT, Shelf
from userops.readers.values import amounts, times
from userops.readers.values import text as text_values

# What about a row is in doubt, and what an order that's told without doubt is.
DOUBT, STATE = "doubt", "state"
HEADER, ENCODING, ROW = "header", "encoding", "row"
VALID, VOID, REFUNDED, FULL = range(4)
_STATES = {Status.VOID: VOID, Status.REFUNDED: REFUNDED, Status.VALID: VALID}
KEY = "key"  # a hash of the order's id
_DAY_US = 86_400_000_000
_ISO = (
    r"\A[1-9]\d{3}([-/])\d{1,2}\1\d{1,2}"
    r"([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?)?\z"
)
# Java's letters for what a format may be made of.
_LETTERS = {"%Y": "yyyy", "%m": "M", "%d": "d", "%H": "H", "%M": "m", "%S": "s"}
_MOST = 10**9  # of an amount; more is looked at with care
_FAR = r"\A\d{1,9}(\.\d{1,6})?\z"
# Spark's regular expressions are Java's.
_CLEAN = r"\A[A-Za-z]{0,9}[-_]?[0-9]{2,}\z"
_UNCLEAN = "(?U)" + text_values.unclean_ids().replace(r"\p{Han}", r"\p{IsHan}")


def canonical(shelf: Shelf, options: ReadOptions, places: int, code: str) -> Any:
    """The shelf's rows with `user_id, day, order_time` (microseconds), `amount` and the like.

    Every row has a `doubt` or is told without; then `state` says whether it counts. `amount` is
    net of `refund`. Of several doubts the first counts.
    """
    from pyspark.sql import functions as f

    taken, sample = shelf.export.taken, shelf.sample
    types = dict(shelf.frame.dtypes)
    at = {field: _Cell(shelf, one, types) for field, one in taken.items()}
    columns: dict[str, Any] = {}
    doubts = _of_text(shelf)
    key = f.lit(None).cast("long")
    if "order_id" in at:
        order_id = _identity(at["order_id"])
        doubts.append(("order_id", _unclean(order_id)))
        parts = _joined(taken["order_id"])
        if parts:
            order_id = f.concat_ws("\x1f", order_id, *parts)
            doubts.append(("order_id", f.coalesce(*parts).isNull()))
        # It rests on as little as it can: a pass over keys alone is then a light one.
        key = f.xxhash64(order_id)
        for _, unread in doubts:
            key = f.when(~unread, key)
    columns["user_id"] = _identity(at["user_id"])
    micros = _micros(at["order_time"], sample[at["order_time"].name], options)
    columns["day"] = ((micros - f.pmod(micros, f.lit(_DAY_US))) / _DAY_US).cast("int")
    columns["order_time"] = micros
    amount = _minor(at["amount"], sample[at["amount"].name], options, places)
    doubts += [
        ("user_id", _unclean(columns["user_id"]) | _nobody(columns["user_id"], shelf, options)),
        ("order_time", micros.isNull()),
        ("amount", amount.isNull()),
    ]
    if taken["amount"].times:
        price = _minor(at["amount"], sample[at["amount"].name], options, places)
        amount = price * _pieces(shelf, taken["amount"].times, types)
        doubts[-1] = ("amount", amount.isNull())
    refund = _refund(at, shelf, options, places)
    if taken["amount"].plus:
        amount = amount + refund
    if "refund" in at:
        doubts.append(("refund", refund.isNull()))
    columns["amount"] = amount - refund
    state, unknown = _state(at, shelf, options)
    full = (amount > 0) & (amount <= refund)
    columns[STATE] = f.when((state == VALID) & full, f.lit(FULL)).otherwise(state)
    doubts.append(("status", unknown))
    # A part that was given back goes before a status that says all was.
    doubts.append(("refund", (state == REFUNDED) & (refund > 0) & (refund < amount)))
    if "currency" in at:
        other = at["currency"].column != f.lit(code)
        doubts.append(("currency", f.coalesce(other, f.lit(False))))
    attributes, odd = _attributes(at, shelf, options, places)
    return shelf.frame.withColumns(
        {**columns, **attributes, DOUBT: _first([*doubts, *odd]), KEY: key}
    )


def _joined(taken: Taken) -> list[Any]:
    """The columns that are an id only together with the taken one.

    Raises:
        UsageError: one of them is the file.
    """
    from pyspark.sql import functions as f

    if any(position < 0 for _, position in taken.joined):
        raise UsageError("--order-id with file isn't for --engine spark", mend=ELSEWHERE)
    return [f.col(f"c{position}").cast("string") for _, position in taken.joined]


def _pieces(shelf: Shelf, quantity: tuple[str, int], types: Mapping[str, str]) -> Any:
    """How many of a price: a whole number; null, and so in doubt, for any other."""
    from pyspark.sql import functions as f

    number, _ = _number(_Cell(shelf, Taken("quantity", *quantity, "name"), types))
    return f.when(number.between(0, _MOST) & (number == f.floor(number)), number.cast("long"))


def _of_text(shelf: Shelf) -> list[tuple[str, Any]]:
    """Doubts about a line of text as a whole."""
    from pyspark.sql import functions as f

    if shelf.header is None:
        return []
    text = f.col(TEXT)
    return [
        (HEADER, text == f.lit(shelf.header)),
        (ENCODING, ~f.is_valid_utf8(text) | text.contains("\ufffd")),
        (ROW, f.col(BROKEN)),
    ]


def _refund(at: Mapping[str, _Cell], shelf: Shelf, options: ReadOptions, places: int) -> Any:
    """What was given back, in minor units; 0 for nothing, null where it can't be read."""
    from pyspark.sql import functions as f

    nothing = f.lit(0).cast("long")
    if "refund" not in at:
        return nothing
    cell = at["refund"]
    refund = _minor(cell, shelf.sample[cell.name], options, places)
    return f.when(cell.column.isNull(), nothing).otherwise(refund)


def _attributes(
    at: Mapping[str, _Cell], shelf: Shelf, options: ReadOptions, places: int
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Columns of text and numbers, and doubts about them and about blank cells."""
    columns: dict[str, Any] = {}
    doubts: list[tuple[str, Any]] = []
    for name in ATTRIBUTES:
        if name in at:
            columns[name] = told(at[name].column.cast("string"))
            if not at[name].plain:
                doubts.append((name, at[name].column.isNotNull()))
            elif ORDERS[name].type is Type.ID:
                doubts.append((name, at[name].column.isNotNull() & _unclean(columns[name])))
    for name in SUMS:
        if name in SUMS_OF_MONEY and name in at:
            cell = at[name]
            columns[name] = _minor(cell, shelf.sample[cell.name], options, places)
            doubts.append((name, cell.column.isNotNull() & columns[name].isNull()))
        elif name in at:
            columns[name], odd = _number(at[name])
            doubts.append((name, odd))
    blank = [(field, cell.column.isNull() & cell.blank) for field, cell in at.items() if cell.more]
    return columns, doubts + blank


def _first(doubts: Sequence[tuple[str, Any]]) -> Any:
    """The first of several doubts that a row gives; null for none."""
    from pyspark.sql import functions as f

    doubt = f.lit(None).cast("string")
    for reason, here in reversed(doubts):
        doubt = f.when(here, f.lit(reason)).otherwise(doubt)
    return doubt


class _Cell:
    """A field's column, the maker's words for nothing made null."""

    def __init__(self, shelf: Shelf, taken: Taken, types: Mapping[str, str]) -> None:
        from pyspark.sql import functions as f

        self.name = f"c{taken.position}"
        self.type = types[self.name]
        self.column = f.col(self.name)
        maker = shelf.export.maker
        if maker and maker.nulls and self.type == "string":
            nothing = f.trim(self.column).isin(list(maker.nulls))
            self.column = f.when(~nothing, self.column)
        # Columns that say it where this one is blank.
        self.more = [f.col(f"c{position}") for _, position in taken.blank]

    @property
    def text(self) -> bool:
        """Whether it's written as text."""
        return self.type == "string"

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.type in ("tinyint", "smallint", "int", "bigint") or (
            self.type.startswith("decimal") and self.type.endswith(",0)")
        )

    @property
    def plain(self) -> bool:
        """Whether its text is the same on every engine."""
        return self.text or self.whole

    @property
    def blank(self) -> Any:
        """Whether another column says what this one doesn't."""
        from pyspark.sql import functions as f

        return f.coalesce(*self.more).isNotNull()


def _identity(cell: _Cell) -> Any:
    """An id as text; null, and so in doubt, where it's neither text nor a whole number."""
    from pyspark.sql import functions as f

    return cell.column.cast("string") if cell.plain else f.lit(None).cast("string")


def _unclean(identity: Any) -> Any:
    # Most ids are quickly told to be clean.
    return identity.isNull() | (~identity.rlike(_CLEAN) & identity.rlike(_UNCLEAN))


def _nobody(identity: Any, shelf: Shelf, options: ReadOptions) -> Any:
    """Whether an id is nobody's."""
    from pyspark.sql import functions as f

    words = options.no_user.words | {one.lower() for one in shelf.export.nobody}
    return f.lower(identity).isin(sorted(words))


def told(column: Any) -> Any:
    """As `text_values.clean_text`."""
    from pyspark.sql import functions as f

    text = f.btrim(column, f.lit(text_values.BLANKS))
    return f.when(~f.lower(text).isin(list(text_values.EMPTY)), text)


def _micros(cell: _Cell, sample: pl.Series, options: ReadOptions) -> Any:
    """A local wall time in microseconds since 1970; null where it can't be read."""
    from pyspark.sql import functions as f

    micros = _micros_read(cell, sample, options)
    first, last = FIRST_DAY * _DAY_US, (LAST_DAY + 1) * _DAY_US - 1
    return f.when(micros.between(first, last), micros)


def _micros_read(cell: _Cell, sample: pl.Series, options: ReadOptions) -> Any:
    """The same of any year."""
    from pyspark.sql import functions as f

    column = cell.column
    if cell.type == "date":
        day = f.unix_date(column).cast("long")
        return f.when(day.between(FIRST_DAY, LAST_DAY), day) * _DAY_US
    if cell.type.startswith("timestamp"):
        return f.unix_micros(column.cast("timestamp"))
    if not cell.text:
        return f.lit(None).cast("long")
    if options.date_format:
        return f.unix_micros(f.try_to_timestamp(column, f.lit(java_format(options.date_format))))
    if times.plain_format(sample) == "%Y%m%d":
        parts = [f.substring(column, start, length) for start, length in ((1, 4), (5, 2), (7, 2))]
        column = f.when(column.rlike(r"\A[1-9]\d{7}\z"), f.concat_ws("-", *parts))
    else:
        column = f.when(column.rlike(_ISO), f.translate(column, "/", "-"))
    return f.unix_micros(column.try_cast("timestamp"))


def java_format(date_format: str) -> str:
    """A format in Spark's words.

    Raises:
        UsageError: it has none for a part of it.
    """
    import re

    parts = re.findall(r"%.|[^%]+", date_format)
    unknown = [part for part in parts if part.startswith("%") and part not in _LETTERS]
    if unknown:
        raise UsageError(
            f"--date-format {date_format}: --engine spark doesn't read {unknown[0]}",
            mend=f"made of {' '.join(_LETTERS)}, or without --engine spark",
        )
    return "".join(_LETTERS.get(part) or "'" + part.replace("'", "''") + "'" for part in parts)


def _minor(cell: _Cell, sample: pl.Series, options: ReadOptions, places: int) -> Any:
    """An amount in minor units; null where it isn't a plain number of them, from 0 up."""
    from pyspark.sql import functions as f

    column, scale = cell.column, 10**places
    if cell.whole:
        return f.when(column.between(0, _MOST), column).cast("long") * scale
    if cell.type in ("float", "double") or cell.type.startswith("decimal"):
        number = column.cast("double") * scale
        near = (f.abs(number - f.rint(number)) <= 1e-4) & number.between(0, _MOST * scale)
        return f.when(near, f.rint(number)).cast("long")
    if not cell.text or options.decimal == ",":
        return f.lit(None).cast("long")
    # As on the other way: where the first rows have no point, one further down may be anything.
    pointed = options.decimal == "." or (
        bool(sample.str.contains(".", literal=True).any()) and not amounts.is_unsettled(sample)
    )
    part = rf"(\.\d{{1,{places}}})?" if pointed and places else ""
    plain = f.when(column.rlike(rf"\A\d{{1,9}}{part}\z"), column)
    return (plain.try_cast(f"decimal(18,{places})") * scale).cast("long")


def _number(cell: _Cell) -> tuple[Any, Any]:
    """How many, and whether that's in doubt."""
    from pyspark.sql import functions as f

    if cell.text:
        number = f.when(cell.column.rlike(_FAR), cell.column).try_cast("double")
    elif cell.whole or cell.type in ("float", "double") or cell.type.startswith("decimal"):
        number = cell.column.cast("double")
    else:
        number = f.lit(None).cast("double")
    fine = f.coalesce(number.between(0, _MOST), f.lit(False))
    return number, cell.column.isNotNull() & ~fine


def _state(at: Mapping[str, _Cell], shelf: Shelf, options: ReadOptions) -> tuple[Any, Any]:
    """Whether an order counts, and whether that isn't known."""
    from pyspark.sql import functions as f

    state, unknown = f.lit(VALID), f.lit(False)
    if "status" in at:
        known = shelf.export.statuses(options)
        # As the first rows spell them; other spellings are looked at with care.
        here = shelf.sample[at["status"].name].cast(pl.String).drop_nulls().unique()
        spelled = {text: text.strip().casefold() for text in (*known, *here)}
        column = at["status"].column.cast("string")
        state = f.lit(None).cast("int")
        for status, number in _STATES.items():
            words = [text for text, word in spelled.items() if known.get(word) == status]
            state = f.when(column.isin(words), f.lit(number)).otherwise(state)
        unknown = state.isNull()
    if "cancelled" in at:
        gone = told(at["cancelled"].column.cast("string")).isNotNull()
        state = f.when(gone, f.lit(VOID)).otherwise(state)
        unknown &= ~gone
    return state, unknown
