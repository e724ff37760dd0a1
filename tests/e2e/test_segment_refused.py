"""Rows that are refused, and what becomes of them."""

from __future__ import annotations

import csv
from random import Random

import pytest

from helpers.running import userops
from helpers.segments import SHOP
from helpers.shops import Shape, shop, write

ORDERS = """order_id,user_id,date,amount,status
1,a,2024-01-01,10.00,paid
2,b,2024-01-02,5.00,paid
3,,2024-01-03,5.00,paid
4,c,soon,5.00,paid
5,d,2024-01-04,lots,paid
6,e,2024-01-05,5.00,paid,more
7,f,2024-01-06,5.00,cancelled
8,a,2024-01-07,-2.00,paid
9,g,2024-01-09,5.00,refunded
1,a,2024-01-01,10.00,paid

"""


class TestRefusedRows:
    def test_rejects_say_where_and_why(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        ran = userops(
            "segment", "orders.csv", "--rejects", "bad.csv", "--max-rejects", "50%", "-f", "csv"
        )
        assert ran.code == 0, ran.err
        with (here / "bad.csv").open(encoding="utf-8-sig") as file:
            bad = [tuple(row.values()) for row in csv.DictReader(file)]
        assert bad == [
            ("orders.csv", "4", "", "no user", "3,,2024-01-03,5.00,paid"),
            ("orders.csv", "5", "date", "not a date", "4,c,soon,5.00,paid"),
            ("orders.csv", "6", "amount", "not an amount", "5,d,2024-01-04,lots,paid"),
            ("orders.csv", "7", "", "too many fields", "6,e,2024-01-05,5.00,paid,more"),
        ]

    def test_too_many(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        (here / "out.csv").write_text("old")
        ran = userops("segment", "orders.csv", "--rejects", "bad.csv", "-o", "out.csv")
        assert ran.code == 4
        assert ran.out == b""
        assert "--max-rejects 1%" in ran.err
        assert (here / "out.csv").read_text() == "old"
        assert (here / "bad.csv").read_text("utf-8-sig").count("\n") == 5
        assert userops("segment", "orders.csv", "--max-rejects", "3", "-q").code == 4
        assert userops("segment", "orders.csv", "--max-rejects", "4", "-q").code == 0
        assert userops("segment", "orders.csv", "--max-rejects", "much", "-q").code == 2

    def test_no_rejects_is_an_empty_file(self, here) -> None:
        assert userops("segment", SHOP, "--rejects", "bad.csv", "-q").code == 0
        assert (here / "bad.csv").read_text("utf-8-sig") == "file,line,column,reason,raw\n"

    def test_the_tally_balances(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        ran = userops(
            "segment", "orders.csv", "--max-rejects", "50%", "-f", "json", "--show", "all", "-q"
        )
        tally = ran.json["tally"]
        assert tally == {
            "read": 11,
            "used": 3,
            "refused": {"no user": 1, "not a date": 1, "not an amount": 1, "too many fields": 1},
            "left_out": {
                "the same row twice": 1,
                "cancelled, unpaid or closed": 1,
                "fully refunded": 1,
                "blank line": 1,
            },
        }
        assert tally["read"] == tally["used"] + sum(tally["refused"].values()) + sum(
            tally["left_out"].values()
        )

    @pytest.mark.parametrize("seed", range(8))
    def test_the_tally_of_any_shop_balances(self, tmp_path, seed) -> None:
        rows = shop(Random(seed), Shape(rows=200))
        name = write(tmp_path / "orders.csv", rows)
        ran = userops("segment", name, "-f", "json", "--show", "all", "-q", "--as-of", "2024-02-01")
        tally = ran.json["tally"]
        assert tally["read"] == len(rows)
        assert tally["read"] == tally["used"] + sum(tally["left_out"].values())
