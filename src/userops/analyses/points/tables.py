"""Tables of points: from the books to what's shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from userops.analyses.points.breakage import expected_redeemed, month_end_before
from userops.analyses.points.params import PointsParams
from userops.core.dates import Window, to_date
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.customers.granting_rules import GrantingRule, names_of
from userops.customers.point_books import Books
from userops.customers.points_ahead import expiring as expiring_points

_PARTS = ("earned", "redeemed", "expired", "reversed", "outstanding")
_FATES = dict.fromkeys(_PARTS, Kind.COUNT)


def _dates(*columns: str) -> list[pl.Expr]:
    return [pl.col(name).cast(pl.Date) for name in columns]


def _ratio(top: str, bottom: pl.Expr) -> pl.Expr:
    return pl.when(bottom != 0).then(pl.col(top) / bottom)


def summary(
    books: Books,
    payments: pl.DataFrame,
    as_of: int,
    window: Window,
    money: Currency,
    params: PointsParams,
    notes: tuple[Note, ...],
) -> Table:
    """One row: what became of all points, what is still owed, and what they cost."""
    lots = books.lots
    sums = {name: int(lots[name].sum()) for name in _PARTS}
    debt = int(books.debts["points"].sum())
    base = sums["earned"] - sums["reversed"]
    expected = expected_redeemed(books, as_of)
    in_the_end = float(expected["expected"].sum()) if len(expected) else 0.0
    unit = None if params.point_cost is None else params.point_cost * 10**money.places
    revenue = _revenue(books, payments)
    cost = None if unit is None else sums["redeemed"] * unit
    row = {
        "users": books.entries["user_id"].n_unique(),
        **sums,
        "debt": debt,
        "redemption_rate": sums["redeemed"] / base if base else None,
        "expected_rate": in_the_end / base if base else None,
        "breakage": 1 - in_the_end / base if base else None,
        "liability": None if unit is None else sums["outstanding"] * unit,
        "liability_expected": None if unit is None else (in_the_end - sums["redeemed"]) * unit,
        "cost": cost,
        "revenue": revenue,
        "input_output": cost / revenue if cost is not None and revenue else None,
        "roi": None,
    }
    if unit is None:
        notes = (
            *notes,
            Note("no point_cost, so the cost of points is unknown: set --point-cost MONEY"),
        )
    notes = (
        *notes,
        Note("roi is empty: without a holdout, the effect of points can't be measured"),
    )
    frame = pl.DataFrame([row], schema=_SUMMARY_TYPES)
    return Table("summary", frame, _SUMMARY, window, money, notes)


_SUMMARY = {
    "users": Kind.COUNT,
    **_FATES,
    "debt": Kind.COUNT,
    "redemption_rate": Kind.RATE,
    "expected_rate": Kind.RATE,
    "breakage": Kind.RATE,
    "liability": Kind.MONEY,
    "liability_expected": Kind.MONEY,
    "cost": Kind.MONEY,
    "revenue": Kind.MONEY,
    "input_output": Kind.RATE,
    "roi": Kind.NUMBER,
}
_SUMMARY_TYPES = {
    name: pl.Int64 if kind is Kind.COUNT or name == "revenue" else pl.Float64
    for name, kind in _SUMMARY.items()
}


def _revenue(books: Books, payments: pl.DataFrame) -> int | None:
    """The net amount of the orders that earned or redeemed points; None where no entry names one."""
    booked = books.entries.filter(pl.col("kind").is_in(["earn", "redeem"]))
    orders = booked["order_id"].drop_nulls().unique()
    if orders.is_empty():
        return None
    return int(payments.filter(pl.col("order_id").is_in(orders.implode()))["amount"].sum())


def balances(told: pl.DataFrame, window: Window, notes: tuple[Note, ...] = ()) -> Table:
    """A row a user: the balance and what it's made of, and what goes next; see `point_balances.BALANCES`."""
    frame = told.select(
        "user_id",
        *_dates("last_entry"),
        *_PARTS,
        "debt",
        (pl.col("outstanding") - pl.col("debt")).alias("balance"),
        *_dates("next_expiry"),
        "next_points",
    )
    kinds = {
        "user_id": Kind.ID,
        "last_entry": Kind.DATE,
        **_FATES,
        "debt": Kind.COUNT,
        "balance": Kind.COUNT,
        "next_expiry": Kind.DATE,
        "next_points": Kind.COUNT,
    }
    return Table(
        "balances",
        frame,
        kinds,
        window,
        notes=notes,
        keeps=(
            "balance",
            "next_points",
            "earned",
            "redeemed",
        ),
    )


def lots(books: Books, window: Window, notes: tuple[Note, ...] = ()) -> Table:
    """A row a lot, by user and in the order in which they were earned."""
    status = (
        pl.when(pl.col("outstanding") > 0)
        .then(pl.lit("open"))
        .when(pl.col("expired") > 0)
        .then(pl.lit("expired"))
        .otherwise(pl.lit("spent"))
    )
    frame = books.lots.select(
        "user_id",
        pl.col("day").cast(pl.Date).alias("date"),
        "rule",
        "order_id",
        "entry_id",
        *_dates("last_day"),
        *_PARTS,
        status.alias("lot_status"),
    )
    kinds = {
        "user_id": Kind.ID,
        "date": Kind.DATE,
        "rule": Kind.TEXT,
        "order_id": Kind.ID,
        "entry_id": Kind.ID,
        "last_day": Kind.DATE,
        **_FATES,
        "lot_status": Kind.WORD,
    }
    return Table(
        "lots",
        frame,
        kinds,
        window,
        notes=notes,
        keeps=(
            "outstanding",
            "last_day",
            "lot_status",
            "earned",
            "rule",
        ),
    )


def expiring(
    books: Books,
    as_of: int,
    window: Window,
    money: Currency,
    params: PointsParams,
    notes: tuple[Note, ...] = (),
) -> Table:
    """A row a user and last day within `within` days: what goes if it isn't used."""
    ahead = expiring_points(books, as_of).filter(pl.col("last_day") <= as_of + params.within)
    balance = books.balances.select("user_id", balance=pl.col("outstanding") - pl.col("debt"))
    unit = None if params.point_cost is None else params.point_cost * 10**money.places
    worth = pl.lit(None, pl.Float64) if unit is None else pl.col("points") * float(unit)
    frame = (
        ahead.join(balance, on="user_id", how="left")
        .select(
            "user_id",
            *_dates("last_day"),
            (pl.col("last_day") - as_of).alias("days_left"),
            "points",
            "balance",
            worth.cast(pl.Float64).alias("worth"),
        )
        .sort("last_day", -pl.col("points"), "user_id")
    )
    kinds = {
        "user_id": Kind.ID,
        "last_day": Kind.DATE,
        "days_left": Kind.DAYS,
        "points": Kind.COUNT,
        "balance": Kind.COUNT,
        "worth": Kind.MONEY,
    }
    unused = books.lots.filter(pl.col("outstanding") > 0)
    lasting = unused.height > 0 and unused["last_day"].null_count() == unused.height
    notes = (*notes, *((_LASTING,) if lasting else ()))
    return Table("expiring", frame, kinds, window, money, notes)


_LASTING = Note(
    "no unused points run out: valid is never; --valid '12 months', or valid under [points], says how "
    "long they live"
)


def cohorts(books: Books, as_of: int, window: Window, notes: tuple[Note, ...] = ()) -> Table:
    """A row a month of earning."""
    expected = expected_redeemed(books, as_of)
    base = pl.col("earned") - pl.col("reversed")
    month = pl.col("day").cast(pl.Date).dt.month_start()
    frame = (
        books.lots.group_by(cohort=month)
        .agg(pl.col("user_id").n_unique().alias("users"), pl.col(*_PARTS).sum())
        .join(expected, on="cohort", how="left")
        .with_columns(
            redemption_rate=_ratio("redeemed", base),
            expected_rate=_ratio("expected", base),
            complete=pl.col("cohort") <= _last_whole_month(as_of),
        )
        .with_columns(
            breakage=1 - pl.col("expected_rate"),
            final=pl.col("complete") & (pl.col("outstanding") == 0),
        )
        .select(
            "cohort", "users", *_PARTS, "redemption_rate", "final", "expected_rate", "breakage",
            "complete",
        )
        .sort("cohort")
    )  # fmt: skip
    kinds = {
        "cohort": Kind.DATE,
        "users": Kind.COUNT,
        **_FATES,
        "redemption_rate": Kind.RATE,
        "final": Kind.FLAG,
        "expected_rate": Kind.RATE,
        "breakage": Kind.RATE,
        "complete": Kind.FLAG,
    }
    return Table("cohorts", frame, kinds, window, notes=notes)


def _last_whole_month(as_of: int) -> date:
    return month_end_before(to_date(as_of))


def rules(
    granted: pl.DataFrame,
    declared: Sequence[GrantingRule],
    window: Window,
    notes: tuple[Note, ...],
) -> Table:
    """A row a rule, in the settings' order: what it granted, took back, and what its caps cut."""
    points = pl.col("points")
    sums = granted.group_by("rule").agg(
        entries=(points > 0).sum().cast(pl.Int64),
        users=pl.col("user_id").filter(points > 0).n_unique().cast(pl.Int64),
        earned=points.filter(points > 0).sum(),
        reversed=-points.filter(points < 0).sum(),
        cut=pl.col("cut").sum(),
    )
    names = names_of(tuple(declared))
    listed = pl.DataFrame(
        {
            "rule": names,
            "event": [rule.event for rule in declared],
            "place": range(len(names)),
        },
        schema={"rule": pl.String, "event": pl.String, "place": pl.Int64},
    )
    frame = (
        listed.join(sums, on="rule", how="left")
        .sort("place")
        .drop("place")
        .with_columns(pl.col("entries", "users", "earned", "reversed", "cut").fill_null(0))
    )
    kinds = {
        "rule": Kind.TEXT,
        "event": Kind.TEXT,
        "entries": Kind.COUNT,
        "users": Kind.COUNT,
        "earned": Kind.COUNT,
        "reversed": Kind.COUNT,
        "cut": Kind.COUNT,
    }
    return Table("rules", frame, kinds, window, notes=notes)
