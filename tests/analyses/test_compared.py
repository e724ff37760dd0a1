"""Whether measures of two periods differ by more than chance: intervals that hold, and the report's grey."""

from __future__ import annotations

import itertools
import math

import numpy as np
import polars as pl
import pytest
import scipy.stats

from helpers.running import SAMPLES, userops
from userops import api

SHOP = SAMPLES / "shop"
# Of the half year before: weeks with days of national day, double 11 and double 12.
SPECIAL = ("2025-09-29", "2025-10-06", "2025-10-27", "2025-11-03", "2025-11-10", "2025-12-08")


def test_as_told_by_hand() -> None:
    tables = api.kpis(SHOP / "orders.csv", as_of="2025-12-28")
    periods = tables["periods"].frame.tail(2).to_dicts()
    rows = {row["measure"]: row for row in tables["compared"].frame.to_dicts()}
    before, now = periods
    # The first week may have begun before the data.
    earlier = tables["periods"].frame.filter("complete")[1:].to_dicts()
    earlier = [row for row in earlier if row["period"] < now["period"]][-26:]
    earlier = [row for row in earlier if str(row["period"]) not in SPECIAL]
    assert len(earlier) == 20
    for name in ("orders", "active", "new"):
        counts = [row[name] for row in earlier]
        squares = [(b - a) ** 2 / (a + b) for a, b in itertools.pairwise(counts) if a + b]
        dispersion = max(np.median(squares) / scipy.stats.chi2.median(1), 1)
        times = scipy.stats.t.ppf(0.975, 2 * len(squares) / 3)
        half = times * math.sqrt((now[name] + before[name]) * dispersion)
        assert rows[name]["dispersion"] == pytest.approx(dispersion)
        assert rows[name]["difference"] == now[name] - before[name]
        assert rows[name]["difference_high"] == pytest.approx(now[name] - before[name] + half)
        assert rows[name]["beyond_noise"] == (abs(now[name] - before[name]) > half)
        assert (rows[name]["n"], rows[name]["n_before"]) == (now[name], before[name])
    assert rows["revenue"]["difference"] == pytest.approx(
        (now["revenue"] - before["revenue"]) / 100
    )
    assert rows["aov"]["difference"] == pytest.approx((now["aov"] - before["aov"]) / 100)
    assert rows["aov"]["n"] == now["orders"]
    rate = rows["repurchase_rate"]
    assert rate["difference"] == pytest.approx(now["repurchase_rate"] - before["repurchase_rate"])
    assert rate["n"] == now["observed_users"]


def test_of_weeks_that_are_alike_one_in_twenty_is_beyond_noise() -> None:
    chance = np.random.default_rng(3)
    beyond = []
    for _ in range(60):
        orders = chance.poisson(60, size=2)
        days = (
            ["2025-03-05"] * orders[0] + ["2025-03-12"] * orders[1] + ["2025-02-24", "2025-03-16"]
        )
        frame = pl.DataFrame(
            {
                "user_id": [f"u{number}" for number in range(len(days))],
                "order_time": days,
                "amount": [f"{amount:.2f}" for amount in chance.gamma(2, 50, len(days))],
            }
        )
        found = api.kpis(frame)["compared"].frame
        beyond.append(
            found.filter(pl.col("measure").is_in(["revenue", "orders", "aov"]))[
                "beyond_noise"
            ].to_list()
        )
    assert 0.01 <= np.mean(beyond) <= 0.10


def test_the_report_is_grey_within_noise() -> None:
    report = (
        "report",
        SHOP / "orders.csv",
        "--as-of",
        "2025-12-28",
        "--sections",
        "headline",
        "-f",
    )
    shown = userops(*report, "md").text
    found = api.kpis(SHOP / "orders.csv", as_of="2025-12-28")["compared"].frame
    for name, n, before, beyond in found.select(
        "measure", "n", "n_before", "beyond_noise"
    ).iter_rows():
        said = f"n = {n:,} and {before:,}: {'beyond' if beyond else 'within'} noise"
        assert (said in shown) == (beyond is not None), name
    assert "在波动范围内" in userops(*report, "md", "--lang", "zh").text
    page = userops(*report, "html").text
    assert page.count('class="change flat"') >= found["beyond_noise"].to_list().count(False)
