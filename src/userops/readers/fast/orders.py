"""The fast way over clean orders: one pass, from the file straight into a reduction.

Fast expressions are chosen from the first rows of each export (`order_expressions`). The same pass
counts what they can't read, in a witness; any doubt at all makes `reduce` return None, and
the strict way (`rows`, `netting`) takes over. So nothing here has to know what to do
about a bad row: only how to be sure that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl

from userops.core.messages import Note
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.engines import query as engine
from userops.engines.reductions import Reduction
from userops.readers import assumptions
from userops.readers.exports import Export
from userops.readers.fast import expressions
from userops.readers.fast.integer_ids import IdForm, OtherIdFormError, named, with_integer_ids
from userops.readers.fast.keys import Keys
from userops.readers.fast.order_expressions import (
    GIVEN,
    LARGEST,
    REFUNDED,
    VALID,
    VOID,
    canonical,
    currency_of,
    order_ids_are_integers,
)
from userops.readers.options import ReadOptions
from userops.readers.strict.netting import AFTER
from userops.readers.strict.netting import REFUNDED as FULLY_REFUNDED
from userops.readers.strict.netting import VOID as CANCELLED
from userops.readers.values import text as text_values
from userops.readers.values.nobody import Nobody

_NOISE = 1e-4
# Below this any sum of minor units stays in an Int64.
LARGEST_SUM = 1e15


@dataclass(frozen=True, slots=True)
class PassFacts:
    """What the pass found out beside the reductions."""

    tally: Tally
    currency: Currency
    first_day: int | None
    last_day: int | None
    form: IdForm | None = None  # of users' ids, where numbers stand for them
    notes: tuple[Note, ...] = ()  # on the days of all rows


def reduce(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], PassFacts] | None:
    """The reductions' results and what was seen, or None where anything is in doubt."""
    attempt = partial(reduced, exports, options, reductions, as_of, _valid)
    return with_integer_ids(exports, reductions, attempt)


def reduce_given_back(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], PassFacts] | None:
    """The same over the orders that were given back in full."""
    attempt = partial(reduced, exports, options, reductions, as_of, _given_back)
    return with_integer_ids(exports, reductions, attempt)


def reduce_numbered(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], PassFacts] | None:
    """The same over the orders that count, with their `order_id`."""
    attempt = partial(reduced, exports, options, reductions, as_of, partial(_valid, numbered=True))
    return with_integer_ids(exports, reductions, attempt)


def reduced(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
    choose: Callable[[pl.LazyFrame, int | None], pl.LazyFrame],
    form: IdForm | None,
) -> tuple[list[pl.DataFrame], PassFacts] | None:
    """The same, with integers for users' ids where they have a `form`."""
    if options.rates or options.timezone or any(export.fast is None for export in exports):
        return None
    if len(exports) > 1 and not all("order_id" in export.taken for export in exports):
        return None  # only ids tell overlapping exports apart
    try:
        currency = currency_of(exports, options)
        rows = _canonical(exports, options, currency, form)
    except expressions.DoubtError:
        return None
    names = rows.collect_schema().names()
    orders = choose(rows, as_of)
    queries = [reduction(orders) for reduction in reductions]
    queries.append(rows.select(witness_of(names, as_of, currency.places, options.no_user, form)))
    queries.append(rows.group_by("day").agg(pl.len()))
    keys = Keys(rows.select("order_key")) if "order_key" in names else None
    if keys:
        queries.append(keys.watch())
    try:
        results = engine.collect_all(queries)
    except pl.exceptions.PolarsError:
        return None  # the strict way finds out where and why
    frames, (witnesses, days, *_) = results[: len(reductions)], results[len(reductions) :]
    witness = witnesses.row(0, named=True)
    if witness["other"] or (form and witness["nameless"]):
        raise OtherIdFormError
    if keys and not keys.differ():
        return None
    if _are_doubtful(witness, currency):
        return None
    if form is None and not all(expressions.plain(frame, options) for frame in frames):
        return None
    frames = [
        named(reduction, frame, form) for reduction, frame in zip(reductions, frames, strict=True)
    ]
    notes = assumptions.of_days(days)
    return frames, replace(facts_of(witness, currency), form=form, notes=notes)


def _canonical(
    exports: Sequence[Export], options: ReadOptions, currency: Currency, form: IdForm | None
) -> pl.LazyFrame:
    """All exports' rows as canonical columns, one below the other.

    Raises:
        DoubtError: fast expressions don't read them.
    """
    refunds = any("refund" in export.taken for export in exports)
    by_id = all("order_id" in export.taken for export in exports)
    numbers = order_ids_are_integers(exports)
    frames = [
        canonical(export, options, currency.places, refunds, form, by_id=by_id, numbers=numbers)
        for export in exports
    ]
    # Without a cache the optimiser makes plans that differ a little, and reads the file for each.
    return _together(frames).cache()


def _valid(rows: pl.LazyFrame, as_of: int | None, *, numbered: bool = False) -> pl.LazyFrame:
    """The orders that count, as reductions are given them."""
    counts = pl.col("standing") == VALID
    if as_of is not None:
        counts &= pl.col("day") <= as_of
    given = (*GIVEN, "order_id") if numbered else GIVEN
    columns = [name for name in rows.collect_schema().names() if name in given]
    return rows.filter(counts).select(*columns, pl.lit(1, pl.Int32).alias("orders"))


def _given_back(rows: pl.LazyFrame, as_of: int | None) -> pl.LazyFrame:
    """The orders that were given back in full, as they were paid."""
    counts = pl.col("standing") == REFUNDED
    if as_of is not None:
        counts &= pl.col("day") <= as_of
    names = rows.collect_schema().names()
    paid = pl.col("gross" if "gross" in names else "amount").alias("amount")
    columns = [paid if name == "amount" else pl.col(name) for name in names if name in GIVEN]
    return rows.filter(counts).select(*columns, pl.lit(1, pl.Int32).alias("orders"))


def _are_doubtful(witness: Mapping[str, Any], currency: Currency) -> bool:
    """Whether anything is in doubt: a value, a sum too large, or a currency other than the first rows'."""
    too_large = (witness["largest"] or 0) * witness["rows"] > LARGEST_SUM
    others = {witness["currency"], witness["other_currency"]} - {None, currency.code}
    return is_doubtful(witness) or too_large or bool(others)


def is_doubtful(witness: Mapping[str, Any]) -> bool:
    """Whether a pass' witness saw anything that the fast expressions can't read for sure."""
    return bool(
        witness["doubts"] or (witness["noise"] or 0) > _NOISE or (witness["largest"] or 0) > LARGEST
    )


def _together(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    return pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]


def witness_of(
    names: Sequence[str], as_of: int | None, places: int, no_user: Nobody, form: IdForm | None
) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally.

    Where users' ids are numbers, `form` tells them.
    """
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
    standing = pl.col("standing")
    doubts += standing.null_count()
    # Users of orders that don't count are in no result, where ids are looked at otherwise.
    user = pl.col("user_id")
    if form is None:
        unseen = user.filter((standing != VALID) | ~in_time)
        doubts += unseen.str.contains(text_values.unclean_users(no_user)).sum()
    elif numbers := form.numbers_of(no_user.words):
        doubts += user.is_in(numbers).sum()
    most = pl.max_horizontal(pl.col(name).max() for name in (paid, "refund") if name in names)
    currency = pl.col("currency") if "currency" in names else pl.lit(None, pl.String)
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("other").sum(),
        pl.col("user_id").null_count().alias("nameless"),
        pl.col("noise").max(),
        (most / 10**places).alias("largest"),
        pl.col("day").min().alias("first"),
        pl.col("day").max().alias("last"),
        *(
            ((standing == one) & in_time).sum().alias(name)
            for name, one in (("used", VALID), ("void", VOID), ("refunded", REFUNDED))
        ),
        currency.min().alias("currency"),
        currency.max().alias("other_currency"),
    ]


def facts_of(witness: Mapping[str, Any], currency: Currency) -> PassFacts:
    """What a pass found out, from its witness."""
    left_out = {
        AFTER: witness["rows"] - witness["used"] - witness["void"] - witness["refunded"],
        CANCELLED: witness["void"],
        FULLY_REFUNDED: witness["refunded"],
    }
    counted = {reason: rows for reason, rows in left_out.items() if rows}
    return PassFacts(
        Tally(witness["rows"], witness["used"], {}, counted),
        currency,
        witness["first"],
        witness["last"],
    )
