"""RFM: how recently, how often and for how much each user bought.

first_order, last_order : date
    Dates of the first and the last valid order.
recency_days, recency : days
    as_of - date of the last valid order.
frequency : orders
    Valid orders up to as_of.
monetary : money
    Sum of net amounts.
r_score, f_score, m_score : 1 to bins
    f, m: 1 + (number of cuts < value); r: bins - (number of cuts < recency_days). Equal
    values always score equally, whatever the rows' order.
rfm_score : text
    The three scores in a row; joined by "-" where a score can have two digits.
segment : word
    From a rule table over the scores on a five-point scale, first match wins. With other bins a score
    s counts as 1 + (s - 1) x 4 / (bins - 1), to the nearest of five, halves up. `rfm8`
    compares with the mean over users instead: R is high where recency_days <= its mean,
    F and M where the value >= its mean.
tier : new, high, middle, low
    `new`: first valid order within new_days of as_of, and frequency 1; else `high`
    (f_score and m_score both 4 or more of five), `middle` (one of them), `low` (neither).
action : text
    The playbook's line for the segment (in `tiers`: for the tier). Whose tier is `new` is never told
    to be left in peace: where the segment's line says so, it's the tier's.
users : count
    How many users the segment or tier has, or score on the metric.
orders : count
    Their valid orders.
revenue : money
    The sum of their net amounts.
users_share, revenue_share : proportion
    Their part of all users, and of all net revenue.
mean_recency_days, mean_frequency, mean_monetary : per user
    Means over its users; empty where there are none.
metric : recency, frequency, monetary
    What a score and its cut points speak of.
score : 1 to bins
    A score of the metric; the highest is best: latest, most often, most spent.
lower, upper : number
    A score holds values above `lower` and up to `upper`; empty where there is no bound.
    Cut points are quantiles by linear interpolation (Hyndman & Fan 1996, type 7) at
    k/bins, or fixed ones.

Tables: `users` (a row a user, by user_id), `summary` (a row a segment, in the rule table's
order), `tiers` (a row a tier), `cuts` (a row a metric and score).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

import polars as pl

from userops.core.dates import Window, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.rule_tables import RECENT_DAYS, RFM8, TIERS, Rule, RuleTable, five_points
from userops.core.table import Currency, Kind, Table
from userops.customers.frozen_cuts import METRICS, Cuts, Metric, cuts_varied
from userops.customers.params import RfmParams

_VALUES = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary"}
_VALUE_COLUMNS = ("user_id", "first_order", "last_order", *_VALUES.values())
_SCORES = {"recency": "r_score", "frequency": "f_score", "monetary": "m_score"}


def segment(
    customers: pl.DataFrame,
    window: Window,
    params: RfmParams,
    *,
    rules: RuleTable | None,
    cuts: Cuts | None = None,
    currency: Currency | None = None,
    playbook: Mapping[str, str] | None = None,
) -> tuple[Table, ...]:
    """The tables of `userops segment`: users, summary, tiers, cuts.

    Args:
        customers: `user_id, first_day, last_day, orders, amount`, by user_id, as `CUSTOMERS`
            gives them.
        window: its `as_of` is what recency counts from.
        params: how to score.
        rules: the rule table; None for `rfm8`.
        cuts: fixed cut points, needed with the method `fixed`.
        currency: what the amounts are in.
        playbook: actions by segment or tier, in place of the default ones.

    Raises:
        UsageError: `fixed` without cuts, or with another number of them than the bins need.
    """
    as_of = to_day(window.as_of) if window.as_of else 0
    values = _values(customers, as_of)
    cuts = (
        checked_cuts(cuts, params.bins)
        if params.method == "fixed"
        else quantile_cuts(values, params.bins)
    )
    scored = _scored(values, as_of, params, cuts, rules)
    return tables_of(
        scored, _groups(scored), cuts, window, params, rules=rules, currency=currency, playbook=playbook
    )  # fmt: skip


def score(
    customers: pl.DataFrame, window: Window, params: RfmParams, cuts: Cuts, rules: RuleTable
) -> pl.DataFrame:
    """Scores of some customers of many, where cut points and rules tell them."""
    as_of = to_day(window.as_of) if window.as_of else 0
    return _scored(_values(customers, as_of), as_of, params, cuts, rules)


def tables_of(
    scored: pl.DataFrame,
    groups: pl.DataFrame,
    cuts: Cuts,
    window: Window,
    params: RfmParams,
    *,
    rules: RuleTable | None,
    currency: Currency | None,
    playbook: Mapping[str, str] | None,
) -> tuple[Table, ...]:
    """As `segment`, of scored users and of sums over all by segment, tier and scores."""
    money = currency or Currency()
    segments = _with_playbook(rules.segments if rules else RFM8, playbook or {})
    tiers = _with_playbook(TIERS, playbook or {})

    def table(
        name: str, frame: pl.DataFrame, kinds: Mapping[str, Kind], notes: Sequence[Note] = ()
    ) -> Table:
        return Table(name, frame, kinds, window, money, tuple(notes))

    bars = ("users_share", "revenue_share")
    keeps = ("action", *bars, "users", "revenue")
    by_segment = table(
        "summary", _summary(groups, "segment_index", "segment", segments), _group_columns("segment")
    ).but(bars=bars, keeps=keeps)
    by_tier = table(
        "tiers", _summary(groups, "tier_index", "tier", tiers), _group_columns("tier")
    ).but(bars=bars, keeps=keeps)
    by_score = _cuts_table(groups, cuts, params.bins, money)
    users = table("users", _users(scored, params.bins, segments, tiers), USERS)
    return (
        users.but(
            headline=by_segment, keeps=("segment", "action", "tier", "rfm_score", "monetary")
        ),
        by_segment,
        by_tier,
        table("cuts", by_score, CUTS, _unused_scores(by_score)).but(varied=cuts_varied(Kind.MONEY)),
    )


def _values(customers: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Recency (days), frequency (orders) and monetary value (minor units) of each customer."""
    return customers.select(
        "user_id",
        first_order=pl.col("first_day").cast(pl.Date),
        last_order=pl.col("last_day").cast(pl.Date),
        recency_days=as_of - pl.col("last_day"),
        frequency=pl.col("orders").cast(pl.Int64),
        monetary=pl.col("amount"),
    )


def _scored(
    values: pl.DataFrame, as_of: int, params: RfmParams, cuts: Cuts, rules: RuleTable | None
) -> pl.DataFrame:
    """The values with scores, and the positions of segment and tier among those there are."""
    by_rules = _segment_by_rules(rules, params.bins, as_of) if rules else _segment_by_means(values)
    scored = values.with_columns(
        _score(metric, cuts[metric], params.bins) for metric in METRICS
    ).with_columns(
        segment_index=by_rules.cast(pl.UInt8), tier_index=_tier_index(as_of, params).cast(pl.UInt8)
    )
    if rules is None or not rules.welcome:
        return scored
    welcomed = pl.lit(pl.Series(rules.welcomed(), dtype=pl.UInt8))
    index = pl.col("segment_index")
    return scored.with_columns(
        segment_index=pl.when(pl.col("tier_index") == 0)
        .then(welcomed.gather(index))
        .otherwise(index)
    )


def _groups(scored: pl.DataFrame) -> pl.DataFrame:
    """Sums over users by segment, tier and scores: few rows, for the tables of groups."""
    return scored.group_by("segment_index", "tier_index", *_SCORES.values()).agg(
        users=pl.len().cast(pl.Int64),
        orders=pl.col("frequency").sum(),
        revenue=pl.col("monetary").sum(),
        recency=pl.col("recency_days").cast(pl.Int64).sum(),
    )


def _users(
    scored: pl.DataFrame, bins: int, segments: Sequence[Rule], tiers: Sequence[Rule]
) -> pl.DataFrame:
    """The columns of the table `users`."""
    return scored.select(
        *_VALUE_COLUMNS,
        *_SCORES.values(),
        rfm_score=_rfm_score(bins),
        segment=_names_at(pl.col("segment_index"), [rule.name for rule in segments]),
        tier=_names_at(pl.col("tier_index"), [tier.name for tier in tiers]),
        action=_action(segments, tiers),
    )


def _action(segments: Sequence[Rule], tiers: Sequence[Rule]) -> pl.Expr:
    """The segment's line; the tier's for newcomers whom it would give up on."""
    index = pl.col("segment_index")
    action = _names_at(index, [rule.action for rule in segments])
    given_up = [number for number, rule in enumerate(segments) if rule.gives_up]
    is_left = (pl.col("tier_index") == 0) & index.is_in(given_up)
    return pl.when(is_left).then(pl.lit(tiers[0].action)).otherwise(action)


def _with_playbook(rules: Sequence[Rule], playbook: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules with the playbook's lines."""
    return tuple(replace(rule, action=playbook.get(rule.name, rule.action)) for rule in rules)


USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "first_order": Kind.DATE,
    "last_order": Kind.DATE,
    "recency_days": Kind.DAYS,
    "frequency": Kind.COUNT,
    "monetary": Kind.MONEY,
    "r_score": Kind.SCORE,
    "f_score": Kind.SCORE,
    "m_score": Kind.SCORE,
    "rfm_score": Kind.ID,
    "segment": Kind.WORD,
    "tier": Kind.WORD,
    "action": Kind.SENTENCE,
}
CUTS: dict[str, Kind] = {
    "metric": Kind.WORD,
    "score": Kind.SCORE,
    "lower": Kind.NUMBER,
    "upper": Kind.NUMBER,
    "users": Kind.COUNT,
}


def _group_columns(group: str) -> dict[str, Kind]:
    return {
        group: Kind.WORD,
        "users": Kind.COUNT,
        "users_share": Kind.RATE,
        "orders": Kind.COUNT,
        "revenue": Kind.MONEY,
        "revenue_share": Kind.RATE,
        "mean_recency_days": Kind.DAYS,
        "mean_frequency": Kind.NUMBER,
        "mean_monetary": Kind.MONEY,
        "action": Kind.SENTENCE,
    }


def quantile_cuts(customers: pl.DataFrame, bins: int) -> Cuts:
    """Cut points at k/bins for k = 1 .. bins - 1, exact: Hyndman & Fan (1996), type 7."""
    return {metric: _quantiles(customers[_VALUES[metric]], bins) for metric in METRICS}


def _quantiles(values: pl.Series, bins: int) -> list[Fraction]:
    if values.is_empty():
        return [Fraction(0)] * (bins - 1)
    return cuts_at(values.sort(), len(values), bins)


def cuts_at(ordered: pl.Series | Mapping[int, int], count: int, bins: int) -> list[Fraction]:
    """Cut points of so many values, of which those at `ranks` are known."""
    cuts, last = [], count - 1
    for k in range(1, bins):
        position, remainder = divmod(last * k, bins)
        low, high = ordered[position], ordered[min(position + 1, last)]
        cuts.append(low + Fraction((high - low) * remainder, bins))
    return cuts


def ranks(count: int, bins: int) -> list[int]:
    """The ranks, from 0, of the values that `cuts_at` asks for."""
    positions = {(count - 1) * k // bins for k in range(1, bins)}
    return sorted({min(one, count - 1) for at in positions for one in (at, at + 1)})


def checked_cuts(cuts: Cuts | None, bins: int) -> Cuts:
    """Fixed cut points, as many as the bins need.

    Raises:
        UsageError: there are none, or another number.
    """
    if cuts is None:
        raise UsageError(
            "fixed cut points, but none are given",
            mend="--cuts FILE, or [cuts] in the settings",
        )
    for metric in METRICS:
        if len(cuts[metric]) != bins - 1:
            raise UsageError(
                f"{len(cuts[metric])} cut points for {metric}, where {bins} bins need {bins - 1}",
                mend=f"--bins {len(cuts[metric]) + 1}, or cut points made with --bins {bins}",
            )
    return cuts


def _score(metric: Metric, cuts: Sequence[Fraction], bins: int) -> pl.Expr:
    value = pl.col(_VALUES[metric])
    # Values are whole numbers, so value > cut is value > floor(cut): no float decides.
    cuts_below = pl.sum_horizontal((value > floor(cut)).cast(pl.UInt8) for cut in cuts)
    score = bins - cuts_below if metric == "recency" else 1 + cuts_below
    return score.cast(pl.UInt8).alias(_SCORES[metric])


def _rfm_score(bins: int) -> pl.Expr:
    glue = "" if bins < 10 else "-"
    scores = range(1, bins + 1)
    labels = [f"{r}{glue}{f}{glue}{m}" for r in scores for f in scores for m in scores]
    return _names_at(_cell(bins), labels)


def _cell(bins: int) -> pl.Expr:
    """Position of a user's scores among all, m running fastest."""
    r, f, m = (pl.col(_SCORES[metric]).cast(pl.UInt32) - 1 for metric in METRICS)
    return (r * bins + f) * bins + m


def _names_at(index: pl.Expr, names: Sequence[str]) -> pl.Expr:
    return pl.lit(pl.Series(list(names), dtype=pl.String)).gather(index)


def _segment_by_rules(rules: RuleTable, bins: int, as_of: int) -> pl.Expr:
    recent, before = (rules.lookup(bins, recent=recent) for recent in (True, False))
    segment = pl.lit(pl.Series(recent, dtype=pl.UInt32)).gather(_cell(bins))
    if recent == before:
        return segment
    is_recent = as_of - pl.col("first_order").cast(pl.Int32) <= RECENT_DAYS
    other = pl.lit(pl.Series(before, dtype=pl.UInt32)).gather(_cell(bins))
    return pl.when(is_recent).then(segment).otherwise(other)


def _segment_by_means(values: pl.DataFrame) -> pl.Expr:
    """Index into RFM8; against the mean by whole numbers: n x value with the sum."""
    count = len(values)
    low = [
        pl.col("recency_days").cast(pl.Int64) * count > values["recency_days"].cast(pl.Int64).sum(),
        pl.col("frequency") * count < values["frequency"].sum(),
        pl.col("monetary").cast(pl.Int128) * count < values["monetary"].sum(),
    ]
    r, f, m = (part.cast(pl.UInt32) for part in low)
    return m * 4 + r * 2 + f


def _tier_index(as_of: int, params: RfmParams) -> pl.Expr:
    """Index into TIERS."""
    high = [score for score in range(1, params.bins + 1) if five_points(score, params.bins) >= 4]
    often = pl.col("f_score") >= high[0]
    high_spend = pl.col("m_score") >= high[0]
    is_new = (as_of - pl.col("first_order").cast(pl.Int32) <= params.new_days) & (
        pl.col("frequency") == 1
    )
    return (
        pl.when(is_new)
        .then(0)
        .when(often & high_spend)
        .then(1)
        .when(often | high_spend)
        .then(2)
        .otherwise(3)
    )


def _summary(groups: pl.DataFrame, index: str, name: str, rules: Sequence[Rule]) -> pl.DataFrame:
    sums = groups.group_by(index).agg(pl.col("users", "orders", "revenue", "recency").sum())
    names = pl.DataFrame(
        {
            index: range(len(rules)),
            name: [rule.name for rule in rules],
            "action": [rule.action for rule in rules],
        },
        schema={index: pl.UInt8, name: pl.String, "action": pl.String},
    )
    joined = names.join(sums, on=index, how="left", maintain_order="left").with_columns(
        pl.col("users", "orders", "revenue").fill_null(0)
    )
    users, revenue = pl.col("users"), pl.col("revenue")

    def share(part: pl.Expr) -> pl.Expr:
        return pl.when(part.sum() != 0).then(part / part.sum())

    def mean(total: str) -> pl.Expr:
        return pl.when(users > 0).then(pl.col(total) / users)

    return joined.select(
        name,
        "users",
        share(users).alias("users_share"),
        "orders",
        "revenue",
        share(revenue).alias("revenue_share"),
        mean("recency").alias("mean_recency_days"),
        mean("orders").alias("mean_frequency"),
        mean("revenue").alias("mean_monetary"),
        "action",
    )


def _cuts_table(groups: pl.DataFrame, cuts: Cuts, bins: int, money: Currency) -> pl.DataFrame:
    rows = []
    for metric in METRICS:
        minor_units = 10**money.places if metric == "monetary" else 1
        bounds = [None, *(float(cut / minor_units) for cut in cuts[metric]), None]
        counts = dict(groups.group_by(_SCORES[metric]).agg(pl.col("users").sum()).iter_rows())
        for score in range(1, bins + 1):
            interval = bins - score if metric == "recency" else score - 1
            rows.append(
                (metric, score, bounds[interval], bounds[interval + 1], counts.get(score, 0))
            )
    schema = {
        "metric": pl.String,
        "score": pl.Int64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "users": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _unused_scores(cuts: pl.DataFrame) -> list[Note]:
    if not cuts["users"].sum():
        return []
    empty = cuts.filter(pl.col("users") == 0)
    return [
        Note(
            "no user scores {scores} on {metric}: ties, or too few users",
            scores=score,
            metric=Word(metric),
        )
        for metric, score in empty.select("metric", "score").iter_rows()
    ]
