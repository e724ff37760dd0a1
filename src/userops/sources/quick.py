"""The fast way over clean orders: one pass, from the file straight into a reduction.

Light expressions are chosen from the first rows of each export. The same pass counts
what they can't read, in `_witness`; any doubt at all makes `reduce` return None, and
the careful way (`rows`, `netting`) takes over. So nothing here has to know what to do
about a bad row: only how to be sure that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from userops import engine
from userops.orders import Status
from userops.sources import amounts, assumed, light, values
from userops.sources.exports import Export
from userops.sources.netting import AFTER, REFUNDED, VOID
from userops.sources.numbered import Numbered, OtherFormError, named, with_numbers
from userops.sources.reading import Reading
from userops.steps import Step
from userops.table import Currency
from userops.tally import Tally

# Below this a Float64 amount times 100 is off by less than _NOISE.
_LARGEST, _NOISE = 1e9, 1e-4
# Below this any sum of minor units stays in an Int64.
_LARGEST_SUM = 1e15
_VOID, _REFUNDED = pl.lit(1, pl.UInt8), pl.lit(2, pl.UInt8)
_ATTRIBUTES = ("channel", "category", "product")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pass found out beside the reductions."""

    tally: Tally
    currency: Currency
    first_day: int | None
    last_day: int | None
    form: Numbered | None = None  # of users' ids, where numbers stand for them


def reduce(
    exports: Sequence[Export],
    how: Reading,
    steps: Sequence[Step],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], Seen] | None:
    """The reductions' results and what was seen, or None where anything is in doubt."""
    return with_numbers(exports, steps, partial(_reduced, exports, how, steps, as_of))


def _reduced(
    exports: Sequence[Export],
    how: Reading,
    steps: Sequence[Step],
    as_of: int | None,
    form: Numbered | None,
) -> tuple[list[pl.DataFrame], Seen] | None:
    """The same, with users' ids as numbers where they have a `form`."""
    if how.rates or how.timezone or any(export.fast is None for export in exports):
        return None
    if len(exports) > 1 and not all("order_id" in export.taken for export in exports):
        return None  # only ids tell overlapping exports apart
    try:
        currency = _currency(exports, how)
        refunds = any("refund" in export.taken for export in exports)
        by_id = all("order_id" in export.taken for export in exports)
        whole = _together(
            [
                _canonical(export, how, currency.places, refunds, form, by_id=by_id)
                for export in exports
            ]
        )
    except light.DoubtError:
        return None
    # Else the optimiser makes plans that differ a little, and reads the file for each.
    whole = whole.cache()
    names = whole.collect_schema().names()
    counted = pl.col("valid")
    if as_of is not None:
        counted &= pl.col("day") <= as_of
    orders = whole.filter(counted).select(
        *[name for name in names if name in _GIVEN], pl.lit(1, pl.Int32).alias("orders")
    )
    queries = [step(orders) for step in steps]
    queries.append(whole.select(_witness(names, as_of, currency.places, numbered=form is not None)))
    keys = _Keys(whole.select("order_key")) if by_id else None
    if keys:
        queries.append(keys.watch())
    try:
        results = engine.collect_all(queries)
    except pl.exceptions.PolarsError:
        return None  # the careful way finds out where and why
    found, witness = results[: len(steps)], results[len(steps)].row(0, named=True)
    if witness["other"]:
        raise OtherFormError
    if keys and not keys.differ():
        return None
    if _is_doubtful(witness) or (witness["largest"] or 0) * witness["rows"] > _LARGEST_SUM:
        return None
    if {witness["currency"], witness["other_currency"]} - {None, currency.code}:
        return None
    if not (form or all(map(light.plain, found))):
        return None
    frames = [named(step, frame, form) for step, frame in zip(steps, found, strict=True)]
    return frames, replace(_seen(witness, currency), form=form)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a pass over one export saw that kept its rows: all that judging it beside others takes.

    `days` are rows by day: `day, used, void, refunded`. `code` is the currency that its amounts
    were read in, `codes` are those that its rows name. Of order keys, `span` is the least and
    the largest where they rise, so that no other export's in between means no equal ones.
    """

    rows: int
    largest: float
    days: Mapping[str, Sequence[int]]
    code: str | None
    codes: Sequence[str]
    by_id: bool
    span: Sequence[int] | None

    @property
    def places(self) -> int:
        """Decimal places that its amounts were read with."""
        return (Currency.named(self.code) if self.code else Currency()).places


def keep(export: Export, how: Reading, rows: Path, keys: Path) -> Kept | None:
    """Write an export's valid orders to `rows` and all its order keys to `keys`; None in any doubt."""
    if how.rates or how.timezone or export.fast is None:
        return None
    by_id = "order_id" in export.taken
    try:
        currency = _currency([export], how)
        refunds = "refund" in export.taken
        whole = _canonical(export, how, currency.places, refunds, None, by_id=by_id)
    except light.DoubtError:
        return None
    # As in `_reduced`: one read for all that is asked.
    whole = whole.cache()
    names = whole.collect_schema().names()
    valid = whole.filter("valid").select(name for name in names if name in _GIVEN)
    heard = _Keys(whole.select("order_key")) if by_id else None
    queries = [
        whole.select(_witness(names, None, currency.places, numbered=False)),
        whole.group_by("day").agg(
            used=pl.col("valid").sum(),
            void=(~pl.col("valid") & (pl.col("why") == _VOID)).sum(),
            refunded=(~pl.col("valid") & (pl.col("why") == _REFUNDED)).sum(),
        ),
        _written(valid, rows),
    ]
    if heard:
        queries += [heard.watch(), _written(whole.select("order_key"), keys)]
    try:
        witness, days, *_ = engine.collect_all(queries)
    except pl.exceptions.PolarsError:
        return None
    seen = witness.row(0, named=True)
    if _is_doubtful(seen) or (heard and not heard.differ()):
        return None
    return Kept(
        rows=seen["rows"],
        largest=seen["largest"] or 0,
        days=days.sort("day").to_dict(as_series=False),
        code=currency.code,
        codes=sorted({seen["currency"], seen["other_currency"]} - {None}),
        by_id=by_id,
        span=heard.span if heard else None,
    )


def _written(frame: pl.LazyFrame, path: Path) -> pl.LazyFrame:
    query = frame.sink_parquet(
        path, compression="zstd", compression_level=1, statistics=False, lazy=True
    )
    assert query is not None
    return query


def judged(kept: Sequence[Kept], how: Reading, keys: Sequence[Path]) -> Currency | None:
    """The currency of kept exports taken together; None where anything is in doubt, as in `reduce`."""
    if len(kept) > 1 and not all(one.by_id for one in kept):
        return None
    codes = {one.code for one in kept} - {None}
    currency = Currency.named(str(min(map(str, codes)))) if codes else Currency()
    days = [day for one in kept for day in one.days["day"]]
    if (
        len(codes) > 1
        or any(one.places != currency.places for one in kept)
        or {code for one in kept for code in one.codes} - {currency.code}
        or max(one.largest for one in kept) * sum(one.rows for one in kept) > _LARGEST_SUM
        or (days and assumed.is_odd(min(days), max(days)))
    ):
        return None
    return currency if len(kept) == 1 or _differ(kept, keys) else None


def _differ(kept: Sequence[Kept], keys: Sequence[Path]) -> bool:
    """Whether no order key of one export stands in another."""
    spans = sorted(tuple(one.span) for one in kept if one.span is not None)
    if len(spans) == len(kept) and all(before[1] < after[0] for before, after in pairwise(spans)):
        return True
    found = engine.collect(
        pl.scan_parquet(list(keys), glob=False).select(pl.len(), pl.col("order_key").n_unique())
    )
    count, different = found.row(0)
    return bool(count == different)


def seen_of(kept: Sequence[Kept], currency: Currency, as_of: int | None) -> Seen:
    """What a pass over all kept exports finds, as of a day."""
    rows = sum(one.rows for one in kept)
    days = [day for one in kept for day in one.days["day"]]
    counts = {
        what: sum(
            count
            for one in kept
            for day, count in zip(one.days["day"], one.days[what], strict=True)
            if as_of is None or day <= as_of
        )
        for what in ("used", "void", "refunded")
    }
    witness = {"rows": rows, "first": min(days, default=None), "last": max(days, default=None)}
    return _seen({**witness, **counts}, currency)


def _is_doubtful(witness: Mapping[str, Any]) -> bool:
    return bool(
        witness["doubts"]
        or (witness["noise"] or 0) > _NOISE
        or (witness["largest"] or 0) > _LARGEST
    )


def _together(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


class _Keys:
    """Whether all keys of a pass differ, heard batch by batch and in order.

    A result of all rows would make the pass hold its input. As long as each key is larger
    than the one before, as ids are that count up, nothing is held but the last.
    """

    def __init__(self, keys: pl.LazyFrame) -> None:
        self._keys = keys
        self._held: list[pl.Series] = []
        self._first = self._last = -1
        self._passed = False  # keys that rose are gone
        self._rises = True
        self._lock = Lock()  # whichever thread has a batch calls

    def watch(self) -> pl.LazyFrame:
        """The query that hears the keys; its result holds nothing."""
        query = self._keys.sink_batches(self._hear, lazy=True)
        assert query is not None
        return query

    def _hear(self, batch: pl.DataFrame) -> None:
        keys = batch.to_series()
        with self._lock:
            if self._rises and len(keys):
                self._rises = not keys.has_nulls() and keys[0] > self._last and _rise(keys)
                if self._rises:
                    self._first = self._first if self._passed else keys[0]
                    self._last, self._passed = keys[-1], True
            if not self._rises and not self._passed:
                self._held.append(keys)

    @property
    def span(self) -> tuple[int, int] | None:
        """The least and the largest key where all rose; after the pass."""
        return (self._first, self._last) if self._rises else None

    def differ(self) -> bool:
        """Whether no key is missing and no two are equal; after the pass."""
        if self._rises:
            return True
        keys = engine.collect(self._keys).to_series() if self._passed else pl.concat(self._held)
        return not keys.has_nulls() and keys.n_unique() == len(keys)


def _rise(keys: pl.Series) -> bool:
    return bool((keys[1:] > keys[:-1]).all())


def _order_key(sample: pl.Series) -> tuple[pl.Expr, pl.Expr]:
    """A number that tells order ids apart, null for none; and whether the id is one to be cleaned.

    Ids of digits are their own number, others are hashed: where two differ and their
    numbers don't, that's no more than a doubt.
    """
    order_id = light.identity(sample)
    if sample.has_nulls():
        raise light.DoubtError
    numbers = sample.dtype != pl.String
    if numbers or (len(sample) and sample.str.contains(r"^\d{1,19}$").all()):
        return pl.col(sample.name).cast(pl.UInt64, strict=False), pl.lit(False)
    key = pl.when(order_id.is_not_null()).then(order_id.hash(seed=0))
    return key, light.unclean(sample)


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


def _canonical(
    export: Export, how: Reading, places: int, refunds: bool, form: Numbered | None, *, by_id: bool
) -> pl.LazyFrame:
    """An export as canonical columns by light expressions; null where they can't read.

    Where any export has `refunds`, `gross` and `refund` stand beside the net amount. Of
    orders that aren't `valid`, `why` is _VOID or _REFUNDED, or null for an unknown status.
    """
    if export.fast is None:
        raise light.DoubtError
    at = {field: f"c{taken.position}" for field, taken in export.taken.items()}
    sample = engine.collect(export.fast.select(at.values()).head(light.SAMPLE))
    amount, noise = _amount(sample[at["amount"]], places, how.decimal)
    user = pl.col(at["user_id"])
    columns = {
        "user_id": form.number(user) if form else light.identity(sample[at["user_id"]]),
        "day": light.day(sample[at["order_time"]], how),
        "order_time": light.time(sample[at["order_time"]], how).cast(pl.Datetime("us")),
        "amount": amount,
        "valid": pl.lit(True),
        "why": pl.lit(None, pl.UInt8),
    }
    if "status" in at:
        columns["valid"], columns["why"] = _standing(sample[at["status"]], export.statuses(how))
    if "cancelled" in at:
        gone = values.clean_text(pl.col(at["cancelled"])).is_not_null()
        columns["valid"] &= ~gone
        columns["why"] = pl.when(gone).then(_VOID).otherwise(columns["why"])
    columns["other"] = form.is_other(user) if form else pl.lit(False)
    columns["odd"] = pl.lit(False)
    if by_id:
        columns["order_key"], unclean = _order_key(sample[at["order_id"]])
        columns["odd"] |= unclean
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
        there = pl.col(at["quantity"]).is_not_null()
        plain = quantity.is_finite() & (quantity.abs() <= _LARGEST)
        columns["unread"] = there & ~plain.fill_null(False)
    frame = export.fast.select(noise=noise, **columns)
    if refunds:
        full = pl.col("valid") & (pl.col("amount") > 0) & (pl.col("amount") <= pl.col("refund"))
        frame = frame.with_columns(
            valid=pl.col("valid") & ~full,
            why=pl.when(full).then(_REFUNDED).otherwise(pl.col("why")),
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


def _standing(sample: pl.Series, known: Mapping[str, Status]) -> tuple[pl.Expr, pl.Expr]:
    """Whether an order is valid, and of those that aren't, how; null for an unknown status."""
    if sample.dtype != pl.String:
        raise light.DoubtError
    spelled = {
        text: known[text.strip().casefold()]
        for text in sample.unique().drop_nulls()
        if text.strip().casefold() in known
    }
    words: dict[Status, list[str]] = {status: [] for status in Status}
    for word, status in {**known, **spelled}.items():
        words[status].append(word)
    # Sets, for a mapping of values takes half as much memory again.
    column = pl.col(sample.name)
    why = (
        pl.when(column.is_in(words[Status.VOID]))
        .then(_VOID)
        .when(column.is_in(words[Status.REFUNDED]))
        .then(_REFUNDED)
    )
    return column.is_in(words[Status.VALID]).fill_null(False), why


def _witness(
    names: Sequence[str], as_of: int | None, places: int, *, numbered: bool
) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally."""
    paid = "gross" if "gross" in names else "amount"
    watched = [name for name in ("user_id", "day", "amount") if name in names]
    doubts = (
        pl.sum_horizontal(pl.col(name).null_count() for name in watched) + (pl.col(paid) < 0).sum()
    )
    for name in ("unread", "odd"):
        if name in names:
            doubts += pl.col(name).sum()
    if "refund" in names:
        doubts += (pl.col("refund") < 0).sum()
    in_time = pl.col("day") <= as_of if as_of is not None else pl.lit(True)
    valid = pl.col("valid")
    # Few orders don't count: only there it's looked at why.
    why, why_in_time = (pl.col("why").filter(~valid & which) for which in (pl.lit(True), in_time))
    doubts += why.null_count()
    # Users of orders that don't count are in no result, where ids are looked at otherwise.
    if not numbered:
        unseen = pl.col("user_id").filter(~(valid & in_time))
        doubts += unseen.str.contains(values.unclean_ids()).sum()
    most = pl.max_horizontal(pl.col(name).max() for name in (paid, "refund") if name in names)
    currency = pl.col("currency") if "currency" in names else pl.lit(None, pl.String)
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("other").sum(),
        pl.col("noise").max(),
        (most / 10**places).alias("largest"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        (valid & in_time).sum().alias("used"),
        (why_in_time == _VOID).sum().alias("void"),
        (why_in_time == _REFUNDED).sum().alias("refunded"),
        currency.min().alias("currency"),
        currency.max().alias("other_currency"),
    ]


def _seen(witness: Mapping[str, Any], currency: Currency) -> Seen:
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
