"""What rules grant for orders: by their lines, by the day, and what refunds take back on which day."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from userops import api
from userops.cli import main
from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.customers.granting import granted
from userops.customers.granting_rules import GrantingRule
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

COFFEE = GrantingRule("order", per=1, when="category = coffee")
BUSY = GrantingRule("order", points=10, each="day", over=3)


def shop(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Order lines as `(order, day of January, amount, category)` of the user a."""
    made = [
        {
            "order_id": order,
            "user_id": "a",
            "paid_at": f"2025-01-{day:02} 10:00:00",
            "amount": str(amount),
            "category": more[0] if more else None,
        }
        for order, day, amount, *more in rows
    ]
    return pl.DataFrame(made)


def entries(
    orders: pl.DataFrame, folder: Path, *rules: GrantingRule, totals: str | None = None,
    as_of: int | None = None,
) -> pl.DataFrame:  # fmt: skip
    options = ReadOptions(totals=totals)
    opened = Orders.open([orders.lazy()], options, folder)
    return granted(rules, opened.payments(as_of), None, 2, opened.line_payments(as_of))


def told(made: pl.DataFrame) -> list[tuple[int, int]]:
    return made.select(pl.col("time").dt.day().cast(pl.Int64), "points").rows()


MIXED = (("1", 1, 30, "tea"), ("1", 1, 50, "coffee"), ("1", 1, 20, "coffee"), ("2", 2, 40, "tea"))


def test_an_order_is_judged_by_its_lines(tmp_path: Path) -> None:
    assert told(entries(shop(*MIXED), tmp_path, COFFEE)) == [(1, 70)]
    over = GrantingRule("order", points=5, over=69.99, when="category = coffee")
    assert told(entries(shop(*MIXED), tmp_path, over)) == [(1, 5)]
    more = GrantingRule("order", points=5, over=70, when="category = coffee")
    assert told(entries(shop(*MIXED), tmp_path, more)) == []
    dear = GrantingRule("order", per=1, when="category = coffee and amount >= 50")
    assert told(entries(shop(*MIXED), tmp_path, dear)) == [(1, 50)]
    both = GrantingRule("order", points=1, each="day", over=1, when="category in (coffee, tea)")
    assert told(entries(shop(*MIXED, ("3", 2, 9, "coffee")), tmp_path, both)) == [(2, 1)]


@pytest.mark.parametrize(
    ("refund", "taken"),
    [
        (("1", 9, -50, "coffee"), 50),
        (("1", 9, -30, "tea"), 0),
        (("1", 9, -50), 35),  # of all lines, in proportion
        (("1", 9, -100), 70),
    ],
)
def test_a_refund_of_some_lines(refund: tuple[Any, ...], taken: int, tmp_path: Path) -> None:
    made = told(entries(shop(*MIXED, refund), tmp_path, COFFEE))
    assert made == [(1, 70), *([(9, -taken)] if taken else [])]


def test_lines_that_repeat_their_orders_total_do_not_tell_what_they_came_to(tmp_path: Path) -> None:
    repeated = [("1", 1, 80, "tea"), ("1", 1, 80, "coffee"), ("2", 2, 9, "coffee")]
    with pytest.raises(InputError, match="1 order has lines that category = coffee holds for and"):
        entries(shop(*repeated), tmp_path, COFFEE, totals="order")
    gift = GrantingRule("order", points=3, when="category = coffee")
    assert told(entries(shop(*repeated), tmp_path, gift, totals="order")) == [(1, 3), (2, 3)]
    alike = [(*row[:3], "coffee") for row in repeated]
    made = told(entries(shop(*alike, ("1", 5, -20)), tmp_path, COFFEE, totals="order"))
    assert made == [(1, 80), (2, 9), (5, -20)]


FOUR = tuple((str(number), 1, 5) for number in range(4))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (FOUR, [(1, 10)]),
        ((*FOUR, ("2", 1, -5)), []),  # given back on the day itself
        ((*FOUR, ("2", 6, -5)), [(1, 10), (6, -10)]),
        ((*FOUR, ("2", 6, -4)), [(1, 10)]),  # it's an order still
        ((*FOUR, ("2", 6, -4), ("2", 7, -1)), [(1, 10), (7, -10)]),
        ((*FOUR, ("9", 1, 5), ("2", 6, -5), ("3", 8, -5)), [(1, 10), (8, -10)]),
    ],
)
def test_what_a_later_refund_takes_back_of_a_day(
    rows: tuple[Any, ...], expected: list[tuple[int, int]], tmp_path: Path
) -> None:
    assert told(entries(shop(*rows), tmp_path, BUSY)) == expected


def test_what_a_later_refund_takes_back_of_a_days_money(tmp_path: Path) -> None:
    rule = GrantingRule("order", per=10, each="day", over=25, cap_day=4)
    rows = [("1", 1, 30), ("2", 1, 29), ("2", 3, -10), ("1", 4, -20), ("2", 5, -9)]
    made = entries(shop(*rows), tmp_path, rule)
    # 59 are 5, cut at 4; 49 are 4; 29 are 2; 20 aren't over 25.
    assert told(made) == [(1, 4), (4, -2), (5, -2)]
    assert made["granted_day"].n_unique() == 1


def random_lines(seed: int) -> pl.DataFrame:
    """Orders of several lines, refunds of a line, an order or part of one, days later."""
    draw = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(60):
        when = datetime(2025, 1, 1) + timedelta(days=draw.randrange(12), hours=draw.randrange(24))
        order = {"order_id": f"o{number}", "user_id": f"u{draw.randrange(4)}"}
        lines = [
            (draw.choice(["tea", "coffee", "milk"]), draw.randrange(1, 9_000))
            for _ in range(draw.choice([1, 1, 2, 3]))
        ]
        rows += [
            {**order, "paid_at": f"{when}", "amount": f"{cents / 100}", "category": category}
            for category, cents in lines
        ]
        if draw.random() < 0.5:
            back = draw.choice([lines[0], (None, sum(cents for _, cents in lines))])
            later = when + timedelta(days=draw.choice([0, 0, 1, 5, 9]))
            cents = -draw.randrange(1, back[1] + 1) if draw.random() < 0.5 else -back[1]
            given_back = {"amount": f"{cents / 100}", "category": back[0]}
            rows.append({**order, "paid_at": f"{later}", **given_back})
    return pl.DataFrame(rows, schema_overrides={"category": pl.String})


def test_what_was_granted_by_a_day_is_never_another_later(tmp_path: Path) -> None:
    rules = (
        GrantingRule("order", points=10, each="day", over=1, name="busy"),
        GrantingRule("order", per=3, each="day", over=20, cap_user=60, name="day"),
        GrantingRule("order", per=1, cap_day=50, name="order"),
        GrantingRule("order", per=1, when="category = coffee", name="coffee"),
        GrantingRule("order", points=5, each="day", when="category = tea", name="tea"),
    )
    taken_back: set[str] = set()
    for seed in range(6):
        orders = random_lines(seed)
        whole = entries(orders, tmp_path, *rules, totals="lines")
        taken_back |= {*whole.filter(pl.col("points") < 0)["rule"]}
        for day in (5, 9, 14):
            last = to_day(date(2025, 1, day))
            cut = orders.filter(pl.col("paid_at") < f"2025-01-{day:02} 99")
            then = entries(cut, tmp_path, *rules, totals="lines")
            assert then.equals(whole.filter(pl.col("day") <= last)), (seed, day)
        mixed = orders.sample(fraction=1, shuffle=True, seed=seed)
        assert entries(mixed, tmp_path, *rules, totals="lines").equals(whole), seed
        left = whole.group_by("user_id", "rule").agg(pl.col("points").sum())
        assert left["points"].min() >= 0
    assert taken_back == {rule.name for rule in rules}


def test_a_rule_for_a_column_that_no_export_has_is_said() -> None:
    rules = [
        {"event": "order", "per": 1, "when": "category = coffee"},
        {"event": "browse", "over": 40},
    ]
    seen = pl.DataFrame({"user_id": ["a"], "event_time": ["2025-01-01"], "event": ["browse"]})
    result = api.points(shop(("1", 1, 5)).drop("category"), events=seen, rules=rules)
    notes = [str(note) for note in result["rules"].notes]
    assert "rule order asks for category, which the orders don't have: it's empty there" in notes
    assert "rule browse asks for seconds, which the events don't have: it's empty there" in notes


def test_a_mistake_in_a_rule_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop(("1", 1, 5)).write_csv(tmp_path / "o.csv")
    settings = tmp_path / "userops.toml"

    def said(rule: str) -> str:
        settings.write_text(f"[points]\n\n[[points.rules]]\n{rule}\n")
        with pytest.raises(SystemExit) as ended:
            main(["points", str(tmp_path / "o.csv"), "--config", str(settings), "-q"])
        assert ended.value.code == 2
        return capsys.readouterr().err

    unknown = said('event = "order"\nwhen = "chanel = app"')
    assert (
        "userops.toml, line 5: points.rules, row 1, when: 'chanel = app': no column chanel"
        in unknown
    )
    assert "at character 1 (did you mean channel?" in unknown
    assert 'line 5: points.rules, row 1, each: "order" is for' in said(
        'event = "share"\neach = "order"'
    )


def test_an_event_that_never_happens_is_said() -> None:
    seen = pl.DataFrame({"user_id": ["a"], "event_time": ["2025-01-01"], "event": ["browse"]})
    result = api.points(shop(("1", 1, 5)), events=seen, rules=[{"event": "browze"}])
    assert "no browze in the events export: nothing is granted for them" in [
        str(note) for note in result["rules"].notes
    ]
