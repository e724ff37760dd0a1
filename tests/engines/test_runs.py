"""Rows put together by sorting, and as grouping does it."""

from __future__ import annotations

import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from userops.engines.runs import summed

SCHEMA = {"user_id": pl.String, "day": pl.Int32, "back": pl.Boolean, "points": pl.Int32}


@pytest.mark.parametrize("size", [0, 1, 2, 1_000])
def test_sums_are_those_of_groups(size: int) -> None:
    chance = random.Random(size)
    rows = pl.DataFrame(
        [
            (
                chance.choice([None, *(f"u{n}" for n in range(40))]),
                chance.choice([None, -3, 0, 7]),
                chance.random() < 0.3,
                chance.randrange(-(2**31), 2**31),
            )
            for _ in range(size)
        ],
        SCHEMA,
        orient="row",
    )
    for keys in (["user_id"], ["user_id", "day"], ["day", "user_id", "back"]):
        asked = rows.select(*keys, "points", low="points", even=pl.col("points") % 2 == 0)
        grouped = asked.group_by(keys).agg(
            pl.col("points").cast(pl.Int64).sum(),
            pl.col("low").cast(pl.Int64).min(),
            pl.col("even").cast(pl.Int64).sum(),
        )
        assert_frame_equal(summed(asked, *keys, least=["low"]), grouped.sort(keys))
