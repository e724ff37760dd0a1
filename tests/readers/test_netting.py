"""From rows to orders: what nets what, what is left out, and that each row is counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from helpers.ways import carefully
from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

HEADER = "order_id,user_id,date,amount,status,refund"


def orders(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A step that keeps each order."""
    return frame.select("user_id", "day", "amount", "orders").sort("user_id", "day", "amount")


@pytest.fixture
def net(tmp_path: Path):
    """(user, day, amount, orders) of each order, what became of the rows, and the facts."""

    def of(*files: str, as_of: date | None = None, header: str = HEADER, **how: object):
        names = []
        for number, rows in enumerate(files):
            names.append(str(tmp_path / f"{number}.csv"))
            lines = [header, *(line.strip() for line in rows.strip().splitlines())]
            Path(names[-1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
        day = to_day(as_of) if as_of else None
        with workspace() as folder, carefully():
            (netted,), facts = Orders.open(names, ReadOptions(**how), folder).reduce([orders], day)
        first = to_day(date(2024, 1, 1))
        orders_found = [
            (user, day - first + 1, amount, count)
            for user, day, amount, count in netted.iter_rows()
        ]
        return orders_found, dict(facts.tally.left_out), facts

    return of


class TestToldTwice:
    BOTH = "1,a,2024-01-01,100.00,paid,5.00\n1,a,2024-01-09,-5.00,paid,\n2,b,2024-01-02,7.00,paid,"

    def test_once_where_the_amounts_match(self, net) -> None:
        orders, left_out, facts = net(self.BOTH)
        assert (orders, left_out) == ([("a", 1, 9500, 1), ("b", 2, 700, 1)], {})
        assert any("1 refund is told twice" in note for note in facts.notes)

    def test_by_the_row_which_has_a_day(self, net) -> None:
        assert net(self.BOTH, as_of=date(2024, 1, 5))[0][0] == ("a", 1, 10_000, 1)

    def test_several_rows_of_one_refund(self, net) -> None:
        rows = "1,a,2024-01-01,100.00,paid,9.00\n1,a,2024-01-08,-5.00,paid,\n1,a,2024-01-09,-4.00,paid,"
        assert net(rows)[0] == [("a", 1, 9100, 1)]

    def test_else_it_is_asked(self, net) -> None:
        rows = self.BOTH.replace("-5.00", "-8.00")
        with pytest.raises(InputError, match="other refunds as rows of their own, such as 1"):
            net(rows)
        for refunds, amount in (("column", 9500), ("rows", 9200), ("both", 8700)):
            assert net(rows, refunds_by=refunds)[0][0] == ("a", 1, amount, 1)

    def test_the_command_asks_and_is_told(self, tmp_path: Path) -> None:
        name = tmp_path / "o.csv"
        name.write_text(f"{HEADER}\n{self.BOTH.replace('-5.00', '-8.00')}\n")
        ran = userops("segment", name)
        assert ran.code == 3
        assert "--refunds-by column, rows or both" in ran.err
        assert "92.00" in userops("segment", name, "--refunds-by", "rows", "--show", "users").text
        config = tmp_path / "userops.toml"
        config.write_text('[reading]\nrefunds_by = "column"\n')
        assert "95.00" in userops("segment", name, "--config", config, "--show", "users").text
        assert userops("segment", name, "--refunds-by", "some").code == 2


class TestTheMoneyDecides:
    ROWS = "1,a,2024-01-01,100.00,refunded,5.00\n2,b,2024-01-02,7.00,refunded,7.00\n3,c,2024-01-03,9.00,refunded,"

    def test_a_part_given_back_is_no_full_refund(self, net) -> None:
        orders, left_out, facts = net(self.ROWS)
        assert (orders, left_out) == ([("a", 1, 9500, 1)], {"fully refunded": 2})
        assert any(
            "1 order counts, net, whose status says refunded" in note for note in facts.notes
        )

    def test_also_as_a_row_of_its_own(self, net) -> None:
        orders, _, _ = net("1,a,2024-01-01,100.00,refunded,\n1,a,2024-01-05,-5.00,refunded,")
        assert orders == [("a", 1, 9500, 1)]

    def test_whichever_way_it_is_read(self, tmp_path: Path) -> None:
        name = tmp_path / "o.csv"
        name.write_text(f"{HEADER}\n{self.ROWS}\n")
        fast = userops("segment", name, "--show", "users")
        assert "95.00" in fast.text
        assert "whose status says refunded: only a part was given back" in fast.err
        with carefully():
            assert userops("segment", name, "--show", "users").text == fast.text

    def test_the_lines_of_an_order_together(self, net) -> None:
        rows = "1,a,2024-01-01,60.00,refunded,60.00\n1,a,2024-01-01,40.00,refunded,"
        assert net(rows, totals="lines")[0] == [("a", 1, 4000, 1)]


class TestRefunds:
    def test_a_part(self, net) -> None:
        orders, left_out, _ = net("1,a,2024-01-01,10.00,paid,4.00")
        assert (orders, left_out) == ([("a", 1, 600, 1)], {})

    def test_all(self, net) -> None:
        orders, left_out, _ = net("1,a,2024-01-01,10.00,paid,10.00\n2,a,2024-01-02,1.00,paid,0")
        assert (orders, left_out) == ([("a", 2, 100, 1)], {"fully refunded": 1})

    def test_written_as_negative(self, net) -> None:
        orders, _, _ = net("1,a,2024-01-01,10.00,paid,-4.00")
        assert orders == [("a", 1, 600, 1)]

    def test_a_zero_amount_is_an_order(self, net) -> None:
        assert net("1,a,2024-01-01,0,paid,0")[0] == [("a", 1, 0, 1)]


class TestNegativeRows:
    def test_of_a_known_order(self, net) -> None:
        orders, left_out, facts = net(
            "1,a,2024-01-01,10.00,paid,\n1,a,2024-01-05,-4.00,paid,\n2,b,2024-01-05,1.00,paid,"
        )
        assert orders == [("a", 1, 600, 1), ("b", 5, 100, 1)]
        assert (left_out, facts.tally.used) == ({}, 3)

    def test_whatever_its_status(self, net) -> None:
        orders, _, _ = net("1,a,2024-01-01,10.00,paid,\n1,a,2024-01-05,-4.00,refunded,")
        assert orders == [("a", 1, 600, 1)]

    def test_of_all_of_it(self, net) -> None:
        orders, left_out, _ = net(
            "1,a,2024-01-01,10.00,paid,\n1,a,2024-01-05,-4.00,paid,\n1,a,2024-01-06,-6.00,paid,"
        )
        assert (orders, left_out) == ([], {"fully refunded": 3})

    def test_not_yet_there(self, net) -> None:
        rows = "1,a,2024-01-01,10.00,paid,\n1,a,2024-01-05,-10.00,paid,"
        orders, left_out, _ = net(rows, as_of=date(2024, 1, 4))
        assert (orders, left_out) == ([("a", 1, 1000, 1)], {"after as_of": 1})

    def test_of_an_order_that_isnt_there(self, net) -> None:
        orders, _, facts = net("1,a,2024-01-01,10.00,paid,\n9,a,2024-01-05,-4.00,paid,")
        assert orders == [("a", 1, 1000, 1), ("a", 5, -400, 0)]
        assert any("1 refund without its order" in note for note in facts.notes)

    @pytest.mark.parametrize(
        ("status", "reason"),
        [("cancelled", "cancelled, unpaid or closed"), ("refunded", "fully refunded")],
    )
    def test_of_an_order_that_doesnt_count(self, net, status, reason) -> None:
        orders, left_out, _ = net(
            f"1,a,2024-01-01,10.00,{status},\n1,a,2024-01-05,-10.00,paid,\n2,a,2024-01-02,5.00,paid,"
        )
        assert orders == [("a", 2, 500, 1)]
        assert left_out == {reason: 1, "a refund of an order that doesn't count": 1}

    def test_a_cancelled_refund(self, net) -> None:
        orders, _, _ = net("1,a,2024-01-01,10.00,paid,\n1,a,2024-01-05,-4.00,cancelled,")
        assert orders == [("a", 1, 1000, 1)]

    def test_without_ids(self, net) -> None:
        header = "user_id,date,amount"
        orders, _, _ = net("a,2024-01-01,10.00\na,2024-01-01,-4.00", header=header)
        assert orders == [("a", 1, -400, 0), ("a", 1, 1000, 1)]


class TestRepeats:
    def test_the_same_row_twice(self, net) -> None:
        orders, left_out, _ = net("1,a,2024-01-01,10.00,paid,\n1,a,2024-01-01,10.00,paid,")
        assert (orders, left_out) == ([("a", 1, 1000, 1)], {"the same row twice": 1})

    def test_without_ids_each_row_is_an_order(self, net) -> None:
        orders, left_out, _ = net("a,2024-01-01,1\na,2024-01-01,1", header="user_id,date,amount")
        assert (orders, left_out) == ([("a", 1, 100, 1)] * 2, {})

    def test_exports_without_ids_that_overlap(self, net) -> None:
        orders, left_out, _ = net(
            "a,2024-01-01,1\na,2024-01-01,1\nb,2024-01-02,1",
            "a,2024-01-01,1\nb,2024-01-02,1\nc,2024-01-03,1",
            header="user_id,date,amount",
        )
        assert orders == [("a", 1, 100, 1), ("a", 1, 100, 1), ("b", 2, 100, 1), ("c", 3, 100, 1)]
        assert left_out == {"also in a later export": 2}

    def test_the_later_export_wins(self, net) -> None:
        orders, left_out, facts = net(
            "1,a,2024-01-01,10.00,paid,\n2,b,2024-01-01,1.00,paid,",
            "1,a,2024-01-01,10.00,refunded,",
        )
        assert orders == [("b", 1, 100, 1)]
        assert left_out == {"also in a later export": 1, "fully refunded": 1}
        assert any("1 order differs between exports" in note for note in facts.notes)

    def test_an_order_of_two_users(self, net) -> None:
        orders, _, facts = net("1,a,2024-01-01,10.00,paid,\n1,b,2024-01-01,9.00,paid,")
        assert orders == []
        assert facts.tally.refused == {"an order of two users": 2}


class TestLineItems:
    def test_their_own_amounts(self, net) -> None:
        orders, _, facts = net(
            "1,a,2024-01-01,10.00,paid,\n1,a,2024-01-01,5.00,paid,\n2,b,2024-01-01,1.00,paid,"
        )
        assert orders == [("a", 1, 1500, 1), ("b", 1, 100, 1)]
        assert any("--totals" in note for note in facts.notes)

    def test_the_orders_total_repeated(self, net) -> None:
        header = HEADER + ",product"
        orders, _, _ = net(
            "1,a,2024-01-01,15.00,paid,,x\n1,a,2024-01-01,15.00,paid,,y\n2,b,2024-01-01,1.00,paid,,x",
            header=header,
        )
        assert orders == [("a", 1, 1500, 1), ("b", 1, 100, 1)]

    def test_the_orders_total_once(self, net) -> None:
        header = HEADER + ",product"
        orders, _, _ = net(
            "1,a,2024-01-01,15.00,paid,,x\n1,,,,,,y\n2,b,2024-01-01,1,paid,,x", header=header
        )
        assert orders == [("a", 1, 1500, 1), ("b", 1, 100, 1)]

    def test_or_as_told(self, net) -> None:
        header = HEADER + ",product"
        rows = "1,a,2024-01-01,5.00,paid,,x\n1,a,2024-01-01,5.00,paid,,y"
        assert net(rows, header=header, totals="order")[0] == [("a", 1, 500, 1)]
        assert net(rows, header=header, totals="lines")[0] == [("a", 1, 1000, 1)]
