"""Replenishment: how long what was bought lasts, and whose is running out.

category : text
    As the orders name it; "all" where they name none. Purchases without one, among others
    that have one, are left out, and noted.
buyers, repeat_buyers : count
    Users with a purchase in the category, and with a second one.
rate : proportion
    repeat_buyers / buyers: so far, whoever bought lately counts as not yet; km_rate beside it
    doesn't. In `backtest`, bought / count.
low, high : proportion
    The rate's 95 % interval (Wilson 1927).
p25_days, median_days, p75_days : days
    Days from a purchase in the category to the user's next one there: quartiles by linear
    interpolation (Hyndman & Fan 1996, type 7) of those that have come.
elasticity : 0 to 1
    How much longer more lasts: units bought make the next purchase come units**elasticity times
    as late. 1: twice the quantity lasts twice as long; 0: quantities say nothing. The slope of ln
    days on ln units within users (who always buys the same tells nothing), by least squares, drawn
    to 0 by its own uncertainty: slope x .25 / (.25 + its squared error). Empty where the
    category's quantities aren't known.
days_per_unit : days
    How long one unit lasts: the median of days to the next purchase / units**elasticity, units
    bought before it, by purchase day. Empty where the category's quantities aren't known.
purchases : count
    The user's purchase days in the category: what's bought on one day is used up together.
last_purchase : date
    The last of them.
expected_days : days
    How long the last purchase lasts: its units**elasticity x exp(the user's rhythm). With
    y = ln(days to the next purchase / units**elasticity) over the user's n intervals there,
    rhythm = centre + w (mean of y - centre), w = n v / (n v + s),
    where centre is the log of the category's median, s the variance of y within users and v
    that of rhythms between users, both estimated by moments (analysis of variance):
    s = SSW / (N - k), v = max(0, (SSB - (k - 1) s) / (N - sum n^2 / N)), over N intervals of k
    users. Who bought once has the category's rhythm; the more was seen of a user, and the
    more users differ, the more it's the user's own. Where no user has two intervals, v is 0.
    An order of unknown quantity counts as one unit beside others whose quantity is known; in a
    category where none is known, a purchase day does.
due_date : date
    last_purchase + expected_days, to the nearest day.
overdue_days : days
    as_of - due_date; negative until then.
chance : probability
    That the user buys in the category in the `within` days after as_of. From every wait for a next
    purchase in the export: how many ended, of those that had lasted so many times what was
    expected of them by the user's waits before. Open waits count as long as they have lasted, so
    that those who never come back are counted. Hazards by the wait's length relative to the
    expected (in steps of a third of an octave), by how many waits the user had ended there before
    (0, 1, 2-3, 4-7, 8+) and by category; each drawn to that of all categories, and this to that
    of all waits, which count as much as 10 purchases.
part : 1 to 10, listed, not listed, listed users, other users
    In `backtest`: tenths of the list by chance, the highest first (equal chances stay together);
    the list as a whole, and users' other categories, of those that can be listed; then users on
    the list and all others.
count : rows, or users
    Of them: of users and categories, or of users.
expected : count
    Purchases expected of them: the sum of their chances.
bought : count
    Of them those with a purchase in the category in the `within` days after; of users those with
    any purchase.

Tables: `categories` (a row a category), `due` (a row a user and category, by chance, then due
date, user and category: due within `within` days of as_of, or overdue. Who has been silent for
more than `lapsed_after` times the expected interval isn't waiting for more of the same, and is
left out; so are categories with fewer than `min_gaps` (30) repeat purchases, and gifts, which are
named), `backtest` (a row a part of the list of `within` days before as_of).

Source: Bühlmann and Straub (1970), credibility; Searle, Casella and McCulloch (1992), chapter
3, variance components of the 1-way classification with unbalanced data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from userops.analyses.repurchase.params import RepurchaseParams
from userops.analyses.repurchase.tables import GRAIN_NOTES, horizon, km_notes
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.due import gifts, waiting
from userops.customers.purchase_intervals import PurchaseIntervals
from userops.stats.intervals import wilson_high, wilson_low
from userops.stats.survival import rates_by

_MOST_NAMED = 8  # categories left out that a note names


def categories(intervals: PurchaseIntervals, window: Window, params: RepurchaseParams) -> Table:
    """The table `categories`."""
    repeat_buyers, buyers = pl.col("repeat_buyers"), pl.col("buyers")
    as_of = to_day(window.as_of) if window.as_of else 0
    within = horizon(intervals.days, as_of, params.windows)
    rates = _km_rates(intervals, as_of, within)
    frame = intervals.categories.join(rates, on="code", how="left", maintain_order="left").select(
        "category",
        "buyers",
        "repeat_buyers",
        rate=repeat_buyers / buyers,
        low=wilson_low(repeat_buyers, buyers),
        high=wilson_high(repeat_buyers, buyers),
        km_rate="km_rate",
        p25_days="p25_days",
        median_days="median_days",
        p75_days="p75_days",
        days_per_unit="days_per_unit",
        elasticity="elasticity",
    )
    notes = _notes(intervals, [GRAIN_NOTES[params.grain], *km_notes(within)])
    return Table(
        "categories",
        frame,
        CATEGORIES,
        window,
        notes=notes,
        keeps=(
            "median_days",
            "buyers",
            "rate",
            "days_per_unit",
            "km_rate",
            "p25_days",
            "p75_days",
        ),
    )


def _km_rates(intervals: PurchaseIntervals, as_of: int, within: int | None) -> pl.DataFrame:
    """`code, km_rate`: that a buyer's second purchase comes within so many days of the first."""
    if within is None:
        return pl.DataFrame(schema={"code": pl.Int64, "km_rate": pl.Float64})
    first_days, to_second = intervals.seconds
    waited = as_of - first_days.astype(np.int64)
    pairs = pl.DataFrame(
        {
            "code": intervals.pairs["code"],
            "days": np.where(to_second >= 0, to_second, waited),
            "happened": to_second >= 0,
            "long": waited >= within,
        }
    )
    watched = pairs.filter("long")["code"].unique()
    spells = pairs.group_by("code", "days", "happened").agg(users=pl.len())
    return rates_by(spells, "code", within).filter(pl.col("code").is_in(watched.implode()))


def due(intervals: PurchaseIntervals, window: Window, params: RepurchaseParams) -> Table:
    """The table `due`."""
    as_of = to_day(window.as_of) if window.as_of else 0
    pairs = waiting(intervals, as_of, params)
    due_day = pl.col("last_day") + pl.col("lasts").cast(pl.Int32)
    frame = (
        pairs.filter("listed")
        .select(
            user_id=pl.lit(intervals.users).gather(pl.col("row")),
            category=pl.lit(intervals.categories["category"]).gather(pl.col("code")),
            chance="chance",
            last_purchase=pl.col("last_day").cast(pl.Date),
            expected_days="expected",
            due_date=due_day.cast(pl.Date),
            overdue_days=(as_of - due_day).cast(pl.Int64),
            purchases="purchases",
        )
        .sort("chance", "due_date", "user_id", "category", descending=[True, False, False, False])
    )
    notes = [
        Note(
            "due within {days:day|days} of as_of, or overdue, by the chance of buying in that time; "
            "a purchase is a day with an order",
            days=params.within,
        ),
        *left_out(intervals, params),
    ]
    lapsed_count = int(pairs["lapsed"].sum())
    if lapsed_count:
        notes.append(
            Note(
                "{count:,} silent for more than {times:g} expected intervals: left out",
                count=lapsed_count,
                times=params.lapsed_after,
            )
        )
    return Table("due", frame, DUE, window, notes=_notes(intervals, notes))


def left_out(intervals: PurchaseIntervals, params: RepurchaseParams) -> list[Note]:
    """Which categories say nothing of who is due, and why."""
    is_gift = gifts(intervals, params)
    names, gaps = (intervals.categories[name].to_list() for name in ("category", "gaps"))
    few = [
        f"{name} ({count:,})"
        for name, count, gift in zip(names, gaps, is_gift, strict=True)
        if count < params.min_gaps and not gift
    ]
    gift_names = [name for name, gift in zip(names, is_gift, strict=True) if gift]
    notes = []
    if few:
        notes.append(
            Note(
                "left out, with under {needed:,} repeat purchases: {categories}",
                needed=params.min_gaps,
                categories=_named(few),
            )
        )
    if gift_names:
        notes.append(
            Note(
                "left out, as what doesn't run out ([replenishment] leave_out): {categories}",
                categories=_named(gift_names),
            )
        )
    return notes


def _named(names: Sequence[str]) -> tuple[str, ...]:
    more = len(names) - _MOST_NAMED
    return (*names[:_MOST_NAMED], *((Note("{count:,} more", count=more),) if more > 0 else ()))


def _notes(intervals: PurchaseIntervals, notes: Sequence[Note]) -> tuple[Note, ...]:
    if not intervals.nameless:
        return tuple(notes)
    return (
        *notes,
        Note("{count:purchase|purchases} without a category: left out", count=intervals.nameless),
    )


CATEGORIES: dict[str, Kind] = {
    "category": Kind.TEXT,
    "buyers": Kind.COUNT,
    "repeat_buyers": Kind.COUNT,
    "rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "km_rate": Kind.RATE,
    "p25_days": Kind.DAYS,
    "median_days": Kind.DAYS,
    "p75_days": Kind.DAYS,
    "days_per_unit": Kind.DAYS,
    "elasticity": Kind.NUMBER,
}
DUE: dict[str, Kind] = {
    "user_id": Kind.ID,
    "category": Kind.TEXT,
    "chance": Kind.RATE,
    "last_purchase": Kind.DATE,
    "expected_days": Kind.DAYS,
    "due_date": Kind.DATE,
    "overdue_days": Kind.DAYS,
    "purchases": Kind.COUNT,
}
