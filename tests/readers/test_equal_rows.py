"""Rows of line items that are equal throughout to an earlier row of their order: added up, and said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import Ran, userops
from helpers.stores import USED, alike
from helpers.ways import carefully
from userops import api
from userops.core.facts import EqualRows, Facts
from userops.ledger.customers import CUSTOMERS
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.strict import equal_rows, partitions, rows

HEAD = "order_id,user_id,created_at,amount"
# Order 4 on rows that differ makes them line items; order 1 stands twice as it is.
ITEMS = "4,d,2025-01-03,5.00\n4,d,2025-01-03,7.00\n"
ONE = "1,a,2025-01-01,10.00\n"
OTHERS = "2,b,2025-01-02,5.00\n3,c,2025-01-02,5.00\n"
JOINED = f"{HEAD}\n{ONE}{ONE}{OTHERS}{ITEMS}"
SAID = (
    "1 row is equal throughout to an earlier row of the same order: added up, as more of the same "
    "article; if they're copies, remove them, or give the exports that were joined one by one (an order "
    "in several counts once)"
)


def put(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def spent(ran: Ran) -> dict[str, str]:
    """What each user spent, as `segment -f csv` has it."""
    assert ran.code == 0, ran.err
    lines = [line.split(",") for line in ran.text.splitlines()[1:]]
    return {line[0]: line[5] for line in lines}


def read(*names: str, as_of: int | None = None, **how: object) -> Facts:
    with workspace() as folder:
        orders = Orders.open(names, ReadOptions(**how), folder)
        return orders.reduce([CUSTOMERS], as_of)[1]


@pytest.fixture(autouse=True)
def in_folder(here: Path) -> Path:
    return here


class TestSaid:
    @pytest.mark.parametrize("way", [nullcontext, carefully])
    def test_how_many_and_what_they_count_as(self, way: Callable) -> None:
        with way():
            ran = userops("segment", put("o.csv", JOINED), "-f", "csv")
        assert spent(ran) == {"a": "20.00", "b": "5.00", "c": "5.00", "d": "12.00"}
        assert f"note: {SAID}\n" in ran.err

    def test_in_chinese(self) -> None:
        ran = userops("segment", put("o.csv", JOINED), "--lang", "zh")
        assert "1 行与同一订单中前面的某一行完全相同，按同一商品的多件累加" in ran.err

    def test_of_parquet_and_frames_and_other_formats(self) -> None:
        frame = pl.read_csv(put("o.csv", JOINED), try_parse_dates=True)
        frame.write_parquet("o.parquet")
        frame.write_excel("o.xlsx")
        frame.with_columns(pl.col("created_at").cast(pl.String)).write_ndjson("o.jsonl")
        for name in ("o.parquet", "o.xlsx", "o.jsonl"):
            ran = userops("segment", name, "-f", "csv")
            assert spent(ran)["a"] == "20.00"
            assert SAID in ran.err
        for given_frame in (frame, frame.lazy()):
            result = api.segment(given_frame)
            assert SAID in result.messages

    def test_of_a_prepared_store(self) -> None:
        put("o.csv", JOINED)
        assert SAID in userops("prepare", "o.csv").err
        ran = alike("segment", "o.csv", "-f", "csv")
        assert USED in ran.err
        assert SAID in ran.err
        ran = alike("check", "o.csv", "--show", "findings", "-f", "csv")
        assert "equal rows of one order,1,rows,order 1" in ran.text

    def test_of_lines_in_a_file_of_their_own(self) -> None:
        put("o.csv", "order_id,user_id,created_at,shipping\n1,a,2025-01-01,1\n2,b,2025-01-02,1\n")
        put("i.csv", "order_id,product,amount\n1,tea,10\n1,tea,10\n2,tea,10\n2,cup,4\n2,cup,5\n")
        ran = userops("segment", "o.csv", "--lines", "i.csv", "-f", "csv")
        assert spent(ran)["a"] == "20.00"
        assert SAID in ran.err

    def test_of_lines_whose_orders_have_numbers_that_count_once(self) -> None:
        # The refund stands on the order's first line alone: what tells lines apart is the lines'.
        put("o.csv", "order_id,user_id,created_at,refund\n1,a,2025-01-01,1\n2,b,2025-01-02,0\n")
        put("i.csv", "order_id,product,amount\n1,tea,10\n1,tea,10\n2,tea,10\n2,cup,4\n")
        ran = userops("segment", "o.csv", "--lines", "i.csv", "-f", "csv", "--refunds", "gross")
        assert spent(ran)["a"] == "19.00"
        assert SAID in ran.err

    def test_to_readers_of_a_report(self) -> None:
        ran = userops("report", put("o.csv", JOINED), "--sections", "data", "-f", "md")
        assert "1 row is equal throughout to an earlier row of the same order" in ran.text
        assert "equal rows of one order" in ran.text
        assert "order 1" not in ran.text  # it may be passed on


class TestNotSaid:
    @pytest.mark.parametrize(
        "text",
        [
            OTHERS,  # clean
            OTHERS + ITEMS,  # line items that differ
            ONE + ONE + OTHERS,  # an order's total said twice
            ONE + OTHERS + ITEMS + "1,a,2025-01-01,10.00,\n",  # no row: it has a cell too many
            ONE + OTHERS + ITEMS + "1,a,2025-01-02,10.00\n",  # of another day
            "".join(line + "\n" for line in ["a,2025-01-01,1"] * 3),  # without a number
        ],
    )
    def test_where_no_line_item_is_equal(self, text: str) -> None:
        head = HEAD if text.count(",") > 6 else "user_id,created_at,amount"
        name = put("o.csv", f"{head}\n{text}")
        for command in ("segment", "check"):
            ran = userops(command, name, "--max-rejects", "100%", "--show", "all", "-f", "json")
            assert "equal throughout" not in ran.err
            assert "equal rows" not in ran.text

    def test_not_looked_for_but_among_line_items(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []
        found = equal_rows.equal_rows
        monkeypatch.setattr(
            "userops.readers.strict.netting.equal_rows",
            lambda rows: asked.append(len(rows)) or found(rows),
        )
        with carefully():
            read(put("o.csv", f"{HEAD}\n{OTHERS}"))
            read(put("o.csv", f"{HEAD}\n{ONE}{ONE}{OTHERS}"))
        assert sum(asked) == 0
        read(put("o.csv", JOINED))
        assert sum(asked) == 6

    def test_where_the_rows_are_said_to_be_totals(self) -> None:
        ran = userops("segment", put("o.csv", JOINED), "--totals", "order", "-f", "csv")
        assert spent(ran)["a"] == "10.00"
        assert "1 the same row twice" in ran.err
        assert "equal throughout" not in ran.err

    def test_where_exports_overlap(self) -> None:
        """What's told to do helps: the exports one by one, in place of one that joins them."""
        put("1.csv", f"{HEAD}\n{ONE}{OTHERS}")
        put("2.csv", f"{HEAD}\n{ONE}{ITEMS}")
        ran = userops("segment", "1.csv", "2.csv", "-f", "csv")
        assert spent(ran)["a"] == "10.00"
        assert "1 also in a later export" in ran.err
        assert "equal throughout" not in ran.err

    def test_but_of_those_within_the_export_that_counts(self) -> None:
        put("1.csv", f"{HEAD}\n{ONE * 5}{OTHERS}")
        put("2.csv", f"{HEAD}\n{ONE * 3}{ITEMS}")
        facts = read("1.csv", "2.csv")
        assert facts.equal_rows == EqualRows(2, ("1",))
        assert facts.tally.left_out == {"also in a later export": 5}

    def test_where_they_dont_count(self) -> None:
        status = [
            f"{line},{'cancelled' if line[0] == '1' else 'paid'}"
            for line in JOINED.splitlines()[1:]
        ]
        facts = read(put("o.csv", "\n".join([HEAD + ",status", *status]) + "\n"))
        assert facts.equal_rows == EqualRows()
        late = JOINED.replace("1,a,2025-01-01", "1,a,2025-02-01")
        assert read(put("o.csv", late)).equal_rows.rows == 1
        assert read(put("o.csv", late), as_of=20_100).equal_rows == EqualRows()


class TestCounted:
    def test_rows_beyond_the_first_and_orders_as_text_sorts(self) -> None:
        more = "".join(f"{n},u,2025-01-04,3.00\n" * n for n in (9, 10, 11, 12))
        facts = read(put("o.csv", JOINED + more), totals="lines")
        assert facts.equal_rows == EqualRows(1 + 8 + 9 + 10 + 11, ("1", "10", "11"))

    def test_every_cell_tells(self) -> None:
        """Also one that nobody reads: a line's own number makes it another line."""
        lines = [f"{line},{n // 2}" for n, line in enumerate(JOINED.splitlines()[1:])]
        head = f"{HEAD},line"
        assert read(put("o.csv", "\n".join([head, *lines]) + "\n")).equal_rows.rows == 1
        lines = [f"{line},{n}" for n, line in enumerate(JOINED.splitlines()[1:])]
        assert read(put("o.csv", "\n".join([head, *lines]) + "\n")).equal_rows.rows == 0

    def test_a_refund_that_stands_twice(self) -> None:
        text = JOINED.replace(ONE + ONE, ONE + "1,a,2025-01-02,-4.00\n" * 2)
        ran = userops("segment", put("o.csv", text), "-f", "csv")
        assert spent(ran)["a"] == "2.00"
        assert SAID in ran.err
        assert read("o.csv").equal_rows == EqualRows(1, ("1",))

    def test_orders_that_were_given_back_in_full(self) -> None:
        """They don't count, but what was paid for them does, where it's asked what was given back."""
        text = JOINED.replace(",amount\n", ",amount,status\n").replace("0\n", "0,paid\n")
        text = text.replace("1,a,2025-01-01,10.00,paid", "1,a,2025-01-01,10.00,refunded")
        facts = read(put("o.csv", text))
        assert facts.tally.left_out == {"fully refunded": 2}
        assert facts.equal_rows == EqualRows(1, ("1",))

    def test_refunds_of_users_without_an_order_dont_count(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        strangers = "".join(f"x{n},z{n},2025-01-02,-1.00\n" * 2 for n in range(9))
        loose = "".join(f"y{n},u{n},2025-01-02,-1.00\n" * 2 for n in range(9))
        bought = "".join(f"b{n},u{n},2025-01-02,9.00\n" for n in range(9))
        name = put("o.csv", JOINED + strangers + loose + bought)
        whole = read(name)
        assert whole.equal_rows == EqualRows(10, ("1",))
        assert whole.tally.left_out == {"refunds of users without an order": 18}
        monkeypatch.setattr(partitions, "_IN_MEMORY", 1)
        assert read(name) == whole

    @settings(max_examples=40, deadline=None)
    @given(
        lines=st.lists(
            st.tuples(st.integers(1, 6), st.integers(1, 3), st.sampled_from("xy")),
            min_size=1,
            max_size=40,
        ),
        in_parts=st.booleans(),
    )
    def test_as_going_through_them_one_by_one(
        self, lines: list[tuple[int, int, str]], in_parts: bool, tmp_path_factory
    ) -> None:
        cells = [
            f"{order},u{order},2025-01-01,{amount},{product}" for order, amount, product in lines
        ]
        file = tmp_path_factory.mktemp("shop") / "o.csv"
        put(str(file), "\n".join([f"{HEAD},product", *cells]) + "\n")
        again = {cell: count - 1 for cell, count in Counter(cells).items() if count > 1}
        orders = sorted({cell.split(",")[0] for cell in again})
        with pytest.MonkeyPatch.context() as patch, carefully():
            if in_parts:
                patch.setattr(partitions, "_IN_MEMORY", 5)
                patch.setattr(rows, "_BATCH", 7)
            facts = read(str(file), totals="lines")
        assert facts.equal_rows == EqualRows(sum(again.values()), tuple(orders[:3]))
