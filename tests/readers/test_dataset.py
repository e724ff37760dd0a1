"""Any dataset, read by what it declares: which rows are one, and which of these counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from userops.core.dates import to_day
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset, Field, Same, Type
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

GROUP = Field("group_id", Type.ID, "the group", ("group",), needed=True)
MEMBER = Field("member_id", Type.ID, "the member", ("member",))
AT = Field("at", Type.TIME, "when", ("at",))
ROLE = Field("role", Type.TEXT, "what as", ("role",), compared=str.casefold)
HEADER = ("group", "member", "at", "role")
Row = tuple[str | None, ...]


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def dataset(same: Same | None, time: str | None = None) -> Dataset:
    return Dataset("groups", "membership", (GROUP, MEMBER, AT, ROLE), same, time)


def read(folder: Path, declared: Dataset, *exports: list[Row], as_of: int | None = None) -> Rows:
    frames = [
        pl.DataFrame(rows, dict.fromkeys(HEADER, pl.String), orient="row").lazy()
        for rows in exports
    ]
    return Opened.open(frames, declared, ReadOptions(), folder).rows(as_of)


def roles(rows: Rows) -> list[str | None]:
    return rows.frame["role"].to_list()


TWICE: list[Row] = [
    ("g", "a", "2025-01-02", "second"),
    ("g", "a", "2025-01-01", "first"),
    ("g", "a", None, "never"),
    ("g", "b", "2025-01-03", "other"),
]


@pytest.mark.parametrize(
    ("same", "left"),
    [
        (Same(key=("group_id", "member_id"), by="at"), ["first", "other"]),
        (Same(key=("group_id", "member_id"), by="at", wins="last"), ["other", "second"]),
        (Same(key=("group_id", "member_id")), ["second", "other"]),
        (Same(key=("group_id", "member_id"), wins="last"), ["other", "never"]),
        (Same(), ["second", "first", "never", "other"]),
        (None, ["second", "first", "never", "other"]),
    ],
)  # fmt: skip
def test_of_rows_that_are_one_the_declared_one_counts(folder, same, left) -> None:
    found = read(folder, dataset(same), TWICE)
    assert roles(found) == left
    gone = len(TWICE) - len(left)
    assert found.facts.tally.left_out == ({same.reason: gone} if same and gone else {})
    assert found.facts.tally.used == len(left)
    assert len(found.every) == len(TWICE)


def test_rows_without_their_whole_key_are_one_where_they_are_alike(folder) -> None:
    rows: list[Row] = [
        ("g", None, "2025-01-01", "x"),
        ("g", None, "2025-01-01", "x"),
        ("g", None, "2025-01-01", "y"),
        ("g", "a", "2025-01-01", "x"),
        ("g", "a", "2025-01-05", "z"),
    ]
    found = read(folder, dataset(Same(key=("group_id", "member_id"), by="at")), rows)
    assert sorted(roles(found)) == ["x", "x", "y"]


def test_across_exports_each_row_counts_as_often_as_in_one(folder) -> None:
    declared = dataset(Same("again", key=("group_id", "member_id", "role"), across=True))
    one: list[Row] = [
        ("g", "a", "2025-01-01", "x"),
        ("g", "a", "2025-01-01", "X"),
        ("g", "b", None, "x"),
    ]
    found = read(folder, declared, one, [*one, one[0]])
    assert roles(found) == ["x", "X", "x", "x"]
    assert found.facts.tally.left_out == {"again": 3}


def test_rows_of_later_days_do_not_count_yet(folder) -> None:
    found = read(folder, dataset(Same(), "at"), TWICE, as_of=to_day_of("2025-01-02"))
    assert roles(found) == ["second", "first", "never"]
    assert found.frame["day"].to_list() == [to_day_of("2025-01-02"), to_day_of("2025-01-01"), None]
    assert found.facts.tally.left_out == {"after as_of": 1}
    assert (str(found.facts.window.first_day), str(found.facts.window.as_of)) == (
        "2025-01-01",
        "2025-01-02",
    )


def to_day_of(text: str) -> int:
    return to_day(date.fromisoformat(text))


def test_what_a_needed_field_lacks_is_said_by_its_name(folder) -> None:
    found = read(folder, dataset(None), [(None, "a", None, None), ("g", "a", None, None)])
    assert found.facts.tally.refused == {"no group_id": 1}


def test_columns_asked_for_are_there_as_text(folder) -> None:
    frame = pl.DataFrame({"group": ["g"], "size": [5]}).lazy()
    found = Opened.open([frame], dataset(None), ReadOptions(), folder, ["size", "nothing"]).rows()
    assert found.frame["size"].to_list() == ["5"]
    assert found.frame["nothing"].to_list() == [None]
    assert "size" in found.fields
    assert "nothing" not in found.fields


@pytest.mark.parametrize(
    "wrong",
    [
        {"same": Same(key=("nobody",))},
        {"time": "role"},
        {"time": "never"},
        {"fields": (MEMBER,)},
        {"fields": (GROUP, Field("fee", Type.MONEY, "what it cost"))},
    ],
)
def test_a_declaration_that_does_not_hold_together_is_an_error(wrong) -> None:
    with pytest.raises(ValueError, match="groups: "):
        Dataset(**{"name": "groups", "noun": "membership", "fields": (GROUP, AT, ROLE), **wrong})


def test_each_is_registered_by_its_name() -> None:
    assert list(DATASETS) == [one.name for one in DATASETS.values()]
