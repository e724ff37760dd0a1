"""`userops community` says nothing of days and groups that messages or orders don't tell of, least of all 0."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from userops import api
from userops.core.errors import UsageError
from userops.core.table import Result

MONDAY = date(2025, 1, 6)
# Four weeks in two groups: a and b throughout, c left in the first week.
MEMBERS = pl.DataFrame(
    [("g", "a", 0, None), ("g", "b", 0, None), ("g", "c", 0, 3), ("h", "b", 0, None)],
    ["group_id", "user_id", "joined", "left"],
    orient="row",
).with_columns(
    (pl.lit(MONDAY) + pl.duration(days=pl.col(name))).alias(name) for name in ("joined", "left")
)


def at(day: int) -> str:
    return f"{MONDAY + timedelta(day)} 10:00"


def said(*given: tuple[str, str, int]) -> pl.DataFrame:
    rows = [(group, user, at(day)) for group, user, day in given]
    return pl.DataFrame(rows, ["group_id", "user_id", "time"], orient="row")


def bought(*given: tuple[str, int]) -> pl.DataFrame:
    rows = [(user, at(day), "10") for user, day in given]
    return pl.DataFrame(rows, ["user_id", "order_time", "amount"], orient="row")


def rows(found: Result, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return found[table].frame.select(*columns).rows()


def until(day: int, **exports: Any) -> Result:
    return api.community(memberships=MEMBERS, as_of=str(MONDAY + timedelta(day)), **exports)


# Tuesday of the second week to Wednesday of the third, every day.
TALK = said(*(("g", "a", day) for day in range(8, 17)), ("h", "b", 12))


def test_weeks_that_messages_do_not_tell_of_are_empty_and_said() -> None:
    found = until(27, messages=TALK)
    assert rows(found, "summary", "active", "messages", "activity_rate", "complete") == [
        (None, None, None, True), (2, 7, 1.0, False), (1, 3, 0.5, False), (None, None, None, True),
    ]  # fmt: skip
    for table in ("summary", "groups", "members", "leavers"):
        assert any("messages tell of 2025-01-14 to 2025-01-22 alone" in note for note in found[table].notes)  # fmt: skip
    assert not any("messages tell" in note for note in found["flow"].notes)


def test_rates_are_of_members_on_the_days_that_are_told_of() -> None:
    # c left before the messages begin, and isn't among those of whom somebody was active.
    found = until(27, messages=TALK)
    assert rows(found, "groups", "active", "activity_rate") == [(1, 0.5), (1, 1.0)]
    assert rows(found, "leavers", "user_id", "messages") == [("c", None)]
    late = until(27, messages=said(("g", "a", 2)))
    assert rows(late, "leavers", "user_id", "messages") == [("c", 0)]


def test_a_group_without_a_message_is_not_told_of() -> None:
    found = until(9, messages=said(*(("g", "a", day) for day in range(10))))
    assert rows(found, "groups", "group_id", "active", "messages", "activity_rate") == [
        ("g", 1, 10, 1 / 3), ("h", None, None, None),
    ]  # fmt: skip
    assert rows(found, "summary", "activity_rate") == [(1 / 3,), (0.5,)]
    assert any("1 group has no message in the exports" in note for note in found["groups"].notes)
    # A line of the system or of staff tells that the group was exported.
    boss = pl.concat([said(*(("g", "a", day) for day in range(10))), said(("h", "boss", 9))])
    found = until(9, messages=boss, staff=["boss"])
    assert rows(found, "groups", "group_id", "active") == [("g", 1), ("h", 0)]


def test_nobody_is_called_silent_for_days_without_messages() -> None:
    found = until(27, messages=TALK, silent_days=7)
    assert rows(found, "members", "user_id", "silent") == [("a", None), ("b", None)]
    assert any("--as-of 2025-01-22 tells" in note for note in found["members"].notes)
    found = until(16, messages=TALK, silent_days=7)
    assert rows(found, "members", "user_id", "silent") == [("a", False), ("b", False)]
    found = until(20, messages=TALK, silent_days=12)  # who wrote since isn't silent anyhow
    assert rows(found, "members", "user_id", "silent") == [("a", False), ("b", False)]
    found = until(16, messages=TALK, silent_days=4)
    assert rows(found, "members", "user_id", "silent") == [("a", False), ("b", True)]


def test_so_quiet_as_before_is_no_end_of_the_messages() -> None:
    weekly = said(*(("g", "a", day) for day in (0, 7, 14)))
    assert rows(until(20, messages=weekly), "summary", "active", "complete")[-1] == (1, True)
    assert rows(until(27, messages=weekly), "summary", "active")[-1] == (None,)


def test_weeks_that_orders_do_not_tell_of_are_empty_and_said() -> None:
    found = until(27, orders=bought(*(("b", day) for day in range(7, 14))))
    assert rows(found, "summary", "matched", "converted", "conversion_rate", "group_revenue") == [
        (1, None, None, None), (1, 1, 1.0, 7000), (1, None, None, None), (1, None, None, None),
    ]  # fmt: skip
    assert rows(found, "groups", "group_id", "matched", "conversion_rate") == [("g", 1, 1.0), ("h", 1, 1.0)]  # fmt: skip
    assert rows(found, "leavers", "orders", "revenue", "days_since_order") == [(None, None, None)]
    assert any("orders tell of 2025-01-13 to 2025-01-19 alone" in note for note in found["summary"].notes)  # fmt: skip


def test_no_day_is_after_the_last() -> None:
    with pytest.raises(UsageError, match="2026-01-01 is after 2025-02-03, the last day"):
        until(28, since="2026-01-01")


def test_a_group_that_some_rows_know_by_name_alone_is_one() -> None:
    members = pl.DataFrame(
        [("g1", "A", "u1"), (None, "A", "u2"), ("g2", "B", "u3"), ("g3", "B", "u3"), (None, "B", "u4")],
        ["group_id", "group", "user_id"],
        orient="row",
    ).with_columns(joined=pl.lit("2024-01-02"))  # fmt: skip
    found = api.community(memberships=members)
    assert rows(found, "groups", "group_id", "members_end") == [
        ("B", 1), ("g1", 2), ("g2", 1), ("g3", 1),
    ]  # fmt: skip
