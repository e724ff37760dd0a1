"""Points by rules, from the exports to the tables: rules at their edges, expiry, what points cost."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from analyses.points_shops import BOUGHT, ONE, SPEND, orders, rows, summary
from userops import api
from userops.core.errors import UsageError


def events(*rows: tuple[str, str, str, object]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"user_id": user, "event_time": when, "event": event, "duration_s": str(seconds)}
            for user, when, event, seconds in rows
        ]
    )


@pytest.mark.parametrize(("seconds", "earned"), [(40, 0), (41, 10), (40.5, 10)])
def test_browsing_over_40_seconds(seconds: float, earned: int) -> None:
    rule = {"event": "browse", "over": 40, "each": "day", "points": 10}
    result = api.points(
        ONE, events=events(("a", "2025-01-01 09:00:00", "browse", seconds)), rules=[rule]
    )
    assert summary(result)["earned"] == earned


def test_browsing_counts_once_a_day() -> None:
    rule = {"event": "browse", "over": 40, "each": "day", "points": 10}
    seen = [
        ("a", f"2025-01-0{day} 0{hour}:00:00", "browse", 50) for day in (1, 2) for hour in (1, 2, 3)
    ]
    result = api.points(ONE, events=events(*seen), rules=[rule], as_of="2025-01-02")
    assert summary(result)["earned"] == 20


@pytest.mark.parametrize(("count", "earned"), [(3, 0), (4, 10), (9, 10)])
def test_more_than_three_orders_in_a_day(count: int, earned: int) -> None:
    rule = {"event": "order", "over": 3, "each": "day", "points": 10}
    bought = [("a", f"2025-01-01 1{hour}:00:00", 5) for hour in range(count)]
    result = api.points(orders(*bought), rules=[rule])
    assert summary(result)["earned"] == earned
    assert [row["entries"] for row in rows(result, "rules")] == [earned // 10]


def test_an_order_given_back_in_full_is_none_of_them() -> None:
    rule = {"event": "order", "over": 3, "each": "day", "points": 10}
    bought = [("a", f"2025-01-01 1{hour}:00:00", 5, 5 if hour == 2 else 0) for hour in range(4)]
    assert summary(api.points(orders(*bought), rules=[rule]))["earned"] == 0


def test_sharing() -> None:
    shared = [("a", f"2025-01-01 0{hour}:00:00", "Share", "") for hour in range(7)]
    rule = {"event": "share", "points": 1, "cap_day": 5}
    result = api.points(ONE, events=events(*shared), rules=[rule])
    assert rows(result, "rules")[0] | {"users": 1} == {
        "rule": "share", "event": "share", "entries": 5, "users": 1, "earned": 5, "reversed": 0,
        "cut": 2,
    }  # fmt: skip


def test_points_for_money_are_floored_an_order() -> None:
    bought = orders(("a", "2025-01-01 10:00:00", "399.99"), ("a", "2025-01-02 10:00:00", "0.99"))
    assert summary(api.points(bought, rules=[SPEND]))["earned"] == 399


def test_half_of_an_order_given_back() -> None:
    rule = {"event": "order", "per": 5}
    row = summary(api.points(orders(("a", "2025-01-01 10:00:00", 300, 150)), rules=[rule]))
    assert (row["earned"], row["reversed"], row["outstanding"]) == (60, 30, 30)


def test_a_refund_that_is_a_row_takes_back_on_its_own_day() -> None:
    bought = pl.DataFrame(
        {
            "order_id": ["1", "1"],
            "user_id": ["a", "a"],
            "paid_at": ["2025-01-01 10:00:00", "2025-02-01 10:00:00"],
            "amount": ["300", "-150"],
        }
    )
    rule = {"event": "order", "per": 5}
    before = summary(api.points(bought, rules=[rule], as_of="2025-01-31"))
    after = summary(api.points(bought, rules=[rule]))
    assert (before["earned"], before["reversed"]) == (60, 0)
    assert (after["earned"], after["reversed"]) == (60, 30)


def test_caps_and_conditions() -> None:
    bought = orders(*[("a", f"2025-01-0{day} 10:00:00", 80) for day in (1, 2, 3)])
    capped = {"event": "order", "per": 1, "cap_day": 50, "cap_user": 120}
    row = rows(api.points(bought, rules=[capped]), "rules")[0]
    assert (row["earned"], row["cut"]) == (120, 120)
    dear = {"event": "order", "points": 7, "when": "amount > 80"}
    assert summary(api.points(bought, rules=[dear]))["earned"] == 0
    assert summary(api.points(bought, rules=[dear | {"when": "amount >= 80"}]))["earned"] == 21


def test_registering_is_told_by_the_users_export() -> None:
    people = pl.DataFrame(
        {"user_id": ["a", "b"], "registered_time": ["2025-01-01 08:00:00", "2025-01-01 09:00:00"]}
    )
    result = api.points(ONE, users=people, rules=[{"event": "register", "points": 100}])
    assert [row["earned"] for row in rows(result, "balances")] == [100, 100]


@pytest.mark.parametrize(
    ("as_of", "expired", "outstanding"),
    [("2021-07-31", 0, 100), ("2021-08-01", 100, 0)],
)
def test_to_the_end_of_the_month(as_of: str, expired: int, outstanding: int) -> None:
    bought = orders(("a", "2020-07-06 10:00:00", 100))
    result = api.points(bought, rules=[SPEND], valid="12 months", round="month", as_of=as_of)
    row = summary(result)
    assert (row["expired"], row["outstanding"]) == (expired, outstanding)


def test_what_expires_soon() -> None:
    bought = orders(("a", "2025-01-31 10:00:00", 100), ("b", "2025-02-10 10:00:00", 5))
    result = api.points(
        bought, rules=[SPEND], valid="1 month", as_of="2025-02-20", within=10, point_cost=0.01
    )
    assert rows(result, "expiring") == [
        {
            "user_id": "a",
            "last_day": date(2025, 2, 28),
            "days_left": 8,
            "points": 100,
            "balance": 100,
            "worth": 100.0,
        }
    ]


def test_liability_and_what_points_cost() -> None:
    bought = orders(
        ("a", "2025-01-01 10:00:00", 100, 0, "x"), ("b", "2025-01-02 10:00:00", 50, 0, "y")
    )
    used = pl.DataFrame(
        {
            "user_id": ["a"], "event_time": ["2025-01-03 10:00:00"], "event": ["redeem"],
            "value": ["40"],
        }
    )  # fmt: skip
    row = summary(
        api.points(bought, events=used, rules=[SPEND], point_cost=0.05, as_of="2025-01-31")
    )
    assert (row["redeemed"], row["outstanding"], row["liability"]) == (40, 110, 550)
    assert (row["cost"], row["revenue"]) == (200, 15_000)
    assert row["input_output"] == pytest.approx(200 / 15_000)
    assert row["roi"] is None
    assert row["breakage"] == pytest.approx(1 - 40 / 150)


def redeemed_in(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """Events of the user a as `(when, event, value)`."""
    return pl.DataFrame(
        [
            {"user_id": "a", "event_time": when, "event": event, "value": str(value)}
            for when, event, value in rows
        ]
    )


def test_nothing_before_the_programme_began_counts() -> None:
    bought = orders(("a", "2025-01-01 10:00:00", 100), ("a", "2025-02-02 10:00:00", 50))
    used = redeemed_in(("2025-01-03 10:00:00", "redeem", 40), ("2025-02-03 10:00:00", "redeem", 5))
    row = summary(
        api.points(bought, events=used, rules=[SPEND], start="2025-02-01", as_of="2025-02-03")
    )
    assert (row["earned"], row["redeemed"], row["debt"]) == (50, 5, 0)


def test_events_give_back_what_was_redeemed_to_its_own_lots() -> None:
    bought = orders(("a", "2025-01-10 10:00:00", 50), ("a", "2025-02-05 10:00:00", 30))
    used = redeemed_in(
        ("2025-02-06 10:00:00", "Redeem", 60), ("2025-02-20 10:00:00", "Redeem undone", 60)
    )
    asked = {"rules": [SPEND], "valid": "1 month", "as_of": "2025-02-25"}
    plain = summary(api.points(bought, events=used, **asked))
    assert (plain["redeemed"], plain["expired"], plain["outstanding"]) == (60, 0, 20)
    told = summary(api.points(bought, events=used, restore_event="redeem undone", **asked))
    # What came from January's lot is past its time.
    assert (told["redeemed"], told["expired"], told["outstanding"]) == (0, 50, 30)


def test_what_will_be_redeemed_grows_as_earlier_months_did() -> None:
    """By hand: January redeemed 10, 30, 30 by its age in months, February 20 and 40, March 5."""
    bought = orders(
        ("a", "2025-01-31 10:00:00", 100), ("b", "2025-02-28 10:00:00", 100),
        ("c", "2025-03-31 10:00:00", 100),
    )  # fmt: skip
    used = pl.DataFrame(
        [
            {"user_id": user, "event_time": f"{day} 12:00:00", "event": "redeem", "value": value}
            for user, day, value in (
                ("a", "2025-01-31", "10"), ("a", "2025-02-15", "20"), ("b", "2025-02-28", "20"),
                ("b", "2025-03-15", "20"), ("c", "2025-03-31", "5"),
            )
        ]
    )  # fmt: skip
    made = api.points(bought, events=used, rules=[SPEND], as_of="2025-03-31", point_cost=0.01)
    by_month = {row["cohort"].month: row["expected_rate"] for row in rows(made, "cohorts")}
    # From age 0 to 1: (30 + 40) / (10 + 20); from 1 to 2: 30 / 30.
    assert by_month == pytest.approx({1: 0.3, 2: 0.4, 3: 0.05 * 7 / 3})
    row = summary(made)
    expected = 30 + 40 + 5 * 7 / 3
    assert row["breakage"] == pytest.approx(1 - expected / 300)
    assert row["liability"] == 300 - 75
    assert row["liability_expected"] == pytest.approx(expected - 75)


def test_the_years_life_ends_on_the_28th_of_february() -> None:
    bought = orders(("a", "2024-02-29 10:00:00", 100))
    asked = {"rules": [SPEND], "valid": "years 1"}
    assert summary(api.points(bought, as_of="2025-02-28", **asked))["outstanding"] == 100
    assert summary(api.points(bought, as_of="2025-03-01", **asked))["expired"] == 100


def test_rules_are_asked_for() -> None:
    with pytest.raises(UsageError, match="neither rules"):
        api.points(ONE)
    with pytest.raises(UsageError, match='each: "order" is for event = "order"'):
        api.points(
            ONE, events=events(("a", "2025-01-01 09:00:00", "share", 1)),
            rules=[{"event": "share", "each": "order"}],
        )  # fmt: skip
    with pytest.raises(UsageError, match="no column chanel, at character 1"):
        api.points(ONE, rules=[SPEND | {"when": "chanel = app"}])


def random_shop(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    draw = random.Random(seed)
    start = datetime(2024, 1, 20, 9)
    bought, seen = [], []
    for _ in range(60):
        user, when = f"u{draw.randrange(6)}", start + timedelta(hours=draw.randrange(9_000))
        amount = draw.randrange(1, 30_000)
        refund = draw.choice([0, 0, amount // 2, amount])
        bought.append((user, f"{when:%Y-%m-%d %H:%M:%S}", amount / 100, refund / 100))
        event = draw.choice(["browse", "redeem"])
        seen.append(
            {
                "user_id": user,
                "event_time": f"{when + timedelta(hours=9):%Y-%m-%d %H:%M:%S}",
                "event": event,
                "duration_s": str(draw.randrange(30, 60)),
                "value": str(draw.randrange(1, 150)),
            }
        )
    return orders(*bought), pl.DataFrame(seen)


RULES = [
    SPEND | {"valid": "3 months", "cap_day": 200},
    {"event": "browse", "over": 40, "each": "day", "points": 10, "valid": "1 month"},
]


@pytest.mark.parametrize("seed", range(8))
def test_what_was_earned_is_somewhere(seed: int) -> None:
    bought, seen = random_shop(seed)
    result = api.points(bought, events=seen, rules=RULES)
    for table in ("summary", "balances", "lots", "cohorts"):
        for row in rows(result, table):
            parts = ("redeemed", "expired", "reversed", "outstanding")
            assert row["earned"] == sum(row[part] for part in parts)
    shuffled = api.points(
        bought.sample(fraction=1, shuffle=True, seed=seed),
        events=seen.sample(fraction=1, shuffle=True, seed=seed),
        rules=RULES,
    )
    for table in result.names:
        assert result[table].frame.equals(shuffled[table].frame), table


@pytest.mark.parametrize("as_of", ["2024-04-30", "2024-09-15"])
def test_time_travel(as_of: str) -> None:
    bought, seen = random_shop(3)
    cut = api.points(
        bought.filter(pl.col("paid_at") < f"{as_of} 99"),
        events=seen.filter(pl.col("event_time") < f"{as_of} 99"),
        rules=RULES,
        as_of=as_of,
    )
    whole = api.points(bought, events=seen, rules=RULES, as_of=as_of)
    for table in whole.names:
        assert whole[table].frame.equals(cut[table].frame), table


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from userops.cli import main

    (tmp_path / "o.csv").write_bytes(BOUGHT.write_csv().encode())
    (tmp_path / "userops.toml").write_text(
        '[points]\nvalid = "1 month"\n\n[[points.rules]]\nevent = "order"\nper = 1\n'
    )
    common = [str(tmp_path / "o.csv"), "--config", str(tmp_path / "userops.toml"), "-q"]
    with pytest.raises(SystemExit):
        main(["points", *common, "--show", "all", "-f", "json"])
    made = json.loads(capsys.readouterr().out)["tables"]
    assert list(made) == ["summary", "balances", "lots", "expiring", "cohorts", "rules"]
    assert made["summary"]["rows"][0]["earned"] == 150
    with pytest.raises(SystemExit):
        main(["points", *common, "--lang", "zh", "-f", "md"])
    assert "积分负债" in capsys.readouterr().out
