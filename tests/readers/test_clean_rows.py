"""Clean exports of every dataset by the fast way: what the careful way gives, or nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers.ways import carefully
from userops.core.dates import to_day
from userops.core.errors import UseropsError
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset, Field, Type
from userops.datasets.users import USERS
from userops.readers.dataset import Opened, Rows
from userops.readers.fast import clean_rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

# Orders and events have ways of their own; of costs rows are told apart in another way.
OURS = [name for name in DATASETS if name not in ("orders", "events")]
SERVED = [name for name in OURS if name != "costs"]
# What a cell may hold beside what it should.
ODD = {
    Type.ID: (
        "", "0", "guest", " U00001", "138****1234", "1E+5", "u1.0", "00007", "é", "合计", "Total", "none",
        "'U00003", "4E+18", "无", "U00001", "-", "U12", "u00012", "138xxxx1234", "a\0b",
    ),
    Type.TEXT: ("", "-", "n/a", " 138 ", "空", "杭州 ", "Total", "合计：3", "a\0b", "Grand total", "na"),
    Type.TIME: (
        "", "-", "2024-13-01", "01/02/2024", "2024-02-03", "n/a", "2024-02-03 10:00:60", " 2024-02-03 10:00:00",
        "1999-01-01 00:00:00", "1970-01-01 00:00:00", "2093-01-01 00:00:00", "1709251200", "2024-02-03T10:00:00Z",
    ),
    Type.NUMBER: ("", "-", "1,5", "1,234", "1.234", "nan", "inf", "1e3", "2e15", " 7", "x", "-3", "0", "+5"),
    Type.MONEY: ("", "-", "1,5", "1,234.50", "1.234", "nan", "1e3", "-3", "$4.00", "2000000000", "0.005", "x"),
    Type.CURRENCY: ("", "-", "usd", "EUR", " CNY", "cny"),
}  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


@dataclass(frozen=True)
class Shape:
    """How a column is written where it's clean."""

    field: Field
    blank: float  # how often it says nothing
    late: bool  # whether the first rows do
    format: str = "%Y-%m-%d %H:%M:%S"

    def cell(self, random: Random, at: int, count: int) -> str:
        if (self.late and at * 10 < count * 9) or random.random() < self.blank:
            return ""
        match self.field.type:
            case Type.ID:
                number = at if self.field.name.endswith("_id") else random.randrange(count)
                return f"{self.field.name[0].upper()}{number:05}"
            case Type.TIME:
                time = datetime(2024, 1, 1) + timedelta(minutes=random.randrange(500_000))
                return f"{time:{self.format}}"
            case Type.NUMBER:
                return str(random.randrange(500))
            case Type.MONEY:
                return f"{random.randrange(1, 9000) / 100:.2f}"
            case Type.CURRENCY:
                return "CNY"
            case _:
                return random.choice(("杭州", "Lyon", "done"))


def shapes_of(random: Random, dataset: Dataset) -> list[Shape]:
    """Columns that an export of a dataset may have: what's needed, and some of the others."""
    chosen = []
    formats = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y/%m/%d %H:%M")
    for field in dataset.fields:
        if field.needed or random.random() < 0.6:
            blank = 0 if field.needed else random.choice((0, 0, 0.3, 1))
            late = not field.needed and random.random() < 0.1
            chosen.append(Shape(field, blank, late, random.choice(formats)))
    random.shuffle(chosen)
    return chosen


def rows_of(
    random: Random, shapes: Sequence[Shape], count: int, odd: float, begun: int = 0
) -> list[dict[str, str]]:
    """Rows, of whose cells some are odd; some are one where `odd` isn't 0."""
    rows = [
        {one.field.name: one.cell(random, begun + at, count) for one in shapes}
        for at in random.sample(range(count), count)
    ]
    for row in rows:
        for one in shapes:
            if random.random() < odd:
                row[one.field.name] = random.choice((*ODD[one.field.type], one.field.name))
    if odd and random.random() < 0.5:
        for again in random.choices(rows, k=random.choice((1, 3))):
            changed = random.random() < 0.5
            more = shapes[-1].cell(random, 3, count) if changed else again[shapes[-1].field.name]
            rows.insert(random.randrange(len(rows)), again | {shapes[-1].field.name: more})
    return rows


def write(
    path: Path, rows: Sequence[dict[str, str]], random: Random, *, ragged: bool = False
) -> str:
    """Rows as a CSV or a Parquet file, its columns as text or of types; a CSV with a `ragged` line."""
    kind = random.choice(("csv", "text", "typed"))
    if kind == "csv":
        with (path := path.with_suffix(".csv")).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            if ragged:
                file.write(random.choice(("\n", "one\n", f"{',' * len(rows[0])}\n", ",\n")))
                writer.writerows(rows[:1])
        return str(path)
    frame = pl.DataFrame(rows)
    if kind == "typed":
        frame = pl.DataFrame([_typed(frame[name]) for name in frame.columns])
    frame.write_parquet(path := path.with_suffix(".parquet"))
    return str(path)


def _typed(column: pl.Series) -> pl.Series:
    """A column of text as the type that all its cells have, if they have one."""
    said = column.set(column == "", None)
    if said.null_count() == len(said):
        return said.cast(pl.Null)
    for type in (pl.Int64, pl.Float64):
        number = said.cast(type, strict=False)
        if number.null_count() == said.null_count() and not said.str.starts_with("0").any():
            return number
    for format in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        time = said.str.to_datetime(format, strict=False)
        if time.null_count() == said.null_count():
            return time
    day = said.str.to_date("%Y-%m-%d", strict=False)
    return day if day.null_count() == said.null_count() else said


def read(
    names: Sequence[str],
    dataset: Dataset,
    folder: Path,
    options: ReadOptions,
    as_of: int | None,
    *,
    lazily: bool,
    careful: bool,
) -> tuple[object, ...] | str:
    """Columns, cells and facts of what counts; or why it can't be read."""
    time = "registered_time" if dataset.name == "users" else None
    attributes = ["city"] if dataset.open else []
    with carefully() if careful else nullcontext():
        try:
            opened = Opened.open(names, dataset, options, folder, attributes)
            found = opened.lazily(as_of) if lazily else opened.rows(as_of, time)
        except UseropsError as error:
            return f"{error} {error.mend}"
    if not isinstance(found, Rows):
        frame = found.frame.collect()
        return frame.schema, frame.sort(pl.all()).rows(), found.facts
    every = found.every.select(found.frame.columns)
    return found.frame.schema, found.frame.rows(), every.rows(), found.facts, found.fields


def by_both(
    names: Sequence[str],
    dataset: Dataset,
    folder: Path,
    as_of: int | None = None,
    options: ReadOptions | None = None,
) -> bool:
    """See that both ways agree; whether the fast one trusted itself."""
    options = options or ReadOptions()
    for lazily in (False, True) if dataset.name == "messages" else (False,):
        fast, careful = (
            read(names, dataset, folder, options, as_of, lazily=lazily, careful=way)
            for way in (False, True)
        )
        assert fast == careful
    try:
        opened = Opened.open(names, dataset, options, folder)
    except UseropsError:
        return False
    seen = clean_rows.seen(opened.exports, opened.dataset, options, dataset.times, as_of, hold=True)
    return seen is not None


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", OURS)
def test_both_ways_agree_over_odd_cells(folder, tmp_path, name, seed) -> None:
    random, dataset = Random(f"{name} {seed}"), DATASETS[name]
    shapes = shapes_of(random, dataset)
    odd = random.choice((0, 0.0005, 0.004, 0.02))
    names = []
    for number in range(random.choice((1, 1, 2, 3))):
        if random.random() < 0.3:
            shapes = shapes_of(random, dataset)
        count = random.choice((3, 40, 2500))
        rows = rows_of(random, shapes, count, odd, begun=number * random.choice((0, 5000)))
        ragged = odd > 0 and random.random() < 0.3
        names.append(write(tmp_path / f"{number}", rows, random, ragged=ragged))
    as_of = random.choice((None, to_day(date(2024, 6, 1)), to_day(date(2020, 1, 1))))
    options = ReadOptions(currency=random.choice((None, None, "CNY", "JPY", "EUR")))
    by_both(names, dataset, folder, as_of, options)


@pytest.mark.parametrize("name", SERVED)
def test_clean_exports_are_trusted(folder, tmp_path, name) -> None:
    dataset = DATASETS[name]
    for seed in range(2):
        random = Random(seed)
        shapes = [
            replace(
                one, blank=0 if dataset.same and one.field.name in dataset.same.key else one.blank
            )
            for one in shapes_of(random, dataset)
        ]
        halves = [rows_of(random, shapes, 2500, 0, begun=number * 5000) for number in range(2)]
        paths = [write(tmp_path / f"{seed} {at}", half, random) for at, half in enumerate(halves)]
        assert by_both(paths, dataset, folder, to_day(date(2024, 6, 1)))


@pytest.mark.parametrize("name", OURS)
def test_both_ways_agree_over_each_odd_cell_far_down(folder, tmp_path, name) -> None:
    random, dataset = Random(name), DATASETS[name]
    shapes = [Shape(field, 0, late=False) for field in dataset.fields]
    clean = rows_of(random, shapes, 2550, 0)
    for at, one in enumerate(shapes):
        rows = list(clean)
        for odd in random.sample(ODD[one.field.type], 1):
            rows[2500] = clean[2500] | {one.field.name: odd}
            if at % 2:  # of several at once
                rows[2501] = clean[2501] | {one.field.name: odd}
            by_both([write(tmp_path / "export", rows, random)], dataset, folder)


USERS_ROWS = [
    Shape(USERS[name], 0, late=False)
    for name in ("user_id", "registered_time", "inviter_id", "phone")
]


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "U00007"},
        {one.field.name: one.field.name for one in USERS_ROWS},
        {"user_id": "user_id", "phone": "phone", "registered_time": ""},
        {"inviter_id": "inviter_id", "phone": "phone"},
        {"user_id": "guest"},
        {"user_id": "U12"},
        {one.field.name: "" for one in USERS_ROWS},
    ],
)
def test_a_row_in_doubt_far_down_is_left_to_the_careful_way(folder, tmp_path, changes) -> None:
    rows = rows_of(Random(3), USERS_ROWS, 2600, 0)
    rows[2500] |= changes
    assert not by_both([write(tmp_path / "users", rows, Random(3))], USERS, folder)


@pytest.mark.parametrize("nobody", ["U00012", "u00012"])
def test_whom_the_user_calls_nobody_is_nobody_by_both(folder, tmp_path, nobody) -> None:
    path = write(tmp_path / "users", rows_of(Random(4), USERS_ROWS, 2600, 0), Random(4))
    assert not by_both([path], USERS, folder, options=ReadOptions(nobody=(nobody,)))


def test_whole_numbers_are_ids(folder, tmp_path) -> None:
    frame = pl.DataFrame({"user_id": range(1, 3000), "inviter_id": [None, *range(1, 2999)]})
    frame.write_parquet(path := tmp_path / "users.parquet")
    assert by_both([str(path)], USERS, folder)
    for nobody in (0, -1):
        frame[2500, "user_id"] = nobody
        frame.write_parquet(path)
        assert not by_both([str(path)], USERS, folder)


def test_rows_after_a_long_silence_are_told_of_by_both(folder, tmp_path) -> None:
    dataset = DATASETS["points"]
    shapes = [Shape(dataset[name], 0, late=False) for name in ("user_id", "time", "points")]
    rows = rows_of(Random(5), shapes, 2600, 0)
    rows[2500] |= {"time": "2027-05-01 10:00:00"}
    assert not by_both([write(tmp_path / "points", rows, Random(5))], dataset, folder)


@pytest.mark.parametrize("column", ["snapshot", "joined"])
def test_totals_are_left_out_by_both(folder, tmp_path, column) -> None:
    dataset = DATASETS["memberships"]
    names = ("group_id", "user_id", "joined", "snapshot", "reason")
    rows = rows_of(Random(6), [Shape(dataset[name], 0, late=False) for name in names], 40, 0)
    rows[-1] |= {"group_id": "合计", "user_id": "40", column: ""}
    by_both([write(tmp_path / "memberships", rows, Random(6))], dataset, folder)


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
