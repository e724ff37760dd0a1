"""What rules grant: from payments and events to entries of points, or of growth values.

Entries: `user_id, time (Datetime), day (Int32), kind (earn or reverse), points (Int64, negative
where taken back), cut (what caps cut), order_id, rule`, by user, time, rule and order.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from userops.core.conditions.expressions import expression
from userops.core.errors import UsageError
from userops.core.table import Kind
from userops.customers.granting_rules import ORDER, REGISTER, GrantingRule, names_of

SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "user_id": pl.String,
    "time": pl.Datetime("us"),
    "day": pl.Int32,
    "kind": pl.String,
    "points": pl.Int64,
    "cut": pl.Int64,
    "order_id": pl.String,
    "rule": pl.String,
}
BY = ("user_id", "time", "rule", "order_id", "kind", "points")
_ORDER_COLUMNS = (
    dict.fromkeys(("amount",), Kind.MONEY)
    | dict.fromkeys(("channel", "category", "product"), Kind.TEXT)
    | dict.fromkeys(("quantity",), Kind.NUMBER)
)
_EVENT_COLUMNS = dict.fromkeys(("seconds", "value"), Kind.NUMBER) | dict.fromkeys(
    ("channel", "page", "item", "group_id"), Kind.TEXT
)


def events_of(rules: Sequence[GrantingRule]) -> list[str]:
    """The events that rules grant for, but orders, in small letters, once each."""
    names = (rule.event.strip().casefold() for rule in rules)
    return list(dict.fromkeys(name for name in names if name != ORDER))


def asks_for_orders(rules: Sequence[GrantingRule]) -> bool:
    """Whether a rule grants for orders."""
    return any(rule.event.strip().casefold() == ORDER for rule in rules)


def granted(
    rules: Sequence[GrantingRule],
    payments: pl.DataFrame | None,
    events: pl.DataFrame | None,
    places: int = 2,
) -> pl.DataFrame:
    """The entries that rules make of payments and events.

    Args:
        rules: in their order.
        payments: as `Orders.payments` gives them.
        events: `user_id, event_time, day, event` (in small letters), and what they have of `seconds`,
            `value`, `channel`, `page`, `item`, `group_id`.
        places: decimal places of the currency that `per` and `over` of amounts are in.

    Raises:
        UsageError: a rule doesn't hold together.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for rule, name in zip(rules, names_of(tuple(rules)), strict=True):
        check(rule, name)
        is_order = rule.event.strip().casefold() == ORDER
        if is_order and payments is not None:
            entries = _of_orders(rule, payments, places)
        elif not is_order and events is not None:
            entries = _of_events(rule, events)
        else:
            continue
        frames.append(entries.with_columns(rule=pl.lit(name)).select(*SCHEMA).cast(SCHEMA))  # type: ignore[arg-type]
    return pl.concat(frames).sort(BY)


def check(rule: GrantingRule, name: str) -> None:
    """See that a rule holds together.

    Raises:
        UsageError: it doesn't.
    """
    is_order = rule.event.strip().casefold() == ORDER
    problem, mend = "", ""
    if rule.each == "order" and not is_order:
        problem, mend = 'each = "order" is for event = "order"', 'write each = "event" or "day"'
    elif rule.of == "count" and rule.each != "day":
        problem, mend = 'of = "count" counts what a day holds', 'write each = "day"'
    elif rule.of == "count" and rule.per is not None:
        problem, mend = "per is of money or a value, not of a count", "leave per out"
    elif is_order and rule.of in ("seconds", "value"):
        problem, mend = f"orders have no {rule.of}", 'write of = "amount" or "count"'
    elif not is_order and rule.of == "amount":
        problem, mend = "events have no amount", 'write of = "value"'
    if problem:
        raise UsageError(f"rule {name}: {problem}", mend=mend)
    if rule.when:
        expression(rule.when, _ORDER_COLUMNS if is_order else _EVENT_COLUMNS)


def _counts(rule: GrantingRule) -> bool:
    """Whether a rule counts what a day holds."""
    by_default = rule.each == "day" and rule.per is None and rule.event.casefold() == ORDER
    return rule.of == "count" or (rule.of is None and by_default)


def _of_orders(rule: GrantingRule, payments: pl.DataFrame, places: int) -> pl.DataFrame:
    orders = payments.filter(pl.col("amount") >= 0)
    refunds = payments.filter(pl.col("amount") < 0)
    if rule.when:
        orders = orders.filter(expression(rule.when, _ORDER_COLUMNS, places))
    if rule.each != "day":
        return _per_order(rule, orders, refunds, places)
    back = refunds.group_by("order").agg(back=pl.col("amount").sum())
    net = orders.join(back, on="order", how="left").with_columns(
        measure=pl.col("amount") + pl.col("back").fill_null(0)
    )
    valid = net.filter((pl.col("measure") > 0) | (pl.col("amount") == 0))
    return _per_day(rule, valid.select("user_id", "time", "day", "measure", "order"), places)


def _per_order(
    rule: GrantingRule, orders: pl.DataFrame, refunds: pl.DataFrame, places: int
) -> pl.DataFrame:
    """An entry an order, and one for each refund that leaves it with too many."""
    over = _units(rule.over, places)
    amount = pl.col("amount")
    bought = orders if over is None else orders.filter(amount > over)
    earned = _capped(
        bought.with_columns(points=_worth(rule, amount, places)).sort(
            "user_id", "time", "order", "amount"
        ),
        rule,
    )
    taken = (
        refunds.join(
            earned.select("order", gross="amount", granted="points"), on="order", how="inner"
        )
        .sort("user_id", "order", "time", "amount")
        .with_columns(left=(pl.col("gross") + amount.cum_sum().over("order")).clip(0))
    )
    due = _worth(rule, pl.col("left"), places)
    if rule.per is None:  # a gift for the order, not for its money
        due = pl.when(pl.col("left") > 0).then(due).otherwise(0)
    if over is not None:
        due = pl.when(pl.col("left") > over).then(due).otherwise(0)
    kept = pl.min_horizontal(due, "granted")
    taken = taken.with_columns(kept=kept).with_columns(
        points=pl.col("kept") - pl.col("kept").shift(1).over("order").fill_null(pl.col("granted"))
    )
    return _entries([earned, _loose(rule, orders, refunds, places), taken])


def _loose(
    rule: GrantingRule, orders: pl.DataFrame, refunds: pl.DataFrame, places: int
) -> pl.DataFrame:
    """What refunds take back whose order isn't known: what their money had earned."""
    loose = refunds.filter(pl.col("order_id").is_null())
    if rule.per is None or rule.when:
        loose = loose.clear()
    known = loose.join(orders.select("order"), on="order", how="anti")
    return known.with_columns(points=-_worth(rule, -pl.col("amount"), places))


def _per_day(rule: GrantingRule, rows: pl.DataFrame, places: int) -> pl.DataFrame:
    """An entry a user and day; `measure` is what `per` and `over` speak of."""
    scale = 0 if rule.event.strip().casefold() != ORDER else places
    rows = rows.sort("user_id", "time", "order", nulls_last=True)
    one = ["user_id", "day"]
    if _counts(rule):
        at = int(Fraction(str(rule.over)) // 1) + 1 if rule.over is not None else 1
        nth = rows.filter(pl.int_range(pl.len()).over(one) + 1 == max(at, 1))
        days = nth.select(*one, "time", points=pl.lit(rule.points, pl.Int64))
    else:
        sums = rows.group_by(one, maintain_order=True).agg(
            pl.col("time").last(), measure=pl.col("measure").sum()
        )
        over = _units(rule.over, scale)
        if over is not None:
            sums = sums.filter(pl.col("measure") > over)
        days = sums.with_columns(points=_worth(rule, pl.col("measure"), scale))
    return _entries([_capped(days.sort("user_id", "time"), rule)])


def _of_events(rule: GrantingRule, events: pl.DataFrame) -> pl.DataFrame:
    name = rule.event.strip().casefold()
    missing = [column for column in _EVENT_COLUMNS if column not in events.columns]
    rows = events.filter(pl.col("event") == name).with_columns(
        *[pl.lit(None, pl.Float64).alias(one) for one in missing if one in ("seconds", "value")],
        *[pl.lit(None, pl.String).alias(one) for one in missing if one not in ("seconds", "value")],
        order=pl.lit(None, pl.String),
        time=pl.col("event_time"),
    )
    if rule.when:
        rows = rows.filter(expression(rule.when, _EVENT_COLUMNS))
    by_count = _counts(rule)
    over_of = rule.of or "seconds"
    if rule.over is not None and not by_count and not (rule.each == "day" and rule.per):
        rows = rows.filter(pl.col(over_of) > rule.over)
    measure = rule.of if rule.of in ("seconds", "value") else "value"
    rows = rows.with_columns(measure=pl.col(measure).fill_null(0))
    if rule.each == "day":
        if by_count or rule.per is not None:
            return _per_day(rule, rows, 0)
        first = rows.sort("user_id", "time").unique(
            ["user_id", "day"], keep="first", maintain_order=True
        )
        rows = first
    if name == REGISTER:  # whoever registers twice was there before
        rows = rows.sort("user_id", "time").unique("user_id", keep="first", maintain_order=True)
    entries = rows.with_columns(points=_worth(rule, pl.col("measure"), 0))
    return _entries([_capped(entries.sort("user_id", "time", "points"), rule)])


def _worth(rule: GrantingRule, measure: pl.Expr, places: int) -> pl.Expr:
    """Points for a measure, in minor units of so many places: floored where they're for money."""
    if rule.per is None:
        return pl.lit(rule.points, pl.Int64)
    each = Fraction(str(rule.per)) * 10**places
    # points x measure / per, in whole numbers.
    top, bottom = rule.points * each.denominator, each.numerator
    if places:
        whole: pl.Expr = (measure.cast(pl.Int64) * top).floordiv(bottom)
        return whole
    floored: pl.Expr = (measure * top / bottom + _HAIR).floor().cast(pl.Int64)
    return floored


_HAIR = 1e-9  # values of events are floats: 0.1 x 30 is 3


def _units(value: float | None, places: int) -> float | int | None:
    """A number of the settings in minor units."""
    if value is None:
        return None
    exact = Fraction(str(value)) * 10**places
    return int(exact) if exact.denominator == 1 else float(exact)


def _capped(entries: pl.DataFrame, rule: GrantingRule) -> pl.DataFrame:
    """Entries in the order of time, cut at the most of a day and of a user; `cut` is by how much."""
    entries = entries.with_columns(points=pl.col("points").clip(0), full=pl.col("points").clip(0))
    for cap, over in ((rule.cap_day, ["user_id", "day"]), (rule.cap_user, ["user_id"])):
        if cap is not None:
            so_far = pl.col("points").cum_sum().over(over)
            before = so_far - pl.col("points")
            entries = entries.with_columns(points=so_far.clip(0, cap) - before.clip(0, cap))
    return entries.with_columns(cut=pl.col("full") - pl.col("points"))


def _entries(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Entries of several kinds, without those of nothing."""
    made = []
    for frame in frames:
        wanted = {
            "cut": pl.lit(0, pl.Int64),
            "order_id": pl.lit(None, pl.String),
        }
        lacking = [value.alias(name) for name, value in wanted.items() if name not in frame.columns]
        made.append(
            frame.with_columns(*lacking).select(
                "user_id",
                "time",
                "day",
                pl.col("points").cast(pl.Int64),
                pl.col("cut").cast(pl.Int64),
                "order_id",
                kind=pl.when(pl.col("points") < 0)
                .then(pl.lit("reverse"))
                .otherwise(pl.lit("earn")),
            )
        )
    return pl.concat(made).filter((pl.col("points") != 0) | (pl.col("cut") > 0))
