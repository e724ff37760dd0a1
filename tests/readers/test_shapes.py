"""Exports in other shapes than a header and a row an order."""

from __future__ import annotations

import csv
import io
import re
import shlex
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from helpers.running import Ran, userops
from helpers.ways import carefully

HEADER = "order_id,user_id,order_time,amount\n"


def spent(ran: Ran) -> dict[str, tuple[int, float]]:
    """Orders and spend of each user."""
    assert ran.code == 0, ran.err
    rows = csv.DictReader(io.StringIO(ran.text.lstrip("\ufeff")))
    return {row["user_id"]: (int(row["frequency"]), float(row["monetary"])) for row in rows}


def segment(*arguments: object) -> Ran:
    return userops("segment", *arguments, "-f", "csv", "--max-rejects", "0")


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def mended(ran: Ran, *arguments: object) -> Ran:
    """A run again, with the options that the error names."""
    assert ran.code == 3, (ran.code, ran.err)
    (mend,) = re.findall(r"try: (.*)", ran.err)
    options = mend[mend.index("--") :].split(" or --")[0].split(";")[0]
    return segment(*arguments, *shlex.split(options))


def book(path: Path, rows: list[list[object]], merged: list[tuple[int, int, int]] = ()) -> Path:
    """A workbook; `merged` are a column and its first and last row, which say one thing."""
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for column, first, last in merged:
            sheet.merge_range(first, column, last, column, rows[first][column])
    return path


class TestMergedCells:
    ROWS = (
        ["order_id", "user_id", "order_time", "product", "quantity", "amount", "order_total"],
        ["o1", "u1", "2025-01-01", "tea", 1, 10, 30],
        ["", "", "", "cup", 2, 20, ""],
        ["o2", "u2", "2025-01-02", "tea", 1, 10, 10],
        ["o3", "u1", "2025-01-03", "tea", 1, 10, 50],
        ["", "", "", "cup", 2, 15, ""],
        ["", "", "", "pot", 1, 25, ""],
    )

    def merged(self, *columns: int) -> list[tuple[int, int, int]]:
        return [(column, *rows) for column in columns for rows in ((1, 2), (4, 6))]

    def test_lines_below_belong_to_their_order(self, tmp_path: Path) -> None:
        path = book(tmp_path / "o.xlsx", list(self.ROWS), self.merged(0, 1, 2))
        ran = segment(path)
        assert spent(ran) == {"u1": (2, 80.0), "u2": (1, 10.0)}
        assert "merged cells were filled down: 'order_id', 'user_id', 'order_time'" in ran.err

    def test_a_merged_total_counts_once(self, tmp_path: Path) -> None:
        path = book(tmp_path / "o.xlsx", list(self.ROWS), self.merged(0, 1, 2, 6))
        assert spent(segment(path, "--map", "amount=order_total")) == {
            "u1": (2, 80.0),
            "u2": (1, 10.0),
        }

    def test_a_merged_title_fills_nothing(self, tmp_path: Path) -> None:
        rows = [["Orders", *[""] * 6], [""] * 7, *self.ROWS[:1], *self.ROWS[3:4]]
        ran = segment(book(tmp_path / "o.xlsx", rows, [(0, 0, 1)]))
        assert spent(ran) == {"u2": (1, 10.0)}
        assert "filled down" not in ran.err


class TestLinesBelow:
    TEXT = (
        "order_id,user_id,order_time,amount,item\no1,u1,2025-01-01,10,tea\n,,,20,cup\n"
        "o2,u2,2025-01-02,10,tea\no3,u1,2025-01-03,10,tea\n,,,15,cup\n,,,25,pot\n"
    )

    def test_they_belong_to_the_order_above(self, tmp_path: Path) -> None:
        ran = segment(put(tmp_path / "o.csv", self.TEXT))
        assert spent(ran) == {"u1": (2, 80.0), "u2": (1, 10.0)}
        assert "3 lines name no order: the one above was taken" in ran.err

    @pytest.mark.parametrize("last", [",,,80,Total", ",,,80,", ",,,80,合计：", "Total,,,80,"])
    def test_a_total_does_not(self, tmp_path: Path, last: str) -> None:
        path = put(tmp_path / "o.csv", f"{self.TEXT}{last}\n")
        ran = userops("segment", path, "-f", "csv", "--max-rejects", "1")
        assert spent(ran) == {"u1": (2, 80.0), "u2": (1, 10.0)}


class TestSpaces:
    def test_columns_of_any_width(self, tmp_path: Path) -> None:
        text = (
            " 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n"
        )
        path = put(tmp_path / "cdnow.txt", text)
        ran = mended(segment(path), path)
        assert spent(ran) == {"00001": (1, 11.77), "00002": (2, 89.0)}
        assert "columns are set apart by spaces" in ran.err

    def test_columns_of_one_width(self, tmp_path: Path) -> None:
        text = (
            "order_id  user_id   order_time        amount    channel\n"
            "1001      Ann Lee   2025-01-01 10:00  12.50     web\n"
            "1002      Bob       2025-01-02 11:30  7.00\n"
            "1003      Ann Lee   2025-01-03 09:00  1,000.00  app\n"
        )
        ran = segment(put(tmp_path / "o.txt", text))
        assert spent(ran) == {"Ann Lee": (2, 1012.5), "Bob": (1, 7.0)}

    def test_a_line_of_another_layout_is_refused(self, tmp_path: Path) -> None:
        lines = [f"o{n:04} u{n % 7} 2025-01-{1 + n % 28:02} 5.00" for n in range(300)]
        lines[250] = "page 2"
        path = put(tmp_path / "o.txt", "order_id user_id order_time amount\n" + "\n".join(lines))
        rejects = tmp_path / "r.csv"
        ran = userops("segment", path, "-f", "csv", "--rejects", rejects)
        assert sum(orders for orders, _ in spent(ran).values()) == 299
        assert "252" in rejects.read_text("utf-8")
        assert "too few fields" in rejects.read_text("utf-8")


class TestNoHeader:
    TEXT = "u1,o1,2025-01-01 10:00:00,12.50\nu2,o2,2025-01-02 10:00:00,7\nu1,o3,2025-01-03 10:00:00,1\n"

    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_it_is_asked_for_and_the_mend_reads_it(
        self, tmp_path: Path, mark: str, delimiter: str
    ) -> None:
        path = put(tmp_path / "o.csv", mark + self.TEXT.replace(",", delimiter))
        first = segment(path)
        assert "its first row is no header, but data: 1: u1, 2: o1" in first.err
        assert "--header no --map user_id=1 --map order_time=3 --map amount=4" in first.err
        assert spent(mended(first, path)) == {"u1": (2, 13.5), "u2": (1, 7.0)}

    def test_in_a_workbook(self, tmp_path: Path) -> None:
        path = book(tmp_path / "o.xlsx", [["u1", "2025-01-01", 5.5], ["u2", "2025-01-02", 7.25], ["u1", "2025-02-02", 1]])  # fmt: skip
        named = (
            "--header",
            "no",
            "--map",
            "user_id=1",
            "--map",
            "order_time=2",
            "--map",
            "amount=3",
        )
        assert spent(segment(path, *named)) == {"u1": (2, 6.5), "u2": (1, 7.25)}

    def test_by_the_fast_way_as_by_the_strict(self, tmp_path: Path) -> None:
        lines = [f"o{n},u{n % 50:03},2025-01-{1 + n % 28:02},{n % 9}.50" for n in range(3_000)]
        path = put(tmp_path / "o.csv", "\n".join(lines) + "\n")
        named = ("--header", "no", "--map", "order_id=1", "--map", "user_id=2", "--map", "order_time=3", "--map", "amount=4")  # fmt: skip
        ran = segment(path, *named)
        with carefully():
            assert segment(path, *named).out == ran.out
        assert "3,000 rows read: 3,000 used" in ran.err

    def test_settings_say_it(self, tmp_path: Path) -> None:
        path = put(tmp_path / "o.csv", self.TEXT)
        config = put(
            tmp_path / "userops.toml",
            '[reading]\nheader = false\n[columns]\nuser_id = "1"\norder_time = "3"\namount = "4"\n',
        )
        assert spent(segment(path, "--config", config)) == {"u1": (2, 13.5), "u2": (1, 7.0)}

    def test_events(self, tmp_path: Path) -> None:
        path = put(tmp_path / "e.csv", "1,22,pv,1511544070\n2,23,buy,1511561733\n1,22,cart,1511572885\n")  # fmt: skip
        first = userops("activity", path)
        assert first.code in (0, 3)
        named = (
            "--header",
            "no",
            "--map",
            "user_id=1",
            "--map",
            "event=3",
            "--map",
            "event_time=4",
        )
        ran = userops("activity", path, *named, "--show", "users", "-f", "csv")
        assert [row["user_id"] for row in csv.DictReader(io.StringIO(ran.text))] == ["1", "2"]


class TestLinesElsewhere:
    ORDERS = "order_id,customer_id,order_purchase_date\no1,u1,2025-01-01\no2,u2,2025-01-02\no3,u1,2025-01-03\no4,u3,2025-01-04\n"
    ITEMS = "order_id,product,price\no1,tea,10\no1,cup,20\no2,tea,10\no3.0,x,1\no3,tea,5\n"

    @pytest.fixture
    def files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        put(tmp_path / "orders.csv", self.ORDERS)
        put(tmp_path / "order items.csv", self.ITEMS)

    NAMED = ("--map", "order_time=order_purchase_date")

    @pytest.mark.usefixtures("files")
    def test_they_are_joined(self) -> None:
        ran = userops("segment", "orders.csv", "--lines", "order items.csv", *self.NAMED, "-f", "csv",
                      "--max-rejects", "2", "--rejects", "r.csv")  # fmt: skip
        assert spent(ran) == {"u1": (2, 35.0), "u2": (1, 10.0)}
        assert "6 rows read: 4 used, 2 refused (1 a line without its order, 1 no amount)" in ran.err
        refused = list(csv.DictReader(io.StringIO(Path("r.csv").read_text("utf-8-sig"))))
        assert [(row["file"], row["line"], row["reason"]) for row in refused] == [
            ("order items.csv", "5", "a line without its order"),
            ("orders.csv", "5", "no amount"),
        ]

    @pytest.mark.usefixtures("files")
    def test_what_to_join_is_said(self) -> None:
        both = userops("segment", "orders.csv", "order items.csv", *self.NAMED)
        assert both.code == 3
        assert "order items.csv: holds line items" in both.err
        assert "--lines 'order items.csv'" in both.err
        alone = userops("segment", "orders.csv", *self.NAMED)
        assert (alone.code, "--lines FILE" in alone.err) == (3, True)
        lines = userops("segment", "order items.csv")
        assert (lines.code, "--lines 'order items.csv'" in lines.err) == (3, True)

    @pytest.mark.usefixtures("files")
    def test_what_an_order_says_once_counts_once(self) -> None:
        put(Path("totals.csv"), "order_id,user_id,date,total,refund\no1,u1,2025-01-01,33,3\no2,u2,2025-01-02,12,0\no5,u5,2025-01-05,8,0\n")  # fmt: skip
        put(Path("items.csv"), "order_id,product\no1,tea\no1,cup\no2,tea\n")
        ran = segment("totals.csv", "--lines", "items.csv", "--refunds", "gross")
        assert spent(ran) == {"u1": (1, 30.0), "u2": (1, 12.0), "u5": (1, 8.0)}

    @pytest.mark.usefixtures("files")
    def test_orders_that_have_lines_already(self) -> None:
        put(Path("twice.csv"), self.ORDERS + "o1,u1,2025-01-01\n")
        ran = userops("segment", "twice.csv", "--lines", "order items.csv", *self.NAMED)
        assert ran.code == 3
        assert "1 order stands on several rows" in ran.err

    @pytest.mark.usefixtures("files")
    def test_settings_say_where_they_are(self, tmp_path: Path) -> None:
        folder = tmp_path / "shop"
        folder.mkdir()
        put(folder / "lines.csv", self.ITEMS)
        config = put(
            folder / "userops.toml", '[reading]\nlines = "lines.csv"\nmax_rejects = "50%"\n'
        )
        ran = userops("segment", "orders.csv", "--config", config, *self.NAMED, "-f", "csv")
        assert spent(ran) == {"u1": (2, 35.0), "u2": (1, 10.0)}


@pytest.mark.parametrize(
    "header",
    [
        "Customer ID,Email,Total Spent,Total Orders,Created At",
        "Name,Username,Last active,Email,Orders,Total spend,AOV",
        "用户ID,手机号,累计消费金额,消费次数,最近下单时间",
        "customer_id,recency,frequency,monetary",
    ],
)
def test_a_row_a_customer_is_no_order(tmp_path: Path, header: str) -> None:
    path = put(tmp_path / "customers.csv", f"{header}\n" + ",".join("1" * (header.count(",") + 1)))
    ran = segment(path)
    assert ran.code == 3
    assert "is a row a customer, summed already" in ran.err


def test_who_stands_twice_has_a_row_an_order(tmp_path: Path) -> None:
    text = (
        "customer_id,date,total sales,frequency\nu1,2025-01-01,5,monthly\nu1,2025-02-01,6,monthly\n"
    )
    assert spent(segment(put(tmp_path / "o.csv", text))) == {"u1": (2, 11.0)}


def test_an_order_may_say_what_its_customer_has_spent(tmp_path: Path) -> None:
    text = "order_id,user_id,date,amount,Total Spent,Orders Count\no1,u1,2025-01-01,5,100,7\n"
    assert spent(segment(put(tmp_path / "o.csv", text))) == {"u1": (1, 5.0)}


class TestRowsAboutOthers:
    def test_descriptions_below_the_header(self, tmp_path: Path) -> None:
        text = (
            "Order ID,Buyer Username,Order Status,Created Time,Order Amount\n"
            "Platform unique order ID.,Buyer's name.,Status of the order.,Time of the order.,What was paid.\n"
            "57001,ann,Completed,2025-01-01 10:00:00,12.50\n57002,bob,Completed,2025-01-02 10:00:00,7.00\n"
        )
        path = put(tmp_path / "o.csv", text)
        ran = segment(path, "--map", "user_id=Buyer Username", "--map", "order_time=Created Time")
        assert spent(ran) == {"ann": (1, 12.5), "bob": (1, 7.0)}
        assert "3 rows read: 2 used, 1 left out (1 a row of descriptions)" in ran.err

    def test_a_first_row_that_is_merely_wrong_is_refused(self, tmp_path: Path) -> None:
        path = put(tmp_path / "o.csv", HEADER + "o1,u1,soon,5\no2,u1,2025-01-01,5\n")
        ran = userops("segment", path, "-f", "csv", "--max-rejects", "1")
        assert "1 refused (1 not a date)" in ran.err

    @pytest.mark.parametrize(
        "label", ["合计", "Total:", "Total: Account", "Grand Total", "Summe", "— Total —"]
    )
    def test_totals(self, tmp_path: Path, label: str) -> None:
        text = f"{HEADER}o1,u1,2025-01-01,5\no2,u2,2025-01-02,6\n{label},,,11\n"
        ran = segment(put(tmp_path / "o.csv", text))
        assert spent(ran) == {"u1": (1, 5.0), "u2": (1, 6.0)}
        assert "1 left out (1 a row of totals)" in ran.err


class TestDates:
    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("11-Feb-17", "2017-02-11"), ("Jul-25-26", "2026-07-25"), ("11-Feb-99", "1999-02-11"),
            ("Jan 5, 2026 5:35:09 PM", "2026-01-05"), ("Jan 5, 2026 5:35:09\u202fPM", "2026-01-05"),
            ("2014-12-06 02", "2014-12-06"), ("5 janvier 2026", "2026-01-05"),
            ("12 déc. 2025 à 09:12", "2025-12-12"), ("5. Januar 2026 17:35 Uhr", "2026-01-05"),
            ("17. Dez. 2025", "2025-12-17"), ("5 de enero de 2026", "2026-01-05"),
            ("5 de março de 2026 às 10:20", "2026-03-05"), ("5 gennaio 2026", "2026-01-05"),
            ("5 января 2026 г.", "2026-01-05"), ("Mon Jan  5 17:35:09 2026", "2026-01-05"),
            ("Mon Jan 05 2026 17:35:09 GMT+0800 (China Standard Time)", "2026-01-05"),
            ("06Dec2014", "2014-12-06"), ("2026-Jan-05 10:30", "2026-01-05"),
        ],
    )  # fmt: skip
    def test_named_months_and_lone_hours(self, tmp_path: Path, text: str, day: str) -> None:
        path = put(tmp_path / "o.csv", f"user_id;date;amount\nu1;{text};5\n")
        ran = segment(path)
        assert f"{day} to {day}" in ran.err, ran.err

    def test_a_short_year_is_said(self, tmp_path: Path) -> None:
        path = put(
            tmp_path / "o.csv", "customer_id,date,amount\nC1,11-Feb-17,35\nC2,15-Mar-19,39\n"
        )
        ran = segment(path)
        assert "2017-02-11 to 2019-03-15" in ran.err
        assert "'date': 2 dates have a year of two digits, read as in 11-Feb-17" in ran.err

    @pytest.mark.parametrize("text", ["31-Feb-17", "Feb 2017", "Foo 5, 2026"])
    def test_what_is_none_is_refused(self, tmp_path: Path, text: str) -> None:
        path = put(tmp_path / "o.csv", f"user_id;date;amount\nu1;{text};5\nu1;2025-01-01;5\n")
        ran = userops("segment", path, "-f", "csv", "--max-rejects", "1")
        assert "1 not a date" in ran.err

    @pytest.mark.parametrize("more", [(), ("--date-format", "%Y-%m-%d %H")])
    def test_hours_by_either_way(self, tmp_path: Path, more: tuple[str, ...]) -> None:
        lines = [f"o{n},u{n % 40},2014-12-{1 + n % 28:02} {n % 24:02},5" for n in range(3_000)]
        path = put(tmp_path / "o.csv", HEADER + "\n".join(lines) + "\n")
        ran = segment(path, *more)
        with carefully():
            strict = segment(path, *more)
        assert (strict.out, strict.err) == (ran.out, ran.err)
        assert "3,000 used; 2014-12-01 to 2014-12-28" in ran.err

    @pytest.mark.parametrize(
        ("texts", "first"),
        [
            (("17:35 05/31/2026", "08:00 06/01/2026"), "2026-05-31"),
            (("99-Feb-17", "98-Feb-18"), "1998-02-18"),
            (("2026.01.05 17h30", "2026.01.06 08h00"), "2026-01-05"),
        ],
    )
    def test_other_formats_are_named_and_read(
        self, tmp_path: Path, texts: tuple[str, ...], first: str
    ) -> None:
        rows = "\n".join(f"u{n},{text},5" for n, text in enumerate(texts))
        path = put(tmp_path / "o.csv", f"user_id,date,amount\n{rows}\n")
        assert f"{first} to" in mended(segment(path), path).err

    @pytest.mark.parametrize(
        "texts",
        [
            ("01/02/2024 10:30", "03/04/2024 11:00"),
            ("1/2/2024 5:30:01 PM", "3/4/2024 6:00:00 AM"),
            ("03/04/24", "05/06/24"),
        ],
    )
    def test_day_or_month_is_asked_with_the_very_format(
        self, tmp_path: Path, texts: tuple[str, ...]
    ) -> None:
        rows = "\n".join(f"u{n},{text},5" for n, text in enumerate(texts))
        path = put(tmp_path / "o.csv", f"user_id,date,amount\n{rows}\n")
        assert "2 used; 2024-" in mended(segment(path), path).err

    def test_an_offset_with_a_colon(self, tmp_path: Path) -> None:
        path = put(tmp_path / "o.csv", "user_id,date,amount\nu1,2025-01-01 23:30 -05:00,5\n")
        ran = segment(path, "--date-format", "%Y-%m-%d %H:%M %:z", "--tz", "UTC")
        assert "2025-01-02 to 2025-01-02" in ran.err

    def test_a_column_with_a_time_zone_is_said(self, tmp_path: Path) -> None:
        """What Spark and pandas write as instants is a day early in China's evening."""
        path = tmp_path / "o.parquet"
        at = pl.Series([datetime(2025, 1, 1, 18)]).dt.replace_time_zone("UTC")
        pl.DataFrame({"user_id": ["u1"], "order_time": at, "amount": [5.0]}).write_parquet(path)
        ran = segment(path)
        assert "'order_time': times are in UTC, taken as written; --tz converts them" in ran.err
        assert "2025-01-01 to 2025-01-01" in ran.err
        ran = segment(path, "--tz", "Asia/Shanghai")
        assert "2025-01-02 to 2025-01-02" in ran.err
        assert "taken as written" not in ran.err

    def test_a_format_of_no_date_is_said(self, tmp_path: Path) -> None:
        path = put(tmp_path / "o.csv", "user_id,date,amount\nu1,2025-01-01,5\n")
        ran = segment(path, "--date-format", "%Q")
        assert ran.code == 2
        assert "no format of a date" in ran.err


class TestRemarks:
    GOOD = "".join(f"o{n},2025-01-{n % 28 + 1:02},{n % 7 + 1},u{n},,\n" for n in range(400))

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("exported by Ann,,,,,", "1 a remark"),
            (",,,,2 records,", "1 a remark"),
            # What's in a column that's taken and can't be read is no remark.
            (",2025-13-45,abc,,,", "1 not a date"),
            ("abc,,,guest,,", "1 no user"),
            ("abc,,x,,,", "1 not a"),
        ],
    )
    def test_say_nothing_in_any_column_taken(self, tmp_path: Path, row: str, why: str) -> None:
        header = "order_id,order_time,amount,user_id,note,memo\n"
        path = put(tmp_path / "o.csv", f"{header}{self.GOOD}{row}\n")
        ran = userops("segment", path, "-f", "csv")
        assert ran.code == 0, ran.err
        assert why in ran.err
        assert (" refused" in ran.err) == ("remark" not in why)

    @pytest.mark.parametrize(
        "remark",
        [
            "备注：以上数据仅供参考，不含退款",
            "说明:导出时间2025-01-02",
            "* 注1：金额含运费",
            "以上数据由系统导出",
            "数据截至昨日，不含退款。",
            "Note: refunds aren't in it",
        ],
    )
    def test_stand_in_the_users_column(self, tmp_path: Path, remark: str) -> None:
        rows = "u1,2025-01-01,5,o1\nu2,2025-01-02,6,o2\n"
        path = put(tmp_path / "o.csv", f'user_id,order_time,amount,order_id\n{rows}"{remark}",,,\n')
        ran = segment(path)
        assert spent(ran) == {"u1": (1, 5.0), "u2": (1, 6.0)}
        assert "1 left out (1 a remark)" in ran.err

    @pytest.mark.parametrize("user", ["u3", "注册用户", "source1", "张三", "note@example.com"])
    def test_a_user_alone_is_none(self, tmp_path: Path, user: str) -> None:
        text = f"user_id,order_time,amount,order_id\nu1,2025-01-01,5,o1\n{user},,,\n"
        ran = userops("segment", put(tmp_path / "o.csv", text), "-f", "csv", "--max-rejects", "1")
        assert "1 refused (1 no date)" in ran.err


UNITS = "order_id,user_id,paid at,{}\no1,u1,2025-01-01,0.5\no2,u2,2025-01-02,1.2345\n"


class TestAmountsInOtherUnits:
    @pytest.mark.parametrize(
        ("header", "times"),
        [
            ("金额（万元）", 10_000),
            ("金额(万)", 10_000),
            ("金额/万元", 10_000),
            ("金额／万元", 10_000),
            ("金额万元", 10_000),
            ("实付金额（单位：千元）", 1_000),
            ("Amount (thousands)", 1_000),
            ("Amount ($000)", 1_000),
        ],
    )
    def test_are_taken_in_money(self, tmp_path: Path, header: str, times: int) -> None:
        path = put(tmp_path / "o.csv", UNITS.format(header))
        named = put(tmp_path / "named.csv", UNITS.format(header))
        for ran in (segment(path), segment(named, "--map", f"amount={header}")):
            assert spent(ran) == {"u1": (1, 0.5 * times), "u2": (1, 1.2345 * times)}
            assert "is counted in" in ran.err
            assert f"x {times:,}" in ran.err

    def test_cents_are_too(self, tmp_path: Path) -> None:
        for header in ("金额（分）", "amount (cents)"):
            text = f"order_id,user_id,paid at,{header}\no1,u1,2025-01-01,1999\n"
            assert spent(segment(put(tmp_path / "o.csv", text))) == {"u1": (1, 19.99)}

    @pytest.mark.parametrize("header", ["金额（元）", "金额/元", "Amount (USD)"])
    def test_money_itself_is_said_without_a_word(self, tmp_path: Path, header: str) -> None:
        ran = segment(put(tmp_path / "o.csv", UNITS.format(header).replace("1.2345", "1.23")))
        assert spent(ran) == {"u1": (1, 0.5), "u2": (1, 1.23)}
        assert "is counted in" not in ran.err

    def test_refunds_in_money_beside_them(self, tmp_path: Path) -> None:
        text = "order_id,user_id,paid at,金额（万元）,退款金额（元）\no1,u1,2025-01-01,0.5,1000\n"
        ran = segment(put(tmp_path / "o.csv", text), "--refunds", "gross")
        assert spent(ran) == {"u1": (1, 4000.0)}

    def test_costs(self, tmp_path: Path) -> None:
        orders = put(tmp_path / "o.csv", HEADER + "o1,u1,2025-01-01,5\no2,u2,2025-01-02,6\n")
        costs = put(
            tmp_path / "c.csv", "日期,渠道,花费（万元）\n2025-01-01,a,2\n2025-01-02,a,0.5\n"
        )
        ran = userops("ltv", orders, "--costs", costs, "-f", "csv")
        assert ran.code == 0, ran.err
        assert b",25000.00," in ran.out
        assert "'花费（万元）' is counted in 万元: its figures are taken x 10,000" in ran.err


class TestDashesForNothing:
    @pytest.mark.parametrize("dash", ["—", "——", "–", "－", "/", "-"])
    def test_in_refunds(self, tmp_path: Path, dash: str) -> None:
        head = "order_id,user_id,paid at,amount,refund\n"
        text = f"{head}o1,u1,2025-01-01,5,{dash}\no2,u2,2025-01-02,6,2\no3,u3,2025-01-02,7,{dash}\n"
        ran = segment(put(tmp_path / "o.csv", text))
        assert spent(ran) == {"u1": (1, 5.0), "u2": (1, 4.0), "u3": (1, 7.0)}
        assert "refused" not in ran.err

    def test_what_stops_names_the_column(self, tmp_path: Path) -> None:
        head = "order_id,user_id,paid at,amount,refund\n"
        text = f"{head}o1,u1,2025-01-01,5,x\no2,u2,2025-01-02,6,2\n"
        ran = userops("segment", put(tmp_path / "o.csv", text), "-f", "csv")
        assert ran.code == 4
        assert "(not an amount: 1, in 'refund')" in ran.err


def test_a_sheet_a_month_says_how_to_read_them_all(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for number, month in enumerate(("1月", "2月", "说明")):
            sheet = workbook.add_worksheet(month)
            rows = [
                ["order_id", "user_id", "paid at", "amount"],
                [f"o{number}", "u1", f"2025-0{number + 1}-01", 5],
            ]
            for place, row in enumerate(rows if month != "说明" else [["每月一张表"]]):
                sheet.write_row(place, 0, row)
    ran = segment(path)
    assert spent(ran) == {"u1": (1, 5.0)}
    assert (
        "1 other sheet has the same columns ('2月'): to read them too, save each sheet as a CSV"
        in ran.err
    )
