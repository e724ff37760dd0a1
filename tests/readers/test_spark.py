"""Without Spark: what says so, and steps on frames other than Polars' own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from helpers.running import SAMPLES, userops
from userops.core import periods
from userops.core.periods import Period
from userops.customers.buyers import BUYERS
from userops.ledger.customers import (
    CUSTOMER_SPANS,
    CUSTOMER_SPANS_BY_ID,
    CUSTOMERS,
    CUSTOMERS_SINCE,
    FIRST_VALUES,
    ORDERS_BY_PERIOD,
)

ORDERS = SAMPLES / "shop" / "orders.csv"
EVENTS = SAMPLES / "shop" / "events.csv"


@st.composite
def orders(draw: st.DrawFn) -> pl.LazyFrame:
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from("abcd"),
                st.integers(19_000, 19_030),
                st.integers(-500, 500),
                st.sampled_from([1, 1, 1, 0]),
                st.sampled_from(["app", "web", None]),
            ),
            max_size=40,
        )
    )
    schema = {"user_id": pl.String, "day": pl.Int32, "amount": pl.Int64, "orders": pl.Int32,
              "channel": pl.String}  # fmt: skip
    frame = pl.DataFrame(rows, schema, orient="row")
    time = (pl.col("day").cast(pl.Int64) * 86_400_000_000).cast(pl.Datetime("us"))
    return frame.with_columns(order_time=time).lazy()


REDUCTIONS: list[Callable[..., pl.LazyFrame]] = [
    CUSTOMERS,
    CUSTOMERS_SINCE.given(day=19_012),
    CUSTOMER_SPANS,
    CUSTOMER_SPANS_BY_ID,
    ORDERS_BY_PERIOD.given(period=Period.DAY),
    ORDERS_BY_PERIOD.given(period=Period.WEEK, week_start="sunday"),
    ORDERS_BY_PERIOD.given(period=Period.MONTH),
    FIRST_VALUES.given(name="channel"),
    BUYERS,
]


@given(orders())
def test_reductions_are_the_same_by_way_of_narwhals(orders: pl.LazyFrame) -> None:
    for reduction in REDUCTIONS:
        usual = reduction(orders).collect()
        other = reduction(nw.from_native(orders)).collect().to_native()
        assert_frame_equal(other, usual, check_row_order=False)


@pytest.mark.parametrize("period", Period)
def test_periods_by_arithmetic_are_those_of_the_calendar(period: Period) -> None:
    days = pl.DataFrame({"day": range(-200_000, 200_000)}, {"day": pl.Int32})
    for week_start in ("monday", "thursday", "sunday"):
        told = days.select(periods.arithmetic(pl.col("day"), period, week_start)).to_series()
        known = periods.number(days["day"].to_numpy(), period, week_start)
        assert (told.to_numpy() == known).all()


def test_without_pyspark_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    ran = userops("segment", ORDERS, "--engine", "spark")
    assert ran.code == 2
    assert "PySpark isn't installed" in ran.err
    assert "pip install 'userops[spark]'" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("community", EVENTS),
        ("check", ORDERS),
        ("report", ORDERS),
        ("init", ORDERS),
    ],
)
def test_what_is_read_on_this_machine_says_so(
    arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = userops(*arguments, "--engine", "spark")
    assert ran.code == 2
    assert "--engine spark isn't for this" in ran.err


def test_settings_choose_the_engine_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    file = tmp_path / "userops.toml"
    file.write_text('[engine]\nname = "spark"\n[engine.spark]\n"spark.x" = 1\n', "utf-8")
    assert "PySpark isn't installed" in userops("segment", ORDERS, "--config", file).err
    assert userops("segment", ORDERS, "--config", file, "--engine", "polars").code == 0
    # Where Spark has nothing to do, the settings' word for it stands in nobody's way.
    assert userops("check", ORDERS, "--config", file, "-q").code == 0
    file.write_text('[engine]\nname = "hive"\n', "utf-8")
    wrong = userops("segment", ORDERS, "--config", file)
    assert wrong.code == 2
    assert "userops.toml" in wrong.err


def test_polars_way_imports_no_narwhals() -> None:
    import subprocess

    code = (
        "import sys; from userops.cli import main\n"
        f"try: main(['segment', {str(ORDERS)!r}, '-q', '--show', 'summary'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('narwhals', 'pyspark') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
