"""One shop in many forms: files, encodings, layouts, published figures."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from datetime import datetime

import polars as pl
import pytest
import xlsxwriter

from helpers.running import userops
from helpers.segments import CDNOW, CHINESE, SHOP, all_of, csv_of


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
