"""Exports that end long before the day that's asked for: a warning, a banner, an exit code."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import userops.api as api
from helpers.running import userops
from helpers.ways import carefully

START = date(2025, 1, 1)
WARNING = "warning: the last order is of 2025-01-30, 12 days before 2025-02-11: an old export?"


def shop(path: Path, every: int = 1, days: int = 30, after: int = 0) -> Path:
    """Orders every so many days; `after` adds one so many days behind the last."""
    at = [*range(0, days, every), *([days - 1 + after] if after else [])]
    rows = [f"{n},u{n % 7},{START + timedelta(days=day)},10.00" for n, day in enumerate(at)]
    path.write_text("\n".join(["order_id,user_id,date,amount", *rows]) + "\n")
    return path


@pytest.mark.parametrize("command", ["segment", "repurchase", "ltv", "lifecycle"])
def test_an_old_export_is_warned_of(command: str, tmp_path: Path) -> None:
    orders = shop(tmp_path / "o.csv")
    ran = userops(command, orders, "--as-of", "2025-02-11", "-q")
    assert ran.code == 0
    assert WARNING in ran.err
    with carefully():
        assert WARNING in userops(command, orders, "--as-of", "2025-02-11").err


@pytest.mark.parametrize(
    ("shape", "as_of"),
    [
        ({}, None),  # nothing was asked for
        ({}, "2025-02-06"),  # a week is nothing
        ({"every": 5, "days": 31}, "2025-02-14"),  # fourteen days are fewer than three gaps of five
        ({"after": 60}, "2025-02-11"),  # it goes on: the day asked for is an earlier one
    ],
)
def test_one_that_is_not_old_isnt(shape: dict[str, int], as_of: str | None, tmp_path: Path) -> None:
    asked = ("--as-of", as_of) if as_of else ()
    assert "warning" not in userops("segment", shop(tmp_path / "o.csv", **shape), *asked).err


def test_three_usual_gaps_and_a_day_are_too_many(tmp_path: Path) -> None:
    orders = shop(tmp_path / "o.csv", every=5, days=31)
    assert "16 days before" in userops("segment", orders, "--as-of", "2025-02-16").err
    assert "warning" not in userops("segment", orders, "--as-of", "2025-02-15").err


@pytest.mark.parametrize("fmt", ["md", "html", "email", "xlsx"])
def test_the_report_has_a_banner(fmt: str, tmp_path: Path) -> None:
    orders, target = shop(tmp_path / "o.csv"), tmp_path / "report"
    options = {"email": ("-f", "html", "--email")}.get(fmt, ("-f", fmt))
    for as_of, old in (("2025-02-11", True), ("2025-01-30", False)):
        ran = userops("report", orders, "--as-of", as_of, "-o", f"{target}.x", *options)
        assert ran.code == 0, ran.err
        if fmt != "xlsx":
            page = Path(f"{target}.x").read_text(encoding="utf-8")
            assert ("the last order is of 2025-01-30" in page) is old
        assert ("warning: the last order" in ran.err) is old


def test_the_banner_is_in_the_readers_language(tmp_path: Path) -> None:
    orders = shop(tmp_path / "o.csv")
    ran = userops("report", orders, "--as-of", "2025-02-11", "--lang", "zh")
    assert "最后一笔订单在 2025-01-30" in ran.text


@pytest.mark.parametrize(("limit", "code"), [("12", 0), ("11", 4)])
def test_check_can_fail_for_age(limit: str, code: int, tmp_path: Path) -> None:
    orders = shop(tmp_path / "o.csv")
    ran = userops("check", orders, "--as-of", "2025-02-11", "--max-age", limit)
    assert ran.code == code
    assert b"used" in ran.out  # what was found is shown all the same
    said = (
        "orders: the last row is of 2025-01-30, 12 days before 2025-02-11, more than --max-age 11"
    )
    assert (said in ran.err) is bool(code)


def test_check_takes_today_where_no_day_is_asked_for(tmp_path: Path) -> None:
    assert userops("check", shop(tmp_path / "o.csv"), "--max-age", "100").code == 4


def test_check_of_events_has_an_age_and_of_users_none(tmp_path: Path) -> None:
    events = tmp_path / "e.csv"
    events.write_text("user_id,event,event_time\nu1,browse,2025-01-30 10:00:00\n")
    asked = ("--as-of", "2025-02-11", "--max-age", "3")
    assert userops("check", events, "--dataset", "events", *asked).code == 4
    users = tmp_path / "u.csv"
    users.write_text("user_id,registered_at\nu1,2025-01-30\n")
    ran = userops("check", users, "--dataset", "users", *asked)
    assert ran.code == 2
    assert "users have no time of their rows" in ran.err


def test_python_keeps_the_warning(tmp_path: Path) -> None:
    result = api.segment(shop(tmp_path / "o.csv"), as_of="2025-02-11")
    assert [text for text in result.messages if text.startswith("the last order is of 2025-01-30")]
