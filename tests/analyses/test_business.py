"""The business: users x value per user - costs, what a change comes from, and kinds of costs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from userops import api
from userops.analyses.business.figures import Figures, effects
from userops.analyses.business.outlay import Team
from userops.core.dates import to_day
from userops.core.errors import InputError, UsageError
from userops.customers.measures import Span
from userops.datasets.cost_kinds import KIND_WORDS, kind_of

SHOP = SAMPLES / "shop"
TEAM = {"2024-01": 2, "2025-02": 3, "2025-11": 4}
COSTS = [SHOP / "costs.csv", SHOP / "running_costs.csv"]


def spending(users: int, each: int, day: str) -> list[tuple[str, str, str]]:
    return [(f"{day} {number}", day, f"{each}.00") for number in range(users)]


def orders(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": [str(number) for number in range(len(rows))],
            "user_id": [row[0] for row in rows],
            "order_time": [row[1] for row in rows],
            "amount": [row[2] for row in rows],
        }
    )


def costs(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["kind", "month", "cost"], orient="row")


@pytest.fixture(scope="module")
def growing() -> pl.DataFrame:
    """100 users who bring 50 each, then 120 who bring 55."""
    return orders(
        *spending(100, 50, "2025-10-31"),
        *spending(120, 55, "2025-11-30"),
        ("x", "2025-09-30", "1.00"),
    )


SPENT = costs(
    ("投放", "2025-10", "800"), ("物流", "2025-10", "1000"),
    ("Ads", "2025-11", "900"), ("delivery", "2025-11", "1300"),
)  # fmt: skip


class TestChange:
    def test_what_is_printed(self, growing: pl.DataFrame) -> None:
        found = api.business(growing, costs=SPENT, team={"2025-10": 4, "2025-11": 5})
        before, now = found["summary"].frame.iter_rows(named=True)
        assert (before["users"], before["value_per_user"], before["revenue"]) == (
            100,
            5000,
            500_000,
        )
        assert (now["users"], now["value_per_user"], now["revenue"]) == (120, 5500, 660_000)
        assert (before["business_value"], now["business_value"]) == (320_000, 440_000)
        assert (before["value_per_head"], now["value_per_head"]) == (80_000, 88_000)
        (change,) = found["change"].frame.iter_rows(named=True)
        assert change["users_effect"] == 105_000
        assert change["value_effect"] == 55_000
        assert change["traffic_effect"] == -10_000
        assert change["delivery_effect"] == -30_000
        assert change["business_value_change"] == 120_000
        assert (change["value_per_head_before"], change["value_per_head"]) == (80_000, 88_000)

    @given(
        st.lists(
            st.tuples(st.integers(0, 50), st.integers(-(10**6), 10**9)), min_size=2, max_size=2
        ),
        st.lists(st.integers(-(10**5), 10**7), min_size=4, max_size=4),
    )
    def test_parts_add_up_to_the_fen(self, sums: list[tuple[int, int]], spent: list[int]) -> None:
        (now, before) = (
            Figures(
                Span(0, 1), users, revenue, {"traffic": traffic, "delivery": delivery}, None, None,
                frozenset({"traffic", "delivery"}),
            )
            for (users, revenue), traffic, delivery in zip(sums, spent[:2], spent[2:], strict=True)
        )  # fmt: skip
        parts = effects(now, before)
        assert now.value is not None
        assert before.value is not None
        whole = parts.users + parts.value + sum(cost or 0 for cost in parts.costs.values())
        assert whole == now.value - before.value
        back = effects(before, now)
        assert abs(back.users + parts.users) <= 1  # the same backwards, but for half a fen
        if now.users == before.users:
            assert parts.users == 0


class TestMonths:
    def test_as_sql_tells_them(self) -> None:
        found = api.business(SHOP / "orders.csv", costs=COSTS, team=TEAM)["months"].frame
        shop, ads, running = (
            f"read_csv('{SHOP / name}', all_varchar = true)"
            for name in ("orders.csv", "costs.csv", "running_costs.csv")
        )
        told = duckdb.sql(
            f"""
            with bought as (
                select strftime(paid_at::timestamp, '%Y-%m') as month, user_id,
                    amount::decimal(12, 2) - coalesce(refund_amount, '0')::decimal(12, 2) as net
                from {shop} where status not in ('cancelled', 'pending', 'refunded')
                    and not (amount::decimal(12, 2) > 0 and amount::decimal(12, 2) = refund_amount::decimal(12, 2))
            ),
            months as (select month, count(distinct user_id) as users, sum(net) as revenue from bought group by all),
            traffic as (select month, sum(cost::decimal(12, 2)) as cost from {ads} group by all),
            delivery as (select month, sum(cost::decimal(12, 2)) as cost from {running} where kind = 'delivery' group by all),
            staff as (select month, sum(cost::decimal(12, 2)) as cost from {running} where kind = 'staff' group by all)
            select users, (revenue * 100)::bigint, (traffic.cost * 100)::bigint, (delivery.cost * 100)::bigint,
                ((revenue - traffic.cost - delivery.cost) * 100)::bigint, (staff.cost * 100)::bigint,
                revenue - traffic.cost - delivery.cost >= staff.cost
            from months join traffic using (month) join delivery using (month) join staff using (month)
            order by month
            """
        ).fetchall()
        names = (
            "users",
            "revenue",
            "traffic_cost",
            "delivery_cost",
            "business_value",
            "staff_cost",
            "covers_team",
        )
        assert found.select(names).rows() == told
        assert found["team"].to_list() == [2.0] * 13 + [3.0] * 9 + [4.0] * 2
        assert found["value_per_head"].to_list() == pytest.approx(
            [value / heads for value, heads in found.select("business_value", "team").iter_rows()]
        )

    def test_what_is_not_known_yet_is_empty(self, growing: pl.DataFrame) -> None:
        table = api.business(growing, costs=SPENT[:3])["months"]
        assert table.frame["traffic_cost"].to_list() == [None, 80_000, 90_000]
        assert table.frame["delivery_cost"].to_list() == [None, 100_000, None]
        assert table.frame["business_value"].to_list() == [None, 320_000, None]
        assert any(
            "costs of delivery are known from 2025-10-01 to 2025-10-31" in note
            for note in table.notes
        )

    def test_a_kind_that_is_nowhere_is_said(self, growing: pl.DataFrame) -> None:
        table = api.business(growing, costs=SPENT.filter(pl.col("kind") != "物流")[:1])["months"]
        assert any(
            "no costs of delivery: business_value is before them" in note for note in table.notes
        )
        none = api.business(growing)["summary"]
        assert none.frame["business_value"].to_list() == [None, None]
        assert none.frame["revenue"].to_list() == [500_000, 660_000]
        assert any("needs costs" in note for note in none.notes)

    def test_ads_by_day_stand_beside_wages_by_month(self, growing: pl.DataFrame) -> None:
        days = [("ads", f"2025-11-{day:02}", "3") for day in range(1, 31)]
        wages = [("工资", "2025-10-01", "500"), ("工资", "2025-11-01", "600")]
        frame = api.business(growing, costs=costs(*days, *wages))["months"].frame
        assert frame["traffic_cost"].to_list() == [None, None, 9_000]
        assert frame["staff_cost"].to_list() == [None, 50_000, 60_000]
        assert frame["covers_team"].to_list() == [None, None, True]

    def test_coupons_and_commission_are_not_taken_off(self, growing: pl.DataFrame) -> None:
        more = pl.concat([SPENT, costs(("优惠券", "2025-11", "77"), ("佣金", "2025-11", "5"))])
        table = api.business(growing, costs=more)["summary"]
        assert table.frame["business_value"].to_list() == [320_000, 440_000]
        assert any("costs of coupon, commission aren't taken off" in note for note in table.notes)

    def test_a_month_beside_its_days_is_told(self, growing: pl.DataFrame, tmp_path: Path) -> None:
        """Two exports of the same money, one by month and one by day: counted twice, and said."""
        days = [("douyin", f"2025-11-{day:02}", "30") for day in range(1, 31)]
        files = {}
        for name, rows in (("days", days), ("months", [("douyin", "2025-11", "900")])):
            files[name] = tmp_path / f"{name}.csv"
            pl.DataFrame(rows, ["channel", "date", "cost"], orient="row").write_csv(files[name])
        told = api.business(growing, costs=[*files.values()])["summary"]
        assert told.frame["traffic_cost"].to_list()[-1] == 180_000
        assert any(
            "overlap for douyin" in note and "leave one of the files out" in note
            for note in told.notes
        )
        alone = api.business(growing, costs=files["days"])["summary"]
        assert not any("overlap" in note for note in alone.notes)

    def test_by_week(self) -> None:
        found = api.business(SHOP / "orders.csv", costs=COSTS, period="week", as_of="2025-12-31")
        assert found["summary"].frame["period"].to_list() == [
            date(2025, 12, 15),
            date(2025, 12, 22),
        ]
        of_month = found["months"].frame["delivery_cost"][-1]
        assert found["summary"].frame["delivery_cost"][0] == pytest.approx(of_month * 7 / 31, abs=1)


class TestKinds:
    def test_words(self) -> None:
        assert all(kind_of(word) == kind for kind, words in KIND_WORDS.items() for word in words)
        assert (kind_of(" ADS "), kind_of("Ad_Spend"), kind_of("人力成本")) == (
            "traffic",
            "traffic",
            "staff",
        )
        assert kind_of("rent") is None

    def test_what_is_not_known_stops(self, growing: pl.DataFrame) -> None:
        odd = pl.concat([SPENT, costs(("房租", "2025-11", "77"))])
        for function in (api.business, api.ltv):
            with pytest.raises(InputError, match="1 kind not known: 房租") as failure:
                function(growing, costs=odd)
            assert "staff (人力)" in str(failure.value.mend)

    def test_only_traffic_makes_cac(self, tmp_path: Path) -> None:
        ads = pl.read_csv(SHOP / "costs.csv", infer_schema=False)
        running = pl.read_csv(SHOP / "running_costs.csv", infer_schema=False)
        both = pl.concat([ads.with_columns(kind=pl.lit("traffic")), running], how="diagonal")
        plain = api.ltv(SHOP / "orders.csv", costs=ads)
        mixed = api.ltv(SHOP / "orders.csv", costs=both)
        for name in ("summary", "channels"):
            assert mixed[name].frame.equals(plain[name].frame)
        assert any(
            "other kinds than traffic: not in CAC" in text for text in mixed.messages
        ) or any(
            "other kinds than traffic: not in CAC" in note
            for one in mixed.tables
            for note in one.notes
        )

    def test_a_blank_kind_is_traffic(self, growing: pl.DataFrame) -> None:
        some = costs(("", "2025-11", "900"), ("物流", "2025-11", "1300")).with_columns(
            channel=pl.lit("ads")
        )
        table = api.business(growing, costs=some)["summary"]
        assert table.frame["traffic_cost"].to_list() == [None, 90_000]
        assert any("1 row without a kind: counted as traffic" in note for note in table.notes)


class TestTeam:
    def test_a_change_within_a_period_is_a_mean_of_its_days(self) -> None:
        team = Team.of({"2025-11-16": 6, "2025-10": 4})
        november = Span(to_day(date(2025, 11, 1)), to_day(date(2025, 11, 30)))
        assert team.mean(november) == Fraction(5)
        assert team.mean(Span(to_day(date(2025, 9, 30)), to_day(date(2025, 10, 3)))) is None
        assert Team.of({"always": 3}).mean(november) == 3

    @pytest.mark.parametrize("team", [{"soon": 4}, {"always": 0}, {"2025-10": -1}])
    def test_what_is_no_team(self, team: dict[str, float], growing: pl.DataFrame) -> None:
        with pytest.raises(UsageError, match="team"):
            api.business(growing, team=team)

    def test_one_number_or_several(self, growing: pl.DataFrame, tmp_path: Path) -> None:
        assert api.business(growing, team=5)["summary"].frame["team"].to_list() == [5, 5]
        config = tmp_path / "userops.toml"
        config.write_text("[business]\nteam = 3\n")
        asked = ("business", SHOP / "orders.csv", "--config", config)
        assert pl.read_csv(userops(*asked).out)["team"].to_list() == [3, 3]
        config.write_text('[business.team]\n"2025-01" = 3\n"2025-12" = 4\n')
        assert pl.read_csv(userops(*asked).out)["team"].to_list() == [3, 4]
        more = ("--team", "2025-01=5", "--team", "2025-12=6")
        assert pl.read_csv(userops(*asked, *more).out)["team"].to_list() == [5, 6]
        assert pl.read_csv(userops(*asked, "--team", "7").out)["team"].to_list() == [7, 7]


def test_what_comes_later_does_not_count() -> None:
    shop = pl.read_csv(SHOP / "orders.csv", infer_schema=False)
    ads, running = (pl.read_csv(file, infer_schema=False) for file in COSTS)
    cut = shop.filter(pl.col("paid_at") < "2025-08-20")
    known = [one.filter(pl.col("month") <= "2025-08") for one in (ads, running)]
    then = api.business(shop, costs=[ads, running], team=TEAM, as_of="2025-08-19")
    from_cut = api.business(cut.reverse(), costs=[*reversed(known)], team=TEAM, as_of="2025-08-19")
    for name in ("summary", "change", "months"):
        assert then[name].frame.equals(from_cut[name].frame)
    assert then["months"].frame["complete"].to_list()[-2:] == [True, False]


def test_on_the_command_line_and_in_the_report(tmp_path: Path) -> None:
    asked = ("business", SHOP / "orders.csv", "--costs", COSTS[0], "--costs", COSTS[1])
    ran = userops(*asked, "--show", "change")
    assert ran.code == 0
    row = pl.read_csv(ran.out).row(0, named=True)
    parts = ("users_effect", "value_effect", "traffic_effect", "delivery_effect")
    assert sum(row[part] for part in parts) == pytest.approx(row["business_value_change"])
    chinese = userops(*asked, "--lang", "zh", "-f", "md").text
    assert "业务价值" in chinese
    assert "优惠券、佣金成本未扣除" in chinese
    report = ("report", *asked[1:], "--sections", "business", "--period", "month", "-f", "md")
    assert "463 users brought" in userops(*report).text
    assert "业务价值" in userops(*report, "--lang", "zh").text
    without = userops("report", SHOP / "orders.csv", "--sections", "business", "-f", "md").text
    assert "Needs costs" in without


def test_without_orders() -> None:
    nothing = api.business(orders(("a", "2025-01-01", "1.00")), costs=SPENT, as_of="2024-01-01")
    assert nothing["summary"].frame.is_empty()
    assert nothing["months"].frame.is_empty()
