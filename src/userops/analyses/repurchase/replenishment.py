"""Replenishment: how long what was bought lasts, and whose is running out.

category : text
    As the orders name it; "all" where they name none. Purchases without one, among others
    that have one, are left out, and noted.
buyers, repeat_buyers : count
    Users with a purchase in the category, and with a second one.
rate : proportion
    repeat_buyers / buyers: so far, whoever bought lately counts as not yet.
low, high : proportion
    The rate's 95 % interval (Wilson 1927).
p25_days, median_days, p75_days : days
    Days from a purchase in the category to the user's next one there: quartiles by linear
    interpolation (Hyndman & Fan 1996, type 7) of those that have come.
days_per_unit : days
    The median of days to the next purchase / units bought before it, by purchase day. Empty
    where the category's quantities aren't known.
purchases : count
    The user's purchase days in the category: what's bought on one day is used up together.
last_purchase : date
    The last of them.
expected_days : days
    How long the last purchase lasts: its units x exp(the user's rhythm). With y = ln(days to
    the next purchase / units) over the user's n intervals in the category,
    rhythm = centre + w (mean of y - centre), w = n v / (n v + s),
    where centre is the log of the category's median, s the variance of y within users and v
    that of rhythms between users, both estimated by moments (analysis of variance):
    s = SSW / (N - k), v = max(0, (SSB - (k - 1) s) / (N - sum n^2 / N)), over N intervals of k
    users. Who bought once has the category's rhythm; the more was seen of a user, and the
    more users differ, the more it's the user's own. Where no user has two intervals, v is 0.
    A purchase of unknown quantity counts as one unit; in a category where none is known, a
    purchase day does.
due_date : date
    last_purchase + expected_days, to the nearest day.
overdue_days : days
    as_of - due_date; negative until then.

Tables: `categories` (a row a category), `due` (a row a user and category, by due date, then
user and category: due within `within` days of as_of, or overdue. Who has been silent for more
than `lapsed_after` times the expected interval isn't waiting for more of the same, and is left
out).

Source: Bühlmann and Straub (1970), credibility; Searle, Casella and McCulloch (1992), chapter
3, variance components of the 1-way classification with unbalanced data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from userops.analyses.repurchase.params import RepurchaseParams
from userops.analyses.repurchase.purchase_intervals import LOG, PurchaseIntervals
from userops.analyses.repurchase.purchases import UNIT
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.stats.intervals import wilson_high, wilson_low


def categories(
    intervals: PurchaseIntervals, window: Window, purchase_note: Note | None = None
) -> Table:
    """The table `categories`; `purchase_note` is a note on what a purchase is."""
    repeat_buyers, buyers = pl.col("repeat_buyers"), pl.col("buyers")
    frame = intervals.categories.select(
        "category",
        "buyers",
        "repeat_buyers",
        rate=repeat_buyers / buyers,
        low=wilson_low(repeat_buyers, buyers),
        high=wilson_high(repeat_buyers, buyers),
        p25_days="p25_days",
        median_days="median_days",
        p75_days="p75_days",
        days_per_unit="days_per_unit",
    )
    return Table(
        "categories",
        frame,
        CATEGORIES,
        window,
        notes=_notes(intervals, [purchase_note] if purchase_note else []),
    )


def due(intervals: PurchaseIntervals, window: Window, params: RepurchaseParams) -> Table:
    """The table `due`."""
    as_of = to_day(window.as_of) if window.as_of else 0
    pairs = intervals.pairs.join(
        intervals.categories.select("code", "centre", "within", "between"), on="code", how="inner"
    ).filter(pl.col("centre").is_not_null())
    silence = as_of - pl.col("last_day")
    due_pairs = (
        pairs.with_columns(expected=_expected_days(pairs))
        # Halves go up, whatever the day's parity.
        .with_columns(lasts=(pl.col("expected") + 0.5).floor())
        .filter(pl.col("lasts") - silence <= params.within)
    )
    not_lapsed = due_pairs.filter(silence <= params.lapsed_after * pl.col("expected"))
    due_day = pl.col("last_day") + pl.col("lasts").cast(pl.Int32)
    frame = not_lapsed.select(
        user_id=pl.lit(intervals.users).gather(pl.col("row")),
        category=pl.lit(intervals.categories["category"]).gather(pl.col("code")),
        last_purchase=pl.col("last_day").cast(pl.Date),
        expected_days="expected",
        due_date=due_day.cast(pl.Date),
        overdue_days=(as_of - due_day).cast(pl.Int64),
        purchases="purchases",
    ).sort("due_date", "user_id", "category")
    lapsed_count = len(due_pairs) - len(not_lapsed)
    notes = [
        Note(
            "due within {days:day|days} of as_of, or overdue; a purchase is a day with an order",
            days=params.within,
        )
    ]
    if lapsed_count:
        notes.append(
            Note(
                "{count:,} silent for more than {times:g} expected intervals: left out",
                count=lapsed_count,
                times=params.lapsed_after,
            )
        )
    return Table("due", frame, DUE, window, notes=_notes(intervals, notes))


def _expected_days(pairs: pl.DataFrame) -> pl.Series:
    """Days that the last purchase lasts: rhythm as the module's docstring has it."""
    rows = pairs.select("units", "centre", "intervals", "total", "within", "between")
    units, centre, n, total, within, between = (column.to_numpy() for column in rows)
    interval_count = np.maximum(n, 1)
    deviation = np.where(n > 0, total / LOG / interval_count - np.log(centre), 0.0)
    variance = n * between + within
    weight = np.divide(n * between, variance, out=np.zeros(len(n)), where=variance > 0)
    return pl.Series("expected", units / UNIT * (centre * np.exp(weight * deviation)), pl.Float64)


def _notes(intervals: PurchaseIntervals, notes: Sequence[Note | None]) -> tuple[Note, ...]:
    if not intervals.nameless:
        return tuple(filter(None, notes))
    return (
        *filter(None, notes),
        Note("{count:purchase|purchases} without a category: left out", count=intervals.nameless),
    )


CATEGORIES: dict[str, Kind] = {
    "category": Kind.TEXT,
    "buyers": Kind.COUNT,
    "repeat_buyers": Kind.COUNT,
    "rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "p25_days": Kind.DAYS,
    "median_days": Kind.DAYS,
    "p75_days": Kind.DAYS,
    "days_per_unit": Kind.DAYS,
}
DUE: dict[str, Kind] = {
    "user_id": Kind.ID,
    "category": Kind.TEXT,
    "last_purchase": Kind.DATE,
    "expected_days": Kind.DAYS,
    "due_date": Kind.DATE,
    "overdue_days": Kind.DAYS,
    "purchases": Kind.COUNT,
}
