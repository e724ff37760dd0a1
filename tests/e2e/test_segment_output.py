"""Where results go: workbooks, pipes, exit codes, a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import time
import zipfile
from datetime import date

import fastexcel
import pytest

from helpers.running import SAMPLES, process, spawned, userops
from helpers.segments import CDNOW, CHINESE, SHOP, TABLES


def same(cell: object, text: str) -> bool:
    if cell is None or text == "":
        return cell is None and text == ""
    if isinstance(cell, date):
        return str(cell)[:10] == text
    if str(cell) == text or str(cell) == f"{text} 00:00:00":
        return True
    return float(cell) == pytest.approx(float(text))


class TestWorkbook:
    def test_it_holds_what_csv_holds(self, plain, here) -> None:
        assert userops("segment", SHOP, "-o", "out.xlsx", "-q").code == 0
        book = fastexcel.read_excel("out.xlsx")
        for sheet, name in zip(book.sheet_names[1:], TABLES, strict=True):  # the first is about it
            cells = book.load_sheet(sheet, header_row=None, skip_rows=0).to_polars()
            wanted = list(csv.reader(io.StringIO(plain[name].decode())))
            # A title and notes may stand above; the table ends the sheet.
            rows = cells.rows()[-(len(wanted) - 1) :]
            assert len(rows) == len(wanted) - 1
            for row, cell_texts in zip(rows, wanted[1:], strict=True):
                for cell, text in zip(row, cell_texts, strict=True):
                    assert same(cell, text), (name, cell, text)


class TestPipes:
    def test_a_reader_that_leaves(self) -> None:
        with process(
            "segment", CDNOW, "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as ours:
            with subprocess.Popen(
                ["head", "-3"], stdin=ours.stdout, stdout=subprocess.PIPE
            ) as head:
                ours.stdout.close()
                lines = head.communicate(timeout=60)[0]
            assert lines.count(b"\n") == 3
            assert ours.stderr.read() == b""
            assert ours.wait(timeout=60) == 0

    @pytest.mark.parametrize("moment", [0.4, 0.8])
    def test_a_killed_run_leaves_the_old_file(self, tmp_path, moment) -> None:
        target = tmp_path / "out.xlsx"
        target.write_bytes(b"old")
        run = process("segment", CDNOW, "-o", target, "-q", cwd=tmp_path)
        time.sleep(moment)
        run.send_signal(signal.SIGKILL)
        run.wait(timeout=60)
        content = target.read_bytes()
        assert content == b"old" or zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        assert userops("segment", SHOP, "-o", target, "-q").code == 0  # no lock is left
        assert zipfile.ZipFile(target).testzip() is None

    def test_killed_while_it_writes(self, tmp_path) -> None:
        target = tmp_path / "out.xlsx"
        target.write_bytes(b"old")
        run = process("segment", CDNOW, "-o", target, "-q")
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("*.part")) and time.monotonic() < deadline:
            time.sleep(0.005)
        assert list(tmp_path.glob(".userops-*.part"))
        run.send_signal(signal.SIGKILL)
        run.wait(timeout=60)
        assert target.read_bytes() == b"old"

    def test_told_to_stop_it_leaves_nothing(self, tmp_path) -> None:
        place = tmp_path / "temporary"
        place.mkdir()
        environment = {"TMPDIR": str(place)}
        run = subprocess.Popen(
            process_arguments("segment", CHINESE, "-o", tmp_path / "out.xlsx", "-q"),
            env={**os.environ, **environment, "PYTHONPATH": str(SAMPLES.parent / "src")},
        )
        deadline = time.monotonic() + 30
        while not list(place.glob("userops-*/*.txt")) and time.monotonic() < deadline:
            if run.poll() is not None:
                pytest.skip("too quick to be stopped")
            time.sleep(0.002)
        run.terminate()
        assert run.wait(timeout=60) in (143, 0)
        assert not list(place.glob("userops-*/*.txt"))


def process_arguments(*arguments: object) -> list[str]:
    import sys

    return [sys.executable, "-m", "userops", *map(str, arguments)]


class TestExitCodes:
    @pytest.mark.parametrize(
        ("arguments", "code", "said"),
        [
            (["--bins", "1"], 2, "--bins 1"),
            (["--bins", "five"], 2, "--bins"),
            (["--segments", "gird"], 2, "did you mean grid?"),
            (["--show", "user"], 2, "did you mean users?"),
            (["--format", "xls"], 2, "xls"),
            (["--as-of", "2024-02-30"], 2, "2024-02-30"),
            (["--status", "paid=fine"], 2, "fine"),
            (["--map", "user=user_id"], 2, "user_id"),
            (["--map", "user_id"], 2, "NAME=VALUE"),
            (["--tz", "Mars"], 2, "Mars"),
            (["--config", "none.toml"], 2, "none.toml"),
            (["--cuts", "none.csv"], 3, "none.csv"),
            (["--method", "fixed"], 2, "--cuts FILE"),
            (["--map", "user_id=buyer"], 3, "--map user_id="),
            (["--nonsense"], 2, "--nonsense"),
        ],
    )
    def test_wrong_use(self, here, arguments, code, said) -> None:
        ran = userops("segment", CDNOW, *arguments)
        assert ran.code == code, ran.err
        assert said in ran.err
        assert ran.out == b""

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("missing.csv", None, "no such file"),
            ("empty.csv", b"", "is empty"),
            ("bom.csv", b"\xef\xbb\xbf", "is empty"),
            ("columns.csv", b"a,b\n1,2\n", "--map"),
            ("status.csv", b"user,date,amount,status\na,2024-01-01,1,wibble\n", "wibble (1)"),
            ("days.csv", b"user,date,amount\na,01/02/2024,1\n", "--date-format"),
            ("money.csv", b"user,date,amount,currency\na,2024-01-01,1,CNY\nb,2024-01-01,1,USD\n", "USD"),
            ("id.csv", b"user,date,amount\n4E+18,2024-01-01,1\n", "4E+18"),
            ("masked.csv", b"user,date,amount\n138****1234,2024-01-01,1\n", "138****1234"),
        ],
    )  # fmt: skip
    def test_input_that_cant_be_used(self, here, name, content, said) -> None:
        if content is not None:
            (here / name).write_bytes(content)
        ran = userops("segment", name, "-o", "out.csv")
        assert ran.code == 3, ran.err
        assert said in ran.err
        assert "  try: " in ran.err
        assert not (here / "out.csv").exists()

    def test_nothing_named(self, here) -> None:
        ran = userops("segment")
        assert ran.code == 2
        assert "orders.csv" in ran.err

    def test_another_run_holds_the_output(self, here) -> None:
        from userops.render.files import holding

        with holding("out.csv"):
            ran = spawned("segment", CDNOW, "-o", here / "out.csv")
        assert ran.code == 5
        assert not (here / "out.csv").exists()

    def test_header_only(self, here) -> None:
        (here / "orders.csv").write_text("user_id,date,amount\n")
        ran = userops("segment", "orders.csv", "-f", "csv")
        assert ran.code == 0
        assert ran.text.count("\n") == 1
        assert "no rows" in ran.err
        for name in TABLES:
            assert userops("segment", "orders.csv", "--show", name, "-q").code == 0
        assert userops("segment", "orders.csv", "-o", "out.xlsx", "-q").code == 0


class TestAsAProcess:
    def test_it_is_what_runs_in_this_process(self, plain) -> None:
        assert spawned("segment", SHOP, "-f", "csv", "-q").out == plain["users"]

    def test_standard_input(self, plain) -> None:
        with SHOP.open("rb") as file:
            assert spawned("segment", "-", "-q", stdin=file).out == plain["users"]

    def test_json_is_json(self) -> None:
        told = json.loads(spawned("segment", CHINESE, "-f", "json", "--show", "all", "-q").out)
        assert list(told["tables"]) == list(TABLES)
        assert told["currency"] == "CNY"
        assert told["window"]["as_of"] == "2025-12-31"
