"""The table `summary`: who comes by which channel, what becomes of them, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.channels.newcomers import COUNTS, Limits, Seen, rates_by
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers import value_notes
from userops.customers.value import (
    Groups,
    LtvData,
    called_without_margin,
    groups_by,
    value_by_group,
)
from userops.stats.intervals import difference_from_whole, wilson_high, wilson_low

SUMMARY: dict[str, Kind] = {
    "channel": Kind.WORD,
    "new_users": Kind.COUNT,
    "conversion": Kind.RATE,
    "conversion_low": Kind.RATE,
    "conversion_high": Kind.RATE,
    "vs_platform": Kind.NUMBER,
    "vs_platform_low": Kind.NUMBER,
    "vs_platform_high": Kind.NUMBER,
    "day1_retention": Kind.RATE,
    "repurchase_30": Kind.RATE,
    "ltv_to_date": Kind.MONEY,
    "cost": Kind.MONEY,
    "cac": Kind.MONEY,
    "ltv_cac": Kind.NUMBER,
    "payback_months": Kind.COUNT,
    "roas": Kind.NUMBER,
    "roi": Kind.RATE,
    "new_buyers": Kind.COUNT,
}
_VALUES = ("ltv_to_date", "cost", "cac", "ltv_cac", "roi")


@dataclass(frozen=True, slots=True)
class ChannelData:
    """What both tables are made from.

    `users` as `newcomers` gives them, with conversions; `value` with buyers, costs and timeline;
    `first` and `last` are the period; `registrations` whether a users export knows when users came.
    """

    users: pl.DataFrame
    value: LtvData
    seen: Seen
    limits: Limits
    first: int
    last: int
    registrations: bool
    week_start: str = "monday"

    @property
    def has_costs(self) -> bool:
        """Whether there are costs beside the orders."""
        return self.value.costs is not None and self.value.costs.met

    @property
    def labels(self) -> tuple[str | None, ...]:
        """Every channel that users or costs have, by name; None for users without one."""
        named = set(self.users["channel"].drop_nulls().unique())
        if self.value.costs is not None and self.value.costs.met:
            named |= set(self.value.costs.within())
        nobody = self.users["channel"].null_count() > 0
        return (*sorted(named), *[None] * nobody)

    @property
    def place(self) -> pl.Expr:
        """Of a user the place of the channel in `labels`."""
        named = [label for label in self.labels if label is not None]
        places = dict(zip(named, range(len(named)), strict=True))
        return pl.col("channel").replace_strict(places, default=len(named), return_dtype=pl.Int64)


def summary(data: ChannelData) -> Table:
    """The table `summary`: all, then each channel."""
    size = len(data.labels)
    users = data.users.with_columns(place=data.place)
    came = pl.col("came_day").is_between(data.first, data.last)
    new = users.filter(came).group_by("place").agg(new_users=pl.len().cast(pl.Int64))
    rates = rates_by(users, data.seen, data.limits, [pl.col("place")], [pl.col("place")])
    counts = _filled(new.join(rates, on="place", how="full", coalesce=True), size)
    everyone = counts.select(pl.col("place").min() - 1, pl.exclude("place").sum())
    value, paybacks = value_by_group(data.value, groups_of(data))
    frame = (
        pl.concat([everyone, counts])
        .with_columns(
            channel=value["group"],
            new_buyers=value["new_users"],
            roas=_roas(data, value["cost"]),
            **{name: value[name] for name in (*_VALUES, "payback_months")},
        )
        .with_columns(**rate_columns())
        .with_columns(**_against_platform())
    )
    said, else_noted = value_notes.payback_words(frame["channel"], paybacks)
    return Table(
        "summary", frame.select(*SUMMARY), SUMMARY, data.value.window, data.value.currency,
        _notes(data, frame), said=said, else_noted=else_noted,
        called=called_without_margin(data.value.margin), keeps=("ltv_cac", "cac", "ltv_to_date", "new_users", "conversion", "payback_months", "cost", "vs_platform",),)  # fmt: skip


def _filled(counts: pl.DataFrame, size: int) -> pl.DataFrame:
    """Counts with a row for each place."""
    places = pl.DataFrame({"place": range(size)}, schema={"place": pl.Int64})
    filled = places.join(counts, on="place", how="left", maintain_order="left")
    return filled.select("place", pl.col("new_users", *COUNTS).fill_null(0))


def groups_of(data: ChannelData) -> Groups:
    """Buyers by channel, in the order of `labels`."""
    by_user = data.users.select("user_id", "channel")
    groups = groups_by(data.value.buyers, "channel", by_user)
    ours = groups.with_labels([label for label in data.labels if label is not None])
    labels = data.labels
    places = np.array([labels.index(label) for label in ours.labels], dtype=np.int64)
    return Groups("channel", labels, places[ours.codes] if len(ours.codes) else ours.codes)


def rate_columns() -> dict[str, pl.Expr]:
    """Rates of counts, empty where nobody could be counted yet."""
    converted, registered = pl.col("converted"), pl.col("registered")

    def rate(part: str, whole: str) -> pl.Expr:
        return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))

    return {
        "conversion": rate("converted", "registered"),
        "conversion_low": wilson_low(converted, registered),
        "conversion_high": wilson_high(converted, registered),
        "day1_retention": rate("active", "watched"),
        "repurchase_30": rate("bought_again", "bought"),
    }


def _against_platform() -> dict[str, pl.Expr]:
    """In points, each channel's conversion less that of `all`, the first row, which holds it."""
    converted, registered = pl.col("converted"), pl.col("registered")
    points = difference_from_whole(converted, registered, converted.first(), registered.first())
    names = ("vs_platform", "vs_platform_low", "vs_platform_high")
    return {name: 100 * value for name, value in zip(names, points, strict=True)}


def _roas(data: ChannelData, costs: pl.Series) -> pl.Series:
    """Net revenue in the period of all users of each channel / its cost; `all` first."""
    empty = pl.Series([None] * len(costs), dtype=pl.Float64)
    line = data.value.timeline
    if not data.has_costs or line is None or line.amounts is None:
        return empty
    codes = groups_of(data).codes
    revenue = np.zeros(len(costs), np.int64)
    in_period = (line.days >= data.first) & (line.days <= data.last)
    np.add.at(revenue, 1 + line.spread(codes[line.users])[in_period], line.amounts[in_period])
    if line.loose is not None:
        row, day, amount = line.loose
        within = (day >= data.first) & (day <= data.last)
        np.add.at(revenue, 1 + codes[row[within]], amount[within])
    revenue[0] = revenue.sum()
    counted = pl.DataFrame({"revenue": revenue, "cost": costs})
    return counted.select(
        pl.when(pl.col("cost") > 0).then(pl.col("revenue") / pl.col("cost"))
    ).to_series()


def _notes(data: ChannelData, frame: pl.DataFrame) -> tuple[Note, ...]:
    """Of whom the columns speak."""
    first, last = to_date(data.first), to_date(data.last)
    notes = [
        Note("new_users: registered {first} to {last}; who isn't known to have registered counts by the first order", first=first, last=last)
        if data.registrations
        else Note("new_users: first order {first} to {last}; a users export would tell who registered, and conversion", first=first, last=last)
    ]  # fmt: skip
    if data.registrations:
        notes.append(
            Note(
                "conversion: of those registered since {since} and {days:day|days} or more before as_of, {part:,} of {whole:,}",
                since=to_date(max(data.limits.first_order, data.limits.since or data.limits.first_order)),
                days=data.limits.within, part=frame["converted"][0], whole=frame["registered"][0],
            )
        )  # fmt: skip
    notes.append(_retention_note(data))
    if data.has_costs:
        notes.append(
            Note(
                "cost to roi: of the costs' days, {first} to {last}, and new_buyers, whose first order is in "
                "them (as in userops ltv)",
                first=first,
                last=last,
            )
        )
        notes.append(Note("roas: net revenue of all the channel's users in these days / cost"))
        notes += value_notes.basis_notes(data.value, ("roi", "payback_months"))
        organic = [
            channel
            for channel, cost in zip(frame["channel"], frame["cost"], strict=True)
            if cost is None and channel is not None
        ]
        if organic:
            notes.append(Note("organic, users without cost: {channels}", channels=tuple(organic)))
    return tuple(notes)


def _retention_note(data: ChannelData) -> Note:
    """What activity is, and of which days it's known."""
    if data.seen.of_orders:
        return Note("day1_retention: of orders on the day after, for there are no events")
    return Note(
        "day1_retention: of users who came {first} to {last}, whose next day the events cover",
        first=to_date(data.seen.first - 1),
        last=to_date(min(data.seen.last, data.limits.as_of) - 1),
    )
