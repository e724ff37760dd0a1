"""What users are grouped by: age bands, provinces, preferred categories, spending power."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import pytest

from analyses.portrait_shops import orders_of, random_shop
from helpers.running import userops
from userops.analyses.portrait.attributes import age_bands, quintiles
from userops.api import portrait
from userops.customers import birthdays, regions


@pytest.fixture(scope="module")
def shop() -> tuple[pl.DataFrame, pl.DataFrame]:
    return random_shop(3)


def test_ages_are_whole_years_and_29_february_is_kept_on_the_28th() -> None:
    texts = pl.DataFrame(
        {
            "b": [
                "2000-02-29",
                "2000/3/1",
                "20000228",
                "1990年5月1日",
                "05-01",
                "x",
                "2031-01-01",
                None,
            ]
        }
    )
    on = date(2025, 2, 28)
    got = texts.select(birthdays.age(pl.col("b"), on).alias("age"))["age"].to_list()
    assert got == [25, 24, 25, 34, None, None, None, None]
    assert texts.select(birthdays.is_birthday(pl.col("b"), on).alias("is"))["is"].to_list()[:3] == [
        True, False, True,
    ]  # fmt: skip
    leap = texts.select(birthdays.is_birthday(pl.col("b"), date(2024, 2, 28)).alias("is"))["is"]
    assert leap.to_list()[:3] == [False, False, True]
    assert age_bands((20, 25, 30)) == ["under 20", "20-24", "25-29", "30+"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-04-30T16:00:00Z", date(2025, 5, 1)),  # midnight in China
        ("1990-04-30 15:00:00.000000+00:00", date(2025, 5, 1)),  # in summer time
        ("1989-12-31T18:30Z", date(2025, 1, 1)),  # in India
        ("1990-04-30 16:00:00+00", date(2025, 5, 1)),  # as PostgreSQL writes it
        ("1990/04/30 16:00:00 +0000 UTC", date(2025, 5, 1)),
        ("1990-04-30t12:30:00z", date(2025, 5, 1)),
        ("1990-05-01T15:30:00+08:00", date(2025, 5, 1)),  # of a day that's said
        ("1990-05-01T05:00:00Z", date(2025, 5, 1)),  # in New York
        ("1990-05-01T00:00:00+08:00", date(2025, 5, 1)),
        ("1990-05-01T12:00:00Z", date(2025, 5, 1)),
        ("1990-05-01 23:30:00", date(2025, 5, 1)),  # no instant
    ],
)
def test_an_instant_is_the_nearest_midnight(text: str, day: date) -> None:
    frame = pl.DataFrame({"b": [text]})
    assert frame.select(birthdays.is_birthday(pl.col("b"), day)).item()
    assert frame.select(birthdays.age(pl.col("b"), day)).item() == 2025 - 1990


def test_who_has_a_birthday_is_called_where_it_is_typed_as_an_instant(tmp_path: Path) -> None:
    china = datetime(1990, 5, 1, tzinfo=timezone(timedelta(hours=8)))
    typed = pl.DataFrame({"user_id": ["a"], "birthday": [china.astimezone(UTC)]})
    typed.write_parquet(tmp_path / "users.parquet")
    orders = pl.DataFrame({"order_id": ["1"], "user_id": ["a"], "amount": ["9.50"]})
    orders.with_columns(order_time=pl.lit("2025-04-30 10:00:00")).write_csv(tmp_path / "o.csv")
    names = ("contacts", tmp_path / "o.csv", "--users", tmp_path / "users.parquet")
    ran = userops(*names, "--reasons", "birthday", "-f", "json", "-q")  # for the day after
    assert [row["user_id"] for row in ran.json] == ["a"]


@pytest.mark.parametrize("text", ["1990-11", "1990年11月", "199011", "1990/12 ", "1990511"])
def test_a_month_without_a_day_is_no_birthday(text: str) -> None:
    frame = pl.DataFrame({"b": [text]})
    assert frame.select(birthdays.age(pl.col("b"), date(2025, 2, 28))).item() is None
    for day in (date(2025, 1, 1), date(2025, 1, 2), date(2025, 5, 1)):
        assert not frame.select(birthdays.is_birthday(pl.col("b"), day)).item()


def test_bands_are_of_the_day_that_counts() -> None:
    users = pl.DataFrame({"user_id": ["a", "b"], "birthday": ["2000-06-01", None]})
    orders = orders_of({"a": 5, "b": 5}, date(2025, 6, 1))
    for day, band in (("2025-05-31", "20-24"), ("2025-06-01", "25-29")):
        frame = portrait(orders, users=users, by=["age_band"], as_of=day)["groups"].frame
        shown = dict(frame.filter(pl.col("users") > 0).select("value", "users").iter_rows())
        assert shown == {band: 1, "unknown": 1}


def test_a_province_is_one_however_it_is_written() -> None:
    texts = pl.DataFrame(
        {
            "r": [
                "广东",
                "广东省",
                "广东省深圳市南山区1号",
                "Guangdong",
                "内蒙古自治区",
                "Bavaria",
                " ",
            ]
        }
    )
    got = texts.select(regions.region(pl.col("r")).alias("r"))["r"].to_list()
    assert got == ["广东", "广东", "广东", "广东", "内蒙古", "Bavaria", None]
    addresses = pl.DataFrame({"r": ["广东省深圳市南山区1号", "Munich, Bavaria", ""]})
    got = addresses.select(regions.region_of_address(pl.col("r")).alias("r"))["r"].to_list()
    assert got == ["广东", "Munich", None]


def test_the_preferred_category_has_most_days_then_most_money_else_there_is_none() -> None:
    rows = [
        ("a", "2025-01-01", 5, "milk"), ("a", "2025-01-02", 5, "milk"), ("a", "2025-01-03", 500, "toys"),
        ("b", "2025-01-01", 5, "milk"), ("b", "2025-01-01", 6, "toys"),
        ("c", "2025-01-01", 5, "milk"), ("c", "2025-01-01", 5, "toys"),
    ]  # fmt: skip
    orders = pl.DataFrame(
        rows, schema=["user_id", "order_time", "amount", "category"], orient="row"
    )
    frame = portrait(orders, by=["preferred_category"])["groups"].frame
    assert dict(frame.select("value", "users").iter_rows()) == {"milk": 1, "none": 1, "toys": 1}


def test_what_two_rows_of_a_user_say_differently_is_counted() -> None:
    users = pl.DataFrame(
        {
            "user_id": ["a", "a", "b"],
            "registered_time": ["2025-01-02", "2025-01-01", "2025-01-01"],
            "gender": ["f", "m", "f"],
        }
    )
    found = portrait(orders_of({"a": 1, "b": 1}), users=users, by=["gender"])
    assert dict(found["groups"].frame.select("value", "users").iter_rows()) == {"m": 1, "f": 1}
    assert found["missing"].frame["conflicts"].to_list() == [1]


def test_quintiles_of_spending_are_those_of_numpy(shop: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    import numpy as np

    values = pl.Series([3, 9, 9, 1, 20, 44, 7])
    got = [float(cut) for cut in quintiles(values)]
    assert got == pytest.approx(np.quantile(values.to_numpy(), [0.2, 0.4, 0.6, 0.8]))
    orders, users = shop
    frozen = portrait(orders, users=users, by=["spending_power"], spending_cuts=[100, 300])
    assert set(frozen["groups"].frame["value"]) == {"1", "2", "3", "unknown"}
