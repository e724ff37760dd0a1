"""Archives that look like exports, names in other encodings, and what would speak to the terminal."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest

from attacks.test_values import HEADER, good, write
from helpers.running import spawned, userops
from helpers.terminals import acting, on_terminal

EXPORT = (HEADER + "\n".join(good()) + "\n").encode()
GBK = os.fsdecode("订单".encode("gbk"))
SHOWN = r"\xb6\xa9\xb5\xa5"
EVIL = "\x1b]0;owned\x07\x1b[2Jx\u202eevil\x9b31m\u2066\nerror: forged"


def tar(*names: str, mode: str = "w:gz") -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:  # type: ignore[call-overload]
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(EXPORT)
            archive.addfile(member, io.BytesIO(EXPORT))
    return sink.getvalue()


def old_tar() -> bytes:
    """A tar of the seventh edition: without a magic number."""
    head = bytearray(tar("a.csv", mode="w")[:512])
    head[257:512] = bytes(255)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + EXPORT


def zipped(*names: str, inner: bytes = EXPORT) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, inner)
    return sink.getvalue()


def database(folder: Path) -> bytes:
    with sqlite3.connect(folder / "db") as file:
        file.execute("create table orders (a)")
    file.close()
    return (folder / "db").read_bytes()


OTHERS = {
    "tar archive": tar("a.csv", mode="w"),
    "tar archive, old": old_tar(),
    "tar archive in a gzip": tar("a.csv", "b.csv"),
    "packed with zstd": b"\x28\xb5\x2f\xfd" + bytes(60),
    "7z archive": b"7z\xbc\xaf\x27\x1c" + bytes(60),
    "RAR archive": b"Rar!\x1a\x07\x01\x00" + bytes(60),
    "packed with xz": b"\xfd7zXZ\x00" + bytes(60),
    "packed with bzip2": b"BZh91AY&SY" + bytes(60),
    "empty zip": zipped(),
    "packed with gzip in a gzip": gzip.compress(gzip.compress(EXPORT)),
    "tar archive in a zip": zipped("a.tar", inner=tar("a.csv", mode="w")),
    "a zip in a zip": zipped("a.zip", inner=zipped("a.csv")),
    "a PDF": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(60),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(60),
    "a web page (HTML)": "<html><table><tr><td>订单编号</td></tr></table></html>".encode("gbk"),
    "an XML file": b'\xef\xbb\xbf<?xml version="1.0"?>\n<Workbook/>\n',
}


class TestContainers:
    @pytest.mark.parametrize("what", OTHERS)
    @pytest.mark.parametrize("name", ["orders.csv", "orders.gz", "orders"])
    def test_stops_by_name(self, here: Path, what: str, name: str) -> None:
        Path(name).write_bytes(OTHERS[what])
        ran = userops("segment", name)
        assert (ran.code, ran.out) == (3, b"")
        assert f"{name}: is " in ran.err
        assert what.partition(",")[0] in ran.err

    def test_sqlite(self, here: Path) -> None:
        Path("orders.csv").write_bytes(database(here))
        assert "is an SQLite database" in userops("segment", "orders.csv").err

    @pytest.mark.parametrize(
        ("what", "mend"),
        [("a PDF", "export the data"), ("a web page (HTML)", "open it in Excel"), ("7z archive", "unpack it")],
    )  # fmt: skip
    def test_says_what_to_do(self, here: Path, what: str, mend: str) -> None:
        Path("orders.xls").write_bytes(OTHERS[what])
        assert f"try: {mend}" in userops("segment", "orders.xls").err

    @pytest.mark.parametrize("name", ["a program", "any bytes"])
    def test_what_is_no_text_is_none_in_a_strange_encoding(self, here: Path, name: str) -> None:
        program = b"\x7fELF\x02\x01\x01\0\0\0" + b"\x03\0\x3e\0\x01\0\0\0" * 50 + b"\0\xdc" * 9
        data = program if name == "a program" else Random(1).randbytes(3000)
        Path("orders.csv").write_bytes(data)
        ran = userops("segment", "orders.csv")
        assert (ran.code, ran.out) == (3, b"")
        assert "orders.csv: not a text file (binary data at byte " in ran.err

    def test_a_folder_with_archives_is_read_without_them(self, here: Path) -> None:
        Path("exports").mkdir()
        Path("exports/a.csv").write_bytes(EXPORT)
        Path("exports/all.tar.gz").write_bytes(tar("a.csv", "b.csv"))
        Path("exports/none.zip").write_bytes(zipped())
        Path("exports/b.csv.gz").write_bytes(gzip.compress(EXPORT.replace(b"\no", b"\np")))
        ran = userops("segment", "exports", "-f", "csv")
        assert ran.code == 0, ran.err
        assert "200 rows read: 200 used" in ran.err


class TestNames:
    """Names of Windows' zips are in GBK: they're read like others, and shown with escapes."""

    @pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".xlsx", ".jsonl"])
    def test_read(self, here: Path, ending: str) -> None:
        name = f"{GBK}{ending}"
        if ending == ".csv.gz":
            Path(name).write_bytes(gzip.compress(EXPORT))
        else:
            Path("o.csv").write_bytes(EXPORT)
            plain = f"o{ending}" if ending != ".csv" else "p.csv"
            if ending == ".csv":
                Path(plain).write_bytes(EXPORT)
            else:
                make = {
                    ".parquet": "write_parquet",
                    ".xlsx": "write_excel",
                    ".jsonl": "write_ndjson",
                }
                import polars as pl

                getattr(pl.read_csv("o.csv"), make[ending])(plain)
            Path(plain).rename(name)
        ran = userops("segment", name, "-f", "csv", "--rejects", "r.csv", "-v")
        assert ran.code == 0, ran.err
        assert f"{SHOWN}{ending}: " in ran.err
        assert "100 used" in ran.err

    def test_refused_rows_name_it(self, here: Path) -> None:
        write(Path(f"{GBK}.csv"), [*good(), "x,,2024-01-01,5"])
        ran = userops(
            "segment", f"{GBK}.csv", "--rejects", "r.csv", "--max-rejects", "5", "-f", "csv"
        )
        assert ran.code == 0, ran.err
        with open("r.csv", encoding="utf-8-sig", newline="") as file:
            assert [row["file"] for row in csv.DictReader(file)] == [f"{SHOWN}.csv"]

    @pytest.mark.parametrize("careful", [False, True])
    def test_store_and_report(self, here: Path, careful: bool) -> None:
        rows = [*good(), "x,,2024-01-01,5"] if careful else good()
        name = write(Path(f"{GBK}.csv"), rows)
        more = ("--max-rejects", "5")
        assert SHOWN in userops("prepare", name, *more).text
        for _ in range(2):
            ran = userops("segment", name, "-f", "csv", "--rejects", "r.csv", "-v", *more)
            assert "read from the prepared store" in ran.err
            assert SHOWN in ran.err
        for form in ("html", "md", "xlsx"):
            ran = userops("report", name, "-o", f"r.{form}", *more)
            assert ran.code == 0, ran.err

    def test_init_writes_settings_that_find_it(self, here: Path) -> None:
        write(Path(f"{GBK}.csv"), good())
        assert userops("init", f"{GBK}.csv").code == 0
        assert "100 used" in userops("segment", "-f", "csv").err

    def test_halves_of_characters_in_json(self, here: Path) -> None:
        lines = [
            r'{"order_id":"a","user_id":"\ud800","order_time":"2024-01-01","amount":5,"\udc00":1}',
            r'{"order_id":"b","user_id":"\ud801","order_time":"2024-01-01","amount":6,"\udc01":2}',
        ]
        Path("o.jsonl").write_text("\n".join(lines))
        ran = userops("segment", "o.jsonl", "-f", "json")
        assert ran.code == 0, ran.err
        assert {row["user_id"] for row in json.loads(ran.out)} == {r"\ud800", r"\ud801"}


class TestTerminal:
    """What comes from outside is shown, and doesn't act."""

    def evil(self, here: Path) -> Path:
        names = ["order_id", "user_id", "order_time", "amount", "status", f"k{EVIL}"]
        with (here / f"o{EVIL.replace('/', '')}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for row in good():
                cells = row.split(",")
                writer.writerow([cells[0], cells[1] + EVIL, *cells[2:], "paid", "x"])
        return Path(file.name)

    @pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "jsonl", "md", "html"])
    def test_data_and_names(self, here: Path, form: str) -> None:
        code, sent = on_terminal("segment", self.evil(here), "-f", form, cwd=here)
        assert code == 0, sent
        assert acting(sent) == []
        assert b"\nerror: forged" not in sent.replace(b"\r", b"") or form in ("csv", "tsv", "html")

    def test_json_on_a_terminal_is_the_same_json(self, here: Path) -> None:
        name = self.evil(here)
        _, sent = on_terminal("segment", name, "-f", "json", "-q", cwd=here)
        piped = spawned("segment", name, "-f", "json", "-q", cwd=here)
        assert json.loads(sent) == json.loads(piped.out)
        assert "\x9b" in piped.text  # data in pipes stays what it is

    @pytest.mark.parametrize(
        "arguments",
        [
            ("segment", f"no{EVIL}.csv"),
            ("segment", "o.csv", "--map", f"user_id=x{EVIL}"),
            ("segment", "o.csv", "--show", EVIL),
            ("segment", "o.csv", "-o", f"{EVIL}.zzz"),
            ("segment", "o.csv", f"--{EVIL}"),
            (EVIL,),
            ("segment", "o.csv", "--bins", EVIL),
            ("explain", EVIL),
            ("segment", "o.csv", "--config", "evil.toml"),
            ("segment", "status.csv"),
        ],
    )
    def test_what_went_wrong(self, here: Path, arguments: tuple[str, ...]) -> None:
        Path("o.csv").write_bytes(EXPORT)
        Path("evil.toml").write_text(f"{json.dumps(f'x{EVIL}')} = 1\n")
        rows = [["order_id", "user_id", "order_time", "amount", "status"]]
        rows += [[*row.split(","), EVIL] for row in good()]
        with Path("status.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        code, sent = on_terminal(*arguments, cwd=here)
        assert code in (2, 3), sent
        assert acting(sent) == []
        lines = sent.replace(b"\r", b"").decode().splitlines()
        assert not any(line.startswith("error: forged") for line in lines), sent
