"""Exports of which nothing counts, or nothing is money: an error with its mend, or an answer."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import polars as pl
import pytest

import userops.api as api
from helpers.running import userops
from helpers.ways import carefully
from userops.core.errors import InputError

COD = """Name,Email,Financial Status,Fulfillment Status,Paid at,Total,Created at,Lineitem quantity,Lineitem name,Payment Method
#1,a@y.example,pending,fulfilled,,1500.00,2026-04-01 10:00:00 +0600,1,Soap,Cash on Delivery (COD)
#2,b@y.example,pending,fulfilled,,1400.00,2026-04-02 10:00:00 +0600,1,Soap,Cash on Delivery (COD)
"""  # fmt: skip
NO_MONEY = "date,customer_id\n2014-03-08,5\n2014-05-21,1\n2014-06-21,1\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def mend_of(err: str) -> list[str]:
    """The options that an error's mend begins with, as a shell reads them."""
    line = re.search(r"^  try: (.*?)(?:,|;|$)", err, re.MULTILINE)
    assert line is not None, err
    return shlex.split(line[1])


@pytest.mark.parametrize("command", ["segment", "repurchase", "lifecycle", "ltv", "cohorts"])
def test_cash_on_delivery_names_the_status_that_would_count(command: str, tmp_path: Path) -> None:
    orders = write(tmp_path / "orders.csv", COD)
    ran = userops(command, orders)
    assert ran.code == 3
    assert ran.out == b""
    assert "none of 2 rows counts: 2 cancelled, unpaid or closed ('pending' (2))" in ran.err
    assert mend_of(ran.err) == ["--status", "pending=valid"]


def test_the_mend_of_cash_on_delivery_helps(tmp_path: Path) -> None:
    orders = write(tmp_path / "orders.csv", COD)
    mend = mend_of(userops("segment", orders).err)
    ran = userops("segment", orders, *mend, "-f", "json")
    assert ran.code == 0
    assert [(row["user_id"], row["monetary"]) for row in json.loads(ran.out)] == [
        ("a@y.example", 1500),
        ("b@y.example", 1400),
    ]


def test_the_strict_way_says_the_same(tmp_path: Path) -> None:
    orders = write(tmp_path / "orders.csv", COD)
    fast = userops("segment", orders)
    with carefully():
        assert userops("segment", orders).err == fast.err


def test_check_shows_it_and_then_fails(tmp_path: Path) -> None:
    ran = userops("check", write(tmp_path / "orders.csv", COD), "-f", "json")
    assert ran.code == 3
    assert {"topic": "left out", "item": "cancelled, unpaid or closed", "value": "2"} in ran.json
    assert mend_of(ran.err) == ["--status", "pending=valid"]


def test_cancelled_orders_are_not_offered_to_be_counted(tmp_path: Path) -> None:
    orders = write(tmp_path / "o.csv", "order_id,user_id,date,amount,status\n1,u1,2025-01-01,5.00,cancelled\n")  # fmt: skip
    ran = userops("segment", orders)
    assert ran.code == 3
    assert "('cancelled' (1))" in ran.err
    assert "=valid" not in ran.err


def test_all_given_back_is_no_empty_table(tmp_path: Path) -> None:
    orders = write(tmp_path / "o.csv", "order_id,user_id,date,amount,refund\n1,u1,2025-01-01,5.00,5.00\n")  # fmt: skip
    ran = userops("segment", orders)
    assert ran.code == 3
    assert "none of 1 row counts: 1 fully refunded" in ran.err


def test_a_header_alone_and_a_day_before_the_first_row_stay_empty(tmp_path: Path) -> None:
    header = write(tmp_path / "h.csv", "order_id,user_id,date,amount\n")
    assert userops("segment", header).code == 0
    orders = write(tmp_path / "o.csv", "order_id,user_id,date,amount\n1,u1,2025-01-01,5.00\n")
    ran = userops("segment", orders, "--as-of", "2024-12-01")
    assert ran.code == 0
    assert "1 left out (1 after as_of)" in ran.err


def test_most_orders_unpaid_is_said_with_the_word(tmp_path: Path) -> None:
    rows = "".join(f"{n},u{n},2025-01-01,5.00,pending\n" for n in range(2, 6))
    orders = write(tmp_path / "o.csv", "order_id,user_id,date,amount,status\n1,u1,2025-01-01,5.00,paid\n" + rows)  # fmt: skip
    ran = userops("segment", orders)
    assert ran.code == 0
    assert "4 of 5 rows don't count: their status is 'pending' (4)" in ran.err
    assert "--status pending=valid would count them" in ran.err


def test_python_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of 2 rows counts") as caught:
        api.segment(write(tmp_path / "orders.csv", COD))
    assert "reading=ReadOptions(statuses={'pending': 'valid'})" in caught.value.mend


# Money only where it's used.


@pytest.mark.parametrize(
    "asked",
    [
        ("repurchase", "--show", "all"),
        ("cohorts", "--measure", "users", "--show", "all"),
        ("cohorts", "--measure", "retention", "--show", "all"),
        ("cohorts", "--measure", "orders", "--show", "all"),
        ("lifecycle", "--show", "users"),
        ("lifecycle", "--show", "flow"),
    ],
)
def test_what_needs_no_money_asks_for_none(asked: tuple[str, ...], tmp_path: Path) -> None:
    """Without a column of amounts the answer is that of amounts nobody looks at."""
    bare = write(tmp_path / "bare.csv", NO_MONEY)
    priced = write(tmp_path / "priced.csv", "date,customer_id,amount\n2014-03-08,5,7.00\n2014-05-21,1,8.00\n2014-06-21,1,9.00\n")  # fmt: skip
    without, with_money = (userops(*asked[:1], path, *asked[1:], "-f", "json", "--no-store") for path in (bare, priced))  # fmt: skip
    assert without.code == 0, without.err
    assert rows_of(without.json) == rows_of(with_money.json)
    with carefully():
        strict = userops(asked[0], bare, *asked[1:], "-f", "json")
    assert strict.out == without.out


def rows_of(result: object) -> object:
    if isinstance(result, dict):
        return {name: table["rows"] for name, table in result["tables"].items()}
    return result


@pytest.mark.parametrize("table", ["summary", "transitions"])
def test_a_table_about_money_says_that_there_is_none(table: str, tmp_path: Path) -> None:
    bare = write(tmp_path / "bare.csv", NO_MONEY)
    ran = userops("lifecycle", bare, "--show", table, "--since", "2014-06-01", "-f", "json")
    assert ran.code == 0, ran.err
    rows = json.loads(ran.out)
    assert rows
    assert {row["revenue"] for row in rows} == {None}
    assert "the orders have no column for amount: no revenue" in ran.err


@pytest.mark.parametrize(
    "asked", [("segment",), ("ltv",), ("cohorts", "--measure", "revenue"), ("check",)]
)
def test_what_is_about_money_still_asks_for_it(asked: tuple[str, ...], tmp_path: Path) -> None:
    ran = userops(asked[0], write(tmp_path / "bare.csv", NO_MONEY), *asked[1:])
    assert ran.code == 3
    assert "no column for amount" in ran.err


def test_python_needs_no_money_either() -> None:
    orders = pl.DataFrame(
        {"user_id": ["a", "b", "b"], "order_time": ["2025-01-01", "2025-01-02", "2025-03-01"]}
    )
    result = api.repurchase(orders)
    assert result["orders"].frame.row(0, named=True)["users"] == 2
    with pytest.raises(InputError, match="no column for amount"):
        api.segment(orders)
