"""What lasts how long is what SQL says, and what must hold for any data."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.replenishment_items import FEW, Item, items, read, write
from helpers.ways import carefully
from oracles import repurchase as oracle
from userops.customers import purchases

SEEDS, GRAINS = st.integers(0, 10**6), st.sampled_from(["day", "order"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replenishment")
    (path / "lines.toml").write_text('[reading]\ntotals = "lines"\n')
    return path


def ask(query: str, rows: list[Item], as_of: date, **given: object) -> list[dict]:
    columns = ("order_id", "user_id", "day", "amount", "category", "quantity", "status")
    schema = dict.fromkeys(columns, pl.String) | {
        "day": pl.Date,
        "amount": pl.Int64,
        "quantity": pl.Int64,
    }
    frame = pl.DataFrame([astuple(row) for row in rows], schema=schema, orient="row")
    connection = duckdb.connect(config={"threads": 1})
    connection.register("items", frame.to_arrow())
    found = connection.execute(query, {"as_of": as_of, **given})
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def near(rows: list[dict]) -> list[dict]:
    """Logs are kept to six places, so what comes of them agrees to as many."""
    return [
        {
            name: pytest.approx(value, rel=2e-6, abs=2e-6) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


class TestAgainstDuckDB:
    @given(seed=SEEDS, grain=GRAINS, back=st.integers(0, 100))
    @settings(max_examples=25)
    def test_categories(self, folder, seed, grain, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "categories", export, "--as-of", as_of, "--grain", grain)
        wanted = ask(oracle.CATEGORIES, rows, as_of, grain=grain)
        assert [{name: row[name] for name in wanted[0]} for row in found.to_dicts()] == near(wanted)

    @given(seed=SEEDS, within=st.sampled_from([0, 7, 40]), back=st.integers(0, 100))
    @settings(max_examples=25)
    def test_due(self, folder, seed, within, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "due", export, "--as-of", as_of, "--within", within, "--min-gaps", 1)
        wanted = ask(oracle.DUE, rows, as_of, within=within, lapsed=2.0)
        # Where the last place decides a day, the two may differ by it.
        decided = {row["user_id"] + row["category"] for row in wanted if _clear(row, as_of)}
        key = pl.col("user_id") + pl.col("category")
        listed = found.drop("chance").filter(key.is_in(decided)).sort("user_id", "category")
        assert listed.to_dicts() == near(
            sorted(
                (row for row in wanted if row["user_id"] + row["category"] in decided),
                key=lambda row: (row["user_id"], row["category"]),
            )
        )
        assert found["chance"].to_list() == sorted(found["chance"], reverse=True)
        assert len(found) <= len(wanted) + 2

    @given(seed=SEEDS, back=st.integers(0, 100))
    @settings(max_examples=6)
    def test_users_that_share_a_hash(self, folder, seed, back) -> None:
        """Purchases are told apart by ids where sort keys won't do."""
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        for show in ("categories", "due"):
            told = (export, "--as-of", as_of, *FEW[show])
            whole = read(folder, show, *told)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(purchases, "_by_sort_keys", lambda *_: None)
                assert read(folder, show, *told).equals(whole)

    @given(seed=SEEDS)
    @settings(max_examples=6)
    def test_nothing_known_but_the_orders(self, folder, seed) -> None:
        """A timeline tells what a column of one category, without quantities, does."""
        rows = [
            replace(row, category="all", quantity=None) for row in items(Random(seed), single=True)
        ]
        export = write(folder / "o.csv", rows)
        bare = folder / "bare.csv"
        pl.read_csv(export, infer_schema=False).drop("category", "quantity").write_csv(bare)
        for show in ("categories", "due"):
            assert read(folder, show, bare, *FEW[show]).equals(
                read(folder, show, export, *FEW[show])
            )


def _clear(row: dict, as_of: date) -> bool:
    lasts, silent = row["expected_days"], (as_of - row["last_purchase"]).days
    off = lasts * 2e-6 + 1e-9
    return abs((lasts + 0.5) % 1 - 0.5) < 0.5 - off and abs(2 * lasts - silent) > 2 * off


class TestWhateverTheData:
    @given(seed=SEEDS, back=st.integers(0, 100))
    @settings(max_examples=10)
    def test_as_of_is_cutting_the_file(self, folder, seed, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        cut = [row for row in rows if row.day <= as_of]
        whole, part = write(folder / "o.csv", rows), write(folder / "cut.csv", cut)
        for show in ("categories", "due"):
            before = read(folder, show, whole, "--as-of", as_of, *FEW[show])
            assert read(folder, show, part, "--as-of", as_of, *FEW[show]).equals(before)

    @given(seed=SEEDS, grain=GRAINS)
    @settings(max_examples=10)
    def test_both_ways_of_reading(self, folder, seed, grain) -> None:
        export = write(folder / "o.csv", items(Random(seed), single=True))
        for show in ("categories", "due"):
            told = (export, "--grain", grain, *FEW[show])
            fast = read(folder, show, *told)
            with carefully():
                assert read(folder, show, *told).equals(fast)

    @given(seed=SEEDS, many=st.integers(2, 5))
    @settings(max_examples=10)
    def test_in_packs(self, folder, seed, many) -> None:
        rows = [row for row in items(Random(seed)) if row.quantity]
        packs = [replace(row, quantity=(row.quantity or 0) * many) for row in rows]
        if not rows:
            return
        one = read(folder, "categories", write(folder / "o.csv", rows))
        other = read(folder, "categories", write(folder / "p.csv", packs))
        for before, after in zip(one.to_dicts(), other.to_dicts(), strict=True):
            if before["elasticity"] is None or before["days_per_unit"] is None:
                assert after["days_per_unit"] == before["days_per_unit"]
                continue
            assert after["elasticity"] == pytest.approx(before["elasticity"], abs=2e-3)
            lasts = before["days_per_unit"] / many ** before["elasticity"]
            assert after["days_per_unit"] == pytest.approx(lasts, rel=1e-2)
