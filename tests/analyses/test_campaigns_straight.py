"""Lists straight from the file give what lists read with care give."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from helpers.campaigns import random_shop
from helpers.running import userops
from userops.analyses.campaigns import run
from userops.analyses.campaigns.straight import straight


def _another_id(orders: pl.DataFrame, lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders with an id that has to be cleaned."""
    return orders.with_columns(pl.col("user_id").replace("u001", "u001 ")), lists


def _longer_ids(orders: pl.DataFrame, lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Ids of some lengths in the orders, of one in the lists."""
    short = pl.col("user_id").str.replace("u0*", "u1")
    lists = lists.with_columns(short).filter(pl.col("user_id").str.len_chars() == 4)
    return orders.with_columns(short), lists


def _nobody_held_back(
    orders: pl.DataFrame, lists: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lists of one group, which is compared with others by what they are."""
    return orders, lists.filter(pl.col("group") == "x")


def _later_groups(orders: pl.DataFrame, lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lists whose second group came when the orders had ended."""
    held = pl.col("group") == "control"
    time = pl.when(held).then(pl.col("assigned_time") + timedelta(200)).otherwise("assigned_time")
    return orders, lists.filter(pl.col("group") != "y").with_columns(assigned_time=time)


def _names_with_spaces(
    orders: pl.DataFrame, lists: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Users who stand twice in a campaign that's written in two ways."""
    again = lists.filter(pl.col("group") == "x").head(9)
    return orders, pl.concat(
        [lists, again.with_columns(group=pl.lit("y"), campaign=pl.col("campaign") + " ")]
    )


def _control_called_none(
    orders: pl.DataFrame, lists: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A word that says nothing elsewhere."""
    return orders, lists.with_columns(pl.col("group").replace("control", "None"))


def _rows_twice(orders: pl.DataFrame, lists: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Users who stand in a campaign twice, in another row each."""
    again = lists.head(40).with_columns(pl.col("assigned_time") + timedelta(1))
    return orders, pl.concat([lists, again])


@pytest.mark.parametrize(
    "odd",
    [
        lambda *both: both,
        _another_id,
        _longer_ids,
        _nobody_held_back,
        _later_groups,
        _control_called_none,
        _names_with_spaces,
        _rows_twice,
    ],
)
def test_lists_straight_from_the_file_give_the_same(tmp_path, monkeypatch, odd):
    """Users go by number where no table names them; an id that has to be cleaned is nobody else's."""
    orders, lists = odd(*random_shop(5))
    orders.write_parquet(tmp_path / "orders.parquet")
    lists.write_parquet(tmp_path / "lists.parquet")
    given = ("campaigns", tmp_path / "orders.parquet", "--assignments", tmp_path / "lists.parquet")
    found = []

    def spied(inputs):
        found.append(straight(inputs))
        return found[-1]

    for show in ("summary", "metrics", "checks", "overlap"):
        monkeypatch.setattr(run, "straight", spied)
        quick = userops(*given, "--show", show, "-f", "json")
        monkeypatch.setattr(run, "straight", lambda inputs: None)
        slow = userops(*given, "--show", show, "-f", "json")
        assert (quick.code, quick.out) == (0, slow.out), show
    assert None not in found
