"""The fast way over clean orders: one pass, from the file straight into a reduction.

Light expressions are chosen from the first rows of each export. The same pass counts
what they can't read, in `_witness`; any doubt at all makes `reduce` return None, and
the careful way (`rows`, `netting`) takes over. So nothing here has to know what to do
about a bad row: only how to be sure that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops import engine
from userops.orders import Status
from userops.sources import amounts, light, values
from userops.sources.exports import Export
from userops.sources.netting import AFTER, REFUNDED, VOID
from userops.sources.reading import Reading
from userops.table import Currency
from userops.tally import Tally

# Below this a Float64 amount times 100 is off by less than _NOISE.
_LARGEST, _NOISE = 1e9, 1e-4
# Below this any sum of minor units stays in an Int64.
_LARGEST_SUM = 1e15
_KINDS = {Status.VALID: 0, Status.VOID: 1, Status.REFUNDED: 2}
_ATTRIBUTES = ("channel", "category", "product")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pass found out beside the reductions."""

    tally: Tally
    currency: Currency
    first_day: int | None
    last_day: int | None


def reduce(
    exports: Sequence[Export],
    how: Reading,
    steps: Sequence[Callable[[pl.LazyFrame], pl.LazyFrame]],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], Seen] | None:
    """The reductions' results and what was seen, or None where anything is in doubt."""
    if how.rates or how.timezone or any(export.fast is None for export in exports):
        return None
    if len(exports) > 1 and not all("order_id" in export.taken for export in exports):
        return None  # only ids tell overlapping exports apart
    try:
        currency = _currency(exports, how)
        statuses = any("status" in export.taken for export in exports)
        refunds = any("refund" in export.taken for export in exports)
        frames = [_canonical(export, how, currency.places, refunds) for export in exports]
        by_id = all("order_id" in export.taken for export in exports)
        hashes = [_id_hashes(export) for export in exports] if by_id else []
    except light.DoubtError:
        return None
    whole = _together(frames)
    names = whole.collect_schema().names()
    counted = pl.col("kind") == 0
    if as_of is not None:
        counted &= pl.col("day") <= as_of
    orders = whole.filter(counted).select(
        *[name for name in names if name in _GIVEN], pl.lit(1, pl.Int32).alias("orders")
    )
    queries = [step(orders) for step in steps]
    queries.append(whole.select(_witness(names, as_of, currency.places, statuses)))
    if by_id:
        # From the files, not from `whole`: a column that only one query wants would be held
        # in memory for all of them.
        queries.append(_together(hashes))
    try:
        results = engine.collect_all(queries)
    except pl.exceptions.PolarsError:
        return None  # the careful way finds out where and why
    found, witness = results[: len(steps)], results[len(steps)].row(0, named=True)
    if by_id:
        # Equal ids have equal hashes: as many hashes as rows prove that no order stands twice.
        each, odd = results[-1]["hash"], results[-1]["odd"]
        if each.has_nulls() or odd.any() or each.n_unique() < len(each):
            return None
    if (
        witness["doubts"]
        or (witness["noise"] or 0) > _NOISE
        or (witness["largest"] or 0) > _LARGEST
        or (witness["largest"] or 0) * witness["rows"] > _LARGEST_SUM
    ):
        return None
    if {witness["currency"], witness["other_currency"]} - {None, currency.code}:
        return None
    if not all(map(light.plain, found)):
        return None
    return found, _seen(witness, currency)


def _together(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


def _id_hashes(export: Export) -> pl.LazyFrame:
    """A hash of each order's id, null for none; and whether the id is one to be cleaned."""
    if export.fast is None:
        raise light.DoubtError
    at = f"c{export.taken['order_id'].position}"
    sample = engine.collect(export.fast.select(at).head(light.SAMPLE)).to_series()
    order_id, odd = light.identity(sample), pl.lit(False)
    if sample.has_nulls():
        raise light.DoubtError  # rows without an id are orders of their own
    if sample.dtype == pl.String and len(sample):
        lengths = sample.str.len_bytes().unique()
        # Where all ids are of one length, one with something around it can't be another.
        odd = (
            order_id.str.len_bytes() != lengths[0]
            if len(lengths) == 1
            else order_id.str.contains(values.unclean_ids())
        )
    return export.fast.select(
        pl.when(order_id.is_not_null()).then(order_id.hash(seed=0)).alias("hash"), odd.alias("odd")
    )


_GIVEN = ("user_id", "day", "amount", "order_time", "quantity", *_ATTRIBUTES)


def _currency(exports: Sequence[Export], how: Reading) -> Currency:
    """The currency that the first rows are in; the witness tells whether the rest is."""
    codes = set()
    for export in exports:
        if export.fast is not None and "currency" in export.taken:
            column = f"c{export.taken['currency'].position}"
            codes |= set(
                engine.collect(export.fast.select(column).head(light.SAMPLE))
                .to_series()
                .drop_nulls()
            )
    if how.currency:
        codes.add(how.currency)
    if len(codes) > 1 or any(not isinstance(code, str) or not code.isupper() for code in codes):
        raise light.DoubtError
    return Currency.named(codes.pop()) if codes else Currency()


def _canonical(export: Export, how: Reading, places: int, refunds: bool) -> pl.LazyFrame:
    """An export as canonical columns by light expressions; null where they can't read.

    Where any export has `refunds`, `gross` and `refund` stand beside the net amount.
    """
    if export.fast is None:
        raise light.DoubtError
    at = {field: f"c{taken.position}" for field, taken in export.taken.items()}
    sample = engine.collect(export.fast.select(at.values()).head(light.SAMPLE))
    amount, noise = _amount(sample[at["amount"]], places, how.decimal)
    columns = {
        "user_id": light.identity(sample[at["user_id"]]),
        "day": light.day(sample[at["order_time"]], how),
        "order_time": light.time(sample[at["order_time"]], how).cast(pl.Datetime("us")),
        "amount": amount,
        "kind": _kind(sample[at["status"]], export.statuses(how))
        if "status" in at
        else pl.lit(0, pl.UInt8),
    }
    if "cancelled" in at:
        gone = values.clean_text(pl.col(at["cancelled"])).is_not_null()
        columns["kind"] = pl.when(gone).then(pl.lit(1, pl.UInt8)).otherwise(columns["kind"])
    if refunds:
        columns["refund"] = pl.lit(0, pl.Int64)
    if "refund" in at:
        refund, more = _amount(sample[at["refund"]], places, how.decimal)
        columns["refund"] = pl.when(pl.col(at["refund"]).is_not_null()).then(refund).otherwise(0)
        noise = pl.max_horizontal(noise, more)
    if "currency" in at:
        columns["currency"] = pl.col(at["currency"])
    for name in _ATTRIBUTES:
        if name in at:
            columns[name] = values.clean_text(pl.col(at[name]))
    if "quantity" in at:
        quantity = pl.col(at["quantity"]).cast(pl.Float64, strict=False)
        columns["quantity"] = quantity
        columns["unread"] = quantity.is_null() & pl.col(at["quantity"]).is_not_null()
    frame = export.fast.select(noise=noise, **columns)
    if refunds:
        full = (
            (pl.col("kind") == 0) & (pl.col("amount") > 0) & (pl.col("amount") <= pl.col("refund"))
        )
        frame = frame.with_columns(
            kind=pl.when(full).then(2).otherwise(pl.col("kind")).cast(pl.UInt8),
            gross=pl.col("amount"),
            amount=pl.col("amount") - pl.col("refund"),
        )
    return frame


def _amount(sample: pl.Series, places: int, decimal: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Minor units, and how far the amount was from a whole number of them."""
    column, scale = pl.col(sample.name), 10**places
    if sample.dtype == pl.String and decimal != ",":
        if sample.cast(pl.Float64, strict=False).null_count() > sample.null_count():
            raise light.DoubtError
        if decimal is None and amounts.is_unsettled(sample):
            raise light.DoubtError
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
        raise light.DoubtError
    minor = (column * scale).round()
    noise = pl.max_horizontal((column * scale - minor).abs(), pointed)
    return minor.cast(pl.Int64, strict=False), noise


def _kind(sample: pl.Series, known: Mapping[str, Status]) -> pl.Expr:
    """0 valid, 1 void, 2 refunded; null for a status that isn't known."""
    if sample.dtype != pl.String:
        raise light.DoubtError
    spelled = {
        text: known[text.strip().casefold()]
        for text in sample.unique().drop_nulls()
        if text.strip().casefold() in known
    }
    column, kind = pl.col(sample.name), pl.lit(None, pl.UInt8)
    # A chain of sets, for a mapping of values takes half as much memory again.
    for status, number in reversed(_KINDS.items()):
        words = [word for word, meant in {**known, **spelled}.items() if meant is status]
        kind = pl.when(column.is_in(words)).then(pl.lit(number, pl.UInt8)).otherwise(kind)
    return kind


def _witness(names: Sequence[str], as_of: int | None, places: int, statuses: bool) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally."""
    paid = "gross" if "gross" in names else "amount"
    watched = [name for name in ("user_id", "day", "amount", "kind") if name in names]
    doubts = (
        pl.sum_horizontal(pl.col(name).null_count() for name in watched) + (pl.col(paid) < 0).sum()
    )
    if "unread" in names:
        doubts += pl.col("unread").sum()
    if "refund" in names:
        doubts += (pl.col("refund") < 0).sum()
    in_time = pl.col("day") <= as_of if as_of is not None else pl.lit(True)
    kind = pl.col("kind")
    # Users of orders that don't count are in no result, where ids are looked at otherwise.
    if as_of is not None or "refund" in names or statuses:
        unseen = pl.col("user_id").filter((kind != 0) | ~in_time)
        doubts += unseen.str.contains(values.unclean_ids()).sum()
    most = pl.max_horizontal(pl.col(name).max() for name in (paid, "refund") if name in names)
    currency = pl.col("currency") if "currency" in names else pl.lit(None, pl.String)
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("noise").max(),
        (most / 10**places).alias("largest"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        ((kind == 0) & in_time).sum().alias("used"),
        ((kind == 1) & in_time).sum().alias("void"),
        ((kind == 2) & in_time).sum().alias("refunded"),
        currency.min().alias("currency"),
        currency.max().alias("other_currency"),
    ]


def _seen(witness: dict[str, int], currency: Currency) -> Seen:
    left_out = {
        AFTER: witness["rows"] - witness["used"] - witness["void"] - witness["refunded"],
        VOID: witness["void"],
        REFUNDED: witness["refunded"],
    }
    counted = {reason: rows for reason, rows in left_out.items() if rows}
    return Seen(
        Tally(witness["rows"], witness["used"], {}, counted),
        currency,
        witness["first"],
        witness["last"],
    )
