"""Lifecycle: which stage of their life with the shop each user is in.

stage : registered, introduction, growth, maturity, slump, churned
    By the last valid order: `churned` more than churn_days (60) before as_of, `slump` more
    than slump_days (30); else by the number of valid orders: `introduction` fewer than
    growth_orders (2), `growth` fewer than maturity_orders (5), `maturity` from there on.
    `registered` is in the users export and has no valid order.
reactivated : yes or no
    The gap before the last purchase day was longer than the churn limit of that time.
recency_days : days
    as_of - date of the last valid order.
orders : orders
    Valid orders up to as_of.
revenue : money
    Sum of net amounts up to as_of; in `transitions` that of the users in the row.
slump_after_days, churned_after_days : days
    The limits that a stage's users are held to; with `--adaptive` the median of their own. These
    come from each user's rhythm: the days that the next purchase day is expected after, by the
    user's waits so far (their logs' mean, drawn to that of users with as many waits: none, 1, 2-3,
    4-7, more). The slump limit is so many times the expected as the 80th percentile (type 7) of the
    waits that ended at such users. The churn limit is their 90th, or longer: until of those beyond
    it at most a fifth are expected back as long after (as far as the export reaches) and in
    churn_days (60) after, by hazards that count open waits as open and several orders a day as one
    purchase; and until that held for those called churned churn_days ago. With fewer than min_gaps
    (30) waits that ended, the fixed limits hold.
slump_low_days, slump_high_days, churned_low_days, churned_high_days : days
    With `--adaptive`, the 10th and 90th percentile of the limits of a stage's users.
from_stage : stage, or new
    The stage at the earlier day; `new` for who wasn't known then.
to_stage : stage, or no order
    The stage at as_of; `no order` for whose orders were all refunded since.
share : proportion
    Users of the row / users of its from_stage.
low, high : proportion
    The share's 95 % interval (Wilson 1927).
active : users
    Users with an order in the period: new + current + resurrected.
new : users
    Active users whose first order is in the period: new to the export, which doesn't know who
    ordered before it begins.
current : users
    Active users who were active in the period before, too.
resurrected : users
    Active users who ordered before, but not in the period before.
dormant : users
    Active in the period before and not in this one: current + dormant is what was active.
complete : yes or no
    Whether as_of is the period's last day or later. A first period that the orders begin
    within is noted.

Tables: `users` (a row a user, by user_id), `summary` (a row a stage), `transitions` (a row a
pair of stages, from an earlier day to as_of), `flow` (a row a week or month).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from userops.core.dates import Window, to_date, to_day
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.customers.stages import (
    INTRODUCTION,
    REGISTERED,
    STAGES,
    Limits,
    State,
)
from userops.engines.by_user import beside
from userops.stats.intervals import wilson_high, wilson_low

NEW, NO_ORDER = "new", "no order"
DEFAULT_SINCE = 7  # days before as_of that transitions begin

USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "stage": Kind.WORD,
    "reactivated": Kind.FLAG,
    "orders": Kind.COUNT,
    "first_order": Kind.DATE,
    "last_order": Kind.DATE,
    "recency_days": Kind.DAYS,
    "action": Kind.SENTENCE,
}
SUMMARY: dict[str, Kind] = {
    "stage": Kind.WORD,
    "users": Kind.COUNT,
    "users_share": Kind.RATE,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "slump_after_days": Kind.DAYS,
    "churned_after_days": Kind.DAYS,
    "action": Kind.SENTENCE,
}
TRANSITIONS: dict[str, Kind] = {
    "from_stage": Kind.WORD,
    "to_stage": Kind.WORD,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "revenue": Kind.MONEY,
}
# With limits of their own.
_RANGES = ("slump_low_days", "slump_high_days", "churned_low_days", "churned_high_days")
_NAMES = pl.Series([stage.name for stage in STAGES], dtype=pl.String)


def users(
    state_now: State,
    window: Window,
    *,
    currency: Currency | None = None,
    playbook: Mapping[str, str] | None = None,
) -> Table:
    """The table `users`, which takes no amounts."""
    as_of = to_day(window.as_of) if window.as_of else 0
    actions = pl.Series(_actions(playbook), dtype=pl.String)
    frame = _known_users(state_now).select(
        "user_id",
        pl.lit(_NAMES).gather(pl.col("stage")).alias("stage"),
        "reactivated",
        "orders",
        first_order=pl.col("first_day").cast(pl.Date),
        last_order=pl.col("last_day").cast(pl.Date),
        recency_days=as_of - pl.col("last_day"),
        action=pl.lit(actions).gather(pl.col("stage")),
    )
    return Table(
        "users",
        frame,
        USERS,
        window,
        currency or Currency(),
        keeps=(
            "stage",
            "action",
        ),
    )


def summary(
    state_now: State,
    customers: pl.DataFrame,
    window: Window,
    *,
    currency: Currency | None = None,
    playbook: Mapping[str, str] | None = None,
) -> Table:
    """The table `summary`; `customers` as `CUSTOMERS` gives them."""
    known_users = _with_revenue(_known_users(state_now), customers)
    kinds = SUMMARY
    if state_now.limits.own:
        kinds = {**SUMMARY, **dict.fromkeys(_RANGES, Kind.DAYS)}
        kinds["action"] = kinds.pop("action")  # last
    return Table(
        "summary",
        _summary(known_users, state_now.limits, _actions(playbook)).select(*kinds),
        kinds,
        window,
        currency or Currency(),
        (*state_now.limits.notes, *_rhythm_notes(state_now.limits, customers)),
        bars=("users_share", "revenue_share"),
        keeps=(
            "action",
            "users",
            "users_share",
            "revenue_share",
        ),
    )


# The fixed limit suits repeat buyers whose mean gap is a third of it, and is far off at half that,
# or twice.
_SUITS, _FAR = 3, 2


def _rhythm_notes(limits: Limits, customers: pl.DataFrame) -> tuple[Note, ...]:
    """What to say where people buy far more often, or more rarely, than fixed limits suppose."""
    if limits.own or not {"first_day", "last_day", "orders"} <= {*customers.columns}:
        return ()
    repeated = customers.filter(pl.col("last_day") > pl.col("first_day"))
    if len(repeated) < _REPEATED:
        return ()
    gap = (pl.col("last_day") - pl.col("first_day")) / (pl.col("orders") - 1)
    usual: float = repeated.select(gap.median()).item()
    if usual * _SUITS * _FAR > limits.churn > usual * _SUITS / _FAR:
        return ()
    return (
        Note(
            "half of the repeat buyers order every {usual:.3g} days or more often, so limits of "
            "{slump:g} and {churn:g} days are {far} for this shop: --adaptive learns them from each "
            "user's own rhythm",
            usual=usual,
            slump=limits.slump,
            churn=limits.churn,
            far=Note("long") if limits.churn > usual * _SUITS else Note("short"),
        ),
    )


_REPEATED = 100  # repeat buyers that show a shop's rhythm


def without_money(table: Table) -> Table:
    """A table of orders that say no amount: what is money stays empty, and a note says why."""
    money = [name for name in table.columns if name.startswith("revenue")]
    headline = without_money(table.headline) if table.headline is not None else None
    if not money:
        return table.but(headline=headline)
    empty = [pl.lit(None, table.frame.schema[name]).alias(name) for name in money]
    note = Note("the orders have no column for amount: no revenue; --map amount=COLUMN names one")
    bars = tuple(name for name in table.bars if name not in money)
    return table.but(
        frame=table.frame.with_columns(empty),
        headline=headline,
        bars=bars,
        notes=(*table.notes, note),
    )


def _known_users(state: State) -> pl.DataFrame:
    return state.users.filter(pl.col("stage").is_not_null())


def _actions(playbook: Mapping[str, str] | None) -> list[str]:
    return [(playbook or {}).get(stage.name, stage.action) for stage in STAGES]


def _with_revenue(users: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Users with the sum of their net amounts."""
    with_revenue = beside(users, customers.select("user_id", revenue="amount"))
    return with_revenue.with_columns(pl.col("revenue").fill_null(0))


def _summary(users: pl.DataFrame, limits: Limits, actions: Sequence[str]) -> pl.DataFrame:
    groups = users.group_by("stage").agg(
        users=pl.len().cast(pl.Int64),
        orders=pl.col("orders").sum(),
        revenue=pl.col("revenue").sum(),
        **_limits_of_stage(limits),
    )
    first_stage = 0 if (users["stage"] == REGISTERED).any() else INTRODUCTION
    stages = pl.DataFrame(
        {"stage": range(len(STAGES)), "name": _NAMES, "action": actions},
        schema={"stage": pl.Int8, "name": pl.String, "action": pl.String},
    ).filter(pl.col("stage") >= first_stage)
    joined = stages.join(groups, on="stage", how="left", maintain_order="left").with_columns(
        pl.col("users", "orders", "revenue").fill_null(0)
    )
    has_bought = pl.col("stage") != REGISTERED

    def share(part: str) -> pl.Expr:
        column = pl.col(part)
        return pl.when(column.sum() != 0).then(column / column.sum()).alias(f"{part}_share")

    return joined.select(
        pl.col("name").alias("stage"),
        "users",
        share("users"),
        "orders",
        "revenue",
        share("revenue"),
        *(pl.when(has_bought).then(limit) for limit in _shown_limits(limits)),
        "action",
    )


def _limits_of_stage(limits: Limits) -> dict[str, pl.Expr]:
    """A stage's limits, where they're its users' own."""
    if not limits.own:
        return {}
    slump, churn = pl.col("slump_after"), pl.col("churn_after")
    return {
        "slump_after_days": slump.median(),
        "churned_after_days": churn.median(),
        "slump_low_days": slump.quantile(0.1, "linear"),
        "slump_high_days": slump.quantile(0.9, "linear"),
        "churned_low_days": churn.quantile(0.1, "linear"),
        "churned_high_days": churn.quantile(0.9, "linear"),
    }


def _shown_limits(limits: Limits) -> list[pl.Expr]:
    """The columns of limits; those that hold for everyone hold for a stage without users, too."""
    if limits.own:
        return [pl.col(name) for name in _limits_of_stage(limits)]
    return [
        pl.lit(limits.slump).alias("slump_after_days"),
        pl.lit(limits.churn).alias("churned_after_days"),
    ]


def transitions(
    state_now: State,
    state_before: State,
    customers: pl.DataFrame,
    window: Window,
    *,
    since: int,
    currency: Currency | None = None,
) -> Table:
    """Stage at the day `since` by stage now. Users, their share of the row, and their revenue up to now."""
    stages_now = _with_revenue(state_now.users, customers).select("user_id", "revenue", to="stage")
    if stages_now["user_id"].equals(state_before.users["user_id"]):
        stage_pairs = stages_now.with_columns(state_before.users["stage"].alias("from"))
    else:
        stages_before = state_before.users.select("user_id", pl.col("stage").alias("from"))
        stage_pairs = stages_now.join(stages_before, on="user_id", how="full", coalesce=True)
    is_known = pl.col("from").is_not_null() | pl.col("to").is_not_null()
    outside = len(STAGES)
    counts = (
        stage_pairs.filter(is_known)
        .group_by("from", "to")
        .agg(users=pl.len().cast(pl.Int64), revenue=pl.col("revenue").sum())
        .with_columns(pl.col("from", "to").fill_null(outside))
        .sort("from", "to")
    )
    users = pl.col("users")
    frame = counts.select(
        pl.lit(pl.Series([*_NAMES, NEW])).gather(pl.col("from")).alias("from_stage"),
        pl.lit(pl.Series([*_NAMES, NO_ORDER])).gather(pl.col("to")).alias("to_stage"),
        users,
        (users / users.sum().over("from")).alias("share"),
        wilson_low(users, users.sum().over("from")).alias("low"),
        wilson_high(users, users.sum().over("from")).alias("high"),
        "revenue",
    )
    note = Note("from {first} to {last}", first=to_date(since), last=window.as_of)
    notes = (note,) if window.as_of else ()
    return Table("transitions", frame, TRANSITIONS, window, currency or Currency(), notes)
