"""What Python functions give is easy to hold, to look at and to write."""

from __future__ import annotations

import pickle
from decimal import Decimal
from pathlib import Path

import fastexcel
import pandas as pd
import polars as pl
import pytest

import userops
from helpers.running import SAMPLES
from helpers.running import userops as program
from userops import api
from userops.core.errors import UsageError

SHOP = SAMPLES / "shop"
ORDERS = pl.DataFrame(
    {
        "order_id": ["1", "2", "3", "4"],
        "user_id": ["007", "007", "b", "c"],
        "order_time": ["2025-01-01", "2025-02-01", "2025-02-02", "2025-02-03"],
        "amount": ["10.50", "20.00", "5.25", "8.00"],
    }
)


@pytest.fixture(scope="module")
def segments() -> api.Result:
    return userops.segment(ORDERS)


def test_tables_are_attributes_items_and_what_is_iterated(segments: api.Result) -> None:
    assert [table.name for table in segments] == ["users", "summary", "tiers", "cuts"]
    assert segments.users is segments["users"]
    assert len(segments) == 4
    assert len(segments.users) == 3
    assert "users" in dir(segments)
    with pytest.raises(AttributeError, match=r"segment has no table 'usres', but users, summary"):
        _ = segments.usres
    with pytest.raises(KeyError, match=r"segment has no table 'usres', but users, summary"):
        _ = segments["usres"]
    assert not hasattr(segments, "__array__")


@pytest.mark.parametrize(
    ("orders", "kind"), [(3, "int"), ({"user_id": ["a"]}, "dict"), (print, "builtin_function")]
)
def test_what_is_neither_a_frame_nor_a_path_is_said(orders: object, kind: str) -> None:
    with pytest.raises(UsageError, match=f"orders are frames or paths, not of type {kind}"):
        userops.segment(orders)


def test_values_are_whole_units_and_dates(segments: api.Result) -> None:
    frame = segments.to_polars()
    assert frame.filter(pl.col("user_id") == "007")["monetary"].item() == Decimal("30.50")
    assert segments.to_polars("summary").equals(segments.summary.to_polars())
    pandas = segments.to_pandas()
    assert isinstance(pandas, pd.DataFrame)
    assert pandas.set_index("user_id").loc["007", "monetary"] == 30.5
    assert pandas["monetary"].dtype == float
    with pytest.raises(UsageError, match="usres") as caught:
        segments.to_polars("usres")
    assert "users" in str(caught.value) + caught.value.mend


def test_it_is_shown_shortly_and_in_notebooks(segments: api.Result) -> None:
    assert repr(segments).startswith("<userops segment: users (3), summary (")
    assert "<table" in segments._repr_html_()
    assert "007" in segments.users._repr_html_()
    assert "007" in repr(segments.users)


def test_it_is_written_as_the_program_writes(segments: api.Result, tmp_path: Path) -> None:
    ORDERS.write_csv(tmp_path / "orders.csv")
    for name in ("a.csv", "a.xlsx", "a.parquet"):
        segments.write(tmp_path / name)
        assert program("segment", tmp_path / "orders.csv", "-o", tmp_path / f"p{name}").code == 0
        if name != "a.xlsx":
            assert (tmp_path / name).read_bytes() == (tmp_path / f"p{name}").read_bytes(), name
    # A workbook says on a sheet of its own which files were read.
    ours, theirs = (fastexcel.read_excel(tmp_path / name) for name in ("a.xlsx", "pa.xlsx"))
    assert ours.sheet_names == theirs.sheet_names
    for sheet in ours.sheet_names[1:]:
        assert ours.load_sheet(sheet).to_polars().equals(theirs.load_sheet(sheet).to_polars()), (
            sheet
        )
    segments.summary.write(tmp_path / "s.md", lang="zh")
    assert (tmp_path / "s.md").read_text(encoding="utf-8").startswith("| 分群 |")
    assert fastexcel.read_excel(tmp_path / "a.xlsx").sheet_names
    with pytest.raises(UsageError, match="names no format") as caught:
        segments.write(tmp_path / "a.docx")
    assert "--format" not in caught.value.mend


def test_it_can_be_pickled(segments: api.Result) -> None:
    again = pickle.loads(pickle.dumps(segments))
    assert again.users.frame.equals(segments.users.frame)


@pytest.mark.parametrize("name", ["ltv", "lifecycle"])
def test_modules_are_called_as_their_analyses(name: str) -> None:
    found = getattr(userops, name)(SHOP / "orders.csv")
    assert found.command == name
    assert name in dir(userops)
    module = __import__(f"userops.{name}", fromlist=["x"])
    assert module is getattr(userops, name)
    assert module.__doc__


def test_the_report() -> None:
    made = userops.report(
        str(SHOP / "orders.csv"), users=pl.read_csv(SHOP / "users.csv", infer_schema=False),
        as_of="2025-12-21", sections="headline,segments",
    )  # fmt: skip
    assert made.sections == ["headline", "segments"]
    assert made.markdown.startswith("# ")
    assert made.html.startswith("<!doctype html>")
    assert made.summary in repr(made)
    assert "srcdoc" in made._repr_html_()


def test_the_report_is_the_programs(tmp_path: Path) -> None:
    made = userops.report(SHOP / "orders.csv", lang="zh", period="month", sections="headline,ltv")
    made.write(tmp_path / "python.html")
    ran = program(
        "report", SHOP / "orders.csv", "--lang", "zh", "--period", "month", "--sections",
        "headline,ltv", "-o", tmp_path / "program.html",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert (tmp_path / "python.html").read_bytes() == (tmp_path / "program.html").read_bytes()


def test_the_reports_errors_speak_of_keywords(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs orders"):
        userops.report()
    with pytest.raises(UsageError, match="nothing"):
        userops.report(ORDERS, sections="nothing")
    with pytest.raises(TypeError, match="no argument 'rows'"):
        userops.report(ORDERS, rows=3)
    with pytest.raises(UsageError) as caught:
        userops.report(ORDERS, sections="headline").write(tmp_path / "a.docx")
    assert "--" not in str(caught.value) + caught.value.mend
