"""What users were worth so far is what SQL says, on whatever day, and the same bytes however it is read."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, spawned, userops
from helpers.shops import CLEAN, FIRST_DAY, Shape, shops, write
from helpers.ways import carefully
from oracles import returning as oracle
from userops.analyses.ltv import ANALYSIS

TABLES = ANALYSIS.tables
CDNOW = SAMPLES / "cdnow/sample.csv"
SHOP = SAMPLES / "shop"
LONG = Shape(users=25, rows=200, days=200)
DAYS = st.integers(0, 210).map(lambda days: FIRST_DAY + timedelta(days))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ltv")


def parquet(folder: Path, *arguments: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops("ltv", *arguments, "-o", out, "--max-rejects", "100%")
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


COHORT_CELLS = """, firsts AS (
    SELECT user_id, date_trunc('month', min(day))::DATE AS cohort FROM orders GROUP BY user_id
), sizes AS (SELECT cohort, count(*) AS size FROM firsts GROUP BY cohort),
happened AS (
    SELECT cohort, datediff('month', cohort, date_trunc('month', day)::DATE) AS age, net
    FROM (SELECT user_id, day, net FROM orders UNION ALL SELECT * FROM loose) JOIN firsts USING (user_id)
), cells AS (
    SELECT cohort, size, unnest(range(0, datediff('month', cohort, date_trunc('month', as_of)::DATE) + 1)) AS age
    FROM sizes, as_of
)
SELECT strftime(cells.cohort, '%Y-%m') AS cohort, cells.age, size,
       (SELECT coalesce(sum(net), 0) FROM happened AS h
        WHERE h.cohort = cells.cohort AND h.age <= cells.age)::BIGINT AS numerator,
       last_day(cells.cohort + to_months(cells.age::INT)) <= as_of AS complete
FROM cells, as_of ORDER BY 1, 2
"""
TOTALS = """, firsts AS (SELECT DISTINCT user_id FROM orders)
SELECT count(*) AS users, coalesce((SELECT sum(net) FROM orders), 0)
       + coalesce((SELECT sum(net) FROM loose JOIN firsts USING (user_id)), 0)::BIGINT AS revenue
FROM firsts
"""


class TestObservedByDuckDB:
    @settings(max_examples=15)
    @given(made=shops((Shape(), CLEAN, LONG, Shape(users=25, rows=200, days=200, returns=False))), as_of=st.none() | DAYS)  # fmt: skip
    def test_summary_and_cohorts(self, folder, made, as_of) -> None:
        told = ("--as-of", as_of) if as_of else ()
        export = write(folder / "orders.csv", made)
        whole = parquet(folder, export, *told).row(0, named=True)
        (wanted,) = oracle.ask(TOTALS, made, as_of)
        assert whole["users"] == wanted["users"]
        assert int(whole["revenue"] * 100) == wanted["revenue"]
        cells = parquet(folder, export, "--show", "cohorts", "--margin", "0.5", *told)
        kept = cells.filter(pl.col("cohort") != "all")
        got = kept.with_columns((pl.col("numerator") * 100).cast(pl.Int64)).drop("value").to_dicts()
        assert got == oracle.ask(COHORT_CELLS, made, as_of)
        ratio = (kept["value"] - kept["numerator"].cast(pl.Float64) * 0.5 / kept["size"]).abs()
        assert not len(ratio) or ratio.max() < 1e-6
        for age, size, sum_ in (
            kept.filter("complete").group_by("age").agg(pl.col("size", "numerator").sum()).iter_rows()
        ):  # fmt: skip
            row = cells.filter((pl.col("cohort") == "all") & (pl.col("age") == age)).row(
                0, named=True
            )
            assert (row["size"], row["numerator"]) == (size, sum_)


class TestTime:
    @pytest.mark.parametrize("show", TABLES)
    def test_as_of_is_cutting_the_file(self, folder, show) -> None:
        """Time travel."""
        text = (SHOP / "orders.csv").read_text().splitlines(keepends=True)
        cut = folder / "cut.csv"
        cut.write_text(
            "".join([text[0], *(line for line in text[1:] if line.split(",")[2] < "2025-09-18")])
        )
        options = ("--costs", SHOP / "costs.csv", "--show", show, "--as-of", "2025-09-17")
        before, after = (userops("ltv", file, *options) for file in (SHOP / "orders.csv", cut))
        assert before.code == after.code == 0, before.err
        assert before.out == after.out

    @pytest.mark.parametrize("show", TABLES)
    def test_the_careful_way_gives_the_same(self, show) -> None:
        options = (
            SHOP / "orders.csv",
            "--costs",
            SHOP / "costs.csv",
            "--by",
            "channel",
            "--show",
            show,
        )
        fast = userops("ltv", *options).out
        with carefully():
            assert userops("ltv", *options).out == fast

    def test_rows_in_any_order(self, folder) -> None:
        head, *lines = CDNOW.read_text().splitlines(keepends=True)
        Random(1).shuffle(lines)
        shuffled = folder / "shuffled.csv"
        shuffled.write_text("".join([head, *lines]))
        for show in ("summary", "users", "backtest"):
            assert (
                userops("ltv", CDNOW, "--show", show).out
                == userops("ltv", shuffled, "--show", show).out
            )

    def test_two_runs_are_the_same_bytes(self) -> None:
        options = ("ltv", CDNOW, "--show", "users", "-q")
        assert spawned(*options).out == spawned(*options).out

    @pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores can't be chosen")
    @pytest.mark.parametrize("model", ["mbg-nbd", "pareto-nbd"])
    def test_the_number_of_cores_changes_no_byte(self, model, folder) -> None:
        outs = [folder / name for name in ("one.parquet", "all.parquet")]
        asked = ("ltv", SAMPLES / "cdnow/orders.csv", "--show", "users", "--model", model, "-o")
        cores = os.sched_getaffinity(0)
        try:
            os.sched_setaffinity(0, {min(cores)})
            assert spawned(*asked, outs[0]).code == 0
        finally:
            os.sched_setaffinity(0, cores)
        assert spawned(*asked, outs[1]).code == 0
        assert outs[0].read_bytes() == outs[1].read_bytes()
