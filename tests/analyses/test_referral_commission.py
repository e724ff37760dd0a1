"""Commission of `userops referral`, held to fractions added up in loops."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest

from analyses.referral_by_hand import (
    Expected,
    Pay,
    net,
    shop,
)
from analyses.referral_shops import (
    AS_OF,
    RULES,
    STEPS,
    by,
    one_order,
    rows,
    told,
)
from userops.core.errors import UsageError
from userops.core.table import Result

# Commission


@pytest.mark.parametrize("marginal", [False, True])
@pytest.mark.parametrize("basis", ["order", "month"])
def test_commission_by_steps(basis: str, marginal: bool) -> None:
    one = shop(2, listed=True)
    expected = Expected(one, AS_OF)
    pay = Pay(STEPS, basis == "month", marginal)
    result = told(one, rules=RULES, basis=basis, marginal=marginal, reward=5, second_rate=0.01)
    _check_money(expected, pay, result, reward=500, second=Fraction(1, 100))


def test_commission_of_the_export() -> None:
    for seed in (3, 4):
        one = shop(seed, on_orders=True, commission=True)
        _check_money(Expected(one, AS_OF), Pay(), told(one, rules=RULES), reward=0)


def _check_money(
    expected: Expected, pay: Pay, result: Result, reward: int, second: Fraction = Fraction(0)
) -> None:
    kept, whole = (expected.paid(pay, with_back=back) for back in (False, True))
    levels = [_second(expected, second, back=back) for back in (False, True)]
    for leader, row in by(result, "leaders", "leader_id").items():
        due, with_back = (
            sum(value for (one, _), value in paid.items() if one == leader) + more[leader]
            for paid, more in zip((kept, whole), levels, strict=True)
        )
        assert row["commission"] == due, leader
        assert row["to_recover"] == with_back - due
        assert row["reward"] == reward * row["effective"]
        cost = due + row["reward"]
        assert row["cost"] == cost
        assert row["roas"] == (row["gmv"] / cost if cost > 0 else None)
        effective = row["effective"]
        assert row["cost_per_effective"] == (cost / effective if effective else None)
    for row in rows(result, "users"):
        assert row["commission"] == kept[row["inviter_id"], row["user_id"]]
    total = by(result, "summary", "cohort")["all"]
    leaders = rows(result, "leaders")
    for name in ("commission", "to_recover", "reward", "cost", "gmv", "orders"):
        assert total[name] == sum(row[name] for row in leaders)
        assert total[name] == sum(row[name] for row in rows(result, "groups"))


def _second(expected: Expected, rate: Fraction, *, back: bool) -> Counter[str]:
    earned: Counter[str] = Counter()
    orders = [(leader, row, net(row)) for leader, row in expected.owned]
    if back:
        orders += [(leader, row, row["amount"]) for leader, row in expected.owned_back]
    for leader, row, amount in orders:
        if leader in expected.edges and leader != row["user_id"]:
            part = max(amount, 0) * rate
            earned[expected.edges[leader][0]] += math.floor(part + Fraction(1, 2))
    return earned


def test_a_step_says_what_it_earns() -> None:
    """From 100: 5 %; from 1,000: 8 % and 10: of 1,500.00 whole 130.00, marginal 95.00."""
    steps = [{"from": 100, "rate": "5%"}, {"from": 1000, "rate": "8%", "flat": 10}]
    for marginal, commission in ((False, 13_000), (True, 9_500)):
        result = told(one_order(150_000), rules=steps, marginal=marginal)
        assert rows(result, "leaders")[0]["commission"] == commission
    assert rows(told(one_order(99_99), rules=steps), "leaders")[0]["commission"] == 0


def test_without_anything_that_says_it_commission_is_empty() -> None:
    result = told(one_order(1000))
    row = rows(result, "leaders")[0]
    assert [row[name] for name in ("commission", "to_recover", "cost", "roas")] == [None] * 4
    assert any("nothing says what leaders are paid" in note for note in result["leaders"].notes)


def test_two_steps_from_one_amount_are_an_error() -> None:
    with pytest.raises(UsageError, match="two steps from 5"):
        told(one_order(1000), rules=[{"from": 5, "rate": 0.1}, {"from": 5, "rate": 0.2}])
