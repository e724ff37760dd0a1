"""What people wrote in groups stays in memory: no table, report, note, reject or file on disk shows it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from helpers.running import userops

MARK = "私房话zebra42"
ORDERS = "order_id,user_id,paid_at,amount\n" + "".join(
    f"o{n},u{n % 9},2025-0{1 + n % 3}-{10 + n % 15} 10:00:00,{n + 5}.00\n" for n in range(60)
)
MEMBERS = "group_id,group,user_id,joined,left\n" + "".join(
    f"g,妈妈群,u{n},2025-01-0{n + 1} 09:00:00,{'2025-02-20 09:00:00' if n == 3 else ''}\n"
    for n in range(9)
)
HEAD = "group_id,user_id,name,time,message_id,reply_to,kind,text\n"
SAID = HEAD + "".join(
    f"g,u{n % 9},n{n % 9},2025-02-{10 + n % 18} 11:00:{n:02},m{n},{f'm{n - 1}' if n % 3 == 1 else ''},"
    f'text,"{"@n1 " if n % 5 == 0 else ""}{MARK} {n}"\n'
    for n in range(50)
)
# Rows that are refused, stand twice, or were taken back.
ODD = f"g,u1,n1,yesterday,m90,,text,{MARK}\n,u2,n2,2025-02-11 10:00:00,m91,,text,{MARK}\n" + (
    f"g,u3,n3,2025-02-11 10:00:00,m92,,recall,{MARK}\n" * 2
)
WHATSAPP = "".join(
    f"[2025-02-{10 + n:02} 09:00:00] n{n % 3}: {MARK}\nsecond line {MARK}\n" for n in range(12)
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder; what's removed from disk on the way is looked through before."""
    folder, place = tmp_path / "shop", tmp_path / "tmp"
    folder.mkdir()
    place.mkdir()
    exports = {"orders": ORDERS, "memberships": MEMBERS, "messages": SAID}
    for name, text in exports.items():
        folder.joinpath(f"{name}.csv").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    remove = tempfile.TemporaryDirectory.cleanup

    def looked_through(self: Any) -> None:
        assert told_in(Path(self.name)) == []
        remove(self)

    def swept(path: Any, *given: Any, **more: Any) -> None:
        assert told_in(Path(path)) == []
        rmtree(path, *given, **more)

    rmtree = shutil.rmtree
    monkeypatch.setattr(tempfile.TemporaryDirectory, "cleanup", looked_through)
    monkeypatch.setattr(shutil, "rmtree", swept)
    return folder


def told_in(folder: Path, *but: str) -> list[str]:
    """The files in a folder that hold the mark, in whichever encoding, packed or not."""
    marks = [MARK.encode(code) for code in ("utf-8", "utf-16-le", "gb18030")]
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in but:
            content = file.read_bytes()
            if content[:2] == b"PK":
                shutil.unpack_archive(file, folder / f"{file.name}-unpacked", "zip")
                found += told_in(folder / f"{file.name}-unpacked")
            elif content[:4] == b"PAR1":
                content = str(pl.read_parquet(file).to_dicts()).encode()
            if any(mark in content for mark in marks):
                found.append(file.name)
    return found


GIVEN = ("--memberships", "memberships.csv", "--messages", "messages.csv")
RUNS = [
    ("community", "orders.csv", *GIVEN, "--show", "all", "-f", "json"),
    ("community", "orders.csv", *GIVEN, "--show", "all", "-o", "out.xlsx", "--lang", "zh"),
    ("community", "orders.csv", *GIVEN, "--show", "members", "-o", "out.parquet"),
    ("screen", "orders.csv", *GIVEN, "--show", "all", "-o", "screen.html"),
    ("report", "orders.csv", *GIVEN, "-o", "report.html"),
    ("report", "orders.csv", *GIVEN, "-o", "report.md", "--lang", "zh"),
    ("report", "orders.csv", *GIVEN, "-o", "report.xlsx"),
    ("check", "messages.csv", "--dataset", "messages", "--show", "all", "-f", "json"),
    ("init", "orders.csv", "messages.csv", "memberships.csv"),
]


def test_no_output_and_no_file_holds_what_was_written(shop: Path) -> None:
    for run in RUNS:
        ran = userops(*run)
        assert ran.code == 0, (run, ran.err)
        assert MARK not in ran.text + ran.err, run
    assert told_in(shop, "messages.csv") == []


def test_nor_do_rejects_and_errors(shop: Path) -> None:
    shop.joinpath("messages.csv").write_text(SAID + ODD, encoding="utf-8")
    for given in (("--max-rejects", "100%"), ()):
        ran = userops("community", "orders.csv", *GIVEN, "--rejects", "rejects.csv", *given)
        assert MARK not in ran.text + ran.err
        rejects = pl.read_csv("rejects.csv")
        assert rejects.filter(file="messages.csv")["line"].to_list() == [52, 53]
    ran = userops(
        "check", "messages.csv", "--dataset", "messages", "--show", "rejects", "-f", "csv"
    )
    assert ran.text.count("\n") > 2
    assert MARK not in ran.text + ran.err
    assert told_in(shop, "messages.csv") == []


def test_nor_do_logs_that_are_no_tables(shop: Path) -> None:
    shop.joinpath("妈妈群.txt").write_text(WHATSAPP, encoding="utf-8")
    ran = userops("community", "--memberships", "memberships.csv", "--messages", "妈妈群.txt", "--show", "all", "-f", "json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert MARK not in ran.text + ran.err
    assert told_in(shop, "messages.csv", "妈妈群.txt") == []
