"""`userops community`: the identities of flows, who was active, what members bought, who left."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import userops
from userops import api
from userops.core.errors import InputError, UseropsError
from userops.core.table import Result

DAY0 = date(2025, 1, 1)
SHORT = settings(max_examples=12)


def day(number: int) -> str:
    return (DAY0 + timedelta(number)).isoformat()


def orders(*given: tuple[str, str, str]) -> pl.DataFrame:
    """User, time, amount."""
    rows = [(f"o{n}", *row) for n, row in enumerate(given)]
    return pl.DataFrame(rows, ["order_id", "user_id", "order_time", "amount"], orient="row")


def memberships(*given: tuple[str, str, str | None, str | None]) -> pl.DataFrame:
    """Group, user, joined, left."""
    kinds = dict.fromkeys(("group_id", "user_id", "joined", "left"), pl.String)
    return pl.DataFrame(given, kinds, orient="row")


def messages(*given: tuple[str, str, str]) -> pl.DataFrame:
    """Group, user, time."""
    kinds = dict.fromkeys(("group_id", "user_id", "time"), pl.String)
    return pl.DataFrame(given, kinds, orient="row")


def rows(result: Result, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return result[table].frame.select(*columns).rows()


IDS = pl.DataFrame({"user_id": list("abcd"), "member_id": list("abcd")})
MEMBERS = memberships(
    ("g1", "a", day(0), None),
    ("g1", "b", day(1), day(19)),
    ("g1", "c", day(4), None),
    ("g2", "a", day(9), None),
    ("g2", "x", day(9), day(12)),
)
BOUGHT = orders(
    ("a", f"{day(11)} 10:00", "10"),
    ("b", f"{day(0)} 09:00", "7"),
    ("b", f"{day(18)} 10:00", "20"),
    ("b", f"{day(19)} 10:00", "40"),
    ("z", f"{day(30)} 10:00", "30"),
)


def test_what_members_bought_as_members() -> None:
    found = api.community(BOUGHT, memberships=MEMBERS, identities=IDS)
    assert rows(found, "groups", "group_id", "matched", "coverage", "converted", "conversion_rate", "group_orders", "group_revenue") == [
        ("g1", 3, 1.0, 2, 2 / 3, 2, 3000), ("g2", 1, 0.5, 1, 1.0, 1, 1000),
    ]  # fmt: skip
    whole = found["summary"].frame
    assert whole["group_revenue"].sum() == 3000  # the order of a member of two groups counts once
    assert whole["revenue_share"].to_list()[1] == 1.0
    assert rows(found, "leavers", "user_id", "group_id", "tenure_days", "orders", "revenue", "days_since_order", "matched") == [
        ("b", "g1", 18, 1, 2000, 0, True), ("x", "g2", 3, None, None, None, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("split", "revenue"), [("whole", [1001, 1001]), ("equal", [501, 500]), ("last", [0, 1001])]
)
def test_an_order_of_a_member_of_several_groups(split: Any, revenue: list[int]) -> None:
    found = api.community(
        orders(("a", f"{day(11)} 10:00", "10.01")),
        memberships=MEMBERS.filter(pl.col("user_id") == "a"),
        split=split,
    )
    assert found["groups"].frame["group_revenue"].to_list() == revenue


def test_a_user_counts_once_over_all_groups_and_leaves_with_the_last() -> None:
    moves = memberships(("g", "a", day(0), day(6)), ("h", "a", day(6), None), ("h", "b", day(0), day(3)))  # fmt: skip
    found = api.community(memberships=moves)
    assert rows(found, "summary", "members_start", "joined", "left", "gained", "lost", "members_end") == [
        (0, 2, 1, 1, 0, 1), (1, 0, 0, 0, 0, 1),
    ]  # fmt: skip
    assert rows(found, "groups", "group_id", "joined", "left", "members_end") == [("g", 1, 1, 0), ("h", 2, 1, 1)]  # fmt: skip


def test_coming_back_founding_and_dissolving() -> None:
    log = pl.DataFrame(
        [("g", "a", day(0), "create"), ("g", "b", day(0), "join"), ("g", "b", day(3), "leave"),
         ("g", "b", day(5), "join"), ("g", "a", day(9), "dissolved"), ("g", "b", day(9), "dissolved")],
        ["group_id", "user_id", "time", "action"], orient="row",
    )  # fmt: skip
    found = api.community(memberships=log, period="month")
    assert rows(found, "flow", "joined", "left", "rejoined", "founding", "dissolved", "members_end") == [(3, 3, 1, 1, 2, 0)]  # fmt: skip
    assert set(found["leavers"].frame["reason"]) == {"left", "dissolved"}


def test_a_log_that_begins_midway_gives_a_lower_bound_and_says_so() -> None:
    log = pl.DataFrame({"group_id": ["g", "g"], "user_id": ["a", "b"], "time": [day(5), day(6)], "action": ["leave", "join"]})  # fmt: skip
    found = api.community(memberships=log, messages=messages(("g", "c", f"{day(7)} 10:00")))
    assert rows(found, "groups", "members_start", "joined", "left", "members_end", "at_least", "complete") == [(2, 1, 1, 2, True, False)]  # fmt: skip
    assert any("begins midway" in note for note in found["groups"].notes)


def test_a_list_of_members_tells_of_nobody_who_left() -> None:
    found = api.community(memberships=memberships(("g", "a", day(0), None)).drop("left"))
    assert rows(found, "groups", "joined", "left", "lost") == [(1, None, None)]


def test_active_members() -> None:
    said = messages(
        ("g1", "a", f"{day(2)} 10:00"), ("g1", "a", f"{day(3)} 10:00"), ("g1", "boss", f"{day(3)} 10:00"),
        ("g2", "x", f"{day(20)} 10:00"), ("g1", "b", f"{day(20)} 10:00"),
    )  # fmt: skip
    found = api.community(memberships=MEMBERS, messages=said, period="month", staff=["boss"])
    # Who writes after leaving must have been in: the rate is never above 1.
    assert rows(found, "summary", "active", "messages", "staff_messages", "activity_rate") == [(3, 4, 1, 3 / 4)]  # fmt: skip
    assert found["summary"].frame["activity_low"][0] == pytest.approx(0.300642, abs=1e-6)
    assert rows(found, "members", "user_id", "messages", "chat_days") == [("a", 2, 2), ("c", 0, 0)]


def test_whom_messages_alone_call_staff_is_no_member() -> None:
    said = messages(("g1", "a", day(5)), ("g1", "c", day(6))).with_columns(
        member_type=pl.Series(["2", "1"])
    )
    found = api.community(memberships=MEMBERS, messages=said, period="month")
    assert [user for (user,) in rows(found, "members", "user_id")] == ["a"]
    assert rows(found, "summary", "members_end", "active", "staff_messages") == [(1, 1, 1)]


def test_who_has_fallen_silent() -> None:
    said = messages(("g1", "a", f"{day(2)} 10:00"), ("g1", "c", f"{day(40)} 10:00"))
    found = api.community(memberships=MEMBERS, messages=said)
    assert rows(found, "members", "user_id", "silent") == [("a", True), ("c", False)]
    more = messages(("g1", "b", f"{day(33)} 10:00"))
    early = api.community(memberships=MEMBERS, messages=pl.concat([said, more]), as_of=day(33))
    assert rows(early, "members", "user_id", "silent") == [("a", True), ("c", None)]


def test_what_cannot_be_told_is_empty() -> None:
    found = api.community(memberships=MEMBERS)
    empty = ("active", "activity_rate", "messages", "converted", "group_revenue", "revenue_share")
    assert set(rows(found, "groups", *empty)) == {(None,) * 6}
    assert found["lift"].frame.is_empty()


def counts(days: int, **columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"stat_time": [day(n) for n in range(days)], **columns})


def test_daily_counts_hold_no_people() -> None:
    daily = counts(5, member_total=[10, 10, 9, 9, 9], new_member_cnt=[0, 1, 0, 0, 0], member_has_msg=[3, 5, 1, 0, 0], msg_total=[5, 9, 2, 1, 1])  # fmt: skip
    found = api.community(group_days=daily)
    assert rows(found, "summary", "active", "active_low", "active_high", "messages", "members_end", "left") == [(None, 5, 9, 18, 9, None)]  # fmt: skip
    daily_rows = rows(api.community(group_days=daily, period="day"), "summary", "active", "joined", "left", "members_end")  # fmt: skip
    assert daily_rows[1:3] == [(5, 1, 1, 10), (1, 0, 1, 9)]


def test_daily_counts_may_name_a_group_alone() -> None:
    named = MEMBERS.with_columns(group=pl.col("group_id") + " mothers")
    daily = counts(3, member_total=[1, 1, 1], msg_total=[5, 2, 4]).with_columns(
        group=pl.lit("g2 mothers")
    )
    found = api.community(memberships=named, group_days=daily)
    columns = ("group_id", "joined", "messages", "active_high", "activity_high")
    # Whoever wrote isn't told: at most everybody, but that's said of no group.
    assert rows(found, "groups", *columns) == [("g1", 3, None, None, None), ("g2", 2, 11, None, None)]  # fmt: skip


def test_counts_that_never_fall_stop_and_ask() -> None:
    rising = counts(20, member_total=[50] * 20, msg_total=list(range(20)))
    with pytest.raises(InputError, match="messages never fall over 14 days"):
        api.community(group_days=rising)
    found = api.community(group_days=rising, wecom_counts="cumulative", period="day")
    assert found["summary"].frame["messages"].to_list() == [0] + [1] * 19
    assert api.community(group_days=rising, wecom_counts="daily")["summary"].frame["messages"].sum() == 190  # fmt: skip


def test_groups_put_together() -> None:
    named = MEMBERS.with_columns(
        group=pl.col("group_id").replace({"g1": "浙江一群", "g2": "浙江二群"})
    )
    rules = [{"match": "^(..)", "province": "$1省"}]
    found = api.community(memberships=named, by="province", groups=rules, as_of=day(30))
    assert rows(found, "groups", "province", "groups", "joined", "left", "members_end") == [("浙江省", 2, 4, 2, 2)]  # fmt: skip
    with pytest.raises(UseropsError, match="nothing says any group's interest"):
        api.community(memberships=named, by="interest", groups=rules)


STAYS = st.lists(
    st.tuples(st.sampled_from("gh"), st.sampled_from("abcd"), st.integers(0, 40), st.booleans()),
    min_size=1,
    max_size=30,
)


def log_of(steps: list[tuple[str, str, int, bool]]) -> pl.DataFrame:
    """A log with a step of a member at most once a day."""
    once = {(group, user, at): comes for group, user, at, comes in steps}
    told = [(g, u, day(at), "join" if comes else "leave") for (g, u, at), comes in once.items()]
    return pl.DataFrame(told, ["group_id", "user_id", "time", "action"], orient="row")


def inside(log: pl.DataFrame) -> dict[str, set[tuple[str, str]]]:
    """Who is in which group at each day's end, day by day in plain Python; -1 is before the log."""
    is_in: set[tuple[str, str]] = set()
    steps = sorted(log.rows(), key=lambda row: row[2])
    first = {(g, u): action for g, u, _, action in reversed(steps)}
    is_in = {member for member, action in first.items() if action == "leave"}
    ends = {day(-8): set(is_in)}
    for at in range(-7, 48):
        for group, user, when, action in steps:
            if when == day(at):
                (is_in.add if action == "join" else is_in.discard)((group, user))
        ends[day(at)] = set(is_in)
    return ends


@SHORT
@given(STAYS, st.sampled_from(["day", "week", "month"]))
def test_both_identities_hold_in_every_group_and_period(steps: Any, period: Any) -> None:
    log = log_of(steps)
    found = api.community(memberships=log, period=period, as_of=day(45))
    ends = inside(log)
    table = found["flow"].frame
    summed = found["summary"].frame.with_columns(group_id=pl.lit(None, pl.String))
    names = [
        "period",
        "group_id",
        "members_start",
        "joined",
        "left",
        "gained",
        "lost",
        "members_end",
    ]
    periods = sorted(set(table["period"]))
    following = dict(zip(periods, [*periods[1:], DAY0 + timedelta(46)], strict=True))
    for row in pl.concat([table.select(names), summed.select(names)]).rows(named=True):
        assert row["members_end"] == row["members_start"] + row["joined"] - row["left"]
        assert row["members_end"] == row["members_start"] + row["gained"] - row["lost"]
        first, last = row["period"] - timedelta(1), following[row["period"]] - timedelta(1)
        before, after = (
            {u for g, u in ends.get(at.isoformat(), ends[day(-8)]) if row["group_id"] in (g, None)}
            for at in (first, last)
        )
        assert (row["members_start"], row["members_end"]) == (len(before), len(after))
        assert (row["gained"], row["lost"]) == (len(after - before), len(before - after))


@SHORT
@given(STAYS, st.integers(0, 45))
def test_as_of_is_as_good_as_cutting_the_files(steps: Any, cut: int) -> None:
    log, bought = log_of(steps), BOUGHT
    said = messages(*((g, u, f"{day(at)} 12:00") for g, u, at, _ in steps[:8]))
    before = [frame.filter(pl.col(name).str.head(10) <= day(cut)) for frame, name in ((log, "time"), (bought, "order_time"), (said, "time"))]  # fmt: skip
    if before[0].is_empty() or before[2].is_empty() or before[1].is_empty():
        return
    whole = api.community(bought, memberships=log, messages=said, identities=IDS, as_of=day(cut))
    short = api.community(before[1], memberships=before[0], messages=before[2], identities=IDS, as_of=day(cut))  # fmt: skip
    for table in whole.names:
        assert whole[table].frame.equals(short[table].frame), table


def test_a_stay_is_cut_by_as_of() -> None:
    found = api.community(memberships=MEMBERS, as_of=day(18))
    assert rows(found, "leavers", "user_id") == [("x",)]
    assert rows(found, "members", "user_id") == [("a",), ("b",), ("c",)]


def sample(chance: Any) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Random stays, messages written in them, and orders, with times of the day."""
    users, first = [f"u{n}" for n in range(12)], datetime(2025, 1, 1)

    def moment(minutes: int) -> str:
        return (first + timedelta(minutes=minutes)).isoformat(" ")

    spans, said = [], []
    for group in ("g1", "g2", "g3"):
        for user in chance.sample(users, 7):
            joined = chance.randint(0, 80_000)
            left = joined + chance.randint(1, 20_000)
            spans.append((group, user, moment(joined), chance.choice([None, moment(left)])))
            said += [(group, user, moment(chance.randint(joined, left))) for _ in range(chance.randint(0, 6))]  # fmt: skip
    bought = [(chance.choice([*users, "z1", "z2"]), moment(chance.randint(0, 86_400)), f"{chance.randint(1, 9999) / 100:.2f}") for _ in range(90)]  # fmt: skip
    return memberships(*spans), messages(*said), orders(*bought)


@SHORT
@given(st.randoms(use_true_random=False))
def test_duckdb_agrees(chance: Any) -> None:
    stays, said, bought = sample(chance)
    as_of = "2025-03-10"
    days = [(group, "boss", when) for group in ("g1", "g2", "g3") for when in ("2025-01-01", as_of)]
    opened = messages(*days)
    ids = pl.DataFrame(
        {"user_id": [f"u{n}" for n in range(12)], "member_id": [f"u{n}" for n in range(12)]}
    )
    found = api.community(bought, memberships=stays, messages=pl.concat([said, opened]), identities=ids, as_of=as_of, period="month", staff=["boss"])  # fmt: skip
    sql = f"""
        with m as (select group_id, user_id, joined::timestamp j, "left"::timestamp l from stays where j <= '{as_of}'::timestamp),
        o as (select user_id, order_time::timestamp t, (amount::decimal(18,2) * 100)::bigint a, order_id from bought),
        b as (select distinct m.group_id, o.* from m join o using (user_id) where j <= t and (l is null or t < l))
        select group_id, count(distinct user_id), count(distinct order_id), sum(a)::bigint from b group by 1 order by 1
    """
    expected = duckdb.sql(sql).fetchall()
    got = rows(found, "groups", "group_id", "converted", "group_orders", "group_revenue")
    assert [row for row in got if row[2]] == expected
    by_month = duckdb.sql(f"""
        with m as (select group_id, user_id, joined::timestamp j, "left"::timestamp l from stays where j <= '{as_of}'::timestamp),
        p as (select unnest([date '2025-01-01', date '2025-02-01', date '2025-03-01']) p),
        present as (select p, user_id from m, p where j::date < p + interval 1 month and (l is null or l::date >= p)),
        wrote as (select date_trunc('month', time::timestamp)::date p, user_id from said),
        there as (select distinct * from present union select distinct * from wrote)
        select p, count(distinct wrote.user_id), count(distinct there.user_id) from there left join wrote using (p, user_id)
        group by 1 order by 1
    """).fetchall()  # fmt: skip
    told = found["summary"].frame.select("period", "active", "activity_rate").rows()
    assert [(p, active, active / out_of) for p, active, out_of in by_month] == told


@SHORT
@given(st.randoms(use_true_random=False))
def test_the_rows_order_never_matters(chance: Any) -> None:
    given_frames = sample(chance)
    shuffled = [frame[sorted(range(len(frame)), key=lambda _: chance.random())] for frame in given_frames]  # fmt: skip
    first, second = (
        api.community(bought, memberships=stays, messages=said, split="equal")
        for stays, said, bought in (given_frames, shuffled)
    )
    for table in first.names:
        assert first[table].frame.equals(second[table].frame), table


def test_no_table_prints_a_text() -> None:
    said = messages(("g1", "a", f"{day(2)} 10:00")).with_columns(text=pl.lit("secret words"))
    found = api.community(BOUGHT, memberships=MEMBERS, messages=said)
    for table in found.tables:
        assert not re.search("secret", str(table.frame.to_dicts()))


def test_both_ways_through_the_command_line(tmp_path: Any) -> None:
    files = {"orders": BOUGHT, "memberships": MEMBERS, "identities": IDS}
    for name, frame in files.items():
        frame.write_csv(tmp_path / f"{name}.csv")
    beside = [part for name in ("memberships", "identities") for part in (f"--{name}", str(tmp_path / f"{name}.csv"))]  # fmt: skip
    ran = userops("community", str(tmp_path / "orders.csv"), *beside, "--show", "groups", "-f", "csv")  # fmt: skip
    assert ran.code == 0, ran.err
    assert ran.text.splitlines()[1].startswith("g1,,,0,3,1,2,0,0,2,")
    ran = userops("community", *beside, "--show", "flow", "-f", "md", "--lang", "zh")
    assert ran.code == 0, ran.err
    assert "期初成员" in ran.text
    ran = userops("community", str(tmp_path / "orders.csv"))
    assert ran.code == 2
    assert "--memberships FILE" in ran.err


def test_the_report_tells_of_groups_and_of_nobodys_words() -> None:
    said = messages(("g1", "a", f"{day(2)} 10:00")).with_columns(text=pl.lit("secret words"))
    report = api.report(BOUGHT, memberships=MEMBERS, identities=IDS, messages=said, sections="community")  # fmt: skip
    text = report.markdown
    assert "## Community" in text
    assert "Who left last, and what they had bought" in text
    assert "secret" not in text


def test_memberships_may_name_their_group_alone() -> None:
    named = MEMBERS.with_columns(group=pl.col("group_id") + " mothers")
    said = messages(("7", "a", day(11)), ("9", "x", day(11)), ("9", "x", day(12))).with_columns(
        group=pl.Series(["g1 mothers", "g2 mothers", "g2 mothers"])
    )
    alone = api.community(memberships=named.drop("group_id"), messages=said)
    both = api.community(memberships=named, messages=said.drop("group_id"))
    columns = ("active", "messages", "activity_rate")
    assert rows(alone, "groups", *columns) == rows(both, "groups", *columns) == [
        (1, 1, 1 / 3), (1, 2, 1 / 2),
    ]  # fmt: skip
    assert rows(alone, "summary", *columns) == rows(both, "summary", *columns)


def test_messages_may_name_their_group_alone() -> None:
    named = MEMBERS.with_columns(group=pl.col("group_id") + " mothers")
    said = pl.DataFrame({"group": ["g1 mothers"], "user_id": ["a"], "time": [f"{day(2)} 10:00"]})
    found = api.community(memberships=named, messages=said)
    assert rows(found, "groups", "group_id", "messages") == [("g1", 1), ("g2", None)]


def test_who_wrote_and_is_not_on_a_list_of_members_has_left() -> None:
    listed = memberships(("g", "a", day(0), None)).drop("left")
    found = api.community(memberships=listed, messages=messages(("g", "b", f"{day(2)} 10:00")))
    assert rows(found, "groups", "members_end", "active", "at_least") == [(1, 1, False)]


def test_a_file_of_groups_goes_before_rules_and_rules_before_the_owner(tmp_path: Any) -> None:
    named = MEMBERS.with_columns(
        group=pl.lit("浙江一群"), owner=pl.col("group_id").replace({"g1": "zhou", "g2": "lin"})
    )
    (tmp_path / "groups.csv").write_text("group_id,tier,owner\ng2,gold,\n", encoding="utf-8")
    given_file: dict[str, Any] = {"memberships": named, "groups_file": str(tmp_path / "groups.csv")}
    told = {}
    for by in ("tier", "owner"):
        rules = [{"match": "^(..)", "tier": "silver"}]
        found = api.community(**given_file, by=by, groups=rules, as_of=day(30))
        told[by] = rows(found, "groups", by, "groups", "members_end")
    assert told == {
        "tier": [("gold", 1, 1), ("silver", 1, 2)],
        "owner": [("lin", 1, 1), ("zhou", 1, 2)],
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from("ghi"), st.sampled_from("abcd"), st.integers(0, 60_000), st.booleans()
    ),
    min_size=1,
    max_size=30,
)


@SHORT
@given(STEPS, STEPS, st.sampled_from(["day", "week", "month"]))
def test_both_identities_hold_whoever_writes_and_however_often_a_day(
    steps: Any, wrote: Any, period: Any
) -> None:
    def moment(minutes: int) -> str:
        return (datetime(2025, 1, 1) + timedelta(minutes=minutes)).isoformat(" ")

    names = ["group_id", "user_id", "time", "action"]
    told = [(g, u, moment(at), "加入群聊" if comes else "退群") for g, u, at, comes in steps]
    log = pl.DataFrame(told, names, orient="row")
    said = messages(*((g, u, moment(at)) for g, u, at, _ in wrote))
    found = api.community(memberships=log, messages=said, period=period, as_of=day(45))
    for table in ("summary", "groups", "flow"):
        frame = found[table].frame
        end, start = frame["members_end"], frame["members_start"]
        assert (end == start + frame["joined"] - frame["left"]).all()
        assert (end == start + frame["gained"] - frame["lost"]).all()
        if "activity_rate" in frame.columns:
            assert (frame["activity_rate"].fill_null(0) <= 1).all()
