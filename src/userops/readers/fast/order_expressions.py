"""Fast expressions over clean orders, chosen from the first rows of an export.

They give null for what they can't read; `orders` counts the nulls and leaves anything doubtful to
the strict way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from userops.core.table import Currency
from userops.datasets.fields import Type
from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS, SUMS_OF_MONEY, Status
from userops.readers.exports import Export
from userops.readers.fast import expressions
from userops.readers.fast.integer_ids import IdForm, unclean
from userops.readers.options import ReadOptions
from userops.readers.values import amounts
from userops.readers.values import text as text_values

# Decimal places of a unit's price beyond its currency's.
_FINER = 4
# Below this a Float64 amount times 100 is off by less than the noise allowed in `orders`.
LARGEST = 1e9
# What an order's standing is, null for an unknown status; `_standing` reckons with these numbers.
VALID, VOID, REFUNDED = 0, 1, 2
# What reductions are given of them.
GIVEN = ("user_id", "day", "amount", "order_time", *SUMS, *ATTRIBUTES)


def currency_of(exports: Sequence[Export], options: ReadOptions) -> Currency:
    """The currency that the first rows are in; the witness tells whether the rest is."""
    codes = set()
    for export in exports:
        if "currency" in export.sample:
            codes |= set(export.sample["currency"].drop_nulls())
        if export.unit:
            codes.add(export.unit)
    if options.currency:
        codes.add(options.currency)
    if len(codes) > 1 or any(not isinstance(code, str) or not code.isupper() for code in codes):
        raise expressions.DoubtError
    return Currency.named(codes.pop()) if codes else Currency()


def canonical(
    export: Export,
    options: ReadOptions,
    places: int,
    refunds: bool,
    form: IdForm | None,
    *,
    by_id: bool,
    numbers: bool,
) -> pl.LazyFrame:
    """An export as canonical columns by fast expressions; null where they can't read.

    Where any export has `refunds`, `gross` and `refund` stand beside the net amount. With a
    `form`, ids are numbers, and `other` tells what no number tells.
    """
    if export.fast is None or export.nobody:
        raise expressions.DoubtError
    sample = export.sample
    at = {field: column.name for field, column in sample.items()}
    amount, noise = pl.lit(0, pl.Int64), pl.lit(0.0)
    if "amount" in at:
        amount, noise = _taken_amount(export, places, options.decimal)
    user, whole = pl.col(at["user_id"]), sample["user_id"].dtype.is_integer()
    columns = {
        "user_id": form.number(user, whole=whole)
        if form
        else expressions.user_identity(sample["user_id"], options),
        "day": expressions.day(sample["order_time"], options),
        "order_time": expressions.time(sample["order_time"], options).cast(pl.Datetime("us")),
        "amount": amount,
        "standing": _standing_of(export, options),
        "other": form.strays(user, whole=whole) if form else pl.lit(False),
    }
    columns["odd"] = pl.lit(False)
    if by_id:
        columns["order_key"], unclean = _order_key(export, numbers=numbers)
        columns["odd"] |= unclean
        columns["order_id"] = expressions.identity(sample["order_id"])
        if export.taken["order_id"].joined:  # no other export names an order so
            columns["order_id"] = pl.lit(None, pl.String)
    if refunds:
        columns["refund"] = pl.lit(0, pl.Int64)
    if "refund" in at:
        refund, more = amount_of(sample["refund"], places, options.decimal)
        columns["refund"] = pl.when(pl.col(at["refund"]).is_not_null()).then(refund).otherwise(0)
        noise = pl.max_horizontal(noise, more)
    if "currency" in at:
        columns["currency"] = pl.col(at["currency"])
    for name in (name for name in ATTRIBUTES if name in at):
        columns[name], spoiled = _attribute(name, pl.col(at[name]))
        columns["odd"] |= spoiled
    for name in SUMS:
        if name in at:
            columns[name], unread, more = _to_be_summed(name, sample[name], places, options)
            noise = pl.max_horizontal(noise, more)
            columns["unread"] = columns["unread"] | unread if "unread" in columns else unread
    frame = export.fast.select(noise=noise, **columns)
    return _net(frame) if refunds else frame


def _net(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Amounts net of refunds, the `gross` beside them; orders refunded in full stand so.

    Where a status says refunded, and only a part was given back, care is needed.
    """
    standing, amount, refund = (pl.col(name) for name in ("standing", "amount", "refund"))
    full = (standing == VALID) & (amount > 0) & (amount <= refund)
    return rows.with_columns(
        standing=pl.when(full).then(_of(REFUNDED)).otherwise(standing),
        gross=amount,
        amount=amount - refund,
        odd=pl.col("odd") | ((standing == REFUNDED) & (refund > 0) & (refund < amount)),
    )


def _attribute(name: str, column: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """A text or an id, and whether a spreadsheet spoiled it, of which the strict way speaks."""
    if ORDERS[name].type is not Type.ID:
        return text_values.clean_text(column), pl.lit(False)
    identity = text_values.clean_id(column)
    return identity, identity.str.contains(text_values.DAMAGED).fill_null(False)


def _to_be_summed(
    name: str, sample: pl.Series, places: int, options: ReadOptions
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """A number, or money in minor units; whether a cell holds none; how far it's from whole units."""
    if name not in SUMS_OF_MONEY:
        return *_number(pl.col(sample.name)), pl.lit(0.0)
    minor, noise = amount_of(sample, places, options.decimal)
    return minor, pl.col(sample.name).is_not_null() & minor.is_null(), noise


def _number(column: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """How many, and whether a cell that isn't blank holds no such number."""
    number = column.cast(pl.Float64, strict=False)
    plain = number.is_finite() & (number.abs() <= LARGEST)
    return number, column.is_not_null() & ~plain.fill_null(False)


def amount_of(sample: pl.Series, places: int, decimal: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Minor units, and how far the amount was from a whole number of them."""
    column, scale = pl.col(sample.name), 10**places
    if sample.dtype == pl.String and decimal != ",":
        if sample.cast(pl.Float64, strict=False).null_count() > sample.null_count():
            raise expressions.DoubtError
        if decimal is None and amounts.is_unsettled(sample):
            raise expressions.DoubtError
        # Where the first rows have no point, a point further down is looked at with care.
        pointed = (
            pl.lit(0.0)
            if decimal or sample.str.contains(".", literal=True).any()
            else column.str.contains(".", literal=True).cast(pl.Float64)
        )
        column = column.cast(pl.Float64, strict=False)
    elif sample.dtype.is_numeric():
        # Whole numbers too: beyond what a Float64 holds, `largest` is in doubt.
        column, pointed = column.cast(pl.Float64), pl.lit(0.0)
    else:
        raise expressions.DoubtError
    minor = (column * scale).round()
    noise = pl.max_horizontal((column * scale - minor).abs(), pointed)
    return minor.cast(pl.Int64, strict=False), noise


def _taken_amount(export: Export, places: int, decimal: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Minor units of what is taken for the amount, a product or a sum where it's one."""
    taken, sample = export.taken["amount"], export.sample["amount"]
    if taken.times is None:
        amount, noise = amount_of(sample, places, decimal)
    else:
        price, rough = amount_of(sample, places + _FINER, decimal)
        quantity, unread = _number(pl.col(f"c{taken.times[1]}"))
        exact = price * quantity / 10**_FINER
        amount = exact.round().cast(pl.Int64, strict=False)
        # A product between two units is rounded half to even, with care.
        noise = pl.max_horizontal(rough, (exact - amount).abs(), unread.cast(pl.Float64))
    if taken.plus is not None:
        back, more = amount_of(export.sample["refund"], places, decimal)
        amount, noise = amount + back.abs().fill_null(0), pl.max_horizontal(noise, more)
    return amount, noise


def _of(standing: int) -> pl.Expr:
    return pl.lit(standing, pl.UInt8)


def _standing_of(export: Export, options: ReadOptions) -> pl.Expr:
    """VALID, VOID or REFUNDED by an export's columns; null for an unknown status."""
    sample, standing = export.sample, pl.lit(VALID, pl.UInt8)
    if "status" in sample:
        standing = _standing(sample["status"], export.statuses(options))
    if "cancelled" in sample:
        gone = text_values.clean_text(pl.col(sample["cancelled"].name)).is_not_null()
        standing = pl.when(gone).then(_of(VOID)).otherwise(standing)
    return standing


def _standing(sample: pl.Series, known: Mapping[str, Status]) -> pl.Expr:
    """VALID, VOID or REFUNDED; null for an unknown status."""
    if sample.dtype != pl.String:
        raise expressions.DoubtError
    spelled = {
        text: known[text.strip().casefold()]
        for text in sample.unique().drop_nulls()
        if text.strip().casefold() in known
    }
    words: dict[Status, list[str]] = {status: [] for status in Status}
    for word, status in {**known, **spelled}.items():
        words[status].append(word)
    # One look-up of each word, and its number among all in this order tells VALID, VOID and
    # REFUNDED; a set for each takes half as long again.
    valid, gone, back = (words[one] for one in (Status.VALID, Status.VOID, Status.REFUNDED))
    listed = pl.Enum([*valid, *gone, *back])
    number = pl.col(sample.name).cast(listed, strict=False).to_physical()
    void, refunded = len(valid), len(valid) + len(gone)
    return (number >= void).cast(pl.UInt8) + (number >= refunded).cast(pl.UInt8)


def order_ids_are_integers(exports: Sequence[Export]) -> bool:
    """Whether order ids are digits in the first rows of all exports."""
    for export in exports:
        if "order_id" not in export.sample or export.taken["order_id"].joined:
            return False
        sample = export.sample["order_id"]
        text = sample.dtype == pl.String
        if text and not sample.str.contains(r"^\d{1,19}$").all():
            return False
    return True


def _order_key(export: Export, *, numbers: bool) -> tuple[pl.Expr, pl.Expr]:
    """A number that tells order ids apart, null for none; and whether the id is one to be cleaned.

    Ids of digits are their own number, in other exports their texts are hashed: in all of a run the
    same, for an order may stand in several. Where two ids differ and their numbers don't,
    that's no more than a doubt.
    """
    sample, joined = export.sample["order_id"], export.taken["order_id"].joined
    order_id = expressions.identity(sample)
    if sample.has_nulls():
        raise expressions.DoubtError
    if any(position < 0 for _, position in joined):
        raise expressions.DoubtError  # the strict way knows files by name
    if joined:
        parts = [pl.col(f"c{position}").cast(pl.String) for _, position in joined]
        order_id = pl.concat_str(order_id, *parts, separator="\x1f", ignore_nulls=False)
    if numbers:
        return pl.col(sample.name).cast(pl.UInt64, strict=False), pl.lit(False)
    key = pl.when(order_id.is_not_null()).then(order_id.hash(seed=0))
    return key, unclean(sample)
