"""How the tables of `userops channels` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.channels import ANALYSIS, attribution, newcomers
from userops.analyses.channels.cohorts import cohorts
from userops.analyses.channels.newcomers import Limits, Seen
from userops.analyses.channels.params import ChannelParams
from userops.analyses.channels.summary import ChannelData, groups_of, summary
from userops.analyses.channels.touches import ORDER_AMOUNTS, TOUCHES, of_export
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers.buyers import BUYERS
from userops.customers.costs import Costs
from userops.customers.params import LtvParams
from userops.customers.truncation import begins_midway
from userops.customers.value import LtvData, unmatched_channels
from userops.engines.reductions import Query
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.ledger.event_reductions import DAY
from userops.ledger.timeline import Timeline
from userops.readers.attributes import registered, split, unknown
from userops.readers.events import Events
from userops.readers.users import People

_OF_USERS, _OF_TOUCHES = ("summary", "cohorts"), ("attribution", "paths")


def run(inputs: Inputs, params: ChannelParams) -> Iterator[Table]:
    """Who comes by which channel, what they cost and bring, and which touches came before orders."""
    since = inputs.day("since", params.since)
    people = inputs.people("channel")
    events = _events(inputs, people)
    wanted = [name for name in ANALYSIS.tables if inputs.wants(name)]
    attribute = _channels(inputs, people) if {*wanted} & {*_OF_USERS} else None
    if attribute is None:
        wanted = [name for name in wanted if name not in _OF_USERS]
    if not _has_touches(inputs, events):
        wanted = [name for name in wanted if name not in _OF_TOUCHES]
    if not wanted:
        return
    orders = _read_orders(inputs, wanted, people, attribute)
    costs = _costs(inputs, orders, since)
    found = _read_events(inputs, events, orders, wanted)
    if attribute is not None:
        data = _data(inputs, params, orders, found, attribute, costs, since)
        if "summary" in wanted:
            yield summary(data)
        if "cohorts" in wanted:
            yield cohorts(data, Period(params.period))
    if {*wanted} & {*_OF_TOUCHES}:
        yield from _touch_tables(inputs, params, wanted, orders, found, costs, since)


def _events(inputs: Inputs, people: People | None) -> Events | None:
    """The events, opened, where there are any."""
    if not inputs.has("events"):
        return None
    return inputs.events(people.links() if people else None)


def _channels(inputs: Inputs, people: People | None) -> Attribute | None:
    """How users' channels are known.

    Raises:
        UsageError: nothing knows them, and they were asked for.
    """
    firsts = attributes.of_orders(inputs.orders.fields)
    attribute = split("channel", people, inputs.orders.exports, firsts)
    if attribute is None and inputs.demands(*_OF_USERS):
        raise unknown("channel", people, "orders")
    return attribute


def _has_touches(inputs: Inputs, events: Events | None) -> bool:
    """Whether anything tells touches.

    Raises:
        UsageError: nothing does, and they were asked for.
    """
    if inputs.has("touches") or (events is not None and "channel" in events.fields):
        return True
    if inputs.demands(*_OF_TOUCHES):
        where = "the events have no column for channel" if events else "nothing tells touches"
        raise UsageError(
            where,
            mend="--touches FILE, or --events FILE with a column for channel (--map channel=COLUMN)",
        )
    return False


@dataclass(frozen=True)
class _Orders:
    """What was read of the orders, and of who registered; `amounts` where touches are asked for."""

    facts: Facts
    customers: pl.DataFrame
    line: Timeline
    registered: pl.DataFrame | None = None
    channels: pl.DataFrame | None = None
    since: pl.DataFrame | None = None
    whole_days: bool = False
    amounts: pl.DataFrame | None = None

    @property
    def as_of(self) -> int:
        """The last day that counts."""
        return self.facts.window.ends[1]

    @cached_property
    def users(self) -> pl.DataFrame:
        """Who is known, by when they came."""
        users = newcomers.newcomers(
            self.customers, self.line, self.registered, self.channels, self.as_of
        )
        return newcomers.with_conversions(users, self.since, whole_days=self.whole_days)


def _read_orders(
    inputs: Inputs, wanted: list[str], people: People | None, attribute: Attribute | None
) -> _Orders:
    """All that's asked of the orders, by one pass."""
    known = registered(people, None)
    if known is not None:
        known = known.rename({"time": "registered"})
    asked: dict[str, Query] = {}
    if attribute is not None and attribute.reduction is not None:
        asked["channels"] = attribute.reduction
    if attribute is not None and known is not None:
        asked["since"] = newcomers.ORDERS_SINCE.given(registered=known.drop_nulls())
        asked["whole_days"] = newcomers.WHOLE_DAYS
    if {*wanted} & {*_OF_TOUCHES}:
        asked["amounts"] = ORDER_AMOUNTS
    if attribute is None:
        frames, facts = inputs.reduce(*asked.values())
        customers, line = pl.DataFrame(schema={"user_id": pl.String, "first_day": pl.Int32}), timeline.EMPTY  # fmt: skip
    else:
        keys = timeline.SORT_KEYS_WITH_AMOUNTS
        customers, line, frames, facts = inputs.timeline(BUYERS, keys, *asked.values())
        for note in begins_midway(customers["first_day"], facts.window.ends[1]):
            inputs.message(note)
    got = dict(zip(asked, frames, strict=True))
    firsts = [got["channels"]] if "channels" in got else []
    return _Orders(
        facts,
        customers,
        line,
        known,
        attribute.of(firsts) if attribute is not None else None,
        got.get("since"),
        bool(got["whole_days"].item()) if "whole_days" in got else False,
        got.get("amounts"),
    )


def _costs(inputs: Inputs, orders: _Orders, since: int | None) -> Costs | None:
    """What channels cost, from a day on."""
    customers = orders.customers
    if orders.amounts is not None and customers.is_empty():
        day = pl.col("time").floordiv(DAY).cast(pl.Int32)
        customers = orders.amounts.select(first_day=day)
    costs = inputs.costs(customers, orders.as_of, orders.facts.currency)
    for note in costs.notes if costs else ():
        inputs.message(note)
    if costs is None or since is None:
        return costs
    return replace(costs, first=max(costs.first, since))


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read of events and touches."""

    seen: Seen | None = None
    touches: pl.DataFrame | None = None


def _read_events(
    inputs: Inputs, events: Events | None, orders: _Orders, wanted: list[str]
) -> _Found:
    """Who was active on the day after coming, and touches: by one pass over the events."""
    touches = None
    wants_touches = bool({*wanted} & {*_OF_TOUCHES})
    if wants_touches and inputs.has("touches"):
        touches = of_export(inputs, orders.as_of)
    asked: dict[str, Query] = {}
    if events is not None and {*wanted} & {*_OF_USERS}:
        days = newcomers.days_after_coming(orders.users)
        asked["active"] = newcomers.ACTIVE_THEN.given(days=days)
        asked["last_day"] = newcomers.LAST_DAY
    if wants_touches and touches is None:
        asked["touches"] = TOUCHES
    if events is None or not asked:
        return _Found(None, touches)
    frames, facts = inputs.reduce_events(events, *asked.values(), as_of=orders.as_of)
    got = dict(zip(asked, frames, strict=True))
    seen = None
    if "active" in got:
        seen = newcomers.seen_by_events(got["active"], got["last_day"], facts.window)
    return _Found(seen, got.get("touches", touches))


def _data(
    inputs: Inputs,
    params: ChannelParams,
    orders: _Orders,
    found: _Found,
    attribute: Attribute,
    costs: Costs | None,
    since: int | None,
) -> ChannelData:
    """What `summary` and `cohorts` are made from."""
    users, facts, as_of = orders.users, orders.facts, orders.as_of
    seen = found.seen or newcomers.seen_by_orders(orders.customers, orders.line, facts.window, users)  # fmt: skip
    buyers, has_costs = orders.customers, costs is not None and costs.met
    first, last = _period(orders, users, costs, since)
    if since is not None and not has_costs:
        buyers = buyers.filter(pl.col("first_day") >= since)
    value = LtvData(
        buyers, facts.window, facts.currency, LtvParams(margin=params.margin),
        orders.line if has_costs else None, costs if has_costs else None,
    )  # fmt: skip
    first_order = to_day(facts.window.first_day) if facts.window.first_day else as_of
    data = ChannelData(
        users, value, seen, Limits(since, params.within, first_order, as_of), first, last,
        registrations=orders.since is not None, week_start=inputs.settings.week_start,
    )  # fmt: skip
    if value.costs is not None:
        for note in unmatched_channels(groups_of(data), value.costs):
            inputs.message(note)
    return data


def _period(
    orders: _Orders, users: pl.DataFrame, costs: Costs | None, since: int | None
) -> tuple[int, int]:
    """The first and the last day that are asked about: the costs', else from `since`, else all."""
    if costs is not None and costs.met:
        return costs.first, costs.last
    if since is not None:
        return since, orders.as_of
    earliest = users["came_day"].min() if len(users) else None
    first, last = orders.facts.window.ends
    return min(first, int(earliest)) if earliest is not None else first, last  # type: ignore[arg-type]


def _touch_tables(
    inputs: Inputs,
    params: ChannelParams,
    wanted: list[str],
    orders: _Orders,
    found: _Found,
    costs: Costs | None,
    since: int | None,
) -> Iterator[Table]:
    """The tables `attribution` and `paths`."""
    assert orders.amounts is not None
    assert found.touches is not None
    period: tuple[int | None, int] = since, orders.as_of
    if costs is not None and costs.met:
        period = costs.first, costs.last
    followed = attribution.follow(
        orders.amounts, found.touches, params, period, orders.as_of, costs
    )
    window, currency = orders.facts.window, orders.facts.currency
    if "attribution" in wanted:
        yield attribution.attribution(followed, params, window, currency)
    if "paths" in wanted:
        yield attribution.paths_table(followed, params, window, currency)
