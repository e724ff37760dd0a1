"""What rules grant for orders, and what refunds take back: an entry at its own time, no changed past."""

from __future__ import annotations

import polars as pl

from userops.core.conditions import columns_of, parsed
from userops.core.conditions.expressions import expression
from userops.core.errors import InputError
from userops.core.messages import counted
from userops.customers.granting_entries import capped, formed, units, worth
from userops.customers.granting_rules import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    GrantingRule,
    counts,
    nth_that_counts,
)


def is_of_lines(rule: GrantingRule) -> bool:
    """Whether a rule is judged by an order's lines."""
    return rule.when is not None and not {*columns_of(parsed(rule.when))}.isdisjoint(LINE_COLUMNS)


def of_orders(
    rule: GrantingRule,
    payments: pl.DataFrame,
    lines: pl.DataFrame | None,
    places: int,
) -> pl.DataFrame:
    """The entries of a rule for orders.

    Args:
        rule: a rule for orders.
        payments: as `Orders.payments` gives them.
        lines: as `Orders.line_payments` gives them, where the rule is judged by lines.
        places: decimal places of the currency.

    Raises:
        InputError: the rule needs what lines came to, and the exports don't tell it.
    """
    if lines is not None and is_of_lines(rule):
        payments = _matching(rule, payments, lines, places)
    orders = payments.filter(pl.col("amount") >= 0)
    refunds = payments.filter(pl.col("amount") < 0)
    if rule.when and not is_of_lines(rule):
        orders = orders.filter(expression(rule.when, ORDER_COLUMNS, places))
    make = _per_day if rule.each == "day" else _per_order
    return formed([*make(rule, orders, refunds, places), _loose(rule, orders, refunds, places)])


def _matching(
    rule: GrantingRule, payments: pl.DataFrame, lines: pl.DataFrame, places: int
) -> pl.DataFrame:
    """Payments and refunds of the lines that fulfil a rule's condition, a row an order and time."""
    bought = lines.filter(pl.col("amount") >= 0)
    found = bought.filter(expression(rule.when or "", ORDER_COLUMNS, places))
    repeating = found.filter("repeats").select("order").unique()
    needs_money = rule.per is not None or "amount" in columns_of(parsed(rule.when or ""))
    if needs_money or (rule.over is not None and not counts(rule)):
        others = bought.join(found.select("item"), on="item", how="anti")
        mixed = repeating.join(others, on="order", how="semi")
        if len(mixed):
            raise InputError(
                f"{counted(len(mixed), 'order has', 'orders have')} lines that {rule.when} holds for and "
                "others, and repeats its total on each: what its lines came to isn't known",
                mend="export each line's own amount (--totals lines, if that's what they are), "
                "or grant points an order, without per and over",
            )
    whole = payments.join(repeating, on="order", how="semi")
    mine = lines.join(found.filter(~pl.col("repeats")).select("item"), on="item", how="semi")
    who, come_to = pl.col("user_id", "order_id").first(), pl.col("amount").sum()
    paid, back = mine.filter(pl.col("amount") >= 0), mine.filter(pl.col("amount") < 0)
    every = [
        whole,
        paid.group_by("order").agg(who, pl.col("time", "day").min(), come_to),
        back.group_by("order", "time", "day").agg(who, come_to),
    ]
    columns = ("user_id", "order_id", "order", "time", "day", "amount")
    made = pl.concat([one.select(columns) for one in every])
    return made.sort("user_id", "time", "order", "amount")


def _per_order(
    rule: GrantingRule, orders: pl.DataFrame, refunds: pl.DataFrame, places: int
) -> list[pl.DataFrame]:
    """An entry an order, and one for each refund that leaves it with too many."""
    over = units(rule.over, places)
    amount = pl.col("amount")
    bought = orders if over is None else orders.filter(amount > over)
    earned = capped(
        bought.with_columns(points=worth(rule, amount, places)).sort(
            "user_id", "time", "order", "amount"
        ),
        rule,
    )
    taken = (
        refunds.join(
            earned.select("order", gross="amount", granted="points", granted_day="day"), on="order"
        )
        .sort("user_id", "order", "time", "amount")
        .with_columns(left=(pl.col("gross") + amount.cum_sum().over("order")).clip(0))
    )
    due = worth(rule, pl.col("left"), places)
    if rule.per is None:  # a gift for the order, not for its money
        due = pl.when(pl.col("left") > 0).then(due).otherwise(0)
    if over is not None:
        due = pl.when(pl.col("left") > over).then(due).otherwise(0)
    return [earned, _taken(taken.with_columns(due=due), ["order"])]


def _taken(steps: pl.DataFrame, of: list[str]) -> pl.DataFrame:
    """What each step takes back of what was `granted`, where so much is `due` after it."""
    kept = steps.with_columns(kept=pl.min_horizontal("due", "granted"))
    before = pl.col("kept").shift(1).over(of).fill_null(pl.col("granted"))
    return kept.with_columns(points=pl.col("kept") - before)


def _per_day(
    rule: GrantingRule, orders: pl.DataFrame, refunds: pl.DataFrame, places: int
) -> list[pl.DataFrame]:
    """An entry a user and day, as the day ended, and one for each later refund that leaves too many."""
    back = refunds.join(orders.select("order", granted_day="day"), on="order")
    at_once = pl.col("day") <= pl.col("granted_day")
    early = back.filter(at_once).group_by("order").agg(back=pl.col("amount").sum())
    stood = (
        orders.join(early, on="order", how="left")
        .with_columns(left=pl.col("amount") + pl.col("back").fill_null(0))
        .filter((pl.col("left") > 0) | (pl.col("amount") == 0))
        .sort("user_id", "time", "order")
    )
    one = ["user_id", "day"]
    # With the order that makes it so many; of money, with the day's last.
    at = pl.col("time").get(nth_that_counts(rule) - 1, null_on_oob=True)
    days = stood.group_by(one, maintain_order=True).agg(
        time=at if counts(rule) else pl.col("time").last(),
        bought=pl.len().cast(pl.Int64),
        money=pl.col("left").sum(),
    )
    days = days.with_columns(points=_due(rule, places)).sort("user_id", "time")
    granted = capped(days, rule)
    later = (
        back.filter(~at_once)
        .join(stood.select("order", "left"), on="order")
        .sort("order", "time", "amount")
        .with_columns(after=(pl.col("left") + pl.col("amount").cum_sum().over("order")).clip(0))
        .with_columns(before=pl.col("after").shift(1).over("order").fill_null(pl.col("left")))
        .with_columns(
            money=pl.col("after") - pl.col("before"),
            bought=-((pl.col("after") == 0) & (pl.col("before") > 0)).cast(pl.Int64),
        )
        .sort("user_id", "granted_day", "time", "order", "amount")
    )
    begun = granted.select("user_id", "bought", "money", granted_day="day", granted="points")
    of = ["user_id", "granted_day"]
    steps = later.join(begun, on=of, suffix="_begun", maintain_order="left").with_columns(
        pl.col(name).cum_sum().over(of) + pl.col(f"{name}_begun") for name in ("bought", "money")
    )
    steps = steps.with_columns(due=_due(rule, places)).with_columns(
        order_id=pl.lit(None, pl.String)
    )
    return [granted, _taken(steps, of)]


def _due(rule: GrantingRule, places: int) -> pl.Expr:
    """What a day is worth of which orders `bought` stand that came to `money`."""
    if counts(rule):
        enough = pl.col("bought") >= nth_that_counts(rule)
    else:
        over = units(rule.over, places)
        enough = pl.col("bought") > 0
        enough = enough if over is None else enough & (pl.col("money") > over)
    return pl.when(enough).then(worth(rule, pl.col("money"), places)).otherwise(0)


def _loose(
    rule: GrantingRule, orders: pl.DataFrame, refunds: pl.DataFrame, places: int
) -> pl.DataFrame:
    """What refunds take back whose order isn't known: what their money had earned."""
    loose = refunds.filter(pl.col("order_id").is_null())
    if rule.per is None or rule.when:
        loose = loose.clear()
    known = loose.join(orders.select("order"), on="order", how="anti")
    return known.with_columns(points=-worth(rule, -pl.col("amount"), places))
