"""What stands in a column of events beyond the rows that are looked at first, or is no number."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from helpers.running import SAMPLES, Ran, userops

ORDERS = SAMPLES / "shop" / "orders.csv"


@pytest.mark.parametrize("odd", ["NaN", "inf", "-5", ""])
def test_a_duration_that_is_none(odd: str, tmp_path: Path) -> None:
    export = tmp_path / "e.csv"
    export.write_text(
        "user_id,event_time,event,duration_s\nu1,2024-01-01 10:00:00,view,60\n"
        f"u2,2024-01-01 11:00:00,view,{odd}\nu3,2024-01-02 11:00:00,pay,120\n",
        encoding="utf-8",
    )
    for command in (("segment", "--events", export), ("activity", export, "--show", "users")):
        ran = userops(*command, "-f", "json", "-q")
        assert ran.code == 0, ran.err
        assert [row["minutes"] for row in ran.json] == [1.0, 0.0, 2.0]  # type: ignore[attr-defined]


def _alike_by_both_ways(text: str, tmp_path: Path, *asked: str) -> Ran:
    """What a log gives, whether or not a row that stands twice sends it the strict way."""
    found = []
    for name, more in (("e.csv", ""), ("twice.csv", text.splitlines()[-1] + "\n")):
        (tmp_path / name).write_text(text + more, encoding="utf-8")
        found.append(userops("activity", tmp_path / name, "--show", "users", "-f", "json", *asked))
    assert found[0].out == found[1].out, found[1].err
    return found[0]


@pytest.mark.parametrize(
    "odd", ["1e30", "4611686018427387904", "2000000000000000", "1e400", "+inf", "-nan"]
)
def test_a_duration_that_cant_be_one_is_refused(odd: str, tmp_path: Path) -> None:
    text = (
        f"user_id,event_time,event,duration_s\nu1,2024-01-01 10:00:00,view,{odd}\n"
        "u2,2024-01-01 11:00:00,view,60\nu3,2024-01-02 11:00:00,pay,120\n"
    )
    ran = _alike_by_both_ways(text, tmp_path, "--max-rejects", "50%")
    assert [row["minutes"] for row in ran.json] == [1.0, 2.0]  # type: ignore[attr-defined]
    assert "1 refused (1 not a number)" in ran.err


def test_durations_too_long_to_be_added_up(tmp_path: Path) -> None:
    export = tmp_path / "e.csv"
    rows = [f"u{n % 3},2024-01-01 10:00:{n:02d},view,900000000000000" for n in range(20)]
    export.write_text("\n".join(["user_id,event_time,event,duration_s", *rows]), encoding="utf-8")
    ran = userops("segment", "--events", export)
    assert ran.code == 3
    assert "--map duration_s=COLUMN" in ran.err


@pytest.mark.parametrize("session", ["NA", "na", "无", "inf", "nA"])
def test_a_session_of_an_odd_name_is_one(session: str, tmp_path: Path) -> None:
    text = (
        f"user_id,event_time,event,session_id\nu1,2024-01-01 10:00:00,a,{session}\n"
        f"u1,2024-01-01 13:05:00,b,{session}\nu2,2024-03-03 10:00:00,a,s1\n"
    )
    assert _alike_by_both_ways(text, tmp_path).json[0]["sessions"] == 1  # type: ignore[index]


def test_long_numbers_that_nobody_reads(tmp_path: Path) -> None:
    """Barcodes of 13 and 14 digits are numbers, too."""
    text = (
        "user_id,event_time,event,value\nu1,2024-01-01 10:00:00,scan,9780306406157\n"
        "u2,2024-01-02 10:00:00,scan,19780306406158\n"
    )
    assert len(_alike_by_both_ways(text, tmp_path).json) == 2  # type: ignore[arg-type]


def test_ids_of_events_in_one_export_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(
        "user_id,event_time,event,event_id\nu1,2024-01-01 10:00:00,pay,e1\n"
        "u1,2024-01-01 10:00:05,pay,e1\n"
    )
    second.write_text("user_id,event_time,event\nu3,2024-01-03 10:00:00,pay\n")
    ran = userops("activity", first, second, "--show", "users", "-f", "json")
    assert [row["events"] for row in ran.json] == [1, 1]  # type: ignore[attr-defined]
    assert "1 the same event again" in ran.err


def test_the_same_in_another_column_is_another_event(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.csv" for name in "abc")
    first.write_text("user_id,event_time,event,item\nu1,2024-01-01 10:00:00,view,A\n")
    second.write_text("user_id,event_time,event,page\nu1,2024-01-01 10:00:00,view,A\n")
    third.write_text("item,event,user_id,event_time,page\nA,view,u1,2024-01-01 10:00:00,\n")
    for given, events in (((first, second), 2), ((first, third), 1), ((second, third), 2)):
        ran = userops("activity", *given, "--show", "users", "-f", "json")
        assert [row["events"] for row in ran.json] == [events]  # type: ignore[attr-defined]


@pytest.mark.parametrize("whole", [pl.Int32, pl.Int64])
def test_the_same_rows_with_other_types(whole: type[pl.DataType], tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "user_id": ["u1", "u2"],
            "event_time": [datetime(2024, 1, 1, 10), datetime(2024, 1, 2)],
            "event": ["view", "pay"],
            "duration_s": pl.Series([5, 7], dtype=whole),
        }
    )
    rows.write_parquet(tmp_path / "a.parquet")
    again = rows.with_columns(
        pl.col("event_time").dt.cast_time_unit("ms"), pl.col("duration_s").cast(pl.Int16)
    )
    again.write_parquet(tmp_path / "b.parquet")
    ran = userops("activity", tmp_path / "a.parquet", tmp_path / "b.parquet", "-f", "json")
    assert "2 the same event again" in ran.err


@pytest.mark.parametrize("odd", ["s0 ", "'s0", "\u3000s0"])
def test_a_session_id_with_something_around_it(odd: str, tmp_path: Path) -> None:
    export = tmp_path / "e.csv"
    lines = [f"u{n % 50},2024-01-01 10:00:00,view,s{n % 50},{n}" for n in range(2_500)]
    lines[2_400] = f"u0,2024-01-01 10:00:00,view,{odd},2400"
    export.write_text("\n".join(["user_id,event_time,event,session_id,value", *lines]), "utf-8")
    ran = userops("activity", export, "--show", "summary", "-f", "json", "-q")
    assert ran.json[0]["sessions"] == 50  # type: ignore[index]


def test_an_event_id_with_a_blank(tmp_path: Path) -> None:
    export = tmp_path / "e.csv"
    lines = [f"u{n % 50},2024-01-01 10:00:00,view,e{n}" for n in range(2_500)]
    lines.append("u0,2024-01-01 10:00:00,view, e5")
    export.write_text("\n".join(["user_id,event_time,event,insert_id", *lines]), "utf-8")
    ran = userops("activity", export, "--show", "summary", "-f", "json")
    assert ran.json[0]["events"] == 2_500  # type: ignore[index]
    assert "1 the same event again" in ran.err


def test_a_name_says_nothing_whatever_else_the_file_holds(tmp_path: Path) -> None:
    export = tmp_path / "e.csv"
    head = "user_id,event_time,event\nu1,2024-01-01,view\nu2,2024-01-01,na\n"
    for more in ("", " u3,2024-01-01,view\n"):
        export.write_text(head + more, encoding="utf-8")
        ran = userops("activity", export, "--show", "users", "-f", "json", "--max-rejects", "90%")
        assert [row["user_id"] for row in ran.json][0:2] in (["u1"], ["u1", "u3"])  # type: ignore[attr-defined]
        assert "1 no event" in ran.err


def test_groups_of_users_that_the_users_export_lacks(tmp_path: Path) -> None:
    for name, text in {
        "e.csv": "user_id,event_time,event,channel\nu1,2024-01-01,view,wx\nu2,2024-01-01,view,dy\n",
        "o.csv": "order_id,user_id,order_time,amount\n1,u1,2024-01-02,5\n2,u2,2024-01-03,5\n",
        "u.csv": "user_id,registered_at,channel\nu1,2023-12-01,shop\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ran = userops(
        "funnel", tmp_path / "e.csv", "--orders", tmp_path / "o.csv", "--users", tmp_path / "u.csv",
        "--steps", "order,reorder", "--show", "conversion", "--within", "0", "--by", "channel",
        "-f", "json", "-q",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert {row["group"] for row in ran.json} == {"shop", "dy"}  # type: ignore[attr-defined]


def test_a_quantity_that_is_none(tmp_path: Path) -> None:
    """By the fast way as by the careful one: not known, or refused."""
    rows = [f"{n},u{n % 3},2024-01-{1 + n:02},5,tea,1" for n in range(12)]
    rows[-1] = rows[-1][:-1] + "inf"
    export = tmp_path / "o.csv"
    export.write_text("\n".join(["order_id,user_id,order_time,amount,category,quantity", *rows]))
    ran = userops("repurchase", export, "--show", "due", "--within", "3650", "--min-gaps", "1",
        "-f", "json", "-q",
    )  # fmt: skip
    assert len(ran.json) == 3, ran.err  # type: ignore[arg-type]


def test_nothing_is_written_over_what_the_run_reads(tmp_path: Path) -> None:
    cuts, settings = tmp_path / "cuts.csv", tmp_path / "my.toml"
    assert userops("segment", ORDERS, "--save-cuts", cuts, "-o", tmp_path / "o.csv").code == 0
    settings.write_text('lang = "en"\n', encoding="utf-8")
    before = cuts.read_bytes(), settings.read_bytes()
    for told in (("--cuts", cuts, "-o", cuts), ("--config", settings, "-o", settings, "-f", "csv")):
        ran = userops("segment", ORDERS, *told)
        assert ran.code == 2
        assert "is read by this run" in ran.err
    assert (cuts.read_bytes(), settings.read_bytes()) == before


def test_weeks_of_the_first_year(tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    settings.write_text('week_start = "sunday"\n', encoding="utf-8")
    export = tmp_path / "o.parquet"
    days = pl.Series(["0001-01-01", "0001-01-10"]).str.to_date()
    pl.DataFrame({"user_id": ["u1", "u2"], "order_time": days, "amount": [1.0, 2.0]}).write_parquet(
        export
    )
    ran = userops("cohorts", export, "--period", "week", "--config", settings, "-f", "json", "-q")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[segments.mine]\nrules = [{name = "A", r = [1]}]\n', "row 1, r, value 2: is missing"),
        ("[repurchase]\nwindows = [-1]\n", "repurchase.windows, value 1"),
        ("[repurchase]\nwindows = []\n", "repurchase.windows"),
        ('[currency.rates]\nUSD = "0"\n', "currency.rates.USD: must be greater than 0"),
        ('[currency.rates]\nUSD = "abc"\n', "currency.rates.USD: must be a number"),
        ("[repurchase]\nwindows = [99999999999999999999]\n", "repurchase.windows, value 1"),
        ('memory = "' + "9" * 400 + '%%"\n', "not a size"),
    ],
)
def test_settings_that_cant_be(text: str, said: str, tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    settings.write_text(text, encoding="utf-8")
    ran = userops("repurchase", ORDERS, "--config", settings, "-q")
    assert ran.code == 2, ran.err
    assert said in ran.err


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_lengths_of_time_are_seconds(unit: Literal["ms", "us", "ns"], tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "user_id": ["u1", "u2", "u3"],
            "event_time": [datetime(2024, 1, 1, 10)] * 3,
            "event": ["view"] * 3,
            "duration_s": pl.Series([90_000, 1_500, None], dtype=pl.Duration("ms")),
        }
    ).with_columns(pl.col("duration_s").dt.cast_time_unit(unit))
    rows.write_parquet(tmp_path / "a.parquet")
    pl.concat([rows, rows]).write_parquet(tmp_path / "twice.parquet")  # goes the strict way
    for name in ("a", "twice"):
        ran = userops("activity", tmp_path / f"{name}.parquet", "--show", "users", "-f", "json")
        assert [row["minutes"] for row in ran.json] == [1.5, 0.025, 0.0]  # type: ignore[attr-defined]
