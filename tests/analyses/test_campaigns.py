"""Campaigns: what they're compared with, what is claimed, and what isn't."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import duckdb
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
from helpers.running import userops
from userops.api import campaigns
from userops.core.errors import InputError, UsageError


class TestSummary:
    def test_newcombe_beside_wilson(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        table = summary(orders, lists, control_share=80 / 150)
        found = row(table, group="sent")
        assert (round(found["difference_low"], 4), round(found["difference_high"], 4)) == (
            0.0524,
            0.3339,
        )
        assert (found["evidence"], found["verdict"]) == ("randomised", "works")
        assert found["lift"] == pytest.approx((56 / 70) / (48 / 80) - 1)
        held = row(table, group="control")
        assert (held["users"], held["difference"], held["verdict"]) == (80, None, None)

    def test_hurts_and_cant_tell(self):
        orders, lists = shop({"对照组": (40, 100), "发券": (15, 100), "短信": (41, 100)})
        table = summary(orders, lists)
        assert row(table, group="发券")["verdict"] == "hurts"
        unclear = row(table, group="短信")
        assert unclear["verdict"] == "can't tell"
        assert 0.15 < unclear["detectable"] < 0.25
        # Two arms: Holm.
        assert unclear["p_adjusted"] == pytest.approx(unclear["p_value"])
        assert row(table, group="发券")["p_adjusted"] == pytest.approx(
            2 * row(table, group="发券")["p_value"]
        )

    @pytest.mark.parametrize("before", [True, False])
    @pytest.mark.parametrize("strange", ["sent", "control"])
    def test_a_group_written_otherwise_withholds_the_verdict(self, before, strange):
        orders, lists = shop({"control": (15, 60), "sent": (60, 240)})
        if before:  # all of them had ordered before they were assigned
            earlier = [(user, DAY - timedelta(100), 5.0) for user in lists["user_id"]]
            more = orders_frame(earlier).with_columns(order_id="p" + pl.col("order_id"))
            orders = pl.concat([orders, more])
        odd = pl.when(pl.col("group") == strange).then("x" + pl.col("user_id"))
        lists = lists.with_columns(user_id=odd.otherwise("user_id"))
        found = campaigns(orders, assignments=lists)
        said = row(found["summary"], group="sent")["verdict"]
        checked = [
            one
            for one in found["checks"].frame.to_dicts()
            if one["check"] == "a group without any order"
        ]
        if not before and strange == "control":
            # Leads, of whom those who were held back may well never have ordered.
            assert (said, checked) == ("works", [])
            return
        assert said == "unfair"
        assert [one["result"] for one in checked] == ["unfair"]
        (note,) = [str(one) for one in found["summary"].notes if "has an order" in str(one)]
        assert f"it has x{strange}-0" in note

    def test_a_group_of_whom_some_are_known_is_compared(self):
        orders, lists = shop({"control": (15, 60), "sent": (0, 240)})
        orders = pl.concat(
            [
                orders,
                orders_frame([("sent-3", DAY - timedelta(200), 5.0)]).with_columns(
                    order_id=pl.lit("p")
                ),
            ]
        )
        assert row(summary(orders, lists), group="sent")["verdict"] == "hurts"

    def test_a_small_group_without_orders_is_no_wonder(self):
        orders, lists = shop({"control": (1, 20), "sent": (0, 20)})
        found = campaigns(orders, assignments=lists)
        assert row(found["summary"], group="sent")["verdict"] == "can't tell"
        assert row(found["checks"], check="a group without any order")["result"] == "look"

    def test_unfair_sizes_withhold_the_verdict(self):
        orders, lists = shop({"control": (100, 1000), "sent": (300, 1200)})
        found = row(summary(orders, lists), group="sent")
        assert round(found["srm_p"], 9) == 0.000020079
        assert found["verdict"] == "unfair"
        assert found["difference"] == pytest.approx(0.15)
        # Planned so, it's fair.
        planned = summary(orders, lists, control_share=10 / 22)
        assert row(planned, group="sent")["verdict"] == "works"

    def test_a_usual_share_is_no_imbalance(self):
        orders, lists = shop({"control": (10, 100), "sent": (90, 900)})
        assert row(summary(orders, lists), group="sent")["srm_p"] == 1

    def test_sizes_that_were_planned(self):
        orders, lists = shop({"control": (10, 100), "A": (30, 300), "B": (90, 600)})
        assert row(summary(orders, lists), group="B")["verdict"] == "unfair"
        planned = summary(orders, lists, planned={"control": 1, "A": 3, "B": 6})
        assert row(planned, group="B")["srm_p"] == 1

    def test_rows_without_a_group_are_left_out_and_said(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        blank = lists.with_columns(
            pl.when(pl.col("user_id") == "sent-1").then(None).otherwise("group").alias("group")
        )
        table = summary(orders, blank)
        assert row(table, group="sent")["users"] == 69
        assert "1 row of the lists has no group" in " ".join(table.notes)

    def test_too_early_until_the_windows_are_over(self):
        orders, lists = shop({"control": (20, 100), "sent": (60, 100)})
        early = summary(orders, lists, as_of=DAY.date() + timedelta(13))
        assert early.frame["users"].to_list() == [0, 0]  # nobody counts yet
        assert early.frame["verdict"].unique().to_list() == ["too early"]
        assert early.frame["conversion"].null_count() == 2
        part = lists.with_columns(
            pl.when(pl.col("user_id").str.ends_with("9"))
            .then(pl.col("assigned_time") + timedelta(10))
            .otherwise("assigned_time")
            .alias("assigned_time")
        )
        table = summary(orders, part, as_of=DAY.date() + timedelta(14))
        found = row(table, group="sent")
        assert (found["verdict"], found["users"]) == ("too early", 90)
        assert "20 assignments are left out" in " ".join(table.notes)
        looked = row(
            summary(orders, part, as_of=DAY.date() + timedelta(14), peeking=True), group="sent"
        )
        assert looked["verdict"] == "works"
        assert looked["difference_low"] < found["difference_low"]
        ended = summary(orders, part, as_of=DAY.date() + timedelta(14), end="2025-06-10")
        assert row(ended, group="sent")["verdict"] == "works"

    def test_the_window(self):
        times = [
            DAY - timedelta(seconds=1), DAY, DAY + timedelta(days=14, hours=23),
            DAY + timedelta(days=15),
        ]  # fmt: skip
        noon = [(f"u{n}", time + timedelta(0), 5.0) for n, time in enumerate(times)]
        orders = orders_frame([*noon, ("x", DAY + timedelta(hours=1), 1.0), last_order()])
        groups = ["sent"] * 4 + ["control"] * 2
        lists = lists_frame([(f"u{n}", "c", group, DAY) for n, group in enumerate(groups)])
        found = row(campaigns(orders, assignments=lists)["summary"], group="sent")
        assert found["conversion"] == 0.5
        users = campaigns(orders, assignments=lists)["users"].frame
        assert users.filter(user_id="u0")["pre_orders"].item() == 1

    def test_an_order_before_it_on_the_day_is_before(self):
        noon = DAY + timedelta(hours=12)
        orders = orders_frame(
            [("u0", DAY + timedelta(hours=9), 5.0), ("u1", noon, 5.0), last_order()]
        )
        lists = lists_frame([(f"u{n}", "c", "sent", noon) for n in range(2)])
        found = campaigns(orders, assignments=lists)["users"].frame
        assert found["orders"].to_list() == [0, 1]
        # Dates alone don't tell: the day counts.
        dated = orders.with_columns(pl.col("order_time").dt.date().cast(pl.String))
        assert campaigns(dated, assignments=lists)["users"].frame["orders"].to_list() == [1, 1]

    def test_users_in_several_groups_count_in_none(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        both = lists_frame([("control-1", "c", "sent", DAY)])
        table = summary(orders, pl.concat([lists, both]))
        assert row(table, group="control")["users"] == 79
        assert "1 user is in several groups" in " ".join(table.notes)
        # A row again is nobody new.
        assert row(summary(orders, pl.concat([lists, lists])), group="control")["users"] == 80

    def test_money(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        lists = lists.with_columns(
            contact_cost=pl.when(pl.col("group") == "sent").then(0.5).otherwise(0.0),
            delivered=pl.when(pl.col("user_id") == "sent-3")
            .then(pl.lit("no"))
            .otherwise(pl.lit("yes")),
        )
        table = summary(orders, lists, metric="revenue", margin=0.4)
        found = row(table, group="sent")
        spent = {
            group: [10.0 + n % 7 if n < buyers else 0.0 for n in range(users)]
            for group, buyers, users in (("sent", 56, 70), ("control", 48, 80))
        }
        expected = stats.ttest_ind(spent["sent"], spent["control"], equal_var=False)
        interval = expected.confidence_interval()
        assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
        assert found["difference_low"] / 100 == pytest.approx(interval.low, rel=1e-9)
        assert found["incremental_high"] / 100 == pytest.approx(70 * interval.high, rel=1e-9)
        assert (found["cost"], found["reached"]) == (3500, 69)
        assert found["roi"] == pytest.approx((found["incremental_revenue"] * 0.4 - 3500) / 3500)

    def test_metrics_have_money_in_whole_units(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        metrics = campaigns(orders, assignments=lists)["metrics"]
        found = row(metrics, group="sent", metric="revenue")
        assert 10 < found["value"] < 16
        assert row(metrics, group="sent", metric="conversion")["difference"] == pytest.approx(0.2)

    @pytest.mark.parametrize("is_held", [True, False])
    def test_one_metric_decides(self, is_held: bool):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        if not is_held:
            lists = lists.filter(pl.col("group") == "sent")
        for metric in ("conversion", "revenue"):
            found = campaigns(orders, assignments=lists, metric=metric)["metrics"].frame
            says = found.filter(pl.col("verdict").is_not_null())
            assert says["metric"].to_list() == [metric]

    def test_looking_often_leaves_no_ends_that_hold_for_one_look(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        told = lists.with_columns(
            delivered=pl.when(pl.col("group") == "sent").then(pl.lit("1")), version=pl.lit("1")
        )
        often = campaigns(orders, assignments=told, peeking=True)
        for table, names in (("summary", ["lift"]), ("metrics", ["lift", "on_reached"])):
            where = {"metric": "conversion"} if table == "metrics" else {}
            found = row(often[table], group="sent", **where)
            assert found["difference_low"] is not None
            for name in names:
                ends = [found[name], found[f"{name}_low"], found[f"{name}_high"]]
                assert [end is None for end in ends] == [False, True, True]
        assert "one look" in " ".join(often["series"].notes)

    def test_effect_on_those_reached(self):
        """Sommer and Zeger (1991): vitamin A, of whom 9,675 of 12,094 got it; a death is the order."""
        orders, lists = shop({"control": (74, 11588), "sent": (46, 12094)})
        got_it = pl.col("user_id").str.extract(r"(\d+)$").cast(pl.Int64) < 9675
        lists = lists.with_columns(
            delivered=(got_it & (pl.col("group") == "sent")).cast(pl.Int64).cast(pl.String)
        )
        found = row(
            campaigns(orders, assignments=lists)["metrics"], group="sent", metric="conversion"
        )
        assert (round(found["difference"], 4), round(found["on_reached"], 4)) == (-0.0026, -0.0032)
        assert found["on_reached_low"] < -0.0032 < found["on_reached_high"] < 0

    def test_a_cap_cuts_the_largest(self):
        orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
        rich = orders.with_columns(
            amount=pl.when(pl.col("user_id") == "sent-1").then(90000.0).otherwise("amount")
        )
        plain = row(summary(rich, lists, metric="revenue"), group="sent")
        cut = row(summary(rich, lists, metric="revenue", cap=99), group="sent")
        assert plain["revenue_per_user"] > 100_000 > 3_000 > cut["revenue_per_user"]
        checks = campaigns(rich, assignments=lists)["checks"]
        assert row(checks, check="largest user's share of a group's revenue")["result"] == "look"

    def test_adjusting_by_the_time_before(self):
        chance = Random(5)
        orders, lists = [last_order()], []
        for number in range(600):
            group = "control" if number % 2 else "sent"
            lists.append((f"u{number}", "c", group, DAY))
            level = chance.uniform(10, 200)
            orders.append((f"u{number}", DAY - timedelta(20), round(level, 2)))
            orders.append(
                (f"u{number}", DAY + timedelta(3), round(level + chance.uniform(0, 20), 2))
            )
        shop_ = orders_frame(orders), lists_frame(lists)
        plain = row(summary(*shop_, metric="revenue"), group="sent")
        adjusted = row(summary(*shop_, metric="revenue", adjust="pre"), group="sent")
        width = [one["difference_high"] - one["difference_low"] for one in (plain, adjusted)]
        assert width[1] < width[0] / 4
        saved = row(
            campaigns(shop_[0], assignments=shop_[1], metric="revenue")["checks"],
            check="variance saved by the time before",
        )
        assert saved["value"] > 0.9


@pytest.mark.parametrize(
    "name", ["control", "Holdout", "none", "None", "对照组", "空白组", "不触达"]
)
def test_usual_names_of_a_control(name):
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    called = lists.with_columns(pl.col("group").replace("control", name))
    found = row(summary(orders, called), group="sent")
    assert (found["evidence"], found["verdict"]) == ("randomised", "works")


def test_columns_are_those_that_are_promised():
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    promised = (
        "campaign group evidence users reached conversion conversion_low conversion_high revenue_per_user "
        "difference difference_low difference_high lift lift_low lift_high p_value p_adjusted "
        "incremental_revenue incremental_low incremental_high cost roi srm_p verdict"
    )
    assert summary(orders, lists).frame.columns[:24] == promised.split()
    found = campaigns(orders, assignments=lists)
    metrics = found["metrics"].frame.filter(group="sent")["metric"].to_list()
    assert metrics == ["conversion", "orders", "revenue", "margin"]


def test_users_in_several_groups_are_warned_of_where_they_are_many():
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    for several, is_told in ((1, False), (2, True)):
        both = lists_frame([(f"control-{n}", "c", "sent", DAY) for n in range(several)])
        found = campaigns(orders, assignments=pl.concat([lists, both]))
        assert any("in several groups" in said for said in found.messages) == is_told
        check = row(found["checks"], check="several groups")
        assert (check["value"], check["result"]) == (several / 150, "look" if is_told else "ok")


def test_a_list_of_users_who_are_all_in_several_groups_has_nobody_to_compare():
    orders, _ = shop({"control": (48, 80), "sent": (56, 70)})
    lists = lists_frame([("sent-1", "c", group, DAY) for group in ("A", "B")])
    found = campaigns(orders, assignments=lists)["summary"]
    assert found.frame.filter(pl.col("verdict") == "works").is_empty()
    assert any("nobody of A, B counts" in note for note in found.notes)


def _compared(bought: dict[str, tuple[int, int]]):
    orders, lists = shop(bought)
    return campaigns(orders, assignments=lists)


def test_few_buyers_are_said():
    """Of how p is made, and that money is less sure."""
    found = _compared({"control": (3, 80), "sent": (6, 70)})
    check = row(found["checks"], check="buyers in the smallest group")
    assert (check["value"], check["limit"], check["result"]) == (3, 30, "look")
    for table in ("summary", "metrics"):
        assert "Fisher's exact test" in " ".join(found[table].notes)
    # SciPy's, less half of the chance of what was seen.
    p = stats.fisher_exact([[6, 64], [3, 77]]).pvalue - stats.hypergeom.pmf(6, 150, 9, 70) / 2
    assert row(found["summary"], group="sent")["p_value"] == pytest.approx(p)
    many = _compared({"control": (48, 80), "sent": (56, 70)})
    assert row(many["checks"], check="buyers in the smallest group")["result"] == "ok"
    assert "Fisher" not in " ".join(many["summary"].notes)


def test_a_past_that_says_nothing_is_said_to():
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    check = row(
        campaigns(orders, assignments=lists)["checks"], check="variance saved by the time before"
    )
    assert check["value"] == 0
    assert "would save little or nothing" in check["what_to_do"]
    adjusted = campaigns(orders, assignments=lists, adjust="pre")["checks"]
    check = row(adjusted, check="variance saved by the time before")
    assert "says nothing here" in check["what_to_do"]


def test_counts_are_duckdbs():
    orders, lists = random_shop(11)
    found = campaigns(orders, assignments=lists, days=10)["summary"].frame
    as_of = orders["order_time"].max().date()
    expected = duckdb.sql(f"""
        WITH counted AS (
            SELECT * FROM lists WHERE assigned_time::DATE + 10 <= DATE '{as_of}'
        ), each AS (
            SELECT a.campaign campaign, a."group" g, a.user_id user_id, COUNT(o.amount) orders, COALESCE(SUM(o.amount), 0) revenue
            FROM counted a LEFT JOIN orders o ON o.user_id = a.user_id
                AND o.order_time >= a.assigned_time
                AND o.order_time::DATE <= a.assigned_time::DATE + 10
            GROUP BY ALL
        )
        SELECT campaign, g, COUNT(*) users, AVG((orders > 0)::INT) conversion, 100 * AVG(revenue) revenue
        FROM each GROUP BY campaign, g ORDER BY campaign, g = 'control', g
    """).pl()
    assert found["users"].to_list() == expected["users"].to_list()
    assert found["conversion"].to_list() == pytest.approx(expected["conversion"].to_list())
    assert found["revenue_per_user"].to_list() == pytest.approx(expected["revenue"].to_list())


@pytest.mark.parametrize("seed", [1, 2])
def test_no_order_of_rows_and_no_later_row_changes_anything(seed):
    orders, lists = random_shop(seed, 120)
    as_of = DAY.date() + timedelta(30)
    then = campaigns(orders, assignments=lists, as_of=as_of)
    cut = campaigns(
        orders.filter(pl.col("order_time").dt.date() <= as_of),
        assignments=lists.filter(pl.col("assigned_time").dt.date() <= as_of),
        as_of=as_of,
    )
    shuffled = campaigns(
        orders.sample(fraction=1, shuffle=True, seed=seed),
        assignments=lists.sample(fraction=1, shuffle=True, seed=seed),
        as_of=as_of,
    )
    for table in then.tables:
        assert table.frame.equals(cut[table.name].frame), table.name
        assert table.frame.equals(shuffled[table.name].frame), table.name


def test_sends_that_are_repeated_cost_and_arrive_each():
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    sent = pl.col("group") == "sent"
    cost = pl.when(sent).then(1.0)
    first = lists.with_columns(delivered=pl.lit("0"), contact_cost=cost)
    again = first.filter(sent).with_columns(
        pl.col("assigned_time") + timedelta(2), delivered=pl.lit("1")
    )
    # One file given twice is one.
    found = row(summary(orders, pl.concat([first, again, first, again])), group="sent")
    assert (found["users"], found["reached"], found["cost"]) == (70, 70, 14000)


def test_lists_are_needed_for_what_speaks_of_them():
    orders, _ = shop({"sent": (5, 9)})
    assert campaigns(orders).names == ["plan"]


def test_both_ways_on_the_command_line(tmp_path):
    orders, lists = shop({"对照组": (48, 80), "发券": (56, 70)})
    orders.write_csv(tmp_path / "orders.csv")
    lists.rename(
        {
            "user_id": "会员编号",
            "campaign": "活动名称",
            "group": "分组",
            "assigned_time": "发送时间",
        }
    ).write_csv(tmp_path / "lists.csv")
    given = ("campaigns", tmp_path / "orders.csv", "--assignments", tmp_path / "lists.csv")
    ran = userops(*given, "-f", "csv")
    assert ran.code == 0, ran.err
    assert "works" in ran.out.decode()
    shown = userops(*given, "--lang", "zh", "-f", "md")
    assert "有效" in shown.out.decode()
    assert "随机分组" in shown.out.decode()
    nothing = userops("campaigns", tmp_path / "orders.csv", "--show", "summary")
    assert nothing.code == 2
    assert "--assignments" in nothing.err


def test_a_control_that_no_campaign_has_stops():
    orders, lists = shop({"A": (10, 30), "B": (10, 30)})
    with pytest.raises(UsageError, match="C"):
        campaigns(orders, assignments=lists, control="C")


def test_lists_of_other_ids_stop():
    orders, lists = shop({"control": (10, 30), "sent": (10, 30)})
    others = lists.with_columns(pl.concat_str(pl.lit("wx-"), "user_id").alias("user_id"))
    with pytest.raises(InputError, match="none of the 60 users"):
        campaigns(orders, assignments=others)


def test_a_control_whose_windows_are_open_is_too_early():
    orders, lists = shop({"control": (10, 30), "sent": (10, 30)})
    later = lists.with_columns(
        pl.when(pl.col("group") == "control")
        .then(pl.col("assigned_time") + timedelta(30))
        .otherwise("assigned_time")
        .alias("assigned_time")
    )
    result = campaigns(orders, assignments=later)
    found = row(result["summary"], group="sent")
    assert (found["verdict"], found["evidence"], found["difference"]) == ("too early", None, None)


def test_days_have_bounds():
    with pytest.raises(UsageError):
        campaigns(shop({"sent": (5, 9)})[0], days=0)


@pytest.mark.parametrize(
    ("said", "reached"),
    [
        *[(word, 0) for word in ("未触达", "发送失败", "Not_Delivered", "undelivered", "pending", "0.0")],
        *[(word, 70) for word in ("已送达", "Delivered", "2", "2025-06-01 10:00", "2025/6/1", "Jun 1, 2025")],
        *[(word, 70) for word in ("01.06.2025", "2025年6月1日", "1 June 2025", "20250601")],
    ],
)  # fmt: skip
def test_what_deliveries_say(said: str, reached: int):
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    told = pl.when(pl.col("group") == "sent").then(pl.lit(said)).otherwise(pl.lit("no"))
    assert (
        row(summary(orders, lists.with_columns(delivered=told)), group="sent")["reached"] == reached
    )


def test_what_deliveries_say_otherwise_stops():
    orders, lists = shop({"control": (48, 80), "sent": (56, 70)})
    with pytest.raises(InputError, match="neither yes nor no: perhaps"):
        summary(orders, lists.with_columns(delivered=pl.lit("perhaps")))
