"""Users and the days on which they were active, by user and day."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from userops.ledger.sessions import user_hash

Ints = np.ndarray[Any, np.dtype[Any]]


def sorted_user_days(days: pl.DataFrame) -> tuple[Ints, Ints]:
    """Users, as numbers, and days on which they were active, by user and day."""
    dates = days["day"].to_numpy()
    first_day = int(dates.min())
    bits = np.uint64((int(dates.max()) - first_day).bit_length())
    hashes = user_hashes(days)
    # One whole number of each, to sort by: the high bits of the user's hash, then the day.
    keys = np.sort((hashes.to_numpy() >> bits << bits) | (dates - first_day).astype(np.uint64))
    users = keys >> bits
    if _count_distinct(users) != _count_distinct(
        np.sort(hashes.to_numpy())
    ):  # two users share the bits
        ordered = pl.DataFrame({"user": hashes, "day": days["day"]}).sort("user", "day")
        return ordered["user"].to_numpy(), ordered["day"].to_numpy()
    return users, (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32) + np.int32(
        first_day
    )


def _count_distinct(values: Ints) -> int:
    """How many values differ, of some in order."""
    return int((values[1:] != values[:-1]).sum()) + 1


def user_hashes(days: pl.DataFrame) -> pl.Series:
    """The column `user` of `days`, or the hashes of `user_id` where it has none."""
    has_hash = "user" in days.columns
    return days["user"] if has_hash else days.select(user_hash()).to_series()
