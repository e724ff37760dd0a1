"""New and changed exports: none is answered for by what it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.running import userops
from helpers.stores import COMMANDS, MADE_AGAIN, USED, alike, append, orders, store_of
from userops.readers.fast import saved
from userops.store import build


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the exports that are opened to make a store."""
    opened: list[str] = []
    real = build.open_export

    def watch(name: str, *more: object) -> object:
        opened.append(name)
        return real(name, *more)

    with monkeypatch.context() as patch:
        patch.setattr(build, "open_export", watch)
        yield opened


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (orders(1), orders(2)),
        (orders(1) + "o,u1,never,5,paid\nx,y\n", orders(2)),
        (orders(1) + "o,u1,never,5,paid\nx,y\n", orders(1, 60) + "x\n"),
        (orders(1).replace(".50", ""), orders(2).replace("50", "25")),
    ],
)
def test_a_new_export_is_added_and_old_ones_arent_read_again(
    old: str, new: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(old)
    more = ("--max-rejects", "50%")
    userops("prepare", "shop", *more)
    Path("shop/b.csv").write_text(new)
    with watched(monkeypatch) as opened:
        ran = userops("segment", "shop", *more)
    assert f"{MADE_AGAIN}: made again (1 added, 1 kept)" in ran.err
    assert {*opened} == {"shop/b.csv"}
    for command in COMMANDS:
        ran = alike(*command, "shop", *more, "--rejects", "no.csv", files=["no.csv"])
        assert USED in ran.err


def test_rates_of_a_new_export(here: Path) -> None:
    Path("userops.toml").write_text(
        '[exports]\norders = ["shop/*.csv"]\n[currency]\ncode = "CNY"\nrates = { USD = 7.1 }\n'
    )
    Path("shop").mkdir()
    head, *rows = orders(1).splitlines()
    for name, code in (("a", "CNY"), ("b", "USD")):
        text = "\n".join([f"{head},currency", *(f"{name}{row},{code}" for row in rows)])
        Path(f"shop/{name}.csv").write_text(text)
        userops("prepare")
        assert USED in alike("segment", "--show", "all", "-f", "json").err


def test_decimals_of_a_new_exports_currency(here: Path) -> None:
    """Amounts without a currency are read anew where the others turn out to have no cents."""
    Path("shop").mkdir()
    head, *rows = orders(1).replace(".50", "").splitlines()
    Path("shop/a.csv").write_text("\n".join([head, *rows]))
    userops("prepare", "shop")
    Path("shop/b.csv").write_text("\n".join([f"{head},currency", *(f"b{row},JPY" for row in rows)]))
    assert MADE_AGAIN in userops("segment", "shop").err
    assert USED in alike("segment", "shop", "--show", "all", "-f", "json").err


def _same_size_and_time(path: Path) -> None:
    """What `cp -p` of another file does."""
    before = path.stat()
    whole = path.read_text()
    start, end = len(whole) // 3, -len(whole) // 3
    path.write_text(whole[:start] + whole[start:end].replace(".50", ".75") + whole[end:])
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replaced(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_text(orders(9))
    other.replace(path)


@pytest.mark.parametrize("change", [append, _same_size_and_time, _replaced])
def test_a_changed_export_is_never_answered_from_the_old_store(
    change: Callable[[Path], None], here: Path
) -> None:
    path = Path("orders.csv")
    path.write_text(orders(1, 10_000))
    userops("prepare", "orders.csv")
    before = userops("segment", "orders.csv").out
    change(path)
    ran = userops("segment", "orders.csv")
    assert MADE_AGAIN in ran.err
    assert ran.out != before
    assert ran.out == userops("segment", "orders.csv", "--no-store").out
    assert USED in userops("segment", "orders.csv").err


def test_an_export_that_went_away(here: Path) -> None:
    Path("shop").mkdir()
    for number in (1, 2):
        Path(f"shop/{number}.csv").write_text(orders(number))
    userops("prepare", "shop")
    Path("shop/2.csv").unlink()
    assert MADE_AGAIN in userops("segment", "shop").err
    assert USED in alike("segment", "shop").err


def test_an_export_that_changes_while_its_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    real = saved.save

    def save(*given: object) -> object:
        found = real(*given)
        append(Path("orders.csv"))
        return found

    monkeypatch.setattr(saved, "save", save)
    ran = userops("prepare", "orders.csv")
    assert ran.code == 3
    assert "changed while it was read" in ran.err
    assert not (store_of() / "manifest.json").exists()
