"""Payments and refunds, each at its own time: what ledgers of points are made from."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from userops.ledger.customers import CUSTOMERS
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

HEAD = "order_id,user_id,paid_at,status,amount,refund_amount\n"
SHOP = Path(__file__).parents[2] / "sample_data" / "shop" / "orders.csv"


def payments(tmp_path: Path, rows: str, as_of: int | None = None) -> list[tuple[object, ...]]:
    file = tmp_path / "orders.csv"
    file.write_text(HEAD + rows)
    frame = Orders.open([str(file)], ReadOptions(), tmp_path).payments(as_of)
    return frame.select("order_id", pl.col("time").dt.date().cast(pl.String), "amount").rows()


def test_a_refund_in_the_orders_own_row_stands_at_its_time(tmp_path: Path) -> None:
    rows = "1,a,2025-01-01,paid,300,150\n2,a,2025-01-02,paid,50,\n"
    assert payments(tmp_path, rows) == [
        ("1", "2025-01-01", -15_000),
        ("1", "2025-01-01", 30_000),
        ("2", "2025-01-02", 5_000),
    ]


def test_a_refund_of_its_own_has_its_day_and_comes_with_it(tmp_path: Path) -> None:
    rows = "1,a,2025-01-01,paid,300,\n1,a,2025-02-01,refunded,-150,\n"
    both = [("1", "2025-01-01", 30_000), ("1", "2025-02-01", -15_000)]
    assert payments(tmp_path, rows) == both
    assert payments(tmp_path, rows, 20_119) == both[:1]  # 2025-01-31


def test_orders_given_back_in_full_come_to_nothing_and_void_ones_are_none(tmp_path: Path) -> None:
    rows = (
        "1,a,2025-01-01,refunded,300,\n2,a,2025-01-02,cancelled,50,\n3,a,2025-01-03,paid,7,7\n"
        "4,a,2025-01-04,refunded,10,4\n5,a,2025-01-05,paid,1,\n"
    )
    assert payments(tmp_path, rows) == [
        ("1", "2025-01-01", -30_000),
        ("1", "2025-01-01", 30_000),
        ("3", "2025-01-03", -700),
        ("3", "2025-01-03", 700),
        ("4", "2025-01-04", -400),
        ("4", "2025-01-04", 1_000),
        ("5", "2025-01-05", 100),
    ]


@pytest.mark.parametrize("as_of", [None, 20_000])
def test_they_add_up_to_what_customers_spent(tmp_path: Path, as_of: int | None) -> None:
    orders = Orders.open([str(SHOP)], ReadOptions(), tmp_path)
    (customers,), _ = orders.reduce([CUSTOMERS], as_of)
    paid = orders.payments(as_of).group_by("user_id").agg(spent=pl.col("amount").sum())
    both = customers.join(paid, on="user_id", how="full")
    assert both.filter(pl.col("user_id").is_not_null())["amount"].to_list() == (
        both.filter(pl.col("user_id").is_not_null())["spent"].to_list()
    )
    assert both.filter(pl.col("user_id").is_null())["spent"].sum() == 0


@pytest.mark.parametrize("as_of", [None, 20_000])
def test_clean_orders_are_told_in_one_pass_as_they_are_row_by_row(
    tmp_path: Path, as_of: int | None
) -> None:
    fast, careful = (Orders.open([str(SHOP)], ReadOptions(), tmp_path) for _ in range(2))
    careful._doubted = True
    assert fast.payments(as_of).equals(careful.payments(as_of))
    assert not fast._doubted
