"""Levels of members: thresholds, how long they hold, who moves, and where an export differs."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from helpers.running import userops
from userops import api
from userops.analyses.members.params import MembersParams
from userops.analyses.members.tables import spent
from userops.core.dates import to_date, to_day
from userops.core.errors import UsageError
from userops.core.table import Result
from userops.core.validity import months_later, parse_validity, parse_window
from userops.customers.growth_levels import Grant, Ladder, LevelRules, standing_of
from userops.customers.standing_rounds import standings

LADDER = [
    {"name": name, "threshold": threshold}
    for name, threshold in zip(
        ("member", "silver", "gold", "platinum", "diamond"),
        (0, 500, 2000, 5000, 10000),
        strict=True,
    )
]
RULES = [{"event": "register", "points": 100}, {"event": "order", "per": 1}]
GROWTH: dict[str, Any] = {"rules": RULES, "ladder": LADDER}


def orders(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Orders as `(user, day, amount, refund)`, the last as wanted."""
    return pl.DataFrame(
        [
            {
                "order_id": f"o{number}",
                "user_id": user,
                "paid_at": f"{day} 10:00:00",
                "amount": str(amount),
                "refund_amount": str(more[0]) if more else "0",
            }
            for number, (user, day, amount, *more) in enumerate(rows)
        ]
    )


def people(*users: str) -> pl.DataFrame:
    return pl.DataFrame({"user_id": users, "registered_time": ["2024-01-01 08:00:00"] * len(users)})


def rows(result: Result, table: str) -> list[dict[str, Any]]:
    return result[table].frame.rows(named=True)


@pytest.mark.parametrize(
    ("spent", "value", "level"), [("399.99", 499, "member"), ("400", 500, "silver")]
)
def test_the_level_of_what_was_spent(spent: str, value: int, level: str) -> None:
    result = api.members(orders(("a", "2024-02-01", spent)), users=people("a"), **GROWTH)
    (row,) = rows(result, "users")
    assert (row["value"], row["level"]) == (value, level)


def test_a_level_is_judged_a_year_after_it_was_reached_anew_with_each_rise() -> None:
    first = orders(("a", "2024-04-15", 600))
    (row,) = rows(api.members(first, as_of="2024-05-01", **GROWTH), "users")
    assert (row["since"], row["valid_until"]) == (date(2024, 4, 15), date(2025, 4, 15))
    both = orders(("a", "2024-04-15", 600), ("a", "2024-10-25", 1500))
    (row,) = rows(api.members(both, as_of="2024-12-01", **GROWTH), "users")
    assert (row["level"], row["since"], row["valid_until"]) == (
        "gold", date(2024, 10, 25), date(2025, 10, 25),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "downgrade", "grace", "level"),
    [
        ("2025-04-14", "value", 0, "gold"),
        ("2025-04-15", "value", 0, "member"),
        ("2025-04-15", "one", 0, "silver"),
        ("2025-04-15", "never", 0, "gold"),
        ("2025-04-24", "value", 10, "gold"),
        ("2025-04-25", "value", 10, "member"),
        ("2026-04-15", "one", 0, "member"),
    ],
)
def test_how_a_level_falls(as_of: str, downgrade: str, grace: int, level: str) -> None:
    bought = orders(("a", "2024-04-15", 2500), ("b", "2024-04-15", 1))
    result = api.members(bought, as_of=as_of, downgrade=downgrade, grace_days=grace, **GROWTH)
    assert rows(result, "users")[0]["level"] == level


def test_a_level_that_is_kept_holds_as_long_again() -> None:
    bought = orders(("a", "2024-04-15", 600), ("a", "2025-01-10", 700))
    (row,) = rows(api.members(bought, as_of="2025-05-01", **GROWTH), "users")
    assert (row["level"], row["since"], row["valid_until"]) == (
        "silver", date(2024, 4, 15), date(2026, 4, 15),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("refund", "as_of", "level"),
    [
        ("at expiry", "2024-06-01", "silver"),
        ("at once", "2024-06-01", "member"),
        ("at once", "2024-05-31", "silver"),
    ],
)
def test_when_a_refund_lowers_a_level(refund: str, as_of: str, level: str) -> None:
    bought = pl.DataFrame(
        {
            "order_id": ["1", "1"],
            "user_id": ["a", "a"],
            "paid_at": ["2024-04-15 10:00:00", "2024-06-01 10:00:00"],
            "amount": ["600", "-200"],
        }
    )
    (row,) = rows(api.members(bought, as_of=as_of, refund=refund, **GROWTH), "users")
    assert row["level"] == level


@pytest.mark.parametrize(
    ("window", "as_of", "value"),
    [
        ("rolling 12 months", "2025-04-14", 600),
        ("rolling 12 months", "2025-04-15", 0),
        ("calendar year", "2024-12-31", 600),
        ("calendar year", "2025-01-01", 0),
        ("lifetime", "2030-01-01", 600),
    ],
)
def test_windows(window: str, as_of: str, value: int) -> None:
    bought = orders(("a", "2024-04-15", 600))
    (row,) = rows(api.members(bought, as_of=as_of, window=window, **GROWTH), "users")
    assert row["value"] == value


def test_levels_beside_each_other() -> None:
    bought = orders(
        ("a", "2024-04-15", 600), ("b", "2024-04-15", 100, 100), ("c", "2023-01-01", 50),
        ("d", "2024-06-01", 20), ("d", "2024-06-02", 40),
    )  # fmt: skip
    ladder = [LADDER[0], LADDER[1] | {"benefit_cost": 2.5}]
    result = api.members(bought, as_of="2024-06-30", active_days=60, rules=RULES, ladder=ladder)
    low, high = rows(result, "levels")
    assert (low["members"], high["members"]) == (3, 1)
    assert (low["revenue"], high["revenue"]) == (6_000, 60_000)
    assert high["revenue_share"] == pytest.approx(60_000 / 66_000)
    assert (low["active_share"], high["active_share"]) == (1 / 3, 0)  # an order given back is none
    assert (low["orders_per_member"], low["average_order"]) == (2 / 3, 3_000)
    assert (low["benefit_cost"], high["benefit_cost"]) == (None, 250)


def test_movements_near_the_next_and_about_to_fall() -> None:
    bought = orders(
        ("a", "2024-04-15", 600), ("b", "2024-04-20", 450), ("b", "2025-03-20", 100),
        ("c", "2025-03-25", 300),
    )  # fmt: skip
    result = api.members(
        bought, as_of="2025-04-01", since="2025-03-15", within=30, active_days=10, **GROWTH
    )
    moved = {
        (row["from_level"], row["to_level"]): (row["users"], row["share"], row["movement"])
        for row in rows(result, "movements")
    }
    assert moved == {
        (None, "member"): (1, 1, "new"),
        ("member", "silver"): (1, 1, "up"),
        ("silver", "silver"): (1, 1, "stay"),
    }
    near = {row["user_id"]: row for row in rows(result, "next")}
    assert near["c"] | {"days_left": 0} == {
        "user_id": "c", "level": "member", "value": 300, "next_level": "silver", "missing": 200,
        "missing_money": 20_000, "days_left": 0,
    }  # fmt: skip
    assert near["c"]["days_left"] == (date(2026, 3, 25) - date(2025, 4, 1)).days
    (fall,) = rows(result, "expiring")
    assert fall == {
        "user_id": "a", "level": "silver", "value": 600, "valid_until": date(2025, 4, 15),
        "days_left": 14, "value_then": 0, "missing": 500, "falls_to": "member",
    }  # fmt: skip


def test_the_levels_of_an_earlier_day_are_those_that_it_had() -> None:
    bought = [("a", "2025-01-10", 900), ("b", "2025-01-10", 700), ("c", "2025-01-12", 50)]
    rows_ = [*bought, ("b", "2025-03-05", -700), ("c", "2025-03-06", -50), ("c", "2025-03-07", 9)]
    made = pl.DataFrame(
        [
            {
                "order_id": f"o{user}{amount == 9}",
                "user_id": user,
                "paid_at": day,
                "amount": str(amount),
            }
            for user, day, amount in rows_
        ]
    )
    since = "2025-02-01"
    rules = [{"event": "order", "per": 1}, {"event": "order", "each": "day", "points": 20}]
    later = api.members(made, as_of="2025-03-31", since=since, rules=rules, ladder=LADDER)
    then = api.members(made, as_of=since, rules=rules, ladder=LADDER)
    moved: dict[str, int] = {}
    for row in rows(later, "movements"):
        moved[row["from_level"]] = moved.get(row["from_level"], 0) + row["users"]
    assert moved == {row["level"]: row["members"] for row in rows(then, "levels") if row["members"]}
    (b,) = [row for row in rows(later, "users") if row["user_id"] == "b"]
    assert b["value"] == 0  # also what the day had granted


def test_where_an_export_differs_and_why() -> None:
    bought = orders(
        ("a", "2025-03-15", 600),  # right
        ("b", "2025-03-20", 600),  # not raised
        ("c", "2024-03-20", 600),  # fell, and the shop hasn't judged it
        ("d", "2025-03-20", 600, 300),  # the refund wasn't taken back
        ("e", "2025-03-20", 600), ("f", "2025-03-20", 600), ("g", "2025-03-20", 5),
    )  # fmt: skip
    exported = pl.DataFrame(
        {
            "user_id": ["a", "b", "c", "d", "e", "g", "z"],
            "level": [" Silver", "member", "silver", "silver", "bronze", "gold", "gold"],
            "growth_value": ["600", "600", "0", "600", "600", "2500", "9"],
        }
    )
    result = api.members(bought, levels=exported, as_of="2025-04-01", **GROWTH)
    causes = {row["user_id"]: row["cause"] for row in rows(result, "differences")}
    assert causes == {
        "b": "not raised", "c": "not judged", "d": "refund", "e": "unknown level",
        "f": "not exported", "g": "value", "z": "not in the data",
    }  # fmt: skip


def test_a_level_that_begins_after_as_of_does_not_count_yet() -> None:
    exported = pl.DataFrame(
        {
            "user_id": ["a", "a", "b"],
            "level": ["silver", "gold", "silver"],
            "since": ["2025-03-15", "2025-05-01", ""],
        }
    )
    bought = orders(("a", "2025-03-15", 600), ("b", "2025-03-20", 600), ("c", "2025-06-01", 5))
    told = api.members(bought, levels=exported, as_of="2025-04-01", **GROWTH)
    assert rows(told, "differences") == []


def test_rules_and_levels_are_asked_for() -> None:
    bought = orders(("a", "2024-04-15", 600))
    with pytest.raises(UsageError, match="no rules of growth"):
        api.members(bought)
    with pytest.raises(UsageError, match="must ascend"):
        api.members(bought, rules=RULES, ladder=LADDER[::-1])
    with pytest.raises(UsageError, match="must be rolling 12 months"):
        api.members(bought, window="monthly", **GROWTH)


def slowly(grants: list[Grant], rules: LevelRules, joined: int, as_of: int) -> tuple[int, int, int]:
    """Level, since and until, day by day: written apart from the code."""
    lowest = rules.ladder.of(0)
    level, since, until = lowest, joined, 10**9
    for day in range(joined, as_of + 1):
        value = sum(one.points for one in grants if one.day <= day < one.until)
        reached = max(
            place for place, start in enumerate(rules.ladder.thresholds) if start <= value
        )
        something = [one for one in grants if one.day == day]
        new = level
        if something and reached > level:
            new = reached
        elif rules.at_once and any(one.points < 0 for one in something) and reached < level:
            new = {"value": reached, "one": level - 1, "never": level}[rules.downgrade]
        if new != level:
            level, since = new, day
            until = to_day(months_later(to_date(day), 3)) if level > lowest else 10**9
        if day == until + rules.grace_days:
            if reached >= level or rules.downgrade == "never":
                until = to_day(months_later(to_date(until), 3))
            else:
                level = reached if rules.downgrade == "value" else level - 1
                since = day
                until = to_day(months_later(to_date(day), 3)) if level > lowest else 10**9
    return level, since, until


def test_levels_are_those_of_every_day_looked_at() -> None:
    start = to_day(date(2023, 11, 30))
    for seed in range(300):
        draw = random.Random(seed)
        rules = LevelRules(
            Ladder(("a", "b", "c", "d"), (0, 10, 25, 50)),
            parse_window(draw.choice(["rolling 4 months", "calendar year", "lifetime"])),
            parse_validity("3 months"),
            draw.choice(["value", "one", "never"]),
            draw.random() < 0.5,
            draw.choice([0, 0, 7]),
        )
        grants = []
        for day in sorted(draw.randrange(500) for _ in range(draw.randrange(1, 14))):
            points = draw.randrange(1, 20)
            until = rules.counts_before(start + day)
            grants.append(Grant(start + day, until, points))
            if draw.random() < 0.3:
                grants.append(Grant(start + day + draw.randrange(40), until, -points))
        grants.sort(key=lambda one: (one.day, one.until, one.points))
        as_of = start + draw.randrange(100, 600)
        standing = standing_of(grants, start, rules, as_of)
        level, since, until = slowly(grants, rules, start, as_of)
        assert (standing.level, standing.since) == (level, since), seed
        assert min(standing.until, 10**9) == until or standing.until > 10**9 <= until, seed


def test_all_members_at_once_stand_where_each_does_alone() -> None:
    start = to_day(date(2023, 11, 30))
    for seed in range(60):
        draw = random.Random(seed)
        rules = LevelRules(
            Ladder(("a", "b", "c", "d"), draw.choice([(0, 10, 25, 50), (5, 10, 25, 50)])),
            parse_window(draw.choice(["rolling 4 months", "calendar year", "lifetime"])),
            parse_validity(draw.choice(["3 months", "20 days", "inactivity 1 month", "never"])),
            draw.choice(["value", "one", "never"]),
            draw.random() < 0.5,
            draw.choice([0, 0, 7]),
        )
        grants: dict[str, list[Grant]] = {}
        for user in map(str, range(10, 40)):
            grants[user] = []
            for _ in range(draw.randrange(12)):
                day = start + draw.randrange(500)
                until, points = rules.counts_before(day), draw.randrange(1, 20)
                grants[user].append(Grant(day, until, points))
                if draw.random() < 0.3:  # also when it counts no more
                    grants[user].append(Grant(day + draw.randrange(200), until, -points))
            grants[user].sort(key=lambda one: (one.day, one.until, one.points))
        joined = {user: start + draw.randrange(3) * 250 for user in grants}
        as_of = start + draw.randrange(100, 700)
        rows = [(user, one.day, one.until, one.points) for user in grants for one in grants[user]]
        at_once = standings(
            pl.DataFrame(rows, schema=GRANTS, orient="row"),
            pl.DataFrame({"user_id": list(joined), "day": list(joined.values())}),
            rules,
            as_of,
        )
        alone = {
            user: standing_of(grants[user], joined[user], rules, as_of)
            for user in grants
            if joined[user] <= as_of
        }
        assert at_once.rows() == [
            (user, one.level, one.since, one.until, one.value(as_of)) for user, one in alone.items()
        ], seed


GRANTS = {"user_id": pl.String, "day": pl.Int32, "until": pl.Int32, "points": pl.Int64}


def test_time_travel_and_the_order_of_rows() -> None:
    draw = random.Random(1)
    first = datetime(2024, 1, 5)
    bought = orders(
        *(
            (
                f"u{draw.randrange(5)}",
                f"{first + timedelta(days=draw.randrange(600)):%Y-%m-%d}",
                draw.randrange(1, 900),
            )
            for _ in range(60)
        )
    )
    as_of = "2025-01-31"
    whole = api.members(bought, as_of=as_of, **GROWTH)
    cut = api.members(bought.filter(pl.col("paid_at") < f"{as_of} 99"), as_of=as_of, **GROWTH)
    mixed = api.members(bought.sample(fraction=1, shuffle=True, seed=2), as_of=as_of, **GROWTH)
    for table in whole.names:
        assert whole[table].frame.equals(cut[table].frame), table
        assert whole[table].frame.equals(mixed[table].frame), table


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from userops.cli import main

    (tmp_path / "o.csv").write_bytes(orders(("a", "2024-04-15", 600)).write_csv().encode())
    (tmp_path / "userops.toml").write_text(
        "[members]\nwindow = 'lifetime'\n[[members.rules]]\nevent = 'order'\nper = 1\n"
        "[[members.ladder]]\nname = 'one'\n[[members.ladder]]\nname = 'two'\nthreshold = 500\n"
    )
    common = [str(tmp_path / "o.csv"), "--config", str(tmp_path / "userops.toml"), "-q"]
    with pytest.raises(SystemExit):
        main(["members", *common, "--show", "all", "-f", "json"])
    made = json.loads(capsys.readouterr().out)["tables"]
    assert list(made) == ["users", "levels", "movements", "next", "expiring"]
    assert made["users"]["rows"][0]["level"] == "two"
    with pytest.raises(SystemExit):
        main(["members", *common, "--lang", "zh", "-f", "md"])
    assert "有效期至" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("valid", "as_of"), [("12 months", "9999-06-01"), ("inactivity 1 day", "2024-12-31")]
)
def test_levels_end_at_the_calendars_end_and_last_a_day_at_least(
    valid: str, as_of: str, tmp_path: Path
) -> None:
    rows = "".join(f"o{n},u{n % 5},2024-{1 + n % 12:02}-{1 + n % 28:02},5\n" for n in range(60))
    (tmp_path / "o.csv").write_text(f"order_id,user_id,order_time,amount\n{rows}")
    (tmp_path / "userops.toml").write_text(
        f"[members]\nvalid = '{valid}'\n[[members.rules]]\nevent = 'order'\nper = 1\n"
        "[[members.ladder]]\nname = 'a'\nthreshold = 0\n[[members.ladder]]\nname = 'b'\nthreshold = 20\n"
    )
    config = tmp_path / "userops.toml"
    ran = userops("members", tmp_path / "o.csv", "--config", config, "--as-of", as_of)
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("seed", range(5))
def test_what_members_spent_is_what_a_plain_loop_says(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        (f"u{chance.randrange(9)}", chance.choice([None, "a", "b", "c"]), chance.randrange(60), chance.randrange(-3, 4))
        for _ in range(80)
    ]  # fmt: skip
    params = MembersParams(days=30, active_days=10)
    orders = defaultdict(list)
    for user, order, day, amount in rows:
        orders[user, order].append((day, amount))
    expected = {user: [0, 0, 0] for user, _ in orders}
    for (user, _), parts in orders.items():
        day, net = min(day for day, _ in parts), sum(amount for _, amount in parts)
        paid = any(amount >= 0 for _, amount in parts)
        if net <= 0 and any(amount > 0 for _, amount in parts):
            continue
        sums = expected[user]
        sums[0] += paid and day > 59 - 30
        sums[1] += net if day > 59 - 30 else 0
        sums[2] |= paid and day > 59 - 10
    payments = pl.DataFrame(rows, ["user_id", "order", "day", "amount"], orient="row")
    found = spent(payments, 59, params)
    told = {user: sums for user, *sums in found.iter_rows()}
    assert told == {user: expected[user] for user in told}
    assert all(not any(sums) for user, sums in expected.items() if user not in told)
