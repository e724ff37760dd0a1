"""Who wrote in which group and period, by messages or by daily counts that hold no people."""

from __future__ import annotations

import polars as pl

from userops.analyses.community.calendar import Calendar
from userops.analyses.community.sources import Community
from userops.analyses.community.stock import ALL
from userops.core.errors import InputError

_KEY = ("unit", "place")
# So many days on which a count never falls may be one that runs up.
_RISES = 14


def by_messages(
    found: Community, stays: pl.DataFrame, units: pl.DataFrame, calendar: Calendar
) -> pl.DataFrame:
    """`unit, place, active, messages, staff_messages`, and `guests`: writers who weren't members then.

    `stays` are those of units.
    """
    assert found.chat is not None
    written, of_staff = found.chat.by_place(calendar)
    written, staff = (one.join(units, on="group_id") for one in (written, of_staff))
    members = _members(stays, calendar)
    writers = written.select(*_KEY, "person").unique()
    there = (
        writers.join(members, on=["unit", "person"])
        .filter(pl.col("place").is_between("first", "last"))
        .select(*_KEY, "person")
        .unique()
    )
    guests = writers.join(there, on=[*_KEY, "person"], how="anti")
    counts = [
        written.group_by(_KEY).agg(pl.col("messages").sum()),
        writers.group_by(_KEY).agg(active=pl.len()),
        guests.group_by(_KEY).agg(guests=pl.len()),
        staff.group_by(_KEY).agg(staff_messages=pl.col("messages").sum()),
    ]
    every = pl.concat([one.select(_KEY) for one in counts]).unique().sort(_KEY)
    for one in counts:
        every = every.join(one, on=_KEY, how="left")
    return every.with_columns(pl.exclude(_KEY).fill_null(0).cast(pl.Int64))


def _members(stays: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """`unit, person, first, last`: the places of the periods in which persons were members."""
    first, last = (
        pl.Series(name, calendar.places(stays[day]), dtype=pl.Int64)
        for name, day in (("first", "start"), ("last", "end"))
    )
    return stays.select("unit", "person").with_columns(first, last)


def by_days(
    counts: pl.DataFrame, units: pl.DataFrame, calendar: Calendar, kind: str | None
) -> pl.DataFrame:
    """What daily counts tell, by `unit, place`: bounds of who was active, messages, and members.

    Over several groups somebody may write in each: at least so many as in one, at most all together.

    Raises:
        InputError: they may run up, and nobody said.
    """
    daily = _by_unit(_as_daily(counts, kind), units)
    places = pl.Series("place", calendar.places(daily["day"]), dtype=pl.Int64)
    within = daily.with_columns(places).filter(pl.col("place").is_between(0, len(calendar) - 1))
    low, members = pl.col("least").max(), pl.col("members").max()
    high = pl.max_horizontal(low, pl.min_horizontal(pl.col("most").sum(), members))
    return (
        within.sort("unit", "day")
        .group_by(_KEY, maintain_order=True)
        .agg(
            active_low=low,
            active_high=pl.when(low.is_not_null()).then(high),
            messages=_sum("messages"),
            counted_end=pl.col("members").last(),
            counted_joined=_sum("new_members"),
            counted_left=_sum("left_members"),
        )
        .sort(_KEY)
        .with_columns(pl.exclude(_KEY).cast(pl.Int64))
    )


def _sum(name: str) -> pl.Expr:
    """The sum of a column that may say nothing at all."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)


def _by_unit(daily: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Counts by unit and day; of all groups what rows of no group say, where there are any."""
    added = ("members", "new_members", "left_members", "most", "messages")
    of_all = daily.filter(pl.col("group_id").is_null()).with_columns(unit=pl.lit(ALL))
    of_groups = daily.filter(pl.col("group_id").is_not_null()).join(units, on="group_id")
    if len(of_all):
        of_groups = of_groups.filter(pl.col("unit") != ALL)
    names = ["unit", "day", "least", *added]
    rows = pl.concat([of_all.select(names), of_groups.select(names)])
    return (
        rows.group_by("unit", "day")
        .agg(pl.col("least").max(), *map(_sum, added))
        .sort("unit", "day")
    )


def _as_daily(counts: pl.DataFrame, kind: str | None) -> pl.DataFrame:
    """Counts of the days alone, with how many wrote: at `least` and at `most`.

    Raises:
        InputError: they may run up, and nobody said.
    """
    rows = counts.with_columns(group_id=pl.coalesce("group_id", "group")).sort(
        "group_id", "owner", "day"
    )
    if kind is None:
        for name in ("active_members", "messages"):
            if _may_run_up(rows, name):
                raise InputError(
                    f"group_days: {name} never fall over {_RISES} days or more: they may be each "
                    "day's, or run up",
                    mend='--wecom-counts daily or cumulative, or [community] wecom_counts = "daily"',
                )
    if kind != "cumulative":
        return rows.with_columns(least="active_members", most="active_members")
    active, messages = (
        pl.col(name).diff().over("group_id", "owner").fill_null(pl.col(name)).clip(0)
        for name in ("active_members", "messages")
    )
    # Whoever wrote before may have written again: all members could have.
    return rows.with_columns(least=active, messages=messages, most="members")


def _may_run_up(rows: pl.DataFrame, name: str) -> bool:
    """Whether a count rises over many days and never falls."""
    known = rows.filter(pl.col(name).is_not_null())
    series = known.group_by("group_id", "owner").agg(
        days=pl.len(),
        falls=(pl.col(name).diff() < 0).any(),
        rises=pl.col(name).last() > pl.col(name).first(),
    )
    suspicious = (pl.col("days") >= _RISES) & ~pl.col("falls").fill_null(False) & pl.col("rises")
    return bool(series.select(suspicious.any()).item())
