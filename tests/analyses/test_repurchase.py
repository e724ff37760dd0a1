from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY, SHAPES, Row, Shape, shop, shops, write
from helpers.ways import carefully
from oracles import repurchase as oracle
from oracles.returning import ask
from userops.analyses.repurchase.params import RepurchaseParams
from userops.analyses.repurchase.tables import orders, purchase_days, windows
from userops.api import repurchase
from userops.core.dates import Window
from userops.ledger import timeline
from userops.ledger.timeline import Timeline
from userops.stats.intervals import wilson_high, wilson_low
from userops.stats.survival import happened_by, kaplan_meier

LONGER = Shape(users=25, rows=200, days=500)
CLEAN = Shape(users=25, rows=200, days=500, returns=False, statuses=False)
ALL_SHAPES = (*SHAPES, LONGER, CLEAN)
DAYS = st.none() | st.integers(-2, 520).map(lambda days: FIRST_DAY + timedelta(days))
GRAINS = st.sampled_from(["day", "order"])
CDNOW = SAMPLES / "cdnow/orders.csv"
CUT = (CDNOW, "--as-of", "1998-06-30")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("repurchase")


def read(folder: Path, show: str, *options: object) -> pl.DataFrame:
    out = folder / f"{show}.parquet"
    ran = userops("repurchase", "--show", show, "-o", out, "--max-rejects", "100%", *options)
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def every(*options: object) -> object:
    """All tables, of one run."""
    ran = userops("repurchase", "--show", "all", "-f", "json", "--max-rejects", "100%", *options)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["tables"]


def told(as_of: date | None) -> list[object]:
    return ["--as-of", as_of] if as_of else []


def with_rates(rows: list[dict], part: str, whole: str) -> list[dict]:
    """Rates and intervals put beside counts."""
    if not rows:
        return rows
    few, all_ = pl.col(part), pl.col(whole)
    rates = pl.DataFrame(rows, infer_schema_length=None).select(
        rate=pl.when(all_ > 0).then(few / all_),
        low=wilson_low(few, all_),
        high=wilson_high(few, all_),
    )
    return [row | rate for row, rate in zip(rows, rates.to_dicts(), strict=True)]


def same(found: pl.DataFrame, wanted: list[dict]) -> None:
    """The wanted columns, to the last bits of floats."""

    def near(value: object) -> object:
        return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value

    names = list(wanted[0]) if wanted else []
    assert [{name: row[name] for name in names} for row in found.to_dicts()] == [
        {name: near(value) for name, value in row.items()} for row in wanted
    ]


class TestAgainstDuckDB:
    @given(rows=shops(ALL_SHAPES), as_of=DAYS, grain=GRAINS)
    @settings(max_examples=25)
    def test_windows(self, folder, rows, as_of, grain) -> None:
        found = read(
            folder, "windows", write(folder / "o.csv", rows), "--grain", grain, *told(as_of)
        )
        wanted = ask(oracle.WINDOWS, rows, as_of, grain=grain)
        same(found, with_rates(wanted, "repurchased_users", "observed_users"))
        spells = pl.DataFrame(
            ask(oracle.SPELLS, rows, as_of, grain=grain),
            schema={"days": pl.Int64, "happened": pl.Boolean},
        )
        curve = kaplan_meier(spells.with_columns(users=1))
        assert found["km_rate"].to_list() == [
            happened_by(curve, days) if users else None
            for days, users in found.select("days", "observed_users").iter_rows()
        ]

    @given(rows=shops(ALL_SHAPES), as_of=DAYS, grain=GRAINS)
    @settings(max_examples=40)
    def test_orders(self, folder, rows, as_of, grain) -> None:
        export = write(folder / "o.csv", rows)
        found = read(folder, "orders", export, "--grain", grain, *told(as_of))
        wanted = ask(oracle.ORDERS, rows, as_of, grain=grain)
        same(found, with_rates(wanted, "next_users", "users"))
        spells = pl.DataFrame(
            ask(oracle.SPELLS_BY_NUMBER, rows, as_of, grain=grain),
            schema={"number": pl.Int64, "day": pl.Date, "days": pl.Int64, "happened": pl.Boolean,
                    "watched": pl.Int64},
        )  # fmt: skip
        most = spells["watched"].max() if len(spells) else -1
        longest = max((day for day in (7, 30, 60, 90, 180, 365) if day <= most), default=None)
        for row in found.iter_rows(named=True):
            some = spells.filter(number=row["order_number"]) if row["order_number"] else spells
            if longest is None or not (some["watched"] >= longest).any():
                assert row["km_rate"] is None
                continue
            curve = kaplan_meier(some.with_columns(users=1))
            assert row["km_rate"] == pytest.approx(happened_by(curve, longest))
        if len(found) and found["km_rate"][0] is not None:
            categories = read(folder, "categories", export, "--grain", grain, *told(as_of))
            assert categories["km_rate"][0] == pytest.approx(found["km_rate"][0])


class TestWhateverTheData:
    @given(rows=shops(ALL_SHAPES), day=st.integers(-1, 520), grain=GRAINS)
    @settings(max_examples=10)
    def test_as_of_is_cutting_the_file(self, folder, rows, day, grain) -> None:
        as_of = FIRST_DAY + timedelta(day)
        cut = [row for row in rows if row.day <= as_of]
        whole, part = write(folder / "o.csv", rows), write(folder / "cut.csv", cut)
        then = ("--as-of", as_of, "--grain", grain)
        assert every(part, *then) == every(whole, *then)

    @given(rows=shops(ALL_SHAPES), seed=st.integers(0, 99))
    @settings(max_examples=10)
    def test_rows_in_any_order(self, folder, rows, seed) -> None:
        shuffled = Random(seed).sample(rows, len(rows))
        one, other = write(folder / "o.csv", rows), write(folder / "p.csv", shuffled)
        assert every(one) == every(other)

    @given(seed=st.integers(0, 10**6), grain=GRAINS)
    @settings(max_examples=10)
    def test_both_ways_of_reading(self, folder, seed, grain) -> None:
        export = write(folder / "o.csv", shop(Random(seed), CLEAN))
        fast = every(export, "--grain", grain)
        with carefully():
            assert every(export, "--grain", grain) == fast

    @given(
        bought=st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=8), max_size=8),
    )
    @settings(max_examples=60)
    def test_days_of_a_timeline(self, bought) -> None:
        days = [sorted(one) for one in bought]
        starts = np.cumsum([0, *map(len, days)])
        flat = np.array([day for one in days for day in one], np.int32)
        line = Timeline(np.arange(len(days)), starts, flat)
        found, at = purchase_days(line, "day")
        assert [found[a:b].tolist() for a, b in pairwise(at)] == [sorted(set(one)) for one in days]
        assert line.days.tolist() == flat.tolist()


class TestCDNOW:
    """The published figures: all 23,570 customers, to 1998-06-30."""

    def test_windows(self, folder) -> None:
        found = read(folder, "windows", *CUT)
        assert found["observed_users"].to_list() == [23_570] * 6
        rates = dict(found.select("days", pl.col("rate").round(4)).iter_rows())
        del rates[7]
        assert rates == {30: 0.1746, 60: 0.2515, 90: 0.2922, 180: 0.3745, 365: 0.4586}
        # All were watched for a year: there is nothing to estimate.
        assert found["km_rate"].to_list() == pytest.approx(found["rate"].to_list())

    @pytest.mark.parametrize(("grain", "rate"), [("day", 0.4886), ("order", 0.4948)])
    def test_repeat_buyers(self, folder, grain, rate) -> None:
        orders = read(folder, "orders", *CUT, "--grain", grain)
        assert orders["users"][0] == 23_570
        assert round(orders["rate"][0], 4) == rate
        categories = read(folder, "categories", *CUT, "--grain", grain)
        assert categories["category"].to_list() == ["all"]
        assert categories["repeat_buyers"][0] == orders["next_users"][0]

    def test_gaps(self, folder) -> None:
        last = read(folder, "orders", *CUT).row(-1, named=True)
        assert last["order_number"] is None
        assert [last[f"{name}_days"] for name in ("median", "p80", "p90")] == [34, 119, 200]

    def test_the_grain_is_said(self) -> None:
        for grain in ("day", "order"):
            for show in ("windows", "orders", "categories"):
                ran = userops("repurchase", *CUT, "--grain", grain, "--show", show)
                assert f"--grain {grain}" in ran.err
        assert "--grain day" in userops("repurchase", *CUT).err


class TestEnds:
    def test_no_rows(self, folder) -> None:
        export = write(folder / "none.csv", [])
        assert read(folder, "windows", export)["observed_users"].to_list() == [0] * 6
        for show in ("orders", "categories", "due"):
            assert read(folder, show, export).is_empty()

    def test_not_yet_is_not_zero(self, folder) -> None:
        rows = [Row("1", "u", FIRST_DAY, 100), Row("2", "u", FIRST_DAY + timedelta(20), 100)]
        found = read(folder, "windows", write(folder / "o.csv", rows))
        assert found["rate"].to_list() == [0, *[None] * 5]
        assert found["km_rate"].to_list() == [0, *[None] * 5]

    def test_a_window_ends_on_its_day(self, folder) -> None:
        rows = [Row("1", "u", FIRST_DAY, 100), Row("2", "u", FIRST_DAY + timedelta(7), 100)]
        export = write(folder / "o.csv", rows)
        found = read(folder, "windows", export, "--as-of", FIRST_DAY + timedelta(7))
        assert found["rate"][0] == 1

    def test_a_cancelled_first_order_is_none(self, folder) -> None:
        rows = [
            Row("1", "u", FIRST_DAY, 100, status="cancelled"),
            Row("2", "u", FIRST_DAY + timedelta(1), 100, refund=100),
            Row("3", "u", FIRST_DAY + timedelta(9), 100),
        ]
        assert read(folder, "orders", write(folder / "o.csv", rows))["users"].to_list() == [1, 1]

    def test_two_orders_on_one_day(self, folder) -> None:
        rows = [Row("1", "u", FIRST_DAY, 100), Row("2", "u", FIRST_DAY, 200)]
        export = write(folder / "o.csv", rows)
        assert read(folder, "orders", export)["next_users"][0] == 0
        by_order = read(folder, "orders", export, "--grain", "order")
        assert by_order.select("next_users", "median_days").row(0) == (1, 0)

    def test_windows_of_ones_own(self) -> None:
        line = timeline.build(pl.DataFrame({"user_id": []}), pl.DataFrame(), pl.DataFrame)
        found = windows(line, Window(None, None), RepurchaseParams(windows=(14,)))
        assert found.frame["days"].to_list() == [14]
        assert orders(line, Window(None, None), RepurchaseParams()).frame.is_empty()

    def test_an_unknown_table(self) -> None:
        ran = userops("repurchase", CDNOW, "--show", "windws")
        assert ran.code == 2
        assert "windows" in ran.err


class TestFromPython:
    def test_frames_give_what_the_command_gives(self, folder) -> None:
        bought = pl.read_csv(CDNOW, schema_overrides={"user_id": pl.String}, try_parse_dates=True)
        result = repurchase(bought, as_of=date(1998, 6, 30), windows=[30], within=30)
        assert result.names == ["windows", "orders", "categories", "due", "backtest"]
        assert result["windows"].frame["repurchased_users"].to_list() == [4115]
        assert result["orders"].frame.equals(read(folder, "orders", *CUT, "--windows", 30))
        assert result["due"].frame.equals(read(folder, "due", *CUT, "--within", 30))
