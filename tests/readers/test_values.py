"""What a text in an export becomes: by the strict way, column by column."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest

from userops.core.errors import InputError
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.readers.values import times
from userops.readers.values.text import (
    BLANKS,
    EMPTY,
    blank,
    clean_id,
    clean_text,
    unclean_ids,
)


@pytest.fixture
def read(tmp_path: Path):
    """Values of one column, and why each was refused."""

    def of(column: str, *texts: str, **how: object) -> list[object]:
        rows = {"user": "a", "date": "2024-01-05", "amount": "1.00"}
        name = tmp_path / "orders.csv"
        with name.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows, "note"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({**rows, "note": "x", column: text} for text in texts)
        field = {"user": "user_id", "date": "order_time", "amount": "amount"}[column]
        with workspace() as folder:
            found = Orders.open([str(name)], ReadOptions(**how), folder).read.rows.sort("line")
        return [fault or value for value, fault in found.select(field, "fault").iter_rows()]

    return of


class TestTimes:
    @pytest.mark.parametrize(
        "text",
        [
            "2024-01-05", "2024/1/5", "2024/01/05", "2024.1.5", "20240105", "2024-1-5",
            "2024年1月5日", "2024年01月05日", "5 Jan 2024", "Jan 5, 2024", "January 5, 2024",
            " 2024-01-05 ", "'2024-01-05", "2024-01-05T00:00:00", "2024-01-05 00:00",
            "2024-01-05 00:00:00.000", "20240105000000", "2024-01-05 12:00:00 AM", "2024/1/5 0:00",
        ],
    )  # fmt: skip
    def test_forms_of_a_day(self, read, text) -> None:
        assert read("date", text) == [datetime(2024, 1, 5)]

    @pytest.mark.parametrize(
        "text",
        [
            "2024-01-05 13:04:05", "2024/1/5 13:04:05", "2024-01-05T13:04:05", "20240105130405",
            "2024-01-05 1:04:05 PM", "2024/1/5 下午1:04:05", "2024年1月5日 13时04分05秒",
            "2024-01-05T13:04:05Z", "2024-01-05 13:04:05 UTC", "2024-01-05T13:04:05+08:00",
            "1704459845", "1704459845000", "1704459845000000",
        ],
    )  # fmt: skip
    def test_forms_of_a_time(self, read, text) -> None:
        assert read("date", text) == [datetime(2024, 1, 5, 13, 4, 5)]

    @pytest.mark.parametrize(
        "text",
        ["2024-02-30", "0000-00-00", "2023-02-29", "2024-13-01", "2024-00-10", "soon", "45293",
         "2024-01-05 25:00:00", "2024-01-05 10:61:00", "2024", "2024-01", "12:00"],
    )  # fmt: skip
    def test_refused(self, read, text) -> None:
        assert read("date", text, "2024-01-05") == ["not a date", datetime(2024, 1, 5)]

    @pytest.mark.parametrize("text", ["", "-", "NULL", "N/A", "nan", "无", " "])
    def test_nothing(self, read, text) -> None:
        assert read("date", text, "2024-01-05") == ["no date", datetime(2024, 1, 5)]

    def test_many_forms_in_a_column(self, read) -> None:
        assert read("date", "2024-01-05", "2024/1/6 10:00", "20240107", "Jan 8, 2024") == [
            datetime(2024, 1, 5),
            datetime(2024, 1, 6, 10),
            datetime(2024, 1, 7),
            datetime(2024, 1, 8),
        ]

    def test_day_or_month_is_settled_by_the_column(self, read) -> None:
        assert read("date", "01/02/2024", "13/02/2024")[0] == datetime(2024, 2, 1)
        assert read("date", "01/02/2024", "02/13/2024")[0] == datetime(2024, 1, 2)

    def test_or_stops(self, read) -> None:
        with pytest.raises(InputError, match="--date-format"):
            read("date", "01/02/2024", "03/04/2024")
        with pytest.raises(InputError, match="make them one way"):
            read("date", "13/02/2024", "02/13/2024")

    def test_offsets_that_differ_by_row(self, read) -> None:
        texts = "2024-03-10 23:30:00 -0800", "2024-03-11 00:30:00 -0700", "2024-03-11T07:30:00Z"
        assert (
            read("date", *texts, timezone="America/Los_Angeles")
            == [datetime(2024, 3, 11, 0, 30)] * 3
        )

    def test_a_format_reads_only_what_is_of_it(self, read) -> None:
        found = read("date", "05.01.2024", "2024-01-05", date_format="%d.%m.%Y")
        assert found == [datetime(2024, 1, 5), "not a date"]

    @pytest.mark.parametrize("text", ["24-01-05", "24/01/05", "024-01-05"])
    def test_a_short_year_is_never_in_the_first_century(self, read, text) -> None:
        try:
            (found,) = read("date", text)
        except InputError:
            return
        assert found == "not a date" or found.year > 1900


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "cents"),
        [
            ("0", 0), ("0.00", 0), ("1", 100), ("1.5", 150), ("1.50", 150), (".5", 50), ("5.", 500),
            ("1,234.50", 123450), ("1,234,567.89", 123456789), ("¥1,234.50", 123450),
            ("￥88", 8800), ("0元", 0), ("88.00元", 8800), ("$5", 500), ("US$5", None), ("CNY 5.00", 500),
            ("5.00 EUR", 500), ("(12.00)", -1200), ("-12.00", -1200), ("12.00-", -1200),
            ("−12.00", -1200), ("+12.00", 1200), ("-$5.00", -500), ("$-5.00", -500),
            (" 12.00 ", 1200), ("１２.５", 1250), ("1e3", 100000), ("1E2", 10000),
            ("19.990000000000002", 1999), ("0.125", 12), ("0.135", 14), ("0.145", 14),
            ("0.12万", 120000), ("¥1.5万元", 1500000), ("-2千", -200000), ("3亿", 30000000000),
            ("0.000001万", 1), ("1,234.5万", 1234500000), ("２万", 2000000),
            ("9999999999.99", 999999999999), ("'12.00", 1200), ("1 234.50", 123450),
        ],
    )  # fmt: skip
    def test_forms(self, read, text, cents) -> None:
        (found,) = read("amount", text)
        assert found == (cents if cents is not None else found)

    @pytest.mark.parametrize(
        "text",
        ["--5", "abc", "1.2.3", "12,34.5", "5 5", "1e400", "99999999999999999999", "0x10",
         "1_000", "5%", "1/2", "12.00 each", "万", "1万2", "一", "- -"],
    )  # fmt: skip
    def test_refused(self, read, text) -> None:
        assert read("amount", text, "1.00") == ["not an amount", 100]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "-",
            "NaN",
            "inf",
            "-inf",
            "#N/A",
            "null",
            "无",
            " ",
            "—",
            "——",
            "–",
            "－",
            " — ",
            "/",
            "--",
            "---",
        ],
    )
    def test_nothing(self, read, text) -> None:
        assert read("amount", text, "1.00") == ["no amount", 100]

    def test_a_decimal_comma_is_told_by_the_column(self, read) -> None:
        assert read("amount", "1.234,50", "1.234") == [123450, 123400]
        assert read("amount", "0,25", "12") == [25, 1200]

    def test_or_stops(self, read) -> None:
        with pytest.raises(InputError, match="--decimal"):
            read("amount", "1.50", "1,50")

    def test_three_decimals_are_rounded_half_to_even(self, read) -> None:
        assert read("amount", "12.005", "12.015", "12.0151", decimal=".") == [1200, 1202, 1202]

    def test_or_is_given(self, read) -> None:
        assert read("amount", "1.234", decimal=",") == [123400]
        assert read("amount", "1,234", decimal=".") == [123400]


class TestIds:
    @pytest.mark.parametrize(
        ("text", "user"),
        [
            ("007", "007"), ("1234567890123456789", "1234567890123456789"), ("\t12", "12"), ("'12", "12"),
            ('="0012"', "0012"), (" a b ", "a b"), ("\u300012", "12"), ("nadia", "nadia"), ("NA1", "NA1"),
            ("00012", "00012"), ("Ａ", "Ａ"), ("张三", "张三"), ("a@b.c", "a@b.c"), ("12.0", "12"), ("-7.00", "-7"), ("1.50", "1.50"), ("a.0", "a.0"),
        ],
    )  # fmt: skip
    def test_kept_exactly(self, read, text, user) -> None:
        assert read("user", text) == [user]

    @pytest.mark.parametrize(
        "text",
        ["", "-", "null", "NULL", "None", "nan", "N/A", "#N/A", " ", "\\N", "na", "NA", "0", "000", "0.0", "-1",
         "Guest", "WALK-IN", "walk in customer", "(not set)", "散客", "匿名", "Invité", "Laufkunde",
         "Consumidor Final", "ゲスト", "비회원", "Khách lẻ"],
    )  # fmt: skip
    def test_nobody(self, read, text) -> None:
        assert read("user", text, "a") == ["no user", "a"]

    @pytest.mark.parametrize("text", ["4E+18", "4.12345E+18", "138****1234", "##abc##", "1***2"])
    def test_what_identifies_nobody_stops(self, read, text) -> None:
        with pytest.raises(InputError):
            read("user", text, "a")


def test_the_pattern_of_nothing_is_what_cleaning_takes_for_nothing() -> None:
    words = [
        *EMPTY,
        *map(str.upper, EMPTY),
        "nono",
        "0",
        "-1",
        "n a",
        ".",
        "null,",
        "\u2003",
        "\n\n",
    ]
    texts = pl.Series(
        "text",
        [left + word + right for word in words for left in ["", *BLANKS] for right in ("", BLANKS)],
    )
    for clean, ids in ((clean_text, False), (clean_id, True)):
        told = pl.select(clean(pl.lit(texts))).to_series().is_null()
        assert texts.str.contains(blank(ids=ids)).to_list() == told.to_list()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *((one, "13800000003") for one in (
            "+86 138 0000 0003", "+8613800000003", "+86-138-0000-0003", "(+86)13800000003", "86 13800000003",
            "0086 13800000003", "138 0000 0003", "138-0000-0003", "138\u00a00000\u00a00003", "'+8613800000003",
        )),
        # Others' numbers, and what may be another id, stay as they are.
        *((one, one) for one in (
            "8613800000003", "008613800000003", "+852 5123 4567", "+86 21 5123 4567", "138-0000-00031", "u138-0000-0003",
            "128-0000-0003",
        )),
    ],
)  # fmt: skip
def test_a_mobile_number_is_one_id_however_it_is_written(written: str, read: str) -> None:
    """The fast way is in doubt about whatever the careful one changes."""
    texts = pl.Series("id", [written])
    assert pl.select(clean_id(pl.lit(texts))).to_series().to_list() == [read]
    assert texts.str.contains(unclean_ids()).to_list() == [read != written]


def test_a_format_reads_no_text_without_its_marks() -> None:
    """So that it needn't be tried on one: what's read is the same as by trying."""
    dates = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
    clocks = ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M", " %H:%M:%S%.f", "T%H", " %H")
    random = Random(6)
    written = [datetime(2024, 2, 3, 10, 20, 30).strftime(one + two) for one in dates for two in clocks if "%.f" not in two]  # fmt: skip
    texts = written + ["".join(random.choices("-/:T 0129", k=random.randrange(20))) for _ in range(400)]  # fmt: skip
    texts += [text.translate({ord(old): new}) for text in written for old in "-/:T " for new in "./ _T-"]  # fmt: skip
    for format in (one + two for one in dates for two in clocks):
        tried = pl.select(times.formatted_time(pl.lit(pl.Series(texts)), format)).to_series()
        for text, time in zip(texts, tried, strict=True):
            read = times.all_read(pl.Series("text", [text]), format)
            assert read == (time is not None), (text, format)
