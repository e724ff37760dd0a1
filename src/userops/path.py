"""Where the steps of a path come from, and the reductions that find them.

A step is an event of its own name or of one that is usual for it, or what the settings
say: other events, `orders` or `users`. With an orders export, order, pay and reorder are
valid orders; with a users export, register is the registration. Where nothing is named
reorder, it's one more pay, or else order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from userops.errors import UsageError
from userops.notes import Note, Word
from userops.steps import Step

ORDERS, USERS = "orders", "users"
Again = Callable[[Sequence[Step]], list[pl.DataFrame]]
_OF_ORDERS = ("order", "pay", "reorder")
DAY = 86_400_000_000  # microseconds

# Names that events go by, folded: lower case, without spaces, `_`, `-` and `$`.
_NAMES: dict[str, tuple[str, ...]] = {
    "register": ("registration", "signup", "registered", "signedup", "completeregistration", "userregister", "createaccount", "注册"),
    "browse": ("view", "pageview", "viewitem", "productview", "productviewed", "viewproduct", "viewpage", "itemview", "detailpageview", "pv", "浏览", "访问"),
    "click": ("clicked", "clickitem", "selectitem", "itemclick", "productclick", "productclicked", "点击"),
    "cart": ("addtocart", "addcart", "cartadd", "productadded", "carted", "加购", "加入购物车", "加购物车"),
    "order": ("placeorder", "orderplaced", "createorder", "submitorder", "checkout", "begincheckout", "checkoutstarted", "下单", "提交订单"),
    "pay": ("payment", "purchase", "paid", "purchased", "buy", "transaction", "paymentdone", "paysuccess", "ordercompleted", "orderpaid", "付款", "支付", "购买", "成交"),
    "reorder": ("repurchase", "buyagain", "orderagain", "复购", "再次购买"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """What each step of a path is: names of events, or ("orders",) or ("users",) as `kind` says."""

    steps: tuple[str, ...]
    kinds: tuple[str, ...]  # events, orders or users
    names: tuple[tuple[str, ...], ...]
    notes: tuple[Note, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Equal for steps that are the same events; an order and its payment are two."""
        return tuple(map(self._key, self.steps, self.kinds, self.names))

    def _key(self, step: str, kind: str, names: tuple[str, ...]) -> str:
        paid = kind == ORDERS and step == "pay" and "order" in self.steps
        return "paid" if paid else "\n".join((kind, *names))

    def of(self, kind: str, since: int = 0) -> list[int]:
        """Which steps come from there, from one on."""
        return [at for at, other in enumerate(self.kinds) if other == kind and at >= since]


def resolve(
    steps: Sequence[str],
    told: Mapping[str, str | Sequence[str]],
    listed: Sequence[str],
    *,
    beside: Sequence[str] = (),
    forgiving: bool = False,
) -> Sources:
    """What each step is.

    Args:
        steps: the path.
        told: what the settings say of a step.
        listed: names of all events there are.
        beside: which other exports there are: orders, users.
        forgiving: leave out steps that aren't found, and say so.

    Raises:
        UsageError: a step isn't found, or stands twice.
    """
    if len(set(steps)) < len(steps):
        raise UsageError(
            Note("a step stands twice on the path"),
            mend=Note(
                'give it another name, and say in [funnel.sources] what it is: again = "view"'
            ),
        )
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    notes = []
    lost = []
    for step in steps:
        source = _source(step, told.get(step), listed, beside)
        if source is None and step == "reorder":
            source = found.get("pay") or found.get("order")
        if source is None:
            lost.append(step)
            continue
        found[step] = source
        kind, names = source
        if names and names != (step,):
            notes.append(Note("{step} is {events}", step=step, events=tuple(names)))
        elif not names:
            notes.append(Note("{step} comes from the {kind}", step=step, kind=Word(kind)))
    if lost and not listed and (not forgiving or len(found) < 2):
        # No event counts, so that there's no telling names: the path is as it's written, and nobody on it.
        found = {step: found.get(step, ("events", (step,))) for step in steps}
        lost = []
    if lost and (not forgiving or len(found) < 2):
        shown = tuple(sorted(listed)[:30])
        raise UsageError(
            Note("no event named {step}", step=lost[0]),
            mend=Note(
                '--steps with events there are: {events}; or [funnel.sources] {step} = "EVENT"',
                events=shown,
                step=lost[0],
            ),
        )
    if lost:
        notes.append(Note("not found, left out of the path: {steps}", steps=tuple(lost)))
    kinds, names_of = zip(*found.values(), strict=True)
    return Sources(tuple(found), kinds, names_of, tuple(notes))


def _source(
    step: str, told: str | Sequence[str] | None, listed: Sequence[str], beside: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    if told in (ORDERS, USERS):
        if told not in beside:
            raise UsageError(
                Note("{step} is of the {kind}, and none are given", step=step, kind=Word(told)),
                mend=Note("--{kind} FILE", kind=told),
            )
        return str(told), ()
    if told is None and step in _OF_ORDERS and ORDERS in beside:
        return ORDERS, ()
    if told is None and step == "register" and USERS in beside:
        return USERS, ()
    wanted = [step] if told is None else [told] if isinstance(told, str) else list(told)
    folded = {_folded(name) for name in wanted}
    names = tuple(sorted(name for name in listed if _folded(name) in folded))
    if not names and told is None:
        usual = set(_NAMES.get(step, ()))
        names = tuple(sorted(name for name in listed if _folded(name) in usual))
    return ("events", names) if names else None


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in " _-$")


def event_names(events: pl.LazyFrame) -> pl.LazyFrame:
    """`event`, a row a name."""
    return events.select(pl.col("event").unique())


def first_times(
    events: pl.LazyFrame, names: Sequence[str] | None, group: str | None
) -> pl.LazyFrame:
    """`user_id, entered`: each user's first time of some events, or any; and the `group` of it.

    Of several groups at that very time, the first in the order of the alphabet.
    """
    took = events if names is None else events.filter(pl.col("event").is_in(list(names)))
    if group:
        first = {"group": pl.col(group).sort_by("event_time", group, nulls_last=True).first()}
    else:
        first = {}
    return took.group_by("user_id").agg(entered=pl.col("event_time").to_physical().min(), **first)


def later_times(
    events: pl.LazyFrame, names: Sequence[str], entrants: pl.DataFrame, days: int
) -> pl.LazyFrame:
    """`row, event, time` of some events, of entrants within some days of their entry."""
    known = entrants.lazy().select("user_id", "row", "entered")
    time = pl.col("event_time").to_physical().alias("time")
    return (
        events.filter(pl.col("event").is_in(list(names)))
        .select("user_id", "event", time)
        .join(known, on="user_id")
        .filter(_within("time", days))
        .select("row", "event", "time")
    )


def strangers(events: pl.LazyFrame, known: pl.DataFrame) -> pl.LazyFrame:
    """How many users of the events aren't among those known."""
    users = events.select(pl.col("user_id").unique())
    return users.join(known.lazy().select("user_id"), on="user_id", how="anti").select(pl.len())


def _within(time: str, days: int) -> pl.Expr:
    since = pl.col(time).floordiv(DAY) - pl.col("entered").floordiv(DAY)
    return (pl.col(time) >= pl.col("entered")) & (since <= days)


def order_times(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, time` of valid orders."""
    time = pl.col("order_time").cast(pl.Datetime("us")).to_physical()
    return orders.filter(pl.col("orders") > 0).select("user_id", time=time)


def at_day_end(times: pl.DataFrame) -> pl.DataFrame:
    """Times that are only days, at the end of theirs: after whatever else is known of the day."""
    if times.is_empty() or not (times["time"] % DAY == 0).all():
        return times
    return times.with_columns(pl.col("time") + (DAY - 1))


def of_entrants(times: pl.DataFrame, entrants: pl.DataFrame, days: int) -> pl.DataFrame:
    """`row, time` of the entrants, from `user_id, time`, within some days of their entry."""
    known = entrants.select("user_id", "row", "entered")
    return times.join(known, on="user_id").filter(_within("time", days)).select("row", "time")


@dataclass(frozen=True, slots=True)
class Path:
    """What a funnel is made from.

    `entrants` are `row, user_id, entered` (microseconds), each user once, and `group` where
    groups are asked for. `times` gives for each later step `row, time`, any number a user.
    Steps with equal `sources` are the same events. `begun` is the first day that all
    exports cover. Of the `kinds` of exports that steps are from, those in `whole_days` say
    when only to the day. Of whom the path begins without, `undated` users have no time of
    registration and `strangers` aren't in the users export.
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

    def timed(self, at: int) -> bool:
        """Whether the time of day of a step is known."""
        return self.kinds[at] not in self.whole_days


def follow(
    found: Sources,
    again: Again,
    *,
    as_of: int,
    days: int,
    begun: Mapping[str, int | None],
    channel: bool = False,
    users: pl.DataFrame | None = None,
    orders: pl.DataFrame | None = None,
) -> Path:
    """The path's entrants and when they took its steps.

    Args:
        found: what the steps are.
        again: runs reductions over the events up to as_of.
        as_of: the last day that counts.
        days: how long after entry times are kept.
        begun: the first day of `events` and `orders`.
        channel: whether groups are of the channel of the first step's event, or where that is
            none, of the user's first event.
        users: `user_id, time`, and `group` where that is known: it goes before.
        orders: `user_id, time` of valid orders up to as_of.
    """
    entrants = _entrants(found, again, as_of, channel=channel, users=users, orders=orders)
    times: dict[str, pl.DataFrame] = {}
    passes: dict[str, Step] = {}
    registering = users if found.kinds[0] == USERS else None
    if registering is not None:
        passes["strangers"] = partial(strangers, known=registering)
    taken = found.of("events", 1)
    if taken:
        names = {name for number in taken for name in found.names[number]}
        passes["later"] = partial(later_times, names=sorted(names), entrants=entrants, days=days)
    gave = dict(zip(passes, again([*passes.values()]) if passes else [], strict=True))
    if taken:
        later = gave["later"]
        for number in taken:
            named = later.filter(pl.col("event").is_in(list(found.names[number])))
            times[found.steps[number]] = named.select("row", "time")
    for kind, frame in ((ORDERS, orders), (USERS, users)):
        if frame is None or not (theirs := found.of(kind, 1)):
            continue
        known = of_entrants(frame.select("user_id", "time"), entrants, days)
        times |= {found.steps[number]: known for number in theirs}
    first = [day for kind in set(found.kinds[1:]) if (day := begun.get(kind)) is not None]
    of_events = [times[found.steps[at]] for at in taken]
    if found.kinds[0] == "events":
        of_events.append(entrants.select(time="entered"))
    seen: dict[str, Sequence[pl.DataFrame | None]]
    seen = {"events": of_events, ORDERS: [orders], USERS: [users]}
    return Path(
        found.steps,
        found.keys,
        entrants,
        times,
        max(first, default=None),
        kinds=found.kinds,
        whole_days=frozenset(kind for kind in set(found.kinds) if _only_days(seen[kind])),
        undated=0 if registering is None else registering["time"].null_count(),
        strangers=0 if registering is None else int(gave["strangers"].item()),
    )


def _only_days(parts: Iterable[pl.DataFrame | None]) -> bool:
    """Whether times are all those of whole days: their starts, or ends as `at_day_end` has them."""
    known = [part["time"].drop_nulls() % DAY for part in parts if part is not None]
    some = sum(map(len, known)) > 0
    return some and any(all((one == edge).all() for one in known) for edge in (0, DAY - 1))


def _entrants(
    found: Sources,
    again: Again,
    as_of: int,
    *,
    channel: bool,
    users: pl.DataFrame | None,
    orders: pl.DataFrame | None,
) -> pl.DataFrame:
    """`row, user_id, entered`, and `group` where there are groups, by user_id."""
    group = "channel" if channel else None
    if found.kinds[0] == "events":
        (entrants,) = again([partial(first_times, names=found.names[0], group=group)])
    else:
        times = users if found.kinds[0] == USERS else orders
        if times is None:
            raise ValueError(f"{found.steps[0]} has no {found.kinds[0]}")
        within = times.filter(pl.col("time").floordiv(DAY) <= as_of)
        entrants = within.group_by("user_id").agg(pl.col("time").min().alias("entered"))
    said = users.select("user_id", "group") if users is not None and "group" in users else None
    if group and "group" not in entrants and (said is None or said["group"].has_nulls()):
        (came,) = again([partial(first_times, names=None, group=group)])
        entrants = entrants.join(came.select("user_id", "group"), on="user_id", how="left")
    if said is not None and "group" in entrants:
        entrants = entrants.join(said, on="user_id", how="left").with_columns(
            pl.coalesce("group_right", "group").alias("group")
        )
    elif said is not None:
        entrants = entrants.join(said, on="user_id", how="left")
    return entrants.drop("group_right", strict=False).sort("user_id").with_row_index("row")
