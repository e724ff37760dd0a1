"""What makes a store, and what is in it."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from helpers.stores import USED, alike, orders, store_of


def test_what_prepare_says(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(orders(1, 30))
    assert [line.split(",")[:3] for line in userops("prepare", "shop").text.splitlines()] == [
        ["file", "rows", "kept_as"],
        ["shop/a.csv", "30", "added"],
    ]
    Path("shop/b.csv").write_text(orders(2, 20))
    done = userops("prepare", "shop", "-f", "json").json
    assert [(one["rows"], one["kept_as"]) for one in done] == [(30, "kept"), (20, "added")]
    Path("shop/a.csv").write_text(orders(3, 25))
    done = userops("prepare", "shop", "-f", "json").json
    assert [(one["rows"], one["kept_as"]) for one in done] == [(25, "rebuilt"), (20, "kept")]
    assert "已" not in userops("prepare", "shop", "-f", "md", "--lang", "zh").text
    assert "沿用" in userops("prepare", "shop", "-f", "md", "--lang", "zh").text


def test_nothing_is_made_unasked(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("segment", "orders.csv")
    assert not Path(".userops").exists()
    userops("prepare", "orders.csv")
    Path("others.csv").write_text(orders(2))
    assert USED not in userops("segment", "others.csv").err
    assert store_of().is_dir()


def test_its_the_users_own(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    assert Path(".userops").stat().st_mode & 0o777 == 0o700
    assert Path(".userops/.gitignore").read_text() == "*\n"


def test_standard_input_is_never_kept(here: Path) -> None:
    ran = userops("prepare", "-", stdin=orders(1).encode())
    assert ran.code == 2
    assert not Path(".userops").exists()


def test_a_pipe_is_left_alone(here: Path) -> None:
    os.mkfifo("pipe")
    assert userops("prepare", "pipe").code == 2


def test_clear(here: Path) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(orders(1))
        userops("prepare", name)
    assert userops("prepare", "a.csv", "--clear").code == 0
    assert USED not in userops("segment", "a.csv").err
    assert USED in userops("segment", "b.csv").err
    assert "nothing is kept" in userops("prepare", "a.csv", "--clear").err


def test_a_store_that_cant_be_written(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    Path(".userops").write_text("in the way")
    ran = userops("prepare", "orders.csv")
    assert ran.code == 3
    assert "can't be written" in ran.err
    assert alike("segment", "orders.csv").code == 0


@pytest.mark.parametrize("asked", [("prepare", "none.csv"), ("prepare", "none/*.csv")])
def test_exports_that_arent_there(asked: tuple[str, ...], here: Path) -> None:
    assert userops(*asked).code == 3


def test_an_export_that_cant_be_used_is_said_and_the_old_store_stays(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    whole = Path("orders.csv").read_bytes()
    times = Path("orders.csv").stat()
    Path("orders.csv").write_text("a,b\n1,2\n")
    assert userops("prepare", "orders.csv").code == 3
    assert alike("segment", "orders.csv").code == 3
    Path("orders.csv").write_bytes(whole)
    os.utime("orders.csv", ns=(times.st_atime_ns, times.st_mtime_ns))
    alike("segment", "orders.csv")


def test_orders_by_user_hold_what_the_exports_do(here: Path) -> None:
    """What stands in the store, beside a query by hand over the export."""
    Path("orders.csv").write_text(orders(1, 300))
    userops("prepare", "orders.csv")
    parts = sorted(store_of().rglob("orders-*.parquet"))
    assert len(parts) > 5
    kept = pl.read_parquet(parts)
    raw = pl.read_csv("orders.csv", try_parse_dates=True).filter(pl.col("status") == "paid")
    wanted = raw.select(
        "user_id", day=pl.col("order_time").cast(pl.Date).cast(pl.Int32),
        amount=(pl.col("amount") * 100).round().cast(pl.Int64),
    ).sort("user_id", "day")  # fmt: skip
    assert kept.select("user_id", "day", "amount").equals(wanted)
    assert (kept["user_id"].rank("dense") - 1).to_list() == kept["user"].to_list()
    users = pl.read_parquet(sorted(store_of().rglob("users-*.parquet")))["user_id"]
    assert users.to_list() == sorted(set(raw["user_id"]))


def test_what_is_kept_of_exports_that_are_gone_can_be_removed(here: Path) -> None:
    Path("a.csv").write_text(orders(1))
    userops("prepare", "*.csv")
    Path("a.csv").unlink()
    ran = userops("prepare", "*.csv", "--clear")
    assert ran.code == 0, ran.err
    assert not list(Path(".userops").glob("*/manifest.json"))
