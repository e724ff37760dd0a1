"""Coupons: what they were used for, and what of it would have come anyway."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from helpers.campaigns import DAY, last_order, orders_frame, row, shop
from userops.api import campaigns


class TestCoupons:
    def used(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        orders, lists = shop({"control": (40, 100), "sent": (60, 100)}, spend=20.0)
        rows = []
        for number in range(100):
            used = DAY + timedelta(1) if number < 50 else None
            rows.append((f"sent-{number}", "ten off", DAY, DAY, used, 3.0 if used else None))
        rows[0] = (*rows[0][:4], DAY + timedelta(9), 3.0)  # no order is near: given back
        names = ("user_id", "coupon", "issued_time", "claimed_time", "redeemed_time", "discount")
        return orders, lists, pl.DataFrame(rows, schema=names, orient="row")

    def test_most_orders_would_have_come_anyway(self):
        orders, lists, issued = self.used()
        result = campaigns(orders, assignments=lists, coupons=issued)
        found = row(result["coupons"], coupon="ten off")
        assert (found["issued"], found["claimed"], found["redeemed"]) == (100, 100, 50)
        assert (found["discount"], found["cost"]) == (15000, 14700)
        assert (found["campaign"], found["group"]) == ("c", "sent")
        assert found["incremental_orders"] == pytest.approx(20)
        assert found["subsidised_share"] == pytest.approx(1 - 20 / 49)
        assert found["subsidised_low"] < 0.6 < found["subsidised_high"]
        more = row(result["summary"], group="sent")["incremental_revenue"]
        assert found["incremental_margin"] == pytest.approx(more + 14700)
        assert found["roi"] == pytest.approx(more / 14700)
        assert found["claimed_roi"] == pytest.approx(found["assisted_revenue"] / 14700)
        assert found["claimed_roi"] > 2 * found["roi"]

    def test_a_share_below_nothing_is_shown(self):
        """More orders came than coupons were used: others were drawn in as well."""
        orders, lists, issued = self.used()
        few = issued.head(11)
        found = row(campaigns(orders, assignments=lists, coupons=few)["coupons"], coupon="ten off")
        assert found["subsidised_share"] == pytest.approx(1 - 20 / 10)
        assert found["subsidised_low"] < found["subsidised_share"] < found["subsidised_high"]

    def test_alone_nothing_is_incremental(self):
        orders, _, issued = self.used()
        found = row(campaigns(orders, coupons=issued)["coupons"], coupon="ten off")
        assert found["redemption_rate"] == 0.5
        assert (found["incremental_orders"], found["roi"], found["subsidised_share"]) == (None,) * 3

    def test_orders_own_coupons(self):
        orders, lists = shop({"control": (40, 100), "sent": (60, 100)}, spend=20.0)
        used = pl.col("user_id").str.starts_with("sent")
        own = orders.with_columns(
            pl.when(used).then(pl.lit("TEN")).alias("Discount Code"),
            pl.when(used).then(3.0).alias("Discount Amount"),
        )
        found = row(campaigns(own, assignments=lists)["coupons"], coupon="TEN")
        assert (found["issued"], found["redemption_rate"], found["redeemed"]) == (None, None, 60)
        assert (found["cost"], found["campaign"]) == (18000, "c")
        assert found["subsidised_share"] == pytest.approx(1 - 20 / 60)
        assert campaigns(own)["coupons"].frame["assisted_revenue"].item() > 100_000

    def redeemed(self, orders, *times: datetime) -> dict:
        """What coupons of one name came to that a user redeemed."""
        rows = [("u", "ten off", DAY, time, 3.0) for time in times]
        names = ("user_id", "coupon", "issued_time", "redeemed_time", "discount")
        given = pl.DataFrame(rows, schema=names, orient="row")
        bought = orders_frame([*(("u", *order) for order in orders), last_order()])
        return campaigns(bought, coupons=given)["coupons"].frame.row(0, named=True)

    def test_a_date_means_orders_of_that_day(self):
        late = DAY - timedelta(hours=2)
        found = self.redeemed([(late, 50.0), (DAY + timedelta(hours=20), 80.0)], DAY)
        assert found["assisted_revenue"] == 8000
        assert self.redeemed([(late, 50.0)], DAY)["assisted_revenue"] == 0

    def test_several_coupons_on_one_order_bring_its_revenue_once(self):
        noon = DAY + timedelta(hours=12)
        found = self.redeemed([(noon, 80.0)], noon, noon + timedelta(minutes=1))
        assert (found["redeemed"], found["cost"], found["assisted_revenue"]) == (2, 600, 8000)

    def test_time_travel(self):
        orders, lists, issued = self.used()
        as_of = DAY.date()
        found = row(
            campaigns(orders, assignments=lists, coupons=issued, as_of=as_of)["coupons"],
            coupon="ten off",
        )
        assert (found["issued"], found["redeemed"], found["cost"]) == (100, 0, 0)

    def test_a_coupon_that_names_its_order_was_used_for_that(self):
        """Not for the one that is nearest in time."""
        noon = DAY + timedelta(hours=12)
        orders = orders_frame([("u", noon, 50.0), ("u", noon + timedelta(5), 80.0), last_order()])
        orders = orders.with_columns(pl.concat_str(pl.lit("A-"), "order_id").alias("order_id"))
        names = ("user_id", "coupon", "issued_time", "redeemed_time", "discount", "order_id")
        rows = [("u", "ten off", DAY, noon, 3.0, "A-1"), ("u", "ten off", DAY, noon, 3.0, "A-7")]
        given = pl.DataFrame(rows, schema=names, orient="row")
        clean = campaigns(orders, coupons=given)["coupons"].frame
        # A-7 isn't there, as an order that was given back isn't: no cost.
        found = clean.row(0, named=True)
        assert (found["redeemed"], found["assisted_revenue"], found["cost"]) == (2, 8000, 300)
        # Read strictly, and where an order was given back since.
        back = pl.DataFrame({
            "order_id": ["A-1"], "user_id": ["u"], "order_time": [noon + timedelta(9)], "amount": [-80.0]
        }).cast({"order_time": pl.Datetime("us")})  # fmt: skip
        part = back.with_columns(amount=pl.lit(-30.0))
        netted = pl.concat([orders, part.select(orders.columns)])
        assert campaigns(netted, coupons=given)["coupons"].frame["assisted_revenue"].item() == 5000
        gone = campaigns(pl.concat([orders, back.select(orders.columns)]), coupons=given)["coupons"]
        assert gone.frame.select("assisted_revenue", "cost").row(0) == (0, 0)

    def test_one_used_for_an_order_given_back_is_on_neither_side(self):
        orders, lists, issued = self.used()
        whole = row(
            campaigns(orders, assignments=lists, coupons=issued)["coupons"], coupon="ten off"
        )
        gone = [f"sent-{number}" for number in range(10, 20)]
        kept = orders.filter(~pl.col("user_id").is_in(gone))
        part = row(campaigns(kept, assignments=lists, coupons=issued)["coupons"], coupon="ten off")
        assert (whole["redeemed_in_window"], part["redeemed_in_window"]) == (49, 39)
        assert part["incremental_orders"] == pytest.approx(whole["incremental_orders"] - 10)

    def test_one_without_an_order_id_goes_by_time_and_an_order_counts_once(self):
        noon = DAY + timedelta(hours=12)
        orders = orders_frame([("u", noon, 50.0), last_order()])
        names = ("user_id", "coupon", "issued_time", "redeemed_time", "discount", "order_id")
        rows = [("u", "ten off", DAY, noon, 3.0, one) for one in ("0", None)]
        found = campaigns(orders, coupons=pl.DataFrame(rows, schema=names, orient="row"))["coupons"]
        assert found.frame.select("assisted_revenue", "cost").row(0) == (5000, 600)

    def test_ids_that_orders_write_otherwise_go_by_time_and_it_is_said(self):
        orders, lists, issued = self.used()
        other = issued.with_columns(order_id=pl.format("X{}", pl.int_range(pl.len())))
        plain = campaigns(orders, assignments=lists, coupons=issued)["coupons"]
        found = campaigns(orders, assignments=lists, coupons=other)
        assert found["coupons"].frame.equals(plain.frame)
        assert any("none of the order ids" in said for said in found.messages)

    def test_what_is_incremental_stands_beside_the_same_users_and_days(self):
        """Coupons used after the windows, or by users who don't count, are in neither side."""
        orders, lists, issued = self.used()
        late = issued.with_columns(
            redeemed_time=pl.when(pl.col("user_id").is_in([f"sent-{n}" for n in range(60, 90)]))
            .then(pl.lit(DAY + timedelta(30)))
            .otherwise("redeemed_time"),
        ).with_columns(discount=pl.when(pl.col("redeemed_time").is_not_null()).then(3.0))
        found = row(campaigns(orders, assignments=lists, coupons=late)["coupons"], coupon="ten off")
        assert (found["redeemed"], found["redeemed_in_window"]) == (80, 49)
        assert found["cost_in_window"] == 14700
        assert found["subsidised_share"] == pytest.approx(1 - 20 / 49)
        # Ten were put on the list too late to count, and have used theirs.
        some = pl.col("user_id").is_in([f"sent-{n}" for n in range(10, 20)])
        open_ = lists.with_columns(
            assigned_time=pl.when(some).then(pl.lit(DAY + timedelta(39))).otherwise("assigned_time")
        )
        part = row(
            campaigns(orders, assignments=open_, coupons=issued, end="2025-06-20")["coupons"],
            coupon="ten off",
        )
        assert (part["redeemed"], part["redeemed_in_window"]) == (50, 39)
        expected = part["incremental_margin"] - part["cost_in_window"]
        assert part["roi"] == pytest.approx(expected / part["cost_in_window"])


class TestRedemptionsWithoutAnOrder:
    def told(self, *named: str | None) -> tuple[dict, str]:
        """The coupon's row and notes where one redemption is of the order that is there."""
        bought = orders_frame([("u", DAY, 50.0), last_order()]).with_columns(
            pl.Series("order_id", ["E1", "E2"])
        )
        rows = [("u", "ten off", DAY, DAY, 10.0, "E1")]
        rows += [("v", "ten off", DAY, DAY, 30.0, one) for one in named]
        names = ("user_id", "coupon", "issued_time", "redeemed_time", "discount", "order_id")
        found = campaigns(bought, coupons=pl.DataFrame(rows, schema=names, orient="row"))["coupons"]
        return found.frame.row(0, named=True), " / ".join(map(str, found.notes))

    def test_are_said_with_what_they_count_in(self):
        found, notes = self.told("X999")
        assert (found["discount"], found["cost"], found["claimed_roi"]) == (4000, 1000, 5)
        assert "1 redemption names an order outside of those that count: not in the orders" in notes
        assert "discount, but not in cost" in notes

    def test_some_name_none(self):
        _, notes = self.told("X999", None)
        assert "2 redemptions have no order that counts (1 of them name one)" in notes

    def test_none_is_said_where_all_have_one(self):
        assert "redemption" not in self.told()[1]
