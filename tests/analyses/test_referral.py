"""`userops referral`, held to its definitions in loops over random shops, and to published figures."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from statistics import mean, median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.referral_by_hand import (
    Expected,
    Shop,
    shop,
)
from analyses.referral_shops import (
    RULES,
    SHAPES,
    Case,
    Row,
    by,
    case_of,
    rows,
    told,
)
from userops.analyses.referral.forest import NOBODY, forest
from userops.stats.intervals import wilson


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(request.param)


# Every table against loops


def test_leaders(case: Case) -> None:
    _, expected, result = case
    found = by(result, "leaders", "leader_id")
    assert found.keys() == expected.leaders.keys()
    for leader, figures in expected.leaders.items():
        row = found[leader]
        for name, value in figures.items():
            assert row[name] == value, (leader, name)
        if seen := figures["observed"]:
            assert row["effective_rate"] == figures["observed_effective"] / seen
            assert (row["low"], row["high"]) == pytest.approx(
                wilson(figures["observed_effective"], seen)
            )
        else:
            assert row["effective_rate"] is row["low"] is row["high"] is None
    ordered = [
        (-row["effective"], -row["gmv"], row["leader_id"]) for row in rows(result, "leaders")
    ]
    assert ordered == sorted(ordered)


def test_groups(case: Case) -> None:
    one, expected, result = case
    listed = {row["leader_id"]: row["group_id"] for row in one.leaders}
    users = {row["user_id"]: row["group_id"] for row in one.users}
    groups: dict[str | None, list[Row]] = defaultdict(list)
    for leader, figures in expected.leaders.items():
        groups[listed.get(leader) or users.get(leader) or None].append(figures)
    found = by(result, "groups", "group_id")
    assert found.keys() == groups.keys()
    for group, leaders in groups.items():
        row = found[group]
        assert row["leaders"] == len(leaders)
        assert row["inviting"] == sum(one["invited"] > 0 for one in leaders)
        for name in ("invited", "registered", "effective", "orders", "gmv", "observed"):
            assert row[name] == sum(one[name] for one in leaders)
        assert row["effective_per_leader"] == mean(one["effective"] for one in leaders)
    ids = [row["group_id"] for row in rows(result, "groups")]
    assert ids == sorted(ids, key=lambda one: (one is None, one or ""))


def test_users(case: Case) -> None:
    _, expected, result = case
    found = rows(result, "users")
    assert [row["user_id"] for row in found] == sorted(expected.outcomes)
    names = (
        "inviter_id", "source", "invited", "registered", "first_order", "days_to_first_order",
        "effective", "orders", "revenue",
    )  # fmt: skip
    for row in found:
        outcome = expected.outcomes[row["user_id"]]
        assert {name: row[name] for name in names} == {name: outcome[name] for name in names}
        assert row["level"] == expected.level(row["user_id"])


def test_tree(case: Case) -> None:
    _, expected, result = case
    found = rows(result, "tree")
    everybody = {*expected.named, *expected.named.values()}
    assert {row["user_id"] for row in found} == everybody
    below = Counter(
        above for user in everybody for above in everybody if _is_above(expected, above, user)
    )
    invited = Counter(edge[0] for edge in expected.edges.values())
    for row in found:
        user = row["user_id"]
        assert row["inviter_id"] == expected.named.get(user)
        assert (row["root_id"], row["level"]) == (expected.root(user), expected.level(user))
        assert (row["invited"], row["below"]) == (invited[user], below[user])
        cut = "self" if user in expected.selves else "circle" if user in expected.cut else None
        assert row["cut"] == cut
    places = [(row["root_id"], row["level"], row["user_id"]) for row in found]
    assert places == sorted(places)


def _is_above(expected: Expected, above: str, user: str) -> bool:
    while user in expected.edges:
        user = expected.edges[user][0]
        if user == above:
            return True
    return False


def test_summary(case: Case) -> None:
    one, expected, result = case
    found = by(result, "summary", "cohort")
    assert next(iter(found)) == "all"
    joined = {row["user_id"]: row["registered_at"].date() for row in one.users}
    joined |= {row["leader_id"]: row["since"] for row in one.leaders}
    for cohort, row in found.items():
        leaders = [
            figures
            for leader, figures in expected.leaders.items()
            if cohort == "all" or (leader in joined and f"{joined[leader]:%Y-%m}" == cohort)
        ]
        assert row["leaders"] == len(leaders)
        for name in ("invited", "registered", "effective", "orders", "gmv"):
            assert row[name] == sum(one[name] for one in leaders)
        effective = sorted((one["effective"] for one in leaders), reverse=True)
        if effective:
            assert row["mean_effective"] == pytest.approx(mean(effective))
            assert row["median_effective"] == median(effective)
        if sum(effective):
            least = effective[math.ceil(len(effective) / 10) - 1]
            best = sum(one for one in effective if one >= least)
            assert row["best_tenth_share"] == best / sum(effective)
        cohort_users, invitations = _k(expected, cohort)
        assert (row["cohort_users"] or 0, row["cohort_invitations"] or 0) == (
            cohort_users, invitations,
        )  # fmt: skip
        assert row["k"] == (invitations / cohort_users if cohort_users else None)


def _k(expected: Expected, cohort: str, days: int = 30) -> tuple[int, int]:
    observed = {
        user: row["registered_at"].date()
        for user, row in expected.users.items()
        if expected.first <= row["registered_at"].date() <= expected.as_of - timedelta(days)
        and cohort in ("all", f"{row['registered_at']:%Y-%m}")
    }
    came = [
        one
        for one in expected.outcomes.values()
        if one["effective"]
        and (start := observed.get(one["inviter_id"]))
        and one["invited"] >= start
        and one["first_order"] <= start + timedelta(days)
    ]
    return len(observed), len(came)


# Published and binding figures


def test_a_hundred_users_who_bring_a_hundred_have_k_one() -> None:
    """100 users x 5 invitations, of which 100 joined: K 1."""
    users = [
        {"user_id": f"a{n}", "registered_at": datetime(2025, 1, 1), "inviter_id": ""}
        for n in range(100)
    ] + [
        {"user_id": f"b{n}", "registered_at": datetime(2025, 1, 20), "inviter_id": f"a{n % 20}"}
        for n in range(100)
    ]
    orders = [
        {"order_id": n, "user_id": f"b{n}", "paid_at": datetime(2025, 1, 25), "amount": 100,
         "refund_amount": 0, "status": "paid"}
        for n in range(100)
    ]  # fmt: skip
    orders.append(orders[0] | {"order_id": "o", "user_id": "o", "paid_at": datetime(2025, 1, 1)})
    result = told(Shop(users, orders), as_of="2025-02-10")
    row = by(result, "summary", "cohort")["all"]
    assert (row["cohort_users"], row["cohort_invitations"], row["k"]) == (100, 100, 1.0)
    assert any("K of 2025-01 is 1.00" in note for note in result["summary"].notes)
    later = by(told(Shop(users, orders), as_of="2025-03-10"), "summary", "cohort")["all"]
    assert (later["cohort_users"], later["k"]) == (200, 0.5)


def test_who_came_before_the_orders_begin_is_in_no_rate() -> None:
    """The export begins on 2025-03-01: whether earlier users ordered in time, nothing tells."""
    users = [
        {"user_id": f"{when}{n}", "registered_at": registered, "inviter_id": "a0" if n else ""}
        for when, registered in (("a", datetime(2025, 1, 1)), ("b", datetime(2025, 3, 2)))
        for n in range(10)
    ]
    orders = [
        {"order_id": user, "user_id": user, "paid_at": datetime(2025, 3, day), "amount": 100,
         "refund_amount": 0, "status": "paid"}
        for user, day in (("z", 1), ("b1", 3))
    ]  # fmt: skip
    result = told(Shop(users, orders))
    (leader,) = rows(result, "leaders")
    assert (leader["invited"], leader["observed"], leader["effective_rate"]) == (18, 9, 1 / 9)
    assert by(result, "summary", "cohort")["all"]["cohort_users"] == 10
    first = by(result, "compared", "measure")["first_order_rate"]
    assert (first["referred_users"], first["other_users"]) == (9, 1)
    assert any("9 users invited before aren't" in note for note in result["leaders"].notes)


def test_leaders_with_nobody_count_as_zeros() -> None:
    """Ten leaders a group, 3.5 effective each: 35 by seven of them."""
    leaders = [
        {"leader_id": f"l{n}", "group_id": "g", "since": date(2025, 1, 1)} for n in range(10)
    ]
    users = [
        {"user_id": f"u{n}", "registered_at": datetime(2025, 1, 5), "inviter_id": f"l{n % 7}"}
        for n in range(35)
    ]
    orders = [
        {"order_id": n, "user_id": f"u{n}", "paid_at": datetime(2025, 1, 9), "amount": 100,
         "refund_amount": 0, "status": "paid"}
        for n in range(35)
    ]  # fmt: skip
    result = told(Shop(users, orders, leaders), as_of="2025-03-01")
    (group,) = rows(result, "groups")
    assert (group["leaders"], group["inviting"], group["effective_per_leader"]) == (10, 7, 3.5)
    total = rows(result, "summary")[0]
    assert (total["mean_effective"], total["median_effective"]) == (3.5, 5)


# What holds for any data


@pytest.mark.parametrize("seed", [1, 4])
def test_time_travel(seed: int) -> None:
    """`--as-of D` equals the exports cut at D; refunds have no day of their own."""
    one = shop(seed, on_orders=seed == 4, commission=seed == 4, listed=True)
    for day in (date(2025, 2, 25), date(2025, 4, 1)):
        then, cut = (told(data, as_of=day, rules=RULES) for data in (one, one.until(day)))
        for table in then.names:
            assert then[table].frame.equals(cut[table].frame), table


def test_the_order_of_rows_never_matters(case: Case) -> None:
    one, _, result = case
    again = told(one.shuffled(5))
    for table in result.names:
        assert again[table].frame.equals(result[table].frame), table


def test_the_strict_way_says_the_same(case: Case) -> None:
    """An order that stands twice sends the export that way."""
    one, _, result = case
    void = {**one.orders[0], "status": "cancelled", "order_id": "void"}
    strict = told(Shop(one.users, [*one.orders, void, void], one.leaders))
    for table in result.names:
        assert strict[table].frame.equals(result[table].frame), table


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_trees_are_what_walking_finds(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    choose = [st.sampled_from([NOBODY, *(set(range(count)) - {n})]) for n in range(count)]
    parent = [data.draw(one) for one in choose]
    when = [data.draw(st.integers(0, 3)) for _ in range(count)]
    found = forest(np.array(parent), np.array(when))
    for user in range(count):
        walked, at = [user], parent[user]
        while at != NOBODY and at not in walked:
            walked.append(at)
            at = parent[at]
        assert found.circle[user] == (min(walked) if at == user else NOBODY)
        closes = at == user and when[user] == max(when[one] for one in walked)
        assert found.parent[user] == (NOBODY if closes else parent[user])
    assert not (
        np.bincount(found.parent[found.parent != NOBODY], minlength=count) > found.below
    ).any()
    for user in range(count):
        level, at = 0, user
        while found.parent[at] != NOBODY:
            level, at = level + 1, found.parent[at]
        assert (found.level[user], found.root[user]) == (level, at)


def test_a_chain_of_a_hundred_thousand_is_no_matter() -> None:
    count = 100_000
    chain = forest(np.arange(-1, count - 1), np.zeros(count, np.int64))
    assert chain.level[-1] == chain.below[0] == count - 1
    ring = forest(np.roll(np.arange(count), 1), np.arange(count))
    assert ring.level.max() == count - 1
    assert (ring.circle == 0).all()
