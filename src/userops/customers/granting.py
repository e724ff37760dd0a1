"""What rules grant: from payments and events to entries of points, or of growth values.

Entries: `user_id, time (Datetime), day (Int32), kind (earn or reverse), points (Int64, negative
where taken back), cut (what caps cut), order_id, rule, granted_day (Int32: of what's taken back, the
day on which it had been granted)`, by user, time, rule and order.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.core.conditions import columns_of, parsed
from userops.core.conditions.expressions import expression
from userops.customers.granting_entries import SCHEMA, capped, formed, worth
from userops.customers.granting_orders import is_of_lines, of_orders
from userops.customers.granting_rules import (
    EVENT_COLUMNS,
    ORDER,
    REGISTER,
    GrantingRule,
    counts,
    names_of,
    nth_that_counts,
)

BY = ("user_id", "time", "rule", "order_id", "kind", "points")


def events_of(rules: Sequence[GrantingRule]) -> list[str]:
    """The events that rules grant for, but orders, in small letters, once each."""
    names = (rule.event.strip().casefold() for rule in rules)
    return list(dict.fromkeys(name for name in names if name != ORDER))


def asks_for_lines(rules: Sequence[GrantingRule]) -> bool:
    """Whether a rule for orders is judged by their lines."""
    return any(rule.event.strip().casefold() == ORDER and is_of_lines(rule) for rule in rules)


def asks_for_orders(rules: Sequence[GrantingRule]) -> bool:
    """Whether a rule grants for orders."""
    return any(rule.event.strip().casefold() == ORDER for rule in rules)


def columns_asked_of(rule: GrantingRule) -> list[str]:
    """What a rule asks of orders or events that not every export has, once each."""
    asked = columns_of(parsed(rule.when)) if rule.when else []
    if rule.event.strip().casefold() != ORDER and not counts(rule):
        asked += [_over_of(rule)] * (rule.over is not None) + [_per_of(rule)] * (
            rule.per is not None
        )
    return [name for name in dict.fromkeys(asked) if name != "amount"]


def _over_of(rule: GrantingRule) -> str:
    return rule.of or ("value" if rule.per is not None else "seconds")


def _per_of(rule: GrantingRule) -> str:
    return rule.of if rule.of in ("seconds", "value") else "value"


def granted(
    rules: Sequence[GrantingRule],
    payments: pl.DataFrame | None,
    events: pl.DataFrame | None,
    places: int = 2,
    lines: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The entries that rules make of payments and events.

    Args:
        rules: in their order.
        payments: as `Orders.payments` gives them.
        events: `user_id, event_time, day, event` (in small letters), and what they have of `seconds`,
            `value`, `channel`, `page`, `item`, `group_id`.
        places: decimal places of the currency that `per` and `over` of amounts are in.
        lines: as `Orders.line_payments` gives them, where a rule asks for what lines have.

    Raises:
        InputError: a rule needs what lines of orders came to, and the exports don't tell it.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for rule, name in zip(rules, names_of(tuple(rules)), strict=True):
        is_order = rule.event.strip().casefold() == ORDER
        if is_order and payments is not None:
            entries = of_orders(rule, payments, lines, places)
        elif not is_order and events is not None:
            entries = _of_events(rule, events)
        else:
            continue
        frames.append(entries.with_columns(rule=pl.lit(name)).select(*SCHEMA).cast(SCHEMA))  # type: ignore[arg-type]
    return pl.concat(frames).sort(BY)


def _per_day(rule: GrantingRule, rows: pl.DataFrame) -> pl.DataFrame:
    """An entry a user and day; `measure` is what `per` and `over` speak of."""
    rows = rows.sort("user_id", "time")
    one = ["user_id", "day"]
    if counts(rule):
        nth = rows.filter(pl.int_range(pl.len()).over(one) + 1 == nth_that_counts(rule))
        days = nth.select(*one, "time", points=pl.lit(rule.points, pl.Int64))
    else:
        sums = rows.group_by(one, maintain_order=True).agg(
            pl.col("time").last(), measure=pl.col("measure").sum()
        )
        if rule.over is not None:
            sums = sums.filter(pl.col("measure") > rule.over)
        days = sums.with_columns(points=worth(rule, pl.col("measure"), 0))
    return formed([capped(days.sort("user_id", "time"), rule)])


def _of_events(rule: GrantingRule, events: pl.DataFrame) -> pl.DataFrame:
    name = rule.event.strip().casefold()
    missing = [column for column in EVENT_COLUMNS if column not in events.columns]
    rows = events.filter(pl.col("event") == name).with_columns(
        *[pl.lit(None, pl.Float64).alias(one) for one in missing if one in ("seconds", "value")],
        *[pl.lit(None, pl.String).alias(one) for one in missing if one not in ("seconds", "value")],
        order=pl.lit(None, pl.String),
        time=pl.col("event_time"),
    )
    if rule.when:
        rows = rows.filter(expression(rule.when, EVENT_COLUMNS))
    by_count = counts(rule)
    if rule.over is not None and not by_count and not (rule.each == "day" and rule.per):
        rows = rows.filter(pl.col(_over_of(rule)) > rule.over)
    rows = rows.with_columns(measure=pl.col(_per_of(rule)).fill_null(0))
    if rule.each == "day":
        if by_count or rule.per is not None:
            return _per_day(rule, rows)
        first = rows.sort("user_id", "time").unique(
            ["user_id", "day"], keep="first", maintain_order=True
        )
        rows = first
    if name == REGISTER:  # whoever registers twice was there before
        rows = rows.sort("user_id", "time").unique("user_id", keep="first", maintain_order=True)
    entries = rows.with_columns(points=worth(rule, pl.col("measure"), 0))
    return formed([capped(entries.sort("user_id", "time", "points"), rule)])
