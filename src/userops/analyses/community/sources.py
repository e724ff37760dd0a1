"""What the exports of a run say of its groups, people told apart as the shop knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.community import reach, stock
from userops.analyses.community.calendar import Days
from userops.analyses.community.params import CommunityParams
from userops.analyses.community.said import Said
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.core.table import Currency
from userops.customers import chat_lines, chats, stays
from userops.customers.chat_lines import is_staff
from userops.customers.chats import Chat
from userops.customers.identities import CONTACTS, known_by, match
from userops.engines.reductions import MOST_DIGITS, Reduction
from userops.readers.dataset import LazyRows, Rows

# Years from here on stand for never.
_FOREVER = 2100


def _order_times(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Orders as they are: `user_id, order_time, day, amount, orders` (0 for a refund whose order isn't there)."""
    return orders.select("user_id", "order_time", "day", "amount", "orders")


ORDER_TIMES = Reduction(_order_times, id_digits=MOST_DIGITS)


@dataclass(frozen=True, slots=True)
class Community:
    """Groups, their people, and what these bought.

    `stays` are `group_id, person, joined, left, founding, reason, start, end`, by group, person and
    start. `groups` is as `customers.stays` gives it; `persons` is `person, user_id, matched`: user_id
    is the shop's where that's known, else the chat's. `chat` has people as `person` and `responder`.
    `orders` are the shop's: `user_id, order_time, day, amount, orders`, with the `person`, by time.
    `first` and `as_of` are the days that are told of; `talk_days` and `order_days` those that messages
    and orders tell of.
    """

    window: Window
    first: int
    as_of: int
    currency: Currency
    stays: pl.DataFrame
    groups: pl.DataFrame
    persons: pl.DataFrame
    chat: Said | None
    orders: pl.DataFrame | None
    counts: pl.DataFrame | None
    channels: pl.DataFrame | None
    notes: tuple[Note, ...] = ()
    talk_days: Days | None = None
    order_days: Days | None = None

    @property
    def untold(self) -> pl.Series:
        """The groups that no message is of, where there are messages."""
        if self.chat is None:
            return pl.Series("group_id", [], dtype=pl.String)
        ids = self.groups["group_id"]
        return ids.filter(~ids.is_in(self.chat.groups.implode()))

    @property
    def talk_notes(self) -> tuple[Note, ...]:
        """What to say of days and groups without messages."""
        return tuple(reach.talk_notes(self.talk_days, self.first, self.as_of, len(self.untold)))

    @property
    def order_notes(self) -> tuple[Note, ...]:
        """What to say of days without orders."""
        if self.stays.is_empty():
            return ()
        return tuple(reach.order_notes(self.order_days, self.first, self.as_of))

    @property
    def is_midway(self) -> bool:
        """Whether some were members before the exports begin."""
        return bool(self.groups["midway"].any())


def gather(inputs: Inputs, params: CommunityParams) -> Community | None:
    """All that the exports say; None where they tell of no groups.

    Raises:
        InputError: an export can't be used, or who is who can't be told.
        UsageError: no day that can be told of.
    """
    if not inputs.has("memberships") and not inputs.has("group_days"):
        if inputs.lenient:
            return None
        raise UsageError(
            "community needs memberships", mend="--memberships FILE, or --group-days FILE"
        )
    orders, window, currency = _orders(inputs)
    day = to_day(window.as_of) if window and window.as_of else inputs.as_of
    memberships = inputs.dataset("memberships", as_of=day)
    if memberships is not None:
        memberships = replace(memberships, frame=chat_lines.with_own_ids(memberships.frame))
    rows: dict[str, Rows | LazyRows | None] = {
        "memberships": memberships,
        "messages": (messages := chat_lines.asked(inputs, memberships, day)),
        "group_days": (group_days := inputs.dataset("group_days", as_of=day)),
    }
    as_of = day if day is not None else _last_day(rows, memberships)
    if as_of is None:
        return None
    found = _members(inputs, memberships, messages, orders, params, as_of)
    counts = group_days.frame if group_days else None
    if counts is not None:
        _check_midnight(counts)
        if memberships is not None:
            counts = chat_lines.with_ids(counts.lazy(), memberships.frame).collect()
    groups = found.groups if counts is None else _with_counted(found.groups, counts)
    whole = replace(
        found,
        currency=currency,
        counts=counts,
        as_of=as_of,
        groups=groups,
        talk_days=reach.reach(found.chat.days, as_of) if found.chat else None,
        order_days=_order_days(orders, as_of, told=inputs.as_of is not None),
    )
    first = inputs.day("since", params.since)
    if first is None:
        first = _first_day(whole, as_of)
    if first > as_of:
        raise UsageError(
            f"--since {to_date(first)} is after {to_date(as_of)}, the last day that counts",
            mend="an earlier day",
        )
    timezone = window.timezone if window else _timezone(rows)
    return replace(whole, first=first, window=Window(to_date(first), to_date(as_of), timezone))


def _order_days(orders: pl.DataFrame | None, as_of: int, *, told: bool) -> Days | None:
    """The days that orders tell of: to as_of, where they gave it themselves."""
    if orders is None:
        return None
    days = reach.reach(orders["day"], as_of)
    return days if told or days is None else (days[0], as_of)


def _with_counted(groups: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Groups with those that daily counts alone tell of."""
    named = counts.with_columns(group_id=pl.coalesce("group_id", "group")).drop_nulls("group_id")
    others = named.sort("day", "group", "owner").group_by("group_id").agg(
        pl.col("group", "owner").drop_nulls().last()
    )  # fmt: skip
    flags = {"sees_joining": True, "sees_leaving": True, "midway": False}
    new = others.join(groups, on="group_id", how="anti").with_columns(
        **{name: pl.lit(value) for name, value in flags.items()}
    )
    return pl.concat([groups, new.select(groups.columns)]).sort("group_id")


def _check_midnight(counts: pl.DataFrame) -> None:
    """See that days begin at midnight here.

    Raises:
        InputError: they all begin at another hour: at midnight elsewhere.
    """
    clocks = counts["day_of"].dt.time().drop_nulls().unique()
    if len(clocks) == 1 and clocks[0] != time():
        raise InputError(
            f"group_days: every day begins at {clocks[0]:%H:%M}: it's midnight in another time zone",
            mend="say in which: --tz Asia/Shanghai",
        )


def _orders(inputs: Inputs) -> tuple[pl.DataFrame | None, Window | None, Currency]:
    if not inputs.has("orders"):
        return None, None, Currency()
    (orders,), facts = inputs.reduce(ORDER_TIMES)
    return orders, facts.window, facts.currency


def _last_day(rows: Mapping[str, Rows | LazyRows | None], memberships: Rows | None) -> int | None:
    """The last day that any of the groups' exports tells of."""
    days = [one.facts.window.as_of for one in rows.values() if one]
    if memberships is not None:
        left = memberships.frame["left"].drop_nulls()
        days.append(left.filter(left.dt.year() < _FOREVER).dt.date().max())  # type: ignore[arg-type]
    return max((to_day(day) for day in days if day), default=None)


def _first_day(found: Community, as_of: int) -> int:
    """The first day that any of the groups' exports tells of."""
    days: list[object] = [found.stays.filter(pl.col("start") > stock.BEFORE)["start"].min()]
    days.append(found.chat.days.min() if found.chat else None)
    days.append(found.stays.filter(pl.col("end") < stock.AFTER)["end"].min())
    if found.counts is not None:
        days.append(found.counts["day"].min())
    return min((int(str(day)) for day in days if day is not None), default=as_of)


def _timezone(rows: Mapping[str, Rows | LazyRows | None]) -> str | None:
    return next((one.facts.window.timezone for one in rows.values() if one), None)


def _members(
    inputs: Inputs,
    memberships: Rows | None,
    messages: LazyRows | None,
    orders: pl.DataFrame | None,
    params: CommunityParams,
    as_of: int,
) -> Community:
    """Who was where and wrote what, people told apart as the shop knows them."""
    users, identities = inputs.people(*CONTACTS), inputs.dataset("identities")
    registered = users.rows.frame if users else None
    chat = _chat(memberships, messages, params)
    found = _stays(memberships, chat, params, as_of)
    people = _people(memberships, messages, found, chat)
    shop_ids = [frame["user_id"] for frame in (orders, registered) if frame is not None]
    matching = match(
        people,
        pl.concat(shop_ids) if shop_ids else pl.Series("user_id", [], dtype=pl.String),
        identities.frame if identities else None,
        registered,
    )
    pairs = _persons(matching.pairs)
    channels = users.attribute("channel") if users and users.field("channel") else None
    return Community(
        window=Window(None, None),
        first=as_of,
        as_of=as_of,
        currency=Currency(),
        stays=_of_persons(found.frame, pairs),
        groups=found.groups,
        persons=pairs.unique("person")
        .select("person", user_id="known", matched="matched")
        .sort("person"),
        chat=Said(chat, pairs.select("member_id", "person")) if chat else None,
        orders=_orders_of_persons(orders, pairs) if orders is not None else None,
        counts=None,
        channels=channels,
        notes=(*found.notes, *(matching.notes if shop_ids else ())),
    )


def _chat(
    memberships: Rows | None, messages: LazyRows | None, params: CommunityParams
) -> Chat | None:
    """What was written, of staff by whichever export says who they are."""
    if messages is None:
        return None
    if memberships is None:
        return chats.read(
            messages.frame, params.staff, answers=messages.answers, days=messages.days
        )
    ids = memberships.frame["user_id"]
    staff = ids.filter(memberships.frame.select(is_staff(params.staff)).to_series())
    everyone = sorted({*params.staff, *staff.drop_nulls()})
    return chats.read(messages.frame, everyone, ids.drop_nulls(), messages.answers, messages.days)


def _persons(pairs: pl.DataFrame) -> pl.DataFrame:
    """Who is who, with the number of the `person`, what to call that one, and whether the shop knows it."""
    is_unknown = pl.col("user_id").is_null()
    return pairs.with_columns(  # by member
        person=pl.when(is_unknown)
        .then(is_unknown.cum_sum())
        .otherwise(pl.col("user_id").rank("dense") + is_unknown.sum()),
        known=pl.coalesce("user_id", "member_id"),
        matched=pl.col("user_id").is_not_null(),
    )


def _stays(
    memberships: Rows | None, chat: Chat | None, params: CommunityParams, as_of: int
) -> stays.Stays:
    if memberships is None:
        return stays.EMPTY
    of_staff = {*params.staff, *(chat.staff if chat else ())}  # whichever export says so
    return stays.read(
        memberships.frame,
        as_of,
        staff=sorted(of_staff),
        actions=params.actions,
        written=chat.writers if chat else None,
        tells_leaving=not memberships.fields.isdisjoint({"left", "action"}),
    )


def _people(
    memberships: Rows | None, messages: LazyRows | None, found: stays.Stays, chat: Chat | None
) -> pl.DataFrame:
    """What members are known by: `member_id` and their contacts; nobody of staff."""
    ids = [found.frame["member_id"], *([chat.writers["member_id"]] if chat else [])]
    frames = [memberships.frame.lazy()] if memberships else []
    frames += [messages.frame] if messages else []
    return known_by(pl.concat(ids), frames)


def _of_persons(frame: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Stays of persons: of several ids of one in a group as one stay."""
    found = stock.with_edges(frame.join(pairs.select("member_id", "person"), on="member_id"))
    parts = ["group_id", "person", "joined", "left", "founding", "reason", "start", "end"]
    # Hardly anyone has several ids: only theirs are looked at by group.
    of_several = pairs.filter(pl.col("person").is_duplicated())["person"].unique()
    theirs = pl.col("person").is_in(of_several.implode())
    in_group = pl.col("member_id").n_unique().over("group_id", "person")
    shared = found.filter(theirs).filter(in_group > 1)
    alone = pl.concat([found.filter(~theirs), found.filter(theirs).filter(in_group == 1)])
    merged = stock.together(shared, "group_id").select(parts)
    return pl.concat([alone.select(parts), merged]).sort("group_id", "person", "start", "end")


def _orders_of_persons(orders: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The shop's orders by time, with whoever of the groups gave them."""
    persons = pairs.drop_nulls("user_id").select("user_id", "person").unique()
    return (
        orders.join(persons, on="user_id", how="left")
        .sort("order_time", "user_id", "amount", "orders")
        .with_row_index("order")
    )
