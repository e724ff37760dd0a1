from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import CLEAN, FIRST_DAY, SHAPES, Row, Shape, shop, shops, write
from helpers.ways import carefully
from oracles import returning as oracle
from userops.analyses.lifecycle import ANALYSIS
from userops.core.errors import UsageError
from userops.customers.params import LifecycleParams
from userops.customers.stages import STAGES
from userops.ledger import timeline
from userops.settings import Settings

TABLES = ANALYSIS.tables
LONGER = Shape(users=25, rows=200, days=200)
LONG_AND_CLEAN = Shape(users=25, rows=200, days=200, returns=False)
ALL_SHAPES = (*SHAPES, LONGER, LONG_AND_CLEAN)
ACTIONS = {stage.name: stage.action for stage in STAGES}
DAYS = st.integers(0, 210).map(lambda days: FIRST_DAY + timedelta(days))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lifecycle")


def table(folder: Path, rows: list[Row], show: str, *options: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops(
        "lifecycle", write(folder / "orders.csv", rows), "--show", show, "-o", out,
        "--max-rejects", "100%", *options,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def expected(rows: list[Row], as_of: date | None = None, **given: object) -> list[dict]:
    asked = {"slump": 30, "churn": 60, "growth": 2, "maturity": 5, **given}
    found = oracle.ask(oracle.USERS, rows, as_of, **asked)
    return [{**user, "action": ACTIONS[user["stage"]]} for user in found]


def test_the_currency_is_said_with_every_table(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,user_id,order_time,amount,currency\n1,U1,2024-01-01,10.00,CNY\n")
    ran = userops("lifecycle", orders, "--show", "all", "-f", "json")
    assert ran.json["currency"] == "CNY"
    assert "CNY" in userops("lifecycle", orders, "--show", "users", "-f", "html").text


def test_transitions_of_the_first_day_of_all(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,user_id,order_time,amount\n1,U1,2024-01-01,10.00\n")
    ran = userops("lifecycle", orders, "--show", "transitions", "--as-of", "0001-01-01")
    assert ran.code == 0, ran.err
    assert len(ran.text.splitlines()) == 1


class TestUsers:
    @settings(max_examples=30)
    @given(rows=shops(ALL_SHAPES), as_of=st.none() | DAYS)
    def test_every_row(self, folder, rows, as_of) -> None:
        told = ("--as-of", as_of) if as_of else ()
        assert table(folder, rows, "users", *told).to_dicts() == expected(rows, as_of)

    @settings(max_examples=10)
    @given(
        rows=shops((LONGER, LONG_AND_CLEAN)),
        slump=st.integers(0, 40),
        more=st.integers(1, 40),
        growth=st.integers(2, 4),
        grown=st.integers(1, 4),
    )
    def test_every_threshold(self, folder, rows, slump, more, growth, grown) -> None:
        found = table(
            folder, rows, "users", "--slump-days", slump, "--churn-days", slump + more,
            "--growth-orders", growth, "--maturity-orders", growth + grown,
        )  # fmt: skip
        given = {"slump": slump, "churn": slump + more, "growth": growth}
        assert found.to_dicts() == expected(rows, **given, maturity=growth + grown)

    @settings(max_examples=10)
    @given(rows=shops((CLEAN, LONG_AND_CLEAN)), as_of=DAYS)
    def test_fast_and_careful_agree(self, folder, rows, as_of) -> None:
        for show in TABLES:
            told = (show, "--as-of", as_of, "--since", as_of - timedelta(12))
            fast = table(folder, rows, *told)
            with carefully():
                assert table(folder, rows, *told).equals(fast)

    @settings(max_examples=6)
    @given(rows=shops((LONGER, LONG_AND_CLEAN)))
    def test_users_that_share_a_hash(self, folder, rows, monkeypatched) -> None:
        whole = {show: table(folder, rows, show) for show in TABLES}
        with monkeypatched:
            assert all(table(folder, rows, show).equals(whole[show]) for show in TABLES)


@pytest.fixture(scope="module")
def monkeypatched():
    """Within it marks never do."""

    class Without:
        def __enter__(self) -> None:
            self.kept = timeline._from_keys
            timeline._from_keys = lambda *_: None

        def __exit__(self, *_: object) -> None:
            timeline._from_keys = self.kept

    return Without()


class TestTimeTravel:
    @settings(max_examples=12)
    @given(
        rows=shops(ALL_SHAPES),
        as_of=DAYS,
        show=st.sampled_from(TABLES),
        adaptive=st.booleans(),
        period=st.sampled_from(["week", "month"]),
    )
    def test_as_of_is_cutting_the_file(self, folder, rows, as_of, show, adaptive, period) -> None:
        told = ["--as-of", as_of, "--period", period, *(["--adaptive"] if adaptive else [])]
        cut = [row for row in rows if row.day <= as_of]
        assert table(folder, rows, show, *told).equals(table(folder, cut, show, *told))

    @settings(max_examples=20)
    @given(rows=shops(ALL_SHAPES), as_of=DAYS, days=st.integers(1, 60), adaptive=st.booleans())
    def test_transitions_join_the_users_of_both_days(
        self, folder, rows, as_of, days, adaptive
    ) -> None:
        since, more = as_of - timedelta(days), ["--adaptive"] if adaptive else []
        found = table(folder, rows, "transitions", "--as-of", as_of, "--since", since, *more)
        before = table(folder, rows, "users", "--as-of", since, *more)
        now = table(folder, rows, "users", "--as-of", as_of, *more)
        pairs = before.join(now, on="user_id", how="full", coalesce=True)
        wanted = pairs.group_by(
            from_stage=pl.col("stage").fill_null("new"),
            to_stage=pl.col("stage_right").fill_null("no order"),
        ).agg(users=pl.len().cast(pl.Int64))
        keys = ["from_stage", "to_stage"]
        assert found.select(*keys, "users").sort(keys).equals(wanted.sort(keys))
        shares = found.group_by("from_stage").agg(pl.col("share").sum())["share"]
        assert shares.to_list() == pytest.approx([1] * len(shares))
        for row in found.iter_rows(named=True):
            assert row["low"] < row["share"] or row["low"] == row["share"] == 0
            assert row["share"] < row["high"] or row["high"] == row["share"] == 1

    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES))
    def test_transitions_carry_all_revenue(self, folder, rows) -> None:
        moved = table(folder, rows, "transitions")
        assert moved["revenue"].sum() == table(folder, rows, "summary")["revenue"].sum()


class TestFlow:
    @settings(max_examples=20)
    @given(rows=shops(ALL_SHAPES), as_of=st.none() | DAYS, unit=st.sampled_from(["week", "month"]))
    def test_every_period(self, folder, rows, as_of, unit) -> None:
        told = ("--as-of", as_of) if as_of else ()
        found = table(folder, rows, "flow", "--period", unit, *told)
        wanted = oracle.ask(oracle.FLOW, rows, as_of, unit=unit)
        assert found.drop("complete").to_dicts() == wanted
        assert found["complete"].to_list()[:-1] == [True] * max(len(found) - 1, 0)

    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), unit=st.sampled_from(["week", "month"]))
    def test_it_adds_up(self, folder, rows, unit) -> None:
        flow = table(folder, rows, "flow", "--period", unit)
        assert flow["active"].equals(
            (flow["new"] + flow["current"] + flow["resurrected"]).alias("active")
        )
        stayed_or_left = (flow["current"] + flow["dormant"]).to_list()
        assert stayed_or_left == flow["active"].shift(fill_value=0).to_list()
        assert flow["new"].sum() == len(table(folder, rows, "users"))

    @pytest.mark.parametrize(
        ("as_of", "unit", "complete"),
        [
            ("2024-01-31", "month", True),
            ("2024-01-30", "month", False),
            ("2024-02-29", "month", True),
            ("2024-01-07", "week", True),  # a Sunday
            ("2024-01-08", "week", False),
        ],
    )
    def test_a_period_cut_short_is_marked(self, folder, as_of, unit, complete) -> None:
        rows = [Row("1", "a", FIRST_DAY, 100)]
        flow = table(folder, rows, "flow", "--period", unit, "--as-of", as_of)
        assert flow["complete"].to_list()[-1] is complete

    def test_weeks_may_start_on_sunday(self, folder) -> None:
        config = folder / "sunday.toml"
        config.write_text('week_start = "sunday"\n')
        rows = [Row("1", "a", date(2024, 1, 6), 1), Row("2", "a", date(2024, 1, 7), 1)]
        flow = table(folder, rows, "flow", "--period", "week", "--config", config)
        assert flow["period"].to_list() == [date(2023, 12, 31), date(2024, 1, 7)]
        assert flow["current"].to_list() == [0, 1]


class TestSummary:
    @settings(max_examples=20)
    @given(rows=shops(ALL_SHAPES))
    def test_parts_sum_to_the_whole(self, folder, rows) -> None:
        users, summary = table(folder, rows, "users"), table(folder, rows, "summary")
        counts = users.group_by("stage").agg(n=pl.len(), orders=pl.col("orders").sum())
        found = summary.filter(pl.col("users") > 0).select("stage", n="users", orders="orders")
        assert found.sort("stage").cast({"n": pl.UInt32}).equals(counts.sort("stage"))
        assert summary["stage"].to_list() == [stage.name for stage in STAGES[1:]]
        assert summary["users_share"].sum() == pytest.approx(1 if len(users) else 0)

    def test_fixed_limits_are_shown(self, folder) -> None:
        summary = table(folder, shop(Random(1), LONGER), "summary", "--slump-days", 10)
        assert set(summary["slump_after_days"]) == {10.0}
        assert set(summary["churned_after_days"]) == {60.0}


class TestRegistered:
    @pytest.fixture
    def users(self, folder) -> Path:
        path = folder / "users.csv"
        path.write_text(
            "user_id,registered_at\nb,2024-01-05\nc,2024-02-20\nd,\na,2024-01-01\nc,2024-01-20\n"
        )
        return path

    ROWS = (
        Row("1", "a", date(2024, 1, 2), 100),
        Row("2", "a", date(2024, 2, 1), 100),
        Row("3", "b", date(2024, 2, 1), 100, status="cancelled"),
        Row("4", "e", date(2024, 2, 10), 300),
    )

    def test_who_never_bought(self, folder, users) -> None:
        found = table(folder, list(self.ROWS), "users", "--users", users)
        assert dict(found.select("user_id", "stage").iter_rows()) == {
            "a": "growth",
            "b": "registered",
            "c": "registered",
            "d": "registered",
            "e": "introduction",
        }
        assert found.row(1)[2:7] == (False, 0, None, None, None)

    def test_who_isnt_registered_yet(self, folder, users) -> None:
        found = table(folder, list(self.ROWS), "users", "--users", users, "--as-of", "2024-01-10")
        assert found["user_id"].to_list() == ["a", "b", "d"]

    def test_summary_and_transitions(self, folder, users) -> None:
        rows = list(self.ROWS)
        summary = table(folder, rows, "summary", "--users", users)
        assert summary.row(0)[:6] == ("registered", 3, pytest.approx(0.6), 0, 0, 0.0)
        assert summary.row(0)[6:8] == (None, None)
        moved = table(folder, rows, "transitions", "--users", users, "--since", "2024-01-10")
        assert moved.select("from_stage", "to_stage", "users").rows() == [
            ("registered", "registered", 2),
            ("introduction", "growth", 1),
            ("new", "registered", 1),
            ("new", "introduction", 1),
        ]


def bought(user: str, *days: float) -> list[Row]:
    """An order on each of some days."""
    return [
        Row(f"{user}-{n}", user, FIRST_DAY + timedelta(int(day)), 100) for n, day in enumerate(days)
    ]


def simulated(seed: int, users: int = 600, length: int = 400) -> list[Row]:
    """Users who come every few days or every few months; some leave after each purchase."""
    random, rows = Random(seed), []
    for number in range(users):
        usual, leaves = random.choice([4, 20, 60]), random.choice([0.02, 0.15, 0.4])
        day, days = random.uniform(0, length), []
        while day < length:
            days.append(day)
            if random.random() < leaves:
                break
            day += max(random.gammavariate(2, usual / 2), 1)
        rows += bought(f"u{number}", *days)
    return rows


class TestOwnLimits:
    """`--adaptive`: limits by each user's own rhythm."""

    def test_everyone_is_held_to_their_own(self, folder) -> None:
        often = [row for n in range(20) for row in bought(f"o{n}", *range(0, 120 - n, 3))]
        rarely = [row for n in range(20) for row in bought(f"r{n}", *range(n, 120, 30))]
        silent = bought("os", *range(0, 81, 3)) + bought("rs", *range(0, 100, 31))
        found = table(folder, often + rarely + silent, "users", "--adaptive")
        stages = dict(found.select("user_id", "stage").iter_rows())
        assert stages["os"] == "churned"  # silent for 39 days, where 3 are usual
        assert stages["rs"] not in ("slump", "churned")  # for 26, where 31 are

    def test_several_orders_a_day_are_one_purchase(self, folder) -> None:
        rows = simulated(1)
        doubled = [*rows, *(Row(f"{row.order_id}b", row.user_id, row.day, 100) for row in rows)]
        one, two = (
            table(folder, some, "users", "--adaptive").filter(stage="churned")["user_id"]
            for some in (rows, doubled)
        )
        assert len(one) > 50
        assert one.equals(two)

    def test_limits_are_shown_as_ranges(self, folder) -> None:
        found = table(folder, simulated(2), "summary", "--adaptive")
        for stage in found.filter(pl.col("users") > 20).iter_rows(named=True):
            low, high = stage["churned_low_days"], stage["churned_high_days"]
            assert low <= stage["churned_after_days"] <= high
            assert stage["slump_after_days"] <= stage["churned_after_days"]
        assert found["churned_high_days"].max() > 2 * found["churned_low_days"].min()
        fixed = table(folder, simulated(2), "summary")
        assert not [name for name in fixed.columns if "_low_" in name or "_high_" in name]

    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize("back", [60, 150])
    def test_at_most_a_fifth_of_the_churned_come_back(self, folder, seed, back) -> None:
        rows = simulated(seed)
        self.hold(folder, rows, FIRST_DAY + timedelta(400 - back))

    @pytest.mark.parametrize("day", ["1997-12-31", "1998-03-31"])
    def test_at_most_a_fifth_of_cdnows(self, folder, day) -> None:
        rows = [
            Row(str(n), user, when, 100)
            for n, (user, when) in enumerate(
                pl.read_csv(SAMPLES / "cdnow/sample.csv", infer_schema=False)
                .select("user_id", pl.col("order_date").str.to_date())
                .iter_rows()
            )
        ]
        self.hold(folder, rows, date.fromisoformat(day))

    @staticmethod
    def hold(folder: Path, rows: list[Row], day: date) -> None:
        found = table(folder, rows, "users", "--adaptive", "--as-of", day)
        gone = set(found.filter(pl.col("stage") == "churned")["user_id"])
        assert len(gone) > 50
        soon = {row.user_id for row in rows if day < row.day <= day + timedelta(60)}
        assert len(gone & soon) <= 0.2 * len(gone)
        # And it says something: whoever isn't called churned comes back more often.
        others = set(found["user_id"]) - gone
        assert len(others & soon) / len(others) > len(gone & soon) / len(gone)

    def test_where_fixed_limits_are_far_off(self, folder) -> None:
        for every, said in ((3, "days are long for this shop"), (120, "days are short")):
            rows = [
                row for n in range(120) for row in bought(f"u{n}", *range(n % every, 400, every))
            ]
            ran = userops(
                "lifecycle", write(folder / "orders.csv", rows), "--show", "summary", "-f", "md"
            )
            assert said in ran.text
            assert "--adaptive" in ran.text
        rows = [row for n in range(120) for row in bought(f"u{n}", *range(n % 20, 400, 20))]
        ran = userops(
            "lifecycle", write(folder / "orders.csv", rows), "--show", "summary", "-f", "md"
        )
        assert "--adaptive" not in ran.text


class TestCases:
    def test_an_order_returned_since_is_no_order_now(self, folder) -> None:
        rows = [
            Row("1", "a", date(2024, 1, 1), 100),
            Row("1", "a", date(2024, 1, 20), -100),
            Row("2", "b", date(2024, 1, 20), 100),
        ]
        moved = table(folder, rows, "transitions", "--since", "2024-01-10")
        assert moved.drop("share", "low", "high", "revenue").rows() == [
            ("introduction", "no order", 1),
            ("new", "introduction", 1),
        ]

    def test_limits_themselves_still_belong(self, folder) -> None:
        rows = [Row("1", "a", FIRST_DAY, 1)]
        for days, stage in ((30, "introduction"), (31, "slump"), (60, "slump"), (61, "churned")):
            found = table(folder, rows, "users", "--as-of", FIRST_DAY + timedelta(days))
            assert found["stage"].to_list() == [stage]

    def test_back_after_the_churn_limit(self, folder) -> None:
        rows = [
            *(Row(f"a{day}", "a", FIRST_DAY + timedelta(day), 1) for day in (0, 61)),
            *(Row(f"b{day}", "b", FIRST_DAY + timedelta(day), 1) for day in (0, 60)),
        ]
        found = table(folder, rows, "users")
        assert found["reactivated"].to_list() == [True, False]

    def test_two_orders_on_the_day_of_coming_back(self, folder) -> None:
        days = (0, 61, 61)
        rows = [Row(f"a{n}", "a", FIRST_DAY + timedelta(day), 1) for n, day in enumerate(days)]
        assert table(folder, rows, "users")["reactivated"].to_list() == [True]

    def test_days_further_apart_than_marks_tell(self, folder) -> None:
        far = [Row("1", "a", date(2000, 1, 1), 1), Row("2", "a", date(2024, 1, 1), 1)]
        across = [Row("1", "a", date(2026, 1, 20), 1), Row("2", "a", date(2026, 2, 3), 1)]
        for rows in (far, across):
            assert table(folder, rows, "users").to_dicts() == expected(rows)

    def test_since_comes_before(self, folder) -> None:
        name = write(folder / "orders.csv", [Row("1", "a", FIRST_DAY, 1)])
        ran = userops("lifecycle", name, "--show", "transitions", "--since", FIRST_DAY)
        assert ran.code == 2
        assert "isn't before" in ran.err
        assert userops("lifecycle", name, "--since", "soon").code == 2

    @pytest.mark.parametrize(
        "wrong", [{"slump_days": 60}, {"growth_orders": 5}, {"churn_days": 0}, {"slump": 3}]
    )
    def test_limits_in_order(self, wrong) -> None:
        with pytest.raises(UsageError):
            Settings().params(LifecycleParams, **wrong)

    def test_nobody(self, folder) -> None:
        rows = [Row("1", "a", FIRST_DAY, 1)]
        early = ("--as-of", FIRST_DAY - timedelta(1))
        for show in TABLES:
            assert table(folder, rows, show, *early).height == (5 if show == "summary" else 0)

    def test_too_few_gaps_are_said(self, folder) -> None:
        name = write(folder / "orders.csv", [Row("1", "a", FIRST_DAY, 1)])
        ran = userops("lifecycle", name, "--adaptive", "--show", "summary")
        assert "too few to learn limits from, so the fixed ones hold" in ran.err

    def test_sample_shop(self, folder) -> None:
        path = SAMPLES / "shop"
        out = folder / "all.json"
        ran = userops(
            "lifecycle", path / "orders.csv", "--users", path / "users.csv", "--show", "all", "-o", out
        )  # fmt: skip
        assert ran.code == 0
        assert all(f'"{name}"' in out.read_text(encoding="utf-8") for name in TABLES)
