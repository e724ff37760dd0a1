"""Why users are called: each reason a rule, the first that holds counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from userops.analyses.contacts.params import REASONS, ContactRule, ContactsParams
from userops.core.conditions.expressions import expression
from userops.core.dates import to_date
from userops.core.errors import UsageError
from userops.core.table import Kind
from userops.customers import birthdays
from userops.customers.due import Stock, waiting
from userops.customers.purchase_intervals import PurchaseIntervals
from userops.customers.purchases import ALL
from userops.customers.stages import SLUMP

# How lately the slump must have begun for a user to have entered it.
ENTERED_DAYS = 7
# What conditions of one's own reasons can ask of a user, beside columns of the users export.
KINDS: dict[str, Kind] = {
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "days_since_order": Kind.DAYS,
    "first_order": Kind.DATE,
    "last_order": Kind.DATE,
    "registered": Kind.DATE,
    "p_alive": Kind.RATE,
    "value": Kind.MONEY,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of users on the day of a list.

    `users`: by user_id, the columns of `KINDS`, `p_before`, `stage` and `stage_before` (null where not
    known), `birthday` (text), and columns of the users export as text. `intervals` are of purchases by
    category; `coupons` are `user_id, coupon, taken` (day), `used` (day), `expires` (date); `more` are
    users of other reasons with their facts, by the reason: `user_id` and any of the facts.
    """

    day: int
    as_of: int
    users: pl.DataFrame
    intervals: PurchaseIntervals | None = None
    stock: Stock | None = None
    coupons: pl.DataFrame | None = None
    more: Mapping[str, pl.DataFrame] | None = None


def candidates(known: Known, params: ContactsParams, places: int) -> tuple[pl.DataFrame, list[str]]:
    """A row a user with a reason: `user_id, reason, also`, and the facts of the reason; by user_id.

    Also the reasons that are asked for, and for which there's no data.

    Raises:
        UsageError: a reason isn't known, or a condition asks what isn't known of users.
    """
    order = order_of(params)
    own = {rule.name: rule for rule in params.rules}
    frames, absent = [], []
    for place, name in enumerate(order):
        rule = own.get(name)
        found = (
            _by_condition(known, rule, places)
            if rule is not None and rule.when
            else _OF_REASON[name](known, params)
        )
        if found is not None:
            frames.append(found.with_columns(reason=pl.lit(name), place=pl.lit(place)))
        else:
            absent.append(name)
    if not frames:
        return pl.DataFrame(
            schema={"user_id": pl.String, "reason": pl.String, "place": pl.Int32, "also": pl.String}
        ), absent
    rows = pl.concat(frames, how="diagonal").unique(["user_id", "place"], maintain_order=True)
    rows = rows.sort("user_id", "place")
    also = rows.group_by("user_id", maintain_order=True).agg(
        pl.col("reason").slice(1).str.join(", ").alias("also")
    )
    best = rows.unique("user_id", keep="first", maintain_order=True)
    with_others = best.join(also, on="user_id", maintain_order="left", how="left").with_columns(
        also=pl.when(pl.col("also") != "").then("also")
    )
    return with_others, absent


def order_of(params: ContactsParams) -> list[str]:
    """Reasons in their order: one's own that aren't placed among them come first.

    Raises:
        UsageError: one isn't known.
    """
    own = [rule.name for rule in params.rules if rule.when]
    for rule in params.rules:
        if not rule.when and rule.name not in REASONS:
            raise UsageError(
                f"[[contacts.rules]] {rule.name}: no condition, and no reason of ours",
                mend=f"give it a condition (when), or name one of {', '.join(REASONS)}",
            )
    for name in params.reasons:
        if name not in (*REASONS, *own):
            raise UsageError.unknown("reason", name, [*REASONS, *own])
    return list(
        dict.fromkeys([*(name for name in own if name not in params.reasons), *params.reasons])
    )


def _by_condition(known: Known, rule: ContactRule, places: int) -> pl.DataFrame:
    kinds = {
        name: KINDS.get(name, Kind.TEXT)
        for name in known.users.columns
        if name not in ("user_id", "p_before", "stage", "stage_before", "first_day", "last_day")
    }
    return known.users.filter(expression(rule.when, kinds, places)).select("user_id")


def _since(known: Known, column: str) -> pl.Expr:
    """Days from a date to the day of the list."""
    return known.day - pl.col(column).cast(pl.Int32)


def _new(known: Known, params: ContactsParams) -> pl.DataFrame:
    ordered = _since(known, "first_order").is_between(0, params.new_days)
    registered = _since(known, "registered").is_between(0, params.new_days)
    # Whoever registered lately but bought long ago isn't new.
    joined = registered & pl.col("first_order").is_null()
    return known.users.filter(
        ordered.fill_null(value=False) | joined.fill_null(value=False)
    ).select("user_id")


def _replenish(known: Known, params: ContactsParams) -> pl.DataFrame | None:
    if known.intervals is None or known.stock is None:
        return None
    pairs = waiting(known.intervals, known.as_of, known.stock)
    due = pairs["last_day"].cast(pl.Int64) + pairs["lasts"].cast(pl.Int64)
    late = known.day - due
    chosen = pairs.with_columns(due=due, late=late).filter(
        pl.col("late").is_between(-params.due_before, params.due_after) & ~pl.col("lapsed")
    )
    names, users = known.intervals.categories["category"], known.intervals.users
    category = pl.lit(names).gather(pl.col("code"))
    return (
        chosen.select(
            pl.lit(users).gather(pl.col("row")).alias("user_id"),
            pl.when(category != ALL).then(category).alias("category"),
            pl.col("last_day").cast(pl.Date).alias("bought_on"),
            pl.col("due").cast(pl.Int32).cast(pl.Date).alias("due_date"),
            "chance",
        )
        .sort("user_id", "chance", "due_date", "category", descending=[False, True, False, False])
        .unique("user_id", keep="first", maintain_order=True)
        .drop("chance")
    )


def _coupon(known: Known, params: ContactsParams) -> pl.DataFrame | None:
    if known.coupons is None:
        return None
    unused = pl.col("used").is_null() | (pl.col("used") > known.as_of)
    waits = known.day - pl.col("taken") >= params.coupon_days
    holds = pl.col("expires").is_null() | (pl.col("expires") >= to_date(known.day))
    return (
        known.coupons.filter(unused & waits.fill_null(value=False) & holds)
        .sort("user_id", "expires", "taken", "coupon", nulls_last=True)
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", "coupon", "expires")
    )


def _winback(known: Known, params: ContactsParams) -> pl.DataFrame:
    silent = pl.col("days_since_order").is_between(params.winback_from, params.winback_to)
    return known.users.filter(silent.fill_null(value=False)).select("user_id")


def _churn(known: Known, params: ContactsParams) -> pl.DataFrame:
    entered = (pl.col("stage") == SLUMP) & (pl.col("stage_before") != SLUMP)
    # A fall of exactly so much counts, whatever doubles make of the difference.
    fell = pl.col("p_before") - pl.col("p_alive") >= params.fell_by - 1e-9
    return known.users.filter(entered.fill_null(value=False) | fell.fill_null(value=False)).select(
        "user_id"
    )


def _birthday(known: Known, params: ContactsParams) -> pl.DataFrame | None:
    if known.users["birthday"].null_count() == len(known.users):
        return None
    is_theirs = birthdays.is_birthday(pl.col("birthday"), to_date(known.day))
    return known.users.filter(is_theirs).select("user_id")


def _of_others(name: str) -> Callable[[Known, ContactsParams], pl.DataFrame | None]:
    return lambda known, params: (known.more or {}).get(name)


_OF_REASON: dict[str, Callable[[Known, ContactsParams], pl.DataFrame | None]] = {
    "new": _new,
    "replenish": _replenish,
    "coupon": _coupon,
    "winback": _winback,
    "churn": _churn,
    "birthday": _birthday,
    "level": _of_others("level"),
    "points": _of_others("points"),
}
