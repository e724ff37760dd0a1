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
    ids = pl.concat([edges["user_id"], edges["inviter_id"]]).unique().sort()
    first = _first(edges.select(*EDGE), ids)
    tree = _tree(first, ids)
    uncut = tree.filter(pl.col("cut").is_null()).select("user")
    holds = first.join(uncut, on="user", how="semi", maintain_order="left")
    named = holds.select(
        "time",
        "source",
        user_id=pl.lit(ids).gather(pl.col("user")),
        inviter_id=pl.lit(ids).gather(pl.col("inviter")),
    )
    # By their places users are in the order of their ids.
    kept = named.join(first_days, on="user_id", how="left", maintain_order="left").select(
        "user_id",
        "inviter_id",
        day=pl.coalesce(pl.col("time").dt.date().cast(pl.Int32), "first_day"),
        source="source",
    )
    return Invited(kept, _named(tree, ids))


def _first(edges: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Each user's first edge, by `user`; users and inviters by their place among all ids, in order of text."""
    places = pl.DataFrame({"id": ids}).with_row_index("place")
    placed = (
        edges.join(places.rename({"place": "user"}), left_on="user_id", right_on="id")
        .join(places.rename({"place": "inviter"}), left_on="inviter_id", right_on="id")
        .select("user", "inviter", "time", "source", several=pl.col("user").is_duplicated())
    )
    first_of_several = (
        placed.filter("several")
        .sort("time", "inviter", "source", nulls_last=True)
        .unique("user", keep="first", maintain_order=True)
    )
    return (
        pl.concat([placed.filter(~pl.col("several")), first_of_several])
        .drop("several")
        .sort("user")
    )


def _tree(first: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Everybody by number, by root and level."""
    parent = np.full(len(ids), NOBODY, np.int64)
    when = np.full(len(ids), np.iinfo(np.int64).max)
    others = first.filter(pl.col("user") != pl.col("inviter"))
    users = others["user"].to_numpy()
    parent[users] = others["inviter"].to_numpy()
    when[users] = others["time"].to_physical().fill_null(np.iinfo(np.int64).max).to_numpy()
    trees = forest(parent, when)
    frame = pl.DataFrame(
        {
            "user": np.arange(len(ids), dtype=np.uint32),
            "root": trees.root,
            "level": trees.level,
            "invited": np.bincount(trees.parent[trees.parent != NOBODY], minlength=len(ids)),
            "below": trees.below,
            "circle": pl.Series(trees.circle).replace(NOBODY, None),
            "closes": (parent != NOBODY) & (trees.parent == NOBODY),
        }
    ).join(first.select("user", "inviter", "source"), on="user", how="left")
    cut = (
        pl.when(pl.col("user") == pl.col("inviter"))
        .then(pl.lit(SELF))
        .when(pl.col("closes"))
        .then(pl.lit(CIRCLE))
    )
    return frame.with_columns(cut=cut).sort("root", "level", "user")


def _named(tree: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """The tree with ids for their places; its order is theirs, too."""

    def names(place: str) -> pl.Series:
        return ids.gather(tree[place])

    return tree.select(
        pl.lit(names("user")).alias("user_id"),
        pl.lit(names("inviter")).alias("inviter_id"),
        pl.lit(names("root")).alias("root_id"),
        *(pl.col(name).cast(pl.Int64) for name in ("level", "invited", "below")),
        cut="cut",
        circle_id=pl.lit(names("circle")),
        source="source",
    )
