"""Runs that make, use and remove a store at the same time."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path
from time import sleep

import pytest
from filelock import FileLock

from helpers.running import process, spawned, userops
from helpers.stores import MADE_AGAIN, USED, alike, append, orders, store_of


def test_a_run_that_is_killed_while_it_makes_a_store(here: Path) -> None:
    Path("orders.csv").write_text(orders(1, 100_000))
    run = process("prepare", "orders.csv", "-q", "-o", "prepared.csv")
    while run.poll() is None and not [*Path().glob(".userops/*/*-*")]:
        sleep(0.005)
    run.kill()
    run.wait()
    alike("segment", "orders.csv")
    assert userops("prepare", "orders.csv").code == 0
    assert USED in alike("segment", "orders.csv").err


def test_who_finds_it_being_made_reads_the_exports(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    append(Path("orders.csv"))
    with FileLock(store_of() / "lock"):
        ran = alike("segment", "orders.csv")
        assert USED not in ran.err
        assert MADE_AGAIN not in ran.err
        assert userops("prepare", "orders.csv").code == 5
        assert userops("prepare", "orders.csv", "--clear").code == 5
    assert MADE_AGAIN in userops("segment", "orders.csv").err


def test_many_at_once(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(orders(1, 3000))
    spawned("prepare", "shop")
    for number in range(2):
        Path(f"shop/{number}.csv").write_text(orders(10 + number, 3000))
        wanted = userops("segment", "shop", "--no-store").out
        runs = [process("segment", "shop", "-o", f"out{one}.csv") for one in range(3)]
        runs.append(process("prepare", "shop", "-q", "-o", "prepared.csv"))
        assert {run.wait(timeout=60) for run in runs[:3]} == {0}
        assert runs[3].wait(timeout=60) in (0, 5)
        for one in range(3):
            assert Path(f"out{one}.csv").read_bytes().removeprefix(b"\xef\xbb\xbf") == wanted
    assert USED in alike("segment", "shop").err


def test_a_store_that_goes_away_amid_a_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    wanted = userops("lifecycle", "orders.csv", "--no-store").out
    real = zlib.crc32

    def gone(*given: object) -> int:
        found = real(*given)
        shutil.rmtree(".userops", ignore_errors=True)
        return found

    monkeypatch.setattr(zlib, "crc32", gone)
    assert userops("lifecycle", "orders.csv").out == wanted
