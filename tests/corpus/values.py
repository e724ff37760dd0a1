"""Rows 30 to 45: what a value is."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from corpus.cases import BODY, HEADER, PLAIN, SPENT, Case, Make, column, csv

WITH_CURRENCY = "order_id,user_id,order_time,amount,currency\n"
SHANGHAI = ["--tz", "Asia/Shanghai"]
NEW_YORK = ["--tz", "America/New_York"]


def workbook(*rows: list[object]) -> Make:
    def make(folder: Path) -> list[Path]:
        path = folder / "orders.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("订单")
            date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            for number, row in enumerate((HEADER.strip().split(","), *rows)):
                for at, value in enumerate(row):
                    if isinstance(value, datetime.datetime):
                        sheet.write_datetime(number, at, value, date)
                    elif isinstance(value, str):
                        sheet.write_string(number, at, value)
                    else:
                        sheet.write(number, at, value)
        return [path]

    return make


def parquet_floats(folder: Path) -> list[Path]:
    path = folder / "orders.parquet"
    pl.DataFrame(
        {
            "order_id": [1, 2, None],
            "user_id": [7.0, 8.0, None],
            "order_time": [datetime.date(2024, 1, 2)] * 3,
            "amount": [0.1 + 0.2, float("nan"), 5.0],
        }
    ).write_parquet(path)
    return [path]


def amounts(*values: str) -> Make:
    return column("amount", *values)


def times(*values: str) -> Make:
    return column("order_time", *values)


def dated(first: str, *more: str) -> Make:
    """Orders of these days, read by recency: the days of each user's last order."""
    return csv(HEADER + "".join(f"o{i},u{i},{day},1.00\n" for i, day in enumerate((first, *more))))


CASES = [
    Case(30, "leading zeros", column("user_id", "007", "7", "0070"), spent={"007": 10.0, "7": 20.5, "0070": 5.0}),
    Case(30, "19 digits", column("user_id", "1234567890123456789", "1234567890123456788", "1234567890123456789"),
         spent={"1234567890123456789": 15.0, "1234567890123456788": 20.5}),
    Case(30, "text in a workbook", workbook(["o1", "007", "2024-01-01", 10], ["1234567890123456789", "7", "2024-01-02", 5]),
         spent={"007": 10.0, "7": 5.0}),
    Case(30, "whole floats in Parquet", parquet_floats, spent={"7": 0.3},
         refused=[(2, "", "no amount"), (3, "", "no user")]),
    Case(31, "damaged by Excel", column("user_id", "1", "4E+18"), code=3,
         told=["'user_id' holds 4E+18", "a spreadsheet turned long ids into rounded numbers", "--map user_id=COLUMN"]),
    Case(31, "damaged order id", column("order_id", "4.00012E+17"), code=3, told=["'order_id' holds 4.00012E+17"]),
    Case(31, "a number in a workbook", workbook([4000000000000123456, "u1", "2024-01-01", 10]), code=3,
         told=["'order_id' holds", "rounded numbers"]),
    Case(31, "a number among texts", workbook(["1234567890123456789", "u1", "2024-01-01", 10], [1e18, "u2", "2024-01-01", 1]), code=3,
         told=["'order_id' holds"]),
    Case(31, "a short number in a workbook", workbook([123456789012345, "u1", "2024-01-01", 10]), spent={"u1": 10.0}),
    Case(32, "wrapped", column("user_id", "\tu1", '="u2"', "'u1"), spent=SPENT),
    Case(32, "wrapped as csv writes it", csv(PLAIN.replace(",u2,", ',"=""u2""",')), spent=SPENT),
    Case(33, "blank user", column("user_id", "u1", "", "null"), spent={"u1": 10.0},
         refused=[(3, "", "no user"), (4, "", "no user")]),
    Case(34, "masked", column("user_id", "138****1234", "139****1234"), code=3, told=["'user_id' is masked, as in 138****1234"]),
    Case(34, "masked by hashes", column("user_id", "##aGk="), code=3, told=["'user_id' is masked, as in ##aGk="]),
    Case(34, "another column serves", csv("order_id,user_id,phone,order_time,amount\no1,a**b,13800138000,2024-01-01,10\n"),
         spent={"13800138000": 10.0}, told=["user_id from 'phone', for 'user_id' is masked"]),
    Case(34, "the other is masked too", csv("order_id,user_id,phone,order_time,amount\no1,a**b,138****8000,2024-01-01,10\n"),
         code=3, told=["'user_id' is masked"]),
    Case(34, "no mask in an openid", column("user_id", "oxxxxABC", "oXXXXabc", "oxxxxABC"), spent={"oxxxxABC": 15.0, "oXXXXabc": 20.5}),
    Case(35, "symbols", csv(HEADER + 'o1,u1,2024-01-01,"¥1,234.50"\no2,u2,2024-01-01,￥88\no3,u3,2024-01-01,0元\n'
                            "o4,u2,2024-01-01,（12.00）\no5,u4,2024-01-01,RMB 7.5\no6,u5,2024-01-01,１２\n"),
         spent={"u1": 1234.5, "u2": 76.0, "u3": 0.0, "u4": 7.5, "u5": 12.0}, told=["1 negative amount was taken as a refund"]),
    Case(35, "dollars", amounts("$5", "$ 1,000.25", "-$2"), spent={"u1": 3.0, "u2": 1000.25}),
    Case(36, "certain from the column", amounts("1.234,50", "1.000", "0,5"), spent={"u1": 1235.0, "u2": 1000.0}),
    Case(36, "given", amounts("1.234", "2.000", "3.000"), ["--decimal", ","], spent={"u1": 4234.0, "u2": 2000.0}),
    Case(36, "unsettled", amounts("1.234", "2.000", "3.000"), code=3, told=["never shows whether its point is a decimal one, as in 1.234", "--decimal"]),
    Case(36, "unsettled, whole numbers first", csv(HEADER + "".join(f"a{i},u1,2024-01-01,{i}\n" for i in range(3000)) + "x,u2,2024-01-01,12.500\n"),
         code=3, told=["never shows whether", "12.500"]),
    Case(36, "both marks", amounts("1.50", "1,5", "2"), code=3, told=["1 amount with a decimal point and 1 with a decimal comma"]),
    Case(36, "three decimals, settled", amounts("0.125", "1.000", "2.000"), spent={"u1": 2.12, "u2": 1.0}),
    Case(37, "nothing", amounts("NaN", "#N/A", "5"), spent={"u1": 5.0}, refused=[(2, "", "no amount"), (3, "", "no amount")]),
    Case(37, "endless", amounts("inf", "-", "5"), spent={"u1": 5.0}, refused=[(2, "", "no amount"), (3, "", "no amount")]),
    Case(37, "words", amounts("free", "20.5", "5"), spent={"u1": 5.0, "u2": 20.5}, refused=[(2, "amount", "not an amount")]),
    Case(38, "zero", amounts("0", "0.00", "5"), spent={"u1": 5.0, "u2": 0.0}),
    Case(38, "negative", amounts("10", "20.5", "-4"), spent={"u1": 6.0, "u2": 20.5}, told=["1 negative amount was taken as a refund"]),
    Case(38, "absurd", amounts("1e12", "20.5", "5"), spent={"u1": 1e12 + 5, "u2": 20.5}, told=["1 amount of 1,000,000,000 or more"]),
    Case(38, "beyond all sums", csv(HEADER + "".join(f"o{i},u1,2024-01-01,9000000000000\n" for i in range(6000))), code=3,
         told=["amounts too large to be summed exactly"]),
    Case(39, "mixed currencies", csv(WITH_CURRENCY + "o1,u1,2024-01-01,5,CNY\no2,u1,2024-01-01,5,USD\no3,u1,2024-01-01,5,CNY\n"), code=3,
         told=["several currencies: CNY (2), USD (1)"]),
    Case(39, "mixed symbols", amounts("¥5", "$5"), code=3, told=["several currencies: $ (1), ¥ (1)"]),
    Case(39, "one, far down another", csv(WITH_CURRENCY + "".join(f"a{i},u1,2024-01-01,5,CNY\n" for i in range(5000)) + "b,u1,2024-01-01,5,EUR\n"),
         code=3, told=["CNY (5,000), EUR (1)"]),
    Case(40, "day or month", times("01/02/2024", "03/04/2024", "05/06/2024"), code=3, told=["never shows which is the day", "--date-format"]),
    Case(40, "settled far down", dated("01/02/2024", "03/02/2024", "13/02/2024"), told=["2024-02-01 to 2024-02-13"]),
    Case(40, "month first", dated("01/02/2024", "03/02/2024", "02/13/2024"), told=["2024-01-02 to 2024-03-02"]),
    Case(40, "told", dated("01/02/2024", "03/02/2024"), ["--date-format", "%d/%m/%Y"], told=["2024-02-01 to 2024-02-03"]),
    Case(40, "both", times("13/02/2024", "02/13/2024", "05/06/2024"), code=3, told=["dates with the day first and dates with the month first"]),
    Case(40, "short years", times("24/01/02", "24/01/03", "24/02/01"), code=3, told=["whether the day or the year comes first"]),
    Case(40, "short years, told", dated("24/01/02", "24/02/01"), ["--date-format", "%y/%m/%d"], told=["2024-01-02 to 2024-02-01"]),
    Case(41, "seconds", dated("1704067200", "1704153600"), told=["2 times are counts since 1970, in UTC", "2024-01-01 to 2024-01-02"]),
    Case(41, "milliseconds", dated("1704067200000", "1704153600000"), SHANGHAI, told=["on the clock of Asia/Shanghai", "2024-01-01 to 2024-01-02"]),
    Case(41, "microseconds", dated("1704067200000000", "1704153600000000"), told=["2024-01-01 to 2024-01-02"]),
    Case(41, "serials of a workbook", workbook(["o1", "u1", 45293.5, 10]), spent={"u1": 10.0}, told=["1 time is a spreadsheet's day number", "2024-01-02"]),
    Case(41, "no serials from text", times("45293.5", "2024-01-02", "2024-01-03"), spent={"u1": 5.0, "u2": 20.5}, refused=[(2, "order_time", "not a date")]),
    Case(42, "offsets differ", dated("2024-01-01T23:30:00+00:00", "2024-01-01 10:00:00 +0800"), SHANGHAI,
         told=["2 times have an offset, on the clock of Asia/Shanghai", "2024-01-01 to 2024-01-02"]),
    Case(42, "offsets, no clock", dated("2024-01-01T23:30:00+00:00", "2024-01-01 10:00:00 +0800"),
         told=["2 times have an offset, taken as written", "2024-01-01 to 2024-01-01"]),
    Case(42, "a time that never was", dated("2024-03-10 02:30:00", "2024-03-11 12:00:00"), NEW_YORK, told=["1 time falls where the clock was put forward", "2024-03-10 to 2024-03-11"]),
    Case(42, "a time that was twice", dated("2024-11-03 01:30:00"), NEW_YORK, told=["2024-11-03 to 2024-11-03"]),
    Case(43, "no such day", times("0000-00-00", "2024-02-30", "2024-01-03"), spent={"u1": 5.0},
         refused=[(2, "order_time", "not a date"), (3, "order_time", "not a date")]),
    Case(43, "half a time", times("2024-01-01 25:00:00", "2024-01-02 10:00:00", "2024-01-03 1:2"), spent={"u1": 5.0, "u2": 20.5},
         refused=[(2, "order_time", "not a date")]),
    Case(44, "1900 and 1970", csv(HEADER + "a,u1,1900-01-01,1\nb,u2,1970-01-01,1\n" + BODY), told=["2 rows have dates before 1990, the first 1900-01-01"]),
    Case(44, "future", csv(HEADER + "".join(f"a{i},u1,2024-01-01,1\n" for i in range(200)) + "b,u2,2099-01-01,1\n"), told=["1 row has a date from 2099-01-01 on"]),
    Case(44, "left out after as_of", times("2024-01-01", "2099-01-02", "2024-01-03"), ["--as-of", "2024-01-31"], spent={"u1": 15.0}, told=["1 after as_of"]),
    Case(45, "half to even", amounts("0.125", "20.5", "0.135"), spent={"u1": 0.26, "u2": 20.5}, told=["2 amounts were rounded"]),
    Case(45, "float noise", amounts("19.990000000000002", "20.5", "0.1"), spent={"u1": 20.09, "u2": 20.5}, untold=["rounded"]),
    Case(45, "many decimals", amounts("19.9961", "20.5", "0.10"), spent={"u1": 20.1, "u2": 20.5}, told=["1 amount was rounded"]),
    Case(0, "common dates", csv(HEADER + "".join(f'o{i},u{i},"{text}",1\n' for i, text in enumerate(
        ["2024-01-02 03:04:05", "2024/1/2 3:04", "2024年1月2日 3时4分5秒", "20240102", "20240102 030405", "2 Jan 2024", "Jan 2, 2024", "2024-01-02T03:04:05.678Z", "2024.01.02", "2024-01-02 下午3:04"]))),
         told=["10 rows read: 10 used", "2024-01-02 to 2024-01-02"]),
    Case(0, "a body", csv(HEADER + BODY), spent=SPENT),
]  # fmt: skip
