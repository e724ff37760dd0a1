"""What joining did: difference in differences of pairs, with a placebo, on planted effects."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from userops import api
from userops.core.table import Result
from userops.demo.groups import EFFECT

SHOP = Path(__file__).parents[2] / "sample_data" / "shop"
JOINED = date(2025, 1, 1)
# Days from joining, and what is bought then: of whoever joins, and of whoever doesn't.
BOUGHT = {-300: 1, -150: 50, -10: 50, 0: 999, 10: 80}
NOT = {-300: 1, -150: 20, -10: 20, 0: 3, 10: 20, 200: 1}


def community(
    joiners: int,
    bought: dict[int, int],
    others: int = 150,
    more: dict[int, int] | None = None,
    strangers: int = 0,
) -> Result:
    """A shop where some join on one day, and others never; each kind buys alike."""
    kinds = [("j", joiners, bought), ("o", others, more or NOT)]
    orders = [
        (f"{kind}{n}", (JOINED + timedelta(at)).isoformat(), str(amount + n % 3))
        for kind, count, days in kinds
        for n in range(count)
        for at, amount in days.items()
    ]
    ids = [f"j{n}" for n in range(joiners)] + [f"x{n}" for n in range(strangers)]
    stays = pl.DataFrame({"group_id": "g", "user_id": ids, "joined": JOINED, "left": None})
    frame = pl.DataFrame(orders, ["user_id", "order_time", "amount"], orient="row")
    return api.community(frame, memberships=stays)


def row(result: Result) -> dict[str, Any]:
    return result["lift"].frame.row(0, named=True)


def test_the_joining_day_and_its_orders_are_left_out() -> None:
    found = row(community(120, BOUGHT))
    assert (found["joiners"], found["pairs"], found["evidence"]) == (120, 120, "matched")
    assert found["difference"] == pytest.approx(3000, abs=1e-9)
    assert found["difference_low"] == pytest.approx(3000)
    assert found["placebo"] == pytest.approx(0, abs=1e-9)
    assert found["naive"] == pytest.approx(6000, abs=20)  # (80 - 20) yuan: level and effect
    assert found["orders_difference"] == 0
    assert found["verdict"] == "more"


def test_under_a_hundred_pairs_nothing_is_estimated() -> None:
    for joiners, others in ((99, 150), (150, 99)):
        found = row(community(joiners, BOUGHT, others))
        assert found["pairs"] == 99
        assert {found[name] for name in ("difference", "placebo", "evidence")} == {None}
        assert found["verdict"] == "too few"
        assert found["naive"] is not None


def test_withheld_where_the_groups_differed_before() -> None:
    found = row(community(120, {**BOUGHT, -150: 1}))
    assert found["placebo_low"] > 0
    assert found["difference"] is None
    assert found["difference_low"] is None
    assert found["verdict"] == "differed before"


def test_without_earlier_orders_there_is_no_placebo_and_that_is_said() -> None:
    short = [{at: what for at, what in kind.items() if at > -150} | {-100: 1} for kind in (BOUGHT, NOT)]  # fmt: skip
    result = community(120, short[0], more=short[1])
    assert row(result)["placebo"] is None
    assert row(result)["difference"] == pytest.approx(3000, abs=1e-9)
    assert any("placebo" in note for note in result["lift"].notes)


def test_who_is_not_matched_is_counted_and_may_be_among_the_others() -> None:
    result = community(120, BOUGHT, strangers=30)
    found = row(result)
    assert (found["people"], found["matched"], found["coverage"]) == (150, 120, 0.8)
    assert any("up to so many of the 150 users taken" in note for note in result["lift"].notes)
    assert row(community(120, BOUGHT))["coverage"] == 1


def test_whoever_became_a_customer_after_joining_is_compared_with_nobody() -> None:
    fresh = {at: amount for at, amount in BOUGHT.items() if at > 0} | {200: 1}
    assert row(community(120, fresh, more=fresh | {-300: 1}))["joiners"] == 0


def test_only_windows_that_are_over_count() -> None:
    late = {at: what for at, what in BOUGHT.items() if at <= 80}
    others = {at: what for at, what in NOT.items() if at <= 80}
    assert row(community(120, late, more=others))["joiners"] == 0


def test_the_demo_holds_a_small_effect_beside_a_large_selection() -> None:
    given: dict[str, Any] = {
        name: str(SHOP / f"{name}.csv") for name in ("memberships", "messages", "identities")
    }
    found = api.community(str(SHOP / "orders.csv"), **given)
    lift = row(found)
    assert lift["naive"] > 5 * EFFECT
    assert lift["difference_low"] <= EFFECT <= lift["difference_high"]
    assert lift["placebo_low"] <= 0 <= lift["placebo_high"]
    groups = found["groups"].frame
    assert len(groups) == 25
    assert groups.filter(pl.col("group") == "亲子运动群")["members_end"].item() == 0
    flow = found["flow"].frame
    assert flow.filter(pl.col("group") == "山西妈妈群")["founding"].sum() == 12
    for table in (flow, groups, found["summary"].frame):
        end, start = table["members_end"], table["members_start"]
        assert (end == start + table["joined"] - table["left"]).all()
        assert (end == start + table["gained"] - table["lost"]).all()
    assert flow["rejoined"].sum() > 20
    assert found["members"].frame["responders"].sum() > 100
    with_users = api.community(
        str(SHOP / "orders.csv"), **given, users=str(SHOP / "users.csv"), as_of="2025-12-31"
    )
    lift = row(with_users)
    assert lift["difference_low"] <= EFFECT <= lift["difference_high"]
