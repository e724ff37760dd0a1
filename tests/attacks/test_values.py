"""Values: dates that no calendar has, rows of nothing, what's written oddly."""

from __future__ import annotations

import csv
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

    def test_a_cell_of_a_column_that_nobody_reads_makes_it_a_row(self, here: Path) -> None:
        rows = [f"{row},x" for row in good()] + [",,,,y"]
        ran = userops("segment", write(here / "o.csv", rows, "order_id,user_id,order_time,amount,z\n"),
                      "--max-rejects", "5", "-f", "csv")  # fmt: skip
        said(ran, "1 refused (1 no user)")

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
