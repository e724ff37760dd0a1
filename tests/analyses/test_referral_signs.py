"""Signs of `userops referral`, held to loops and to published tails."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime

import polars as pl
import pytest

from analyses.referral_by_hand import (
    Expected,
    Pay,
    Shop,
    adjusted,
    binomial_beyond,
    net,
    poisson_beyond,
)
from analyses.referral_shops import (
    AS_OF,
    SHAPES,
    Case,
    Row,
    case_of,
    one_order,
    rows,
    told,
)
from userops.analyses.referral import contacts
from userops.core.table import Result


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(request.param)


# Signs


def folded(kind: str, text: str) -> str | None:
    frame = pl.DataFrame({kind: [text]})
    value: str | None = frame.select(contacts.folded(kind)).item()
    return value


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "+86 138-0013-8000", "13800138000"),
        ("phone", "0086 13800138000", "138 0013 8000"),
        ("email", "A.nna+shop@Gmail.com", "anna@googlemail.com"),
        ("email", "anna@example.com", " ANNA@example.com"),
        ("device", "ABC-1", "abc-1"),
        ("address", "1 Main St., Springfield", "1 main st springfield"),
    ],
)
def test_two_spellings_of_one_contact_are_equal(kind: str, one: str, other: str) -> None:
    assert folded(kind, one) == folded(kind, other) is not None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", "138****8000"), ("phone", "110"), ("email", "a***@x.com"), ("email", "nobody"),
        ("device", "00000000-0000-0000"), ("address", "Springfield"), ("address", "广东"),
    ],
)  # fmt: skip
def test_what_tells_nobody_apart_is_nothing(kind: str, text: str) -> None:
    assert folded(kind, text) is None


def found_signs(result: Result, sign: str) -> dict[str, Row]:
    return {row["leader_id"]: row for row in rows(result, "signs") if row["sign"] == sign}


def test_signs_of_single_users(case: Case) -> None:
    """`self`, `already_customer` and `ring`, with commission at risk."""
    one, expected, result = case
    pairs = [(row["inviter_id"], user) for user, row in expected.outcomes.items()]
    contact = {
        user: {kind: folded(kind, row[kind] or "-") for kind in contacts.KINDS}
        for user, row in expected.users.items()
    }
    selves: dict[str, set[str]] = defaultdict(set)
    for user in expected.selves:
        selves[user].add(user)
    for leader, row in expected.owned:
        if leader == row["user_id"]:
            selves[leader].add(leader)
    for leader, user in pairs:
        mine, theirs = contact.get(user), contact.get(leader)
        if mine and theirs and any(mine[kind] and mine[kind] == theirs[kind] for kind in mine):
            selves[leader].add(user)
    already: dict[str, set[str]] = defaultdict(set)
    for leader, user in pairs:
        if expected.outcomes[user]["before"]:
            already[leader].add(user)
    rings = {user: set(ring) for user, ring in expected.circle.items()}
    paid = expected.paid(Pay())
    exported = "commission" in one.orders[0]
    for sign, named in (("self", selves), ("already_customer", already), ("ring", rings)):
        found = found_signs(result, sign)
        assert found.keys() == named.keys(), sign
        for leader, users in named.items():
            assert found[leader]["users"] == len(users)
            risk = sum(paid[leader, user] for user in users) if exported else None
            assert found[leader]["at_risk"] == risk, (sign, leader)


def test_signs_of_sharing(case: Case) -> None:
    _, expected, result = case
    named: dict[str, set[str]] = defaultdict(set)
    for kind in ("device", "address", "phone"):
        groups: dict[tuple[str, str], set[str]] = defaultdict(set)
        for user, row in expected.outcomes.items():
            text = expected.users.get(user, {}).get(kind)
            value = folded(kind, text) if text else None
            if value and kind == "phone":
                value = value[:-4]
            if value:
                groups[row["inviter_id"], value].add(user)
        for (leader, _), users in groups.items():
            if len(users) > 3:
                named[leader] |= users
    found = found_signs(result, "shared")
    assert {leader: row["users"] for leader, row in found.items()} == {
        leader: len(users) for leader, users in named.items()
    }


def test_signs_of_a_burst(case: Case) -> None:
    one, expected, result = case
    joined = {row["user_id"]: row["registered_at"].date() for row in one.users}
    joined |= {row["leader_id"]: row["since"] for row in one.leaders}
    days: dict[str, Counter[date]] = defaultdict(Counter)
    for row in expected.outcomes.values():
        days[row["inviter_id"]][row["invited"]] += 1
    lengths = {
        leader: (AS_OF - min(*counts, joined.get(leader, AS_OF))).days + 1
        for leader, counts in days.items()
    }
    overall = sum(map(Counter.total, days.values())) / sum(lengths.values())
    named: Counter[str] = Counter()
    for leader, counts in days.items():
        rate = max(counts.total() / lengths[leader], overall)
        for count in counts.values():
            if 1 - (1 - poisson_beyond(count, rate)) ** lengths[leader] < 0.001:
                named[leader] += count
    found = found_signs(result, "burst")
    assert {leader: row["users"] for leader, row in found.items()} == dict(named)
    assert "u03" in found or "leader_id" in one.orders[0]


@pytest.mark.parametrize("sign", ["refunded", "silent", "minimum"])
def test_signs_by_the_binomial(sign: str) -> None:
    result = told(crooked(), minimum=20, events=seen())
    expected = Expected(crooked(), AS_OF)
    tried: dict[str, list[bool]] = defaultdict(list)
    if sign == "refunded":
        for leader, _ in expected.owned:
            tried[leader].append(False)
        for leader, _ in expected.owned_back:
            tried[leader].append(True)
    for user, row in expected.outcomes.items():
        mine = [net(order) for leader, order in expected.owned if order["user_id"] == user]
        if sign == "silent":
            back = any(order["user_id"] == user for _, order in expected.owned_back)
            tried[row["inviter_id"]].append(not mine and not back and user not in SEEN_LATER)
        elif sign == "minimum" and mine:
            tried[row["inviter_id"]].append(len(mine) == 1 and 2000 <= mine[0] <= 2200)
    leaders = sorted(tried)
    share = sum(sum(hits) for hits in tried.values()) / sum(map(len, tried.values()))
    chances = [binomial_beyond(sum(tried[one]), len(tried[one]), share) for one in leaders]
    named = {
        leader
        for leader, p in zip(leaders, adjusted(chances), strict=True)
        if p < 0.05 and sum(tried[leader])
    }
    assert named == {{"refunded": "l1", "silent": "l2", "minimum": "l3"}[sign]}
    found = found_signs(result, sign)
    assert found.keys() == named
    if sign != "refunded":
        assert next(iter(found.values()))["users"] == sum(tried[next(iter(named))])


SEEN_LATER = {"u2_0", "u0_1"}


def seen() -> pl.DataFrame:
    """Events: everybody on the day of registering, two later."""
    rows = [("u9", "2025-01-01 00:00:00", "browse")]
    rows += [(user, "2025-03-05 10:00:00", "browse") for user in sorted(SEEN_LATER)]
    return pl.DataFrame(rows, schema=["user_id", "event_time", "event"], orient="row")


def crooked() -> Shop:
    """Six leaders of twenty users: l1's give back, l2's never come, l3's order for the least that counts."""
    users, orders = [], []
    for leader in range(6):
        for n in range(20):
            user = f"u{leader}_{n}"
            users.append(
                {
                    "user_id": user,
                    "registered_at": datetime(2025, 1, 2 + n),
                    "inviter_id": f"l{leader}",
                }
            )
            if (leader == 2 and n < 15) or n == 19:
                continue
            minimal = leader == 3 and n < 14
            orders += [
                {
                    "order_id": f"{user}-{part}", "user_id": user,
                    "paid_at": datetime(2025, 2, 1 + part), "amount": 2100 if minimal else 5000 + n,
                    "refund_amount": 0,
                    "status": "refunded" if leader == 1 and n < 9 else "paid",
                }
                for part in range(1 if minimal else 2)
            ]  # fmt: skip
    orders.append(orders[0] | {"order_id": "o", "user_id": "o", "paid_at": datetime(2025, 1, 1)})
    return Shop(users, orders)


def test_a_leader_of_the_list_is_known_by_its_phone() -> None:
    one = one_order(1000)
    one.users[1] |= {"inviter_id": "l", "phone": "13800138000"}
    one.leaders.append({"leader_id": "l", "since": date(2025, 1, 1), "phone": "+86 138 0013 8000"})
    result = told(one)
    (row,) = rows(result, "signs")
    assert (row["leader_id"], row["sign"], row["users"]) == ("l", "self", 1)
    assert "138" not in row["evidence"]
