"""Users on a path: who enters it, and when they take its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.analyses.funnel.params import FUNNEL_STEPS, FunnelParams
from userops.analyses.funnel.steps import EVENTS, ORDERS, USERS, Sources, resolve
from userops.core.dates import Window, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.engines.reductions import Query, Reduction
from userops.ledger.event_reductions import DAY, FIRST_TIMES, LATER_TIMES, UNKNOWN_USERS, within

Again = Callable[[Sequence[Query]], list[pl.DataFrame]]


def at_day_end(times: pl.DataFrame) -> pl.DataFrame:
    """Times that are only days, at the end of theirs: after whatever else is known of the day."""
    if times.is_empty() or not (times["time"] % DAY == 0).all():
        return times
    return times.with_columns(pl.col("time") + (DAY - 1))


def of_entrants(times: pl.DataFrame, entrants: pl.DataFrame, days: int) -> pl.DataFrame:
    """`row, time` of the entrants, from `user_id, time`, within some days of their entry."""
    known = entrants.select("user_id", "row", "entered")
    return times.join(known, on="user_id").filter(within("time", days)).select("row", "time")


@dataclass(frozen=True, slots=True)
class Path:
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
    begun: int | None = None
    kinds: tuple[str, ...] = ()
    whole_days: frozenset[str] = frozenset()
    undated: int = 0
    strangers: int = 0
    notes: tuple[Note, ...] = ()

    def timed(self, at: int) -> bool:
        """Whether the time of day of a step is known."""
        return self.kinds[at] not in self.whole_days


@dataclass(frozen=True, slots=True)
class Guess:
    """What the first step most likely is: its users can be had with the names that tell."""

    names: tuple[str, ...]
    group: str | None

    @property
    def reduction(self) -> Reduction:
        """What finds them."""
        return FIRST_TIMES.given(names=self.names, group=self.group)


def kinds_beside(orders: pl.DataFrame | None, users: pl.DataFrame | None) -> list[str]:
    """What else than events steps can be of: users only where some time of registration is known."""
    dated = users is not None and users["time"].count() > 0
    return [kind for kind, there in ((ORDERS, orders is not None), (USERS, dated)) if there]


def guess(
    told: FunnelParams, listed: Sequence[str], beside: Sequence[str], *, channel: bool
) -> Guess | None:
    """The first step by some of the events' names; None where it isn't of events, as far as they tell."""
    try:
        found = resolve(told.steps[:1], told.sources, listed, beside=beside)
    except UsageError:
        return None
    return Guess(found.names[0], _group(channel=channel)) if found.kinds[0] == EVENTS else None


def _group(*, channel: bool) -> str | None:
    return "channel" if channel else None


def follow(
    told: FunnelParams,
    names: pl.DataFrame,
    again: Again,
    window: Window,
    *,
    channel: bool = False,
    users: pl.DataFrame | None = None,
    orders: pl.DataFrame | None = None,
    ordered: Window | None = None,
    ahead: tuple[Guess, pl.DataFrame] | None = None,
    with_ids: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
) -> Path:
    """The path's entrants and when they took its steps.

    The path of the defaults goes without the steps that no export has.

    Args:
        told: the steps, what they are, and how long after entry they count.
        names: as `EVENT_NAMES` gives them.
        again: runs reductions over the events up to as_of.
        window: of the events.
        channel: whether groups are of the channel of the first step's event, or where that is
            none, of the user's first event.
        users: `user_id, time`, and `group` where that is known: it goes before.
        orders: `user_id, time` of valid orders up to as_of.
        ordered: the window of the orders.
        ahead: what a guess at the first step gave.
        with_ids: makes users' ids of what stands for them in the passes.

    Raises:
        UsageError: a step isn't found, or stands twice.
    """
    found = resolve(
        told.steps,
        told.sources,
        names["event"].to_list(),
        beside=kinds_beside(orders, users),
        forgiving=told.steps == FUNNEL_STEPS,
    )
    orders = at_day_end(orders) if orders is not None else None
    as_of = to_day(window.as_of) if window.as_of else 0
    known = (
        ahead[1] if ahead and ahead[0] == Guess(found.names[0], _group(channel=channel)) else None
    )
    entrants = _entrants(
        found, again, as_of, channel=channel, users=users, orders=orders, known=known
    )
    days = max(told.window, told.within)
    times, strange = _later(found, again, entrants, days, users=users, orders=orders)
    registering = users if found.kinds[0] == USERS else None
    of_events = [times[found.steps[at]] for at in found.of(EVENTS, 1)]
    if found.kinds[0] == EVENTS:
        of_events.append(entrants.select(time="entered"))
    seen: dict[str, Sequence[pl.DataFrame | None]]
    seen = {EVENTS: of_events, ORDERS: [orders], USERS: [users]}
    return Path(
        found.steps,
        found.keys,
        with_ids(entrants),
        times,
        _begun(found, {EVENTS: window, ORDERS: ordered}),
        kinds=found.kinds,
        whole_days=frozenset(kind for kind in set(found.kinds) if _only_days(seen[kind])),
        undated=0 if registering is None else registering["time"].null_count(),
        strangers=strange,
        notes=found.notes,
    )


def _later(
    found: Sources,
    again: Again,
    entrants: pl.DataFrame,
    days: int,
    *,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
) -> tuple[dict[str, pl.DataFrame], int]:
    """Times of the later steps within some days of entry, and how many come without registering."""
    times: dict[str, pl.DataFrame] = {}
    passes: dict[str, Query] = {}
    if found.kinds[0] == USERS and users is not None:
        passes["strangers"] = UNKNOWN_USERS.given(known=users)
    taken = found.of(EVENTS, 1)
    if taken:
        names = {name for number in taken for name in found.names[number]}
        passes["later"] = LATER_TIMES.given(names=sorted(names), entrants=entrants, days=days)
    gave = dict(zip(passes, again([*passes.values()]) if passes else [], strict=True))
    for number in taken:
        named = gave["later"].filter(pl.col("event").is_in(list(found.names[number])))
        times[found.steps[number]] = named.select("row", "time")
    for kind, frame in ((ORDERS, orders), (USERS, users)):
        if frame is None or not (theirs := found.of(kind, 1)):
            continue
        known = of_entrants(frame.select("user_id", "time"), entrants, days)
        times |= {found.steps[number]: known for number in theirs}
    return times, int(gave["strangers"].item()) if "strangers" in gave else 0


def _begun(found: Sources, windows: Mapping[str, Window | None]) -> int | None:
    """The first day that the exports of all later steps cover."""
    known = [windows.get(kind) for kind in set(found.kinds[1:])]
    first = [to_day(window.first_day) for window in known if window and window.first_day]
    return max(first, default=None)


def _only_days(parts: Iterable[pl.DataFrame | None]) -> bool:
    """Whether times are all those of whole days: their starts, or ends as `at_day_end` has them."""
    known = [part["time"].drop_nulls() % DAY for part in parts if part is not None]
    some = sum(map(len, known)) > 0
    return some and any(all((one == edge).all() for one in known) for edge in (0, DAY - 1))


def _all_said(entrants: pl.DataFrame, said: pl.DataFrame | None) -> bool:
    """Whether a users export tells every entrant's group."""
    if said is None:
        return False
    return not entrants.join(said, on="user_id", how="left")["group"].has_nulls()


def _entrants(
    found: Sources,
    again: Again,
    as_of: int,
    *,
    channel: bool,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
    known: pl.DataFrame | None,
) -> pl.DataFrame:
    """`row, user_id, entered`, and `group` where there are groups, by user_id.

    `known` is what `FIRST_TIMES` gave for the first step, where that was asked for.
    """
    group = _group(channel=channel)
    if known is not None:
        entrants = known
    elif found.kinds[0] == EVENTS:
        (entrants,) = again([FIRST_TIMES.given(names=found.names[0], group=group)])
    else:
        times = users if found.kinds[0] == USERS else orders
        if times is None:
            raise ValueError(f"{found.steps[0]} has no {found.kinds[0]}")
        in_time = times.filter(pl.col("time").floordiv(DAY) <= as_of)
        entrants = in_time.group_by("user_id").agg(pl.col("time").min().alias("entered"))
    said = users.select("user_id", "group") if users is not None and "group" in users else None
    if group and "group" not in entrants and not _all_said(entrants, said):
        (came,) = again([FIRST_TIMES.given(names=None, group=group)])
        entrants = entrants.join(came.select("user_id", "group"), on="user_id", how="left")
    if said is not None and "group" in entrants:
        entrants = entrants.join(said, on="user_id", how="left").with_columns(
            pl.coalesce("group_right", "group").alias("group")
        )
    elif said is not None:
        entrants = entrants.join(said, on="user_id", how="left")
    return entrants.drop("group_right", strict=False).sort("user_id").with_row_index("row")
