"""Points of users whose lots expire in the order in which they were earned, all users at once.

Then points form a queue: who earns puts in at its end, who redeems and time take from its front. Expired
to day d is max(0, the largest over s <= d of (points whose last day < s - points redeemed before s)), a
running maximum, and which lot a point came from is where intervals of what was earned and of what was
taken, added up, overlap. The same as `point_lots` gives lot by lot, where nothing was taken back,
undone or adjusted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from userops.customers.point_lots import EARN, EXPIRE, REDEEM
from userops.engines.parallel import Ints

MOVES: dict[str, type[pl.DataType] | pl.DataType] = {
    "lot": pl.Int64,
    "day": pl.Int32,
    "kind": pl.String,
    "points": pl.Int64,
    "entry": pl.Int64,
}


def are_queues() -> pl.Expr:
    """Whether a user's lots expire in the order in which they came, and nothing else happens to them."""
    plain = pl.col("kind").is_in([EARN, REDEEM]) & (
        (pl.col("points") > 0) == (pl.col("kind") == EARN)
    )
    is_lot = pl.col("points") > 0
    in_order = (pl.col("last_day").filter(is_lot).diff() >= 0).all()
    # A lot whose time was over before it came still pays what's owed.
    over = is_lot & (pl.col("last_day") < pl.col("day"))
    idle = pl.col("idle").is_not_null()
    return (plain.all() & in_order & ~(over | idle).any()).over("user_id")


def queue_moves(entries: pl.DataFrame, as_of: int, *, expires: bool = True) -> pl.DataFrame:
    """What becomes of the lots of users for whom `are_queues` holds: moves, as `point_lots` makes them.

    Args:
        entries: `number, user_id, day, points, last_day`, by number: by user, and in the order of time.
        as_of: the last day that counts.
        expires: whether time alone makes points expire.
    """
    lots = entries.filter(pl.col("points") > 0).with_columns(
        until=pl.col("points").cum_sum().over("user_id")
    )
    if lots.is_empty():
        return pl.DataFrame(schema=MOVES)
    redeemed = entries.filter(pl.col("points") < 0).select(
        "user_id", "day", "number", points=-pl.col("points")
    )
    taken = redeemed.with_columns(kind=pl.lit(REDEEM), entry=pl.col("number"))
    if expires:
        taken = pl.concat([_expired(lots, redeemed, as_of), taken], how="diagonal")
    taken = taken.sort("user_id", "day", "entry", nulls_last=False)
    return _matched(lots, taken)


def _expired(lots: pl.DataFrame, redeemed: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """What expires, on which day: the steps of the running maximum."""
    gone = lots.filter(pl.col("last_day") < as_of).select(
        "user_id", day=(pl.col("last_day") + 1).cast(pl.Int32), gone="until"
    )
    before = redeemed.with_columns(
        before=pl.col("points").cum_sum().over("user_id"), after=pl.col("day") + 1
    ).sort("after")
    steps = (
        gone.sort("day")
        .join_asof(before, left_on="day", right_on="after", by="user_id", check_sortedness=False)
        .sort("user_id", "gone")
        .with_columns(
            most=(pl.col("gone") - pl.col("before").fill_null(0)).clip(0).cum_max().over("user_id")
        )
        .with_columns(
            points=pl.col("most") - pl.col("most").shift(1).over("user_id").fill_null(0),
            kind=pl.lit(EXPIRE),
            entry=pl.lit(None, pl.Int64),
        )
    )
    return steps.filter(pl.col("points") > 0).select("user_id", "day", "points", "kind", "entry")


def _matched(lots: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """Which lots what's taken came from: where the intervals of both overlap."""
    users = lots.group_by("user_id", maintain_order=True).agg(total=pl.col("points").sum())
    users = users.with_columns(base=pl.col("total").cum_sum() - pl.col("total"))
    placed = taken.join(users, on="user_id", how="inner", maintain_order="left").with_columns(
        until=pl.col("points").cum_sum().over("user_id")
    )
    end = pl.min_horizontal("until", "total")
    placed = placed.with_columns(
        end=pl.col("base") + end,
        begin=pl.col("base") + pl.min_horizontal(pl.col("until") - pl.col("points"), "total"),
    ).filter(pl.col("begin") < pl.col("end"))
    if placed.is_empty():
        return pl.DataFrame(schema=MOVES)
    lot_ends: Ints = lots["points"].cum_sum().to_numpy()
    begins, ends = placed["begin"].to_numpy(), placed["end"].to_numpy()
    edges = np.unique(np.concatenate((lot_ends, begins, ends, [0])))
    starts, lengths = edges[:-1], np.diff(edges)
    taker = np.searchsorted(ends, starts, "right")
    is_taken = (taker < len(begins)) & (begins[np.minimum(taker, len(begins) - 1)] <= starts)
    starts, lengths, taker = starts[is_taken], lengths[is_taken], taker[is_taken]
    lot = np.searchsorted(lot_ends, starts, "right")
    # A debt is paid when the lot that pays it comes.
    days = np.maximum(placed["day"].to_numpy()[taker], lots["day"].to_numpy()[lot])
    moves = {
        "lot": lots["number"].to_numpy()[lot],
        "day": days,
        "kind": placed["kind"][taker],
        "points": lengths,
        "entry": placed["entry"][taker],
    }
    return pl.DataFrame(moves).cast(MOVES)  # type: ignore[arg-type]
