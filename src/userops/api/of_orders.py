"""Analyses of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from userops import lifecycle as living
from userops import rfm
from userops.analyses.cohorts import tables as following
from userops.analyses.lifecycle import flow as flows
from userops.analyses.repurchase import purchase_intervals, replenishment
from userops.analyses.repurchase import tables as buying
from userops.api.opened import OpenOrders
from userops.api.taking import Rows, attribute, day_of, orders_of, registered
from userops.core.dates import FIRST_DAY, to_day
from userops.core.errors import UsageError
from userops.core.params import (
    CohortMeasure,
    CohortParams,
    Grain,
    LifecycleParams,
    ReplenishmentParams,
    RepurchaseParams,
    RfmParams,
)
from userops.core.periods import Period
from userops.core.table import Result
from userops.customers import stages
from userops.ledger import customers as ledger
from userops.ledger import timeline
from userops.ledger.spend_by_period import Spending
from userops.ledger.timeline import Timeline
from userops.readers.options import Reading
from userops.readers.orders import Facts
from userops.settings import Settings, params


def segment(
    orders: Rows | OpenOrders,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    segments: str | None = None,
    cuts: rfm.Cuts | None = None,
    bins: int | None = None,
    new_days: int | None = None,
) -> Result:
    """RFM scores, segments and tiers; see `userops.rfm` for what they mean.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order; or open ones.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        segments: `grid`, `intervals` or `rfm8`.
        cuts: fixed cut points, in days, orders and minor units; by default quantiles.
        bins: scores run from 1 to this.
        new_days: days since the first order that make a user new.

    Returns:
        The tables `users`, `summary`, `tiers` and `cuts`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(
        RfmParams(),
        segments=segments,
        bins=bins,
        new_days=new_days,
        method="fixed" if cuts else None,
    )
    rules = Settings().rule_table(told.segments)
    with orders_of(orders, columns, reading) as intake:
        (customers,), facts = intake.reduce([ledger.customers], day_of(as_of))
    tables = rfm.segment(
        customers, facts.window, told, rules=rules, cuts=cuts, currency=facts.currency
    )
    return Result("segment", tables, facts.tally)


def lifecycle(
    orders: Rows | OpenOrders,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    since: date | None = None,
    users: pl.DataFrame | None = None,
    growth_orders: int | None = None,
    maturity_orders: int | None = None,
    slump_days: int | None = None,
    churn_days: int | None = None,
    adaptive: bool | None = None,
    period: Period | None = None,
    week_start: str = "monday",
) -> Result:
    """Who is in which stage, and who moved; see `userops.lifecycle` for what the tables mean.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order; or open ones.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        since: the earlier day of transitions; by default 7 days before as_of.
        users: `user_id` and `registered_time` (a date or time): adds who never bought.
        growth_orders: orders from which a user grows.
        maturity_orders: orders from which a user is mature.
        slump_days: days without an order until the slump.
        churn_days: days without an order until a user is gone.
        adaptive: learn the two limits from the gaps between orders.
        period: `week` or `month`, of flow.
        week_start: the day on which weeks start.

    Returns:
        The tables `users`, `summary`, `transitions` and `flow`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(
        LifecycleParams(),
        growth_orders=growth_orders,
        maturity_orders=maturity_orders,
        slump_days=slump_days,
        churn_days=churn_days,
        adaptive=adaptive,
        period=period,
    )
    known = registered(users) if users is not None else None
    with orders_of(orders, columns, reading) as intake:

        def lined(day: int | None) -> tuple[pl.DataFrame, timeline.Timeline, Facts]:
            found = intake.timeline(ledger.customers, timeline.marks, as_of=day)
            return found[0], found[1], found[-1]

        customers, line, facts = lined(day_of(as_of))
        last = day_of(facts.window.as_of) or 0
        before = to_day(since) if since else max(last - living.DEFAULT_SINCE, FIRST_DAY)
        if since and facts.window.as_of and before >= last:
            raise UsageError(f"since {since} isn't before the last day", mend="an earlier day")
        then, earlier = customers, line
        if not facts.settled:  # a refund since then wasn't known
            then, earlier, _ = lined(before)
    now = stages.state(customers, line, last, told, known)
    past = stages.state(then, earlier, before, told, known)
    window, money = facts.window, facts.currency
    summary = living.summary(now, customers, window, currency=money)
    tables = (
        living.users(now, window, currency=money).but(headline=summary),
        summary,
        living.transitions(now, past, customers, window, since=before, currency=money),
        flows.flow(line, window, told.period, week_start),
    )
    return Result("lifecycle", tables, facts.tally)


def cohorts(
    orders: Rows | OpenOrders,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    by: str | None = None,
    users: pl.DataFrame | None = None,
    period: Period | None = None,
    measure: CohortMeasure | None = None,
    returning: str | None = None,
    max_age: int | None = None,
    week_start: str = "monday",
) -> Result:
    """Who comes back, by when they came; see `userops.cohorts` for what the tables mean.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order; or open ones.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        by: split by the first order's `channel` (`category`, `product`), or a column of users.
        users: `user_id` and the column `by`.
        period: `day`, `week` or `month`, of cohorts and ages.
        measure: `retention`, `users`, `orders`, `revenue` or `cumulative_revenue_per_user`.
        returning: whether who comes `in` a period counts, or `on-or-after` it.
        max_age: the highest age.
        week_start: the day on which weeks start.

    Returns:
        The tables `matrix` and `long`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds, or nothing is known of `by`.
    """
    told = params(
        CohortParams(), period=period, measure=measure, returning=returning, max_age=max_age
    )
    day = day_of(as_of)
    with orders_of(orders, columns, reading) as intake:
        split = attribute(intake, users, by) if by else None
        more = split.steps if split else []
        line: Timeline | Spending
        if told.measure in following.PEOPLE:
            customers, line, first, facts = intake.timeline(ledger.spans, timeline.marks, more, day)
        else:
            kind = Period(told.period)
            customers, line, first, facts = intake.spending(kind, more, day, week_start=week_start)
    tables = following.cohorts(
        following.members(customers, split.of(first) if split else None), customers, line, facts.window, told,
        currency=facts.currency, week_start=week_start,
    )  # fmt: skip
    return Result("cohorts", tables, facts.tally)


def repurchase(
    orders: Rows | OpenOrders,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    grain: Grain | None = None,
    windows: Sequence[int] | None = None,
    within: int | None = None,
) -> Result:
    """Who buys again, how long things last; see `userops.repurchase` and `userops.replenishment`.

    Args:
        orders: `user_id, order_time, amount`, and `category, quantity` where they're known; or open ones.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        grain: what a purchase is, a `day` or an `order`.
        windows: days after the first purchase.
        within: days after as_of by which a purchase is due.

    Returns:
        The tables `windows`, `orders`, `categories` and `due`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(RepurchaseParams(), grain=grain, windows=windows)
    stock = params(ReplenishmentParams(), within=within)
    day = day_of(as_of)
    with orders_of(orders, columns, reading) as intake:
        lines = purchase_intervals.steps(intake.fields)
        buyers, line, bought, facts = intake.timeline(
            ledger.spans, timeline.marks, as_of=day, lines=lines
        )
        purchases = (
            purchase_intervals.gather(
                buyers, bought[0], lambda: intake.reduce([], day, [purchase_intervals.named])[0][0]
            )
            if lines
            else purchase_intervals.of_timeline(line)
        )
    found = purchase_intervals.rhythms(
        purchases, buyers["user_id"], told.grain, per_unit=stock.per_unit
    )
    tables = (
        buying.windows(line, facts.window, told),
        buying.orders(line, facts.window, told),
        replenishment.categories(found, facts.window, buying.SAID[told.grain]),
        replenishment.due(found, facts.window, stock),
    )
    return Result("repurchase", tables, facts.tally)
