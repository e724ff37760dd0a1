"""The fast way gives what the strict way gives, or nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES
from helpers.shops import CLEAN, FIRST_DAY, Row, Shape, as_csv, shop, shops, write
from helpers.ways import carefully
from userops.core.dates import to_day
from userops.core.errors import UseropsError
from userops.core.facts import Facts
from userops.datasets.orders import Status
from userops.ledger.customers import CUSTOMERS
from userops.readers.fast import expressions
from userops.readers.fast import orders as fast_orders
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

CLEAN_SHAPES = (CLEAN, replace(CLEAN, ids=False), replace(CLEAN, rows=300, users=50))
Outcome = tuple[list[pl.DataFrame], Facts] | str


def everything(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A step that keeps each order."""
    names = orders.collect_schema().names()
    return orders.select(sorted(names)).sort("user_id", "day", "amount", "orders")


STEPS = [CUSTOMERS, everything]


def read(names: list[str], how: ReadOptions, as_of: int | None = None) -> Outcome:
    """Frames and facts, or why not."""
    with workspace() as folder:
        try:
            return Orders.open(names, how, folder).reduce(STEPS, as_of)
        except UseropsError as error:
            return str(error)


def by_both(
    names: list[str], how: ReadOptions | None = None, as_of: int | None = None
) -> tuple[Outcome, Outcome, bool]:
    """What each way gives, and whether the fast one trusted itself."""
    how = how or ReadOptions()
    trusted = []
    fast = fast_orders.reduce

    def watched(*given: object) -> object:
        trusted.append(fast(*given))
        return trusted[-1]

    fast_orders.reduce = watched
    try:
        one = read(names, how, as_of)
    finally:
        fast_orders.reduce = fast
    with carefully():
        two = read(names, how, as_of)
    return one, two, bool(trusted) and trusted[0] is not None


def assert_same(one: Outcome, two: Outcome) -> None:
    if isinstance(one, str) or isinstance(two, str):
        assert one == two
        return
    (customers, orders), facts = one
    (careful_customers, careful_orders), careful_facts = two
    for fact in ("window", "tally", "currency", "notes"):
        assert getattr(facts, fact) == getattr(careful_facts, fact)
    assert customers.equals(careful_customers)
    shared = [name for name in orders.columns if name in careful_orders.columns]
    assert {"user_id", "day", "amount", "orders"} <= set(shared)
    order = ["user_id", "day", "amount", "orders", *shared]
    assert orders.select(shared).sort(order).equals(careful_orders.select(shared).sort(order))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(params=[2000, 2], ids=["whole sample", "short sample"])
def sample(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a short sample, what is odd comes behind it."""
    monkeypatch.setattr(expressions, "SAMPLE", request.param)


class TestCleanData:
    @given(rows=shops(CLEAN_SHAPES), as_of=st.none() | st.integers(-1, 61))
    @settings(max_examples=30)
    def test_csv(self, folder, rows, as_of) -> None:
        name = write(folder / "orders.csv", rows)
        day = None if as_of is None else to_day(FIRST_DAY + timedelta(as_of))
        one, two, trusted = by_both([name], as_of=day)
        assert_same(one, two)
        # An order without its id where others have one is for the strict way.
        with_ids = {row.order_id is not None for row in rows}
        assert trusted == (len(with_ids) == 1)

    @given(rows=shops(CLEAN_SHAPES), currency=st.sampled_from(["CNY", "JPY", "KWD"]))
    @settings(max_examples=15)
    def test_a_currency_and_attributes(self, folder, rows, currency) -> None:
        frame = with_more(rows, currency)
        frame.write_csv(folder / "orders.csv")
        one, two, trusted = by_both([str(folder / "orders.csv")])
        assert_same(one, two)
        assert trusted or frame["order_id"].has_nulls() or currency == "JPY"

    @given(rows=shops([CLEAN]), seed=st.integers(0, 99))
    @settings(max_examples=15)
    def test_several_files(self, folder, rows, seed) -> None:
        rows = [row for row in rows if row.order_id]
        at = Random(seed).randint(0, len(rows))
        names = [write(folder / f"{n}.csv", part) for n, part in enumerate((rows[:at], rows[at:]))]
        one, two, trusted = by_both(names)
        assert_same(one, two)
        # Where a status says refunded, the money decides: that's looked at with care.
        told = any(row.meaning == "refunded" and row.refund for row in rows)
        assert trusted or told or not rows[:at] or not rows[at:]

    @given(rows=shops(CLEAN_SHAPES), types=st.integers(0, 3))
    @settings(max_examples=15)
    def test_parquet(self, folder, rows, types) -> None:
        text = pl.read_csv(io.StringIO(as_csv(rows)), infer_schema=False)
        date = pl.col("order_time").str.to_date()
        amount = [pl.Float64, pl.Decimal(12, 2), pl.String, pl.Decimal(18, 4)][types]
        time = [
            date,
            date.cast(pl.Datetime("us")),
            date.cast(pl.Datetime("ms")),
            pl.col("order_time"),
        ]
        frame = text.with_columns(time[types], pl.col("amount", "refund_amount").cast(amount))
        frame.write_parquet(folder / "orders.parquet")
        one, two, _ = by_both([str(folder / "orders.parquet")])
        assert_same(one, two)

    @pytest.mark.parametrize("name", ["cdnow/orders.csv", "cdnow/sample.csv", "shop/orders.csv"])
    def test_samples(self, name) -> None:
        one, two, trusted = by_both([str(SAMPLES / name)])
        assert_same(one, two)
        assert trusted


def with_more(rows: list[Row], currency: str) -> pl.DataFrame:
    random = Random(len(rows))
    frame = pl.read_csv(io.StringIO(as_csv(rows)), infer_schema=False)
    if "order_id" not in frame.columns:
        frame = frame.with_columns(order_id=pl.lit(None, pl.String))
    if currency == "JPY":  # has no decimals
        frame = frame.with_columns(pl.col("amount", "refund_amount").str.replace(r"\...$", ""))
    return frame.with_columns(
        currency=pl.lit(currency),
        channel=pl.Series(random.choices(["app", " web ", "小程序", ""], k=len(rows))),
        quantity=pl.Series(random.choices(["1", "2.5", "0"], k=len(rows))),
    )


SPOILT = {
    "order_id": ["", " 1000000000000000001", "'7", '="8"', "-", "null", "#N/A", "1", "4E+18"],
    "user_id": ["", " ", "  0012", "0012 ", "'0012", '="0012"', "\u30000012", "-", "null", "NULL", "none",
                "nan", "n/a", "#N/A", "#NULL!", "(null)", "undefined", "\\N", "NA", "138****1234", "##abc",
                "4E+18", "4.1e+15", "xxxx1"],
    "order_time": ["", "-", "30/02/2024", "2024-02-30", "0000-00-00", "2024/1/5", "20240105", "2024-1-5",
                   "24-01-05", "01/02/2024", "2024-01-05 10:00", "2024-01-05T10:00:00Z", "1704412800", "45293",
                   "tomorrow", " 2024-01-05 ", "2024-01-05 24:00:00", "Total", "上午"],
    "amount": ["", "-", "NaN", "nan", "inf", "-inf", "#N/A", "null", "-5.00", "-0.01", "(5.00)", "12.345",
               "12.3449999999", "19.990000000000002", "1e3", "1E2", "¥12.00", "$5", "0元", "1,234.50", "1.234,50",
               "12,5", " 12.00", "12.00 ", "+5", "5.", ".5", "abc", "1e12", "99999999999999", "184467440737095517",
               "1e400", "0x10", "1_000", "５.00", "--5"],
    "refund_amount": ["", "-", "NaN", "-5.00", "5.005", "1e12", "(1.00)", "abc", "¥1.00", "0.1", "inf"],
    "status": ["", "-", "wibble", " completed ", "COMPLETED", "Completed", "REFUNDED", "refunded ", "ｐａｉｄ", "null"],
}  # fmt: skip
CASES = [(column, text) for column, texts in SPOILT.items() for text in texts]


class TestSpoiltCells:
    @pytest.mark.usefixtures("sample")
    @pytest.mark.parametrize(("column", "text"), CASES)
    def test_one_cell(self, folder, column, text) -> None:
        rows = list(
            csv.reader(io.StringIO(as_csv(shop(Random(5), replace(CLEAN, users=4, rows=30)))))
        )
        rows = [row for row in rows if all(row[:1])]  # each with its order id
        at = rows[0].index(column)
        # Of a valid order, and of one that doesn't count.
        spots = [
            next(n for n, row in enumerate(rows) if n > 3 and row[-1] == "completed"),
            next(n for n, row in enumerate(rows) if n > 3 and row[-1] in ("cancelled", "refunded")),
        ]
        for spot in spots:
            changed = [list(row) for row in rows]
            changed[spot][at] = text
            name = folder / "spoilt.csv"
            with name.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(changed)
            one, two, _ = by_both([str(name)])
            assert_same(one, two)

    @pytest.mark.usefixtures("sample")
    @given(data=st.data())
    @settings(max_examples=30)
    def test_any_cell_of_any_shop(self, folder, data) -> None:
        rows = list(csv.reader(io.StringIO(as_csv(data.draw(shops([CLEAN]))))))
        for _ in range(data.draw(st.integers(1, 2))):
            column, text = data.draw(st.sampled_from(CASES))
            row = data.draw(st.integers(1, len(rows) - 1))
            if column in rows[0]:
                rows[row][rows[0].index(column)] = text
        if data.draw(st.booleans()):  # a row twice
            rows.append(data.draw(st.sampled_from(rows)))
        with (folder / "any.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        one, two, _ = by_both([str(folder / "any.csv")])
        assert_same(one, two)

    @pytest.mark.usefixtures("sample")
    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("amount", [1.0, None, 2.0, 3.0]),
            ("amount", [1.0, 2.0, 3.0, float("nan")]),
            ("amount", [1.0, 2.0, 3.0, float("inf")]),
            ("amount", [1.0, 2.0, 3.0, -4.0]),
            ("amount", [1.0, 2.0, 3.0, 4.005]),
            pytest.param("amount", [1, 2, 3, 184467440737095517]),
            ("amount", [1, 2, 3, -4]),
            ("amount", [1, 2, 3, None]),
            ("user_id", ["a", "b", "c", None]),
            ("user_id", ["a", "b", "c", ""]),
            ("user_id", ["a", "b", "c", " a"]),
            ("user_id", [1, 2, 3, None]),
            ("user_id", [1.0, 2.0, 3.0, None]),
            ("order_id", ["a", "b", "c", "c"]),
            ("order_id", ["a", "b", "c", None]),
            ("order_id", [1, 2, 3, 3]),
            ("order_time", ["2024-01-01", "2024-01-02", "2024-01-03", "soon"]),
        ],
    )
    def test_typed_values(self, folder, column, values) -> None:
        frame = pl.DataFrame(
            {
                "order_id": ["1", "2", "3", "4"],
                "user_id": ["a", "b", "a", "b"],
                "order_time": ["2024-01-01"] * 4,
                "amount": [1.0, 2.0, 3.0, 4.0],
            }
        ).with_columns(pl.Series(column, values))
        frame.write_parquet(folder / "typed.parquet")
        one, two, _ = by_both([str(folder / "typed.parquet")])
        assert_same(one, two)


class TestBetweenFiles:
    def both(self, folder: Path, *texts: str, how: ReadOptions | None = None) -> Outcome:
        names = []
        for number, text in enumerate(texts):
            names.append(str(folder / f"{number}.csv"))
            Path(names[-1]).write_text(text, encoding="utf-8")
        one, two, _ = by_both(names, how)
        assert_same(one, two)
        return one

    def test_only_one_has_refunds(self, folder) -> None:
        (customers, _), _ = self.both(
            folder,
            "order_id,user_id,date,amount,refund\n1,a,2024-01-01,10.00,1.00\n",
            "order_id,user_id,date,amount\n2,b,2024-01-02,5.00\n3,b,2024-01-02,-4.00\n",
        )
        assert customers["orders"].to_list() == [1, 1]

    def test_the_same_order_in_both(self, folder) -> None:
        text = "order_id,user_id,date,amount\n1,a,2024-01-01,{}\n"
        (customers, _), facts = self.both(folder, text.format("1.00"), text.format("2.00"))
        assert customers["amount"].to_list() == [200]
        assert facts.tally.left_out == {"also in a later export": 1}

    def test_two_currencies(self, folder) -> None:
        text = "order_id,user_id,date,amount,currency\n{},a,2024-01-01,1.00,{}\n"
        said = self.both(folder, text.format(1, "CNY"), text.format(2, "USD"))
        assert "CNY (1), USD (1)" in said

    def test_a_currency_named_late(self, folder, monkeypatch) -> None:
        monkeypatch.setattr(expressions, "SAMPLE", 1)
        text = (
            "order_id,user_id,date,amount,currency\n1,a,2024-01-01,100,\n2,a,2024-01-01,100,JPY\n"
        )
        _, facts = self.both(folder, text)
        assert facts.currency.code == "JPY"

    def test_statuses_of_the_settings(self, folder) -> None:
        text = "order_id,user_id,date,amount,status\n1,a,2024-01-01,1,ok\n2,a,2024-01-01,1,gone\n"
        how = ReadOptions(statuses={"ok": Status.VALID, "gone": Status.VOID})
        _, facts = self.both(folder, text, how=how)
        assert (facts.tally.used, dict(facts.tally.left_out)) == (
            1,
            {"cancelled, unpaid or closed": 1},
        )


def test_shapes_of_clean_shops_have_nothing_negative() -> None:
    for shape in (*CLEAN_SHAPES, Shape(returns=False)):
        assert all(row.amount >= 0 for seed in range(20) for row in shop(Random(seed), shape))
