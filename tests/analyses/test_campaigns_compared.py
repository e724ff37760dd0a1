"""Campaigns: whom they're compared with, of which days; checks, overlaps, versions, plans."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import numpy as np
import polars as pl
import pytest
from scipy import stats

from helpers.campaigns import (
    DAY,
    last_order,
    lists_frame,
    orders_frame,
    random_shop,
    row,
    shop,
    summary,
)
from helpers.running import SAMPLES
from userops.analyses.campaigns.matched import PLACEBO_LEVEL, PLACEBOS, Comparison
from userops.api import campaigns
from userops.stats.always_valid import always_valid_factor
from userops.stats.difference_in_differences import difference_in_differences
from userops.stats.intervals import difference
from userops.stats.means import Sums
from userops.stats.tails import normal_quantile


def test_segments_are_those_of_the_day_before():
    orders, lists = random_shop(3)
    result = campaigns(orders, assignments=lists)
    users = result["users"].frame.filter(pl.col("state") == "in")
    ordered_before = (
        lists.join(orders, on="user_id")
        .filter(pl.col("order_time").dt.date() < pl.col("assigned_time").dt.date())
        .select("user_id", "campaign").unique()
    )  # fmt: skip
    none = users.join(ordered_before, on=("user_id", "campaign"), how="anti")
    assert none["segment"].unique().to_list() == ["no order"]
    assert "no order" not in users.join(ordered_before, on=("user_id", "campaign"))["segment"]
    cells = result["segments"].frame
    per_arm = cells.filter(campaign="a", group="x")["users"].sum()
    assert per_arm <= row(result["summary"], campaign="a", group="x")["users"]
    one = cells.filter(pl.col("control_users") > 5).row(0, named=True)
    x1, x2 = (
        round(one[n] * one[u])
        for n, u in (("conversion", "users"), ("control_conversion", "control_users"))
    )
    expected = difference(x1, one["users"], x2, one["control_users"])
    assert one["difference_low"] == pytest.approx(expected.low)


def test_segments_are_told_apart_and_paid_for():
    """Cochran's Q over cells, Benjamini-Hochberg, the cost of a contact, and what's left of the margin."""
    orders, lists = random_shop(3, 900)
    told = lists.filter(campaign="a").with_columns(contact_cost=pl.lit(0.07))
    result = campaigns(orders, assignments=told, margin=0.4)
    users = result["users"].frame.filter(pl.col("state") == "in")
    for group in ("x", "y"):
        cells = result["segments"].frame.filter(group=group)
        p_values = cells["p_value"].drop_nulls().to_list()
        assert len(p_values) > 4
        expected = stats.false_discovery_control(p_values)
        assert cells["p_adjusted"].drop_nulls().to_list() == pytest.approx(expected)
        effects, weights = [], []
        for cell in cells.to_dicts():
            sent, held = (
                users.filter(group=name, segment=cell["segment"]) for name in (group, "control")
            )
            assert (sent.height, held.height) == (cell["users"], cell["control_users"])
            assert cell["break_even"] == pytest.approx(7)
            if cell["net"] is not None:
                gain = 0.4 * (sent["revenue"].mean() - held["revenue"].mean()) * sent.height
                assert cell["net"] == pytest.approx(gain - 7 * sent.height)
            shares = [(one["orders"] > 0).cast(pl.Float64) for one in (sent, held)]
            variance = sum(one.var() / len(one) for one in shares if len(one) > 1)
            if variance:
                effects.append(cell["difference"])
                weights.append(1 / variance)
        mean = np.average(effects, weights=weights)
        q = sum(w * (d - mean) ** 2 for w, d in zip(weights, effects, strict=True))
        expected = stats.chi2.sf(q, len(effects) - 1)
        assert cells["homogeneity_p"].to_list() == pytest.approx([expected] * cells.height)


def test_segments_know_nothing_of_refunds_that_came_later():
    """Cells, plan and what was expected are those of who looked on the day before."""
    orders, lists = random_shop(4, 150)
    early = orders.filter(pl.col("order_time") < DAY).head(40)
    back = early.with_columns(-pl.col("amount"), pl.lit(DAY + timedelta(41)).alias("order_time"))
    refunded = pl.concat([orders, back])
    plain, then = (
        campaigns(one, assignments=lists, as_of="2025-07-15") for one in (orders, refunded)
    )
    for table, columns in (
        ("users", ["user_id", "campaign", "group", "state", "segment", "tier"]),
        ("segments", ["campaign", "group", "segment", "users", "control_users"]),
        ("plan", ["audience", "effect", "users"]),
    ):
        assert then[table].frame.select(columns).equals(plain[table].frame.select(columns)), table


def test_checks_find_users_who_were_assigned_for_having_ordered():
    orders, lists = [last_order()], []
    for number in range(400):
        group = "control" if number % 2 else "sent"
        lists.append((f"u{number}", "c", group, DAY))
        if group == "sent" and number % 4 == 0:
            orders.append((f"u{number}", DAY - timedelta(hours=5), 9.0))
        if number % 10 == 3:
            orders.append((f"u{number}", DAY + timedelta(2), 9.0))
    checks = campaigns(orders_frame(orders), assignments=lists_frame(lists))["checks"]
    assert row(checks, check="assigned within a day after an order")["result"] == "unfair"
    assert row(checks, check="sample ratio")["result"] == "ok"


def test_overlap_is_told_apart_by_whether_it_is_equal():
    orders, _ = shop({"sent": (5, 9)})
    lists = [(f"u{n}", "a", "control" if n % 2 else "sent", DAY) for n in range(400)]
    lists += [(f"u{n}", "even", "control" if n % 4 < 2 else "sent", DAY) for n in range(400)]
    lists += [(f"u{n}", "uneven", "sent" if n % 2 else "control", DAY) for n in range(400)]
    lists += [
        (f"u{n}", "later", "sent" if n % 2 else "control", DAY + timedelta(15)) for n in range(400)
    ]
    found = campaigns(orders, assignments=lists_frame(lists))["overlap"]
    assert row(found, campaign="a", other="even")["result"] == "equal between groups"
    assert row(found, campaign="a", other="uneven")["result"] == "unequal between groups"
    assert found.frame.filter(campaign="a", other="later").is_empty()
    checks = campaigns(orders, assignments=lists_frame(lists))["checks"]
    assert row(checks, campaign="a", check="overlap with another campaign")["result"] == "look"


def test_every_look_at_a_list_that_grows_is_narrowest_at_the_same_users():
    """What a look knows of the list's later growth mustn't move the interval: then it holds at none."""
    chance = Random(2)
    orders, lists = [last_order(80)], []
    for number in range(1200):
        day = DAY + timedelta(number // 20)
        group = "control" if number % 3 else "sent"
        lists.append((f"u{number}", "c", group, day))
        if chance.random() < 0.3:
            orders.append((f"u{number}", day + timedelta(chance.randrange(1, 14)), 9.0))
    for looked in (20, 70):
        frame = summary(
            orders_frame(orders), lists_frame(lists), metric="orders", peeking=True,
            as_of=DAY.date() + timedelta(looked),
        ).frame  # fmt: skip
        found = frame.filter(group="sent").row(0, named=True)
        half = found["difference_high"] - found["difference"]
        error = (found["detectable"] - half) / normal_quantile(0.8)
        # Those of the first 15 days: known when the first window is over.
        assert half == pytest.approx(always_valid_factor(frame["users"].sum(), 15 * 20) * error)


@pytest.mark.parametrize(
    "names", [("1", "2"), ("1.9", "1.10"), ("v2.0", "v10"), ("2024-12", "2025-1"), ("3", "summer")]
)
def test_versions_are_chained_and_pooled(names: tuple[str, str]):
    """The same users in every version."""
    parts = [shop({"control": (100, 1000), "sent": (buyers, 1000)}) for buyers in (150, 130)]
    orders, lists = orders_frame([last_order(90)]), []
    for version, (bought, listed) in enumerate(parts, 1):
        later = pl.duration(days=40 * (version - 1))
        within = bought.filter(pl.col("user_id") != "nobody-listed")
        orders = pl.concat([orders, within.with_columns(pl.col("order_time") + later)])
        lists.append(
            listed.with_columns(pl.col("assigned_time") + later, version=pl.lit(names[version - 1]))
        )
    orders = orders.drop("order_id").with_row_index("order_id")
    found = campaigns(orders, assignments=pl.concat(lists))["series"].frame
    assert found["version"].to_list() == [*names, "all"]
    assert found["chained"][1] == pytest.approx(1.5 * 1.3 - 1)
    assert 0.3 < found["lift"][2] < 0.5
    assert found["shrunk"][0] <= 0.5
    assert found["shrunk"][1] >= 0.3


class TestNoControl:
    """Nobody was held back: others like them, and only where they were alike before."""

    def listed(self, trend: float, effect: float = 0.0) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Everyone buys at random; recipients more and more, by a trend that nobody wrote down."""
        chance = Random(8)
        orders, lists = [last_order(60)], []
        for number in range(1500):
            is_recipient = number % 3 == 0
            user = f"u{number}"
            orders.append((user, DAY - timedelta(120 + number % 5), 20.0))
            if is_recipient:
                lists.append((user, "c", "sent", DAY))
            for period in range(-6, 1):
                rate = 0.2 + (trend * (period + 6) if is_recipient else 0)
                rate += effect if is_recipient and period == 0 else 0
                if chance.random() < rate:
                    day = DAY + timedelta(15 * period + 1 + chance.randrange(14), hours=3)
                    orders.append((user, day, 20.0))
        return orders_frame(orders), lists_frame(lists)

    def test_a_known_confounder_withholds_the_claim(self):
        table = summary(*self.listed(trend=0.07))
        found = row(table, group="sent")
        assert (found["difference"], found["evidence"], found["verdict"]) == (
            None,
            None,
            "no control",
        )
        assert found["incremental_revenue"] is None
        assert "the groups differed before" in " ".join(table.notes)

    def test_all_three_earlier_dates_are_needed(self):
        orders, lists = self.listed(trend=0, effect=0.3)
        late = orders.filter(pl.col("order_time") >= DAY - timedelta(50))
        result = campaigns(late, assignments=lists)
        found = row(result["summary"], group="sent")
        assert (found["difference"], found["verdict"]) == (None, "no control")
        assert "the orders begin too late" in " ".join(result["summary"].notes)
        short = row(result["checks"], check="earlier dates to compare")
        assert (short["value"], short["limit"], short["result"]) == (2, 3, "unfair")

    def test_three_looks_back_withhold_no_more_than_one_would(self):
        """Each at 1 - .05 / 3: of 300 harmless comparisons some 5 % are withheld, not 14 %."""
        chance = np.random.default_rng(6)
        kept = []
        for _ in range(300):
            placebos = []
            for _ in range(PLACEBOS):
                groups = [chance.poisson(0.3, 400) - chance.poisson(0.3, 400) for _ in range(2)]
                sums = [Sums(400, int(one.sum()), int((one * one).sum())) for one in groups]
                found = difference_in_differences([tuple(sums)], PLACEBO_LEVEL)
                placebos.append(found.difference)
            kept.append(not Comparison(None, 1.0, tuple(placebos), None).withheld)
        assert 0.92 <= np.mean(kept) <= 0.98

    def test_what_earlier_dates_show_of_revenue_is_in_whole_units(self):
        """Every order is 20: what users spent differed by twenty times what they bought."""
        orders, lists = self.listed(trend=0.07)
        of_orders, of_revenue = (
            campaigns(orders, assignments=lists, metric=metric)["checks"]
            for metric in ("orders", "revenue")
        )
        for number in (1, 2, 3):
            bought, spent = (
                row(one, check=f"placebo {number}")["value"] for one in (of_orders, of_revenue)
            )
            assert spent == pytest.approx(20 * bought)

    def test_an_effect_differs_and_nothing_more(self):
        orders, lists = self.listed(trend=0, effect=0.3)
        result = campaigns(orders, assignments=lists, metric="orders")
        found = row(result["summary"], group="sent")
        assert (found["evidence"], found["verdict"]) == ("matched", "no control")
        assert found["difference_low"] < 0.3 < found["difference_high"]
        assert found["incremental_revenue"] is None
        assert found["roi"] is None
        assert row(result["checks"], check="e-value")["value"] > 1
        assert "isn't what it brought" in " ".join(result["summary"].notes)

    def test_recipients_whose_windows_are_open_are_nobody_to_compare_with(self):
        orders, lists = self.listed(trend=0, effect=0.3)
        later = [(f"u{number}", "c", "sent", DAY + timedelta(50)) for number in range(1, 1500, 3)]
        bought = [(user, DAY + timedelta(3), 20.0) for user, *_ in later]
        orders = pl.concat([orders.drop("order_id"), orders_frame(bought).drop("order_id")])
        found = row(
            summary(
                orders.with_row_index("order_id"),
                pl.concat([lists, lists_frame(later)]),
                metric="orders",
                end="2025-07-01",
            ),
            group="sent",
        )
        assert found["difference_low"] < 0.3 < found["difference_high"]

    def test_beside_what_was_expected_of_the_same_people(self):
        """A list of the silent: some come back by themselves, and the model knows how many."""
        shop_ = SAMPLES / "shop/orders.csv"
        bought = pl.read_csv(shop_, schema_overrides={"user_id": pl.String}, try_parse_dates=True)
        cut = datetime(2025, 9, 1)
        last = (
            bought.filter(pl.col("paid_at") < cut).group_by("user_id").agg(pl.col("paid_at").max())
        )
        silent = last.filter(pl.col("paid_at") < cut - timedelta(45)).sort("user_id")["user_id"]
        lists = lists_frame([(user, "c", "sent", cut) for user in silent])
        checks = campaigns(shop_, assignments=lists)["checks"]
        found = row(checks, check="purchases per user, beside what was expected of them")
        assert 0.5 < found["value"] / found["limit"] < 2
        assert found["result"] == "look"

    def test_a_control_that_cannot_be_used_is_said_to_be_one(self):
        orders, lists = shop({"control": (48, 80), "holdout": (10, 20), "sent": (56, 70)})
        table = summary(orders, lists)
        assert "several of its groups are called as a control is (control, holdout)" in " ".join(
            table.notes
        )
        verdicts = dict(table.frame.select("group", "verdict").iter_rows())
        assert verdicts == {"control": None, "holdout": None, "sent": "can't tell"}
        assert row(summary(orders, lists, control="holdout"), group="sent")["verdict"] == "works"
        # Nobody of the control is in it alone.
        both = lists.filter(pl.col("group") == "control").with_columns(group=pl.lit("sent"))
        left = pl.concat([lists.filter(pl.col("group") != "holdout"), both])
        table = summary(orders, left)
        assert row(table, group="sent")["verdict"] == "can't tell"
        assert "nobody of control counts" in " ".join(table.notes)
        alone = summary(orders, lists.filter(pl.col("group") == "control"))
        assert "the control (control) alone" in " ".join(alone.notes)

    def test_other_names_for_a_control_are_asked_for(self):
        orders, lists = shop({"A": (48, 80), "B": (56, 70)})
        table = summary(orders, lists)
        assert "--control A" in " ".join(table.notes)
        assert row(summary(orders, lists, control="A"), group="B")["verdict"] == "works"


def test_plan_is_from_the_last_window():
    orders = [(f"u{n}", DAY - timedelta(100), 10.0) for n in range(1000)]
    orders += [(f"u{n}", DAY, 10.0) for n in range(500)]
    found = campaigns(orders_frame(orders), days=14)["plan"].frame
    all_ = found.filter(audience="all", effect=0.5)
    assert all_["conversion"].item() == 0.5
    assert all_["users"].item() == 1000
    assert found.filter(audience="all")["users_per_arm"].to_list() == sorted(
        found.filter(audience="all")["users_per_arm"].to_list(), reverse=True
    )
    # R: power.prop.test(p1 = .5, p2 = .75, power = .8)
    assert all_["users_per_arm"].item() == 58
    assert all_["weeks"].item() == 2
