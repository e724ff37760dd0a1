"""What calls brought."""

from __future__ import annotations

from datetime import timedelta
from statistics import mean, variance

import polars as pl
import pytest

from analyses.contacts_by_hand import FIRST, SHOP, by_hand, log_of, orders_of, random_log
from userops.api import contacts
from userops.stats.intervals import difference

# What calls brought


def test_the_effect_is_what_plain_arithmetic_gives() -> None:
    orders, log = random_log(1)
    as_of = FIRST + timedelta(days=50)
    found = contacts(orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1)))
    spent = by_hand(orders, log, as_of)
    for row in found["effect"].frame.iter_rows(named=True):
        listed, held_ = spent[row["reason"], "listed"], spent[row["reason"], "holdout"]
        assert (row["listed"], row["held_back"]) == (len(listed), len(held_))
        bought = [sum(amount > 0 for amount in arm) for arm in (listed, held_)]
        gap = difference(bought[0], len(listed), bought[1], len(held_))
        assert (row["difference"], row["low"], row["high"]) == pytest.approx(
            (gap.value, gap.low, gap.high)
        )
        money = mean(listed) - mean(held_)
        assert row["revenue_difference"] == pytest.approx(money)
        error = (variance(listed) / len(listed) + variance(held_) / len(held_)) ** 0.5
        assert (row["revenue_high"] - row["revenue_low"]) / 2 / error == pytest.approx(
            1.98, abs=0.04
        )
        assert row["evidence"] == "holdout"
    assert set(found["effect"].frame["reason"]) == {"winback", "new", "all"}


def test_outcomes_count_every_time_and_only_days_that_are_over() -> None:
    orders, log = random_log(2)
    as_of = FIRST + timedelta(days=50)
    frame = contacts(
        orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1))
    )["outcomes"].frame
    listed = log.filter((pl.col("group") == "listed") & (pl.col("contact_time") <= str(as_of)))
    everything = frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert everything["listed"] == len(listed)
    assert (
        everything["reached"] == int((listed["status"] == "reached").sum())
        or everything["reached"] > 0
    )
    assert everything["observed"] == len(
        listed.filter(pl.col("contact_time") <= str(as_of - timedelta(days=7)))
    )
    assert frame.filter(pl.col("reason") != "all")["listed"].sum() == everything["listed"]


def test_a_call_and_an_order_count_for_the_latest_list_alone() -> None:
    lists = [("a", f"2025-03-{day:02d}", "planned", "listed") for day in (1, 3, 5)]
    log = log_of(
        *lists, ("a", "2025-03-05", "reached", None), header="user_id,contact_time,status,group"
    )
    orders = orders_of(("a", "2025-03-06", 100), ("z", "2025-04-01", 1))
    found = contacts(orders, contacts=log, for_day="2025-04-02")
    row = found["outcomes"].frame.row(0, named=True)
    counts = [row[name] for name in ("listed", "tried", "reached", "converted", "revenue")]
    assert counts == [3, 1, 1, 1, 10000]
    # The first list is judged by all that came after it.
    assert found["effect"].frame.row(0, named=True)["conversion"] == 1


def test_only_users_of_days_since_somebody_was_held_back_are_compared() -> None:
    early = [(f"e{number}", "2025-03-01", "planned", "listed") for number in range(9)]
    late = [(f"l{number}", "2025-06-01", "planned", "listed") for number in range(4)]
    held_ = [(f"h{number}", "2025-06-01", "planned", "holdout") for number in range(3)]
    # Whoever was listed before isn't compared by a later list either.
    again = ("e0", "2025-06-01", "planned", "listed")
    log = log_of(*early, *late, *held_, again, header="user_id,contact_time,status,group")
    orders = orders_of(*((user, "2025-03-02", 5) for user, *_ in early), ("z", "2025-07-01", 1))
    row = contacts(orders, contacts=log)["effect"].frame.row(0, named=True)
    assert (row["listed"], row["held_back"], row["difference"]) == (4, 3, 0)


def test_without_anybody_held_back_nothing_is_claimed() -> None:
    orders, log = random_log(3)
    alone = log.filter(pl.col("group") == "listed")
    table = contacts(orders, contacts=alone, for_day="2025-03-20")["effect"]
    assert set(table.frame["evidence"]) == {None}
    assert table.frame["difference"].null_count() == len(table.frame)
    assert table.frame["conversion"].null_count() == 0
    assert any("there was no holdout" in note for note in table.notes)


def test_groups_of_other_sizes_than_drawn_are_told() -> None:
    orders, log = random_log(4)
    table = contacts(orders, contacts=log, for_day="2025-03-20", holdout=0.25)["effect"]
    row = table.frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert row["srm_p"] > 0.001
    table = contacts(orders, contacts=log, for_day="2025-03-20", holdout=0.6)["effect"]
    row = table.frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert row["srm_p"] < 0.001
    assert any("aren't the 60%" in note for note in table.notes)


def test_a_measured_effect_goes_before_what_is_at_risk() -> None:
    orders, log = random_log(5, 700)
    late = [(f"u{number:03d}", "2025-03-15", 20 + number) for number in range(40)]
    orders = pl.concat([orders, orders_of(*late)])
    found = contacts(orders, contacts=log, for_day="2025-04-20", reasons=["winback"], capacity=99)
    effects = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    row = effects["winback"]
    assert row["listed"] >= 200
    assert row["held_back"] >= 50
    listed = found["list"].frame
    assert set(listed["basis"]) == {"measured effect"}
    for one in listed.iter_rows(named=True):
        assert one["priority"] == pytest.approx(row["difference"] * one["value"], abs=1)
    found = contacts(
        orders, contacts=log, for_day="2025-04-20", reasons=["winback"], min_listed=9999
    )
    assert set(found["list"].frame["basis"]) <= {"value at risk", "past value"}


def test_the_demo_shop_gives_back_the_effect_that_was_put_into_it() -> None:
    from userops.demo.contacts import EFFECTS

    found = contacts(SHOP / "orders.csv", contacts=SHOP / "contacts.csv", holdout=0.2, capacity=50)
    rows = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    for reason, effect in EFFECTS.items():
        assert rows[reason]["low"] < effect < rows[reason]["high"]
        assert rows[reason]["srm_p"] > 0.01
    assert rows["winback"]["low"] > 0  # and what calls bring can be told
    assert rows["new"]["low"] < 0
    bases = dict(found["list"].frame.select("reason", "basis").iter_rows())
    assert bases["winback"] == "measured effect"


def test_last_weeks_lists_earned_what_such_lists_bring_each() -> None:
    orders, log = random_log(6)
    as_of = FIRST + timedelta(days=50)
    found = contacts(orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1)))
    first, last = as_of - timedelta(days=13), as_of - timedelta(days=7)
    week = log.filter(
        pl.col("group") == "listed",
        pl.col("contact_time").is_between(pl.lit(str(first)), pl.lit(str(last))),
    )
    effects = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    rows = found["recent"].frame.rows(named=True)
    assert [row["reason"] for row in rows] == ["new", "winback"]
    for row in rows:
        listed = week.filter(pl.col("reason") == row["reason"]).height
        assert (row["list_from"], row["list_to"], row["listed"]) == (first, last, listed)
        effect = effects[row["reason"]]
        for name, each in (
            ("earned", "difference"),
            ("earned_low", "low"),
            ("earned_high", "high"),
        ):
            assert row[name] == pytest.approx(effect[f"revenue_{each}"] * listed, abs=listed)
    alone = log.filter(pl.col("group") == "listed")
    told = contacts(
        orders, contacts=alone, as_of=str(as_of), for_day=str(as_of + timedelta(days=1))
    )
    assert told["recent"].frame["earned"].null_count() == 2


def test_money_of_few_buyers_is_marked_and_buyers_are_told_instead() -> None:
    orders, log = random_log(1)
    as_of = FIRST + timedelta(days=50)
    found = contacts(orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1)))
    spent = by_hand(orders, log, as_of)
    few = []
    for row in found["effect"].frame.iter_rows(named=True):
        arms = [spent[row["reason"], group] for group in ("listed", "holdout")]
        assert row["fewest_buyers"] == min(sum(amount > 0 for amount in arm) for arm in arms)
        if row["fewest_buyers"] < 30:
            few.append(row["reason"])
    marked = [note for note in found["effect"].notes if note.startswith("fewer than 30 buyers")]
    assert [note.rpartition(" (")[2] for note in marked] == [f"{', '.join(sorted(few))})"][
        : len(few)
    ]
    effect = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    for row in found["recent"].frame.iter_rows(named=True):
        whole = effect[row["reason"]]
        assert row["fewest_buyers"] == whole["fewest_buyers"]
        assert [row[f"extra_buyers{end}"] for end in ("", "_low", "_high")] == pytest.approx(
            [whole[name] * row["listed"] for name in ("difference", "low", "high")]
        )
