"""Small files that would take all memory, or hours: one message, in bounded time and memory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from attacks import bombs
from helpers.running import ENVIRONMENT, userops
from helpers.watched import stops, watched, within

Make = Callable[[Path], Path]
BOMBS: dict[str, tuple[str, Make, str]] = {
    "a text in 300 cells": ("o.xlsx", bombs.long_text, "bytes of text"),
    "a sheet that lies": ("o.xlsx", bombs.liar, "isn't what the zip says of it"),
    "repeated columns": ("o.ods", bombs.repeated, "memory"),
    "a Parquet of long texts": ("o.parquet", partial(bombs.dictionary, distinct=400, rows=400), "unpacks to"),
    "a text in 20,000 rows": ("o.parquet", partial(bombs.dictionary, distinct=1, rows=20_000), "bytes of text"),
    **{
        f"a cell far out: {how}": ("o.xlsx", partial(bombs.odd_reference, how=how), "something stands far out")
        for how in ("quotes", "spaces", "prefix", "newline", "lower")
    },
}  # fmt: skip


@pytest.mark.parametrize("what", BOMBS)
def test_bomb(tmp_path: Path, what: str) -> None:
    name, make, told = BOMBS[what]
    make(tmp_path / name)
    ran = watched("segment", name, "-f", "csv", cwd=tmp_path)
    stops(ran)
    assert name in ran.err
    assert told in ran.err


def test_memory_bounds_reading_workbooks(tmp_path: Path) -> None:
    rows = [["order_id", "user_id", "order_time", "amount"]]
    rows += [[f"o{n}", f"u{n % 999}", "2024-01-01", "5"] for n in range(60_000)]
    bombs.book(tmp_path / "o.xlsx", rows)
    code = (
        "import sys; from pathlib import Path; from userops.readers.files import native\n"
        "native.run('o.xlsx', 'userops.readers.files.workbook_process', Path('o.xlsx'), Path('.'),"
        " room=20 << 20, seconds=60)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, capture_output=True,
                         text=True, check=False)  # fmt: skip
    assert "InputError: o.xlsx: takes more than" in ran.stderr
    assert userops("segment", tmp_path / "o.xlsx", "-f", "csv", "--memory", "2GB").code == 0


@pytest.mark.parametrize("make", [bombs.wide, bombs.wide_csv], ids=["workbook", "csv"])
def test_wide_tables_take_seconds(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / ("o.xlsx" if make is bombs.wide else "o.csv"))
    ran = watched("segment", path, "-f", "csv")
    assert ran.code == 0, ran.err
    within(ran)
    assert "20 used" in ran.err


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_native_work(tmp_path: Path, signal_: int) -> None:
    """A query that takes long, in Rust: Python's own handlers would wait for it."""
    if signal.getsignal(signal_) is signal.SIG_IGN:
        pytest.skip("whoever runs the tests has this signal ignored, as nohup does")
    code = (
        "import sys, time\nfrom userops import cli\nimport polars as pl\n"
        "from userops.readers.files.open import workspace\n"
        "def run(*_, **__):\n"
        "    with workspace() as folder:\n"
        "        (folder / 'rows').write_text('u1')\n"
        "        print(folder, flush=True)\n"
        "        n = pl.int_range(200_000, eager=True)\n"
        "        pl.LazyFrame({'a': n}).join(pl.LazyFrame({'b': n}), how='cross').filter("
        "(pl.col('a') * pl.col('b')) % 7 == 8).select(pl.len()).collect(engine='streaming')\n"
        "cli.app = run\ncli.main([])"
    )
    with subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(signal_)
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - start < 2.5
    assert process.returncode in (128 + signal_, -signal_)
    assert "Traceback" not in said
    assert not folder.exists()


class TestSheets:
    def book(self, path: Path, *sheets: tuple[str, bool, int], columns: str = "") -> None:
        with xlsxwriter.Workbook(path) as made:
            for name, seen, rows in sheets:
                sheet = made.add_worksheet(name)
                for number, row in enumerate([bombs.HEADER, *bombs.ROWS[:rows]]):
                    sheet.write_row(number, 0, [f"{name}{row[0]}", *row[1:]] if number else row)
                if not seen:
                    sheet.hide()
            made.worksheets()[[seen for _, seen, _ in sheets].index(True)].activate()

    def test_a_visible_sheet_before_a_hidden_one(self, here: Path) -> None:
        self.book(Path("o.xlsx"), ("old", False, 20), ("new", True, 5), ("more", True, 7))
        ran = userops("segment", "o.xlsx", "-f", "csv")
        assert ran.code == 0, ran.err
        assert "read the sheet 'new', one of 3" in ran.err
        assert (
            "o.xlsx: 29 rows on other sheets aren't read: 'old' (21 rows, hidden), 'more' (8 rows)"
            in ran.err
        )
        assert "5 rows read" in ran.err

    def test_a_hidden_one_where_no_other_can_be(self, here: Path) -> None:
        with xlsxwriter.Workbook("o.xlsx") as made:
            made.add_worksheet("notes").write(0, 0, "see the other sheet")
            sheet = made.add_worksheet("data")
            for number, row in enumerate([bombs.HEADER, *bombs.ROWS]):
                sheet.write_row(number, 0, row)
            sheet.hide()
        assert "read the sheet 'data'" in userops("segment", "o.xlsx", "-f", "csv").err

    def test_positions_behind_empty_columns(self, here: Path) -> None:
        """Columns without anything are left out: ids that a spreadsheet rounded are still found."""
        with xlsxwriter.Workbook("o.xlsx") as made:
            sheet = made.add_worksheet()
            for number, row in enumerate([bombs.HEADER, *bombs.ROWS]):
                for at, value in enumerate(row):
                    sheet.write(number, at * 3 + 2, 4e18 if number and not at else value)
        ran = userops("segment", "o.xlsx")
        assert ran.code == 3
        assert "'order_id' holds 4" in ran.err


class TestNested:
    """Columns of lists and structs are no damage: they're passed over, or it's said what they are."""

    def frame(self) -> pl.DataFrame:
        return bombs.frame().with_columns(
            items=pl.concat_list(pl.lit(1), pl.lit(2)),
            info=pl.struct("user_id", "amount"),
            blob=pl.lit(b"\xff\x00"),
        )

    @pytest.mark.parametrize("doubtful", [False, True])
    def test_beside_what_is_read(self, here: Path, doubtful: bool) -> None:
        frame = self.frame()
        if doubtful:
            frame = pl.concat([frame, frame.head(1).with_columns(order_time=pl.lit("never"))])
        frame.write_parquet("o.parquet")
        ran = userops(
            "segment", "o.parquet", "-f", "csv", "--max-rejects", "5", "--rejects", "r.csv"
        )
        assert ran.code == 0, ran.err
        assert "20 used" in ran.err

    def test_a_list_as_an_id(self, here: Path) -> None:
        self.frame().write_parquet("o.parquet")
        ran = userops("segment", "o.parquet", "--map", "user_id=items")
        assert ran.code == 3
        assert "'items' holds lists" in ran.err

    def test_a_field_of_a_struct_as_an_id(self, here: Path) -> None:
        self.frame().write_parquet("o.parquet")
        ran = userops("segment", "o.parquet", "--map", "user_id=info.user_id", "-f", "json")
        assert {row["user_id"] for row in json.loads(ran.out)} == {f"u{n}" for n in range(9)}
        misnamed = userops("segment", "o.parquet", "--map", "user_id=info")
        assert "--map user_id=info.user_id" in misnamed.err

    def test_ids_as_bytes(self, here: Path) -> None:
        bombs.frame().with_columns(pl.col("user_id").cast(pl.Binary)).write_parquet("o.parquet")
        ran = userops("segment", "o.parquet", "-f", "json")
        assert ran.code == 0, ran.err
        assert {row["user_id"] for row in json.loads(ran.out)} == {f"u{n}" for n in range(9)}
