"""The tables `attribution` and `paths`: which touches came before orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.channels.credit import Credit, credits_of
from userops.analyses.channels.params import ChannelParams
from userops.analyses.channels.paths import Asked, Paths, paths_of
from userops.analyses.channels.sequence import in_sequence
from userops.core.dates import FIRST_DAY, Window, to_date
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.customers.costs import Costs
from userops.ledger.event_reductions import DAY, times_at_day_end

NO_TOUCH = "(no touch)"
OTHER = "(other)"
MOST_CHANNELS = 100

ATTRIBUTION: dict[str, Kind] = {
    "channel": Kind.WORD,
    "model": Kind.WORD,
    "conversions": Kind.NUMBER,
    "revenue": Kind.MONEY,
    "share": Kind.RATE,
    "share_low": Kind.RATE,
    "share_high": Kind.RATE,
    "cost": Kind.MONEY,
    "roas": Kind.NUMBER,
}
PATHS: dict[str, Kind] = {
    "path": Kind.WORD,
    "conversions": Kind.COUNT,
    "share": Kind.RATE,
    "revenue": Kind.MONEY,
    "lost_paths": Kind.COUNT,
    "touches_per_path": Kind.NUMBER,
    "days_to_order": Kind.DAYS,
}


@dataclass(frozen=True, slots=True)
class Followed:
    """Paths of the orders from `first` to `last`, and what to say of them.

    `costs` is what channels cost on these days; None without costs.
    """

    paths: Paths
    first: int
    last: int
    notes: tuple[Note, ...]
    costs: Mapping[str, int] | None = None


def follow(
    orders: pl.DataFrame,
    touches: pl.DataFrame,
    params: ChannelParams,
    period: tuple[int | None, int],
    as_of: int,
    costs: Costs | None,
) -> Followed:
    """The touches before each order.

    Args:
        orders: `user_id, time` (microseconds), `amount` of valid orders up to as_of, all of them.
        touches: `user_id, time, channel`, and `session_id` where they have one.
        params: what counts.
        period: the first (None: of all) and the last day of orders that are asked about.
        as_of: the last day whose orders are known.
        costs: what channels cost.
    """
    touches, folded, notes = _few_channels(touches.filter(pl.col("channel").is_not_null()))
    asked_first, last = period
    first = FIRST_DAY if asked_first is None else asked_first
    if len(times := touches["time"] if len(touches) else orders["time"]):
        begun = int(times.to_numpy().min()) // DAY
        # Before touches are known nobody knows who had one.
        notes += _begun_notes(orders, begun, first, params.lookback) if len(touches) else []
        first = max(first, begun)
    spent = None
    if costs is not None and costs.met:
        spent = _folded(costs.within(first, last), folded)
    channels = sorted({*touches["channel"].unique(), *(spent or ())})
    purchases, sequence = in_sequence(
        times_at_day_end(orders), touches, channels or [NO_TOUCH], params.silence
    )
    asked = Asked(first, last, as_of, params.lookback, only_first=params.conversion == "first")
    paths = paths_of(purchases, sequence, channels, asked)
    notes += _open_notes(paths, params.lookback)
    return Followed(paths, first, last, tuple(notes), spent)


def _open_notes(paths: Paths, lookback: int) -> list[Note]:
    """How many paths an order may still follow."""
    if not paths.open:
        return []
    return [
        Note(
            "{open:path|paths} whose last touch is of the last {days:day|days} may still lead to an order: left out",
            open=paths.open,
            days=lookback,
        )
    ]


def _folded(spent: Mapping[str, int], names: frozenset[str]) -> dict[str, int]:
    """What channels cost, those of some names together as `(other)`."""
    costs: dict[str, int] = {}
    for channel, cost in spent.items():
        name = OTHER if channel in names else channel
        costs[name] = costs.get(name, 0) + cost
    return costs


def _few_channels(touches: pl.DataFrame) -> tuple[pl.DataFrame, frozenset[str], list[Note]]:
    """Touches whose channels are few: beyond the most frequent ones they're one, `(other)`.

    Also the names of those that are one.
    """
    counts = touches["channel"].value_counts().sort("count", "channel", descending=[True, False])
    if len(counts) <= MOST_CHANNELS:
        return touches, frozenset(), []
    # Ties aren't split: with the last of them all that are as frequent.
    least = counts["count"][MOST_CHANNELS - 1]
    kept = counts.filter(pl.col("count") > least)["channel"]
    name = pl.when(pl.col("channel").is_in(kept.implode())).then("channel").otherwise(pl.lit(OTHER))
    note = Note(
        "{count:channel|channels} of few touches are one here: {other}",
        count=len(counts) - len(kept),
        other=Word(OTHER),
    )
    folded = frozenset(counts.filter(pl.col("count") <= least)["channel"])
    return touches.with_columns(channel=name), folded, [note]


def _begun_notes(orders: pl.DataFrame, begun: int, first: int, lookback: int) -> list[Note]:
    """How many orders were placed before touches are known, or before all of theirs are."""
    days = orders["time"] // DAY
    before = int(((days >= first) & (days < begun)).sum())
    partly = int(((days >= max(first, begun)) & (days < begun + lookback)).sum())
    notes = []
    if before:
        notes.append(
            Note(
                "{count:order is|orders are} from before touches are known ({day}): left out",
                count=before,
                day=to_date(begun),
            )
        )
    if partly:
        notes.append(
            Note(
                "{count:order|orders} of the first {days:day|days} of touches: earlier ones of theirs aren't known",
                count=partly,
                days=lookback,
            )
        )
    return notes


def attribution(
    followed: Followed, params: ChannelParams, window: Window, currency: Currency
) -> Table:
    """The table `attribution`: by model, each channel, then what no touch came before."""
    credits = credits_of(followed.paths, params.models, params.half_life)
    channels = (*followed.paths.channels, NO_TOUCH)
    costs = followed.costs or {}
    frame = pl.concat([_credit_frame(one, channels) for one in credits]).with_columns(
        pl.col("share", "share_low", "share_high").fill_nan(None),
        cost=pl.col("channel").replace_strict(costs, default=None, return_dtype=pl.Int64),
    )
    roas = pl.when(pl.col("cost") > 0).then(pl.col("revenue") / pl.col("cost"))
    notes = (*_attribution_notes(followed, params), *_agreement(credits, channels), NOT_CAUSE)
    return Table(
        "attribution", frame.with_columns(roas=roas).select(*ATTRIBUTION), ATTRIBUTION,
        window, currency, notes, keeps=("model", "share", "roas", "revenue", "conversions",),)  # fmt: skip


NOT_CAUSE = Note(
    "credit says which channels came before orders, not what caused them: for that, compare with "
    "users who weren't reached"
)


def _credit_frame(credit: Credit, channels: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "channel": channels,
            "model": [credit.model] * len(channels),
            "conversions": credit.orders,
            "revenue": credit.amounts,
            "share": credit.share,
            "share_low": credit.low,
            "share_high": credit.high,
        },
        schema_overrides={"channel": pl.String, "revenue": pl.Int64},
    )


def _attribution_notes(followed: Followed, params: ChannelParams) -> tuple[Note, ...]:
    """Which orders and touches were counted, and what share is of."""
    paths = followed.paths
    which = Note("first orders") if params.conversion == "first" else Note("orders")
    return (
        *followed.notes,
        Note(
            "{count:,} {which} from {first} to {last}, touches up to {days:day|days} before; {lost:path|paths} without an order",
            count=paths.conversions,
            which=which,
            first=to_date(followed.first),
            last=to_date(followed.last),
            days=params.lookback,
            lost=int((paths.orders == 0).sum()),
        ),
        Note(
            "share: of orders, with its interval from 200 resamples of the users; revenue of each model adds up to the orders' net amount"
        ),
    )


def _agreement(credits: Sequence[Credit], channels: Sequence[str]) -> tuple[Note, ...]:
    """Whether the data could show a difference between the models at all."""
    if len(credits) < 2 or np.isnan(credits[0].share).any():
        return ()
    lows = np.max([one.low for one in credits], axis=0)
    highs = np.min([one.high for one in credits], axis=0)
    apart = tuple(
        channel for channel, low, high in zip(channels, lows, highs, strict=True) if low > high
    )
    if not apart:
        return (
            Note("all models' intervals overlap: which one is chosen makes no difference here"),
        )
    return (Note("models differ by more than chance for: {channels}", channels=apart),)


def paths_table(
    followed: Followed, params: ChannelParams, window: Window, currency: Currency
) -> Table:
    """The table `paths`: each sequence of channels, the one of most orders first."""
    paths = followed.paths
    touches = pl.DataFrame({"number": paths.path, "channel": paths.channel})
    names = pl.Series(paths.channels, dtype=pl.String)
    repeated = (pl.col("number") == pl.col("number").shift()) & (
        pl.col("channel") == pl.col("channel").shift()
    )
    texts = (
        touches.filter(~repeated.fill_null(False))
        .with_columns(name=pl.lit(names).gather(pl.col("channel")))
        .group_by("number", maintain_order=True)
        .agg(path=pl.col("name").str.join(" > "))
    )
    starts = paths.starts
    each = texts.with_columns(
        orders=pl.Series(paths.orders, dtype=pl.Int64),
        amount=pl.Series(paths.amounts, dtype=pl.Int64),
        touches=pl.Series(np.diff(starts), dtype=pl.Int64),
        days=pl.Series(paths.days[starts[:-1]], dtype=pl.Int64),
    )
    frame = pl.concat([_by_text(each), _untouched(paths)]).with_columns(
        share=pl.when(pl.col("conversions").sum() > 0).then(
            pl.col("conversions") / pl.col("conversions").sum()
        )
    )
    frame = frame.sort(["conversions", "lost_paths", "path"], descending=[True, True, False])
    notes = (
        *followed.notes,
        Note("a channel that follows itself stands once in a path; touches_per_path has each"),
        NOT_CAUSE,
    )
    return Table(
        "paths",
        frame.select(*PATHS),
        PATHS,
        window,
        currency,
        notes,
        bars=("share",),
        keeps=(
            "share",
            "conversions",
            "revenue",
        ),
    )


def _by_text(each: pl.DataFrame) -> pl.DataFrame:
    """Paths of the same channels together."""
    sold = pl.col("orders") > 0
    days = (pl.col("days") * pl.col("orders")).sum() / pl.col("orders").sum()
    return each.group_by("path").agg(
        conversions=pl.col("orders").sum(),
        revenue=pl.col("amount").sum(),
        lost_paths=(~sold).sum().cast(pl.Int64),
        touches_per_path=pl.col("touches").sum() / pl.len(),
        days_to_order=pl.when(pl.col("orders").sum() > 0).then(days),
    )


def _untouched(paths: Paths) -> pl.DataFrame:
    """The row of orders that no touch came before; none where there are none."""
    _, orders, amounts = paths.untouched
    return pl.DataFrame(
        {
            "path": [NO_TOUCH],
            "conversions": [int(orders.sum())],
            "revenue": [int(amounts.sum())],
            "lost_paths": [0],
            "touches_per_path": [0.0],
            "days_to_order": [None],
        },
        schema_overrides={"days_to_order": pl.Float64},
    ).filter(pl.col("conversions") > 0)
