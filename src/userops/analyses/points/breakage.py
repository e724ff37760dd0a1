"""What will be redeemed in the end: the chain ladder over months of earning."""

from __future__ import annotations

from datetime import date

import polars as pl

from userops.core.dates import to_date, to_day
from userops.core.validity import months_later, period_end
from userops.customers.point_books import Books
from userops.customers.point_lots import REDEEM, RESTORE
from userops.stats.chain_ladder import ultimates


def expected_redeemed(books: Books, as_of: int) -> pl.DataFrame:
    """`cohort` (a month's first day) and `expected` points redeemed in the end (Float64), by cohort.

    Only whole months are taken into the ladder. Who earned in a month that isn't over is expected to
    redeem as all before did.
    """
    month = pl.col("day").cast(pl.Date).dt.month_start()
    lots = books.lots.with_columns(cohort=month)
    sums = (
        lots.group_by("cohort")
        .agg(pl.col("earned", "redeemed", "reversed", "outstanding").sum())
        .sort("cohort")
    )
    months = [value for value in sums["cohort"].to_list() if value is not None]
    last = month_end_before(to_date(as_of))
    triangle = _triangle(books, lots, months, last)
    known = dict(zip(months, ultimates([triangle[one] for one in months]), strict=True))
    base = dict(zip(months, (sums["earned"] - sums["reversed"]).to_list(), strict=True))
    there = [one for one in months if known[one] is not None]
    earned = sum(base[one] for one in there)
    overall = sum(known[one] or 0.0 for one in there) / earned if earned else 0.0
    ends = [known[one] if known[one] is not None else base[one] * overall for one in months]
    return sums.with_columns(expected=pl.Series(ends, dtype=pl.Float64)).select(
        "cohort",
        expected=pl.max_horizontal(
            pl.col("redeemed").cast(pl.Float64),
            pl.min_horizontal(
                "expected", (pl.col("redeemed") + pl.col("outstanding")).cast(pl.Float64)
            ),
        ),
    )


def month_end_before(day: date) -> date:
    """The last day of the last month that is over on a day."""
    end = period_end(day, "month")
    return end if end == day else period_end(months_later(day, -1), "month")


def _triangle(
    books: Books, lots: pl.DataFrame, months: list[date], last: date
) -> dict[date, list[float]]:
    """Of each month of earning what was redeemed up to the end of each whole month since."""
    signed = pl.when(pl.col("kind") == RESTORE).then(-pl.col("points")).otherwise(pl.col("points"))
    moves = (
        books.moves.filter(
            pl.col("kind").is_in([REDEEM, RESTORE]) & (pl.col("day") <= to_day(last))
        )
        .join(lots.select(lot="number", cohort="cohort"), on="lot")
        .group_by("cohort", month=pl.col("day").cast(pl.Date).dt.month_start())
        .agg(points=signed.sum())
    )
    redeemed = {(cohort, month): points for cohort, month, points in moves.iter_rows()}
    triangle: dict[date, list[float]] = {}
    for cohort in months:
        so_far, cells, month = 0, [], cohort
        while month <= last:
            so_far += redeemed.get((cohort, month), 0)
            cells.append(float(so_far))
            if period_end(month, "month") >= last:
                break
            month = months_later(month, 1)
        triangle[cohort] = cells
    return triangle
