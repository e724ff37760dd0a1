"""`userops segment` over the command line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import subprocess
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from helpers.running import SAMPLES, process, spawned, userops
from helpers.shops import Shape, shop, write

SHOP, CHINESE = SAMPLES / "shop/orders.csv", SAMPLES / "shop/orders_zh.csv"
CDNOW = SAMPLES / "cdnow/orders.csv"
TABLES = ("users", "summary", "tiers", "cuts")


def csv_of(*arguments: object, stdin: bytes = b"") -> bytes:
    ran = userops("segment", *arguments, "-f", "csv", "-q", stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def all_of(*arguments: object) -> dict[str, bytes]:
    return {name: csv_of(*arguments, "--show", name) for name in TABLES}


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    """The sample shop's tables."""
    return all_of(SHOP)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return pl.read_csv(SHOP, infer_schema=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestCDNOW:
    def test_facts(self) -> None:
        users = list(csv.DictReader(io.StringIO(csv_of(CDNOW, "--as-of", "1998-06-30").decode())))
        assert len(users) == 23_570
        assert sum(int(user["frequency"]) for user in users) == 69_659
        assert sum(round(float(user["monetary"]) * 100) for user in users) == 250_031_563
        assert list(users[0]) == [
            "user_id", "first_order", "last_order", "recency_days", "frequency", "monetary",
            "r_score", "f_score", "m_score", "rfm_score", "segment", "tier", "action",
        ]  # fmt: skip

    def test_an_unused_score_is_said(self) -> None:
        ran = userops("segment", CDNOW, "--show", "cuts", "-f", "csv")
        assert "no user scores 2 on frequency" in ran.err


class TestOneShopManyForms:
    def test_gb18030(self, plain) -> None:
        assert all_of(CHINESE) == plain

    def test_gzip(self, plain, tmp_path) -> None:
        (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(SHOP.read_bytes()))
        assert all_of(tmp_path / "orders.csv.gz") == plain

    def test_zip(self, plain, tmp_path) -> None:
        with zipfile.ZipFile(tmp_path / "orders.zip", "w") as archive:
            archive.write(CHINESE, "orders.csv")
        assert csv_of(tmp_path / "orders.zip") == plain["users"]

    @pytest.mark.parametrize("file", [SHOP, CHINESE], ids=["utf-8", "gb18030"])
    def test_standard_input(self, plain, file) -> None:
        assert csv_of("-", stdin=file.read_bytes()) == plain["users"]

    @pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
    def test_delimiters(self, plain, frame, tmp_path, delimiter) -> None:
        frame.write_csv(tmp_path / "orders.txt", separator=delimiter, quote_style="always")
        assert csv_of(tmp_path / "orders.txt") == plain["users"]

    def test_a_bom_and_line_ends(self, plain, tmp_path) -> None:
        text = b"\xef\xbb\xbf" + SHOP.read_bytes().replace(b"\n", b"\r\n")
        (tmp_path / "orders.csv").write_bytes(text)
        assert csv_of(tmp_path / "orders.csv") == plain["users"]

    def test_utf_16(self, plain, tmp_path) -> None:
        (tmp_path / "orders.csv").write_bytes(SHOP.read_text("utf-8").encode("utf-16"))
        assert csv_of(tmp_path / "orders.csv") == plain["users"]

    def test_columns_and_rows_in_another_order(self, plain, frame, tmp_path) -> None:
        mixed = frame.select(reversed(frame.columns)).sample(fraction=1, shuffle=True, seed=1)
        mixed.write_csv(tmp_path / "orders.csv")
        assert all_of(tmp_path / "orders.csv") == plain

    @pytest.mark.parametrize("amount", ["float", "decimal", "text"])
    @pytest.mark.parametrize("when", ["datetime", "tz", "text"])
    @pytest.mark.parametrize("ids", ["text", "integers"])
    def test_parquet(self, plain, frame, tmp_path, amount, when, ids) -> None:
        kinds = {"float": pl.Float64, "decimal": pl.Decimal(12, 2), "text": pl.String}
        local = pl.col("paid_at").str.to_datetime()
        times = {
            "datetime": local,
            "tz": local.dt.replace_time_zone("Asia/Shanghai"),
            "text": pl.col("paid_at"),
        }
        order = pl.col("order_id").cast(pl.Int64) if ids == "integers" else pl.col("order_id")
        typed = frame.with_columns(
            order,
            times[when],
            pl.col("amount", "refund_amount").cast(kinds[amount]),
            pl.col("quantity").cast(pl.Int64),
        )
        typed.write_parquet(tmp_path / "orders.parquet")
        assert csv_of(tmp_path / "orders.parquet", "--show", "users") == plain["users"]

    def test_parquet_with_the_shops_zone(self, plain, frame, tmp_path) -> None:
        instants = pl.col("paid_at").str.to_datetime().dt.replace_time_zone("Asia/Shanghai")
        typed = frame.with_columns(instants.dt.convert_time_zone("UTC"))
        typed.write_parquet(tmp_path / "orders.parquet")
        assert csv_of(tmp_path / "orders.parquet", "--tz", "Asia/Shanghai") == plain["users"]

    def test_parquet_of_dates_and_whole_amounts(self, frame, tmp_path) -> None:
        whole = frame.with_columns(
            pl.col("paid_at").str.to_datetime().dt.date(),
            pl.col("amount", "refund_amount").cast(pl.Float64).round().cast(pl.Int64),
        )
        whole.write_csv(tmp_path / "orders.csv")
        whole.write_parquet(tmp_path / "orders.parquet")
        assert all_of(tmp_path / "orders.parquet") == all_of(tmp_path / "orders.csv")

    @pytest.mark.parametrize("typed", [True, False], ids=["typed", "text"])
    def test_excel(self, plain, frame, tmp_path, typed) -> None:
        book = xlsxwriter.Workbook(tmp_path / "orders.xlsx", {"constant_memory": True})
        sheet, other = book.add_worksheet("订单"), book.add_worksheet("notes")
        other.write_string(0, 0, "nothing of use")
        as_time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for column, name in enumerate(frame.columns):
            sheet.write_string(0, column, name)
        for number, row in enumerate(frame.iter_rows(), start=1):
            for column, (name, cell) in enumerate(zip(frame.columns, row, strict=True)):
                if not typed or cell is None or name.endswith("_id"):
                    sheet.write_string(number, column, cell or "")
                elif name == "paid_at":
                    sheet.write_datetime(number, column, datetime.fromisoformat(cell), as_time)
                elif "amount" in name or name == "quantity":
                    sheet.write_number(number, column, float(cell))
                else:
                    sheet.write_string(number, column, cell)
        book.close()
        assert csv_of(tmp_path / "orders.xlsx") == plain["users"]

    def test_globs_and_folders(self, plain, frame, here) -> None:
        (here / "exports").mkdir()
        for number, part in enumerate(frame.iter_slices(3000)):
            part.write_csv(here / f"exports/{number}.csv")
        (here / "exports/readme.md").write_text("not an export")
        assert all_of("exports") == plain
        assert csv_of("exports/*.csv") == plain["users"]
        assert csv_of("exports/2.csv", "exports/[01].csv", "exports/0.csv") == plain["users"]

    def test_three_overlapping_exports(self, plain, frame, tmp_path) -> None:
        parts = [frame[:4000], frame[2500:7000], frame[6000:].vstack(frame[:500])]
        names = []
        for number, part in enumerate(parts):
            names.append(tmp_path / f"{number}.csv")
            part.write_csv(names[-1])
        assert all_of(*names) == plain
        told = userops("segment", *names, "-f", "json", "--show", "all", "-q").json["tally"]
        assert told["left_out"]["also in a later export"] == sum(map(len, parts)) - len(frame)

    @pytest.mark.parametrize("day", ["2024-01-05", "2024-06-18", "2025-03-31", "2025-12-30"])
    def test_as_of_is_cutting_the_file(self, frame, tmp_path, day) -> None:
        frame.filter(pl.col("paid_at").str.head(10) <= day).write_csv(tmp_path / "cut.csv")
        assert all_of(SHOP, "--as-of", day) == all_of(tmp_path / "cut.csv", "--as-of", day)

    def test_as_of_before_the_first_row(self) -> None:
        ran = userops("segment", SHOP, "--as-of", "2023-12-31", "-f", "csv")
        assert ran.code == 0
        assert ran.text.count("\n") == 1
        assert "after as_of" in ran.err

    def test_every_format_is_the_same_each_time(self, tmp_path) -> None:
        for ending in ("csv", "json", "md", "html", "parquet", "xlsx"):
            files = [tmp_path / f"{number}.{ending}" for number in (1, 2)]
            for file in files:
                assert userops("segment", CHINESE, "-o", file, "-q").code == 0
            assert files[0].read_bytes() == files[1].read_bytes(), ending


ORDERS = """order_id,user_id,date,amount,status
1,a,2024-01-01,10.00,paid
2,b,2024-01-02,5.00,paid
3,,2024-01-03,5.00,paid
4,c,soon,5.00,paid
5,d,2024-01-04,lots,paid
6,e,2024-01-05,5.00,paid,more
7,f,2024-01-06,5.00,cancelled
8,a,2024-01-07,-2.00,paid
9,g,2024-01-09,5.00,refunded
1,a,2024-01-01,10.00,paid

"""


class TestRefusedRows:
    def test_rejects_say_where_and_why(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        ran = userops(
            "segment", "orders.csv", "--rejects", "bad.csv", "--max-rejects", "50%", "-f", "csv"
        )
        assert ran.code == 0, ran.err
        with (here / "bad.csv").open(encoding="utf-8-sig") as file:
            bad = [tuple(row.values()) for row in csv.DictReader(file)]
        assert bad == [
            ("orders.csv", "4", "", "no user", "3,,2024-01-03,5.00,paid"),
            ("orders.csv", "5", "date", "not a date", "4,c,soon,5.00,paid"),
            ("orders.csv", "6", "amount", "not an amount", "5,d,2024-01-04,lots,paid"),
            ("orders.csv", "7", "", "too many fields", "6,e,2024-01-05,5.00,paid,more"),
        ]

    def test_too_many(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        (here / "out.csv").write_text("old")
        ran = userops("segment", "orders.csv", "--rejects", "bad.csv", "-o", "out.csv")
        assert ran.code == 4
        assert ran.out == b""
        assert "--max-rejects 1%" in ran.err
        assert (here / "out.csv").read_text() == "old"
        assert (here / "bad.csv").read_text("utf-8-sig").count("\n") == 5
        assert userops("segment", "orders.csv", "--max-rejects", "3", "-q").code == 4
        assert userops("segment", "orders.csv", "--max-rejects", "4", "-q").code == 0
        assert userops("segment", "orders.csv", "--max-rejects", "much", "-q").code == 2

    def test_no_rejects_is_an_empty_file(self, here) -> None:
        assert userops("segment", SHOP, "--rejects", "bad.csv", "-q").code == 0
        assert (here / "bad.csv").read_text("utf-8-sig") == "file,line,column,reason,raw\n"

    def test_the_tally_balances(self, here) -> None:
        (here / "orders.csv").write_text(ORDERS)
        ran = userops(
            "segment", "orders.csv", "--max-rejects", "50%", "-f", "json", "--show", "all", "-q"
        )
        tally = ran.json["tally"]
        assert tally == {
            "read": 11,
            "used": 3,
            "refused": {"no user": 1, "not a date": 1, "not an amount": 1, "too many fields": 1},
            "left_out": {
                "the same row twice": 1,
                "cancelled, unpaid or closed": 1,
                "fully refunded": 1,
                "blank line": 1,
            },
        }
        assert tally["read"] == tally["used"] + sum(tally["refused"].values()) + sum(
            tally["left_out"].values()
        )

    @pytest.mark.parametrize("seed", range(8))
    def test_the_tally_of_any_shop_balances(self, tmp_path, seed) -> None:
        rows = shop(Random(seed), Shape(rows=200))
        name = write(tmp_path / "orders.csv", rows)
        ran = userops("segment", name, "-f", "json", "--show", "all", "-q", "--as-of", "2024-02-01")
        tally = ran.json["tally"]
        assert tally["read"] == len(rows)
        assert tally["read"] == tally["used"] + sum(tally["left_out"].values())


class TestWorkbook:
    def test_it_holds_what_csv_holds(self, plain, here) -> None:
        assert userops("segment", SHOP, "-o", "out.xlsx", "-q").code == 0
        book = fastexcel.read_excel("out.xlsx")
        assert len(book.sheet_names) == len(TABLES)
        for sheet, name in zip(book.sheet_names, TABLES, strict=True):
            cells = book.load_sheet(sheet, header_row=None, skip_rows=0).to_polars()
            wanted = list(csv.reader(io.StringIO(plain[name].decode())))
            # A title and notes may stand above; the table ends the sheet.
            rows = cells.rows()[-(len(wanted) - 1) :]
            assert len(rows) == len(wanted) - 1
            for row, cell_texts in zip(rows, wanted[1:], strict=True):
                for cell, text in zip(row, cell_texts, strict=True):
                    assert same(cell, text), (name, cell, text)


def same(cell: object, text: str) -> bool:
    if cell is None or text == "":
        return cell is None and text == ""
    if isinstance(cell, date):
        return str(cell)[:10] == text
    if str(cell) == text or str(cell) == f"{text} 00:00:00":
        return True
    return float(cell) == pytest.approx(float(text))


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
        from userops.outputs import holding

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


def recency(ran: object) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(ran.text))
    return {row["user_id"]: row["last_order"] for row in rows}


class TestOptions:
    def test_status(self, here) -> None:
        (here / "o.csv").write_text(
            "user,date,amount,status\na,2024-01-01,1,Gut\nb,2024-01-02,1,schlecht\nc,2024-01-03,1,weg\n"
        )
        stopped = userops("segment", "o.csv")
        assert stopped.code == 3
        for part in ("Gut (1)", "schlecht (1)", "weg (1)", "--status"):
            assert part in stopped.err
        ran = userops(
            "segment", "o.csv", "--status", "gut=valid", "--status", "schlecht=void",
            "--status", "WEG=refunded", "-f", "csv",
        )  # fmt: skip
        assert recency(ran) == {"a": "2024-01-01"}
        assert "1 cancelled, unpaid or closed, 1 fully refunded" in ran.err

    def test_a_status_left_blank(self, here) -> None:
        (here / "o.csv").write_text(
            "user,date,amount,status\na,2024-01-01,1,paid\nb,2024-01-02,1,\n"
        )
        stopped = userops("segment", "o.csv")
        assert stopped.code == 3
        assert "--status =valid" in stopped.err
        assert len(recency(userops("segment", "o.csv", "--status", "=valid", "-f", "csv"))) == 2
        assert len(recency(userops("segment", "o.csv", "--status", "=void", "-f", "csv"))) == 1

    def test_map(self, here) -> None:
        (here / "o.csv").write_text("who,day,money,user\na,2024-01-01,1,x\nb,2024-01-02,1,x\n")
        maps = ["--map", "user_id=who", "--map", "order_time=day", "--map", "amount=money"]
        ran = userops("segment", "o.csv", *maps, "-f", "csv")
        assert recency(ran) == {"a": "2024-01-01", "b": "2024-01-02"}
        assert "user_id from 'who'" in ran.err

    def test_date_format(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,01/02/2024,1\n")
        assert userops("segment", "o.csv").code == 3
        day, month = (
            recency(userops("segment", "o.csv", "--date-format", format, "-f", "csv"))
            for format in ("%d/%m/%Y", "%m/%d/%Y")
        )
        assert (day, month) == ({"a": "2024-02-01"}, {"a": "2024-01-02"})

    def test_a_column_that_settles_the_day(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,01/02/2024,1\nb,13/02/2024,1\n")
        ran = userops("segment", "o.csv", "-f", "csv")
        assert recency(ran) == {"a": "2024-02-01", "b": "2024-02-13"}

    def test_tz(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,2024-01-01T20:00:00Z,1\n")
        ran = userops("segment", "o.csv", "--tz", "Asia/Shanghai", "-f", "csv")
        assert recency(ran) == {"a": "2024-01-02"}

    def test_yesterday_is_the_shops(self, here) -> None:
        (here / "o.csv").write_text("user,date,amount\na,2024-01-01,1\n")
        zone = "Pacific/Kiritimati"
        before = datetime.now(ZoneInfo(zone)).date()
        ran = userops("segment", "o.csv", "--tz", zone, "--as-of", "today", "-f", "csv")
        after = datetime.now(ZoneInfo(zone)).date()
        days = int(ran.text.splitlines()[1].split(",")[3])
        assert (before - date(2024, 1, 1)).days <= days <= (after - date(2024, 1, 1)).days

    def test_decimal(self, here) -> None:
        (here / "o.csv").write_text('user,date,amount\na,2024-01-01,"1.234"\n')
        for mark, spent in ((",", "1234.00"), (".", "1.23")):
            ran = userops("segment", "o.csv", "--decimal", mark, "-f", "csv", "-q")
            assert ran.text.splitlines()[1].split(",")[5] == spent

    def test_encoding(self, here) -> None:
        (here / "o.csv").write_bytes("user,date,amount\n臺灣,2024-01-01,1\n".encode("big5"))
        ran = userops("segment", "o.csv", "--encoding", "big5", "-f", "csv")
        assert recency(ran) == {"臺灣": "2024-01-01"}

    def test_quiet(self) -> None:
        assert userops("segment", CHINESE, "-q", "-f", "csv").err == ""

    def test_tiers_new_days(self, plain) -> None:
        found = {}
        for days in (0, 30, 9999):
            text = csv_of(SHOP, "--show", "tiers", "--new-days", days).decode()
            found[days] = {
                row["tier"]: int(row["users"]) for row in csv.DictReader(io.StringIO(text))
            }
        assert found[0]["new"] <= found[30]["new"] <= found[9999]["new"]
        users = csv.DictReader(io.StringIO(plain["users"].decode()))
        assert found[9999]["new"] == sum(user["frequency"] == "1" for user in users)


class TestCuts:
    def test_saved_and_read_back_they_score_the_same(self, plain, here) -> None:
        assert csv_of(SHOP, "--save-cuts", "cuts.csv") == plain["users"]
        assert csv_of(SHOP, "--cuts", "cuts.csv") == plain["users"]
        assert csv_of(SHOP, "--cuts", "cuts.csv", "--show", "cuts") == plain["cuts"]

    @pytest.mark.parametrize("bins", [2, 3, 7, 10])
    def test_the_file_says_how_many_bins(self, here, bins) -> None:
        before = csv_of(SHOP, "--bins", bins, "--save-cuts", "cuts.csv")
        assert csv_of(SHOP, "--cuts", "cuts.csv") == before

    def test_other_data_by_them(self, here) -> None:
        csv_of(SHOP, "--as-of", "2025-06-30", "--save-cuts", "cuts.csv")
        with open("cuts.csv", encoding="utf-8-sig") as file:
            cuts = list(csv.DictReader(file))
        points = {
            metric: sorted(
                float(row["upper"]) for row in cuts if row["metric"] == metric and row["upper"]
            )
            for metric in ("recency", "frequency", "monetary")
        }
        text = csv_of(CDNOW, "--cuts", "cuts.csv").decode()
        for user in csv.DictReader(io.StringIO(text)):
            below = {
                metric: sum(point < float(user[column]) for point in points[metric])
                for metric, column in (
                    ("recency", "recency_days"), ("frequency", "frequency"), ("monetary", "monetary")
                )
            }  # fmt: skip
            assert int(user["r_score"]) == 5 - below["recency"]
            assert int(user["f_score"]) == 1 + below["frequency"]
            assert int(user["m_score"]) == 1 + below["monetary"]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("", 3),
            ("a,b\n1,2\n", 3),
            ("metric,score,lower,upper,users\nrecency,1,,x,\n", 3),
            ("metric,score,lower,upper,users\nrecency,1,,1,\n", 3),
        ],
    )
    def test_not_a_file_of_cuts(self, here, content, code) -> None:
        (here / "cuts.csv").write_text(content)
        assert userops("segment", SHOP, "--cuts", "cuts.csv").code == code

    def test_bins_that_dont_fit(self, here) -> None:
        csv_of(SHOP, "--save-cuts", "cuts.csv")
        ran = userops("segment", SHOP, "--cuts", "cuts.csv", "--bins", "4")
        assert ran.code == 2
        assert "--bins 5" in ran.err


TOML = """
lang = "zh"

[exports]
orders = ["data/*.csv"]

[columns]
user_id = "wer"
order_time = "wann"
amount = "wieviel"
status = "was"

[status]
gut = "valid"
schlecht = "void"

[rfm]
bins = 2
segments = "mine"
new_days = 0

[playbook]
Good = "call"
high = "thank"

[segments.mine]
rules = [
  { name = "Good", f = [3, 5] },
  { name = "Rest" },
]
"""


class TestSettings:
    @pytest.fixture
    def project(self, here: Path) -> Path:
        (here / "data").mkdir()
        (here / "data/a.csv").write_text(
            "wer,wann,wieviel,was\na,2024-01-01,1,gut\na,2024-01-02,3,gut\nb,2024-01-02,1,gut\n"
            "c,2024-01-03,1,schlecht\n"
        )
        (here / "userops.toml").write_text(TOML)
        return here

    def test_without_arguments(self, project) -> None:
        ran = userops("segment", "-f", "csv")
        assert ran.code == 0, ran.err
        rows = list(csv.DictReader(io.StringIO(ran.text)))
        assert [(row["user_id"], row["segment"], row["tier"], row["action"]) for row in rows] == [
            ("a", "Good", "high", "call"),
            ("b", "Rest", "low", ""),
        ]
        assert "'Good' and 'Rest' overlap; 'Good' wins" in ran.err
        tiers = userops("segment", "-f", "csv", "--show", "tiers", "-q").text
        assert ",thank\n" in tiers
        assert userops("segment", "-f", "md", "-q", "--show", "summary").text.count("分群") == 1

    def test_from_elsewhere(self, project, monkeypatch, tmp_path_factory) -> None:
        before = userops("segment", "-f", "csv", "-q").out
        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
        after = userops("segment", "-f", "csv", "-q", "--config", project / "userops.toml")
        assert after.out == before

    def test_options_win(self, project) -> None:
        ran = userops("segment", "-f", "csv", "-q", "--segments", "grid", "--bins", "5")
        assert {row["segment"] for row in csv.DictReader(io.StringIO(ran.text))} <= {
            "Champions", "Loyal", "Potential loyalists", "New", "Promising", "Need attention",
            "About to sleep", "Can't lose", "At risk", "Hibernating",
        }  # fmt: skip
        assert userops("segment", CDNOW, "-f", "csv", "-q").code == 3  # its columns are others

    @pytest.mark.parametrize(
        ("old", "new", "line", "said"),
        [
            ("bins = 2", "bin = 2", "bin = 2", "did you mean bins?"),
            ("[rfm]", "[frm]", "[frm]", "did you mean rfm?"),
            ("new_days = 0", "new_days = -1", "new_days", "new_days"),
            ("bins = 2", 'bins = "two"', "bins", "bins"),
            ('gut = "valid"', 'gut = "good"', "gut", "gut"),
            ('{ name = "Rest" }', '{ nam = "Rest" }', "rules", "did you mean name?"),
            ('Good = "call"', 'Goood = "call"', "Goood", "did you mean Good?"),
            ("[rfm]", "[rfm", "", "not TOML"),
        ],
    )
    def test_an_error_names_its_line(self, project, old, new, line, said) -> None:
        (project / "userops.toml").write_text(TOML.replace(old, new))
        ran = userops("segment")
        assert ran.code == 2
        assert "userops.toml" in ran.err
        assert said in ran.err
        lines = (project / "userops.toml").read_text().splitlines()
        number = next(n for n, text in enumerate(lines, start=1) if text.startswith(line))
        assert not line or f"line {number}:" in ran.err

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ('[{ name = "Good", f = [1, 3] }]', "match no rule, such as 1-4-1"),
            ('[{ name = "Good" }, { name = "Rest", f = [1, 3] }]', "nothing can reach 'Rest'"),
            ('[{ name = "Good", f = [4, 2] }, { name = "Rest" }]', "nothing can reach 'Good'"),
        ],
    )
    def test_a_rule_table_that_cant_be(self, project, rules, said) -> None:
        text = TOML[: TOML.index("rules = ")] + f"rules = {rules}\n"
        (project / "userops.toml").write_text(text)
        ran = userops("segment")
        assert ran.code == 2
        assert said in ran.err

    def test_fixed_cuts(self, project) -> None:
        text = TOML.replace("bins = 2", 'bins = 2\nmethod = "fixed"') + (
            "\n[cuts]\nrecency = [0]\nfrequency = [1]\nmonetary = [3.99]\n"
        )
        (project / "userops.toml").write_text(text)
        rows = list(csv.DictReader(io.StringIO(userops("segment", "-f", "csv", "-q").text)))
        assert [row["rfm_score"] for row in rows] == ["122", "111"]

    def test_exports_that_match_nothing(self, project) -> None:
        (project / "data/a.csv").unlink()
        ran = userops("segment")
        assert ran.code == 3
        assert "no file matches" in ran.err


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
