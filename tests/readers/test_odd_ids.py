"""Ids beyond the first rows that are written another way: whichever way reads them, the same comes out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from helpers.running import userops
from helpers.ways import carefully

CLEAN = 2_500  # more than the rows that are looked at first


def same(*arguments: object) -> str:
    """What a command gives, however it reads."""
    fast = userops(*arguments, "-f", "json", "--show", "all")
    with carefully():
        slow = userops(*arguments, "-f", "json", "--show", "all")
    assert (fast.code, fast.err, fast.text) == (slow.code, slow.err, slow.text)
    return fast.err


@pytest.mark.parametrize("form", ["A{:04}", "{:05}", "x{:03}y"])
@pytest.mark.parametrize(
    "odds", [["1E+05"], ["A001 ", " A001"], ["A001 ", "'A001"], ["NULL "], ["n/a  "]]
)
def test_order_ids_of_the_same_length(tmp_path: Path, form: str, odds: list[str]) -> None:
    lines = ["order_id,user_id,order_time,amount"]
    lines += [
        f"{form.format(n)},u{n % 50:04},2025-01-{1 + n // 100:02},{n % 7}.50" for n in range(999)
    ]
    lines += [
        f"{form.format(n)},u{n % 50:04},2025-02-{1 + n // 100:02},{n % 7}.50"
        for n in range(999, CLEAN)
    ]
    lines += [f"{odd},u0001,2025-02-27,5.00" for odd in odds]
    export = tmp_path / "orders.csv"
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same("segment", export)


@pytest.mark.parametrize("form", ["s{:03}", "{:04}", "ab{:02}"])
@pytest.mark.parametrize("odds", [["nULL"], ["nan "], ["n/a "], ["1E+5"], ["s01 ", " s01"]])
def test_session_ids_of_the_same_length(tmp_path: Path, form: str, odds: list[str]) -> None:
    lines = ["user_id,event_time,event,session_id,n"]
    lines += [
        f"u{n % 50},2025-01-01 10:{n % 60:02}:00,view,{form.format(n % 90)},{n}"
        for n in range(CLEAN)
    ]
    for at, odd in enumerate(odds):
        lines += [f"u7,2025-01-0{at + 2} 1{hour}:00:00,view,{odd},{hour}{at}" for hour in (0, 5)]
    export = tmp_path / "events.csv"
    export.write_text("\n".join(lines) + "\n", encoding="utf-8")
    same("activity", export)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("turned", [False, True])
def test_an_order_in_an_export_of_digits_and_in_one_of_letters(
    tmp_path: Path, suffix: str, turned: bool
) -> None:
    digits = pl.DataFrame(
        {
            "order_id": [101, 102, 103],
            "user_id": ["u1", "u2", "u3"],
            "order_time": ["2025-01-01", "2025-01-02", "2025-01-03"],
            "amount": [10.0, 20.0, 30.0],
        }
    )
    first, second = tmp_path / f"a.{suffix}", tmp_path / "b.csv"
    getattr(digits, f"write_{suffix}")(first)
    mixed = digits.tail(1).cast({"order_id": pl.String})
    mixed.vstack(mixed.with_columns(order_id=pl.lit("W104"), user_id=pl.lit("u1"))).write_csv(
        second
    )
    names = [second, first] if turned else [first, second]
    said = same("segment", *names)
    assert "5 rows read: 4 used, 1 left out (1 also in a later export)" in said
    userops("prepare", *names, "--config", write_nothing(tmp_path))
    stored = userops("segment", *names, "--config", tmp_path / "userops.toml", "-f", "json")
    assert "prepared store" in stored.err
    assert "4 used, 1 left out" in stored.err


def write_nothing(folder: Path) -> Path:
    """Settings that say nothing, so that what belongs to them stays in their folder."""
    (folder / "userops.toml").write_text("", encoding="utf-8")
    return folder / "userops.toml"
