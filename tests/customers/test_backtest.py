from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from helpers.running import SAMPLES, spawned, userops
from helpers.watched import watched
from userops.customers.backtest import deciles

SHOP = SAMPLES / "shop"
CDNOW = (SAMPLES / "cdnow/sample.csv", "--show", "backtest", "--calibration-end", "1997-09-30")


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, float]]:
    return backtest(*CDNOW, "--model", "bg-nbd")


def backtest(*options: object) -> dict[str, dict[str, float]]:
    ran = userops("ltv", *options)
    assert ran.code == 0, ran.err
    return {
        row.pop("decile"): {name: float(value) for name, value in row.items()}
        for row in csv.DictReader(io.StringIO(ran.text))
    }


class TestCDNOW:
    """39 weeks to fit, 39 to compare: Fader, Hardie and Lee (2005)."""

    def test_the_published_total(self, found) -> None:
        assert found["all"]["actual_orders"] == 1882
        assert found["all"]["predicted_orders"] == pytest.approx(1653, abs=1)

    @pytest.mark.parametrize("model", ["bg-nbd", "mbg-nbd", "pareto-nbd"])
    def test_better_than_the_naive_formula(self, model) -> None:
        found = backtest(*CDNOW, "--model", model)
        for what in ("orders", "revenue"):
            missed = {
                row: abs(found[row][f"predicted_{what}"] - found[row][f"actual_{what}"])
                for row in ("all", "naive")
            }
            assert missed["all"] < missed["naive"] / 2

    def test_tenths(self, found) -> None:
        tenths = [found[str(n)] for n in range(1, 11)]
        assert [*found] == [*map(str, range(1, 11)), "all", "naive", "own rate"]
        for name in ("users", "actual_orders", "predicted_orders", "actual_revenue"):
            assert sum(row[name] for row in tenths) == pytest.approx(found["all"][name])
        means = [row["predicted_orders"] / row["users"] for row in tenths]
        assert means == sorted(means, reverse=True)
        assert found["1"]["actual_orders"] > 3 * found["3"]["actual_orders"]

    def test_what_came_after_is_what_the_file_says(self, found) -> None:
        rows = pl.read_csv(CDNOW[0])
        after = rows.filter(pl.col("order_date") > "1997-09-30")
        assert found["all"]["actual_revenue"] == pytest.approx(after["amount"].sum())
        assert found["all"]["actual_orders"] == len(after.unique(["user_id", "order_date"]))

    def test_each_users_own_rate(self, found) -> None:
        """Wübben and von Wangenheim (2008): everyone goes on as they did."""
        rows = pl.read_csv(CDNOW[0], try_parse_dates=True).rename({"order_date": "day"})
        end = pl.date(1997, 9, 30)
        users = (
            rows.filter(pl.col("day") <= end)
            .group_by("user_id")
            .agg(
                days=pl.col("day").n_unique(),
                first=pl.col("day").min(),
                spent=pl.col("amount").sum(),
            )
            .with_columns(rate=(pl.col("days") - 1) / (end - pl.col("first")).dt.total_days())
        )
        orders = users["rate"] * 273
        assert found["own rate"]["predicted_orders"] == pytest.approx(orders.sum())
        revenue = (orders * users["spent"] / users["days"]).sum()
        assert found["own rate"]["predicted_revenue"] == pytest.approx(revenue, rel=1e-6)
        assert "each user's own rate" in userops("ltv", *CDNOW).err

    def test_a_model_that_is_better_by_a_tenth_is_named(self) -> None:
        ran = userops("ltv", *CDNOW, "--model", "bg-nbd")
        named = "is less off than BG/NBD on these orders" in ran.err
        errors = dict(
            re.findall(r"([A-Za-z]+/NBD) ([0-9.]+)%", userops("ltv", *CDNOW, "--model", "auto").err)
        )
        best = min(errors.values(), key=float)
        assert named == (float(best) <= 0.9 * float(errors["BG/NBD"]))

    def test_auto_takes_the_best_and_says_so(self) -> None:
        ran = userops("ltv", *CDNOW, "--model", "auto")
        assert "auto took" in ran.err
        errors = {}
        for model, name in (
            ("bg-nbd", "BG/NBD"),
            ("mbg-nbd", "MBG/NBD"),
            ("pareto-nbd", "Pareto/NBD"),
        ):
            found = backtest(*CDNOW, "--model", model)
            missed = sum(
                abs(found[str(n)]["predicted_orders"] - found[str(n)]["actual_orders"])
                for n in range(1, 11)
            )
            errors[name] = missed / 1882
        best = min(errors, key=errors.get)
        assert f"auto took {best}" in ran.err
        for name, error in errors.items():
            assert f"{name} {error:.1%}" in ran.err

    def test_half_way_by_default(self) -> None:
        ran = userops("ltv", CDNOW[0], "--show", "backtest")
        assert "fitted to 1997-09-30, compared with the 273 days after" in ran.err

    def test_as_of_limits_what_is_compared(self) -> None:
        found = backtest(*CDNOW, "--as-of", "1997-12-31")
        assert 0 < found["all"]["actual_orders"] < 1882


def test_equal_predictions_share_a_decile() -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 7, 500).astype(float)
    found = pl.DataFrame({"value": values, "decile": deciles(values)})
    assert (found.group_by("value").agg(pl.col("decile").n_unique())["decile"] == 1).all()
    distinct = deciles(random.permutation(1000).astype(float))
    assert distinct.value_counts()["count"].to_list() == [100] * 10
    assert deciles(np.array([3.0, 1.0])).to_list() == [1, 6]


def test_a_fit_knows_no_refund_of_later(tmp_path) -> None:
    """What is predicted at the end of calibration is what the file cut there says."""
    rows = pl.read_csv(SAMPLES / "cdnow/sample.csv", infer_schema=False).with_columns(
        order_id=pl.int_range(pl.len()).cast(pl.String), status=pl.lit("paid")
    )
    end = "1997-09-30"
    before = pl.col("order_date") <= end
    # Every seventh order of the first half is refunded in the second, on a row of its own.
    refunds = (
        rows.filter(before)
        .gather_every(7)
        .with_columns(order_date=pl.lit("1998-01-15"), amount=pl.format("-{}", "amount"))
    )
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    pl.concat([rows, refunds]).write_csv(whole)
    rows.filter(before).write_csv(part)
    found = backtest(whole, "--show", "backtest", "--calibration-end", end)
    cut = userops(
        "ltv", part, "--show", "users", "--as-of", end, "--horizon", 273, "--discount-rate", 0
    )
    expected = pl.read_csv(io.BytesIO(cut.out))
    assert found["all"]["users"] == len(expected)
    assert found["all"]["predicted_orders"] == pytest.approx(expected["expected_orders"].sum())
    assert found["all"]["predicted_revenue"] == pytest.approx(expected["clv"].sum())
    bought = rows.filter(~before).unique(["user_id", "order_date"])
    assert found["all"]["actual_orders"] == len(bought)


def test_nothing_to_test_on(tmp_path) -> None:
    (tmp_path / "o.csv").write_text("order_id,user_id,date,amount\n")
    ran = userops("ltv", tmp_path / "o.csv", "--show", "backtest")
    assert ran.code == 3
    assert "0 days of orders" in ran.err


def test_the_same_bytes_with_any_number_of_threads(tmp_path: Path) -> None:
    spawned("demo", tmp_path / "shop", "--users", 2000)
    found = set()
    for polars, blas in ((1, 1), (2, 4), (8, 2)):
        ran = watched("ltv", tmp_path / "shop/orders.csv", "--show", "backtest", "--model", "auto", "-f", "json",
                      env={"POLARS_MAX_THREADS": str(polars), "OPENBLAS_NUM_THREADS": str(blas)})  # fmt: skip
        assert ran.code == 0, ran.err
        found.add(ran.out)
    assert len(found) == 1
