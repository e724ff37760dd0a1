from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import BytesIO

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from userops.core.table import Currency, Kind, Result, Table
from userops.render import Style, render

from .nasty import IDS, MINOR, NAMES, RESULT, SUMMARY, USERS, WINDOW


def write(table: Table, fmt: str) -> bytes:
    sink = BytesIO()
    render(Result("t", (table,)), (table,), fmt, sink, style=Style())
    return sink.getvalue()


def exact(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-2)


def test_json_holds_the_values() -> None:
    rows = json.loads(write(USERS, "json"), parse_float=Decimal)
    assert [row["user_id"] for row in rows] == IDS
    assert [row["name"] for row in rows] == NAMES
    assert [row["revenue"] for row in rows] == [exact(minor) for minor in MINOR]
    assert rows[0]["first_order"] == "2024-01-05"
    assert rows[2]["mean_revenue"] is None
    assert rows[4]["mean_revenue"] is None
    assert rows[0]["active"] is True
    lines = write(USERS, "jsonl").decode().split("\n")
    assert [json.loads(line, parse_float=Decimal) for line in lines[:-1]] == rows


def test_money_is_written_with_its_places() -> None:
    for code, text in (("CNY", "12.30"), ("JPY", "1230"), ("KWD", "1.230")):
        table = Table(
            "t", pl.DataFrame({"m": [1230]}), {"m": Kind.MONEY}, WINDOW, Currency.named(code)
        )
        assert write(table, "jsonl") == f'{{"m":{text}}}\n'.encode()
        assert write(table, "csv") == f"m\n{text}\n".encode()


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**62), 2**62),
            st.none() | st.floats(),
        )
    )
)
def test_any_values_are_json(rows: list[tuple[str | None, int | None, float | None]]) -> None:
    schema = {"a": pl.String, '"m":': pl.Int64, "f": pl.Float64, "z": pl.Int64}
    frame = pl.DataFrame([(*row, row[1]) for row in rows], schema, orient="row")
    kinds = dict(zip(schema, [Kind.TEXT, Kind.MONEY, Kind.NUMBER, Kind.MONEY], strict=True))
    back = json.loads(write(Table("t", frame, kinds, WINDOW), "json"), parse_float=Decimal)
    assert [row["a"] for row in back] == [row[0] for row in rows]
    assert [row["z"] for row in back] == [exact(row[1]) for row in rows]
    assert [row['"m":'] for row in back] == [exact(row[1]) for row in rows]
    for found, (_, _, number) in zip(back, rows, strict=True):
        finite = number is not None and abs(number) < float("inf")
        assert found["f"] is None if not finite else float(found["f"]) == number


def test_bundle_says_its_circumstances() -> None:
    sink = BytesIO()
    render(RESULT, (SUMMARY,), "json", sink, style=Style(), together=True)
    found = json.loads(sink.getvalue())
    assert list(found) == ["command", "window", "currency", "tally", "tables"]
    assert found["window"] == {
        "first_day": "2024-01-01",
        "as_of": "2024-06-30",
        "timezone": "Asia/Shanghai",
    }
    assert found["tally"]["refused"] == {"no date": 2}
    assert found["tables"]["summary"]["columns"]["revenue"] == "money"
    assert len(found["tables"]["summary"]["rows"]) == 3


def test_no_rows() -> None:
    empty = SUMMARY.but(frame=SUMMARY.frame.clear())
    assert json.loads(write(empty, "json")) == []
    assert write(empty, "jsonl") == b""


def test_parquet_is_plain() -> None:
    data = write(USERS, "parquet")
    frame = pl.read_parquet(data)
    assert frame.schema["tier"] == pl.String
    assert frame.schema["first_order"] == pl.Date
    assert frame.schema["revenue"] == pl.Decimal(38, 2)
    assert frame.schema["share"] == pl.Float64
    assert frame["revenue"].to_list() == [exact(minor) for minor in MINOR]
    assert frame["first_order"][2] == date(1899, 1, 1)
    assert data == write(USERS, "parquet")


def test_another_engine_reads_the_parquet(tmp_path) -> None:
    path = tmp_path / "users.parquet"
    path.write_bytes(write(USERS, "parquet"))
    with duckdb.connect() as connection:
        total = connection.execute("select sum(revenue) from read_parquet(?)", [str(path)])
        assert total.fetchone() == (exact(sum(minor or 0 for minor in MINOR)),)
