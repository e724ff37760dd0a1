"""The invited beside others in `userops referral`, held to loops."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, timedelta
from statistics import mean
from typing import Any

import pytest

from analyses.referral_by_hand import (
    net,
)
from analyses.referral_shops import (
    AS_OF,
    SHAPES,
    Case,
    by,
    case_of,
)


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(request.param)


# Compared


def test_compared(case: Case) -> None:
    _, expected, result = case
    found = by(result, "compared", "measure")
    days: dict[str, list[date]] = defaultdict(list)
    for order in expected.valid:
        days[order["user_id"]].append(order["paid_at"].date())
    units: dict[str, dict[tuple[Any, ...], tuple[list[int], list[int]]]] = {
        name: defaultdict(lambda: ([], [])) for name in found
    }

    def add(measure: str, referred: bool, stratum: tuple[Any, ...], value: int) -> None:
        units[measure][stratum][not referred].append(value)

    for user, row in expected.users.items():
        joined, edge = row["registered_at"].date(), expected.edges.get(user)
        first = min(days[user], default=None)
        by_order = edge is not None and edge[2] == "orders"
        earlier = first is not None and first < joined
        if expected.first <= joined <= AS_OF - timedelta(30) and not by_order and not earlier:
            soon = first is not None and first <= joined + timedelta(30)
            add("first_order_rate", edge is not None, (f"{joined:%Y-%m}",), int(soon))
    for user in [one for one, dates in days.items() if dates]:
        first, edge = min(days[user]), expected.edges.get(user)
        if edge and edge[1] > first:
            continue
        joined = expected.users[user]["registered_at"].date() if user in expected.users else first
        mine = [order for order in expected.valid if order["user_id"] == user]
        start = min(order["paid_at"] for order in mine)
        category = min(order["category"] for order in mine if order["paid_at"] == start)
        stratum = (f"{joined:%Y-%m}", category)
        if first + timedelta(30) <= AS_OF:
            again = any(first < one <= first + timedelta(30) for one in days[user])
            add("repurchase_30", edge is not None, stratum, int(again))
        if first + timedelta(90) <= AS_OF:
            worth = sum(net(one) for one in mine if one["paid_at"].date() <= first + timedelta(90))
            add("ltv", edge is not None, stratum, worth)
    for measure, strata in units.items():
        row, unit = found[measure], 100 if measure == "ltv" else 1
        both = [(mine, others) for mine, others in strata.values() if mine and others]
        referred = sum(len(mine) for mine, _ in strata.values())
        matched = sum(len(mine) for mine, _ in both)
        assert (row["referred_users"], row["matched"]) == (referred, matched), measure
        if not matched:
            continue
        one = sum(sum(mine) for mine, _ in both) / matched
        other = sum(len(mine) * mean(others) for mine, others in both) / matched
        assert row["referred"] == pytest.approx(one / unit)
        assert row["others"] == pytest.approx(other / unit)
        assert row["difference"] == pytest.approx((one - other) / unit)
        if any(all(len(pair[at]) == 1 for pair in both) for at in (0, 1)):
            assert row["low"] is row["high"] is None
            continue
        spread = [
            sum(
                (value - mean(group)) ** 2
                for pair in both
                for group in [pair[at]]
                for value in group
            )
            / sum(len(pair[at]) - 1 for pair in both)
            for at in (0, 1)
        ]
        error = math.sqrt(
            spread[0] / matched
            + spread[1] * sum(len(mine) ** 2 / len(others) for mine, others in both) / matched**2
        )
        assert row["high"] - row["low"] == pytest.approx(2 * 1.959964 * error / unit, rel=1e-5)
        assert row["evidence"] == "matched"
