"""Edges: who invited whom, since when, and the trees that come of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.referral.forest import NOBODY, forest

EDGE = {
    "user_id": pl.String,
    "inviter_id": pl.String,
    "time": pl.Datetime("us"),
    "source": pl.String,
}
CIRCLE, SELF = "circle", "self"


@dataclass(frozen=True, slots=True)
class Invited:
    """Who invited whom.

    Attributes:
        edges: the invitations that hold, by user_id: `user_id, inviter_id, day, source`. `day` is
            null where nothing says when, nor an order that the user was there by then.
        tree: everybody who invited or was invited, by root and level: `user_id, inviter_id,
            root_id, level, invited, below, cut, circle_id, source`. `inviter_id` is whom it names though
            the edge was cut, and `circle_id` the first user of the circle.
    """

    edges: pl.DataFrame
    tree: pl.DataFrame

    @property
    def circles(self) -> int:
        """How many circles were cut."""
        return self.tree["circle_id"].drop_nulls().n_unique()

    @property
    def selves(self) -> int:
        """How many invitations of oneself were cut."""
        return int((self.tree["cut"] == SELF).sum())


def of_users(every: pl.DataFrame) -> pl.DataFrame:
    """The edges that a users export tells, each of its rows by the time of registration."""
    return every.filter(pl.col("inviter_id").is_not_null()).select(
        "user_id", "inviter_id", time="registered_time", source=pl.lit("users")
    )


def of_orders(orders: pl.DataFrame) -> pl.DataFrame:
    """The edges that orders with a leader tell: a user's first with each."""
    return (
        orders.filter(pl.col("leader_id").is_not_null() & (pl.col("orders") > 0))
        .group_by("user_id", inviter_id="leader_id")
        .agg(time=pl.col("order_time").min())
        .with_columns(source=pl.lit("orders"))
    )


def invited(edges: pl.DataFrame, first_days: pl.DataFrame) -> Invited:
    """Of each user the first invitation in time, without circles and oneself.

    Args:
        edges: `user_id, inviter_id, time, source`. At the same time the first inviter in order of text
            counts; one without a time comes after all others.
        first_days: `user_id, first_day` of the first order, for users whose edge has no time.
    """
    first = (
        edges.select(*EDGE)
        .sort("time", "inviter_id", "source", nulls_last=True)
        .unique("user_id", keep="first", maintain_order=True)
        .sort("user_id")
    )
    to_self = pl.col("user_id") == pl.col("inviter_id")
    others = first.filter(~to_self)
    tree = _tree(first, others)
    kept = others.join(tree.filter(pl.col("cut").is_null()).select("user_id"), on="user_id")
    edges_kept = (
        kept.join(first_days, on="user_id", how="left")
        .select(
            "user_id",
            "inviter_id",
            day=pl.coalesce(pl.col("time").dt.date().cast(pl.Int32), "first_day"),
            source="source",
        )
        .sort("user_id")
    )
    return Invited(edges_kept, tree)


def _tree(first: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Everybody by root and level; `others` are the first edges but those to oneself."""
    ids = pl.concat([first["user_id"], first["inviter_id"]]).unique().sort()
    numbers = pl.DataFrame({"id": ids}).with_row_index("number")
    ends = others.join(numbers, left_on="user_id", right_on="id").join(
        numbers, left_on="inviter_id", right_on="id", suffix="_of_inviter"
    )
    parent = np.full(len(ids), NOBODY, np.int64)
    when = np.full(len(ids), np.iinfo(np.int64).max)
    users = ends["number"].to_numpy()
    parent[users] = ends["number_of_inviter"].to_numpy()
    when[users] = ends["time"].to_physical().fill_null(np.iinfo(np.int64).max).to_numpy()
    trees = forest(parent, when)
    in_circle = pl.Series(trees.circle)
    frame = pl.DataFrame(
        {
            "user_id": ids,
            "root_id": ids.gather(trees.root),
            "level": trees.level,
            "invited": np.bincount(trees.parent[trees.parent != NOBODY], minlength=len(ids)),
            "below": trees.below,
            "circle_id": ids.gather(in_circle.replace(NOBODY, None)),
            "closes": (parent != NOBODY) & (trees.parent == NOBODY),
        }
    ).join(first.select("user_id", "inviter_id", "source"), on="user_id", how="left")
    cut = (
        pl.when(pl.col("user_id") == pl.col("inviter_id"))
        .then(pl.lit(SELF))
        .when(pl.col("closes"))
        .then(pl.lit(CIRCLE))
    )
    return frame.select(
        "user_id",
        "inviter_id",
        "root_id",
        pl.col("level").cast(pl.Int64),
        pl.col("invited").cast(pl.Int64),
        pl.col("below").cast(pl.Int64),
        cut=cut,
        circle_id="circle_id",
        source="source",
    ).sort("root_id", "level", "user_id")
