"""What options mean together, as a run of a command says it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from helpers.running import SAMPLES, userops
from userops.inputs import days

ORDERS, EVENTS = SAMPLES / "shop" / "orders.csv", SAMPLES / "shop" / "events.csv"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("lifecycle", ORDERS, "--since", "2025-12-01"), "--since has no effect here"),
        (("lifecycle", ORDERS, "--period", "week"), "--period has no effect here"),
        (("repurchase", ORDERS, "--within", 14), "--within has no effect here"),
        (("funnel", EVENTS, "--convert", "pay"), "--convert has no effect here"),
        (("activity", EVENTS, "--period", "day", "--show", "depth"), "for --show summary"),
        (("ltv", ORDERS, "--calibration-end", "2025-06-30"), "for --show backtest"),
    ],
)
def test_options_without_effect_are_said(asked: tuple[object, ...], said: str) -> None:
    assert said in userops(*asked).err


@pytest.mark.parametrize(
    "asked",
    [
        ("lifecycle", ORDERS, "--since", "2025-12-01", "--show", "transitions"),
        ("lifecycle", ORDERS, "--period", "week", "--show", "all", "-f", "json"),
        ("repurchase", ORDERS, "--within", 14, "--show", "due"),
        ("ltv", ORDERS, "--calibration-end", "2025-06-30", "--model", "auto"),
    ],
)
def test_those_with_an_effect_arent(asked: tuple[object, ...]) -> None:
    assert "no effect" not in userops(*asked).err


def test_other_days_are_named_as_as_of_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "today", lambda timezone: date(2025, 12, 21))
    for command, table, option in (
        ("lifecycle", "transitions", "--since"),
        ("ltv", "backtest", "--calibration-end"),
    ):
        asked = (command, ORDERS, "--show", table, option)
        assert userops(*asked, "yesterday") == userops(*asked, "2025-12-20")
        refused = userops(*asked, "gestern")
        assert refused.code == 2
        assert f"{option} gestern is not a day" in refused.err


def test_one_row_is_singular(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("user_id,order_time,amount\nu1,2024-01-01,5\n")
    assert "note: 1 row read: 1 used; 2024-01-01" in userops("segment", tmp_path / "o.csv").err
