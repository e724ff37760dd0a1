from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY, Shape
from userops.analyses.ltv import ANALYSIS
from userops.ltv import CHANNELS, COHORTS, MODEL, SUMMARY, USERS

TABLES = ANALYSIS.tables
CDNOW = SAMPLES / "cdnow/sample.csv"
SHOP = SAMPLES / "shop"
LONG = Shape(users=25, rows=200, days=200)
DAYS = st.integers(0, 210).map(lambda days: FIRST_DAY + timedelta(days))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ltv")


def rows(*arguments: object, code: int = 0) -> list[dict[str, str]]:
    ran = userops("ltv", *arguments)
    assert ran.code == code, ran.err
    return list(csv.DictReader(io.StringIO(ran.text)))


def parquet(folder: Path, *arguments: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops("ltv", *arguments, "-o", out, "--max-rejects", "100%")
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def orders(path: Path, *lines: tuple[str, str, object, str]) -> Path:
    """An export of user, day, amount, channel."""
    text = [
        f"{n},{user},{day},{amount},{where}" for n, (user, day, amount, where) in enumerate(lines)
    ]
    path.write_text("\n".join(["order_id,user_id,date,amount,channel", *text]) + "\n")
    return path


def costs(path: Path, *lines: tuple[str, str, object]) -> Path:
    text = [f"{channel},{period},{cost}" for channel, period, cost in lines]
    path.write_text("\n".join(["channel,period,cost", *text]) + "\n")
    return path


class TestColumns:
    @pytest.mark.parametrize(
        ("show", "columns"),
        [("summary", SUMMARY), ("users", USERS), ("cohorts", COHORTS), ("model", MODEL)],
    )
    def test_are_those_of_the_definitions(self, show, columns) -> None:
        assert list(rows(CDNOW, "--show", show)[0]) == list(columns)

    def test_summary_is_the_default(self) -> None:
        assert userops("ltv", CDNOW).out == userops("ltv", CDNOW, "--show", "summary").out

    def test_every_table_goes_into_a_workbook(self, folder) -> None:
        ran = userops("ltv", SHOP / "orders.csv", "--show", "all", "-f", "json")
        assert ran.code == 0
        assert [name for name in TABLES if f'"{name}"' in ran.text] == list(TABLES)


class TestPublished:
    """Fader, Hardie and Lee (2005), Batislam et al. (2007), Fader and Hardie (2013)."""

    @pytest.mark.parametrize(
        ("model", "parameters", "log_likelihood"),
        [
            ("bg-nbd", (0.243, 4.414, 0.793, 2.426), -9582.4),
            ("mbg-nbd", (0.525, 6.183, 0.891, 1.614), -9582.1),
            ("pareto-nbd", (0.553, 10.578, 0.606, 11.669), -9595.0),
        ],
    )
    def test_fits(self, model, parameters, log_likelihood) -> None:
        found = rows(
            CDNOW, "--as-of", "1997-09-30", "--show", "model", "--model", model,
            "--time-unit", "week",
        )  # fmt: skip
        ours = [row for row in found if row["model"] == model]
        assert [float(row["estimate"]) for row in ours[:4]] == pytest.approx(parameters, abs=0.0006)
        named = {row["parameter"]: float(row["estimate"]) for row in ours}
        assert named["log_likelihood"] == pytest.approx(log_likelihood, abs=0.1)
        assert named["users"] == 2357
        spend = {row["parameter"]: row for row in found if row["model"] == "gamma-gamma"}
        assert [float(spend[name]["estimate"]) for name in ("p", "q", "gamma")] == pytest.approx(
            (6.25, 3.74, 15.44), abs=0.006
        )
        assert float(spend["log_likelihood"]["estimate"]) == pytest.approx(-4055.9, abs=0.1)
        assert float(spend["users"]["estimate"]) == 946
        for row in ours[:4]:
            assert float(row["low"]) < float(row["estimate"]) < float(row["high"])

    def test_the_unit_of_time_changes_no_value(self) -> None:
        by_day, by_week = (rows(CDNOW, "--time-unit", unit)[0] for unit in ("day", "week"))
        for name in ("ltv_predicted", "ltv_low", "ltv_high"):
            assert float(by_day[name]) == pytest.approx(float(by_week[name]), rel=1e-5)


class TestWorth:
    def test_600_by_35_is_17_14(self, folder) -> None:
        bought = [(f"u{n}", f"2024-01-{n % 28 + 1:02}", "400.00", "group") for n in range(20)]
        again = [(f"u{n}", "2024-02-10", "200.00", "group") for n in range(20)]
        spent = costs(folder / "c.csv", ("group", "2024-01", "700"), ("group", "2024-02", "0"))
        found = rows(
            orders(folder / "o.csv", *bought, *again), "--costs", spent, "--as-of", "2024-02-29",
            "--show", "channels",
        )  # fmt: skip
        assert list(found[0]) == list(CHANNELS)
        (row,) = found
        assert (row["channel"], row["new_users"], row["cost"]) == ("group", "20", "700.00")
        assert (float(row["cac"]), float(row["ltv_to_date"])) == (35.0, 600.0)
        assert float(row["ltv_cac"]) == pytest.approx(600 / 35)
        assert f"{float(row['ltv_cac']):.2f}" == "17.14"
        assert row["payback_months"] == "0"
        assert float(row["roi"]) == pytest.approx((12_000 - 700) / 700)

    def test_old_customers_are_not_what_the_costs_won(self, folder) -> None:
        """20 who were there before and brought 1,000 each; 20 whom the costs won, 20 each."""
        old = [(f"o{n}", f"2024-01-{n + 1:02}", "1000", "ads") for n in range(20)]
        new = [(f"n{n}", f"2024-03-{n + 1:02}", "20", "ads") for n in range(20)]
        made = orders(folder / "o.csv", *old, *new)
        spent = costs(folder / "c.csv", ("ads", "2024-03", "1000"))
        options = (made, "--costs", spent, "--as-of", "2024-03-31")
        (whole,) = rows(*options)
        (channel,) = rows(*options, "--show", "channels")
        for row in (whole, channel):
            assert float(row["ltv_to_date"]) == 20
            assert float(row["cac"]) == 50
            assert float(row["ltv_cac"]) == pytest.approx(0.4)
            assert row["new_users"] == "20"
        assert float(channel["roi"]) == pytest.approx((400 - 1000) / 1000)
        assert (whole["users"], whole["revenue"]) == ("20", "400.00")
        assert "the 20 users whom the costs won" in userops("ltv", *options).err
        by_cohort = {row["group"]: row for row in rows(*options, "--by", "cohort")}
        assert (by_cohort["2024-01"]["users"], by_cohort["2024-01"]["cac"]) == ("20", "")
        assert float(by_cohort["2024-01"]["ltv_to_date"]) == 1000
        assert float(by_cohort["2024-03"]["ltv_cac"]) == pytest.approx(0.4)
        assert float(by_cohort["all"]["ltv_cac"]) == pytest.approx(0.4)

    def test_predictions_are_of_those_whom_the_costs_won(self, folder) -> None:
        spent = costs(folder / "c.csv", ("x", "1997-02", "1000"))
        found = rows(CDNOW, "--costs", spent)[0]
        by_cohort = {row["group"]: row for row in rows(CDNOW, "--by", "cohort")}
        for name in ("users", "ltv_to_date", "ltv_predicted"):
            assert float(found[name]) == pytest.approx(float(by_cohort["1997-02"][name]))

    def test_three_weeks_of_1000_for_210_users(self, folder) -> None:
        made = orders(
            folder / "o.csv",
            *((f"u{n}", f"2024-01-{8 + n % 21:02}", "30", "ads") for n in range(210)),
        )
        weeks = [("ads", f"2024-01-{day:02}", "1000") for day in (8, 15, 22)]
        (row,) = rows(made, "--costs", costs(folder / "c.csv", *weeks), "--show", "channels")
        assert (row["new_users"], row["cost"]) == ("210", "3000.00")
        assert f"{float(row['cac']):.2f}" == "14.29"

    def test_labels_say_what_is_compared(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"))
        spent = costs(folder / "c.csv", ("ads", "2024-01", "70"))
        options = (
            made,
            "--costs",
            spent,
            "--show",
            "channels",
            "-f",
            "md",
            "--as-of",
            "2024-01-31",
        )
        said = userops("ltv", *options).text
        for label in (
            "Revenue/CAC",
            "LTV to date (revenue)",
            "Payback by revenue",
            "ROI of revenue",
        ):
            assert label in said, label
        assert "LTV/CAC" not in said
        assert "收入/获客成本" in userops("ltv", *options, "--lang", "zh").text
        said = userops("ltv", *options, "--margin", "0.4").text
        for label in ("LTV/CAC", "LTV to date", "Payback (months)", "ROI"):
            assert f"| {label} |" in said, label
        assert "revenue)" not in said

    def test_not_paid_back_yet(self, folder) -> None:
        made = orders(
            folder / "o.csv",
            ("a", "2024-01-05", "30", "ads"), ("a", "2024-03-05", "30", "ads"),
            ("b", "2024-01-07", "30", "shop"), ("b", "2024-02-07", "30", "shop"),
            ("c", "2024-04-07", "30", "ads"),
        )  # fmt: skip
        spent = costs(folder / "c.csv", ("ads", "2024-01", "70"), ("shop", "2024-01", "50"))
        options = (made, "--costs", spent, "--as-of", "2024-04-15", "--show", "channels")
        ads, shop = rows(*options)
        assert (ads["payback_months"], shop["payback_months"]) == ("", "1")
        ran = userops("ltv", *options)
        assert "not paid back yet: ads (3 months seen)" in ran.err
        assert "not yet (3 months seen)" in userops("ltv", *options, "-f", "table").text
        assert (
            "尚未回本（已观察 3 个月）" in userops("ltv", *options, "-f", "md", "--lang", "zh").text
        )
        assert rows(*options, "--margin", "0.8")[1]["payback_months"] == ""

    def test_users_and_costs_that_do_not_meet_are_said(self, folder) -> None:
        made = orders(
            folder / "o.csv", ("a", "2024-01-05", "30", "ads"), ("b", "2024-01-06", "10", "shop")
        )
        spent = costs(folder / "c.csv", ("ads", "2024-01", "70"), ("radio", "2024-01", "31"))
        options = (made, "--costs", spent, "--as-of", "2024-01-31")
        ran = userops("ltv", *options)
        assert "costs for channels that no user has: radio" in ran.err
        assert "users of channels without cost: shop" in ran.err
        found = {row["group"]: row for row in rows(*options, "--by", "channel")}
        assert list(found) == ["all", "ads", "radio", "shop"]
        assert (found["radio"]["users"], found["radio"]["cost"]) == ("0", "31.00")
        assert found["shop"]["cost"] == found["shop"]["cac"] == ""
        assert found["all"]["cost"] == "101.00"

    def test_parts_sum_to_the_whole(self) -> None:
        for by in (("channel",), ("cohort",), ("gender", "--users", SHOP / "users.csv")):
            whole, *parts = rows(SHOP / "orders.csv", "--costs", SHOP / "costs.csv", "--by", *by)
            for name in ("users", "new_users"):
                assert sum(int(row[name]) for row in parts) == int(whole[name]), (by, name)
            for name in ("revenue", *["cost"] * (by[0] != "gender")):
                cents = [round(float(row[name]) * 100) for row in (whole, *parts)]
                assert sum(cents[1:]) == cents[0], (by, name)
            ahead = [
                int(row["users"]) * (float(row["ltv_predicted"]) - float(row["ltv_to_date"]))
                for row in (whole, *parts)
            ]
            assert sum(ahead[1:]) == pytest.approx(ahead[0])

    def test_users_sum_to_the_summary(self) -> None:
        (whole,) = rows(CDNOW, "--margin", "0.3")
        each = rows(CDNOW, "--show", "users", "--margin", "0.3")
        ahead = sum(float(row["clv"]) for row in each) / len(each)
        predicted = float(whole["ltv_predicted"]) - float(whole["ltv_to_date"])
        assert ahead == pytest.approx(predicted)
        assert sum(int(row["orders"]) for row in each) == 6919

    def test_costs_elsewhere_in_time(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"))
        spent = costs(folder / "c.csv", ("ads", "2023-01", "70"))
        ran = userops("ltv", made, "--costs", spent)
        assert ran.code == 0
        assert "where there are no orders: no CAC" in ran.err

    def test_rows_after_as_of_are_counted_as_left_out(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"), ("b", "2024-05-05", "30", "ads"))  # fmt: skip
        spent = costs(folder / "c.csv", ("ads", "2024-01", "70"), ("ads", "2024-03", "5"))
        users = folder / "u.csv"
        users.write_text("user_id,registered_at,channel\na,2024-01-01,ads\nb,2024-04-01,ads\n")
        ran = userops("ltv", made, "--costs", spent, "--users", users, "--as-of", "2024-02-10")
        assert "costs: 2 rows read: 1 used, 1 left out (1 after as_of)" in ran.err
        assert "users: 2 rows read: 1 used, 1 left out (1 after as_of)" in ran.err
        whole = userops("ltv", made, "--costs", spent, "--users", users, "-v")
        assert "costs: 2 rows read: 2 used\n" in whole.err
        assert "users: 2 rows read: 2 used\n" in whole.err

    def test_months_without_costs_are_said(self, folder) -> None:
        made = orders(
            folder / "o.csv", ("a", "2024-01-05", "30", "ads"), ("b", "2024-05-06", "10", "shop")
        )
        spent = costs(
            folder / "c.csv",
            *(("ads", f"2024-0{month}", "70") for month in (1, 2, 5)),
            ("shop", "2024-03", "9"), ("shop", "2024-04", "9"), ("shop", "2024-05", "9"),
        )  # fmt: skip
        said = "months without costs count as no spend: "
        options = (made, "--costs", spent, "--show", "channels", "--as-of")
        ran = userops("ltv", *options, "2024-05-20")
        assert f"{said}ads 2024-03 – 2024-04, shop 2024-01 – 2024-02\n" in ran.err
        assert rows(*options, "2024-05-20")[0]["cost"] == f"{140 + 70 * 20 / 31:.2f}"
        ran = userops("ltv", *options, "2024-02-20")
        assert said not in ran.err

    def test_channels_whose_costs_are_all_later_are_left_out(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"), ("b", "2024-03-06", "10", "ads"))  # fmt: skip
        lines = [("ads", "2024-01", "70"), ("radio", "2024-03", "9"), ("ads", "2024-03", "5")]
        whole, part = costs(folder / "c.csv", *lines), costs(folder / "d.csv", lines[0])
        for show in (("--show", "channels"), ("--by", "channel")):
            options = (made, "--as-of", "2024-02-20", *show, "--costs")
            found = rows(*options, whole)
            assert found == rows(*options, part)
            assert "radio" not in str(found)

    def test_a_margin_of_one_is_revenue_and_said(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"))
        spent = costs(folder / "c.csv", ("ads", "2024-01", "70"))
        options = (made, "--costs", spent, "--show", "channels")
        assert (
            "roi, payback_months: of net revenue without a margin" in userops("ltv", *options).err
        )
        ran = userops("ltv", *options, "--margin", "0.4")
        assert "roi, payback_months: of net revenue x margin 0.4\n" in ran.err

    def test_labels_name_the_level(self) -> None:
        for level, said in (("0.8", "80 %"), ("0.999", "99.9 %")):
            options = (CDNOW, "--show", "model", "-f", "md", "--level", level)
            assert f"Low ({said})" in userops("ltv", *options).text
            assert f"上限（{said}）" in userops("ltv", *options, "--lang", "zh").text
        assert "Low (95 %)" in userops("ltv", CDNOW, "--show", "model", "-f", "md").text


class TestRefusals:
    @pytest.mark.parametrize("show", ["users", "model", "backtest"])
    def test_too_little(self, show) -> None:
        ran = userops("ltv", SHOP / "orders.csv", "--as-of", "2024-03-15", "--show", show)
        assert ran.code == 3
        assert not ran.out
        assert "180" in ran.err

    def test_the_summary_stays(self) -> None:
        ran = userops("ltv", SHOP / "orders.csv", "--as-of", "2024-03-15")
        assert ran.code == 0
        assert "156 buyers of 500, 75 days of 180" in ran.err
        (row,) = csv.DictReader(io.StringIO(ran.text))
        assert float(row["ltv_to_date"]) == pytest.approx(35177.74 / 156)
        assert row["ltv_predicted"] == row["ltv_low"] == ""

    def test_all_tables_without_a_fit(self) -> None:
        ran = userops(
            "ltv", SHOP / "orders.csv", "--as-of", "2024-03-15", "-f", "json", "--show", "all"
        )
        assert ran.code == 0
        assert '"cohorts"' in ran.text
        assert '"p_alive"' not in ran.text

    def test_nobody_comes_back(self, folder) -> None:
        made = [(f"u{n}", FIRST_DAY + timedelta(n % 300), "10", "x") for n in range(600)]
        ran = userops("ltv", orders(folder / "o.csv", *made), "--show", "model")
        assert ran.code == 3
        assert "no buyer with 3 or more purchase days" in ran.err

    def test_spend_that_hardly_differs(self, folder) -> None:
        random = Random(1)
        made = []
        for n in range(900):
            first, leaves = random.randrange(300), random.betavariate(1, 2)
            gap = 1 / max(random.gammavariate(0.8, 0.05), 1e-4)
            day = first
            while day < 365:
                made.append((f"u{n}", FIRST_DAY + timedelta(day), "10.00", "x"))
                day += 1 + int(random.expovariate(1 / gap))
                if random.random() < leaves:
                    break
        ran = userops("ltv", orders(folder / "o.csv", *made), "--show", "users")
        assert ran.code == 0, ran.err
        assert "no values in money" in ran.err
        (row, *_) = csv.DictReader(io.StringIO(ran.text))
        assert row["p_alive"]
        assert row["clv"] == ""

    def test_a_horizon_longer_than_the_shop_is_old(self) -> None:
        ran = userops("ltv", CDNOW, "--horizon", "1000")
        assert "longer than the 546 days" in ran.err

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            (("--by", "channel"), "no column for channel"),
            (("--show", "channels"), "no column for channel"),
            (("--calibration-end", "1998-06-30", "--show", "backtest"), "isn't before 1998-06-30"),
            (("--calibration-end", "soon"), "not a day"),
            (("--margin", "1.5"), "--margin"),
            (("--horizon", "0"), "--horizon"),
        ],
    )
    def test_wrong_use(self, options, problem) -> None:
        ran = userops("ltv", CDNOW, *options)
        assert ran.code == 2
        assert problem in ran.err

    def test_periods_that_are_none(self, folder) -> None:
        made = orders(folder / "o.csv", ("a", "2024-01-05", "30", "ads"))
        ran = userops("ltv", made, "--costs", costs(folder / "c.csv", ("ads", "Q1", "70")))
        assert ran.code == 3
        assert "Q1" in ran.err

    def test_no_orders_yet(self) -> None:
        ran = userops("ltv", CDNOW, "--as-of", "1990-01-01", "--costs", SHOP / "costs.csv")
        assert ran.code == 0
        assert ran.text.splitlines()[1].startswith("all,0,0.00")
