"""Prepared stores, and runs with and without them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from helpers.running import Ran, userops
from helpers.shops import FIRST_DAY

USED, MADE_AGAIN = "read from the prepared store", "the prepared store was out of date"
COMMANDS = (
    ("segment",),
    ("segment", "--show", "all", "-f", "json"),
    ("lifecycle",),
    ("lifecycle", "--show", "transitions"),
    ("cohorts",),
    ("cohorts", "--show", "long", "--measure", "revenue"),
    ("repurchase", "--show", "all", "-f", "json"),
    ("ltv",),
    ("report", "-f", "md"),
)
HEAD = "order_id,user_id,order_time,amount,status\n"


def said(ran: Ran) -> list[str]:
    """What a run says, but for what it says of its store."""
    return [line for line in ran.err.splitlines() if "--no-store reads the exports" not in line]


def alike(*arguments: object, files: Sequence[str] = ()) -> Ran:
    """Run with the store and without: both must write and say the same. The first of both."""
    found = []
    for more in ((), ("--no-store",)):
        for name in files:
            Path(name).unlink(missing_ok=True)
        ran = userops(*arguments, *more)
        assert ran.code != 1, ran.err
        found.append((ran, [Path(one).read_bytes() for one in files if Path(one).exists()]))
    (first, written), (second, others) = found
    assert USED not in second.err
    assert (first.code, first.out, said(first)) == (second.code, second.out, said(second))
    assert written == others
    return first


def orders(number: int, count: int = 50, *, start: int = 0) -> str:
    """A clean export of so many orders."""
    random = Random(number)
    rows = [
        f"o{number}-{one},u{random.randrange(20):02},{FIRST_DAY + timedelta(start + one)},"
        f"{random.randrange(100)}.50,{random.choice(['paid', 'paid', 'cancelled'])}\n"
        for one in range(count)
    ]
    return HEAD + "".join(rows)


def store_of(folder: Path = Path()) -> Path:
    """The one store in a folder."""
    (found,) = [one for one in (folder / ".userops").iterdir() if one.is_dir()]
    return found


def data_of(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("*.parquet"))


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("o-new,u1,2024-01-05,7.00,paid\n")
