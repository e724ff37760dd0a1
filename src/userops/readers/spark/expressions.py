"""Light rules on Spark: a row as canonical columns, or what about it is in doubt.

What they read they read as the strict way does; the rest they leave to it, row by row. They're
written as Spark's SQL: an expression built call by call takes a message to Java for each of its parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.core.dates import FIRST_DAY, LAST_DAY
from userops.core.errors import UsageError
from userops.datasets.fields import Type
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS, SUMS_OF_MONEY, Status
from userops.engines.spark import among, quoted
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
_BETWEEN, _UNREADABLE = "\x1f", "\ufffd"
_FAR = r"\A\d{1,9}(\.\d{1,6})?\z"
# Spark's regular expressions are Java's.
_CLEAN = r"\A[A-Za-z]{0,9}[-_]?[0-9]{2,}\z"
_UNCLEAN = "(?U)" + text_values.unclean_ids().replace(r"\p{Han}", r"\p{IsHan}")


def canonical(shelf: Shelf, options: ReadOptions, places: int, code: str) -> Any:
    """The shelf's rows with `user_id, day, order_time` (microseconds), `amount` and the like.

    Every row has a `doubt` or is told without; then `state` says whether it counts. `amount` is
    net of `refund`. Of several doubts the first counts.
    """
    taken, sample = shelf.export.taken, shelf.sample
    types = dict(shelf.frame.dtypes)
    at = {field: Cell(shelf, one, types) for field, one in taken.items()}
    columns: dict[str, str] = {}
    doubts = of_text(shelf)
    key = "CAST(NULL AS BIGINT)"
    if "order_id" in at:
        order_id = identity(at["order_id"])
        doubts.append(("order_id", unclean(order_id)))
        parts = _joined(taken["order_id"])
        if parts:
            order_id = f"concat_ws({quoted(_BETWEEN)}, {order_id}, {', '.join(parts)})"
            doubts.append(("order_id", f"coalesce({', '.join(parts)}) IS NULL"))
        # It rests on as little as it can: a pass over keys alone is then a light one.
        unread = " AND ".join(f"NOT ({one})" for _, one in doubts)
        key = f"CASE WHEN {unread} THEN xxhash64({order_id}) END"
    columns["user_id"] = user_id = identity(at["user_id"])
    micros = micros_of(at["order_time"], sample[at["order_time"].name], options)
    columns["day"] = day_of(micros)
    columns["order_time"] = micros
    amount = _minor(at["amount"], sample[at["amount"].name], options, places)
    if taken["amount"].times:
        amount = f"({amount} * {_pieces(shelf, taken['amount'].times, types)})"
    doubts += [
        ("user_id", f"{unclean(user_id)} OR {nobody(user_id, shelf, options)}"),
        ("order_time", f"{micros} IS NULL"),
        ("amount", f"{amount} IS NULL"),
    ]
    refund = _refund(at, shelf, options, places)
    if taken["amount"].plus:
        amount = f"({amount} + {refund})"
    if "refund" in at:
        doubts.append(("refund", f"{refund} IS NULL"))
    columns["amount"] = f"({amount} - {refund})" if "refund" in at else amount
    columns[STATE], of_status = _states(at, shelf, options, amount, refund)
    attributes, odd = _attributes(at, shelf, options, places)
    if "currency" in at:
        other = f"{at['currency'].column} <> {quoted(code)}"
        of_status.append(("currency", f"coalesce({other}, FALSE)"))
    columns |= attributes
    columns |= {DOUBT: first_of([*doubts, *of_status, *odd]), KEY: key}
    return shelf.frame.selectExpr("*", *[f"{one} AS {name}" for name, one in columns.items()])


def _matches(column: str, pattern: str) -> str:
    return f"({column} RLIKE {quoted(pattern)})"


def _joined(taken: Taken) -> list[str]:
    """The columns that are an id only together with the taken one.

    Raises:
        UsageError: one of them is the file.
    """
    if any(position < 0 for _, position in taken.joined):
        raise UsageError("--order-id with file isn't for --engine spark", mend=ELSEWHERE)
    return [f"CAST(c{position} AS STRING)" for _, position in taken.joined]


def _pieces(shelf: Shelf, quantity: tuple[str, int], types: Mapping[str, str]) -> str:
    """How many of a price: a whole number; null, and so in doubt, for any other."""
    number, _ = number_of(Cell(shelf, Taken("quantity", *quantity, "name"), types))
    whole = f"{number} BETWEEN 0 AND {_MOST} AND {number} = floor({number})"
    return f"CASE WHEN {whole} THEN CAST({number} AS BIGINT) END"


def of_text(shelf: Shelf) -> list[tuple[str, str]]:
    """Doubts about a line of text as a whole."""
    if shelf.header is None:
        return []
    return [
        (HEADER, f"{TEXT} = {quoted(shelf.header)}"),
        (ENCODING, f"NOT is_valid_utf8({TEXT}) OR contains({TEXT}, {quoted(_UNREADABLE)})"),
        (ROW, BROKEN),
    ]


def _refund(at: Mapping[str, Cell], shelf: Shelf, options: ReadOptions, places: int) -> str:
    """What was given back, in minor units; 0 for nothing, null where it can't be read."""
    if "refund" not in at:
        return "0L"
    cell = at["refund"]
    refund = _minor(cell, shelf.sample[cell.name], options, places)
    return f"(CASE WHEN {cell.column} IS NULL THEN 0L ELSE {refund} END)"


def _states(
    at: Mapping[str, Cell], shelf: Shelf, options: ReadOptions, amount: str, refund: str
) -> tuple[str, list[tuple[str, str]]]:
    """Whether an order counts, and doubts about that."""
    state, unknown = _state(at, shelf, options)
    doubts = [("status", unknown)]
    if "refund" not in at:
        return state, doubts
    full = f"{amount} > 0 AND {amount} <= {refund}"
    # A part that was given back goes before a status that says all was.
    part = f"{state} = {REFUNDED} AND {refund} > 0 AND {refund} < {amount}"
    return (
        f"CASE WHEN {state} = {VALID} AND {full} THEN {FULL} ELSE {state} END",
        [*doubts, ("refund", part)],
    )


def _attributes(
    at: Mapping[str, Cell], shelf: Shelf, options: ReadOptions, places: int
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Columns of text and numbers, and doubts about them and about blank cells."""
    columns: dict[str, str] = {}
    doubts: list[tuple[str, str]] = []
    for name in ATTRIBUTES:
        if name in at:
            known = f"{at[name].column} IS NOT NULL"
            columns[name] = told(f"CAST({at[name].column} AS STRING)")
            if not at[name].plain:
                doubts.append((name, known))
            elif ORDERS[name].type is Type.ID:
                doubts.append((name, f"{known} AND {unclean(columns[name])}"))
    for name in SUMS:
        if name in SUMS_OF_MONEY and name in at:
            cell = at[name]
            columns[name] = _minor(cell, shelf.sample[cell.name], options, places)
            doubts.append((name, f"{cell.column} IS NOT NULL AND {columns[name]} IS NULL"))
        elif name in at:
            columns[name], odd = number_of(at[name])
            doubts.append((name, odd))
    return columns, doubts + told_elsewhere(at)


def told_elsewhere(at: Mapping[str, Cell]) -> list[tuple[str, str]]:
    """Doubts about blank cells that another column speaks for."""
    return [
        (field, f"{cell.column} IS NULL AND {cell.blank}")
        for field, cell in at.items()
        if cell.more
    ]


def first_of(doubts: Sequence[tuple[str, str]]) -> str:
    """The first of several doubts that a row gives; null for none."""
    cases = " ".join(f"WHEN {here} THEN {quoted(reason)}" for reason, here in doubts)
    return f"CASE {cases} END"


class Cell:
    """A field's column, the maker's words for nothing made null."""

    def __init__(self, shelf: Shelf, taken: Taken, types: Mapping[str, str]) -> None:
        self.name = f"c{taken.position}"
        self.type = types[self.name]
        self.column = self.name
        maker = shelf.export.maker
        if maker and maker.nulls and self.type == "string":
            nothing = among(f"trim({self.name})", maker.nulls)
            self.column = f"(CASE WHEN NOT {nothing} THEN {self.name} END)"
        # Columns that say it where this one is blank.
        self.more = [f"c{position}" for _, position in taken.blank]

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
    def number(self) -> bool:
        """Whether it holds numbers with decimals."""
        return self.type in ("float", "double") or self.type.startswith("decimal")

    @property
    def plain(self) -> bool:
        """Whether its text is the same on every engine."""
        return self.text or self.whole

    @property
    def blank(self) -> str:
        """Whether another column says what this one doesn't."""
        return f"coalesce({', '.join(self.more)}) IS NOT NULL"


def identity(cell: Cell) -> str:
    """An id as text; null, and so in doubt, where it's neither text nor a whole number."""
    return f"CAST({cell.column} AS STRING)" if cell.plain else "CAST(NULL AS STRING)"


def unclean(identity: str) -> str:
    """Whether an id isn't there, or isn't as its system knows it."""
    # Most ids are quickly told to be clean.
    odd = f"NOT {_matches(identity, _CLEAN)} AND {_matches(identity, _UNCLEAN)}"
    return f"({identity} IS NULL OR ({odd}))"


def nobody(identity: str, shelf: Shelf, options: ReadOptions) -> str:
    """Whether an id is nobody's."""
    words = options.no_user.words | {one.lower() for one in shelf.export.nobody}
    return among(f"lower({identity})", sorted(words))


def told(column: str) -> str:
    """As `text_values.clean_text`."""
    text = f"btrim({column}, {quoted(text_values.BLANKS)})"
    return f"(CASE WHEN NOT {among(f'lower({text})', text_values.EMPTY)} THEN {text} END)"


def day_of(micros: str) -> str:
    """The day of a time in microseconds, since 1970-01-01."""
    return f"CAST(({micros} - pmod({micros}, {_DAY_US})) / {_DAY_US} AS INT)"


def micros_of(cell: Cell, sample: pl.Series, options: ReadOptions) -> str:
    """A local wall time in microseconds since 1970; null where it can't be read."""
    micros = _micros_read(cell, sample, options)
    first, last = FIRST_DAY * _DAY_US, (LAST_DAY + 1) * _DAY_US - 1
    return f"(CASE WHEN {micros} BETWEEN {first} AND {last} THEN {micros} END)"


def _micros_read(cell: Cell, sample: pl.Series, options: ReadOptions) -> str:
    """The same of any year."""
    column = cell.column
    if cell.type == "date":
        day = f"CAST(unix_date({column}) AS BIGINT)"
        return f"(CASE WHEN {day} BETWEEN {FIRST_DAY} AND {LAST_DAY} THEN {day} END * {_DAY_US})"
    if cell.type.startswith("timestamp"):
        return f"unix_micros(CAST({column} AS TIMESTAMP))"
    if not cell.text:
        return "CAST(NULL AS BIGINT)"
    if options.date_format:
        time_format = quoted(java_format(options.date_format))
        return f"unix_micros(try_to_timestamp({column}, {time_format}))"
    if times.plain_format(sample) == "%Y%m%d":
        parts = [f"substring({column}, {at}, {length})" for at, length in ((1, 4), (5, 2), (7, 2))]
        dashed, pattern = f"concat_ws('-', {', '.join(parts)})", r"\A[1-9]\d{7}\z"
    else:
        dashed, pattern = f"translate({column}, '/', '-')", _ISO
    text = f"CASE WHEN {_matches(column, pattern)} THEN {dashed} END"
    return f"unix_micros(try_cast({text} AS TIMESTAMP))"


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


def _minor(cell: Cell, sample: pl.Series, options: ReadOptions, places: int) -> str:
    """An amount in minor units; null where it isn't a plain number of them, from 0 up."""
    column, scale = cell.column, 10**places
    if cell.whole:
        within = f"CASE WHEN {column} BETWEEN 0 AND {_MOST} THEN {column} END"
        return f"(CAST({within} AS BIGINT) * {scale})"
    if cell.number:
        number = f"(CAST({column} AS DOUBLE) * {scale})"
        near = f"abs({number} - rint({number})) <= 1e-4D AND {number} BETWEEN 0 AND {_MOST * scale}"
        return f"CAST(CASE WHEN {near} THEN rint({number}) END AS BIGINT)"
    if not cell.text or options.decimal == ",":
        return "CAST(NULL AS BIGINT)"
    # As on the other way: where the first rows have no point, one further down may be anything.
    pointed = options.decimal == "." or (
        bool(sample.str.contains(".", literal=True).any()) and not amounts.is_unsettled(sample)
    )
    part = rf"(\.\d{{1,{places}}})?" if pointed and places else ""
    pattern = rf"\A\d{{1,9}}{part}\z"
    plain = f"CASE WHEN {_matches(column, pattern)} THEN {column} END"
    return f"CAST(try_cast({plain} AS DECIMAL(18,{places})) * {scale} AS BIGINT)"


def number_of(cell: Cell) -> tuple[str, str]:
    """How many, and whether that's in doubt."""
    if cell.text:
        plain = f"CASE WHEN {_matches(cell.column, _FAR)} THEN {cell.column} END"
        number = f"try_cast({plain} AS DOUBLE)"
    elif cell.whole or cell.number:
        number = f"CAST({cell.column} AS DOUBLE)"
    else:
        number = "CAST(NULL AS DOUBLE)"
    fine = f"coalesce({number} BETWEEN 0 AND {_MOST}, FALSE)"
    return number, f"{cell.column} IS NOT NULL AND NOT {fine}"


def _state(at: Mapping[str, Cell], shelf: Shelf, options: ReadOptions) -> tuple[str, str]:
    """Whether an order counts, and whether that isn't known."""
    state, unknown = str(VALID), "FALSE"
    if "status" in at:
        known = shelf.export.statuses(options)
        # As the first rows spell them; other spellings are looked at with care.
        here = shelf.sample[at["status"].name].cast(pl.String).drop_nulls().unique()
        spelled = {text: text.strip().casefold() for text in (*known, *here)}
        column = f"CAST({at['status'].column} AS STRING)"
        cases = ""
        for status, number in _STATES.items():
            words = [text for text, word in spelled.items() if known.get(word) == status]
            cases += f" WHEN {among(column, words)} THEN {number}"
        state = f"(CASE{cases} END)"
        unknown = f"{state} IS NULL"
    if "cancelled" in at:
        said = told(f"CAST({at['cancelled'].column} AS STRING)")
        gone = f"{said} IS NOT NULL"
        state = f"(CASE WHEN {gone} THEN {VOID} ELSE {state} END)"
        unknown = f"{unknown} AND NOT ({gone})"
    return state, unknown
