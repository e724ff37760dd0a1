"""How the tables of `userops portrait` are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from userops import rfm
from userops.analyses.analysis import Inputs
from userops.analyses.portrait import attributes, tags
from userops.analyses.portrait.attributes import Building, Portrait
from userops.analyses.portrait.columns import NAMES
from userops.analyses.portrait.cross import cross
from userops.analyses.portrait.groups import groups, missing
from userops.analyses.portrait.params import PortraitParams
from userops.analyses.portrait.sources import (
    ORDER_FACTS,
    USER_CATEGORIES,
    USER_CHANNELS,
    said,
)
from userops.core.dates import FIRST_DAY, Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.rule_tables import RFM8, TIERS
from userops.core.table import Table
from userops.customers.params import RfmParams
from userops.engines.reductions import Query
from userops.language import words
from userops.ledger.customers import CUSTOMERS
from userops.readers.dataset import Rows

_DEFAULT_SINCE = 7  # days before as_of that tags are compared with
_TIERS = tuple(tier.name for tier in TIERS)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a pass over the orders gave, up to a day."""

    customers: pl.DataFrame
    facts: pl.DataFrame
    channels: pl.DataFrame | None
    categories: pl.DataFrame | None


def run(inputs: Inputs, params: PortraitParams) -> Iterator[Table]:
    """Who the users are, what sets a group apart, and who bears which tag."""
    asked = (*NAMES, *params.by, *tags.columns_asked(params.tags))
    rows = inputs.dataset("users", *asked)
    queries, lines = _queries(inputs)
    frames, facts = inputs.reduce(*queries, lines=lines)
    read = _read(frames, queries)
    portrait = _portrait(inputs, params, read, rows, facts.window, facts.currency.places)
    names = list(params.by) or portrait.names
    attributes.check_groups(portrait, names)
    hides = params.min_cell is not None and inputs.wants("missing")
    chosen = _chosen(inputs, params, portrait, facts) if inputs.wants("groups") or hides else None
    if inputs.wants("groups"):
        yield groups(
            portrait, names, facts.window, facts.currency, chosen=chosen, min_cell=params.min_cell
        )
    if inputs.wants("cross"):
        yield from _cross(inputs, params, portrait, facts.window)
    if inputs.wants("tags") or inputs.wants("users"):
        yield from _tag_tables(inputs, params, portrait, rows, facts)
    if inputs.wants("missing"):
        yield missing(portrait, names, facts.window, chosen=chosen, min_cell=params.min_cell)


def _queries(inputs: Inputs) -> tuple[list[Query], list[Query]]:
    queries: list[Query] = [CUSTOMERS, ORDER_FACTS]
    if "channel" in inputs.orders.fields:
        queries.append(USER_CHANNELS)
    return queries, [USER_CATEGORIES] if "category" in inputs.orders.fields else []


def _read(frames: Sequence[pl.DataFrame], queries: Sequence[Query]) -> _Read:
    customers, facts, *rest = frames
    channels = rest.pop(0) if USER_CHANNELS in queries else None
    return _Read(customers, facts, channels, rest[0] if rest else None)


def _portrait(
    inputs: Inputs,
    params: PortraitParams,
    read: _Read,
    rows: Rows | None,
    window: Window,
    places: int,
) -> Portrait:
    """The users and their attributes, at the end of a window."""
    asked = (*NAMES, *params.by, *tags.columns_asked(params.tags))
    told = said(rows, asked, window.as_of)
    users = attributes.population(read.customers, told)
    building = Building(users, told, params, window.as_of, places)
    attributes.of_users_export(building, asked[len(NAMES) :])
    attributes.of_orders(building, read.facts)
    if read.categories is not None:
        attributes.of_categories(building, read.categories)
    if read.channels is not None:
        attributes.of_channels(building, read.channels)
    else:
        building.without_channels()
    _add_tiers(inputs, building, read.customers, window)
    return building.done()


def _add_tiers(inputs: Inputs, building: Building, customers: pl.DataFrame, window: Window) -> None:
    """`tier` and `segment`, as `userops segment` gives them."""
    settings = inputs.settings
    rfm_params = settings.params(RfmParams)
    rules = settings.rule_table(rfm_params.segments)
    cuts = settings.fixed_cuts(building.places) if rfm_params.method == "fixed" else None
    users, *_ = rfm.segment(customers, window, rfm_params, rules=rules, cuts=cuts)
    named = users.frame.select("user_id", named_tier="tier", named_segment="segment")
    building.join(named)
    segments = rules.segments if rules else RFM8
    building.add("tier", pl.col("named_tier"), "orders", _TIERS)
    building.add("segment", pl.col("named_segment"), "orders", [one.name for one in segments])


def _chosen(
    inputs: Inputs, params: PortraitParams, portrait: Portrait, facts: Facts
) -> pl.Series | None:
    """Of each user, whether he's in the tier, segment or tag that is asked for.

    Raises:
        UsageError: there's none of that name.
    """
    name = params.segment
    if name is None:
        return None
    for attribute in ("tier", "segment"):
        if name in portrait.attributes[attribute].order:
            return portrait.users[attribute] == name
    held = tags.held(portrait, params.tags, facts.window.as_of, facts.currency.places)
    if name in held.columns:
        return held[name]
    known = [
        *portrait.attributes["tier"].order,
        *portrait.attributes["segment"].order,
        *(tag.name for tag in params.tags),
    ]
    # Who reads Chinese knows them by the words of the tables.
    meant = next(
        (one for one in known if words.phrase(one, "zh", analysis="segment") == name), None
    )
    raise UsageError.unknown("segment", name, known, meant)


def _cross(
    inputs: Inputs, params: PortraitParams, portrait: Portrait, window: Window
) -> Iterator[Table]:
    """`cross` of the first two attributes asked for; of one, beside the tier."""
    first, *others = params.by or portrait.names[:1]
    second = others[0] if others else "tier"
    if first == second:
        raise UsageError(
            f"--by {first}: cross takes two attributes", mend=f"--by {first},ATTRIBUTE"
        )
    yield cross(portrait, (first, second), window, min_cell=params.min_cell)


def _tag_tables(
    inputs: Inputs, params: PortraitParams, portrait: Portrait, rows: Rows | None, facts: Facts
) -> Iterator[Table]:
    """`tags`, and `users`: who bears which."""
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    since = inputs.day("since", params.since)
    day = since if since is not None else max(as_of - _DEFAULT_SINCE, FIRST_DAY)
    if since is not None and facts.window.as_of and since >= as_of:
        raise UsageError(
            f"--since {params.since} isn't before {facts.window.as_of}, the last day that counts",
            mend="an earlier day",
        )
    places = facts.currency.places
    now = tags.held(portrait, params.tags, facts.window.as_of, places)
    queries, lines = _queries(inputs)
    frames, _ = inputs.orders.reduce(queries, day, lines)
    window = replace(facts.window, as_of=to_date(day))
    portrait_then = _portrait(inputs, params, _read(frames, queries), rows, window, places)
    then = tags.held(portrait_then, params.tags, window.as_of, places)
    if inputs.wants("tags"):
        yield tags.summary(now, then, params.tags, facts.window, to_date(day))
    if inputs.wants("users"):
        previous = inputs.rows_of(params.previous) if params.previous else []
        yield tags.users(
            now, then, params, facts.window, to_date(day), tags.previous_days(previous)
        )
