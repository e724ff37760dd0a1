"""Users on a path: who enters it, and when they take its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.analyses.funnel.params import FUNNEL_STEPS, FunnelParams
from userops.analyses.funnel.steps import EVENTS, ORDERS, USERS, Sources, resolve_steps
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.engines.reductions import Query
from userops.ledger.event_reductions import (
    DAY,
    FIRST_TIMES,
    LATER_TIMES,
    UNKNOWN_USERS,
    times_at_day_end,
    within,
)

ReadAgain = Callable[[Sequence[Query]], list[pl.DataFrame]]


def times_of_entrants(times: pl.DataFrame, entrants: pl.DataFrame, days: int) -> pl.DataFrame:
    """`row, time` of the entrants, from `user_id, time`, within some days of their entry."""
    entries = entrants.select("user_id", "row", "entered")
    return times.join(entries, on="user_id").filter(within("time", days)).select("row", "time")


@dataclass(frozen=True, slots=True)
class FollowedPath:
    """What a funnel is made from.

    `entrants` are `row, user_id, entered` (microseconds), each user once, and `group` where
    groups are asked for. `times` gives for each later step `row, time`, any number a user.
    Steps with equal `sources` are the same events. `begun` is the first day that all
    exports cover. Of the `kinds` of exports that steps are from, those in `whole_days` say
    when only to the day. Of whom the path begins without, `undated` users have no time of
    registration and `strangers` aren't in the users export. `notes` say what the steps are.
    """

    steps: tuple[str, ...]
    sources: tuple[str, ...]
    entrants: pl.DataFrame
    times: Mapping[str, pl.DataFrame]
    first_covered_day: int | None = None
    kinds: tuple[str, ...] = ()
    whole_days: frozenset[str] = frozenset()
    undated: int = 0
    strangers: int = 0
    notes: tuple[Note, ...] = ()

    def timed(self, step: int) -> bool:
        """Whether the time of day of a step is known."""
        return self.kinds[step] not in self.whole_days


def other_sources(orders: pl.DataFrame | None, users: pl.DataFrame | None) -> list[str]:
    """What else than events steps can be of: users only where some time of registration is known."""
    have_dates = users is not None and users["time"].count() > 0
    return [
        kind for kind, is_there in ((ORDERS, orders is not None), (USERS, have_dates)) if is_there
    ]


def _group_column(*, channel: bool) -> str | None:
    return "channel" if channel else None


def follow_path(
    params: FunnelParams,
    names: pl.DataFrame,
    read_again: ReadAgain,
    window: Window,
    *,
    channel: bool = False,
    users: pl.DataFrame | None = None,
    orders: pl.DataFrame | None = None,
    orders_window: Window | None = None,
    with_ids: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
) -> FollowedPath:
    """The path's entrants and when they took its steps.

    The path of the defaults goes without the steps that no export has.

    Args:
        params: the steps, what they are, and how long after entry they count.
        names: as `EVENT_NAMES` gives them.
        read_again: runs reductions over the events up to as_of.
        window: of the events.
        channel: whether groups are of the channel of the first step's event, or where that is
            none, of the user's first event.
        users: `user_id, time`, and `group` where that is known: it goes before.
        orders: `user_id, time` of valid orders up to as_of.
        orders_window: the window of the orders.
        with_ids: makes users' ids of what stands for them in the passes.

    Raises:
        UsageError: a step isn't found, or stands twice.
    """
    sources = resolve_steps(
        params.steps,
        params.sources,
        names["event"].to_list(),
        other_kinds=other_sources(orders, users),
        skip_missing=params.steps == FUNNEL_STEPS,
    )
    orders = times_at_day_end(orders) if orders is not None else None
    as_of = to_day(window.as_of) if window.as_of else 0
    entrants = _entrants(
        sources,
        read_again,
        as_of,
        channel=channel,
        users=users,
        orders=orders,
    )
    days = max(params.window, params.within)
    times, strangers = _later_times(sources, read_again, entrants, days, users=users, orders=orders)
    registrations = users if sources.kinds[0] == USERS else None
    return FollowedPath(
        sources.steps,
        sources.keys,
        with_ids(entrants),
        times,
        _first_covered_day(sources, {EVENTS: window, ORDERS: orders_window}),
        kinds=sources.kinds,
        whole_days=_whole_day_kinds(sources, entrants, times, users=users, orders=orders),
        undated=0 if registrations is None else registrations["time"].null_count(),
        strangers=strangers,
        notes=sources.notes,
    )


def _whole_day_kinds(
    sources: Sources,
    entrants: pl.DataFrame,
    times: Mapping[str, pl.DataFrame],
    *,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
) -> frozenset[str]:
    """The kinds of exports, among those of the steps, that say when only to the day."""
    event_times = [times[sources.steps[index]] for index in sources.of(EVENTS, 1)]
    if sources.kinds[0] == EVENTS:
        event_times.append(entrants.select(time="entered"))
    times_by_kind: dict[str, Sequence[pl.DataFrame | None]]
    times_by_kind = {EVENTS: event_times, ORDERS: [orders], USERS: [users]}
    return frozenset(kind for kind in set(sources.kinds) if _are_whole_days(times_by_kind[kind]))


def _later_times(
    sources: Sources,
    read_again: ReadAgain,
    entrants: pl.DataFrame,
    days: int,
    *,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
) -> tuple[dict[str, pl.DataFrame], int]:
    """Times of the later steps within some days of entry, and how many come without registering."""
    times: dict[str, pl.DataFrame] = {}
    reductions: dict[str, Query] = {}
    if sources.kinds[0] == USERS and users is not None:
        reductions["strangers"] = UNKNOWN_USERS.given(known=users)
    event_steps = sources.of(EVENTS, 1)
    if event_steps:
        names = {name for step in event_steps for name in sources.names[step]}
        reductions["later"] = LATER_TIMES.given(names=sorted(names), entrants=entrants, days=days)
    frames = dict(
        zip(reductions, read_again([*reductions.values()]) if reductions else [], strict=True)
    )
    for step in event_steps:
        step_times = frames["later"].filter(pl.col("event").is_in(list(sources.names[step])))
        times[sources.steps[step]] = step_times.select("row", "time")
    for kind, frame in ((ORDERS, orders), (USERS, users)):
        if frame is None or not (steps := sources.of(kind, 1)):
            continue
        kind_times = times_of_entrants(frame.select("user_id", "time"), entrants, days)
        times |= {sources.steps[step]: kind_times for step in steps}
    return times, int(frames["strangers"].item()) if "strangers" in frames else 0


def _first_covered_day(sources: Sources, windows: Mapping[str, Window | None]) -> int | None:
    """The first day that the exports of all later steps cover."""
    later_windows = [windows.get(kind) for kind in set(sources.kinds[1:])]
    first_days = [
        to_day(window.first_day) for window in later_windows if window and window.first_day
    ]
    return max(first_days, default=None)


def _are_whole_days(frames: Iterable[pl.DataFrame | None]) -> bool:
    """Whether times are all those of whole days: their starts, or ends as `times_at_day_end` has them."""
    times_of_day = [frame["time"].drop_nulls() % DAY for frame in frames if frame is not None]
    any_times = sum(map(len, times_of_day)) > 0
    return any_times and any(
        all((times == edge).all() for times in times_of_day) for edge in (0, DAY - 1)
    )


def _all_have_group(entrants: pl.DataFrame, user_groups: pl.DataFrame | None) -> bool:
    """Whether a users export tells every entrant's group."""
    if user_groups is None:
        return False
    return not entrants.join(user_groups, on="user_id", how="left")["group"].has_nulls()


def _entrants(
    sources: Sources,
    read_again: ReadAgain,
    as_of: int,
    *,
    channel: bool,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
) -> pl.DataFrame:
    """`row, user_id, entered`, and `group` where there are groups, by user_id."""
    group_column = _group_column(channel=channel)
    if sources.kinds[0] == EVENTS:
        (entrants,) = read_again([FIRST_TIMES.given(names=sources.names[0], group=group_column)])
    else:
        times = users if sources.kinds[0] == USERS else orders
        if times is None:
            raise ValueError(f"{sources.steps[0]} has no {sources.kinds[0]}")
        in_time = times.filter(pl.col("time").floordiv(DAY) <= as_of)
        entrants = in_time.group_by("user_id").agg(pl.col("time").min().alias("entered"))
    user_groups = (
        users.select("user_id", "group") if users is not None and "group" in users else None
    )
    if group_column and "group" not in entrants and not _all_have_group(entrants, user_groups):
        (first_events,) = read_again([FIRST_TIMES.given(names=None, group=group_column)])
        entrants = entrants.join(first_events.select("user_id", "group"), on="user_id", how="left")
    if user_groups is not None and "group" in entrants:
        entrants = entrants.join(user_groups, on="user_id", how="left").with_columns(
            pl.coalesce("group_right", "group").alias("group")
        )
    elif user_groups is not None:
        entrants = entrants.join(user_groups, on="user_id", how="left")
    return entrants.drop("group_right", strict=False).sort("user_id").with_row_index("row")
