"""Frames with a row a user, put together."""

from __future__ import annotations

import polars as pl


def beside(users: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """A frame by `user_id` with the columns of another one, which are null for whoever isn't there.

    Rows stay in their order. Where both have the same users in the same order, as what's made of all
    customers does, nothing is looked up: of millions of ids that takes a twentieth.

    >>> beside(pl.DataFrame({"user_id": ["a", "b"]}), pl.DataFrame({"user_id": ["b"], "x": [1]}))["x"].to_list()
    [None, 1]
    """
    mine, others = users["user_id"], other["user_id"]
    if len(mine) == len(others) and mine.equals(others):
        return users.hstack(other.drop("user_id"))
    return users.join(other, on="user_id", how="left", maintain_order="left")
