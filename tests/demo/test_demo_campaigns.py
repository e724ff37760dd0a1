"""The demo's campaigns have the effects that they were made with."""

from __future__ import annotations

import pytest

from helpers.running import SAMPLES
from userops.api import campaigns

SHOP = SAMPLES / "shop"
GIVEN = {"assignments": SHOP / "assignments.csv", "coupons": SHOP / "coupons.csv"}


@pytest.fixture(scope="module")
def by_days() -> dict[int, dict[str, dict]]:
    """Rows of those whom it was sent to, by days of the window and campaign."""
    return {
        days: {
            row["campaign"]: row
            for row in campaigns(SHOP / "orders.csv", **GIVEN, days=days)[
                "summary"
            ].frame.to_dicts()
            if row["group"] == "sent"
        }
        for days in (14, 44)
    }


def test_one_works_one_pulls_forward_one_does_nothing(by_days) -> None:
    verdicts = {name: row["verdict"] for name, row in by_days[14].items()}
    assert verdicts == {"winback": "works", "double-11": "works", "new-toys": "can't tell"}
    assert by_days[14]["winback"]["difference"] == pytest.approx(0.03, abs=0.005)
    assert by_days[14]["double-11"]["difference"] == pytest.approx(0.07, abs=0.005)
    assert by_days[14]["new-toys"]["difference"] == pytest.approx(0, abs=0.002)


def test_what_was_pulled_forward_is_missing_later(by_days) -> None:
    assert by_days[44]["double-11"]["difference"] == pytest.approx(0, abs=0.002)
    assert by_days[44]["winback"]["difference"] > 0.02


def test_groups_are_fair(by_days) -> None:
    assert all(row["srm_p"] > 0.5 for row in by_days[14].values())


def test_most_of_the_coupons_were_used_for_orders_that_would_have_come() -> None:
    found = campaigns(SHOP / "orders.csv", **GIVEN, days=44)["coupons"].frame.row(0, named=True)
    assert found["subsidised_share"] == pytest.approx(1, abs=0.1)
    assert found["claimed_roi"] > 10
    assert found["roi"] < 0
