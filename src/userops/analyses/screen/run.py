"""How the tables of `userops screen` are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from userops import rfm
from userops.analyses.analysis import Inputs
from userops.analyses.community.params import CommunityParams
from userops.analyses.screen import ANALYSIS, chat, criteria, koc, pool, sample, thousand
from userops.analyses.screen.chat import Talk
from userops.analyses.screen.criteria import Criterion, Screening
from userops.analyses.screen.history import OrderHistory, begin, history_of
from userops.analyses.screen.params import ScreenParams
from userops.analyses.segment.params import SegmentParams
from userops.core.dates import FIRST_DAY, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.table import Kind, Table
from userops.customers import frozen_cuts
from userops.customers.identities import CONTACTS
from userops.engines.by_user import beside
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.ledger.customers import CUSTOMERS
from userops.readers.attributes import split
from userops.readers.users import People

_SINCE = 7  # days before as_of that the pool's movements begin
_SCREENED = ("users", "near", "criteria", "koc")
_POOL = ("pool", "pool_days")
_THOUSAND = ("thousand", "thousand_users")


def run(inputs: Inputs, params: ScreenParams) -> Iterator[Table]:
    """Who is worth most, the core pool and its moves, and whom to ask."""
    made = {table.name: table for table in _made(inputs, params)}
    yield from (made[name] for name in ANALYSIS.tables if name in made and inputs.wants(name))


def _made(inputs: Inputs, params: ScreenParams) -> Iterator[Table]:
    since = inputs.day("since", params.since)
    if inputs.demands("koc") and not inputs.has("messages"):
        raise UsageError("koc needs messages of the groups", mend="--messages FILE")
    of_chat = inputs.has("messages") and any(map(inputs.wants, _SCREENED))
    people = inputs.people("channel", *CONTACTS) if of_chat or inputs.wants("sample") else None
    channel = _channel(inputs, people) if inputs.wants("sample") else None
    customers, line, frames, facts = inputs.timeline(
        CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS, *(channel.reductions if channel else [])
    )
    since = _since(params.since, since, facts)
    history = history_of(inputs, customers, line, facts, _earlier_days(inputs, facts, since))
    if any(map(inputs.wants, _SCREENED)):
        yield from _screened(inputs, history, people, params)
    if inputs.wants("pareto"):
        yield pool.pareto(history, params.window, params.share)
    if any(map(inputs.wants, _POOL)):
        yield from pool.pool_tables(history, params.window, params.share, since)
    if inputs.wants("thousand"):
        yield thousand.thousand(history, params)
    if inputs.wants("thousand_users"):
        yield thousand.thousand_users(history, params)
    if channel or inputs.wants("sample"):
        channels = channel.of(frames) if channel else None
        yield sample.sample(history, _segments(inputs, history), channels, params)


def _since(text: str | None, since: int | None, facts: Facts) -> int:
    """The earlier day that the pool is compared with.

    Raises:
        UsageError: it isn't before as_of.
    """
    as_of = facts.window.as_of
    if as_of is None:
        return 0
    if since is not None and since >= to_day(as_of):
        raise UsageError(
            f"--since {text} isn't before {as_of}, the last day that counts", mend="an earlier day"
        )
    return since if since is not None else max(to_day(as_of) - _SINCE, FIRST_DAY)


def _earlier_days(inputs: Inputs, facts: Facts, since: int) -> Sequence[int]:
    """The days before as_of that the tables asked for look at."""
    if facts.window.as_of is None:
        return []
    days = [since] if any(map(inputs.wants, _POOL)) else []
    if any(map(inputs.wants, _THOUSAND)):
        days += thousand.earlier_days(*facts.window.ends)
    return days


def _screened(
    inputs: Inputs, history: OrderHistory, people: People | None, params: ScreenParams
) -> Iterator[Table]:
    talk = chat.talk_of(inputs, history, people, params.window, _staff(inputs, params))
    screening = _screening(history, talk, params)
    by_criterion = criteria.criteria(screening)
    yield by_criterion
    if inputs.wants("users"):
        yield criteria.users(screening).but(headline=by_criterion)
    if inputs.wants("near"):
        yield criteria.near(screening)
    if inputs.wants("koc") and talk is not None:
        yield koc.koc(screening, params)


def _staff(inputs: Inputs, params: ScreenParams) -> CommunityParams:
    """Who the settings say is staff, and who the options say is."""
    settled = inputs.settings.params(CommunityParams)
    return replace(settled, staff=(*settled.staff, *params.staff))


def _screening(history: OrderHistory, talk: Talk | None, params: ScreenParams) -> Screening:
    """Everyone with an order in the window, held to the criteria that the data allows."""
    low = begin(history.day, params.window)
    parts = [history.intervals(low, history.day), *([talk.values] if talk else [])]
    values = history.buyers(history.day, params.window)
    for part in parts:
        values = beside(values, part)
    kinds = {"user_id": Kind.ID, "last_order": Kind.DATE, "purchase_days": Kind.COUNT}
    kinds |= {one.name: one.kind for one in criteria.OF_ORDERS}
    known: tuple[Criterion, ...] = criteria.OF_ORDERS
    if talk:
        known += criteria.of_chat(params.influence)
        values = values.with_columns(matched=pl.col("messages").is_not_null())
        kinds |= criteria.CHAT | {one.name: one.kind for one in known} | {"matched": Kind.FLAG}
    return criteria.screening(
        values,
        kinds,
        criteria.chosen(known, params.criteria),
        params.share,
        history.window,
        history.currency,
        talk,
    )


def _channel(inputs: Inputs, people: People | None) -> Attribute | None:
    """Where users came from, if anything says so."""
    first_values = attributes.of_orders(inputs.orders.fields)
    return split("channel", people, inputs.orders.exports, first_values)


def _segments(inputs: Inputs, history: OrderHistory) -> pl.DataFrame:
    """`user_id, segment` of every customer, as `userops segment` would say by the settings.

    Raises:
        InputError: the file of cut points that they name can't be used.
    """
    scoring, places = inputs.settings.params(SegmentParams), history.currency.places
    cuts = inputs.settings.fixed_cuts(places)
    if scoring.cuts:
        frozen = frozen_cuts.read(scoring.cuts, inputs.rows_of)
        scoring = replace(scoring, bins=frozen.bins, method="fixed")
        cuts = frozen.in_units(places)
    users, *_ = rfm.segment(
        history.customers,
        history.window,
        scoring,
        rules=inputs.settings.rule_table(scoring.segments),
        cuts=cuts,
        currency=history.currency,
    )
    return users.frame.select("user_id", "segment")
