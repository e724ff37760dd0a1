"""The survey of a text's bytes, held against a plain reading of the same bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.readers.files import csv_check, csv_check_unquoted
from userops.readers.files.csv_check import survey

PIECES = [b",", b",", b"\n", b"\n", b"\r\n", b"a", b"bc", "用户".encode(), "é".encode()]
ODD = [b"\r", b"\0", b"\xe7\x94", b"\x80", b"\xff", b'"']
ROWS = st.lists(st.sampled_from([b"a", b"", "用".encode(), b"bb"]), min_size=3, max_size=3)


def told(data: bytes, columns: int, skip: int = 0) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        found = survey(path, ",", columns, skip)
    return {
        "invalid_at": found.invalid_at,
        "regular": found.regular,
        "lone": found.lone_returns,
        "nuls": found.nuls,
    }


def expected(data: bytes, columns: int, skip: int = 0) -> dict[str, object]:
    """By splitting, for data without quotes."""
    text = data[skip:]
    try:
        text.decode()
        invalid = None
    except UnicodeDecodeError as error:
        invalid = skip + error.start
    lines = text.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return {
        "invalid_at": invalid,
        "regular": all(line.count(b",") == columns - 1 for line in lines)
        and (columns > 1 or all(line.strip(b"\r") for line in lines)),
        "lone": b"\r" in text.replace(b"\r\n", b""),
        "nuls": b"\0" in text,
    }


@pytest.fixture(params=[1, 2, 3, 5, 8, 64, None], ids=lambda size: f"{size or 'by lines'}")
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a large text, or a small one's lines."""
    if request.param is None:
        return
    monkeypatch.setattr(csv_check, "_SMALL", -1)
    monkeypatch.setattr(csv_check_unquoted, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
class TestBlocks:
    @given(
        st.lists(st.sampled_from(PIECES + ODD[:-1]), max_size=25).map(b"".join),
        st.integers(1, 4),
        st.booleans(),
    )
    def test_what_is_found_is_what_a_plain_reading_finds(
        self, data: bytes, columns: int, headed: bool
    ) -> None:
        skip = 3 if headed else 0
        whole = b"h,\n" * headed + data
        want = expected(whole, columns, skip)
        got = told(whole, columns, skip)
        if want["invalid_at"] is not None:  # nothing else is said of bytes that can't be read
            assert got["invalid_at"] == want["invalid_at"]
        elif want["lone"]:  # such lines are mended, and looked at again
            assert got["lone"]
        else:
            assert got == want

    @given(st.lists(ROWS, min_size=1, max_size=12), st.booleans())
    def test_regular_rows_are_regular(self, rows: list[list[bytes]], ended: bool) -> None:
        data = b"\n".join(map(b",".join, rows)) + b"\n" * ended
        assert told(data, 3)["regular"]

    @given(st.lists(ROWS, min_size=2, max_size=12), st.data())
    def test_one_field_moved_to_another_row_is_seen(
        self, rows: list[list[bytes]], data: st.DataObject
    ) -> None:
        at = data.draw(st.integers(0, len(rows) - 1))
        to = data.draw(st.integers(0, len(rows) - 1).filter(lambda row: row != at))
        rows[to] = [*rows[to], rows[at][0]]
        rows[at] = rows[at][1:]
        assert not told(b"\n".join(map(b",".join, rows)) + b"\n", 3)["regular"]


def test_quotes_are_left_to_a_survey_that_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,"b\nc"\n1,2\n')
    assert csv_check_unquoted.survey_plain(path, ord(","), 2, 0) is None
    found = survey(path, ",", 2)
    assert found.quoted
    assert found.regular
    assert found.multiline


def test_a_quote_far_down_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" * 1_000_000 + b'"a,b\n')
    found = survey(path, ",", 2)
    assert found.quoted
    assert not found.regular
