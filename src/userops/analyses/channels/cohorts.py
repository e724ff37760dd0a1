"""The table `cohorts`: channels' numbers by the month or week in which users came."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.analyses.channels.newcomers import COUNTS, rates_by
from userops.analyses.channels.summary import ChannelData, rate_columns
from userops.core import periods
from userops.core.dates import FIRST_DAY
from userops.core.periods import Period
from userops.core.table import Kind, Table
from userops.customers.value import ALL, Totals, cac_of, called_without_margin, group_row

COHORTS: dict[str, Kind] = {
    "channel": Kind.WORD,
    "cohort": Kind.WORD,
    "new_users": Kind.COUNT,
    "conversion": Kind.RATE,
    "conversion_low": Kind.RATE,
    "conversion_high": Kind.RATE,
    "day1_retention": Kind.RATE,
    "repurchase_30": Kind.RATE,
    "ltv_to_date": Kind.MONEY,
    "cost": Kind.MONEY,
    "cac": Kind.MONEY,
    "ltv_cac": Kind.NUMBER,
    "roi": Kind.RATE,
    "new_buyers": Kind.COUNT,
    "complete": Kind.FLAG,
}
_VALUES = {
    "ltv_to_date": pl.Float64, "cost": pl.Int64, "cac": pl.Float64, "ltv_cac": pl.Float64,
    "roi": pl.Float64,
}  # fmt: skip


def cohorts(data: ChannelData, period: Period) -> Table:
    """The table `cohorts`: all channels together, then each, by period."""
    counts = _counts(data, period)
    everyone = (
        counts.group_by("number")
        .agg(pl.exclude("place").sum())
        .with_columns(place=pl.lit(-1, pl.Int64))
    )
    rows = pl.concat([everyone.select(counts.columns), counts]).sort("place", "number")
    labels = dict(enumerate((ALL, *data.labels), start=-1))
    last_whole = periods.last_whole(data.limits.as_of, period, data.week_start)
    frame = (
        rows.hstack(_values(data, rows, period))
        .filter(pl.sum_horizontal("new_users", "buyers", pl.col("cost").fill_null(0)) != 0)
        .with_columns(
            **rate_columns(),
            channel=pl.col("place").replace_strict(labels, return_dtype=pl.String),
            cohort=pl.col("number").map_elements(
                lambda number: periods.label(number, period, data.week_start), pl.String
            ),
            new_buyers="buyers",
            complete=pl.col("number") <= last_whole,
        )
    )
    return Table(
        "cohorts", frame.select(*COHORTS), COHORTS, data.value.window, data.value.currency,
        called=called_without_margin(data.value.margin), keeps=("cohort", "ltv_cac", "new_users", "cac", "ltv_to_date", "conversion",),)  # fmt: skip


def _counts(data: ChannelData, period: Period) -> pl.DataFrame:
    """`place, number`, users who came, buyers by their first order, their amount, counts of rates."""
    users = _with_numbers(data, period)
    since = data.limits.since if data.limits.since is not None else FIRST_DAY
    came, bought = pl.col("came_day") >= since, pl.col("first_day") >= since
    new = users.filter(came).group_by("place", number="came").agg(new_users=pl.len().cast(pl.Int64))
    buyers = (
        users.filter(bought)
        .group_by("place", number="bought")
        .agg(buyers=pl.len().cast(pl.Int64), amount=pl.col("amount").sum())
    )
    place = pl.col("place")
    groups = [[place, pl.col(name).alias("number")] for name in ("came", "bought")]
    rates = rates_by(users, data.seen, data.limits, *groups)
    keys = ["place", "number"]
    both = new.join(buyers, on=keys, how="full", coalesce=True)
    # A channel that cost something and brought nobody has a row, too.
    both = both.join(_cost_keys(data, period), on=keys, how="full", coalesce=True)
    return (
        both.join(rates, on=keys, how="left")
        .with_columns(pl.col("new_users", "buyers", "amount", *COUNTS).fill_null(0))
        .sort(keys)
    )


def _cost_keys(data: ChannelData, period: Period) -> pl.DataFrame:
    """`place, number` of channels and periods with a cost."""
    import numpy as np

    schema = {"place": pl.Int64, "number": pl.Int32}
    costs = data.value.costs
    if costs is None or not costs.met:
        return pl.DataFrame(schema=schema)
    ends = np.array([costs.first, min(costs.last, data.limits.as_of)])
    first, last = periods.number(ends, period, data.week_start).tolist()
    rows = [
        (place, number)
        for number in range(first, last + 1)
        if (spent := _cost_in(data, number, period)) is not None
        for place, label in enumerate(data.labels)
        if label is not None and spent.get(label)
    ]
    return pl.DataFrame(rows, schema, orient="row")


def _with_numbers(data: ChannelData, period: Period) -> pl.DataFrame:
    """Users with their channel's place, the numbers of the periods they came and bought in, and what they paid."""
    amounts = data.value.buyers.select("user_id", "amount")
    users = data.users.join(amounts, on="user_id", how="left").with_columns(place=data.place)
    days = pl.concat([users["came_day"], users["first_day"]]).drop_nulls().unique().sort()
    numbers = pl.Series(periods.number(days.to_numpy(), period, data.week_start), dtype=pl.Int32)
    table = pl.DataFrame({"day": days, "number": numbers})
    for name, day in (("came", "came_day"), ("bought", "first_day")):
        named = table.rename({"day": day, "number": name})
        users = users.join(named, on=day, how="left")
    return users


def _values(data: ChannelData, rows: pl.DataFrame, period: Period) -> pl.DataFrame:
    """What each row's buyers brought and cost, as `value.group_row` has it."""
    costs = {number: _cost_in(data, number, period) for number in rows["number"].unique().to_list()}
    labels = (ALL, *data.labels)
    values: list[dict[str, Any]] = []
    for place, number, buyers, amount in rows.select("place", "number", "buyers", "amount").rows():
        by_channel = costs[number]
        cost = None
        if by_channel is not None:
            label = labels[place + 1]
            cost = sum(by_channel.values()) if place < 0 else by_channel.get(label or "")
        totals = Totals(buyers, amount, buyers)
        values.append(group_row(data.value.margin, totals, cost, cac_of(cost, buyers)))
    columns = {name: [row[name] for row in values] for name in _VALUES}
    return pl.DataFrame(columns, schema=_VALUES)


def _cost_in(data: ChannelData, number: int, period: Period) -> dict[str, int] | None:
    """What each channel cost in a period; None where costs don't cover all of it up to as_of."""
    costs = data.value.costs
    if costs is None or not costs.met:
        return None
    first, after = _days_of(number, period, data.week_start)
    last = min(after - 1, data.limits.as_of)
    if first < costs.first or last > costs.last:
        return None
    return costs.within(first, last)


def _days_of(number: int, period: Period, week_start: str) -> tuple[int, int]:
    """The first day of a period, and that of the next."""
    import numpy as np

    first, after = periods.first_day(np.array([number, number + 1]), period, week_start).tolist()
    return first, after
