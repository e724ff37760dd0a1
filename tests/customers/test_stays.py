"""Stays, logs and lists of members are read as who was where: against plain Python, on random logs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.customers import stays
from userops.datasets.fields import Type
from userops.datasets.memberships import MEMBERSHIPS

START = datetime(2025, 1, 1)
END = to_day(date(2025, 12, 31))


def at(day: int, hour: int = 0) -> datetime:
    return START + timedelta(days=day, hours=hour)


def rows(*given: dict[str, Any]) -> pl.DataFrame:
    """Rows of memberships as the reader gives them."""
    kinds: dict[str, Any] = {
        one.name: pl.Datetime("us") if one.type is Type.TIME else pl.String
        for one in MEMBERSHIPS.fields
    }
    full = [{name: {"group_id": "g", **row}.get(name) for name in kinds} for row in given]
    frame = pl.DataFrame(full, schema=kinds)
    return frame.with_columns(day=pl.coalesce(MEMBERSHIPS.times).dt.date().cast(pl.Int32))


def found(frame: pl.DataFrame, as_of: int = END, **more: Any) -> list[tuple[Any, ...]]:
    read = stays.read(frame, as_of, **more).frame
    return read.select("member_id", "joined", "left").rows()


def step(user: str, time: datetime, action: str, **more: Any) -> dict[str, Any]:
    return {"user_id": user, "time": time, "action": action, **more}


def test_a_log_in_two_languages_with_coming_back() -> None:
    log = rows(
        step("a", at(1), "join"), step("a", at(5), "退群"), step("a", at(9), "加入群聊"),
        step("b", at(2), "Invited"), step("b", at(2), "join_group_by_link"),
        step("c", at(3), "kicked"), step("c", at(4), "leave"),
    )  # fmt: skip
    assert found(log) == [
        ("a", at(1), at(5)), ("a", at(9), None), ("b", at(2), None), ("c", None, at(3)),
    ]  # fmt: skip
    read = stays.read(log, END)
    assert read.groups["midway"].to_list() == [True]
    assert read.frame["reason"].to_list() == ["left", None, None, "removed"]


def test_whoever_writes_before_anything_is_known_was_in_before() -> None:
    log = rows(step("a", at(5), "leave"), step("b", at(3), "join"), step("c", at(1), "join"))
    written = pl.DataFrame(
        {"group_id": ["g"] * 4, "member_id": ["a", "b", "d", "c"], "time": [at(2), at(1), at(6), at(2)]},
        schema_overrides={"time": pl.Datetime("us")},
    )  # fmt: skip
    assert found(log, written=written) == [
        ("a", None, at(5)), ("b", None, None), ("c", at(1), None), ("d", None, None),
    ]  # fmt: skip


def test_what_comes_after_as_of_is_not_known_yet() -> None:
    spans = rows(
        {"user_id": "a", "joined": at(1), "left": at(40)},
        {"user_id": "b", "joined": at(2), "left": at(30, 23)},
    )
    as_of = to_day(date(2025, 1, 31))
    assert found(spans, as_of) == [("a", at(1), None), ("b", at(2), at(30, 23))]


def test_lists_of_members_day_after_day() -> None:
    lists = rows(
        *({"user_id": user, "snapshot": at(day)} for day, users in ((0, "ab"), (7, "bc"), (14, "abc")) for user in users)
    )  # fmt: skip
    assert found(lists) == [
        ("a", None, at(7)), ("a", at(14), None), ("b", None, None), ("c", at(7), None),
    ]  # fmt: skip
    once = stays.read(lists.filter(pl.col("snapshot") == at(0)), END)
    assert once.groups.select("sees_joining", "sees_leaving").row(0) == (False, False)


def test_lists_that_say_since_when() -> None:
    lists = rows(
        {"user_id": "a", "joined": at(-9), "snapshot": at(0)},
        {"user_id": "a", "joined": at(5), "snapshot": at(7)},
        {"user_id": "b", "joined": at(3), "snapshot": at(7)},
    )
    assert found(lists) == [("a", at(-9), at(5)), ("a", at(5), None), ("b", at(3), None)]


def test_a_log_goes_before_lists() -> None:
    both = rows(step("a", at(1), "join"), {"user_id": "b", "snapshot": at(3)})
    assert found(both) == [("a", at(1), None)]


def test_founding_and_dissolving() -> None:
    log = rows(
        step("a", at(1), "create"), step("b", at(1), "join", how="建群时邀请"), step("c", at(2), "join"),
        {"user_id": None, "time": at(9), "action": "dissolve"}, step("b", at(4), "leave"),
    )  # fmt: skip
    read = stays.read(log, END).frame
    assert read.select("member_id", "founding", "left", "reason").rows() == [
        ("a", True, at(9), "dissolved"), ("b", True, at(4), "left"), ("c", False, at(9), "dissolved"),
    ]  # fmt: skip
    spans = rows(
        {"user_id": "a", "joined": at(1), "group_created": at(1), "group_dissolved": at(9)},
        {"user_id": "b", "joined": at(3), "left": at(9), "group_created": at(1), "group_dissolved": at(9)},
    )  # fmt: skip
    read = stays.read(spans, END).frame
    assert read.select("member_id", "founding", "reason").rows() == [
        ("a", True, "dissolved"), ("b", False, "dissolved"),
    ]  # fmt: skip


def test_staff_and_robots_are_never_members() -> None:
    spans = rows(
        {"user_id": "a", "joined": at(1), "member_type": "1"}, {"user_id": "a", "joined": at(5)},
        {"user_id": "bot", "joined": at(1)}, {"user_id": "b", "joined": at(1), "member_type": "2"},
    )  # fmt: skip
    assert found(spans, staff=("bot",)) == [("b", at(1), None)]


def test_who_writes_is_in_also_where_the_log_names_staff_alone() -> None:
    written = pl.DataFrame({"group_id": ["g", "h"], "member_id": ["a", "a"], "time": [at(3)] * 2})
    log = rows(step("boss", at(1), "join"), step("c", at(2), "join", group_id="h"))
    assert found(log, written=written, staff=("boss",)) == [
        ("a", None, None), ("a", None, None), ("c", at(2), None),
    ]  # fmt: skip
    # Of a list of members whoever isn't on it has left.
    listed = rows({"user_id": "b", "snapshot": at(2)}, step("boss", at(1), "join"))
    assert found(listed, written=written, staff=("boss",)) == [("b", None, None)]


def test_words_that_are_not_known_stop_and_can_be_told() -> None:
    log = rows(step("a", at(1), "arrived"), step("a", at(2), "renamed"))
    with pytest.raises(InputError, match="neither joining nor leaving: 'arrived', 'renamed'"):
        found(log)
    assert found(log, actions={"Arrived": "join", "renamed": "ignore"}) == [("a", at(1), None)]


def test_a_time_alone_says_nothing() -> None:
    with pytest.raises(InputError, match="nothing that says whether"):
        found(rows({"user_id": "a", "time": at(1)}))


def test_a_stay_that_ends_before_it_begins() -> None:
    read = stays.read(rows({"user_id": "a", "joined": at(5), "left": at(1)}), END)
    assert read.frame["left"].to_list() == [None]
    assert read.notes[0].startswith("1 membership ends before it begins")


STEPS = st.lists(
    st.tuples(st.sampled_from("gh"), st.sampled_from("abc"), st.integers(0, 20), st.booleans()),
    max_size=25,
)


@settings(max_examples=60)
@given(STEPS, st.randoms(use_true_random=False))
def test_any_log_is_read_as_plain_python_reads_it(log: list[Any], chance: Any) -> None:
    expected = plain(log)
    chance.shuffle(log)
    if not log:
        return
    frame = rows(
        *(step(user, at(day), "join" if comes else "leave", group_id=group) for group, user, day, comes in log)
    )  # fmt: skip
    read = stays.read(frame, END).frame
    assert read.select("group_id", "member_id", "joined", "left").rows() == expected


def plain(log: list[Any]) -> list[tuple[Any, ...]]:
    """The same by a state for each member."""
    told: list[tuple[Any, ...]] = []
    for group, user in sorted({(group, user) for group, user, _, _ in log}):
        mine = [(day, comes) for one, other, day, comes in log if (one, other) == (group, user)]
        is_in, joined, known, done = False, None, False, []
        for day in sorted({day for day, _ in mine}):
            kinds = {comes for other, comes in mine if other == day}
            order = [not is_in, is_in] if len(kinds) == 2 else [*kinds]
            for comes in order:
                if comes and not is_in:
                    is_in, joined = True, at(day)
                elif not comes and (is_in or not known):
                    done.append((group, user, joined, at(day)))
                    is_in, joined = False, None
                known = True
        told += done + ([(group, user, joined, None)] if is_in else [])
    return told
