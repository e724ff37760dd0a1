from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, tables
from helpers.shops import FIRST_DAY, Row, Shape, shop, shops, write
from oracles import rfm as oracle
from userops import rfm
from userops.core.errors import UsageError
from userops.core.rule_tables import GRID, RFM8, TABLES
from userops.core.table import Table
from userops.customers.params import RfmParams

RULE_TABLES = ("grid", "intervals", "rfm8")
SCORES = ["user_id", "r_score", "f_score", "m_score", "rfm_score", "segment", "tier", "action"]
ACTIONS = {
    name: {rule.name: rule.action for rule in (TABLES[name].segments if name in TABLES else RFM8)}
    for name in RULE_TABLES
}


def expected(rows: list[Row], segments: str, **params: object) -> list[dict[str, object]]:
    found = []
    for user in oracle.users(rows, **params):
        segment, tier = user[segments], user.pop("tier")
        for name in RULE_TABLES:
            user.pop(name)
        action = ACTIONS[segments][segment]
        if tier == "new" and segment in ("Lost", "general win back"):
            action = "Second order within 30 days"
        found.append({**user, "segment": segment, "tier": tier, "action": action})
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop") / "orders.csv"


class TestAgainstDuckDB:
    @given(
        rows=shops(),
        bins=st.integers(2, 20),
        segments=st.sampled_from(RULE_TABLES),
        as_of=st.none() | st.integers(-2, 70),
        new_days=st.sampled_from([0, 7, 30]),
    )
    @settings(max_examples=60)
    def test_every_row(self, file, rows, bins, segments, as_of, new_days) -> None:
        day = None if as_of is None else FIRST_DAY + timedelta(as_of)
        users = tables([write(file, rows)], day, bins=bins, segments=segments, new_days=new_days)[
            "users"
        ]
        wanted = expected(rows, segments, bins=bins, as_of=day, new_days=new_days)
        assert users.frame.to_dicts() == wanted

    @pytest.mark.parametrize("segments", RULE_TABLES)
    @pytest.mark.parametrize("bins", range(2, 21))
    def test_every_number_of_bins(self, file, bins, segments) -> None:
        rows = shop(Random(bins), Shape(users=150, rows=900, amounts=tuple(range(0, 9000, 7))))
        users = tables([write(file, rows)], bins=bins, segments=segments)["users"]
        assert users.frame.to_dicts() == expected(rows, segments, bins=bins)

    def test_cuts_are_quantiles(self, file) -> None:
        rows = shop(Random(1), Shape(users=150, rows=900, amounts=tuple(range(0, 9000, 7))))
        found = tables([write(file, rows)], bins=7)
        users = found["users"].frame
        for metric, column in (
            ("recency", "recency_days"),
            ("frequency", "frequency"),
            ("monetary", "monetary"),
        ):
            points = found["cuts"].frame.filter(pl.col("metric") == metric)["upper"]
            unit = 100 if metric == "monetary" else 1
            wanted = [users[column].quantile(k / 7, "linear") / unit for k in range(1, 7)]
            assert sorted(points.drop_nulls()) == pytest.approx(wanted)


class TestNewcomers:
    def test_buyers_of_many_orders_are_not_new(self, file) -> None:
        """F ties at 24 orders for nine of ten users: all of them score 1."""
        days = [FIRST_DAY + timedelta(15 * n) for n in range(25)]
        rows = [
            Row(f"{u}-{n}", f"u{u}", day, 100) for u in range(90) for n, day in enumerate(days[:24])
        ]
        rows += [Row(f"x{u}-{n}", f"x{u}", days[0], 100) for u in range(5) for n in range(30)]
        rows += [Row(f"n{u}", f"n{u}", days[24] - timedelta(3), 100) for u in range(2)]
        users = tables([write(file, rows)], days[23] + timedelta(1))["users"].frame
        many = users.filter(pl.col("frequency") == 24, pl.col("r_score") >= 4)
        assert len(many) == 90
        assert set(many["f_score"]) == {1}
        assert set(many["segment"]) == {"Potential loyalists"}
        assert set(users.filter(pl.col("frequency") == 1)["segment"]) <= {"New", "Promising"}

    @pytest.mark.parametrize("segments", RULE_TABLES)
    def test_nobody_new_is_left_in_peace(self, file, segments) -> None:
        """A shop whose people come every day: who came 20 days ago is late, and still new."""
        rows = [
            Row(f"{u}-{n}", f"u{u}", FIRST_DAY + timedelta(n), 100 + u)
            for u in range(50)
            for n in range(u % 5, 60)
        ]
        rows.append(Row("one", "one", FIRST_DAY + timedelta(40), 1))
        users = tables([write(file, rows)], segments=segments)["users"].frame
        (one,) = users.filter(user_id="one").to_dicts()
        assert one["r_score"] == 1
        assert one["tier"] == "new"
        assert "peace" not in one["action"]
        assert "Leave" not in one["action"]
        assert (one["segment"] == "New") == (segments == "grid")


class TestWhateverTheData:
    @given(rows=shops(), bins=st.integers(2, 12))
    @settings(max_examples=30)
    def test_equal_users_score_equally(self, file, rows, bins) -> None:
        users = tables([write(file, rows)], bins=bins)["users"].frame
        for value, score in (
            ("recency_days", "r_score"),
            ("frequency", "f_score"),
            ("monetary", "m_score"),
        ):
            ordered = users.group_by(value).agg(pl.col(score).unique()).sort(value)
            assert (ordered[score].list.len() == 1).all()
            scores = ordered[score].list.first()
            assert scores.is_sorted(descending=value == "recency_days")  # better is never worse
            assert scores.is_between(1, bins).all()

    @given(rows=shops(), seed=st.integers(0, 99))
    @settings(max_examples=30)
    def test_rows_in_any_order(self, file, rows, seed) -> None:
        before = tables([write(file, rows)])
        after = tables([write(file, Random(seed).sample(rows, len(rows)))])
        for name, table in before.items():
            assert after[name].frame.equals(table.frame), name

    @given(rows=shops([Shape(), Shape(returns=False), Shape(rows=300, users=60)]))
    @settings(max_examples=30)
    def test_overlapping_exports(self, file, rows) -> None:
        rows = [row for row in rows if row.order_id]
        before = tables([write(file, rows)])
        # An order's rows stay together, as any export has them; orders stand in up to all three.
        random, orders = Random(len(rows)), sorted({str(row.order_id) for row in rows})
        held = {order: random.sample(range(3), random.randint(1, 3)) for order in orders}
        parts = []
        for number in range(3):
            part = [row for row in rows if number in held[str(row.order_id)]]
            parts.append(write(file.with_name(f"part{number}.csv"), part))
        after = tables(parts)
        for name, table in before.items():
            assert after[name].frame.equals(table.frame), name

    @given(rows=shops(), bins=st.integers(2, 9), segments=st.sampled_from(RULE_TABLES))
    @settings(max_examples=30)
    def test_amounts_times_1000(self, file, rows, bins, segments) -> None:
        before = tables([write(file, rows)], bins=bins, segments=segments)["users"].frame
        after = tables([write(file, rows, times=1000)], bins=bins, segments=segments)["users"].frame
        assert after.select(SCORES).equals(before.select(SCORES))
        assert after["monetary"].equals(before["monetary"] * 1000)

    @given(rows=shops(), day=st.integers(-1, 65))
    @settings(max_examples=30)
    def test_as_of_is_cutting_the_file(self, file, rows, day) -> None:
        as_of = FIRST_DAY + timedelta(day)
        before = tables([write(file, rows)], as_of)
        after = tables([write(file, [row for row in rows if row.day <= as_of])], as_of)
        for name, table in before.items():
            assert after[name].frame.equals(table.frame), name

    @given(rows=shops(), segments=st.sampled_from(RULE_TABLES), bins=st.integers(2, 9))
    @settings(max_examples=30)
    def test_parts_sum_to_the_whole(self, file, rows, segments, bins) -> None:
        found = tables([write(file, rows)], segments=segments, bins=bins)
        users = found["users"].frame
        for name, group in (("summary", "segment"), ("tiers", "tier")):
            groups = found[name].frame
            assert groups["users"].sum() == len(users)
            assert groups["orders"].sum() == users["frequency"].sum()
            assert groups["revenue"].sum() == users["monetary"].sum()
            for row in groups.iter_rows(named=True):
                members = users.filter(pl.col(group) == row[group])
                assert row["users"] == len(members)
                assert row["orders"] == members["frequency"].sum()
                assert row["revenue"] == members["monetary"].sum()
                for mean, of in (
                    ("mean_recency_days", "recency_days"),
                    ("mean_frequency", "frequency"),
                    ("mean_monetary", "monetary"),
                ):
                    wanted = members[of].mean()
                    assert row[mean] == (pytest.approx(wanted) if len(members) else None)
                share = len(members) / len(users) if len(users) else None
                assert row["users_share"] == (pytest.approx(share) if share is not None else None)
        counts = found["cuts"].frame.group_by("metric").agg(pl.col("users").sum())
        assert counts["users"].to_list() == [len(users)] * 3

    @given(rows=shops(), other=shops(), bins=st.integers(2, 9))
    @settings(max_examples=30)
    def test_cuts_carried_over_score_as_they_did(self, file, rows, other, bins) -> None:
        first, second = write(file, rows), write(file.with_name("other.csv"), other)
        values = tables([first], bins=bins)["users"].frame
        cuts = rfm.quantile_cuts(values, bins)
        frozen = tables([first], cuts=cuts, bins=bins, method="fixed")["users"].frame
        assert frozen.equals(values)
        for row in tables([second], cuts=cuts, bins=bins, method="fixed")["users"].frame.to_dicts():
            below = {
                metric: sum(cut < row[value] for cut in cuts[metric])
                for metric, value in rfm._VALUES.items()
            }
            assert row["r_score"] == bins - below["recency"]
            assert row["f_score"] == 1 + below["frequency"]
            assert row["m_score"] == 1 + below["monetary"]


@pytest.fixture(scope="module")
def found() -> dict[str, Table]:
    return tables([str(SAMPLES / "cdnow/orders.csv")], date(1998, 6, 30))


class TestCDNOW:
    def test_facts(self, found) -> None:
        users = found["users"].frame
        assert len(users) == 23_570
        assert users["frequency"].sum() == 69_659
        assert users["monetary"].sum() == 250_031_563  # cents

    def test_rows_are_in_order_of_users(self, found) -> None:
        users = found["users"].frame["user_id"]
        assert users.is_sorted()
        assert users.n_unique() == len(users)
        assert users[0] == "00001"

    def test_a_score_without_users_is_said(self, found) -> None:
        cuts = found["cuts"]
        empty = cuts.frame.filter(pl.col("users") == 0)
        assert empty.select("metric", "score").rows() == [("frequency", 2)]
        assert cuts.notes == ("no user scores 2 on frequency: ties, or too few users",)

    def test_every_row_by_duckdb(self, found) -> None:
        text = pl.read_csv(SAMPLES / "cdnow/orders.csv", infer_schema=False)
        rows = [
            Row(None, user, date.fromisoformat(day), round(float(amount) * 100))
            for user, day, _, amount in text.iter_rows()
        ]
        assert found["users"].frame.to_dicts() == expected(rows, "grid", as_of=date(1998, 6, 30))


def customers(*values: tuple[int, int, int]) -> pl.DataFrame:
    """Users by last day, orders, cents."""
    return pl.DataFrame(
        [(f"{n:03}", last, last, orders, cents) for n, (last, orders, cents) in enumerate(values)],
        schema={
            "user_id": pl.String,
            "first_day": pl.Int32,
            "last_day": pl.Int32,
            "orders": pl.Int32,
            "amount": pl.Int64,
        },
        orient="row",
    )


def segment(frame: pl.DataFrame, **params: object) -> dict[str, pl.DataFrame]:
    from userops.core.dates import Window, to_date

    cuts = params.pop("cuts", None)
    last = frame["last_day"].max()
    window = Window(None, to_date(last) if last is not None else None)
    found = rfm.segment(frame, window, RfmParams(**params), rules=GRID, cuts=cuts)
    return {table.name: table.frame for table in found}


class TestEdges:
    def test_nobody(self) -> None:
        found = segment(customers())
        assert found["users"].is_empty()
        assert found["summary"]["users"].to_list() == [0] * 10
        assert found["summary"]["users_share"].to_list() == [None] * 10
        assert found["cuts"]["users"].sum() == 0

    def test_ten_equal_users_score_the_same(self) -> None:
        users = segment(customers(*[(5, 2, 100)] * 10))["users"]
        assert users["rfm_score"].unique().to_list() == ["511"]

    def test_negative_spend_scores_lowest(self) -> None:
        users = segment(customers((1, 1, -500), (1, 1, 0), (1, 1, 1), (1, 1, 2), (1, 1, 3)))[
            "users"
        ]
        assert users["m_score"].to_list() == [1, 2, 3, 4, 5]

    @pytest.mark.parametrize("huge", [10**15, 9 * 10**16])
    def test_sums_near_the_limit(self, huge) -> None:
        users = segment(customers((1, 1, huge), (1, 1, huge + 1)), bins=2)["users"]
        assert users["m_score"].to_list() == [1, 2]

    def test_fixed_cuts(self) -> None:
        cuts = {name: [Fraction(5, 2)] for name in rfm.METRICS}
        users = segment(customers((0, 2, 2), (3, 3, 3)), bins=2, method="fixed", cuts=cuts)["users"]
        assert users["rfm_score"].to_list() == ["111", "222"]

    def test_fixed_without_cuts(self) -> None:
        with pytest.raises(UsageError, match="none are given"):
            segment(customers((1, 1, 1)), method="fixed")

    def test_as_many_cuts_as_bins_need(self) -> None:
        cuts = {name: [Fraction(1), Fraction(2)] for name in rfm.METRICS}
        with pytest.raises(UsageError, match="2 cut points for recency, where 5 bins need 4"):
            segment(customers((1, 1, 1)), method="fixed", cuts=cuts)

    @pytest.mark.parametrize("bins", [9, 10, 20])
    def test_scores_can_be_told_apart(self, bins) -> None:
        users = segment(customers(*[(n, n + 1, n) for n in range(40)]), bins=bins)["users"]
        joined = "" if bins < 10 else "-"
        for row in users.iter_rows(named=True):
            wanted = joined.join(str(row[score]) for score in ("r_score", "f_score", "m_score"))
            assert row["rfm_score"] == wanted
