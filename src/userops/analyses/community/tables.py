"""The tables `summary`, `groups` and `flow`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from userops.analyses.community import money, stock, talk
from userops.analyses.community.calendar import Calendar, Ints
from userops.analyses.community.reach import partly
from userops.analyses.community.sources import Community
from userops.core.messages import Note, cut_short
from userops.core.periods import Period
from userops.core.table import Kind, Table
from userops.stats.intervals import wilson_high, wilson_low

_KEY = ("unit", "place")
_TALK = ("active", "messages", "staff_messages")
_MONEY = ("converted", "group_orders", "group_revenue")
_MEMBERS: dict[str, Kind] = {
    "members_start": Kind.COUNT,
    "joined": Kind.COUNT,
    "left": Kind.COUNT,
    "gained": Kind.COUNT,
    "lost": Kind.COUNT,
    "rejoined": Kind.COUNT,
    "members_end": Kind.COUNT,
}
_FIGURES: dict[str, Kind] = {
    **_MEMBERS,
    "active": Kind.COUNT,
    "activity_rate": Kind.RATE,
    "activity_low": Kind.RATE,
    "activity_high": Kind.RATE,
    "messages": Kind.COUNT,
    "staff_messages": Kind.COUNT,
    "matched": Kind.COUNT,
    "coverage": Kind.RATE,
    "converted": Kind.COUNT,
    "conversion_rate": Kind.RATE,
    "group_orders": Kind.COUNT,
    "group_revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "complete": Kind.FLAG,
    "active_low": Kind.COUNT,
    "active_high": Kind.COUNT,
    "at_least": Kind.FLAG,
}
SUMMARY: dict[str, Kind] = {"period": Kind.DATE, **_FIGURES}
GROUPS: dict[str, Kind] = {"group_id": Kind.ID, "group": Kind.TEXT, "owner": Kind.TEXT, **_FIGURES}
FLOW: dict[str, Kind] = {
    "period": Kind.DATE,
    "group_id": Kind.ID,
    "group": Kind.TEXT,
    **_MEMBERS,
    "founding": Kind.COUNT,
    "dissolved": Kind.COUNT,
    "complete": Kind.FLAG,
    "at_least": Kind.FLAG,
}


# What the tables are for, where a terminal is narrow.
_KEEPS = (
    "members_end", "joined", "left", "active", "activity_rate", "converted", "conversion_rate",
    "messages", "group_revenue",
)  # fmt: skip


def summary(found: Community, calendar: Calendar, period: Period, kind: str | None) -> Table:
    """Over all groups, each member once, by period."""
    case = Case(found, stock.together, _all_in_one(found), calendar, kind)
    frame = _figures(case, money.while_members(found), once=True)
    whole = calendar.whole & ~partly(calendar, (found.talk_days, found.order_days))
    frame = frame.with_columns(
        _period(calendar), complete=_by_place(whole), at_least=pl.lit(found.is_midway)
    ).sort("place")
    notes = (*found.notes, *found.talk_notes, *found.order_notes)
    notes = notes if calendar.whole[-1] else (*notes, cut_short(period))
    return Table("summary", frame.select(list(SUMMARY)), SUMMARY, found.window, found.currency, notes=notes, keeps=_KEEPS)  # fmt: skip


def groups(found: Community, kind: str | None, split: money.Split) -> Table:
    """A row a group, over all days."""
    calendar = Calendar.one(found.first, found.as_of)
    units = found.groups.select("group_id", unit="group_id")
    case = Case(found, lambda stays: stays.with_columns(unit="group_id"), units, calendar, kind)
    frame = _figures(case, money.while_members(found, split), once=False)
    told = pl.col("sees_joining") & pl.col("sees_leaving") & ~pl.col("midway")
    frame = found.groups.join(frame, left_on="group_id", right_on="unit", how="left")
    frame = frame.with_columns(complete=told, at_least="midway").sort("group_id")
    notes = (*found.notes, *found.talk_notes, *found.order_notes, *_split_note(split))
    return Table("groups", frame.select(list(GROUPS)), GROUPS, found.window, found.currency, notes=notes, keeps=("group", *_KEEPS))  # fmt: skip


def groups_by(
    found: Community, values: pl.DataFrame, by: str, kind: str | None, split: money.Split
) -> Table:
    """A row a value of what groups are put together by: `values` is `group_id, value`."""
    calendar = Calendar.one(found.first, found.as_of)
    units = found.groups.select("group_id").join(values, on="group_id", how="left")
    units = units.select("group_id", unit=pl.col("value").fill_null(""))
    gather = lambda stays: stock.together(stays.join(units, on="group_id"), "unit")  # noqa: E731
    case = Case(found, gather, units, calendar, kind)
    frame = _figures(case, money.while_members(found, split), once=split == "whole")
    told = pl.col("sees_joining") & pl.col("sees_leaving") & ~pl.col("midway")
    counts = (
        found.groups.join(units, on="group_id")
        .group_by("unit")
        .agg(groups=pl.len(), complete=told.all(), at_least=pl.col("midway").any())
    )
    columns = {by: Kind.TEXT, "groups": Kind.COUNT, **_FIGURES}
    value = pl.when(pl.col("unit") != "").then("unit").alias(by)
    frame = frame.join(counts, on="unit").with_columns(value).sort(by, nulls_last=True)
    notes = (*found.notes, *found.talk_notes, *found.order_notes, *_split_note(split))
    return Table("groups", frame.select(list(columns)), columns, found.window, found.currency, notes=notes, keeps=_KEEPS)  # fmt: skip


def flow(found: Community, calendar: Calendar) -> Table:
    """A row a group and period: who came and who went."""
    stays = found.stays.with_columns(unit=pl.col("group_id"))
    counts = _observed(stock.stock(stays, calendar).frame(calendar), found.groups, "unit")
    frame = counts.join(
        found.groups.select("group_id", "group", "midway"), left_on="unit", right_on="group_id"
    ).with_columns(
        _period(calendar),
        complete=_by_place(calendar.whole),
        at_least="midway",
        group_id=pl.col("unit"),
    )
    frame = frame.sort("place", "group_id").select(list(FLOW))
    return Table(
        "flow",
        frame,
        FLOW,
        found.window,
        found.currency,
        notes=found.notes,
        keeps=(
            "group",
            "members_end",
            "joined",
            "left",
        ),
    )


def _all_in_one(found: Community) -> pl.DataFrame:
    """All groups that any export names, as one unit."""
    ids = [found.groups["group_id"], found.stays["group_id"]]
    if found.chat is not None:
        ids.append(found.chat.groups)
    if found.counts is not None:
        ids.append(found.counts.select(pl.coalesce("group_id", "group"))["group_id"])
    known = pl.concat(ids).drop_nulls().unique().sort()
    # Also where no group is named.
    named = known if len(known) else pl.Series("group_id", [None], dtype=pl.String)
    return named.to_frame("group_id").with_columns(unit=pl.lit(stock.ALL))


@dataclass(frozen=True)
class Case:
    """What figures are of: groups as units, over the periods of a calendar.

    `gather` makes stays in groups those in units; `units` are `group_id, unit`. `kind` is what daily
    counts are.
    """

    found: Community
    gather: Callable[[pl.DataFrame], pl.DataFrame]
    units: pl.DataFrame
    calendar: Calendar
    kind: str | None


def _figures(case: Case, parts: pl.DataFrame, *, once: bool) -> pl.DataFrame:
    """`unit, place` and all figures but what says how whole they are."""
    found, units, calendar = case.found, case.units, case.calendar
    stays = case.gather(found.stays)
    frame = _observed(_skeleton(stays, units, calendar), _seen(found, units), "unit")
    counted = None
    if found.counts is not None:
        counted = talk.by_days(found.counts, units, calendar, case.kind)
        frame = _with_counts(frame, counted, with_members=found.stays.is_empty())
    frame = _with_talk(case, frame, counted)
    frame = _with_matched(found, frame, stays, calendar)
    return _with_money(case, frame, stays, parts, once=once)


def _skeleton(stays: pl.DataFrame, units: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """A row a unit and period, also of units without a stay."""
    names = units["unit"].unique().sort()
    places = pl.Series("place", range(len(calendar)), dtype=pl.Int64)
    every = names.to_frame().join(places.to_frame(), how="cross")
    counts = stock.stock(stays, calendar).frame(calendar)
    filled = every.join(counts, on=_KEY, how="left", maintain_order="left")
    return filled.with_columns(pl.exclude(_KEY).fill_null(0))


def _seen(found: Community, units: pl.DataFrame) -> pl.DataFrame:
    """Of units, whether who came and went can be told of all their groups."""
    seen = units.join(found.groups, on="group_id", how="left")
    flags = ("sees_joining", "sees_leaving")
    return seen.group_by("unit").agg(pl.col(flags).fill_null(True).all())


def _observed(counts: pl.DataFrame, seen: pl.DataFrame, key: str) -> pl.DataFrame:
    """Counts, those empty that the exports can't tell."""
    named = seen.select(pl.col(seen.columns[0]).alias(key), "sees_joining", "sees_leaving")
    come, go = ("joined", "gained", "rejoined", "founding"), ("left", "lost", "dissolved")
    return (
        counts.join(named, on=key, how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("sees_joining")).then(pl.col(come)))
        .with_columns(pl.when(pl.col("sees_leaving")).then(pl.col(go)))
    )


def _with_counts(frame: pl.DataFrame, counted: pl.DataFrame, *, with_members: bool) -> pl.DataFrame:
    """Where nothing else tells of members, what daily counts say: who left is what's missing then."""
    if not with_members:
        return frame
    start = pl.col("counted_end").shift().over("unit")
    left = pl.coalesce("counted_left", start + pl.col("counted_joined") - pl.col("counted_end"))
    joined = frame.sort(_KEY).join(counted.drop("messages"), on=_KEY, how="left", maintain_order="left")  # fmt: skip
    unknown = pl.lit(None, pl.Int64)
    return joined.with_columns(
        members_start=start,
        joined=pl.col("counted_joined"),
        left=left,
        gained=unknown,
        lost=unknown,
        rejoined=unknown,
        members_end=pl.col("counted_end"),
        present=pl.max_horizontal("counted_end", start),
    ).select(frame.columns)


def _with_talk(case: Case, frame: pl.DataFrame, counted: pl.DataFrame | None) -> pl.DataFrame:
    """Figures with who was active, as far as messages or daily counts tell."""
    if case.found.chat is not None:
        joined = _from_messages(case, frame)
        active, out_of = pl.col("active"), pl.col("out_of")
        low, high = wilson_low(active, out_of), wilson_high(active, out_of)
    elif counted is not None:
        joined = _from_counts(frame, counted)
        low, high = (pl.col(name) / pl.col("out_of") for name in ("active_low", "active_high"))
    else:
        joined = _blank(frame, *_TALK, "active_low", "active_high", "out_of")
        low = high = pl.lit(None, pl.Float64)
    some = pl.when(pl.col("out_of") > 0)
    return joined.with_columns(
        activity_rate=some.then(pl.col("active") / pl.col("out_of")),
        activity_low=some.then(low),
        activity_high=some.then(high),
    )


def _blank(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in names)


def _from_messages(case: Case, frame: pl.DataFrame) -> pl.DataFrame:
    """Who wrote, of the members in those groups and on those days that messages tell of."""
    found, chat = case.found, case.found.chat
    part = case.calendar.within(found.talk_days)
    if chat is None or part is None:
        return _blank(frame, *_TALK, "active_low", "active_high", "out_of")
    calendar, offset = part
    stays = case.gather(found.stays.filter(pl.col("group_id").is_in(chat.groups.implode())))
    said = talk.by_messages(found, stays, case.units, calendar)
    units = case.units.filter(pl.col("group_id").is_in(chat.groups.implode()))["unit"].unique()
    names = (*_TALK, "guests")
    joined = _joined(frame, said, offset).join(
        _present(stays, calendar, offset, "told_of"), on=_KEY, how="left", maintain_order="left"
    )
    out_of = pl.col("told_of").fill_null(0) + pl.col("guests").fill_null(0)
    # Where nobody was in on the days that are told of, but on others, nothing is told.
    told = (
        pl.col("place").is_between(offset, offset + len(calendar) - 1)
        & pl.col("unit").is_in(units.implode())
        & ((out_of > 0) | (pl.col("present") == 0))
    )
    return joined.with_columns(
        pl.when(told).then(pl.col(names).fill_null(0)), out_of=pl.when(told).then(out_of)
    ).with_columns(active_low="active", active_high="active")


def _joined(frame: pl.DataFrame, counts: pl.DataFrame, offset: int) -> pl.DataFrame:
    """Figures with counts of later periods, whose places begin at one of ours."""
    placed = counts.with_columns(pl.col("place") + offset)
    return frame.join(placed, on=_KEY, how="left", maintain_order="left")


def _present(stays: pl.DataFrame, calendar: Calendar, offset: int, name: str) -> pl.DataFrame:
    """`unit, place` and how many were members at any time in a part of a period."""
    counts = stock.stock(stays, calendar).frame(calendar)
    return counts.select("unit", pl.col("place") + offset, pl.col("present").alias(name))


def _from_counts(frame: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """Between how many wrote, by daily counts; exactly where both are one."""
    parts = counted.select(*_KEY, "active_low", "active_high", "messages")
    joined = frame.join(parts, on=_KEY, how="left", maintain_order="left").with_columns(
        active_high=pl.when(pl.col("active_high").is_not_null()).then(
            pl.max_horizontal("active_low", pl.min_horizontal("active_high", pl.col("present")))
        ),
        staff_messages=pl.lit(None, pl.Int64),
        out_of=pl.max_horizontal("present", "active_low"),
    )
    same = pl.col("active_low") == pl.col("active_high")
    return joined.with_columns(active=pl.when(same).then("active_low"))


def _with_matched(
    found: Community, frame: pl.DataFrame, stays: pl.DataFrame, calendar: Calendar
) -> pl.DataFrame:
    """Figures with how many of the members are known in the shop."""
    unknown = pl.lit(None, pl.Int64)
    if found.stays.is_empty():
        return frame.with_columns(matched=unknown, coverage=pl.lit(None, pl.Float64))
    known = stays.join(found.persons.filter("matched"), on="person", how="semi")
    counts = stock.stock(known, calendar).frame(calendar).select(*_KEY, matched="present")
    joined = frame.join(counts, on=_KEY, how="left", maintain_order="left")
    return joined.with_columns(pl.col("matched").fill_null(0)).with_columns(
        coverage=pl.when(pl.col("present") > 0).then(pl.col("matched") / pl.col("present"))
    )


def _with_money(
    case: Case, frame: pl.DataFrame, stays: pl.DataFrame, parts: pl.DataFrame, *, once: bool
) -> pl.DataFrame:
    """Figures with what members bought on those days that orders tell of; else empty."""
    found = case.found
    part = case.calendar.within(found.order_days)
    if part is None or found.stays.is_empty():
        rates = dict.fromkeys(("conversion_rate", "revenue_share"), pl.lit(None, pl.Float64))
        return _blank(frame, *_MONEY).with_columns(**rates)
    calendar, offset = part
    known = stays.join(found.persons.filter("matched"), on="person", how="semi")
    joined = _joined(frame, money.by_unit(parts, case.units, calendar, once=once), offset)
    for name, those in (("could_buy", stays), ("could_buy_matched", known)):
        counts = _present(those, calendar, offset, name)
        joined = joined.join(counts, on=_KEY, how="left", maintain_order="left")
    shop = money.shop_revenue(found, calendar).with_columns(pl.col("place") + offset)
    joined = joined.join(shop, on="place", how="left", maintain_order="left")
    there, matched = (pl.col(name).fill_null(0) for name in ("could_buy", "could_buy_matched"))
    told = pl.col("place").is_between(offset, offset + len(calendar) - 1) & (
        (there > 0) | (pl.col("present") == 0)
    )
    return joined.with_columns(pl.when(told).then(pl.col(_MONEY).fill_null(0))).with_columns(
        conversion_rate=pl.when(matched > 0).then(pl.col("converted") / matched),
        revenue_share=pl.when(pl.col("shop_revenue") > 0).then(
            pl.col("group_revenue") / pl.col("shop_revenue")
        ),
    )


def _period(calendar: Calendar) -> pl.Expr:
    firsts = pl.lit(pl.Series(calendar.firsts, dtype=pl.Int32)).gather(pl.col("place"))
    return firsts.cast(pl.Date).alias("period")


def _by_place(values: Ints) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(pl.col("place"))


def _split_note(split: money.Split) -> tuple[Note, ...]:
    if split != "whole":
        return ()
    return (
        Note(
            "an order of a member of several groups counts whole for each: revenue of groups adds up to "
            "more than the whole; --split equal or last shares it"
        ),
    )
