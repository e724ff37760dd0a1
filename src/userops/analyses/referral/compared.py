"""Those who were invited beside the others who joined in the same month and began with the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from userops.analyses.referral.leaders import Drawn
from userops.core.table import Kind, Table, Varied
from userops.customers.buyers import amounts_within
from userops.ledger.timeline import Timeline
from userops.stats.intervals import LEVEL
from userops.stats.tails import two_sided_quantile

COMPARED: dict[str, Kind] = {
    "measure": Kind.WORD,
    "days": Kind.DAYS,
    "referred_users": Kind.COUNT,
    "other_users": Kind.COUNT,
    "matched": Kind.COUNT,
    "coverage": Kind.RATE,
    "referred": Kind.NUMBER,
    "others": Kind.NUMBER,
    "difference": Kind.NUMBER,
    "low": Kind.NUMBER,
    "high": Kind.NUMBER,
    "evidence": Kind.WORD,
}
FIRST_ORDER, REPURCHASE, LTV = "first_order_rate", "repurchase_30", "ltv"
_KINDS = {FIRST_ORDER: Kind.RATE, REPURCHASE: Kind.RATE, LTV: Kind.MONEY}
_REPURCHASE_DAYS = 30
_VALUES = ("referred", "others", "difference", "low", "high")


def buyers_of(customers: pl.DataFrame, timeline: Timeline, age: int) -> pl.DataFrame:
    """`user_id, first_day, second_day, revenue` of who bought, by user_id.

    `second_day` is the next day with an order, null for none; `revenue` the net amount up to so many
    days after the first. `customers` are as `CUSTOMERS` gives them, the timeline has their amounts.
    """
    days = timeline.by_customer(timeline.by_day.days_to_second)
    return customers.select(
        "user_id",
        "first_day",
        second_day=pl.when(pl.Series(days) >= 0).then(pl.col("first_day") + pl.Series(days)),
        revenue=pl.Series(amounts_within(customers, timeline, age)),
    )


@dataclass(frozen=True, slots=True)
class Everyone:
    """All users, invited or not.

    Attributes:
        buyers: as `buyers_of` gives them, with `category` of the first order (null for none).
        registered: `user_id, registered_day`; None without a users export.
        edges: as of `edges.Invited`.
        first: the first day of orders.
    """

    buyers: pl.DataFrame
    registered: pl.DataFrame | None
    edges: pl.DataFrame
    first: int


def compared(everyone: Everyone, as_of: int, within: int, age: int, drawn: Drawn) -> Table:
    """The table `compared`: a row a measure."""
    places = drawn.currency.places
    buyers = _buyers(everyone)
    kept = pl.col("first_day")
    measures: list[tuple[str, int, pl.DataFrame]] = [
        (FIRST_ORDER, within, _first_orders(everyone, as_of, within)),
        (
            REPURCHASE,
            _REPURCHASE_DAYS,
            buyers.filter(kept + _REPURCHASE_DAYS <= as_of).with_columns(
                value=(pl.col("second_day") <= kept + _REPURCHASE_DAYS)
                .fill_null(False)
                .cast(pl.Int64)
            ),
        ),
        (LTV, age, buyers.filter(kept + age <= as_of).with_columns(value="revenue")),
    ]
    rows = [
        {"measure": name, "days": days, **_row(users, 10**places if name == LTV else 1)}
        for name, days, users in measures
    ]
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(_VALUES, pl.Float64))
    return drawn.table(
        "compared", frame, COMPARED, varied=dict.fromkeys(_VALUES, Varied("measure", _KINDS))
    )


def _first_orders(everyone: Everyone, as_of: int, within: int) -> pl.DataFrame:
    """Registered users observed so long, with whether they ordered by then: `referred, month, category, value`.

    Whoever had ordered before registering doesn't belong here, nor who registered before the orders
    begin, nor who was only invited by an order.
    """
    if everyone.registered is None:
        return pl.DataFrame(
            schema={
                "referred": pl.Boolean,
                "month": pl.Int32,
                "category": pl.String,
                "value": pl.Int64,
            }
        )
    joined = pl.col("registered_day")
    users = (
        everyone.registered.filter(joined.is_between(everyone.first, as_of - within))
        .join(everyone.buyers.select("user_id", "first_day"), on="user_id", how="left")
        .join(everyone.edges.select("user_id", "source"), on="user_id", how="left")
        .filter(pl.col("first_day").is_null() | (pl.col("first_day") >= joined))
        .filter(pl.col("source").is_null() | (pl.col("source") == "users"))
    )
    soon = (pl.col("first_day") <= joined + within).fill_null(False)
    return users.select(
        referred=pl.col("source").is_not_null(),
        month=_month(joined),
        category=pl.lit(None, pl.String),
        value=soon.cast(pl.Int64),
    )


def _buyers(everyone: Everyone) -> pl.DataFrame:
    """Who bought: `referred, month, category, first_day, second_day, revenue`.

    Whoever was invited after the first order doesn't belong here.
    """
    joined = everyone.registered
    if joined is None:
        joined = pl.DataFrame(schema={"user_id": pl.String, "registered_day": pl.Int32})
    late = pl.col("invited") > pl.col("first_day")
    return (
        everyone.buyers.join(joined, on="user_id", how="left")
        .join(
            everyone.edges.select("user_id", "inviter_id", invited="day"), on="user_id", how="left"
        )
        .filter(~late.fill_null(False))
        .with_columns(
            referred=pl.col("inviter_id").is_not_null(),
            month=_month(pl.coalesce("registered_day", "first_day")),
        )
    )


def _month(day: pl.Expr) -> pl.Expr:
    return day.cast(pl.Date).dt.truncate("1mo").cast(pl.Int32)


def _row(users: pl.DataFrame, unit: int) -> dict[str, object]:
    """One measure: means of both groups within strata, by how many were referred; and their difference."""
    referred_users = int(users["referred"].sum())
    strata = _strata(users).to_dicts()
    matched = sum(row["n"] for row in strata)
    found = {
        "referred_users": referred_users,
        "other_users": len(users) - referred_users,
        "matched": matched,
        "coverage": matched / referred_users if referred_users else None,
    }
    if not matched:
        return found | dict.fromkeys(_VALUES) | {"evidence": None}
    mine = math.fsum(row["sum"] for row in strata) / matched / unit
    theirs = (
        math.fsum(row["n"] * row["sum_of_others"] / row["n_of_others"] for row in strata)
        / matched
        / unit
    )
    half = _half_width(strata, matched)
    low, high = (None if half is None else mine - theirs + sign * half / unit for sign in (-1, 1))
    values = (mine, theirs, mine - theirs, low, high)
    return found | dict(zip(_VALUES, values, strict=True)) | {"evidence": "matched"}


def _strata(users: pl.DataFrame) -> pl.DataFrame:
    """Strata with both: of each group how many users, their sum and sum of squares, exact."""
    value = pl.col("value").cast(pl.Int128)

    def sums(of: pl.Expr, suffix: str) -> list[pl.Expr]:
        return [
            of.sum().cast(pl.Int64).alias(f"n{suffix}"),
            value.filter(of).sum().alias(f"sum{suffix}"),
            (value * value).filter(of).sum().alias(f"squares{suffix}"),
        ]

    mine = pl.col("referred")
    return (
        users.group_by("month", "category")
        .agg(*sums(mine, ""), *sums(~mine, "_of_others"))
        .filter((pl.col("n") > 0) & (pl.col("n_of_others") > 0))
        .sort("month", "category")
    )


def _half_width(strata: list[dict[str, int]], matched: int) -> float | None:
    """Half the interval of the difference of both means, by the first group's weights.

    With one variance a group, pooled within its strata, so that strata of one user have one; None
    where a group has no stratum of two.
    """
    variances = [_variance(strata, suffix) for suffix in ("", "_of_others")]
    weights = [
        1 / matched,
        math.fsum(row["n"] ** 2 / row["n_of_others"] for row in strata) / matched**2,
    ]
    parts = [w * v for w, v in zip(weights, variances, strict=True) if v is not None]
    return two_sided_quantile(LEVEL) * math.sqrt(sum(parts)) if len(parts) == 2 else None


def _variance(rows: list[dict[str, int]], suffix: str) -> float | None:
    """The variance of a group's users within their strata; None where no stratum has two."""
    freedom = sum(row[f"n{suffix}"] - 1 for row in rows)
    if not freedom:
        return None
    spread = math.fsum(
        (row[f"n{suffix}"] * row[f"squares{suffix}"] - row[f"sum{suffix}"] ** 2) / row[f"n{suffix}"]
        for row in rows
    )
    return max(spread, 0.0) / freedom
