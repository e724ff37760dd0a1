"""Users above a threshold of net spend in 365 days: how many, who came and went, who is near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import polars as pl

from userops.analyses.screen.history import OrderHistory
from userops.analyses.screen.params import ScreenParams
from userops.core import periods
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.periods import Period
from userops.core.table import Currency, Kind, Table

YEAR = 365
MONTHS = 12  # ends of months before as_of
THOUSAND: dict[str, Kind] = {
    "day": Kind.DATE,
    "threshold": Kind.MONEY,
    "users": Kind.COUNT,
    "entered": Kind.COUNT,
    "left": Kind.COUNT,
    "stayed": Kind.COUNT,
    "near": Kind.COUNT,
    "revenue": Kind.MONEY,
    "users_year_before": Kind.COUNT,
    "growth": Kind.RATE,
    "target_growth": Kind.RATE,
    "target_users": Kind.COUNT,
    "reached": Kind.FLAG,
    "complete": Kind.FLAG,
}
USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "movement": Kind.WORD,
    "revenue": Kind.MONEY,
    "revenue_before": Kind.MONEY,
    "short": Kind.MONEY,
    "orders": Kind.COUNT,
    "last_order": Kind.DATE,
}
_MOVEMENTS = ("entered", "left", "near", "stayed")


@dataclass(frozen=True)
class Above:
    """Users at the end of a day: who is above the threshold, and who near it.

    `complete`: whether the export has all of the 365 days up to it.
    """

    day: int
    buyers: pl.DataFrame
    threshold: int
    near_from: int
    complete: bool

    @property
    def users(self) -> pl.DataFrame:
        """Those above the threshold, or at it."""
        return self.buyers.filter(pl.col("revenue") >= self.threshold)

    @property
    def near(self) -> pl.DataFrame:
        """Those below it, and near."""
        return self.buyers.filter(
            pl.col("revenue") < self.threshold, pl.col("revenue") >= self.near_from
        )


def days_of(first_day: int, as_of: int) -> list[int]:
    """as_of and the ends of the months before it, from the export's first day on; ascending."""
    month = periods.number_of(as_of, Period.MONTH)
    ends = [_end_of(number) for number in range(month - MONTHS, month)]
    return [day for day in ends if day >= first_day] + [as_of]


def _end_of(month: int) -> int:
    import numpy as np

    return int(periods.first_day(np.array([month + 1]), Period.MONTH)[0]) - 1


def _end_before(day: int) -> int:
    """The end of the month before a day's."""
    return _end_of(periods.number_of(day, Period.MONTH) - 1)


def earlier_days(first_day: int, as_of: int) -> list[int]:
    """Every day before as_of that the tables look at."""
    days = days_of(first_day, as_of)
    before = {*days, *map(_end_before, days), *(day - YEAR for day in days)}
    return sorted(day for day in before if first_day <= day < as_of)


def minor_units(amount: float, part: float, currency: Currency) -> int:
    """The least whole number of minor units that is at least a part of an amount.

    >>> minor_units(1000, 0.8, Currency())
    80000
    """
    return ceil(Fraction(str(amount)) * Fraction(str(part)) * Fraction(10) ** currency.places)


def above(history: OrderHistory, day: int, params: ScreenParams, *, others: bool = False) -> Above:
    """Who was above the threshold or near it at the end of a day, as it was known then; or all buyers."""
    threshold, near_from = (
        minor_units(params.threshold, part, history.currency) for part in (1, params.near)
    )
    least = None if others else min(near_from, threshold)
    buyers = history.buyers(day, YEAR, least)
    return Above(day, buyers, threshold, near_from, is_complete(history, day))


def is_complete(history: OrderHistory, day: int) -> bool:
    """Whether there's a whole year up to a day."""
    return day - YEAR + 1 >= history.first_day


def thousand(history: OrderHistory, params: ScreenParams) -> Table:
    """How many are above the threshold at the end of each month, and at as_of."""
    if history.window.as_of is None:
        return Table(
            "thousand",
            _frame([], params),
            THOUSAND,
            history.window,
            history.currency,
            keeps=(
                "users",
                "entered",
                "left",
                "growth",
                "target_users",
                "reached",
            ),
        )
    days = days_of(history.first_day, history.day)
    on_days: dict[int, Above] = {}

    def on(day: int) -> Above | None:
        if day < history.first_day:
            return None
        if day not in on_days:
            on_days[day] = above(history, day, params)
        return on_days[day]

    def whole(day: int) -> Above | None:
        """Of a day with a whole year before it: nothing else is compared with."""
        return on(day) if is_complete(history, day) else None

    rows = [_row(on(day), whole(_end_before(day)), whole(day - YEAR)) for day in days]
    notes = tuple(_incomplete(history, [one for day in days if (one := on(day)) is not None]))
    frame = _frame(rows, params)
    return Table(
        "thousand",
        frame,
        THOUSAND,
        history.window,
        history.currency,
        notes,
        keeps=(
            "users",
            "entered",
            "left",
            "growth",
            "target_users",
            "reached",
        ),
    )


def _row(now: Above | None, before: Above | None, year_before: Above | None) -> dict[str, object]:
    assert now is not None
    users = now.users
    row: dict[str, object] = {
        "day": now.day,
        "threshold": now.threshold,
        "users": users.height,
        "near": now.near.height,
        "revenue": int(users["revenue"].sum()),
        "complete": now.complete,
    }
    if before is not None:
        earlier = before.users["user_id"]
        stayed = int(users["user_id"].is_in(earlier.implode()).sum())
        row |= {
            "entered": users.height - stayed,
            "left": len(earlier) - stayed,
            "stayed": stayed,
        }
    if year_before is not None:
        row["users_year_before"] = year_before.users.height
    return row


def _frame(rows: Sequence[dict[str, object]], params: ScreenParams) -> pl.DataFrame:
    given = (
        "threshold",
        "users",
        "entered",
        "left",
        "stayed",
        "near",
        "revenue",
        "users_year_before",
    )
    schema = {"day": pl.Int32, "complete": pl.Boolean} | dict.fromkeys(given, pl.Int64)
    year_before = [row.get("users_year_before") for row in rows]
    targets = [
        ceil((1 + Fraction(str(params.target))) * users) if isinstance(users, int) else None
        for users in year_before
    ]
    users, earlier = pl.col("users"), pl.col("users_year_before")
    return (
        pl.DataFrame(rows, schema=schema)
        .with_columns(
            pl.col("day").cast(pl.Date),
            pl.Series("target_users", targets, dtype=pl.Int64),
            growth=pl.when(earlier > 0).then(users / earlier - 1),
            target_growth=pl.lit(params.target, pl.Float64),
        )
        .with_columns(reached=users >= pl.col("target_users"))
        .select(*THOUSAND)
    )


def _incomplete(history: OrderHistory, days: Sequence[Above]) -> list[Note]:
    if all(one.complete for one in days):
        return []
    return [
        Note(
            "the orders begin on {first}: until {day} the 365 days aren't whole, and there are at "
            "least so many users",
            first=to_date(history.first_day),
            day=to_date(history.first_day + YEAR - 2),
        )
    ]


def thousand_users(history: OrderHistory, params: ScreenParams) -> Table:
    """Who is above the threshold or near it, or was above it at the end of the month before."""
    empty = history.window.as_of is None
    now = above(history, history.day, params, others=True)
    last = _end_before(history.day)
    before = above(history, last, params, others=True)
    sides = (
        pl.concat([now.users, now.near, before.users])
        .select("user_id")
        .unique()
        .join(now.buyers, on="user_id", how="left")
        .join(before.buyers.select("user_id", revenue_before="revenue"), on="user_id", how="left")
        .join(history.customers.select("user_id", "last_day"), on="user_id", how="left")
        .with_columns(pl.col("revenue", "revenue_before", "orders").fill_null(0))
    )
    is_above, was_above = (pl.col(name) >= now.threshold for name in ("revenue", "revenue_before"))
    movement = (
        pl.when(is_above & was_above)
        .then(pl.lit("stayed"))
        .when(is_above)
        .then(pl.lit("entered"))
        .when(was_above)
        .then(pl.lit("left"))
        .otherwise(pl.lit("near"))
    )
    if not before.complete:  # who was above isn't known
        movement = pl.when(movement == "near").then(movement)
    frame = sides.with_columns(
        movement=movement,
        short=pl.when(~is_above).then(now.threshold - pl.col("revenue")),
        last_order=pl.col("last_day").cast(pl.Date),
    ).sort(
        pl.col("movement").replace_strict(_MOVEMENTS, range(4), return_dtype=pl.Int8),
        "revenue",
        "user_id",
        descending=[False, True, False],
    )
    notes = () if empty else (
        Note("from {first} to {last}", first=to_date(last), last=history.window.as_of),
        *_incomplete(history, [before]),
    )  # fmt: skip
    return Table(
        "thousand_users", frame.select(*USERS), USERS, history.window, history.currency, notes
    )
