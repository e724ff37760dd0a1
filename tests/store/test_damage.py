"""Damaged stores, and those of others, are never believed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.running import userops
from helpers.stores import MADE_AGAIN, USED, alike, data_of, orders, store_of
from userops.store import layout


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize(
    ("harm", "clean"), [(_flip, True), (_flip, False), (_cut, True), (Path.unlink, True)]
)
def test_a_damaged_store_is_made_again(
    harm: Callable[[Path], None], clean: bool, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("orders.csv").write_text(orders(1) + ("" if clean else "o,u1,never,5,paid\n"))
    more = ("--max-rejects", "5", "--rejects", "no.csv")
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 1_000)
    userops("prepare", "orders.csv", *more)
    count = len(data_of(store_of()))
    assert count >= 5
    for number in range(count):
        store = store_of()
        harm(data_of(store)[number])
        alike("lifecycle", "orders.csv", *more, files=["no.csv"])
        assert userops("prepare", "orders.csv", *more).code == 0
        assert USED in alike("segment", "orders.csv", *more).err
        assert len(data_of(store)) == count  # nothing old lies about


@pytest.mark.parametrize("harm", [_flip, _cut, lambda path: path.write_text("{}")])
def test_a_damaged_manifest(harm: Callable[[Path], None], here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    harm(store_of() / "manifest.json")
    assert MADE_AGAIN in userops("segment", "orders.csv").err
    assert USED in alike("segment", "orders.csv").err


def test_another_versions_store_is_made_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    monkeypatch.setattr("userops.store.manifest.FORMAT", 99)
    assert MADE_AGAIN in userops("segment", "orders.csv").err


def test_a_half_written_store_is_no_store(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    (store_of() / "manifest.json").unlink()
    left = store_of() / "set-broken"
    left.mkdir()
    assert USED not in alike("segment", "orders.csv").err
    userops("prepare", "orders.csv")
    assert not left.exists()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs to be root")
def test_a_store_of_someone_else_is_not_believed(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    os.chown(store_of(), 12345, 12345)
    assert USED not in alike("segment", "orders.csv").err
