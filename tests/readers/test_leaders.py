"""Leaders and commission of orders, and orders given back: alike by the fast way and the strict one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

HEADER = "order_id,user_id,paid_at,amount,refund_amount,status,leader_id,commission"
ROWS = [
    "1,u1,2025-01-01 10:00:00,100.00,0,paid,13800138000,5.00",
    "2,u2,2025-01-02 10:00:00,50.50,50.50,paid,13800138000,2.52",
    "3,u3,2025-01-03 10:00:00,70.00,10.50,paid,,",
    "4,u4,2025-01-04 10:00:00,20.00,0,refunded,007,1.00",
    "5,u5,2025-01-05 10:00:00,30.00,0,cancelled,007,1.00",
    "6,u6,2025-02-01 10:00:00,40.00,0,refunded,007,1.00",
]
# What the fast way doesn't read, and changes nothing: a cancelled order that stands twice.
ODD = ["9,u9,2025-01-09 10:00:00,1.00,0,cancelled,,"] * 2


def read(
    path: Path, rows: list[str], as_of: int | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The orders that count, and those given back."""
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    with workspace() as folder:
        orders = Orders.open([str(path)], ReadOptions(), folder)
        (kept,), _ = orders.reduce([_chosen], as_of)
        (back,) = orders.given_back([_chosen], as_of)
    return kept, back


def _chosen(orders: pl.LazyFrame) -> pl.LazyFrame:
    return orders.select("user_id", "amount", "orders", "leader_id", "commission").sort("user_id")


@pytest.mark.parametrize("more", [[], ODD], ids=["fast", "strict"])
def test_who_brought_an_order_and_for_what(tmp_path: Path, more: list[str]) -> None:
    kept, back = read(tmp_path / "orders.csv", ROWS + more)
    assert kept.rows() == [
        ("u1", 10000, 1, "13800138000", 500),
        ("u3", 5950, 1, None, None if not more else kept["commission"][1]),
    ]
    # As they were paid.
    assert back.rows() == [
        ("u2", 5050, 1, "13800138000", 252), ("u4", 2000, 1, "007", 100), ("u6", 4000, 1, "007", 100),
    ]  # fmt: skip


@pytest.mark.parametrize("more", [[], ODD], ids=["fast", "strict"])
def test_orders_given_back_are_cut_at_as_of(tmp_path: Path, more: list[str]) -> None:
    _, back = read(tmp_path / "orders.csv", ROWS + more, as_of=20_100)  # 2025-01-12
    assert back["user_id"].to_list() == ["u2", "u4"]


def test_a_refund_of_its_own_row_gives_its_order_back(tmp_path: Path) -> None:
    rows = [*ROWS, "1,u1,2025-01-20 10:00:00,-100.00,0,paid,,"]
    for as_of, users in ((20_100, ["u2", "u4"]), (20_115, ["u1", "u2", "u4"])):
        kept, back = read(tmp_path / "orders.csv", rows, as_of=as_of)
        assert back["user_id"].to_list() == users
        assert not set(kept["user_id"]) & set(users)


def test_commission_of_line_items_is_their_orders(tmp_path: Path) -> None:
    """Beside its total it's repeated; beside lines' own amounts it's theirs."""
    totals = [
        f"{n},u{n},2025-01-01 10:00:0{second},9{n}.00,0,paid,l,4.00"
        for n in (1, 2)
        for second in (0, 1)
    ]
    kept, _ = read(tmp_path / "orders.csv", totals)
    assert kept.select("amount", "commission").rows() == [(9100, 400), (9200, 400)]
    own = [
        "1,u1,2025-01-01 10:00:00,10.00,0,paid,l,1.00", "1,u1,2025-01-01 10:00:00,20.00,0,paid,l,2.00",
        "2,u2,2025-01-01 10:00:00,30.00,0,paid,l,3.00", "2,u2,2025-01-01 10:00:00,5.00,0,paid,,0.50",
    ]  # fmt: skip
    kept, _ = read(tmp_path / "orders.csv", own)
    assert kept.select("amount", "leader_id", "commission").rows() == [
        (3000, "l", 300), (3500, "l", 350),
    ]  # fmt: skip


def test_a_list_of_leaders_by_phone_needs_no_other_id(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    (tmp_path / "团长名单.csv").write_text(
        "团长姓名,手机号,加入时间\n小王,13800138000,2025-01-01\n", "utf-8"
    )
    ran = userops(
        "referral",
        tmp_path / "orders.csv",
        "--leaders",
        tmp_path / "团长名单.csv",
        "--show",
        "leaders",
    )
    assert ran.code == 0, ran.err
    assert "团长名单.csv: leader_id from '手机号'" in ran.err
