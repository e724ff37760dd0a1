"""Values: dates that no calendar has, rows of nothing, what's written oddly."""

from __future__ import annotations

import csv
import json
import os
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from helpers.running import Ran, userops

HEADER = "order_id,user_id,order_time,amount\n"
COMMANDS = ("segment", "lifecycle", "cohorts", "repurchase", "ltv", "check", "report")


def good(count: int = 100) -> list[str]:
    return [f"o{n},u{n % 9},2024-{1 + n % 12:02}-{1 + n % 28:02},{n}.50" for n in range(count)]


def write(path: Path, rows: list[str], header: str = HEADER) -> str:
    path.write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def rejects(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [(row["line"], row["reason"]) for row in csv.DictReader(file)]


def said(ran: Ran, text: str) -> None:
    assert ran.code == 0, ran.err
    assert text in ran.err, ran.err


class TestBlankRows:
    """Rows of nothing but separators are blank lines, wherever they stand and whatever else there is."""

    @pytest.mark.parametrize("blank", [",,,", " , ,\t,", '"","",,', ",,,\n\n,,,"])
    def test_csv(self, here: Path, blank: str) -> None:
        rows = good()
        rows[50:50] = [blank, blank, blank]
        ran = userops("segment", write(here / "o.csv", rows), "-f", "csv")
        said(ran, "100 used")
        assert f"{3 * (blank.count(chr(10)) + 1)} blank line" in ran.err
        assert "refused" not in ran.err

    def test_json_lines_and_parquet(self, here: Path) -> None:
        frame = pl.DataFrame(
            [row.split(",") for row in good(10)], schema=HEADER.strip().split(","), orient="row"
        )
        nothing = pl.DataFrame([[None] * 4] * 2, schema=frame.schema, orient="row")
        pl.concat([frame, nothing]).write_parquet("o.parquet")
        pl.concat([frame, nothing]).write_ndjson("o.jsonl")
        for name in ("o.parquet", "o.jsonl"):
            said(userops("segment", name, "-f", "csv"), "10 used, 2 left out (2 blank line)")

    def test_a_cell_of_a_column_that_nobody_reads_makes_it_a_remark(self, here: Path) -> None:
        rows = [f"{row},x" for row in good()] + [",,,,y"]
        ran = userops("segment", write(here / "o.csv", rows, "order_id,user_id,order_time,amount,z\n"),
                      "--max-rejects", "5", "-f", "csv")  # fmt: skip
        said(ran, "1 left out (1 a remark)")

    def test_in_a_prepared_store(self, here: Path) -> None:
        name = write(here / "o.csv", [*good(), ",,,"])
        assert userops("prepare", name).code == 0
        said(userops("segment", name, "-f", "csv"), "100 used, 1 left out (1 blank line)")


class TestDates:
    """Only years 1 to 9999 are dates; others are refused, and the rest is read."""

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("date", ["0000-05-05", "-0001-05-05", "12024-01-01", "+20000-01-01"])
    def test_text(self, here: Path, command: str, date: str) -> None:
        write(here / "o.csv", [*good(), f"bad,u1,{date},5"])
        ran = userops(command, "o.csv", "--max-rejects", "5", "-f", "json" if command != "report" else "md",
                      *(["--rejects", "r.csv"] if command != "check" else []))  # fmt: skip
        assert ran.code == 0, ran.err
        if command != "check":
            assert rejects(here / "r.csv") == [("102", "not a date")]

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("unit", ["day", "ms", "us", "utc"])
    def test_parquet(self, here: Path, command: str, unit: str) -> None:
        far = {"day": [-800_000, 7_000_000, 2**31 - 1, -(2**31)], "ms": [-(2**62), 2**62]}.get(
            unit, [-(10**18), 10**18, 2**63 - 1, -(2**63)]
        )
        type = {"day": pl.Date, "ms": pl.Datetime("ms"), "us": pl.Datetime("us")}.get(
            unit, pl.Datetime("us", "UTC")
        )
        per = {"day": 1, "ms": 86_400_000}.get(unit, 86_400_000_000)
        count = 300
        numbers = [(19_800 + n % 300) * per for n in range(count)] + far
        frame = pl.DataFrame(
            {
                "order_id": [f"o{n}" for n in range(len(numbers))],
                "user_id": [f"u{n % 20}" for n in range(len(numbers))],
                "order_time": pl.Series(
                    numbers, dtype=pl.Int32 if unit == "day" else pl.Int64
                ).cast(type),
                "amount": [5.0] * len(numbers),
            }
        )
        frame.write_parquet("o.parquet")
        for more in ((), ("--tz", "Asia/Shanghai")):
            ran = userops(command, "o.parquet", "--max-rejects", "10", *more,
                          "-f", "json" if command != "report" else "md",
                          *(["--rejects", "r.csv"] if command != "check" else []))  # fmt: skip
            assert ran.code == 0, ran.err
            if command != "check":
                expected = [(str(count + 1 + n), "not a date") for n in range(len(far))]
                assert rejects(here / "r.csv") == expected

    @pytest.mark.parametrize("command", COMMANDS)
    @pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01"])
    def test_the_ends_of_the_calendar(self, here: Path, command: str, date: str) -> None:
        write(here / "o.csv", [*good(), f"end,u1,{date},5"])
        ran = userops(command, "o.csv", "-f", "json" if command != "report" else "md")
        assert ran.code in (0, 2, 3), ran.err
        assert "fault in userops" not in ran.err


SUMMER = datetime(2025, 6, 1)


class TestShortYears:
    """Years of two digits lie no more than a year past the file's time, and it's said."""

    def days(self, ran: Ran) -> list[str]:
        return sorted(row["last_order"] for row in json.loads(ran.out))

    def export(self, here: Path, *dates: str, written: datetime = SUMMER) -> str:
        name = write(here / "o.csv", [f"o{n},u{n},{date},5" for n, date in enumerate(dates)])
        os.utime(name, (written.timestamp(),) * 2)
        return name

    @pytest.mark.parametrize("more", [(), ("--date-format", "%d/%m/%y")])
    def test_the_last_century(self, here: Path, more: tuple[str, ...]) -> None:
        name = self.export(
            here, "31/01/97", "15/02/98", "01/01/26", "01/01/27", "29/02/96", "31/12/69"
        )
        ran = userops("segment", name, "-f", "json", *more)
        assert self.days(ran) == [
            "1927-01-01", "1969-12-31", "1996-02-29", "1997-01-31", "1998-02-15", "2026-01-01",
        ]  # fmt: skip
        assert "of the last century" in ran.err

    def test_nothing_is_said_of_this_one(self, here: Path) -> None:
        name = self.export(here, "31/01/24", "15/02/25")
        ran = userops("segment", name, "-f", "json", "--date-format", "%d/%m/%y")
        assert self.days(ran) == ["2024-01-31", "2025-02-15"]
        assert "century" not in ran.err

    def test_a_century_earlier_that_has_no_such_day(self, here: Path) -> None:
        name = self.export(here, "31/01/24", "29/02/00", written=datetime(2000, 1, 2))
        ran = userops("segment", name, "-f", "json", "--date-format", "%d/%m/%y")
        assert self.days(ran) == ["1924-01-31", "2000-02-29"]


class TestSmall:
    def test_gaps_are_counted_with_a_format_too(self, here: Path) -> None:
        name = write(here / "o.csv", ["a,u1,10/03/2024 02:30:00,5", "b,u2,11/03/2024 12:00:00,5"])
        ran = userops(
            "segment", name, "--date-format", "%d/%m/%Y %H:%M:%S", "--tz", "America/New_York"
        )
        said(ran, "1 time falls where the clock was put forward")

    @pytest.mark.parametrize(
        ("time", "more"),
        [
            ("2024-01-02 23:59:60", ()),
            ("2024-01-02T23:59:60Z", ()),
            ("2024/01/02 23:59:60", ("--date-format", "%Y/%m/%d %H:%M:%S")),
            ("2024-01-02 23:59:60.5", ()),
        ],
    )
    def test_a_leap_second_is_of_its_day(
        self, here: Path, time: str, more: tuple[str, ...]
    ) -> None:
        name = write(here / "o.csv", [f"a,u1,{time},5"] * 2 + [f"b,u2,{time},6"])
        ran = userops("segment", name, "-f", "json", *more)
        assert ran.code == 0, ran.err
        assert {row["last_order"] for row in json.loads(ran.out)} == {"2024-01-02"}

    def test_offsets_that_no_clock_has(self, here: Path) -> None:
        rows = [f"o{n},u1,2024-01-02T10:00:00{zone},5" for n, zone in
                enumerate(["+08:00", "+14:00", "-12:00", "+25:00", "+08:75", "+99:99", "-16:00"])]  # fmt: skip
        for more in ((), ("--date-format", "%Y-%m-%dT%H:%M:%S%z")):
            ran = userops(
                "segment",
                write(here / "o.csv", rows),
                "--max-rejects",
                "100%",
                "--tz",
                "UTC",
                *more,
            )
            said(ran, "3 used, 4 refused (4 not a date)")

    def test_quotes_are_a_part_of_an_id(self, here: Path) -> None:
        names = ["'u1'", "u1", "'u2", "''", "'"]
        rows = [f"o{n},{name},2024-01-02,5" for n, name in enumerate(names)]
        ran = userops("segment", write(here / "o.csv", rows), "--max-rejects", "100%", "-f", "json")
        assert {row["user_id"] for row in json.loads(ran.out)} == {"'u1'", "u1", "u2"}
        assert "2 no user" in ran.err

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_return_within_quotes_stays(self, here: Path, end: str, encoding: str) -> None:
        text = (
            HEADER
            + 'o1,"u\r1",2024-01-01,5\n'
            + 'o2,"用\n2",2024-01-01,6\n'
            + "o3,u3,2024-01-01,7\n"
        )
        kept = text.replace("u\r1", "\0").replace("用\n2", "\1").replace("\n", end)
        kept = kept.replace("\0", "u\r1").replace("\1", "用\n2")
        (here / "o.csv").write_bytes(kept.encode(encoding))
        ran = userops("segment", "o.csv", "--encoding", encoding, "-f", "json")
        assert ran.code == 0, ran.err
        assert {row["user_id"] for row in json.loads(ran.out)} == {"u\r1", "用\n2", "u3"}

    def test_init_writes_what_it_can_read(self, here: Path) -> None:
        header = 'order_id,"user_id",order_time,"amount"\n'.replace('"amount"', '"amount\x7f"')
        write(here / "o.csv", good(), header)
        assert userops("init", "o.csv", "--map", "amount=amount\x7f").code == 0
        said(userops("segment", "-f", "csv"), "100 used")
