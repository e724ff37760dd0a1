"""Signs that a leader's numbers give: more than chance has at all leaders' rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import polars as pl

from userops.analyses.referral.case import Case, Found
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.stats.multiple_tests import benjamini_hochberg
from userops.stats.tails import binomial_at_least, poisson_at_least

# What chance alone goes beyond for one leader in a thousand; and so many of those named may be chance.
BEYOND, FALSE_SHARE = 0.001, 0.05
# An order is of the smallest size up to so much above it.
_NEAR_MINIMUM = 1.1


_BURST = {
    "leader_id": pl.String,
    "users": pl.Int64,
    "day": pl.Int32,
    "rate": pl.Float64,
    "length": pl.Int32,
}


def _days_beyond(case: Case, dated: pl.DataFrame) -> pl.DataFrame:
    """Leaders' days with more invitations than the bound: the columns of `_BURST`."""
    days = dated.group_by("day", leader_id="inviter_id").agg(users=pl.len().cast(pl.Int64))
    start = pl.min_horizontal("joined_day", "first")
    by_leader = (
        days.group_by("leader_id")
        .agg(first=pl.col("day").min(), total=pl.col("users").sum())
        .join(case.known.select("leader_id", "joined_day"), on="leader_id", how="left")
        .with_columns(length=case.as_of - start + 1)
    )
    if by_leader.is_empty():
        return pl.DataFrame(schema=_BURST)
    overall = int(by_leader["total"].sum()) / int(by_leader["length"].sum())
    several = days.filter(pl.col("users") > 1).join(by_leader, on="leader_id")
    rows = several.select("leader_id", "users", "day", "total", "length").iter_rows()
    beyond = [
        (leader, users, day, rate, length)
        for leader, users, day, total, length in rows
        if _busiest_at_least(users, rate := max(total / length, overall), length) < BEYOND
    ]
    return pl.DataFrame(beyond, schema=_BURST, orient="row")


def bursts(case: Case) -> Iterable[Found]:
    """Days on which a leader invited more than the busiest day of 999 of 1,000 leaders sees by chance.

    At either rate, in users a day: the leader's own since joining (else since the first
    invitation), and that of all who invited.
    """
    dated = case.users.filter(pl.col("day").is_not_null())
    named = _days_beyond(case, dated)
    largest = named.sort("users", "day", descending=[True, False]).unique(
        "leader_id", keep="first", maintain_order=True
    )
    concerned = (
        dated.join(named, left_on=["inviter_id", "day"], right_on=["leader_id", "day"])
        .group_by(leader_id="inviter_id")
        .agg(concerned=pl.col("user_id").sort())
    )
    for leader, users, day, rate, length, names in (
        largest.join(concerned, on="leader_id").sort("leader_id").iter_rows()
    ):
        note = Note(
            "{users} invited on {day}; at {rate:.3f} a day the busiest of {days} has {bound} at most (99.9 %)",
            users=users,
            day=to_date(day),
            rate=rate,
            days=length,
            bound=_bound(rate, length),
        )
        yield Found(leader, len(names), note, tuple(names))


def _busiest_at_least(count: int, rate: float, days: int) -> float:
    """The chance that the busiest of so many days has `count` or more."""
    one_day = poisson_at_least(count, rate)
    return 1.0 if one_day >= 1 else -math.expm1(days * math.log1p(-one_day))


def _bound(rate: float, days: int) -> int:
    """The most that the busiest of so many days has, with 99.9 %."""
    count = int(rate)
    while _busiest_at_least(count + 1, rate, days) >= BEYOND:
        count += 1
    return count


def _unusual(
    counts: pl.DataFrame, say: Callable[[int, int, float, float], Note]
) -> Iterable[tuple[str, int, Note]]:
    """Leaders with more than their part of something: `leader_id, hits, trials`.

    Against the share over all leaders by the binomial; over leaders by Benjamini and Hochberg.
    """
    tried = counts.filter(pl.col("trials") > 0).sort("leader_id")
    trials, hits = int(tried["trials"].sum()), int(tried["hits"].sum())
    if not hits or len(tried) < 2:
        return
    share = hits / trials
    rows = list(tried.select("leader_id", "hits", "trials").iter_rows())
    pairs = {(hits, trials) for _, hits, trials in rows}
    chances = {(hits, trials): binomial_at_least(hits, trials, share) for hits, trials in pairs}
    adjusted = benjamini_hochberg([chances[hits, trials] for _, hits, trials in rows])
    for (leader, own_hits, own_trials), p in zip(rows, adjusted, strict=True):
        if p < FALSE_SHARE and own_hits:
            yield leader, own_hits, say(own_hits, own_trials, share, p)


def minimal(case: Case) -> Iterable[Found]:
    """Users with one order, of the smallest size that earns anything."""
    if case.minimum is None:
        return
    bought = case.of_leaders.filter(
        (pl.col("leader_id") == pl.col("inviter_id")) & (pl.col("orders") > 0)
    )
    by_user = bought.group_by("leader_id", "user_id").agg(
        orders=pl.len(), amount=pl.col("amount").first()
    )
    least = pl.col("amount").is_between(case.minimum, int(case.minimum * _NEAR_MINIMUM))
    marked = by_user.with_columns(hit=(pl.col("orders") == 1) & least)
    yield from _found_among(
        marked,
        case,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} buyers ordered once and barely enough, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    )  # fmt: skip


def silent(case: Case) -> Iterable[Found]:
    """Users who registered and were never seen again: no order, and no event on a later day.

    Of users observed long enough; where there are events, of those who came since these begin.
    """
    judged = case.users.filter(pl.col("observed") & pl.col("registered"))
    back = case.given_back.select("user_id").unique()
    quiet = pl.col("first_order").is_null() & ~pl.col("before") & ~pl.col("gave_back")
    judged = judged.join(
        back.with_columns(gave_back=pl.lit(True)), on="user_id", how="left"
    ).with_columns(pl.col("gave_back").fill_null(False))
    if case.last_seen is not None and case.seen_from is not None:
        judged = judged.filter(pl.col("day") >= case.seen_from).join(
            case.last_seen.select("user_id", seen="day"), on="user_id", how="left"
        )
        quiet &= (pl.col("seen") <= pl.col("day")).fill_null(True)
    marked = judged.select("user_id", leader_id="inviter_id", hit=quiet)
    yield from _found_among(
        marked,
        case,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} registered and were never seen again, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    )  # fmt: skip


def _found_among(
    marked: pl.DataFrame, case: Case, say: Callable[[int, int, float, float], Note]
) -> Iterable[Found]:
    """Leaders with too many of the users that are marked: `leader_id, user_id, hit`."""
    counts = marked.group_by("leader_id").agg(
        hits=pl.col("hit").sum().cast(pl.Int64), trials=pl.len().cast(pl.Int64)
    )
    found = list(_unusual(counts, say))
    leaders = pl.Series("leader_id", [leader for leader, _, _ in found], pl.String)
    concerned = dict(
        marked.filter(pl.col("hit") & pl.col("leader_id").is_in(leaders.implode()))
        .group_by("leader_id")
        .agg(pl.col("user_id").sort())
        .iter_rows()
    )
    for leader, hits, note in found:
        yield Found(leader, hits, note, tuple(concerned[leader]))


def refunded(case: Case) -> Iterable[Found]:
    """Orders that were given back in full, of all that were paid."""
    kept = case.of_leaders.filter(pl.col("orders") > 0).select("leader_id", hit=pl.lit(False))
    back = case.given_back.select("leader_id", hit=pl.lit(True))
    counts = (
        pl.concat([kept, back])
        .group_by("leader_id")
        .agg(hits=pl.col("hit").sum().cast(pl.Int64), trials=pl.len().cast(pl.Int64))
    )
    users = dict(
        case.given_back.group_by("leader_id").agg(pl.col("user_id").n_unique()).iter_rows()
    )
    for leader, _, note in _unusual(
        counts,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} orders given back, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    ):  # fmt: skip
        yield Found(leader, users[leader], note)
