"""High-value users by DuckDB and plain Python, from the definitions alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil
from statistics import median

import polars as pl

from helpers.shops import Row
from oracles import returning

# A row a user and day, with what was spent: orders, and refunds without their order.
SPENT = """, spent AS (
    SELECT user_id, day, net, 1 AS orders FROM orders
    UNION ALL SELECT user_id, day, net, 0 FROM loose
)
SELECT user_id, day, net::BIGINT AS net, orders FROM spent
"""


def spent(rows: Sequence[Row], as_of: date | None) -> list[dict]:
    """Orders and loose refunds as they were known at the end of a day."""
    return returning.ask(SPENT, rows, as_of)


def within(lines: Sequence[dict], last: date, days: int) -> dict[str, list[dict]]:
    """By user, what lies in the days up to one; of users with an order there."""
    found: dict[str, list[dict]] = {}
    for line in lines:
        if line["day"] <= last and (not days or line["day"] > last - timedelta(days)):
            found.setdefault(line["user_id"], []).append(line)
    return {user: some for user, some in found.items() if any(one["orders"] for one in some)}


def last_day(rows: Sequence[Row], as_of: date | None) -> date:
    return as_of or max(row.day for row in rows)


def cut(values: Sequence[float], share: float, *, lowest: bool = False) -> tuple[int, float | None]:
    k = ceil(Fraction(str(share)) * len(values))
    return k, sorted(values, reverse=not lowest)[k - 1] if k else None


def users(rows: Sequence[Row], as_of: date | None, window: int, share: float) -> pl.DataFrame:
    """Values of everyone with an order in the window, flags, and the cuts."""
    found = []
    for user, lines in within(spent(rows, as_of), last_day(rows, as_of), window).items():
        days = sorted({line["day"] for line in lines if line["orders"]})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        found.append(
            {
                "user_id": user,
                "purchase_days": len(days),
                "interval_days": float(median(gaps)) if len(days) >= 3 else None,
                "orders": sum(line["orders"] for line in lines),
                "revenue": sum(line["net"] for line in lines),
            }
        )
    for name in ("interval_days", "orders", "revenue"):
        known = [one[name] for one in found if one[name] is not None]
        lowest = name == "interval_days"
        _, limit = cut(known, share, lowest=lowest)
        for one in found:
            value = one[name]
            one[f"cut_{name}"] = limit
            one[f"passes_{name}"] = value is not None and (
                value <= limit if lowest else value >= limit
            )
    for one in found:
        one["passed"] = sum(
            one[f"passes_{name}"] for name in ("interval_days", "orders", "revenue")
        )
    schema = {"user_id": pl.String, "purchase_days": pl.Int64, "interval_days": pl.Float64}
    schema |= {"orders": pl.Int64, "revenue": pl.Int64, "passed": pl.Int64}
    if not found:
        return pl.DataFrame(schema=schema)
    return pl.DataFrame(found, schema_overrides=schema, infer_schema_length=None).sort("user_id")


def near(values: pl.DataFrame) -> pl.DataFrame:
    """Who fails one criterion, in units, by user."""
    found = []
    for row in values.to_dicts():
        if row["passed"] != 2:
            continue
        name = next(
            one for one in ("interval_days", "orders", "revenue") if not row[f"passes_{one}"]
        )
        unit = 100 if name == "revenue" else 1
        value, limit = row[name], row[f"cut_{name}"]
        short = None if value is None or limit is None else abs(value - limit) / unit
        found.append(
            {
                "user_id": row["user_id"],
                "criterion": name,
                "value": None if value is None else value / unit,
                "cut": None if limit is None else limit / unit,
                "short_by": short,
            }
        )
    return pl.DataFrame(found, infer_schema_length=None)


def revenue(rows: Sequence[Row], day: date, days: int) -> dict[str, int]:
    """Net spend by user in the days up to one, as known on it."""
    by_user = within(spent(rows, day), day, days)
    return {user: sum(line["net"] for line in lines) for user, lines in by_user.items()}


def pool(rows: Sequence[Row], day: date, window: int, share: float) -> dict[str, int]:
    """Who is in the pool, with the net spend."""
    spend = revenue(rows, day, window)
    _, limit = cut([*spend.values()], share)
    return {user: value for user, value in spend.items() if value >= limit}


def pareto(rows: Sequence[Row], as_of: date | None, window: int) -> list[dict]:
    """The whole table, money in cents."""
    spend = sorted(revenue(rows, last_day(rows, as_of), window).values(), reverse=True)
    total, n = sum(spend), len(spend)
    gini = None
    if n and total > 0:
        ranked = sum(place * value for place, value in enumerate(sorted(spend), 1))
        gini = 2 * ranked / (n * total) - (n + 1) / n
    found = []
    for measure, shares in (
        ("top users", (0.01, 0.05, 0.1, 0.2, 0.5)),
        ("top revenue", (0.5, 0.8, 0.9)),
    ):
        for share in shares if n else ():
            if measure == "top users":
                k = ceil(Fraction(str(share)) * n)
            elif total <= 0:
                continue
            else:
                k = next(
                    k for k in range(1, n + 1) if sum(spend[:k]) >= Fraction(str(share)) * total
                )
            inside = [value for value in spend if value >= spend[k - 1]]
            found.append(
                {
                    "measure": measure,
                    "share": share,
                    "k": k,
                    "cut": spend[k - 1],
                    "users": len(inside),
                    "users_share": len(inside) / n,
                    "revenue": sum(inside),
                    "revenue_share": sum(inside) / total if total > 0 else None,
                    "gini": gini,
                }
            )
    return found


def thousand(rows: Sequence[Row], as_of: date | None, threshold: int, near_from: int) -> list[dict]:
    """Counts at the ends of months and on as_of, as known on each day."""
    last = last_day(rows, as_of)
    first = min((line["day"] for line in spent(rows, last)), default=last)
    month, ends = last.replace(day=1), []
    for _ in range(12):
        ends.append(month - timedelta(1))
        month = (month - timedelta(1)).replace(day=1)
    days = [*(day for day in reversed(ends) if day >= first), last]

    def above(day: date) -> set[str]:
        return {user for user, value in revenue(rows, day, 365).items() if value >= threshold}

    def whole(day: date) -> bool:
        return day - timedelta(364) >= first

    found = []
    for day in days:
        users, before = above(day), day.replace(day=1) - timedelta(1)
        values = revenue(rows, day, 365).values()
        earlier = above(before) if whole(before) else None
        year_before = day - timedelta(365)
        found.append(
            {
                "day": day,
                "users": len(users),
                "entered": None if earlier is None else len(users - earlier),
                "left": None if earlier is None else len(earlier - users),
                "stayed": None if earlier is None else len(users & earlier),
                "near": sum(near_from <= value < threshold for value in values),
                "users_year_before": len(above(year_before)) if whole(year_before) else None,
                "complete": whole(day),
            }
        )
    return found


def above_and_near(
    rows: Sequence[Row], as_of: date | None, threshold: int, near_from: int
) -> dict[str, str | None]:
    """Who is above the threshold or near it, or was above it at the end of the month before."""
    last = last_day(rows, as_of)
    earlier = last.replace(day=1) - timedelta(1)
    now, before = (revenue(rows, day, 365) for day in (last, earlier))
    first = min((line["day"] for line in spent(rows, last)), default=last)
    whole = earlier - timedelta(364) >= first
    found: dict[str, str | None] = {}
    for user in now.keys() | before.keys():
        value, was = now.get(user, 0), before.get(user, 0)
        if value >= threshold:
            found[user] = "stayed" if was >= threshold else "entered"
        elif was >= threshold:
            found[user] = "left"
        elif value >= near_from:
            found[user] = "near"
    return (
        found if whole else {one: "near" if how == "near" else None for one, how in found.items()}
    )


def in_cents(frame: pl.DataFrame, *order: str) -> list[dict]:
    """Rows with money in whole cents, in an order of their own."""
    money = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal)]
    cents = frame.with_columns((pl.col(money) * 100).cast(pl.Int64)) if money else frame
    return (cents.sort(order) if order else cents).to_dicts()
