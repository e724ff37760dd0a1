"""Users by the fast way: what the strict way gives, or nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from userops.core.dates import to_day
from userops.core.errors import UseropsError
from userops.core.facts import Facts
from userops.datasets.fields import Type
from userops.datasets.users import USERS
from userops.readers.dataset import Opened, Rows
from userops.readers.fast import held_rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

HEADER = ("user_id", "registered_at", "inviter_id", "phone", "city")
# What a cell may hold beside what it should, by column.
ODD = {
    "user_id": (
        "",
        "0",
        "guest",
        " U00001",
        "138****1234",
        "1E+5",
        "u1.0",
        "00007",
        "\u00e9",
        "合计",
    ),
    "registered_at": ("", "-", "2024-13-01", "01/02/2024", "2024-02-03", "registered_at", "n/a"),
    "inviter_id": ("", "-", "none", "0", " U00002 ", "138****1234", "'U00003", "4E+18", "无"),
    "phone": ("", "n/a", " 138 ", "138****1234", "空", "phone"),
    "city": ("", "-", "杭州 ", "city", "Total"),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def rows_of(random: Random, count: int, odd: float) -> list[dict[str, str]]:
    """Users as a shop writes them, of whose cells some are odd."""
    begun = datetime(2024, 1, 1)
    rows = [
        {
            "user_id": f"U{number:05}",
            "registered_at": f"{begun + timedelta(minutes=random.randrange(500_000)):%Y-%m-%d %H:%M:%S}",
            "inviter_id": random.choice(("", f"U{random.randrange(count):05}")),
            "phone": f"139{random.randrange(10**8):08}",
            "city": random.choice(("杭州", "Lyon", "")),
        }
        for number in random.sample(range(count), count)
    ]
    for row in rows:
        for name in HEADER:
            if random.random() < odd:
                row[name] = random.choice(ODD[name])
    return rows


def write(path: Path, rows: list[dict[str, str]], header: tuple[str, ...] = HEADER) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def opened(names: list[str], folder: Path, options: ReadOptions | None = None) -> Opened:
    return Opened.open(names, USERS, options or ReadOptions(), folder, ["city"])


def read(
    export: Opened, as_of: int | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, Facts] | str:
    """Rows, rows with those that are the same, and facts; or why not."""
    try:
        found: Rows = export.rows(as_of, "registered_time")
    except UseropsError as error:
        return str(error)
    names = [*(field.name for field in USERS.all_fields), "city"]
    return found.frame.select(names), found.every.select(names), found.facts


def by_both(
    names: list[str], folder: Path, as_of: int | None = None, options: ReadOptions | None = None
) -> bool:
    """See that both ways agree; whether the fast one trusted itself."""
    fast, strict = opened(names, folder, options), opened(names, folder, options)
    with suppress(UseropsError):
        _ = strict.read
    held = held_rows.held(fast.exports, fast.dataset, ReadOptions() if options is None else options)
    one, other = read(fast, as_of), read(strict, as_of)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return held is not None
    for left, right in zip(one[:2], other[:2], strict=True):
        assert left.equals(right)
        assert left.schema == right.schema
    assert one[2] == other[2]
    return held is not None


@pytest.mark.parametrize("seed", range(15))
def test_both_ways_agree_over_odd_cells(folder, tmp_path, seed) -> None:
    random = Random(seed)
    rows = rows_of(random, random.choice((3, 40, 2500)), random.choice((0, 0.0005, 0.01)))
    header = tuple(name for name in HEADER if name == "user_id" or random.random() < 0.8)
    if "city" not in header:
        header += ("city",)
    as_of = random.choice((None, to_day(date(2024, 6, 1))))
    by_both([write(tmp_path / "users.csv", rows, header)], folder, as_of)


def test_a_clean_export_is_trusted(folder, tmp_path) -> None:
    rows = rows_of(Random(1), 3000, 0)
    assert by_both([write(tmp_path / "users.csv", rows)], folder)
    half = [write(tmp_path / f"{at}.csv", rows[at::2]) for at in range(2)]
    assert by_both(half, folder, to_day(date(2024, 6, 1)))
    typed = pl.DataFrame(rows).with_columns(pl.col("registered_at").str.to_datetime())
    typed.write_parquet(tmp_path / "users.parquet")
    assert by_both([str(tmp_path / "users.parquet")], folder)


@pytest.mark.parametrize("column", HEADER)
def test_both_ways_agree_over_each_odd_cell_far_down(folder, tmp_path, column) -> None:
    for odd in ODD[column]:
        rows = rows_of(Random(2), 2600, 0)
        rows[2500][column] = odd
        by_both([write(tmp_path / "users.csv", rows)], folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "U00007"},
        dict(zip(HEADER, HEADER, strict=True)),
        {"user_id": "user_id", "phone": "phone", "registered_at": ""},
        {"inviter_id": "inviter_id", "phone": "phone"},
        {"user_id": "guest"},
        {"user_id": "U12"},
        dict.fromkeys(HEADER, ""),
    ],
)
def test_a_row_in_doubt_far_down_is_left_to_the_strict_way(folder, tmp_path, changes) -> None:
    rows = rows_of(Random(3), 2600, 0)
    rows[2500] |= changes
    trusted = by_both([write(tmp_path / "users.csv", rows)], folder)
    assert not trusted


@pytest.mark.parametrize("nobody", ["U00012", "u00012"])
def test_whom_the_user_calls_nobody_is_nobody_by_both(folder, tmp_path, nobody) -> None:
    path = write(tmp_path / "users.csv", rows_of(Random(4), 2600, 0))
    assert not by_both([path], folder, options=ReadOptions(nobody=(nobody,)))


def test_whole_numbers_are_ids(folder, tmp_path) -> None:
    frame = pl.DataFrame({"user_id": range(1, 3000), "inviter_id": [None, *range(1, 2999)]})
    frame.write_parquet(tmp_path / "users.parquet")
    fast = Opened.open([str(tmp_path / "users.parquet")], USERS, ReadOptions(), folder)
    strict = Opened.open([str(tmp_path / "users.parquet")], USERS, ReadOptions(), folder)
    _ = strict.read
    names = [one.name for one in USERS.all_fields if one.type is Type.ID]
    assert fast.rows().frame.select(names).equals(strict.rows().frame.select(names))
    assert held_rows.held(fast.exports, fast.dataset, ReadOptions()) is not None


@pytest.mark.parametrize("word", ["合计", "Total", "总计："])
@pytest.mark.parametrize("beside", ["", ",2024-05-06"])
def test_a_row_of_totals_is_nobody(folder: Path, word: str, beside: str):
    path = folder / "users.csv"
    dated = ",registered_at" if beside else ""
    path.write_text(
        f"user_id{dated}\nU1{beside}\nU2{beside}\n{word}{',' if beside else ''}\n", encoding="utf-8"
    )
    rows = Opened.open([str(path)], USERS, ReadOptions(), folder).rows()
    assert rows.frame["user_id"].to_list() == ["U1", "U2"]
    assert rows.facts.tally.left_out == {"a row of totals": 1}


def test_who_registered_is_somebody_whatever_the_id_says(folder: Path):
    path = folder / "users.csv"
    path.write_text("user_id,registered_at\nU1,2024-05-06\ntotal,2024-05-07\n", encoding="utf-8")
    rows = Opened.open([str(path)], USERS, ReadOptions(), folder).rows()
    assert rows.frame["user_id"].to_list() == ["U1", "total"]
