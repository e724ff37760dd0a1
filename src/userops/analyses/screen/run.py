"""How the tables of `userops screen` are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from userops import rfm
from userops.analyses.analysis import Inputs
from userops.analyses.screen import criteria, pool, sample, thousand
from userops.analyses.screen.history import OrderHistory, begin, history_of
from userops.analyses.screen.params import ScreenParams
from userops.core.dates import FIRST_DAY, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.table import Kind, Table
from userops.customers.params import RfmParams
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.ledger.customers import CUSTOMERS
from userops.readers.attributes import split

_SINCE = 7  # days before as_of that the pool's movements begin
_SCREENED = ("users", "near", "criteria")
_POOL = ("pool", "pool_days")
_THOUSAND = ("thousand", "thousand_users")


def run(inputs: Inputs, params: ScreenParams) -> Iterator[Table]:
    """Who is worth most, the core pool and its moves, and whom to ask."""
    since = inputs.day("since", params.since)
    channel = _channel(inputs) if inputs.wants("sample") else None
    customers, line, frames, facts = inputs.timeline(
        CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS, *(channel.reductions if channel else [])
    )
    since = _since(params.since, since, facts)
    history = history_of(inputs, customers, line, facts, _earlier_days(inputs, facts, since))
    if any(map(inputs.wants, _SCREENED)):
        yield from _screened(inputs, history, params)
    if inputs.wants("pareto"):
        yield pool.pareto(history, params.window, params.share)
    if any(map(inputs.wants, _POOL)):
        tables = pool.pool_tables(history, params.window, params.share, since)
        yield from (table for table in tables if inputs.wants(table.name))
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


def _screened(inputs: Inputs, history: OrderHistory, params: ScreenParams) -> Iterator[Table]:
    low = begin(history.day, params.window)
    values = (
        history.buyers(history.day, params.window)
        .join(history.intervals(low, history.day), on="user_id", how="left", maintain_order="left")
        .join(
            history.customers.select("user_id", last_order=pl.col("last_day").cast(pl.Date)),
            on="user_id",
            how="left",
            maintain_order="left",
        )
    )
    known = criteria.OF_ORDERS
    kinds = {"user_id": Kind.ID, "last_order": Kind.DATE, "purchase_days": Kind.COUNT}
    kinds |= {one.name: one.kind for one in known}
    screening = criteria.screening(
        values,
        kinds,
        criteria.chosen(known, params.criteria),
        params.share,
        history.window,
        history.currency,
    )
    by_criterion = criteria.criteria(screening)
    if inputs.wants("users"):
        yield criteria.users(screening).but(headline=by_criterion)
    if inputs.wants("near"):
        yield criteria.near(screening)
    if inputs.wants("criteria"):
        yield by_criterion


def _channel(inputs: Inputs) -> Attribute | None:
    """Where users came from, if anything says so."""
    people = inputs.people("channel")
    first_values = attributes.of_orders(inputs.orders.fields)
    return split("channel", people, inputs.orders.exports, first_values)


def _segments(inputs: Inputs, history: OrderHistory) -> pl.DataFrame:
    """`user_id, segment` of every customer, as `userops segment` would say by the settings."""
    scoring = inputs.settings.params(RfmParams)
    users, *_ = rfm.segment(
        history.customers,
        history.window,
        scoring,
        rules=inputs.settings.rule_table(scoring.segments),
        cuts=inputs.settings.fixed_cuts(history.currency.places),
        currency=history.currency,
    )
    return users.frame.select("user_id", "segment")
